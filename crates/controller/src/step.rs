//! Pure: the two halves of every step: [`decide`] what is to be written, and [`apply`] the event once that is done.
//!
//! The driver handles one event at a time: decide, write, apply, send the messages, then the follow-ups. Only `apply`
//! changes the state. A broker is never told what ZooKeeper does not hold.

use super::cluster::Cluster;
use super::event::{Event, Outcome, Write, WriteResult};
use super::{
    ask, brokers, controlled_shutdown, internal_topics, leader_election, notices, partitions, reassignment,
    reassignment_requests, rebalance, startup, suspicion, topic_deletion, topics,
};

/// What must be written before `event` takes effect.
pub fn decide(cluster: &Cluster, event: &Event) -> Vec<Write> {
    let writes = decide_one(cluster, event);
    debug_assert!(writes.iter().all(|write| is_sound(cluster, write)), "{event:?} goes back: {writes:?}");
    writes
}

/// Whether a state that is to be written follows the one that is known: the leader's epoch does not go back, and the
/// first leader is in sync. For assertions.
fn is_sound(cluster: &Cluster, write: &Write) -> bool {
    match write {
        Write::CreateState { state, .. } => state.leader_epoch == 0 && state.isr.contains(&state.leader),
        Write::SetState { partition, state, expected_version } => {
            let known = cluster.partition(partition).and_then(|partition| partition.leadership.as_ref());
            known.is_some_and(|known| {
                known.zk_version == *expected_version && state.leader_epoch >= known.state.leader_epoch
            })
        }
        _ => true,
    }
}

fn decide_one(cluster: &Cluster, event: &Event) -> Vec<Write> {
    match event {
        Event::Elected(loaded) => topics::missing_ids(&loaded.topics),
        Event::TopicsSeen { new, .. } => topics::missing_ids(new),
        Event::AssignmentSeen(topic) => topics::corrections(cluster, topic),
        Event::DeletionsSeen(names) => topic_deletion::refusals(cluster, names),
        Event::ElectLeaders { unclean } => partitions::elections(cluster, unclean),
        Event::ShrinkInSync(replicas) => partitions::shrinks(cluster, replicas),
        Event::ResumeDeletions => topic_deletion::completions(cluster),
        Event::Asked { request, .. } => ask::decide(cluster, request),
        Event::MoveLeaders { broker } => controlled_shutdown::moves(cluster, *broker),
        Event::AlterReassignments { targets, requester } => reassignment_requests::decide(cluster, targets, *requester),
        Event::AdvanceReassignments(partitions) => reassignment::advances(cluster, partitions),
        Event::DropReplicas(replicas) => partitions::withdrawals(cluster, replicas),
        Event::FinishReassignments(partitions) => reassignment::conclusions(cluster, partitions),
        Event::HoldElection(ballot) => leader_election::decide(cluster, ballot),
        Event::PreferredElectionOver => vec![Write::DropElectionRequest],
        Event::RebalanceLeaders
        | Event::GrowInternalTopics
        | Event::BrokersSeen(_)
        | Event::BrokerUnreachable { .. }
        | Event::BrokerReachable(_)
        | Event::BrokerChanged(_)
        | Event::ReplicasDeleted { .. }
        | Event::ReplicasFailed { .. }
        | Event::StatesRead(_)
        | Event::IsrChangesSeen(_)
        | Event::LogDirsFailed(_)
        | Event::ShutdownPrepared { .. } => Vec::new(),
    }
}

/// Takes `event` and the writes that [`decide`] gave for it into the state, and says what follows.
pub fn apply(cluster: &mut Cluster, event: Event, written: Vec<(Write, WriteResult)>) -> Outcome {
    let outcome = apply_one(cluster, event, written);
    cluster.debug_check();
    outcome
}

fn apply_one(cluster: &mut Cluster, event: Event, written: Vec<(Write, WriteResult)>) -> Outcome {
    match event {
        Event::Elected(loaded) => startup::apply(cluster, *loaded),
        Event::BrokersSeen(live) => brokers::apply_seen(cluster, live),
        Event::BrokerUnreachable { broker, epoch } => suspicion::apply_gone(cluster, broker, epoch),
        Event::BrokerReachable(broker) => suspicion::apply_back(cluster, broker),
        Event::BrokerChanged(broker) => brokers::apply_changed(cluster, broker),
        Event::TopicsSeen { names, new } => topics::apply_seen(cluster, &names, new),
        Event::AssignmentSeen(topic) => topics::apply_assignment(cluster, topic),
        Event::DeletionsSeen(names) => topic_deletion::apply_seen(cluster, &names),
        Event::ReplicasDeleted { broker, results } => topic_deletion::apply_deleted(cluster, broker, &results),
        Event::ReplicasFailed { broker, epoch, partitions } => {
            brokers::apply_replicas_failed(cluster, broker, epoch, partitions)
        }
        Event::IsrChangesSeen(states) => notices::apply_isr_changes(cluster, states),
        Event::LogDirsFailed(brokers) => notices::apply_log_dirs_failed(cluster, &brokers),
        Event::StatesRead(states) => partitions::apply_read(cluster, states),
        Event::ElectLeaders { .. } => partitions::apply_elections(cluster, written),
        Event::ShrinkInSync(replicas) => partitions::apply_shrinks(cluster, &replicas, written),
        Event::ResumeDeletions => topic_deletion::apply_resumed(cluster, written),
        Event::Asked { id, request } => ask::apply(cluster, id, request, written),
        Event::MoveLeaders { broker } => controlled_shutdown::apply_moves(cluster, broker, written),
        Event::ShutdownPrepared { id, broker } => controlled_shutdown::apply_prepared(cluster, id, broker),
        Event::AlterReassignments { targets, requester } => {
            reassignment_requests::apply(cluster, &targets, requester, &written)
        }
        Event::AdvanceReassignments(partitions) => reassignment::apply_advanced(cluster, partitions, written),
        Event::DropReplicas(replicas) => reassignment::apply_dropped(cluster, replicas, written),
        Event::FinishReassignments(partitions) => reassignment::apply_finished(cluster, partitions),
        Event::HoldElection(ballot) => leader_election::apply(cluster, ballot, written),
        Event::PreferredElectionOver => Outcome::default(),
        Event::RebalanceLeaders => rebalance::apply(cluster),
        Event::GrowInternalTopics => internal_topics::apply(cluster),
    }
}
