//! What a streams group reads, and what it has committed of that.

use anyhow::bail;
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin,
    admin::{CommittedOffset, StreamsGroup, Subtopology},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a group has committed, by partition.
pub type Committed = BTreeMap<TopicPartition, CommittedOffset>;

/// The topics from outside that a group reads.
pub fn of_input(group: &StreamsGroup) -> BTreeSet<&str> {
    group.subtopologies.iter().flat_map(|subtopology| &subtopology.source_topics).map(String::as_str).collect()
}

/// All topics that a group reads: those from outside, and those through which it passes records on to itself.
pub fn of_source(group: &StreamsGroup) -> BTreeSet<&str> {
    group.subtopologies.iter().flat_map(read_by).collect()
}

fn read_by(subtopology: &Subtopology) -> Vec<&str> {
    let repartition = subtopology.repartition_source_topics.iter().map(|topic| topic.name.as_str());
    subtopology.source_topics.iter().map(String::as_str).chain(repartition).collect()
}

/// What a group has committed of `topics`. Partitions that the coordinator has an error for are left out.
pub async fn committed(admin: &Admin, group: &str, topics: Option<&BTreeSet<&str>>) -> anyhow::Result<Committed> {
    let mut committed = Committed::new();
    for (partition, result) in admin.group_offsets(group, None).await? {
        if topics.is_some_and(|topics| !topics.contains(&*partition.topic)) {
            continue;
        }
        match result {
            Ok(found) => committed.extend(found.map(|found| (partition, found))),
            Err(error) => log::warn!("Skipping return offset for {partition} due to error {error}."),
        }
    }
    Ok(committed)
}

/// The partitions that the members of a group read now.
///
/// Errors: a task of a subtopology that the group does not have.
pub fn partitions_read(group: &StreamsGroup) -> anyhow::Result<BTreeSet<TopicPartition>> {
    let topics: BTreeMap<&str, Vec<&str>> =
        group.subtopologies.iter().map(|s| (s.subtopology_id.as_str(), read_by(s))).collect();
    let mut partitions = BTreeSet::new();
    for task in group.members.iter().flat_map(|member| &member.assignment.active_tasks) {
        let Some(topics) = topics.get(task.subtopology_id.as_str()) else {
            bail!("Subtopology {} not found in group description!", task.subtopology_id);
        };
        for topic in topics {
            partitions.extend(task.partitions.iter().map(|number| TopicPartition::new(*topic, *number)));
        }
    }
    Ok(partitions)
}
