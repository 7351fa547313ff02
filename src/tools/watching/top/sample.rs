//! Pure: what one look at a cluster shows: counts and sizes, no rates yet.

use rkafka_base::TopicPartition;
use rkafka_client::admin::GroupMember;
use std::{collections::BTreeMap, time::Duration};

/// The cluster at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// When it was taken, since the first look.
    pub at: Duration,
    pub cluster_id: Option<String>,
    pub controller: Option<i32>,
    pub brokers: BTreeMap<i32, BrokerSample>,
    pub partitions: BTreeMap<TopicPartition, PartitionSample>,
    pub groups: BTreeMap<String, GroupSample>,
    /// What could not be learnt, and why.
    pub gaps: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerSample {
    /// `host:port`
    pub address: String,
    pub rack: Option<String>,
    /// What is free, and what there is, on the volumes of its log dirs, in bytes (brokers since 3.3).
    pub disk: Option<(u64, u64)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionSample {
    pub leader: Option<i32>,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    /// The offset of the next record; `None` if the leader did not tell it.
    pub end: Option<i64>,
    /// The bytes of each broker's replica.
    pub bytes: BTreeMap<i32, u64>,
}

impl PartitionSample {
    /// The bytes of the leader's replica.
    pub fn leader_bytes(&self) -> Option<u64> {
        self.bytes.get(&self.leader?).copied()
    }

    /// How many replicas are not in sync.
    pub fn lacking(&self) -> usize {
        self.replicas.iter().filter(|id| !self.isr.contains(id)).count()
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupSample {
    pub state: String,
    /// `Consumer`, `Classic`, `Share`; empty if the broker is too old to say.
    pub kind: String,
    pub members: Vec<GroupMember>,
    pub committed: BTreeMap<TopicPartition, i64>,
}
