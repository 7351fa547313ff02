//! Pure: what can happen to the controller, what it wants written, and how a write ended.

use super::asked::{Ballot, Reply, Request, RequestId, Requester, Targets};
use super::cluster::Leadership;
use super::requests::Message;
use rkafka_base::{TopicPartition, Uuid};
use rkafka_registry::brokers::LiveBroker;
use rkafka_registry::{LeaderAndIsr, ProducerIdBlock, ReplicaAssignment, TopicAssignment};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A topic as it stands in ZooKeeper, with an id for it in case it has none.
#[derive(Clone, Debug)]
pub struct TopicSeen {
    pub name: Arc<str>,
    pub assignment: TopicAssignment,
    pub fresh_id: Uuid,
}

/// Everything that a new controller reads before it acts.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    pub brokers: Vec<LiveBroker>,
    pub topics: Vec<TopicSeen>,
    pub states: BTreeMap<TopicPartition, Leadership>,
    /// Topics whose deletion is asked for.
    pub deletions: Vec<Arc<str>>,
    /// What `/admin/reassign_partitions` asks for.
    pub reassignments: Targets,
    /// What `/admin/preferred_replica_election` asks for, if it is there.
    pub preferred_elections: Option<Vec<TopicPartition>>,
    /// Brokers known to be dead although they are registered under this epoch: the controller that was replaced.
    pub suspects: Vec<(i32, i64)>,
}

/// Something that happened, or a step that follows from an earlier one.
#[derive(Clone, Debug)]
pub enum Event {
    /// This broker was elected.
    Elected(Box<Loaded>),
    /// The live brokers, all of them.
    BrokersSeen(Vec<LiveBroker>),
    /// Nobody listens any more at the address of a broker that is registered under this epoch.
    BrokerUnreachable { broker: i32, epoch: i64 },
    /// A broker that was unreachable answers again, under the same registration.
    BrokerReachable(LiveBroker),
    /// A live broker changed what it says of itself.
    BrokerChanged(LiveBroker),
    /// The names of all topics, and the new ones among them.
    TopicsSeen { names: BTreeSet<Arc<str>>, new: Vec<TopicSeen> },
    /// A topic's assignment was written, by this controller or anybody else.
    AssignmentSeen(TopicSeen),
    /// The topics whose deletion is asked for, all of them.
    DeletionsSeen(Vec<Arc<str>>),
    /// A broker answered a StopReplica that deletes: partitions and error codes.
    ReplicasDeleted { broker: i32, results: Vec<(TopicPartition, i16)> },
    /// A broker that was registered under this epoch cannot reach the log dir of these replicas.
    ReplicasFailed { broker: i32, epoch: i64, partitions: Vec<TopicPartition> },
    /// State znodes that were read again because a write met another version; `None` where there is no node.
    StatesRead(Vec<(TopicPartition, Option<Leadership>)>),
    /// States that leaders of old releases have written by themselves.
    IsrChangesSeen(Vec<(TopicPartition, Option<Leadership>)>),
    /// These brokers have lost a log dir.
    LogDirsFailed(Vec<i32>),
    /// Find a leader for every partition without one. `unclean` names the topics that prefer a leader with lost
    /// records to none.
    ElectLeaders { unclean: BTreeSet<Arc<str>> },
    /// Take replicas that cannot follow out of the in-sync sets.
    ShrinkInSync(Vec<(i32, TopicPartition)>),
    /// Go on with deletions, as far as brokers allow.
    ResumeDeletions,
    /// A broker or a client asks something.
    Asked { id: RequestId, request: Request },
    /// Give what this broker leads to others, because it is about to stop.
    MoveLeaders { broker: i32 },
    /// All is done that can be done before this broker stops.
    ShutdownPrepared { id: RequestId, broker: i32 },
    /// Begin, change or cancel reassignments.
    AlterReassignments { targets: Targets, requester: Requester },
    /// Take the next step of these reassignments.
    AdvanceReassignments(Vec<TopicPartition>),
    /// These replicas do not belong to their partitions any more.
    DropReplicas(Vec<(i32, TopicPartition)>),
    /// These reassignments have come to their end.
    FinishReassignments(Vec<TopicPartition>),
    /// Somebody wants leaders elected.
    HoldElection(Ballot),
    /// What `/admin/preferred_replica_election` asked for is done.
    PreferredElectionOver,
    /// Return leaderships to preferred replicas, where too many have strayed.
    RebalanceLeaders,
    /// Give internal topics the replicas that they lack and that live brokers can hold.
    GrowInternalTopics,
}

/// The event that finds leaders; the driver fills in the topics that allow unclean elections.
pub fn elect() -> Event {
    Event::ElectLeaders { unclean: BTreeSet::new() }
}

/// A change of ZooKeeper that the driver makes under the controller's epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    CreateState {
        partition: TopicPartition,
        state: LeaderAndIsr,
    },
    SetState {
        partition: TopicPartition,
        state: LeaderAndIsr,
        expected_version: i32,
    },
    SetAssignment {
        topic: Arc<str>,
        assignment: TopicAssignment,
    },
    /// Changes the replicas of some partitions and leaves the rest of the topic's node as it is.
    ChangeReplicas {
        topic: Arc<str>,
        changes: BTreeMap<i32, ReplicaAssignment>,
    },
    /// Takes partitions out of `/admin/reassign_partitions`, and removes the node when nothing is left in it.
    DropReassignmentRequests {
        partitions: BTreeSet<TopicPartition>,
    },
    /// Removes `/admin/preferred_replica_election`.
    DropElectionRequest,
    SetProducerIds {
        block: ProducerIdBlock,
        expected_version: i32,
    },
    /// Removes all nodes of a topic: its partitions, its settings, the request to delete it.
    DeleteTopic {
        topic: Arc<str>,
    },
    /// Removes a request to delete a topic.
    DropDeletionRequest {
        topic: Arc<str>,
    },
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteResult {
    /// Done; the version of the node that was written (0 where that means nothing).
    Done(i32),
    /// The node has another version, or is there already.
    Conflict,
    /// The node, or the one above it, is not there.
    Gone,
    /// Not done: the request has `size` bytes and ZooKeeper takes `limit`.
    TooLarge { size: usize, limit: usize },
}

/// What follows from an event.
#[derive(Debug, Default)]
pub struct Outcome {
    /// For each broker in the order in which they must arrive.
    pub messages: Vec<(i32, Message)>,
    /// Events to handle next, before anything else that has happened.
    pub follow_ups: Vec<Event>,
    /// Partitions whose state must be read again.
    pub reread: Vec<TopicPartition>,
    /// Brokers that came or changed their endpoints; they must be reachable before the messages are sent.
    pub brokers_up: Vec<i32>,
    pub brokers_down: Vec<i32>,
    /// Answers to requests.
    pub replies: Vec<(RequestId, Reply)>,
}

impl Outcome {
    /// This outcome with a reply.
    pub(crate) fn with_reply(mut self, id: RequestId, reply: Reply) -> Outcome {
        self.replies.push((id, reply));
        self
    }
}
