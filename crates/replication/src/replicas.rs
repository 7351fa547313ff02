//! All partitions that have a replica on this broker.

use super::Partition;
use rkafka_base::{TopicPartition, Uuid};
use rkafka_runtime::lock::{Rank, RwLock};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

/// One topic's partitions by number.
type Partitions = HashMap<i32, Arc<Partition>>;

/// The partitions by topic and number.
pub struct Replicas {
    /// Held for a look or an entry only: partitions are used without it.
    topics: RwLock<HashMap<Arc<str>, Partitions>>,
    /// Names by id, for those who ask before the metadata cache knows the topic.
    names: RwLock<HashMap<Uuid, Arc<str>>>,
    /// Replicas in log dirs that have failed.
    offline: RwLock<HashSet<TopicPartition>>,
}

impl Default for Replicas {
    fn default() -> Replicas {
        Replicas {
            topics: RwLock::new(Rank::Replicas, HashMap::new()),
            names: RwLock::new(Rank::TopicNames, HashMap::new()),
            offline: RwLock::new(Rank::OfflineReplicas, HashSet::new()),
        }
    }
}

impl Replicas {
    pub fn get(&self, topic: &str, partition: i32) -> Option<Arc<Partition>> {
        self.topics.read().get(topic)?.get(&partition).cloned()
    }

    /// Enters a partition; one that is there already stays, and is returned.
    pub fn insert(&self, partition: Partition) -> Arc<Partition> {
        let name = partition.name().clone();
        if let Some(id) = partition.topic_id() {
            self.names.write().entry(id).or_insert_with(|| Arc::clone(&name.topic));
        }
        let mut topics = self.topics.write();
        let partitions = topics.entry(Arc::clone(&name.topic)).or_default();
        Arc::clone(partitions.entry(name.partition).or_insert_with(|| Arc::new(partition)))
    }

    /// Takes a partition out.
    pub fn remove(&self, name: &TopicPartition) -> Option<Arc<Partition>> {
        let mut topics = self.topics.write();
        let partitions = topics.get_mut(&name.topic)?;
        let removed = partitions.remove(&name.partition);
        if partitions.is_empty() {
            topics.remove(&name.topic);
            self.names.write().retain(|_, topic| *topic != name.topic);
        }
        removed
    }

    /// Takes a partition out whose log dir has failed, and remembers that.
    pub fn take_offline(&self, name: &TopicPartition) -> Option<Arc<Partition>> {
        self.offline.write().insert(name.clone());
        self.remove(name)
    }

    /// Whether the partition's replica lies in a log dir that has failed.
    pub fn is_offline(&self, name: &TopicPartition) -> bool {
        let offline = self.offline.read();
        !offline.is_empty() && offline.contains(name)
    }

    /// The partitions whose logs lie in a log dir.
    pub fn all_in(&self, log_dir: &Path) -> Vec<Arc<Partition>> {
        self.all().into_iter().filter(|partition| partition.log().log_dir() == log_dir).collect()
    }

    /// The name of the topic with this id, if a replica of it is here.
    pub fn topic_name(&self, id: Uuid) -> Option<Arc<str>> {
        self.names.read().get(&id).cloned()
    }

    /// One partition of a topic, whichever.
    pub fn any_of_topic(&self, topic: &str) -> Option<Arc<Partition>> {
        self.topics.read().get(topic)?.values().next().cloned()
    }

    /// The partitions of one topic.
    pub fn of_topic(&self, topic: &str) -> Vec<Arc<Partition>> {
        self.topics.read().get(topic).map(|p| p.values().cloned().collect()).unwrap_or_default()
    }

    /// Every partition.
    pub fn all(&self) -> Vec<Arc<Partition>> {
        self.topics.read().values().flat_map(|p| p.values().cloned()).collect()
    }
}
