//! Pure: what the controller knows: brokers, topics, partitions, replicas, and in which phase each of them is.
//!
//! The phases are those of Kafka's two state machines. A partition goes NonExistent → New → Online ⇄ Offline →
//! NonExistent, a replica NonExistent → New → Online ⇄ Offline → DeletionStarted → DeletionSuccessful or
//! DeletionIneligible → NonExistent; NonExistent is absence from the maps.

use rkafka_base::{TopicPartition, Uuid};
use rkafka_registry::brokers::LiveBroker;
use rkafka_registry::{LeaderAndIsr, NO_LEADER, ReplicaAssignment};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What the controller must know of its own broker's settings.
#[derive(Clone, Debug)]
pub struct ControllerSettings {
    /// The broker that runs this controller.
    pub broker_id: i32,
    /// The listener by which brokers reach each other.
    pub inter_broker_listener: String,
    /// Whether a broker whose address refuses connections counts as gone before its session ends.
    pub fast_failover: bool,
    /// `delete.topic.enable`.
    pub delete_topic_enable: bool,
    /// `unclean.leader.election.enable`, for topics that do not say otherwise.
    pub unclean_leader_election_enable: bool,
    /// `leader.imbalance.per.broker.percentage`.
    pub leader_imbalance_per_broker_percentage: i32,
    /// `leader.imbalance.check.interval.seconds`; `None` without `auto.leader.rebalance.enable`.
    pub leader_rebalance_interval: Option<Duration>,
    /// How many replicas each internal topic is to have as soon as there are so many brokers; empty: they stay as they
    /// were made.
    pub internal_topic_factors: BTreeMap<Arc<str>, i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionPhase {
    /// Known, but never led.
    New,
    Online,
    /// Its leader is gone.
    Offline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaPhase {
    New,
    Online,
    Offline,
    DeletionStarted,
    DeletionSuccessful,
    /// Its broker could not delete it; tried again when the broker comes back.
    DeletionIneligible,
}

/// A partition's state znode as last read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leadership {
    pub state: LeaderAndIsr,
    /// The znode's version, which is the partition epoch.
    pub zk_version: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    pub assignment: ReplicaAssignment,
    pub phase: PartitionPhase,
    pub leadership: Option<Leadership>,
    pub replicas: BTreeMap<i32, ReplicaPhase>,
}

impl Partition {
    /// A partition that nobody has led yet.
    pub fn new(assignment: ReplicaAssignment) -> Partition {
        let replicas = assignment.replicas.iter().map(|broker| (*broker, ReplicaPhase::New)).collect();
        Partition { assignment, phase: PartitionPhase::New, leadership: None, replicas }
    }

    /// The leader, if there is one.
    pub fn leader(&self) -> Option<i32> {
        self.leadership.as_ref().map(|l| l.state.leader).filter(|leader| *leader != NO_LEADER)
    }
}

/// How far the deletion of a topic has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    NotWanted,
    /// Asked for, waiting for all replicas to be reachable and for a reassignment to end.
    Wanted,
    /// The brokers are told to delete their replicas.
    Started,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub id: Uuid,
    pub partitions: BTreeMap<i32, Partition>,
    pub deletion: Deletion,
}

/// The cluster as its controller knows it.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub settings: ControllerSettings,
    /// The epoch of this controller.
    pub epoch: i32,
    pub brokers: BTreeMap<i32, LiveBroker>,
    /// Live brokers that are about to stop: they are told of everything, but lead nothing new.
    pub shutting_down: BTreeSet<i32>,
    /// Brokers that are registered under this epoch, but treated as dead because nobody listens at their address.
    pub suspects: BTreeMap<i32, i64>,
    pub topics: BTreeMap<Arc<str>, Topic>,
    /// The topics' names by their ids, which leaders know them by.
    names: BTreeMap<Uuid, Arc<str>>,
    /// Replicas whose log dir has failed on a live broker.
    pub failed_replicas: BTreeSet<(i32, TopicPartition)>,
}

impl Cluster {
    /// A cluster of which nothing is known yet.
    pub fn new(settings: ControllerSettings, epoch: i32) -> Cluster {
        Cluster {
            settings,
            epoch,
            brokers: BTreeMap::new(),
            shutting_down: BTreeSet::new(),
            suspects: BTreeMap::new(),
            topics: BTreeMap::new(),
            names: BTreeMap::new(),
            failed_replicas: BTreeSet::new(),
        }
    }

    /// What always holds between two events.
    pub fn debug_check(&self) {
        debug_assert!(
            self.shutting_down.iter().all(|broker| self.brokers.contains_key(broker)),
            "who is about to stop lives: {:?} of {:?}",
            self.shutting_down,
            self.brokers.keys()
        );
        debug_assert!(
            self.suspects.iter().all(|(id, epoch)| self.brokers.get(id).is_none_or(|live| live.epoch != *epoch)),
            "who is suspected does not live: {:?} of {:?}",
            self.suspects,
            self.brokers.keys()
        );
        let is_led =
            |partition: &Partition| partition.phase != PartitionPhase::Online || partition.leadership.is_some();
        debug_assert!(
            self.topics.values().flat_map(|topic| topic.partitions.values()).all(is_led),
            "what is online has a state"
        );
        debug_assert!(
            self.names.iter().all(|(id, name)| self.topics.get(name).is_some_and(|topic| topic.id == *id))
                && self.topics.values().all(|topic| topic.id == Uuid::ZERO || self.names.contains_key(&topic.id)),
            "names are found by ids: {:?} of {:?}",
            self.names,
            self.topics.keys()
        );
    }

    /// A topic that is there from now on, unless it is known already.
    pub(crate) fn add_topic(&mut self, name: Arc<str>, topic: Topic) {
        if self.topics.contains_key(&name) {
            return;
        }
        if topic.id != Uuid::ZERO {
            self.names.insert(topic.id, name.clone());
        }
        self.topics.insert(name, topic);
    }

    /// Forgets all topics but those to keep.
    pub(crate) fn keep_topics(&mut self, is_kept: impl Fn(&Arc<str>) -> bool) {
        self.topics.retain(|name, _| is_kept(name));
        self.names.retain(|_, name| is_kept(name));
        self.failed_replicas.retain(|(_, tp)| is_kept(&tp.topic));
    }

    /// The name of the topic of this id.
    pub(crate) fn topic_name(&self, id: Uuid) -> Option<&Arc<str>> {
        self.names.get(&id)
    }

    pub fn partition(&self, tp: &TopicPartition) -> Option<&Partition> {
        self.topics.get(&tp.topic)?.partitions.get(&tp.partition)
    }

    pub(crate) fn partition_mut(&mut self, tp: &TopicPartition) -> Option<&mut Partition> {
        self.topics.get_mut(&tp.topic)?.partitions.get_mut(&tp.partition)
    }

    /// All partitions with their names, in order.
    pub fn partitions(&self) -> impl Iterator<Item = (TopicPartition, &Topic, &Partition)> {
        self.topics.iter().flat_map(|(name, topic)| {
            let partitions = topic.partitions.iter();
            partitions.map(move |(n, partition)| (TopicPartition::new(name.clone(), *n), topic, partition))
        })
    }

    /// Whether a broker may lead and be in sync: it lives and is not about to stop.
    pub(crate) fn is_electable(&self, broker: i32) -> bool {
        self.brokers.contains_key(&broker) && !self.shutting_down.contains(&broker)
    }

    /// Whether the replica's broker may lead and has a good log dir for it.
    pub(crate) fn is_replica_live(&self, broker: i32, tp: &TopicPartition) -> bool {
        self.is_electable(broker)
            && (self.failed_replicas.is_empty() || !self.failed_replicas.contains(&(broker, tp.clone())))
    }

    /// The live replicas of a partition, preferred leader first.
    pub(crate) fn live_replicas(&self, tp: &TopicPartition, partition: &Partition) -> Vec<i32> {
        let replicas = partition.assignment.replicas.iter().copied();
        replicas.filter(|broker| self.is_replica_live(*broker, tp)).collect()
    }

    /// Whether the topic's deletion was asked for.
    pub(crate) fn is_to_be_deleted(&self, topic: &str) -> bool {
        self.topics.get(topic).is_some_and(|topic| topic.deletion != Deletion::NotWanted)
    }
}
