//! Pure: OffsetFetch. Committed offsets are given to anybody, whatever the group is doing.

use super::state::{CommittedOffset, Group, Phase};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        offset_fetch_request::OffsetFetchRequestGroup,
        offset_fetch_response::{OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics},
    },
};
use std::sync::Arc;

/// The offsets of `group`, which may not exist. With `require_stable`, offsets whose fate is open are not given.
pub fn fetch(
    group: Option<&Group>,
    request: OffsetFetchRequestGroup,
    require_stable: bool,
) -> OffsetFetchResponseGroup {
    let group = group.filter(|g| !g.is(Phase::Dead));
    let topics = match request.topics {
        Some(topics) => {
            let topic = |t: rkafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopics| {
                let name: Arc<str> = t.name.as_str().into();
                let partitions =
                    t.partition_indexes.into_iter().map(|p| one(group, &name, p, require_stable)).collect();
                OffsetFetchResponseTopics { name: t.name, topic_id: t.topic_id, partitions, ..Default::default() }
            };
            topics.into_iter().map(topic).collect()
        }
        None => all(group, require_stable),
    };
    OffsetFetchResponseGroup { group_id: request.group_id, topics, ..Default::default() }
}

fn all(group: Option<&Group>, require_stable: bool) -> Vec<OffsetFetchResponseTopics> {
    let mut topics: Vec<OffsetFetchResponseTopics> = Vec::new();
    for (partition, _) in group.into_iter().flat_map(|g| g.offsets().iter()) {
        if topics.last().is_none_or(|t| *t.name != *partition.topic) {
            topics.push(OffsetFetchResponseTopics { name: partition.topic.to_string(), ..Default::default() });
        }
        if let Some(topic) = topics.last_mut() {
            topic.partitions.push(one(group, &partition.topic, partition.partition, require_stable));
        }
    }
    topics
}

fn one(group: Option<&Group>, topic: &Arc<str>, index: i32, require_stable: bool) -> OffsetFetchResponsePartitions {
    let partition = TopicPartition::new(topic.clone(), index);
    let offsets = group.map(Group::offsets);
    if require_stable && offsets.is_some_and(|o| o.is_unstable(&partition)) {
        return unknown(index, ErrorCode::UNSTABLE_OFFSET_COMMIT);
    }
    match offsets.and_then(|o| o.get(&partition)) {
        Some(CommittedOffset { offset, leader_epoch, metadata, .. }) => OffsetFetchResponsePartitions {
            partition_index: index,
            committed_offset: *offset,
            committed_leader_epoch: *leader_epoch,
            metadata: Some(metadata.clone()),
            ..Default::default()
        },
        None => unknown(index, ErrorCode::NONE),
    }
}

/// "No offset": −1 and empty metadata.
pub fn unknown(index: i32, code: ErrorCode) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index: index,
        committed_offset: -1,
        committed_leader_epoch: -1,
        metadata: Some(String::new()),
        error_code: code.0,
        ..Default::default()
    }
}
