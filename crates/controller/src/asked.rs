//! Pure: what can be asked of the controller, by whom, and how it answers.
//!
//! A request enters as an `Event::Asked` with a number that the driver gives it; the reply leaves in `Outcome::replies`
//! under the same number, of this event or of one that follows from it.

use super::refusal::PartitionResults;
use rkafka_base::TopicPartition;
use rkafka_protocol::messages::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterPartitionRequest, AlterPartitionResponse,
    ControlledShutdownRequest, ControlledShutdownResponse,
};
use rkafka_registry::{ProducerIdBlock, ReplicaAssignment};
use std::collections::{BTreeMap, BTreeSet};

/// Tells a reply's request from others of the same controller.
pub type RequestId = u64;

/// What can be asked of the controller.
#[derive(Clone, Debug)]
pub enum Request {
    /// A leader wants another in-sync set. The version decides how topics are named and errors are told.
    AlterPartition { request: AlterPartitionRequest, version: i16 },
    /// A broker is about to stop.
    ControlledShutdown(ControlledShutdownRequest),
    /// A broker needs producer ids. The driver fills in the latest block that ZooKeeper knows, with its node's version.
    AllocateProducerIds { request: AllocateProducerIdsRequest, latest: Option<ProducerIdBlock>, version: i32 },
    /// AlterPartitionReassignments.
    AlterReassignments(Targets),
    /// ListPartitionReassignments, of some partitions or of all.
    ListReassignments(Option<BTreeSet<TopicPartition>>),
    /// ElectLeaders.
    ElectLeaders { kind: ElectionKind, partitions: Vec<TopicPartition> },
}

/// The controller's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    AlterPartition(AlterPartitionResponse),
    ControlledShutdown(ControlledShutdownResponse),
    AllocateProducerIds(AllocateProducerIdsResponse),
    /// Which reassignments have begun, been changed or cancelled.
    AlterReassignments(PartitionResults<()>),
    /// The reassignments that are under way.
    ListReassignments(Vec<(TopicPartition, ReplicaAssignment)>),
    /// The elected leaders.
    ElectLeaders(PartitionResults<i32>),
}

/// The replicas that partitions are to have; `None` cancels the reassignment that is under way.
pub type Targets = BTreeMap<TopicPartition, Option<Vec<i32>>>;

/// Who wants a reassignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requester {
    /// A client, who waits for a reply.
    Api(RequestId),
    /// `/admin/reassign_partitions`.
    Znode,
    /// The growth of internal topics.
    Growth,
}

/// Which replica an election is to bring to the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElectionKind {
    /// The first of the assigned replicas, if it is in sync.
    Preferred,
    /// Any live replica, if none that is in sync lives.
    Unclean,
}

/// Who wants an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A client, who waits for a reply.
    Api(RequestId),
    /// `/admin/preferred_replica_election`, which goes when the election is over.
    Znode,
    /// The automatic rebalance.
    Auto,
}

/// An election: what is to be decided, and what is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    pub kind: ElectionKind,
    pub trigger: Trigger,
    pub partitions: Vec<TopicPartition>,
    /// Partitions that are settled already.
    pub settled: PartitionResults<i32>,
}

impl Ballot {
    pub fn new(kind: ElectionKind, trigger: Trigger, partitions: Vec<TopicPartition>) -> Ballot {
        Ballot { kind, trigger, partitions, settled: Vec::new() }
    }
}
