//! OffsetCommit 0–9: keeps a group's positions.
//!
//! Version 0 keeps them in ZooKeeper, as the consumers of 0.8 did; from 1 on they go to `__consumer_offsets`. Version 1
//! alone carries commit timestamps, 2 to 4 a retention time, 6 the leader epoch, 7 knows static members.

use crate::{groups::GroupContext, request::RequestContext, to_the_end::change};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        OffsetCommitRequest, OffsetCommitResponse,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic},
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

pub async fn handle(
    context: Arc<GroupContext>,
    request_context: RequestContext,
    mut request: OffsetCommitRequest,
) -> OffsetCommitResponse {
    let unknown = take_unknown(&context, &mut request);
    let response = if request_context.version == 0 {
        change(commit_to_zookeeper(Arc::clone(&context), request)).await
    } else if request.topics.is_empty() && !unknown.topics.is_empty() {
        OffsetCommitResponse::default()
    } else {
        context.coordinator.commit_offsets(request).await
    };
    merge(response, unknown)
}

/// Takes the partitions that do not exist out of the request and answers them.
fn take_unknown(context: &GroupContext, request: &mut OffsetCommitRequest) -> OffsetCommitResponse {
    let metadata = context.metadata.snapshot();
    let mut unknown = OffsetCommitResponse::default();
    for topic in &mut request.topics {
        let exists = |p: &OffsetCommitRequestPartition| metadata.partition(&topic.name, p.partition_index).is_some();
        if topic.partitions.iter().all(exists) {
            continue;
        }
        let (known, gone) = std::mem::take(&mut topic.partitions).into_iter().partition(exists);
        topic.partitions = known;
        unknown.topics.push(answer(&topic.name, gone, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    }
    request.topics.retain(|t| !t.partitions.is_empty());
    unknown
}

fn answer(topic: &str, partitions: Vec<OffsetCommitRequestPartition>, code: ErrorCode) -> OffsetCommitResponseTopic {
    let one = |p: OffsetCommitRequestPartition| partition(p.partition_index, code);
    OffsetCommitResponseTopic {
        name: topic.to_owned(),
        partitions: partitions.into_iter().map(one).collect(),
        ..OffsetCommitResponseTopic::default()
    }
}

fn partition(partition_index: i32, code: ErrorCode) -> OffsetCommitResponsePartition {
    OffsetCommitResponsePartition { partition_index, error_code: code.0, ..OffsetCommitResponsePartition::default() }
}

/// Both responses, with each topic once.
fn merge(mut response: OffsetCommitResponse, other: OffsetCommitResponse) -> OffsetCommitResponse {
    if other.topics.is_empty() {
        return response;
    }
    let places: BTreeMap<String, usize> =
        response.topics.iter().enumerate().map(|(at, topic)| (topic.name.clone(), at)).collect();
    for topic in other.topics {
        match places.get(&topic.name).and_then(|at| response.topics.get_mut(*at)) {
            Some(same) => same.partitions.extend(topic.partitions),
            None => response.topics.push(topic),
        }
    }
    response
}

/// What is to be written for each partition.
fn last_offsets(context: &GroupContext, topics: &[OffsetCommitRequestTopic]) -> HashMap<TopicPartition, i64> {
    let mut last = HashMap::new();
    for topic in topics {
        let name: Arc<str> = Arc::from(topic.name.as_str());
        let of = |p: &OffsetCommitRequestPartition| TopicPartition::new(Arc::clone(&name), p.partition_index);
        let is_taken = |p: &&OffsetCommitRequestPartition| {
            !context.coordinator.is_metadata_too_long(p.committed_metadata.as_deref().unwrap_or_default())
        };
        last.extend(topic.partitions.iter().filter(is_taken).map(|p| (of(p), p.committed_offset)));
    }
    last
}

/// Each partition is written once, with the last offset that the request names for it: a write is a round trip, and a
/// name that stands there again a few bytes.
async fn commit_to_zookeeper(context: Arc<GroupContext>, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let mut response = OffsetCommitResponse::default();
    let mut last = last_offsets(&context, &request.topics);
    let mut codes: HashMap<TopicPartition, ErrorCode> = HashMap::with_capacity(last.len());
    for OffsetCommitRequestTopic { name, partitions, .. } in request.topics {
        let name_of_all: Arc<str> = Arc::from(name.as_str());
        let mut answers = Vec::with_capacity(partitions.len());
        for committed in partitions {
            let metadata = committed.committed_metadata.as_deref().unwrap_or_default();
            let code = if context.coordinator.is_metadata_too_long(metadata) {
                ErrorCode::OFFSET_METADATA_TOO_LARGE
            } else {
                let partition = TopicPartition::new(Arc::clone(&name_of_all), committed.partition_index);
                if let Some(offset) = last.remove(&partition) {
                    let written = context.zookeeper.commit(&request.group_id, &partition, offset).await;
                    codes.insert(partition.clone(), written.err().unwrap_or(ErrorCode::NONE));
                }
                codes.get(&partition).copied().unwrap_or(ErrorCode::NONE)
            };
            answers.push(partition(committed.partition_index, code));
        }
        response.topics.push(OffsetCommitResponseTopic { name, partitions: answers, ..Default::default() });
    }
    response
}
