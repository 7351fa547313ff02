//! Pure: which reassignments are begun, changed or cancelled, by AlterPartitionReassignments, by
//! `/admin/reassign_partitions`, or by the controller itself; and which are under way.

use super::asked::{Reply, Requester, Targets};
use super::cluster::{Cluster, Partition};
use super::event::{Event, Outcome, Write, WriteResult};
use super::reassignment::assignments_by_topic;
use super::refusal::{PartitionResults, Refusal};
use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use rkafka_registry::ReplicaAssignment;
use std::collections::{BTreeMap, BTreeSet};

const TARGET: &str = "kafka.controller.KafkaController";

fn invalid(message: String) -> Refusal {
    Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, message)
}

/// A list of brokers as Scala prints it.
fn buffer(ids: &[i32]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("Buffer({})", ids.join(", "))
}

/// What holds for the replicas of every request.
fn check_replicas(replicas: &[i32]) -> Result<(), Refusal> {
    if replicas.is_empty() {
        return Err(invalid("Empty replica list specified in partition reassignment.".to_owned()));
    }
    if replicas.iter().collect::<BTreeSet<_>>().len() != replicas.len() {
        let list = buffer(replicas);
        return Err(invalid(format!("Duplicate replica ids in partition reassignment replica list: {list}")));
    }
    if replicas.iter().any(|broker| *broker < 0) {
        return Err(invalid(format!("Invalid broker id in replica list: {}", buffer(replicas))));
    }
    Ok(())
}

/// Replicas are added on live brokers only. The legacy node is exempt: its tool checks that by itself, and what it asks
/// for waits until the brokers come.
fn check_added(cluster: &Cluster, wanted: &ReplicaAssignment) -> Result<(), Refusal> {
    if wanted.adding.iter().all(|broker| cluster.brokers.contains_key(broker)) {
        return Ok(());
    }
    let live: Vec<String> = cluster.brokers.keys().map(ToString::to_string).collect();
    Err(invalid(format!(
        "Replica assignment has brokers that are not alive. Replica list: {}, live broker list: Set({})",
        buffer(&wanted.adding),
        live.join(", ")
    )))
}

/// No change may delete the last replicas that are in sync.
fn check_survivors(tp: &TopicPartition, partition: &Partition, wanted: &ReplicaAssignment) -> Result<(), Refusal> {
    let Some(leadership) = &partition.leadership else { return Ok(()) };
    if leadership.state.isr.is_empty() || leadership.state.isr.iter().any(|b| wanted.replicas.contains(b)) {
        return Ok(());
    }
    Err(invalid(format!(
        "Unable to revert partition assignment for {tp} because it would require an unclean leader election."
    )))
}

/// What one partition's assignment becomes.
fn plan(
    cluster: &Cluster,
    tp: &TopicPartition,
    target: Option<&Vec<i32>>,
    requester: Requester,
) -> Result<ReplicaAssignment, Refusal> {
    if let Some(target) = target {
        check_replicas(target)?;
    }
    let partition = cluster.partition(tp).filter(|_| !cluster.is_to_be_deleted(&tp.topic));
    let current = partition.map(|partition| &partition.assignment);
    let wanted = match (target, current) {
        (Some(_), None) => return Err(Refusal::unknown_partition()),
        (Some(target), Some(current)) => current.reassign_to(target),
        (None, Some(current)) if current.is_being_reassigned() => current.reassign_to(&current.origin()),
        (None, _) => return Err(ErrorCode::NO_REASSIGNMENT_IN_PROGRESS.into()),
    };
    if requester != Requester::Znode {
        check_added(cluster, &wanted)?;
    }
    if let Some(partition) = partition {
        check_survivors(tp, partition, &wanted)?;
    }
    Ok(wanted)
}

/// The new assignments, as far as they are new; a request by API takes precedence over one in the legacy node, and what
/// is refused does not stay there.
pub fn decide(cluster: &Cluster, targets: &Targets, requester: Requester) -> Vec<Write> {
    let mut changes = Vec::new();
    let mut off_the_node = BTreeSet::new();
    for (tp, target) in targets {
        let planned = plan(cluster, tp, target.as_ref(), requester);
        if planned.is_ok() == matches!(requester, Requester::Api(_)) {
            off_the_node.insert(tp.clone());
        }
        if let Ok(wanted) = planned
            && cluster.partition(tp).is_some_and(|partition| partition.assignment != wanted)
        {
            changes.push((tp.clone(), wanted));
        }
    }
    let mut writes = assignments_by_topic(changes);
    if requester != Requester::Growth && !off_the_node.is_empty() {
        writes.push(Write::DropReassignmentRequests { partitions: off_the_node });
    }
    writes
}

/// Takes the new assignments in; the replicas that an earlier reassignment brought in and that nobody wants any more
/// are dropped, and each reassignment goes on.
pub fn apply(
    cluster: &mut Cluster,
    targets: &Targets,
    requester: Requester,
    written: &[(Write, WriteResult)],
) -> Outcome {
    let refused: BTreeMap<&str, Refusal> = written.iter().filter_map(not_written).collect();
    let mut results: PartitionResults<()> = Vec::with_capacity(targets.len());
    let (mut begun, mut unneeded) = (Vec::new(), Vec::new());
    for (tp, target) in targets {
        let planned = plan(cluster, tp, target.as_ref(), requester);
        let planned = planned.and_then(|wanted| match refused.get(&*tp.topic) {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(wanted),
        });
        match (planned, cluster.partition_mut(tp)) {
            (Ok(wanted), Some(partition)) => {
                let repeated = partition.assignment == wanted && wanted.is_being_reassigned();
                let dropped = partition.assignment.replicas.iter().filter(|broker| !wanted.replicas.contains(broker));
                unneeded.extend(dropped.map(|broker| (*broker, tp.clone())));
                partition.assignment = wanted;
                // The legacy node is read again whenever it changes; what runs already is left alone.
                if !(repeated && requester == Requester::Znode) {
                    begun.push(tp.clone());
                }
                results.push((tp.clone(), Ok(())));
            }
            (Ok(_), None) => results.push((tp.clone(), Err(Refusal::unknown_partition()))),
            (Err(refusal), _) => results.push((tp.clone(), Err(refusal))),
        }
    }
    let mut outcome = Outcome::default();
    if !unneeded.is_empty() {
        outcome.follow_ups.push(Event::DropReplicas(unneeded));
    }
    if !begun.is_empty() {
        outcome.follow_ups.push(Event::AdvanceReassignments(begun));
    }
    answer(&mut outcome, requester, results);
    outcome
}

/// The topic whose new assignments could not be written, and why.
fn not_written((write, result): &(Write, WriteResult)) -> Option<(&str, Refusal)> {
    let Write::ChangeReplicas { topic, .. } = write else { return None };
    let refusal = match result {
        WriteResult::Done(_) => return None,
        WriteResult::Conflict | WriteResult::Gone => Refusal::unknown_partition(),
        WriteResult::TooLarge { size, limit } => Refusal::too_large(*size, *limit),
    };
    Some((topic, refusal))
}

fn answer(outcome: &mut Outcome, requester: Requester, results: PartitionResults<()>) {
    match requester {
        Requester::Api(id) => outcome.replies.push((id, Reply::AlterReassignments(results))),
        Requester::Znode | Requester::Growth => {
            for (tp, result) in results {
                match result {
                    Ok(()) => log::info!(target: TARGET, "Reassignment of {tp} begins, asked for by {requester:?}"),
                    Err(refusal) => log::warn!(target: TARGET,
                        "Reassignment of {tp}, asked for by {requester:?}, is refused: {} {}",
                        refusal.code.name(), refusal.message.as_deref().unwrap_or_default()),
                }
            }
        }
    }
}

/// The reassignments that are under way, of `only` these partitions or of all.
pub fn under_way(
    cluster: &Cluster,
    only: Option<&BTreeSet<TopicPartition>>,
) -> Vec<(TopicPartition, ReplicaAssignment)> {
    let all = cluster.partitions().filter(|(tp, _, partition)| {
        partition.assignment.is_being_reassigned() && only.is_none_or(|only| only.contains(tp))
    });
    all.map(|(tp, _, partition)| (tp, partition.assignment.clone())).collect()
}
