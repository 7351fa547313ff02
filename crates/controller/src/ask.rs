//! Pure: sends each request that is put to the controller to the file that decides it, and its reply back.

use super::asked::{Ballot, Reply, Request, RequestId, Requester, Trigger};
use super::cluster::Cluster;
use super::event::{Event, Outcome, Write, WriteResult};
use super::{alter_partition, controlled_shutdown, producer_ids, reassignment_requests};

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
                return outcome.with_reply(id, Reply::AlterPartition(reply));
            }
            // A write whose answer was lost with a connection meets itself: what is read again may be what is asked for.
            outcome.follow_ups.push(Event::Asked { id, request: Request::AlterPartition { request, version } });
            outcome
        }
        Request::ControlledShutdown(request) => controlled_shutdown::apply(cluster, id, &request),
        Request::AllocateProducerIds { request, .. } => match producer_ids::reply(cluster, &request, &written) {
            Some(reply) => Outcome::default().with_reply(id, Reply::AllocateProducerIds(reply)),
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
            Outcome::default().with_reply(id, Reply::ListReassignments(under_way))
        }
        Request::ElectLeaders { kind, partitions } => {
            let ballot = Ballot::new(kind, Trigger::Api(id), partitions);
            Outcome { follow_ups: vec![Event::HoldElection(ballot)], ..Outcome::default() }
        }
    }
}
