//! Pure: the partition state machine: who gets to lead, who falls out of sync, and who must be told.

use super::cluster::{Cluster, Leadership, Partition, PartitionPhase, ReplicaPhase};
use super::election;
use super::event::{Event, Outcome, Write, WriteResult, elect};
use super::reassignment;
use super::requests::RequestBatch;
use rkafka_base::TopicPartition;
use rkafka_registry::LeaderAndIsr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether a partition waits for a leader.
fn needs_leader(partition: &Partition) -> bool {
    matches!(partition.phase, PartitionPhase::New | PartitionPhase::Offline)
}

/// The topics for which it matters whether unclean elections are allowed: a partition waits for a leader, some replica
/// lives, but none that is in sync.
pub fn topics_without_clean_heir(cluster: &Cluster) -> BTreeSet<Arc<str>> {
    let doubtful = cluster.partitions().filter(|(tp, _, partition)| {
        let Some(leadership) = partition.leadership.as_ref().filter(|_| needs_leader(partition)) else { return false };
        let live = cluster.live_replicas(tp, partition);
        !live.is_empty() && !live.iter().any(|broker| leadership.state.isr.contains(broker))
    });
    doubtful.map(|(tp, _, _)| tp.topic).collect()
}

/// The states that give leaders to partitions without one, as far as replicas live.
pub fn elections(cluster: &Cluster, unclean: &BTreeSet<Arc<str>>) -> Vec<Write> {
    let waiting = cluster.partitions().filter(|(tp, _, p)| needs_leader(p) && !cluster.is_to_be_deleted(&tp.topic));
    let writes = waiting.filter_map(|(tp, _, partition)| {
        let live = cluster.live_replicas(&tp, partition);
        match &partition.leadership {
            None => {
                let state = election::initial(&live, cluster.epoch)?;
                Some(Write::CreateState { partition: tp, state })
            }
            Some(current) if current.state.controller_epoch > cluster.epoch => None,
            Some(current) => {
                let unclean = unclean.contains(&tp.topic);
                let state = election::after_leader_loss(&current.state, &live, unclean, cluster.epoch)?;
                Some(Write::SetState { partition: tp, state, expected_version: current.zk_version })
            }
        }
    });
    writes.collect()
}

/// Takes the elected leaders in and tells the brokers.
pub fn apply_elections(cluster: &mut Cluster, written: Vec<(Write, WriteResult)>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut batch = RequestBatch::default();
    let mut elected = Vec::new();
    for (write, result) in written {
        let (Write::CreateState { partition: tp, state } | Write::SetState { partition: tp, state, .. }) = write else {
            continue;
        };
        match result {
            WriteResult::Done(zk_version) => {
                let Some(partition) = cluster.partition_mut(&tp) else { continue };
                let is_new = partition.phase == PartitionPhase::New;
                partition.phase = PartitionPhase::Online;
                partition.leadership = Some(Leadership { state, zk_version });
                let live = set_online(cluster, &tp);
                batch.leader_and_isr(cluster, &live, &tp, is_new);
                elected.push(tp);
            }
            WriteResult::Conflict => outcome.reread.push(tp),
            // The topic's node is gone: somebody deleted it by hand, which the next look at the topics tells.
            WriteResult::Gone | WriteResult::TooLarge { .. } => {}
        }
    }
    outcome.messages = batch.finish(cluster);
    outcome.follow_ups.extend(reassignment::completions(cluster, &elected));
    outcome
}

/// Takes in a leader that follows another while both live, and tells all replicas.
pub fn hand_over(cluster: &mut Cluster, batch: &mut RequestBatch, tp: &TopicPartition, leadership: Leadership) {
    let Some(partition) = cluster.partition_mut(tp) else { return };
    partition.phase = PartitionPhase::Online;
    partition.leadership = Some(leadership);
    let replicas = partition.assignment.replicas.clone();
    batch.leader_and_isr(cluster, &replicas, tp, false);
}

/// Marks the live replicas as online and returns them.
fn set_online(cluster: &mut Cluster, tp: &TopicPartition) -> Vec<i32> {
    let live = cluster.partition(tp).map_or_else(Vec::new, |partition| cluster.live_replicas(tp, partition));
    if let Some(partition) = cluster.partition_mut(tp) {
        for broker in &live {
            partition.replicas.insert(*broker, ReplicaPhase::Online);
        }
    }
    live
}

/// Whether it matters that a replica cannot follow. An election may have ended a reassignment since the replica was
/// named, which has dropped it; and whoever deletes a topic changes no states in it.
fn can_fall_out(cluster: &Cluster, broker: i32, tp: &TopicPartition) -> bool {
    hosts(cluster, broker, tp) && !cluster.is_to_be_deleted(&tp.topic)
}

/// The states without the replicas that cannot follow any more.
pub fn shrinks(cluster: &Cluster, replicas: &[(i32, TopicPartition)]) -> Vec<Write> {
    withdrawals(cluster, replicas.iter().filter(|(broker, tp)| can_fall_out(cluster, *broker, tp)))
}

/// The states without these replicas.
pub fn withdrawals<'a>(cluster: &Cluster, replicas: impl IntoIterator<Item = &'a (i32, TopicPartition)>) -> Vec<Write> {
    // Two replicas of one partition may fall out together.
    let mut shrunk: BTreeMap<&TopicPartition, (LeaderAndIsr, i32)> = BTreeMap::new();
    for (broker, tp) in replicas {
        let Some(current) = cluster.partition(tp).and_then(|partition| partition.leadership.as_ref()) else { continue };
        let base = shrunk.get(tp).map_or(&current.state, |(state, _)| state);
        if base.controller_epoch > cluster.epoch {
            continue;
        }
        let Some(mut state) = election::without(base, *broker, cluster.epoch) else { continue };
        state.leader_epoch = current.state.leader_epoch + 1;
        shrunk.insert(tp, (state, current.zk_version));
    }
    let writes = shrunk.into_iter().map(|(tp, (state, expected_version))| Write::SetState {
        partition: tp.clone(),
        state,
        expected_version,
    });
    writes.collect()
}

/// Takes the smaller in-sync sets in, tells the remaining replicas, and tells everybody whose replicas are gone.
pub fn apply_shrinks(
    cluster: &mut Cluster,
    replicas: &[(i32, TopicPartition)],
    written: Vec<(Write, WriteResult)>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut batch = RequestBatch::default();
    for (broker, tp) in replicas {
        batch.metadata(cluster.brokers.keys().copied(), [tp.clone()]);
        if !can_fall_out(cluster, *broker, tp) {
            continue;
        }
        if let Some(partition) = cluster.partition_mut(tp) {
            partition.replicas.insert(*broker, ReplicaPhase::Offline);
        }
        // A broker that lives stops following; a dead one hears nothing.
        batch.stop_replica(*broker, tp, false);
    }
    for (write, result) in written {
        let Write::SetState { partition: tp, state, .. } = write else { continue };
        match result {
            WriteResult::Done(zk_version) => {
                let Some(partition) = cluster.partition_mut(&tp) else { continue };
                partition.leadership = Some(Leadership { state, zk_version });
                let Some(partition) = cluster.partition(&tp) else { continue };
                let live = cluster.live_replicas(&tp, partition);
                batch.leader_and_isr(cluster, &live, &tp, false);
            }
            WriteResult::Conflict => {
                outcome.reread.push(tp.clone());
                let again = replicas.iter().filter(|(_, other)| *other == tp).cloned().collect();
                outcome.follow_ups.push(Event::ShrinkInSync(again));
            }
            WriteResult::Gone | WriteResult::TooLarge { .. } => {}
        }
    }
    outcome.messages = batch.finish(cluster);
    outcome
}

/// Whether the partition has a replica on `broker`.
pub fn hosts(cluster: &Cluster, broker: i32, tp: &TopicPartition) -> bool {
    cluster.partition(tp).is_some_and(|partition| partition.assignment.replicas.contains(&broker))
}

/// Takes states in that were read again, and lets the elections that met them be held again.
pub fn apply_read(cluster: &mut Cluster, states: Vec<(TopicPartition, Option<Leadership>)>) -> Outcome {
    let mut batch = RequestBatch::default();
    for (tp, leadership) in states {
        let Some(leadership) = leadership else { continue };
        let leader_lives = cluster.is_replica_live(leadership.state.leader, &tp);
        let Some(partition) = cluster.partition_mut(&tp) else { continue };
        let was_new = partition.phase == PartitionPhase::New;
        partition.leadership = Some(leadership);
        if cluster.is_to_be_deleted(&tp.topic) {
            continue;
        }
        let Some(partition) = cluster.partition_mut(&tp) else { continue };
        if leader_lives {
            partition.phase = PartitionPhase::Online;
            let mut told = set_online(cluster, &tp);
            // Whoever is about to stop must know that it leads no more.
            told.extend(cluster.shutting_down.iter().filter(|broker| hosts(cluster, **broker, &tp)));
            batch.leader_and_isr(cluster, &told, &tp, was_new);
        } else {
            partition.phase = PartitionPhase::Offline;
        }
    }
    let messages = batch.finish(cluster);
    Outcome { messages, follow_ups: vec![elect()], ..Outcome::default() }
}
