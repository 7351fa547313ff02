//! OffsetFetch 0–9: a group's committed positions.
//!
//! Version 0 reads them from ZooKeeper. Version 2 may ask for all (a null list) and has an error code of its own; before,
//! errors stand on the partitions. Version 7 may insist on offsets whose fate is settled (KIP-447), 8 asks for several
//! groups at once (KIP-709), 9 names a member, which classic groups do not look at.

use crate::{
    groups::GroupContext,
    request::{ReplyBudget, RequestContext},
};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        OffsetFetchRequest, OffsetFetchResponse,
        offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics},
        offset_fetch_response::{
            OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
            OffsetFetchResponseTopic, OffsetFetchResponseTopics,
        },
    },
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

pub async fn handle(
    context: Arc<GroupContext>,
    request_context: RequestContext,
    request: OffsetFetchRequest,
) -> OffsetFetchResponse {
    match request_context.version {
        0 => fetch_from_zookeeper(&context, request).await,
        version @ 1..=7 => fetch_one(&context, version, request).await,
        _ => fetch_many(&context, request).await,
    }
}

async fn fetch_many(context: &GroupContext, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let mut response = OffsetFetchResponse::default();
    let mut budget = ReplyBudget::of_a_reply();
    for mut group in request.groups {
        group.topics = group.topics.map(each_once);
        let mut group = context.coordinator.fetch_offsets(group, request.require_stable).await;
        if let Err(error) = budget.take(length(&group)) {
            group.topics = Vec::new();
            group.error_code = error.code.0;
        }
        response.groups.push(group);
    }
    response
}

/// The topics, and the partitions of each, without those that stand there twice: the answer to one may be long.
fn each_once(topics: Vec<OffsetFetchRequestTopics>) -> Vec<OffsetFetchRequestTopics> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(topics.len());
    let mut merged: Vec<OffsetFetchRequestTopics> = Vec::with_capacity(topics.len());
    for topic in topics {
        match places.get(&topic.name).and_then(|at| merged.get_mut(*at)) {
            Some(same) => same.partition_indexes.extend(topic.partition_indexes),
            None => {
                places.insert(topic.name.clone(), merged.len());
                merged.push(topic);
            }
        }
    }
    for topic in &mut merged {
        let mut seen = HashSet::with_capacity(topic.partition_indexes.len());
        topic.partition_indexes.retain(|index| seen.insert(*index));
    }
    merged
}

/// About how much memory a group's offsets take.
fn length(group: &OffsetFetchResponseGroup) -> usize {
    let partition = |p: &OffsetFetchResponsePartitions| {
        size_of::<OffsetFetchResponsePartitions>() + p.metadata.as_ref().map_or(0, String::len)
    };
    let topic = |t: &OffsetFetchResponseTopics| t.partitions.iter().map(partition).sum::<usize>();
    size_of::<OffsetFetchResponseGroup>() + group.topics.iter().map(topic).sum::<usize>()
}

async fn fetch_one(context: &GroupContext, version: i16, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let topics = request.topics.map(|topics| each_once(topics.into_iter().map(newer).collect()));
    // An error before version 2 has to be told for each partition that was asked for.
    let asked: Option<Vec<OffsetFetchRequestTopics>> = if version < 2 { topics.clone() } else { None };
    let group = OffsetFetchRequestGroup { group_id: request.group_id, topics, ..Default::default() };
    let group = context.coordinator.fetch_offsets(group, request.require_stable).await;
    match asked {
        Some(asked) if group.error_code != 0 => refuse_each(asked, ErrorCode(group.error_code)),
        _ => {
            let OffsetFetchResponseGroup { topics, error_code, .. } = group;
            OffsetFetchResponse { topics: topics.into_iter().map(older).collect(), error_code, ..Default::default() }
        }
    }
}

fn newer(topic: OffsetFetchRequestTopic) -> OffsetFetchRequestTopics {
    OffsetFetchRequestTopics { name: topic.name, partition_indexes: topic.partition_indexes, ..Default::default() }
}

fn older(topic: OffsetFetchResponseTopics) -> OffsetFetchResponseTopic {
    let partition = |p: OffsetFetchResponsePartitions| OffsetFetchResponsePartition {
        partition_index: p.partition_index,
        committed_offset: p.committed_offset,
        committed_leader_epoch: p.committed_leader_epoch,
        metadata: p.metadata,
        error_code: p.error_code,
        ..Default::default()
    };
    let partitions = topic.partitions.into_iter().map(partition).collect();
    OffsetFetchResponseTopic { name: topic.name, partitions, ..Default::default() }
}

fn refuse_each(asked: Vec<OffsetFetchRequestTopics>, code: ErrorCode) -> OffsetFetchResponse {
    let topic = |t: OffsetFetchRequestTopics| OffsetFetchResponseTopic {
        name: t.name,
        partitions: t.partition_indexes.into_iter().map(|p| none(p, code)).collect(),
        ..Default::default()
    };
    OffsetFetchResponse { topics: asked.into_iter().map(topic).collect(), ..Default::default() }
}

fn none(partition_index: i32, code: ErrorCode) -> OffsetFetchResponsePartition {
    OffsetFetchResponsePartition {
        partition_index,
        committed_offset: -1,
        committed_leader_epoch: -1,
        metadata: Some(String::new()),
        error_code: code.0,
        ..Default::default()
    }
}

async fn fetch_from_zookeeper(context: &GroupContext, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let metadata = context.metadata.snapshot();
    let mut response = OffsetFetchResponse::default();
    let asked = request.topics.unwrap_or_default().into_iter().map(newer).collect();
    for topic in each_once(asked) {
        let name: Arc<str> = topic.name.as_str().into();
        let mut partitions = Vec::with_capacity(topic.partition_indexes.len());
        for index in topic.partition_indexes {
            let partition = TopicPartition::new(Arc::clone(&name), index);
            let found = match metadata.partition(&name, index) {
                Some(_) => context.zookeeper.fetch(&request.group_id, &partition).await,
                None => Ok(None),
            };
            partitions.push(match found {
                Ok(Some(offset)) => {
                    OffsetFetchResponsePartition { committed_offset: offset, ..none(index, ErrorCode::NONE) }
                }
                Ok(None) => none(index, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                Err(code) => none(index, code),
            });
        }
        response.topics.push(OffsetFetchResponseTopic { name: topic.name, partitions, ..Default::default() });
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_twice_is_asked_once() {
        let topic = |name: &str, partition_indexes: &[i32]| OffsetFetchRequestTopics {
            name: name.to_owned(),
            partition_indexes: partition_indexes.to_vec(),
            ..Default::default()
        };
        let topics = each_once(vec![topic("b", &[1, 0, 1]), topic("a", &[0]), topic("b", &[0, 2, 2])]);
        assert_eq!(topics, [topic("b", &[1, 0, 2]), topic("a", &[0])]);
    }
}
