//! Pure: the deletion of topics: brokers forget the metadata, stop the replicas, delete them, and when all have, the
//! znodes go.

use super::cluster::{Cluster, Deletion, Partition, ReplicaPhase};
use super::event::{Event, Outcome, Write, WriteResult};
use super::requests::RequestBatch;
use rkafka_base::TopicPartition;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Requests that are not served: the topic is unknown, or topics may not be deleted (`delete.topic.enable`).
pub fn refusals(cluster: &Cluster, names: &[Arc<str>]) -> Vec<Write> {
    let enabled = cluster.settings.delete_topic_enable;
    let refused = names.iter().filter(|name| !enabled || !cluster.topics.contains_key(*name));
    refused.map(|name| Write::DropDeletionRequest { topic: name.clone() }).collect()
}

/// Marks the topics.
pub fn apply_seen(cluster: &mut Cluster, names: &[Arc<str>]) -> Outcome {
    if cluster.settings.delete_topic_enable {
        for name in names {
            if let Some(topic) = cluster.topics.get_mut(name)
                && topic.deletion == Deletion::NotWanted
            {
                topic.deletion = Deletion::Wanted;
            }
        }
    }
    Outcome { follow_ups: vec![Event::ResumeDeletions], ..Outcome::default() }
}

fn is_deleted(partition: &Partition) -> bool {
    partition.replicas.values().all(|phase| *phase == ReplicaPhase::DeletionSuccessful)
}

/// The topics of which no replica is left.
pub fn completions(cluster: &Cluster) -> Vec<Write> {
    let done = cluster
        .topics
        .iter()
        .filter(|(_, topic)| topic.deletion == Deletion::Started && topic.partitions.values().all(is_deleted));
    done.map(|(name, _)| Write::DeleteTopic { topic: name.clone() }).collect()
}

/// Forgets the topics whose nodes are gone, and starts the deletion of others as far as their brokers live.
pub fn apply_resumed(cluster: &mut Cluster, written: Vec<(Write, WriteResult)>) -> Outcome {
    let deleted: BTreeSet<Arc<str>> = written
        .into_iter()
        .filter_map(|(write, _)| match write {
            Write::DeleteTopic { topic } => Some(topic),
            _ => None,
        })
        .collect();
    if !deleted.is_empty() {
        cluster.keep_topics(|name| !deleted.contains(name));
    }
    let ready: Vec<Arc<str>> = cluster
        .topics
        .iter()
        .filter(|(name, topic)| topic.deletion == Deletion::Wanted && may_start(cluster, name, &topic.partitions))
        .map(|(name, _)| name.clone())
        .collect();
    let mut outcome = Outcome::default();
    if !ready.is_empty() {
        outcome.messages = start(cluster, &ready);
    }
    // A topic without any replica is done at once.
    if !completions(cluster).is_empty() {
        outcome.follow_ups.push(Event::ResumeDeletions);
    }
    outcome
}

/// All replicas that are left must live, and no reassignment may be under way.
fn may_start<'a>(
    cluster: &Cluster,
    topic: &Arc<str>,
    partitions: impl IntoIterator<Item = (&'a i32, &'a Partition)>,
) -> bool {
    partitions.into_iter().all(|(number, partition)| {
        let tp = TopicPartition::new(topic.clone(), *number);
        let lives = |(broker, phase): (&i32, &ReplicaPhase)| {
            *phase == ReplicaPhase::DeletionSuccessful || cluster.is_replica_live(*broker, &tp)
        };
        !partition.assignment.is_being_reassigned() && partition.replicas.iter().all(lives)
    })
}

/// Three rounds, each a batch of its own: forget, stop, delete.
fn start(cluster: &mut Cluster, topics: &[Arc<str>]) -> Vec<(i32, super::Message)> {
    let mut replicas = Vec::new();
    for name in topics {
        let Some(topic) = cluster.topics.get_mut(name) else { continue };
        topic.deletion = Deletion::Started;
        for (number, partition) in &mut topic.partitions {
            let tp = TopicPartition::new(name.clone(), *number);
            for (broker, phase) in &mut partition.replicas {
                if *phase != ReplicaPhase::DeletionSuccessful {
                    *phase = ReplicaPhase::DeletionStarted;
                    replicas.push((*broker, tp.clone()));
                }
            }
        }
    }
    let partitions: Vec<TopicPartition> =
        cluster.partitions().map(|(tp, _, _)| tp).filter(|tp| topics.contains(&tp.topic)).collect();
    let mut forget = RequestBatch::default();
    forget.metadata(cluster.brokers.keys().copied(), partitions);
    let (mut stop, mut delete) = (RequestBatch::default(), RequestBatch::default());
    for (broker, tp) in &replicas {
        stop.stop_replica(*broker, tp, false);
        delete.stop_replica(*broker, tp, true);
    }
    [forget, stop, delete].into_iter().flat_map(|batch| batch.finish(cluster)).collect()
}

/// A broker's report on replicas that it was told to delete.
pub fn apply_deleted(cluster: &mut Cluster, broker: i32, results: &[(TopicPartition, i16)]) -> Outcome {
    for (tp, error) in results {
        let Some(topic) = cluster.topics.get_mut(&tp.topic) else { continue };
        let Some(phase) = topic.partitions.get_mut(&tp.partition).and_then(|p| p.replicas.get_mut(&broker)) else {
            continue;
        };
        if *phase == ReplicaPhase::DeletionStarted {
            *phase = if *error == 0 { ReplicaPhase::DeletionSuccessful } else { ReplicaPhase::DeletionIneligible };
        }
    }
    Outcome { follow_ups: vec![Event::ResumeDeletions], ..Outcome::default() }
}
