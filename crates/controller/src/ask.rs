//! Pure: requests that brokers and clients put to the controller, and its replies.
//!
//! A request enters as an [`Event::Asked`](super::event::Event::Asked) with a number that the driver gives it; the
//! reply leaves in [`Outcome::replies`](super::event::Outcome::replies) under the same number, of this event or of one
//! that follows from it.

use super::cluster::Cluster;
use super::event::{Event, Outcome, Write, WriteResult};
use super::leader_election::{Ballot, ElectionKind, Trigger};
use super::reassignment_requests::{self, Requester, Targets};
use super::refusal::PartitionResults;
use super::{alter_partition, controlled_shutdown, producer_ids};
use rkafka_base::TopicPartition;
use rkafka_protocol::messages::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterPartitionRequest, AlterPartitionResponse,
    ControlledShutdownRequest, ControlledShutdownResponse,
};
use rkafka_registry::{ProducerIdBlock, ReplicaAssignment};
use std::collections::BTreeSet;

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

/// What must be written before the request can be answered.
pub fn decide(cluster: &Cluster, request: &Request) -> Vec<Write> {
    match request {
        Request::AlterPartition { request, version } => alter_partition::writes(cluster, request, *version),
        Request::ControlledShutdown(_)
        | Request::AlterReassignments(_)
        | Request::ListReassignments(_)
        | Request::ElectLeaders { .. } => Vec::new(),
        Request::AllocateProducerIds { request, latest, version } => {
            producer_ids::writes(cluster, request, *latest, *version)
        }
    }
}

/// Takes the request and its writes in, and answers it or says what comes before the answer.
pub fn apply(cluster: &mut Cluster, id: RequestId, request: Request, written: Vec<(Write, WriteResult)>) -> Outcome {
    match request {
        Request::AlterPartition { request, version } => {
            let (reply, mut outcome) = alter_partition::apply(cluster, &request, version, written);
            if outcome.reread.is_empty() {
                return answered(outcome, id, Reply::AlterPartition(reply));
            }
            // A write whose answer was lost with a connection meets itself: what is read again may be what is asked for.
            outcome.follow_ups.push(Event::Asked { id, request: Request::AlterPartition { request, version } });
            outcome
        }
        Request::ControlledShutdown(request) => controlled_shutdown::apply(cluster, id, &request),
        Request::AllocateProducerIds { request, .. } => match producer_ids::reply(cluster, &request, &written) {
            Some(reply) => answered(Outcome::default(), id, Reply::AllocateProducerIds(reply)),
            // Another writer was faster: read again.
            None => {
                let again = Request::AllocateProducerIds { request, latest: None, version: 0 };
                Outcome { follow_ups: vec![Event::Asked { id, request: again }], ..Outcome::default() }
            }
        },
        Request::AlterReassignments(targets) => {
            let event = Event::AlterReassignments { targets, requester: Requester::Api(id) };
            Outcome { follow_ups: vec![event], ..Outcome::default() }
        }
        Request::ListReassignments(only) => {
            let under_way = reassignment_requests::under_way(cluster, only.as_ref());
            answered(Outcome::default(), id, Reply::ListReassignments(under_way))
        }
        Request::ElectLeaders { kind, partitions } => {
            let ballot = Ballot::new(kind, Trigger::Api(id), partitions);
            Outcome { follow_ups: vec![Event::HoldElection(ballot)], ..Outcome::default() }
        }
    }
}

/// `outcome` with a reply.
pub fn answered(mut outcome: Outcome, id: RequestId, reply: Reply) -> Outcome {
    outcome.replies.push((id, reply));
    outcome
}
