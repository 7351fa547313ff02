//! Membership of a consumer group (the classic protocol): join, sync, heartbeat, leave, commit.
//!
//! The consumer's `poll` decides when to join, so that nobody's partitions change while it works on their records; the
//! talking is done by tasks, which report back as [`GroupEvent`]s.

pub mod assignor;
mod commit;
mod heartbeat;
mod join;
mod protocol;

pub(crate) use protocol::decode_assignment;

pub use commit::{commit_once, fetch_committed};
pub use join::Joined;

use super::config::GroupConfig;
use crate::{BrokerConnection, ClientError, Cluster, CoordinatorKind, task};
use rkafka_base::TopicPartition;
use rkafka_protocol::messages::{LeaveGroupRequest, leave_group_request::MemberIdentity};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::AbortHandle,
    time::{Instant, timeout},
};

/// How many reports may wait for the next poll.
const EVENT_QUEUE: usize = 64;
/// How long leaving may take; the broker finds out by itself otherwise.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// What the tasks report.
#[derive(Debug)]
pub enum GroupEvent {
    /// A join has come to its end.
    Joined(Result<Joined, ClientError>),
    /// A join has failed and is being tried again.
    Retrying(ClientError),
    /// The group rebalances: join again.
    Rebalance { generation: i32 },
    /// The coordinator does not know this member (any more), for the reason given.
    Lost { generation: i32, why: String },
    /// Membership is over for good.
    Failed(ClientError),
}

/// Who this member is. Generation −1 and no id mean: not a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub group_id: String,
    pub instance_id: Option<String>,
    pub member_id: String,
    pub generation: i32,
}

/// Where the member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Must join, at the next poll.
    Outside,
    Joining,
    Member,
}

/// One member's side of a group.
pub struct Group {
    pub config: GroupConfig,
    pub identity: Identity,
    pub stage: Stage,
    cluster: Cluster,
    events: (mpsc::Sender<GroupEvent>, mpsc::Receiver<GroupEvent>),
    task: Option<AbortHandle>,
    /// When the user last polled, in milliseconds since `start`.
    last_poll: Arc<AtomicU64>,
    start: Instant,
}

impl Group {
    pub fn new(cluster: Cluster, config: GroupConfig) -> Group {
        let identity = Identity {
            group_id: config.group_id.clone(),
            instance_id: config.group_instance_id.clone(),
            member_id: String::new(),
            generation: -1,
        };
        Group {
            config,
            identity,
            stage: Stage::Outside,
            cluster,
            events: mpsc::channel(EVENT_QUEUE),
            task: None,
            last_poll: Arc::default(),
            start: Instant::now(),
        }
    }

    /// Takes note that the user polls: a member that does not for `max.poll.interval.ms` leaves.
    pub(crate) fn polled(&self) {
        self.last_poll.store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Starts to join with the given subscription and, for cooperative assignors, what is owned.
    pub(crate) fn start_join(&mut self, topics: Vec<Arc<str>>, owned: Vec<TopicPartition>, rack: &str) {
        self.stop_task();
        self.stage = Stage::Joining;
        let join = join::Join {
            cluster: self.cluster.clone(),
            config: self.config.clone(),
            identity: self.identity.clone(),
            topics,
            owned,
            rack: rack.to_owned(),
            events: self.events.0.clone(),
        };
        let events = self.events.0.clone();
        self.task = Some(task::spawn("joining the group", join.run(), |result| async move {
            let _ = events.send(GroupEvent::Joined(result)).await;
        }));
    }

    /// Becomes a member: heartbeats begin.
    pub fn joined(&mut self, joined: &Joined) {
        self.stop_task();
        self.stage = Stage::Member;
        self.identity.generation = joined.generation;
        self.identity.member_id.clone_from(&joined.member_id);
        let heart = heartbeat::Heart {
            cluster: self.cluster.clone(),
            config: self.config.clone(),
            identity: self.identity.clone(),
            last_poll: self.last_poll.clone(),
            start: self.start,
            events: self.events.0.clone(),
        };
        let events = self.events.0.clone();
        self.task = Some(task::spawn("heartbeats", heart.beat(), |result| async move {
            if let Err(why) = result {
                let _ = events.send(GroupEvent::Failed(why)).await;
            }
        }));
    }

    /// The member must join again; with `forget`, as a new one.
    pub(crate) fn leave_stage(&mut self, forget: bool) {
        self.stop_task();
        self.stage = Stage::Outside;
        self.identity.generation = -1;
        if forget {
            self.identity.member_id.clear();
        }
    }

    /// The next report, when there is one.
    pub async fn event(&mut self) -> Option<GroupEvent> {
        self.events.1.recv().await
    }

    /// The next report, if there is one now.
    pub(crate) fn try_event(&mut self) -> Option<GroupEvent> {
        self.events.1.try_recv().ok()
    }

    /// Tells the coordinator that the member goes. Static members (KIP-345) just stop, and may come back.
    pub async fn leave(&mut self, reason: &str) {
        self.stop_task();
        if self.identity.member_id.is_empty() || self.identity.instance_id.is_some() {
            return;
        }
        let left = timeout(LEAVE_TIMEOUT, send_leave(&self.cluster, &self.identity, reason)).await;
        if let Ok(Err(e)) = left {
            log::debug!(target: CLASS, "{}LeaveGroup failed: {e}", self.cluster.config().log_prefix);
        }
        self.leave_stage(true);
    }

    fn stop_task(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.stop_task();
    }
}

/// The class that Kafka's log lines about groups name.
pub(super) const CLASS: &str = "org.apache.kafka.clients.consumer.internals.ConsumerCoordinator";

async fn send_leave(cluster: &Cluster, identity: &Identity, reason: &str) -> Result<(), ClientError> {
    let connection = coordinator(cluster, identity).await?;
    let version = connection.versions().choose(rkafka_protocol::ApiKey::LeaveGroup)?;
    let mut request = LeaveGroupRequest { group_id: identity.group_id.clone(), ..Default::default() };
    if version >= 3 {
        request.members = vec![MemberIdentity {
            member_id: identity.member_id.clone(),
            group_instance_id: identity.instance_id.clone(),
            reason: Some(reason.to_owned()),
            ..Default::default()
        }];
    } else {
        request.member_id.clone_from(&identity.member_id);
    }
    connection.call_at(&request, version).await.map(drop)
}

/// The connection to the group's coordinator.
pub(super) async fn coordinator(cluster: &Cluster, identity: &Identity) -> Result<BrokerConnection, ClientError> {
    Ok(cluster.coordinator(CoordinatorKind::Group, &identity.group_id).await?.1)
}
