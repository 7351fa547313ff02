//! OffsetFetch 0–9: a group's committed positions.
//!
//! Version 0 reads them from ZooKeeper. Version 2 may ask for all (a null list) and has an error code of its own; before,
//! errors stand on the partitions. Version 7 may insist on offsets whose fate is settled (KIP-447), 8 asks for several
//! groups at once (KIP-709), 9 names a member, which classic groups do not look at.

use crate::broker::{groups::GroupContext, request::RequestContext};
use crate::{
    base::TopicPartition,
    protocol::{
        ErrorCode,
        messages::{
            OffsetFetchRequest, OffsetFetchResponse,
            offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics},
            offset_fetch_response::{
                OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
                OffsetFetchResponseTopic, OffsetFetchResponseTopics,
            },
        },
    },
};
use std::sync::Arc;

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
    for group in request.groups {
        response.groups.push(context.coordinator.fetch_offsets(group, request.require_stable).await);
    }
    response
}

async fn fetch_one(context: &GroupContext, version: i16, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let topics = request.topics.map(|topics| topics.into_iter().map(newer).collect());
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
    for topic in request.topics.unwrap_or_default() {
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
