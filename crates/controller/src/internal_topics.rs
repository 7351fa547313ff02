//! Pure: internal topics grow with the cluster ([ADR 6](../../docs/adr/0006-internal-topics-grow.md)).
//!
//! A cluster that begins with one broker makes its internal topics with one replica. As brokers join, they get replicas
//! too, up to the configured number, by a reassignment like any other. Nothing is ever taken away.

use super::asked::{Requester, Targets};
use super::cluster::{Cluster, Deletion, Topic};
use super::event::{Event, Outcome};
use rkafka_base::TopicPartition;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The reassignments that the internal topics need, if any.
fn growth(cluster: &Cluster) -> Targets {
    let mut targets = Targets::new();
    for (name, factor) in &cluster.settings.internal_topic_factors {
        let wanted = usize::try_from(*factor).unwrap_or(0).min(cluster.brokers.len());
        let Some(topic) = cluster.topics.get(name) else { continue };
        let is_busy = topic.partitions.values().any(|partition| partition.assignment.is_being_reassigned());
        let is_small = topic.partitions.values().any(|partition| partition.assignment.replicas.len() < wanted);
        if is_small && !is_busy && topic.deletion == Deletion::NotWanted {
            targets.extend(grown(cluster, name, topic, wanted));
        }
    }
    targets
}

/// New replicas go where there are fewest, to racks that the partition is not in if possible. The broker that leads the
/// most hands preferred leaderships over, so that all lead alike in the end.
fn grown(cluster: &Cluster, name: &Arc<str>, topic: &Topic, wanted: usize) -> Targets {
    let mut hosted: BTreeMap<i32, usize> = cluster.brokers.keys().map(|broker| (*broker, 0)).collect();
    for broker in topic.partitions.values().flat_map(|partition| &partition.assignment.replicas) {
        *hosted.entry(*broker).or_default() += 1;
    }
    let fair = topic.partitions.len().div_ceil(cluster.brokers.len().max(1));
    let mut preferred: BTreeMap<i32, usize> = BTreeMap::new();
    let mut targets = Targets::new();
    for (number, partition) in &topic.partitions {
        let mut replicas = partition.assignment.replicas.clone();
        while replicas.len() < wanted {
            let Some(broker) = roomiest(cluster, &replicas, &hosted) else { break };
            *hosted.entry(broker).or_default() += 1;
            replicas.push(broker);
        }
        let load = |broker: &i32| preferred.get(broker).copied().unwrap_or(0);
        if replicas.first().is_some_and(|first| load(first) >= fair)
            && let Some(at) = (0..replicas.len()).min_by_key(|at| load(&replicas[*at]))
        {
            replicas[..=at].rotate_right(1);
        }
        if let Some(first) = replicas.first() {
            *preferred.entry(*first).or_default() += 1;
        }
        if replicas.len() > partition.assignment.replicas.len() {
            targets.insert(TopicPartition::new(name.clone(), *number), Some(replicas));
        }
    }
    targets
}

fn roomiest(cluster: &Cluster, replicas: &[i32], hosted: &BTreeMap<i32, usize>) -> Option<i32> {
    let rack = |broker: &i32| cluster.brokers.get(broker).and_then(|live| live.registration.rack.clone());
    let racks: BTreeSet<Option<String>> = replicas.iter().map(rack).collect();
    let free = cluster.brokers.keys().copied().filter(|broker| !replicas.contains(broker));
    free.min_by_key(|broker| {
        let rack = rack(broker);
        (rack.is_some() && racks.contains(&rack), hosted.get(broker).copied().unwrap_or(0))
    })
}

/// Begins the reassignments.
pub fn apply(cluster: &Cluster) -> Outcome {
    let targets = growth(cluster);
    let mut outcome = Outcome::default();
    if !targets.is_empty() {
        outcome.follow_ups.push(Event::AlterReassignments { targets, requester: Requester::Growth });
    }
    outcome
}
