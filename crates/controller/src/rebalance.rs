//! Pure: the automatic return of leaderships to preferred replicas (`KafkaController.checkAndTriggerAutoLeaderRebalance`).

use super::asked::{Ballot, ElectionKind, Trigger};
use super::cluster::Cluster;
use super::event::{Event, Outcome};
use rkafka_base::TopicPartition;
use std::collections::BTreeMap;

/// The partitions that should return: of each broker that leads too few of those that prefer it, those that it can lead.
/// None while a reassignment is under way.
fn strays(cluster: &Cluster) -> Vec<TopicPartition> {
    if cluster.partitions().any(|(_, _, partition)| partition.assignment.is_being_reassigned()) {
        return Vec::new();
    }
    // Per preferred leader: how many partitions, and which of them somebody else leads.
    let mut brokers: BTreeMap<i32, (usize, Vec<TopicPartition>)> = BTreeMap::new();
    for (tp, _, partition) in cluster.partitions() {
        let Some(preferred) = partition.assignment.replicas.first() else { continue };
        if cluster.is_to_be_deleted(&tp.topic) {
            continue;
        }
        let (count, strayed) = brokers.entry(*preferred).or_default();
        *count += 1;
        if partition.leadership.as_ref().is_some_and(|leadership| leadership.state.leader != *preferred) {
            strayed.push(tp);
        }
    }
    let limit = f64::from(cluster.settings.leader_imbalance_per_broker_percentage) / 100.0;
    let uneven = brokers.into_iter().filter(|(_, (count, strayed))| strayed.len() as f64 / *count as f64 > limit);
    let strays = uneven.flat_map(|(preferred, (_, strayed))| strayed.into_iter().map(move |tp| (preferred, tp)));
    let can_lead = |(preferred, tp): &(i32, TopicPartition)| {
        let leadership = cluster.partition(tp).and_then(|partition| partition.leadership.as_ref());
        cluster.is_replica_live(*preferred, tp) && leadership.is_some_and(|l| l.state.isr.contains(preferred))
    };
    strays.filter(can_lead).map(|(_, tp)| tp).collect()
}

/// Lets the strays vote.
pub fn apply(cluster: &Cluster) -> Outcome {
    let strays = strays(cluster);
    let mut outcome = Outcome::default();
    if !strays.is_empty() {
        let ballot = Ballot::new(ElectionKind::Preferred, Trigger::Auto, strays);
        outcome.follow_ups.push(Event::HoldElection(ballot));
    }
    outcome
}
