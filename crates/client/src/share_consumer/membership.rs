//! Membership of a share group: heartbeats join, keep the session, and bring the partitions to read (KIP-932).

use super::config::ShareConsumerConfig;
use crate::{BrokerConnection, ClientError, Cluster, CoordinatorKind, task};
use rkafka_protocol::{
    ApiKey, ErrorCode, Uuid,
    messages::{ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse, share_group_heartbeat_response::Assignment},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, task::AbortHandle, time::Instant};

/// The class that Kafka's log lines about it name.
pub const CLASS: &str = "org.apache.kafka.clients.consumer.internals.ShareMembershipManager";
/// How many reports may wait for the next poll.
const EVENT_QUEUE: usize = 64;
/// The epoch with which a member joins.
const JOINING: i32 = 0;
/// The epoch with which a member leaves.
const LEAVING: i32 = -1;
/// How long leaving may take; the coordinator finds out by itself otherwise.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a member that was not polled for too long looks whether it is again.
const LOOK_FOR_POLL: Duration = Duration::from_millis(100);

/// What the heartbeats report.
#[derive(Debug)]
pub enum MemberEvent {
    /// The partitions to read from now on.
    Assigned(BTreeSet<(Uuid, i32)>),
    /// A heartbeat has failed and is being tried again.
    Retrying(ClientError),
    /// Membership is over for good.
    Failed(ClientError),
}

/// One member's side of a share group.
pub struct Membership {
    pub events: mpsc::Receiver<MemberEvent>,
    cluster: Cluster,
    identity: Identity,
    task: AbortHandle,
    /// When the user last polled, in milliseconds since `start`.
    last_poll: Arc<AtomicU64>,
    start: Instant,
}

#[derive(Clone)]
struct Identity {
    group_id: String,
    member_id: String,
}

impl Membership {
    /// Joins the group and stays in it as long as the user polls.
    pub fn join(cluster: Cluster, config: &ShareConsumerConfig, topics: &[Arc<str>]) -> Membership {
        let (tell, events) = mpsc::channel(EVENT_QUEUE);
        let identity = Identity { group_id: config.group_id.clone(), member_id: new_member_id() };
        let (last_poll, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let heart = Heart {
            cluster: cluster.clone(),
            identity: identity.clone(),
            topics: topics.iter().map(ToString::to_string).collect(),
            rack: config.client_rack.clone(),
            max_poll_interval: config.max_poll_interval,
            last_poll: last_poll.clone(),
            start,
            events: tell.clone(),
        };
        let task = task::spawn("membership of a share group", heart.beat(), |ended| async move {
            if let Err(why) = ended {
                let _ = tell.send(MemberEvent::Failed(why)).await;
            }
        });
        Membership { events, cluster, identity, task, last_poll, start }
    }

    pub fn member_id(&self) -> &str {
        &self.identity.member_id
    }

    /// Takes note that the user polls: a member that does not for `max.poll.interval.ms` leaves.
    pub fn polled(&self) {
        self.last_poll.store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Leaves the group. A failure is logged: the coordinator finds out by itself.
    pub async fn leave(self) {
        self.task.abort();
        let leaving = leave(&self.cluster, &self.identity);
        let failed = match tokio::time::timeout(LEAVE_TIMEOUT, leaving).await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        log::debug!(target: CLASS, "{}The group could not be left: {failed}", self.cluster.config().log_prefix);
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A member's id is of its own making (KIP-1082), and like Java's never begins with a dash.
fn new_member_id() -> String {
    loop {
        let id = Uuid(fastrand::u128(..).to_be_bytes()).to_string();
        if !id.starts_with('-') {
            return id;
        }
    }
}

/// The heartbeat task.
struct Heart {
    cluster: Cluster,
    identity: Identity,
    topics: Vec<String>,
    rack: Option<String>,
    max_poll_interval: Duration,
    last_poll: Arc<AtomicU64>,
    start: Instant,
    events: mpsc::Sender<MemberEvent>,
}

impl Heart {
    /// Beats until membership is over for good.
    async fn beat(self) -> Result<(), ClientError> {
        let retry = self.cluster.config().retry_backoff.first;
        let mut connection: Option<BrokerConnection> = None;
        let mut epoch = JOINING;
        loop {
            let answer = match self.beat_once(&mut connection, epoch).await {
                Ok(answer) => answer,
                Err(error) if error.is_retriable() => {
                    connection = None;
                    // Nobody may poll for minutes, and heartbeats go on meanwhile: a report that finds no room is left out.
                    let _ = self.events.try_send(MemberEvent::Retrying(error));
                    tokio::time::sleep(retry).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match ErrorCode(answer.error_code) {
                ErrorCode::NONE => {
                    epoch = answer.member_epoch;
                    self.tell(answer.assignment).await;
                    tokio::time::sleep(interval(answer.heartbeat_interval_ms, retry)).await;
                }
                code @ (ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_MEMBER_EPOCH) => {
                    log::info!(target: CLASS, "{}Member {} with epoch {epoch} was fenced ({}) and joins again",
                        self.cluster.config().log_prefix, self.identity.member_id, code.name());
                    epoch = JOINING;
                    self.tell(Some(Assignment::default())).await;
                }
                code if code.is_retriable() => {
                    if code != ErrorCode::COORDINATOR_LOAD_IN_PROGRESS {
                        connection = None;
                    }
                    tokio::time::sleep(retry).await;
                }
                code => return Err(ClientError::broker(code, answer.error_message.as_deref())),
            }
            if self.since_poll() > self.max_poll_interval {
                self.pause().await;
                epoch = JOINING;
            }
        }
    }

    async fn beat_once(
        &self,
        connection: &mut Option<BrokerConnection>,
        epoch: i32,
    ) -> Result<ShareGroupHeartbeatResponse, ClientError> {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(coordinator(&self.cluster, &self.identity.group_id).await?),
        };
        let joins = epoch == JOINING;
        let request = ShareGroupHeartbeatRequest {
            group_id: self.identity.group_id.clone(),
            member_id: self.identity.member_id.clone(),
            member_epoch: epoch,
            // Said once: what is left out has not changed.
            rack_id: self.rack.clone().filter(|_| joins),
            subscribed_topic_names: joins.then(|| self.topics.clone()),
            ..Default::default()
        };
        connection.call(&request).await
    }

    async fn tell(&self, assignment: Option<Assignment>) {
        let Some(assignment) = assignment else { return };
        let topics = assignment.topic_partitions.into_iter();
        let partitions =
            topics.flat_map(|t| t.partitions.into_iter().map(move |number| (t.topic_id, number))).collect();
        let _ = self.events.send(MemberEvent::Assigned(partitions)).await;
    }

    fn since_poll(&self) -> Duration {
        self.start.elapsed().saturating_sub(Duration::from_millis(self.last_poll.load(Ordering::Relaxed)))
    }

    /// Leaves until the user polls again.
    async fn pause(&self) {
        log::warn!(target: CLASS, "{}share consumer poll timeout has expired. This means the time between subsequent calls \
            to poll() was longer than the configured max.poll.interval.ms, which typically implies that the poll loop is \
            spending too much time processing messages.", self.cluster.config().log_prefix);
        if let Err(error) = leave(&self.cluster, &self.identity).await {
            log::debug!(target: CLASS, "{}The group could not be left: {error}", self.cluster.config().log_prefix);
        }
        self.tell(Some(Assignment::default())).await;
        while self.since_poll() > self.max_poll_interval {
            tokio::time::sleep(LOOK_FOR_POLL).await;
        }
    }
}

/// How long to wait for the next heartbeat; a broker that says nothing of use is not hurried.
fn interval(milliseconds: i32, least: Duration) -> Duration {
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()).max(least)
}

async fn leave(cluster: &Cluster, identity: &Identity) -> Result<(), ClientError> {
    let connection = coordinator(cluster, &identity.group_id).await?;
    let request = ShareGroupHeartbeatRequest {
        group_id: identity.group_id.clone(),
        member_id: identity.member_id.clone(),
        member_epoch: LEAVING,
        ..Default::default()
    };
    connection.call(&request).await.map(drop)
}

/// Errors: the cluster has no share groups, in the words of Kafka's share consumer.
async fn coordinator(cluster: &Cluster, group: &str) -> Result<BrokerConnection, ClientError> {
    let (_, connection) = cluster.coordinator(CoordinatorKind::Group, group).await?;
    if connection.versions().choose(ApiKey::ShareGroupHeartbeat).is_err() {
        let text = "The cluster does not support the share group protocol using ShareGroupHeartbeat API version 1 or \
                    later. This version of the API was introduced in Apache Kafka v4.1.";
        return Err(ClientError::UnsupportedVersion(text.to_owned()));
    }
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_ids() {
        let id = new_member_id();
        assert!(id.len() == 22 && !id.starts_with('-') && id != new_member_id(), "{id}");
    }

    #[test]
    fn intervals() {
        let least = Duration::from_millis(100);
        assert_eq!(interval(5_000, least), Duration::from_secs(5));
        assert_eq!((interval(0, least), interval(-7, least)), (least, least));
    }
}
