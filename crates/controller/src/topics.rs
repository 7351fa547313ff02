//! Pure: topics and partitions that appear in ZooKeeper, whoever wrote them.

use super::cluster::{Cluster, Deletion, Partition, Topic};
use super::event::{Event, Outcome, TopicSeen, Write, elect};
use rkafka_registry::TopicAssignment;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Gives an id to topics that tools from before 2.8 have written without one.
pub fn missing_ids(topics: &[TopicSeen]) -> Vec<Write> {
    let without = topics.iter().filter(|topic| topic.assignment.topic_id.is_none());
    let writes = without.map(|topic| Write::SetAssignment {
        topic: topic.name.clone(),
        assignment: TopicAssignment { topic_id: Some(topic.fresh_id), ..topic.assignment.clone() },
    });
    writes.collect()
}

/// Corrects an assignment that somebody else wrote: a topic keeps its id, whatever an old tool left out, and one that
/// is being deleted gets no new partitions.
pub fn corrections(cluster: &Cluster, seen: &TopicSeen) -> Vec<Write> {
    let Some(topic) = cluster.topics.get(&seen.name) else { return Vec::new() };
    let mut wanted = seen.assignment.clone();
    if topic.deletion != Deletion::NotWanted {
        wanted.partitions.retain(|number, _| topic.partitions.contains_key(number));
    }
    wanted.topic_id = wanted.topic_id.or(Some(topic.id));
    if wanted == seen.assignment {
        return Vec::new();
    }
    vec![Write::SetAssignment { topic: seen.name.clone(), assignment: wanted }]
}

/// New topics begin, and topics whose node is gone are forgotten.
pub fn apply_seen(cluster: &mut Cluster, names: &BTreeSet<Arc<str>>, new: Vec<TopicSeen>) -> Outcome {
    cluster.keep_topics(|name| names.contains(name));
    for seen in new {
        let id = seen.assignment.topic_id.unwrap_or(seen.fresh_id);
        let partitions = seen.assignment.partitions.into_iter().map(|(n, a)| (n, Partition::new(a))).collect();
        let topic = Topic { id, partitions, deletion: Deletion::NotWanted };
        cluster.add_topic(seen.name, topic);
    }
    Outcome { follow_ups: vec![elect(), Event::GrowInternalTopics], ..Outcome::default() }
}

/// Partitions that were added to a known topic begin.
pub fn apply_assignment(cluster: &mut Cluster, seen: TopicSeen) -> Outcome {
    let Some(topic) = cluster.topics.get_mut(&seen.name) else { return Outcome::default() };
    if topic.deletion != Deletion::NotWanted {
        return Outcome::default();
    }
    for (number, assignment) in seen.assignment.partitions {
        topic.partitions.entry(number).or_insert_with(|| Partition::new(assignment));
    }
    Outcome { follow_ups: vec![elect()], ..Outcome::default() }
}
