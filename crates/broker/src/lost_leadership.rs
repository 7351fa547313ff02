//! Notices that another broker has been elected in this one's place although nobody has said so here.
//!
//! The controller tells a leader that it is deposed, unless it cannot reach it: because it takes it for dead (ADR 7), or
//! because something lies between the two. Its followers are silent then, for they follow the new leader. So whenever one
//! of those in sync has been silent for a moment, this broker looks into ZooKeeper who leads the partition; and if that is
//! somebody else, in a later epoch, it follows him as if the controller had said so.

use crate::controller_requests::ControllerRequests;
use rkafka_base::BrokerId;
use rkafka_protocol::messages::{
    LeaderAndIsrRequest,
    leader_and_isr_request::{LeaderAndIsrPartitionState, LeaderAndIsrTopicState},
};
use rkafka_registry::{LeaderAndIsr, RegistryError, partition_states, together::all};
use rkafka_replication::Partition;
use rkafka_zookeeper_client::ZkClient;
use std::{convert::Infallible, sync::Arc, time::Duration};

const LOG: &str = "kafka.cluster.Partition";
/// How often the followers are looked at.
const EVERY: Duration = Duration::from_millis(500);
/// For how long a follower is silent before ZooKeeper is asked, at the least.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many partitions ZooKeeper is asked about at a time. When there are more they take turns.
const AT_ONCE: usize = 1_000;

/// Looks after the partitions that this broker leads.
pub struct LostLeadership {
    pub zk: ZkClient,
    pub requests: Arc<ControllerRequests>,
    /// For how long a follower waits at a leader that has nothing new.
    pub longest_fetch: Duration,
}

/// A partition, and its state in ZooKeeper with the version of that.
type Seen = (Arc<Partition>, LeaderAndIsr, i32);

impl LostLeadership {
    /// Runs until it is dropped.
    pub async fn run(self) -> Infallible {
        let patience = PATIENCE.max(2 * self.longest_fetch);
        let mut turn = 0;
        loop {
            tokio::time::sleep(EVERY).await;
            let now = self.requests.clock.now();
            let mut doubtful = self.requests.replicas.all();
            doubtful.retain(|partition| partition.misses_follower(now, patience));
            if doubtful.is_empty() {
                continue;
            }
            turn %= doubtful.len();
            doubtful.rotate_left(turn);
            turn += AT_ONCE;
            doubtful.truncate(AT_ONCE);
            match self.superseded(doubtful).await {
                Ok(seen) if seen.is_empty() => {}
                Ok(seen) => self.requests.give_way_to(seen).await,
                Err(error) => log::debug!(target: LOG, "Who leads could not be read: {error}"),
            }
        }
    }

    /// Those of `doubtful` that another broker leads.
    async fn superseded(&self, doubtful: Vec<Arc<Partition>>) -> Result<Vec<Seen>, RegistryError> {
        let reads = doubtful.into_iter().map(|partition| {
            let zk = self.zk.clone();
            async move {
                let name = partition.name();
                let state = partition_states::read(&zk, &name.topic, name.partition).await?;
                Ok(state.map(|(state, version)| (partition, state, version)))
            }
        });
        let local = self.requests.local.broker;
        let is_lost = |(partition, state, _): &Seen| {
            BrokerId(state.leader) != local && state.leader_epoch > partition.leader_epoch().0
        };
        Ok(all(reads).await?.into_iter().flatten().filter(is_lost).collect())
    }
}

impl ControllerRequests {
    /// Follows the leaders that were found in ZooKeeper. What the controller says of them later is not news then.
    async fn give_way_to(self: &Arc<Self>, seen: Vec<Seen>) {
        let topic_states = seen.iter().map(|(partition, state, version)| {
            let name = partition.name();
            log::warn!(target: LOG, "[Partition {name} broker={}] Broker {} leads in epoch {}, as ZooKeeper says; the \
                controller has not told this one, which stops to lead", self.local.broker, state.leader, state.leader_epoch);
            let ids = |brokers: Vec<BrokerId>| brokers.into_iter().map(|broker| broker.0).collect();
            let state = LeaderAndIsrPartitionState {
                partition_index: name.partition,
                controller_epoch: state.controller_epoch,
                leader: state.leader,
                leader_epoch: state.leader_epoch,
                isr: state.isr.clone(),
                partition_epoch: *version,
                replicas: ids(partition.assigned()),
                leader_recovery_state: i8::from(state.recovering),
                ..Default::default()
            };
            LeaderAndIsrTopicState {
                topic_name: name.topic.to_string(),
                topic_id: partition.topic_id().unwrap_or_default(),
                partition_states: vec![state],
                ..Default::default()
            }
        });
        let request = LeaderAndIsrRequest { topic_states: topic_states.collect(), ..Default::default() };
        self.take_as_said(request).await;
    }
}
