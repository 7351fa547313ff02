//! Pure: brokers that come, go, restart, or change what they say of themselves.

use super::cluster::{Cluster, Deletion, PartitionPhase, ReplicaPhase};
use super::event::{Event, Outcome, elect};
use super::partitions::hosts;
use super::reassignment;
use super::requests::RequestBatch;
use rkafka_base::TopicPartition;
use rkafka_registry::brokers::LiveBroker;

/// Compares the live brokers with the known ones by id and epoch. A broker with a new epoch has been away.
pub fn apply_seen(cluster: &mut Cluster, registered: Vec<LiveBroker>) -> Outcome {
    let live = without_suspects(cluster, &registered);
    let is_known = |cluster: &Cluster, broker: &LiveBroker| {
        cluster.brokers.get(&broker.id).is_some_and(|known| known.epoch >= broker.epoch)
    };
    let gone: Vec<i32> = cluster
        .brokers
        .values()
        .filter(|known| !live.iter().any(|broker| broker.id == known.id && broker.epoch <= known.epoch))
        .map(|known| known.id)
        .collect();
    let mut outcome = Outcome::default();
    if !gone.is_empty() {
        lose(cluster, &gone, &mut outcome);
        // Whoever came comes only after what follows from the loss: a restarted broker has to be missed first.
        outcome.follow_ups.push(Event::BrokersSeen(registered));
        return outcome;
    }
    let came: Vec<LiveBroker> = live.into_iter().filter(|broker| !is_known(cluster, broker)).collect();
    if !came.is_empty() {
        gain(cluster, came, &mut outcome);
    }
    outcome
}

/// The registered brokers without those that are suspected; suspicions whose registration has ended are forgotten.
pub fn without_suspects(cluster: &mut Cluster, registered: &[LiveBroker]) -> Vec<LiveBroker> {
    cluster.suspects.retain(|id, epoch| registered.iter().any(|broker| broker.id == *id && broker.epoch == *epoch));
    let believed = registered.iter().filter(|broker| cluster.suspects.get(&broker.id) != Some(&broker.epoch));
    believed.cloned().collect()
}

/// The partitions that have a replica on `broker`.
fn hosted(cluster: &Cluster, broker: i32) -> Vec<TopicPartition> {
    let hosted = cluster.partitions().filter(|(_, _, partition)| partition.assignment.replicas.contains(&broker));
    hosted.map(|(tp, _, _)| tp).collect()
}

pub fn lose(cluster: &mut Cluster, gone: &[i32], outcome: &mut Outcome) {
    let mut lost = Vec::new();
    for broker in gone {
        cluster.brokers.remove(broker);
        cluster.shutting_down.remove(broker);
        cluster.failed_replicas.retain(|(id, _)| id != broker);
        lost.extend(hosted(cluster, *broker).into_iter().map(|tp| (*broker, tp)));
    }
    lose_replicas(cluster, &lost);
    outcome.brokers_down.extend_from_slice(gone);
    outcome.follow_ups.push(elect());
    if lost.is_empty() {
        // Nobody else says that the broker is gone.
        let mut batch = RequestBatch::default();
        batch.metadata(cluster.brokers.keys().copied(), []);
        outcome.messages.extend(batch.finish(cluster));
    } else {
        outcome.follow_ups.push(Event::ShrinkInSync(lost));
    }
}

/// Partitions that lose their leader go offline; replicas that were to be deleted have to wait.
fn lose_replicas(cluster: &mut Cluster, lost: &[(i32, TopicPartition)]) {
    for (broker, tp) in lost {
        let Some(partition) = cluster.partition_mut(tp) else { continue };
        if partition.leader() == Some(*broker) {
            partition.phase = PartitionPhase::Offline;
        }
        let to_be_deleted = cluster.is_to_be_deleted(&tp.topic);
        let Some(partition) = cluster.partition_mut(tp) else { continue };
        let phase = if to_be_deleted { ReplicaPhase::DeletionIneligible } else { ReplicaPhase::Offline };
        if partition.replicas.get(broker) != Some(&ReplicaPhase::DeletionSuccessful) {
            partition.replicas.insert(*broker, phase);
        }
        if to_be_deleted && let Some(topic) = cluster.topics.get_mut(&tp.topic) {
            topic.deletion = Deletion::Wanted;
        }
    }
}

pub fn gain(cluster: &mut Cluster, came: Vec<LiveBroker>, outcome: &mut Outcome) {
    let known: Vec<i32> = cluster.brokers.keys().copied().collect();
    let ids: Vec<i32> = came.iter().map(|broker| broker.id).collect();
    cluster.brokers.extend(came.into_iter().map(|broker| (broker.id, broker)));
    let mut introduction = RequestBatch::default();
    introduction.metadata(known.into_iter().filter(|id| !ids.contains(id)), []);
    outcome.messages.extend(introduction.finish(cluster));

    // The newcomers learn everything, and lead or follow what they host.
    let mut everything = RequestBatch::default();
    everything.metadata(ids.iter().copied(), cluster.partitions().map(|(tp, _, _)| tp).collect::<Vec<_>>());
    outcome.messages.extend(everything.finish(cluster));
    let mut batch = RequestBatch::default();
    for broker in &ids {
        for tp in hosted(cluster, *broker) {
            let to_be_deleted = cluster.is_to_be_deleted(&tp.topic);
            let Some(partition) = cluster.partition_mut(&tp) else { continue };
            if to_be_deleted || partition.leadership.is_none() {
                continue;
            }
            partition.replicas.insert(*broker, ReplicaPhase::Online);
            batch.leader_and_isr(cluster, &[*broker], &tp, false);
        }
    }
    outcome.messages.extend(batch.finish(cluster));
    outcome.follow_ups.push(elect());
    outcome.follow_ups.extend(reassignment::resumptions(cluster, |assignment| {
        assignment.target().iter().any(|broker| ids.contains(broker))
    }));
    outcome.follow_ups.push(Event::ResumeDeletions);
    outcome.follow_ups.push(Event::GrowInternalTopics);
    outcome.brokers_up.extend(ids);
}

/// New endpoints or another rack of a live broker: everybody hears of it.
pub fn apply_changed(cluster: &mut Cluster, broker: LiveBroker) -> Outcome {
    match cluster.brokers.get_mut(&broker.id) {
        Some(known) if known.epoch == broker.epoch && known.registration != broker.registration => {
            let id = broker.id;
            *known = broker;
            let mut batch = RequestBatch::default();
            batch.metadata(cluster.brokers.keys().copied(), []);
            Outcome { messages: batch.finish(cluster), brokers_up: vec![id], ..Outcome::default() }
        }
        _ => Outcome::default(),
    }
}

/// Replicas whose log dir a live broker has lost. A broker that has restarted since may have its log dir again, and what
/// a reassignment has taken from it since is no replica.
pub fn apply_replicas_failed(
    cluster: &mut Cluster,
    broker: i32,
    epoch: i64,
    partitions: Vec<TopicPartition>,
) -> Outcome {
    if cluster.brokers.get(&broker).is_none_or(|known| known.epoch != epoch) {
        return Outcome::default();
    }
    let hosted = |tp: &TopicPartition| hosts(cluster, broker, tp);
    let lost: Vec<(i32, TopicPartition)> = partitions.into_iter().filter(hosted).map(|tp| (broker, tp)).collect();
    cluster.failed_replicas.extend(lost.iter().cloned());
    lose_replicas(cluster, &lost);
    Outcome { follow_ups: vec![elect(), Event::ShrinkInSync(lost)], ..Outcome::default() }
}
