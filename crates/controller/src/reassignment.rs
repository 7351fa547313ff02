//! Pure: moving partitions to other brokers (`KafkaController.onPartitionReassignment`).
//!
//! A reassignment has two phases. While the target replicas are not all in sync, the partition has its old and its new
//! replicas, and the new ones are told to copy. When the last of them is in sync, one of the targets leads, the replicas
//! that are not wanted any more leave the in-sync set and are deleted, and the topic's node gets the target alone.
//! Every step begins from what the topic's node and the in-sync set say, so a new controller goes on where another one
//! stopped; the node with the target alone comes last.

use super::cluster::{Cluster, Leadership, Partition, PartitionPhase, ReplicaPhase};
use super::election;
use super::event::{Event, Outcome, Write, WriteResult, elect};
use super::requests::RequestBatch;
use rkafka_base::TopicPartition;
use rkafka_registry::{NO_LEADER, ReplicaAssignment};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether all replicas that a reassignment wants are in sync.
pub fn is_complete(partition: &Partition) -> bool {
    if !partition.assignment.is_being_reassigned() {
        return true;
    }
    let Some(leadership) = &partition.leadership else { return false };
    partition.assignment.target().iter().all(|broker| leadership.state.isr.contains(broker))
}

/// The event that ends the reassignments among `partitions` whose targets are all in sync, if there are any: for
/// whoever has changed in-sync sets.
pub fn completions<'a>(cluster: &Cluster, partitions: impl IntoIterator<Item = &'a TopicPartition>) -> Option<Event> {
    let complete = |tp: &&TopicPartition| {
        cluster.partition(tp).is_some_and(|p| p.assignment.is_being_reassigned() && is_complete(p))
    };
    let complete: Vec<TopicPartition> = partitions.into_iter().filter(complete).cloned().collect();
    (!complete.is_empty()).then_some(Event::AdvanceReassignments(complete))
}

/// The event that takes up every reassignment of which `concerns` holds: after an election of the controller, and when
/// a broker that is to get replicas comes.
pub fn resumptions(cluster: &Cluster, concerns: impl Fn(&ReplicaAssignment) -> bool) -> Option<Event> {
    let under_way = cluster.partitions().filter(|(_, _, p)| p.assignment.is_being_reassigned());
    let resumed: Vec<TopicPartition> =
        under_way.filter(|(_, _, p)| concerns(&p.assignment)).map(|(tp, _, _)| tp).collect();
    (!resumed.is_empty()).then_some(Event::AdvanceReassignments(resumed))
}

/// The event that drops replicas that are in sync without being assigned: another controller has died between the two
/// writes that take a replica away. None is dropped that alone has the records.
pub fn strangers(cluster: &Cluster) -> Option<Event> {
    let mut strangers = Vec::new();
    for (tp, _, partition) in cluster.partitions() {
        let Some(leadership) = &partition.leadership else { continue };
        let assigned = |broker: &&i32| partition.assignment.replicas.contains(broker);
        let (members, others): (Vec<i32>, Vec<i32>) = leadership.state.isr.iter().partition(assigned);
        if !members.is_empty() {
            strangers.extend(others.into_iter().map(|broker| (broker, tp.clone())));
        }
    }
    (!strangers.is_empty()).then_some(Event::DropReplicas(strangers))
}

/// The states for the next step of each reassignment: a higher leader epoch, so that every replica learns of the new
/// assignment, or a leader among the targets.
pub fn advances(cluster: &Cluster, partitions: &[TopicPartition]) -> Vec<Write> {
    let writes = partitions.iter().filter_map(|tp| {
        let partition = cluster.partition(tp)?;
        let current = partition.leadership.as_ref().filter(|l| l.state.controller_epoch <= cluster.epoch)?;
        let state = if is_complete(partition) {
            let target = partition.assignment.target();
            let is_live = |broker: i32| cluster.is_replica_live(broker, tp);
            election::among_targets(&current.state, &target, is_live, cluster.epoch)?
        } else {
            election::renewed(&current.state, cluster.epoch)
        };
        Some(Write::SetState { partition: tp.clone(), state, expected_version: current.zk_version })
    });
    writes.collect()
}

/// Takes the next step: tells the replicas of the new assignment, or narrows it down to the target and lets the
/// replicas that are in excess go.
pub fn apply_advanced(
    cluster: &mut Cluster,
    partitions: Vec<TopicPartition>,
    written: Vec<(Write, WriteResult)>,
) -> Outcome {
    let mut step = Step::default();
    let mut untouched: BTreeSet<TopicPartition> = partitions.into_iter().collect();
    for (write, result) in written {
        let Write::SetState { partition: tp, state, .. } = write else { continue };
        untouched.remove(&tp);
        match result {
            WriteResult::Done(zk_version) => step.take(cluster, tp, Leadership { state, zk_version }),
            WriteResult::Conflict => step.again.push(tp),
            WriteResult::Gone | WriteResult::TooLarge { .. } => {}
        }
    }
    for tp in untouched {
        // A cancelled reassignment ends, whoever can lead; one under way waits for somebody who can.
        if cluster.partition(&tp).is_some_and(|p| !p.assignment.is_being_reassigned()) {
            step.finished.push(tp);
        }
    }
    step.outcome(cluster)
}

#[derive(Default)]
struct Step {
    batch: RequestBatch,
    removed: Vec<(i32, TopicPartition)>,
    finished: Vec<TopicPartition>,
    again: Vec<TopicPartition>,
}

impl Step {
    fn take(&mut self, cluster: &mut Cluster, tp: TopicPartition, leadership: Leadership) {
        let Some(partition) = cluster.partition_mut(&tp) else { return };
        let complete = is_complete(partition);
        partition.leadership = Some(leadership);
        let (told, new, phase) = if complete {
            let target = ReplicaAssignment::of(partition.assignment.target());
            self.removed.extend(partition.assignment.removing.iter().map(|broker| (*broker, tp.clone())));
            partition.assignment = target.clone();
            partition.phase = PartitionPhase::Online;
            (target.replicas, Vec::new(), ReplicaPhase::Online)
        } else {
            (partition.assignment.origin(), partition.assignment.adding.clone(), ReplicaPhase::New)
        };
        for broker in if complete { &told } else { &new } {
            let phase = if cluster.is_replica_live(*broker, &tp) { phase } else { ReplicaPhase::Offline };
            if let Some(partition) = cluster.partition_mut(&tp) {
                partition.replicas.insert(*broker, phase);
            }
        }
        self.batch.leader_and_isr(cluster, &told, &tp, false);
        self.batch.leader_and_isr(cluster, &new, &tp, true);
        if complete {
            self.finished.push(tp);
        }
    }

    fn outcome(self, cluster: &Cluster) -> Outcome {
        let mut outcome = Outcome { messages: self.batch.finish(cluster), ..Outcome::default() };
        if !self.removed.is_empty() {
            outcome.follow_ups.push(Event::DropReplicas(self.removed));
        }
        if !self.finished.is_empty() {
            outcome.follow_ups.push(Event::FinishReassignments(self.finished));
        }
        if !self.again.is_empty() {
            outcome.reread = self.again.clone();
            outcome.follow_ups.push(Event::AdvanceReassignments(self.again));
        }
        outcome
    }
}

/// Takes replicas that do not belong to their partitions any more out of the in-sync sets, stops them, and has them
/// deleted. Nobody waits for the deletion: a broker that is away keeps its files, as it does with Apache Kafka.
pub fn apply_dropped(
    cluster: &mut Cluster,
    replicas: Vec<(i32, TopicPartition)>,
    written: Vec<(Write, WriteResult)>,
) -> Outcome {
    let (mut stop, mut delete) = (RequestBatch::default(), RequestBatch::default());
    let mut conflicts: BTreeSet<TopicPartition> = BTreeSet::new();
    let mut follow_ups = Vec::new();
    for (write, result) in written {
        let Write::SetState { partition: tp, state, .. } = write else { continue };
        match result {
            WriteResult::Done(zk_version) => {
                let Some(partition) = cluster.partition_mut(&tp) else { continue };
                if state.leader == NO_LEADER {
                    partition.phase = PartitionPhase::Offline;
                    follow_ups = vec![elect()];
                }
                partition.leadership = Some(Leadership { state, zk_version });
                let Some(partition) = cluster.partition(&tp) else { continue };
                let live = cluster.live_replicas(&tp, partition);
                stop.leader_and_isr(cluster, &live, &tp, false);
            }
            WriteResult::Conflict => {
                conflicts.insert(tp);
            }
            WriteResult::Gone | WriteResult::TooLarge { .. } => {}
        }
    }
    let (again, dropped): (Vec<_>, Vec<_>) = replicas.into_iter().partition(|(_, tp)| conflicts.contains(tp));
    for (broker, tp) in &dropped {
        stop.stop_replica(*broker, tp, false);
        delete.stop_replica(*broker, tp, true);
    }
    let messages = [stop, delete].into_iter().flat_map(|batch| batch.finish(cluster)).collect();
    for (broker, tp) in dropped {
        if let Some(partition) = cluster.partition_mut(&tp) {
            partition.replicas.remove(&broker);
        }
        cluster.failed_replicas.remove(&(broker, tp));
    }
    let mut outcome = Outcome { messages, follow_ups, reread: conflicts.into_iter().collect(), ..Outcome::default() };
    if !again.is_empty() {
        outcome.follow_ups.push(Event::DropReplicas(again));
    }
    outcome
}

/// The topics' nodes with the targets alone, and the request in `/admin/reassign_partitions` without what is done.
pub fn conclusions(cluster: &Cluster, partitions: &[TopicPartition]) -> Vec<Write> {
    let known = partitions.iter().filter_map(|tp| Some((tp.clone(), cluster.partition(tp)?.assignment.clone())));
    let known = known.inspect(|(tp, assignment)| {
        debug_assert!(!assignment.is_being_reassigned(), "{tp} has come to its end: {assignment:?}");
    });
    let mut writes = assignments_by_topic(known);
    writes.push(Write::DropReassignmentRequests { partitions: partitions.iter().cloned().collect() });
    writes
}

/// One write for each topic that changes.
pub(super) fn assignments_by_topic(
    changes: impl IntoIterator<Item = (TopicPartition, ReplicaAssignment)>,
) -> Vec<Write> {
    let mut topics: BTreeMap<Arc<str>, BTreeMap<i32, ReplicaAssignment>> = BTreeMap::new();
    for (tp, assignment) in changes {
        topics.entry(tp.topic).or_default().insert(tp.partition, assignment);
    }
    topics.into_iter().map(|(topic, changes)| Write::ChangeReplicas { topic, changes }).collect()
}

/// Tells everybody of the replicas that are left.
pub fn apply_finished(cluster: &Cluster, partitions: Vec<TopicPartition>) -> Outcome {
    let mut batch = RequestBatch::default();
    batch.metadata(cluster.brokers.keys().copied(), partitions);
    let follow_ups = vec![elect(), Event::ResumeDeletions, Event::GrowInternalTopics];
    Outcome { messages: batch.finish(cluster), follow_ups, ..Outcome::default() }
}
