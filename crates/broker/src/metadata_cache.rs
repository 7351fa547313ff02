//! What this broker knows of the cluster, as the controller's UpdateMetadata requests tell it.
//!
//! Readers take a snapshot without a lock; the only writer replaces it as a whole. The maps are persistent ones: what an
//! update costs depends on what it changes, not on how much there is.

use arc_swap::ArcSwap;
use rkafka_base::{BrokerId, TopicPartition, Uuid};
use rkafka_protocol::messages::{
    UpdateMetadataRequest,
    update_metadata_request::{UpdateMetadataBroker, UpdateMetadataPartitionState},
};
use rpds::{HashTrieMapSync, RedBlackTreeMapSync};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::watch;

/// The leader of a partition that is being deleted, as UpdateMetadata says it.
pub const LEADER_DURING_DELETE: i32 = -2;
/// How long the start of a broker, and clients that come before it is complete, wait for the controller's first word.
pub const FIRST_METADATA: Duration = Duration::from_secs(2);
/// No leader.
pub const NO_LEADER: i32 = -1;

/// One endpoint of a live broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerEndpoint {
    pub listener: String,
    pub host: String,
    pub port: i32,
    /// 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.
    pub security_protocol: i16,
}

/// A live broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerNode {
    pub id: BrokerId,
    pub endpoints: Vec<ListenerEndpoint>,
    pub rack: Option<String>,
}

impl BrokerNode {
    /// The endpoint of a listener.
    pub fn endpoint(&self, listener: &str) -> Option<&ListenerEndpoint> {
        self.endpoints.iter().find(|e| e.listener == listener)
    }
}

/// One partition's state as the controller last told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionMetadata {
    pub partition: i32,
    pub leader: i32,
    pub leader_epoch: i32,
    pub controller_epoch: i32,
    pub zk_version: i32,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    pub offline_replicas: Vec<i32>,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicMetadata {
    pub name: Arc<str>,
    /// Zero for a topic without an id.
    pub id: Uuid,
    /// Shared with earlier snapshots as far as they have not changed.
    pub partitions: RedBlackTreeMapSync<i32, Arc<PartitionMetadata>>,
}

/// The cluster at one moment.
#[derive(Clone, Debug, Default)]
pub struct MetadataSnapshot {
    pub controller: Option<BrokerId>,
    pub controller_epoch: i32,
    pub brokers: BTreeMap<BrokerId, Arc<BrokerNode>>,
    pub topics: RedBlackTreeMapSync<Arc<str>, Arc<TopicMetadata>>,
    names_by_id: HashTrieMapSync<Uuid, Arc<str>>,
}

impl MetadataSnapshot {
    pub fn topic(&self, name: &str) -> Option<&Arc<TopicMetadata>> {
        self.topics.get(name)
    }

    pub fn topic_by_id(&self, id: Uuid) -> Option<&Arc<TopicMetadata>> {
        self.names_by_id.get(&id).and_then(|name| self.topics.get(name))
    }

    pub fn topic_name(&self, id: Uuid) -> Option<&Arc<str>> {
        self.names_by_id.get(&id)
    }

    pub fn partition(&self, topic: &str, partition: i32) -> Option<&PartitionMetadata> {
        self.topics.get(topic)?.partitions.get(&partition).map(Arc::as_ref)
    }

    /// A live broker's endpoint on `listener`.
    pub fn endpoint(&self, broker: BrokerId, listener: &str) -> Option<&ListenerEndpoint> {
        self.brokers.get(&broker)?.endpoint(listener)
    }

    pub fn is_alive(&self, broker: BrokerId) -> bool {
        self.brokers.contains_key(&broker)
    }

    /// Whether every partition 0..`partitions` of the topic is there and has a live leader.
    pub fn has_leaders(&self, topic: &str, partitions: usize) -> bool {
        let Some(topic) = self.topics.get(topic) else { return false };
        topic.partitions.size() >= partitions && topic.partitions.values().all(|p| self.is_alive(BrokerId(p.leader)))
    }

    fn apply(&mut self, request: &UpdateMetadataRequest) -> Vec<TopicPartition> {
        self.controller = (request.controller_id >= 0).then_some(BrokerId(request.controller_id));
        self.controller_epoch = request.controller_epoch;
        self.brokers = request.live_brokers.iter().map(|b| (BrokerId(b.id), Arc::new(broker_node(b)))).collect();
        let mut deleted = Vec::new();
        for topic in &request.topic_states {
            self.apply_topic(&topic.topic_name, topic.topic_id, &topic.partition_states, &mut deleted);
        }
        // Versions before 5 send partitions one by one, each with its topic's name and without ids.
        for partition in &request.ungrouped_partition_states {
            self.apply_topic(&partition.topic_name, Uuid::ZERO, std::slice::from_ref(partition), &mut deleted);
        }
        deleted
    }

    fn apply_topic(
        &mut self,
        name: &str,
        id: Uuid,
        partitions: &[UpdateMetadataPartitionState],
        deleted: &mut Vec<TopicPartition>,
    ) {
        let mut topic = match self.topics.get(name) {
            Some(known) => TopicMetadata::clone(known),
            None => TopicMetadata { name: Arc::from(name), id, partitions: RedBlackTreeMapSync::default() },
        };
        let name = Arc::clone(&topic.name);
        if !id.is_zero() && topic.id != id {
            // A new id under an old name: the topic was deleted and created again.
            if !topic.id.is_zero() {
                self.names_by_id.remove_mut(&topic.id);
                topic.partitions = RedBlackTreeMapSync::default();
            }
            topic.id = id;
        }
        for state in partitions {
            if state.leader == LEADER_DURING_DELETE {
                topic.partitions.remove_mut(&state.partition_index);
                deleted.push(TopicPartition::new(Arc::clone(&name), state.partition_index));
            } else {
                topic.partitions.insert_mut(state.partition_index, Arc::new(partition_metadata(state)));
            }
        }
        if !topic.id.is_zero() {
            match topic.partitions.is_empty() {
                true => drop(self.names_by_id.remove_mut(&topic.id)),
                false => self.names_by_id.insert_mut(topic.id, Arc::clone(&name)),
            }
        }
        match topic.partitions.is_empty() {
            true => drop(self.topics.remove_mut(&name)),
            false => self.topics.insert_mut(name, Arc::new(topic)),
        }
    }
}

fn partition_metadata(state: &UpdateMetadataPartitionState) -> PartitionMetadata {
    PartitionMetadata {
        partition: state.partition_index,
        leader: state.leader,
        leader_epoch: state.leader_epoch,
        controller_epoch: state.controller_epoch,
        zk_version: state.zk_version,
        replicas: state.replicas.clone(),
        isr: state.isr.clone(),
        offline_replicas: state.offline_replicas.clone(),
    }
}

fn broker_node(broker: &UpdateMetadataBroker) -> BrokerNode {
    let endpoints = broker.endpoints.iter().map(|e| ListenerEndpoint {
        listener: e.listener.clone(),
        host: e.host.clone(),
        port: e.port,
        security_protocol: e.security_protocol,
    });
    BrokerNode { id: BrokerId(broker.id), endpoints: endpoints.collect(), rack: broker.rack.clone() }
}

/// The current snapshot, and a signal that fires when it is replaced.
pub struct MetadataCache {
    current: ArcSwap<MetadataSnapshot>,
    version: watch::Sender<u64>,
}

impl Default for MetadataCache {
    fn default() -> MetadataCache {
        MetadataCache { current: ArcSwap::default(), version: watch::Sender::new(0) }
    }
}

impl MetadataCache {
    /// The cluster as it is now. Cheap: one atomic read and a reference count.
    pub fn snapshot(&self) -> Arc<MetadataSnapshot> {
        self.current.load_full()
    }

    /// Whether the controller counts `broker` among the living.
    pub fn is_alive(&self, broker: BrokerId) -> bool {
        self.current.load().is_alive(broker)
    }

    /// Takes in what the controller says. Returns the partitions that it says are deleted.
    pub fn apply(&self, request: &UpdateMetadataRequest) -> Vec<TopicPartition> {
        let mut next = MetadataSnapshot::clone(&self.current.load());
        let deleted = next.apply(request);
        self.current.store(Arc::new(next));
        self.version.send_modify(|v| *v += 1);
        deleted
    }

    /// Waits until `condition` holds, at most for `timeout`. Says whether it came to hold.
    pub async fn wait_until(&self, timeout: Duration, condition: impl Fn(&MetadataSnapshot) -> bool) -> bool {
        tokio::time::timeout(timeout, self.until(&condition)).await.is_ok() || condition(&self.current.load())
    }

    /// Waits until `condition` holds.
    pub async fn until(&self, condition: impl Fn(&MetadataSnapshot) -> bool) {
        let mut version = self.version.subscribe();
        loop {
            version.mark_unchanged();
            if condition(&self.current.load()) || version.changed().await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::messages::update_metadata_request::UpdateMetadataTopicState;

    fn state(partition: i32, leader: i32) -> UpdateMetadataPartitionState {
        UpdateMetadataPartitionState { partition_index: partition, leader, replicas: vec![1], ..Default::default() }
    }

    fn update(id: Uuid, partitions: Vec<UpdateMetadataPartitionState>) -> UpdateMetadataRequest {
        let topic = UpdateMetadataTopicState {
            topic_name: "t".into(),
            topic_id: id,
            partition_states: partitions,
            ..Default::default()
        };
        let broker = UpdateMetadataBroker { id: 1, ..Default::default() };
        UpdateMetadataRequest {
            controller_id: 1,
            topic_states: vec![topic],
            live_brokers: vec![broker],
            ..Default::default()
        }
    }

    #[test]
    fn partitions_come_and_go() {
        let cache = MetadataCache::default();
        let id = Uuid([7; 16]);
        assert!(cache.apply(&update(id, vec![state(0, 1), state(1, 1)])).is_empty());
        let snapshot = cache.snapshot();
        assert!(snapshot.has_leaders("t", 2) && !snapshot.has_leaders("t", 3));
        assert_eq!(snapshot.topic_name(id).map(|n| &**n), Some("t"));
        let deleted = cache.apply(&update(id, vec![state(0, LEADER_DURING_DELETE), state(1, LEADER_DURING_DELETE)]));
        assert_eq!(deleted, [TopicPartition::new("t", 0), TopicPartition::new("t", 1)]);
        assert!(cache.snapshot().topic("t").is_none() && cache.snapshot().topic_by_id(id).is_none());
        assert!(snapshot.topic("t").is_some(), "a snapshot does not change");
    }

    #[test]
    fn a_topic_created_again_under_its_name_starts_afresh() {
        let cache = MetadataCache::default();
        cache.apply(&update(Uuid([1; 16]), vec![state(0, 1), state(1, 1)]));
        cache.apply(&update(Uuid([2; 16]), vec![state(0, 1)]));
        let snapshot = cache.snapshot();
        assert!(snapshot.topic_by_id(Uuid([1; 16])).is_none());
        assert_eq!(snapshot.topic_by_id(Uuid([2; 16])).map(|t| t.partitions.size()), Some(1));
    }

    #[test]
    fn an_update_shares_with_the_snapshot_before_what_it_does_not_change() {
        let cache = MetadataCache::default();
        let many: Vec<_> = (0..2_000).map(|partition| state(partition, 1)).collect();
        cache.apply(&update(Uuid([1; 16]), many));
        let before = cache.snapshot();
        cache.apply(&update(Uuid([1; 16]), vec![state(7, 2)]));
        let after = cache.snapshot();
        let [before, after] = [&before, &after].map(|snapshot| &snapshot.topics["t"].partitions);
        let same = before.iter().filter(|(partition, state)| Arc::ptr_eq(state, &after[*partition])).count();
        assert_eq!((before.size(), same, after[&7].leader), (2_000, 1_999, 2));
    }

    #[tokio::test]
    async fn waiting_ends_when_the_condition_holds_or_the_time_is_up() {
        let cache = Arc::new(MetadataCache::default());
        let waiting = tokio::spawn({
            let cache = Arc::clone(&cache);
            async move { cache.wait_until(Duration::from_secs(10), |s| s.has_leaders("t", 1)).await }
        });
        tokio::task::yield_now().await;
        cache.apply(&update(Uuid([1; 16]), vec![state(0, 1)]));
        assert!(waiting.await.unwrap());
        assert!(!cache.wait_until(Duration::ZERO, |s| s.has_leaders("t", 2)).await);
    }
}
