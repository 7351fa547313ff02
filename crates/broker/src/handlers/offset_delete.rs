//! OffsetDelete 0 (KIP-496): forgets a group's positions in partitions that none of its members reads.

use crate::{groups::GroupContext, request::RequestContext};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        OffsetDeleteRequest, OffsetDeleteResponse,
        offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic},
        offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic},
    },
};
use std::{collections::HashMap, sync::Arc};

pub async fn handle(
    context: Arc<GroupContext>,
    _request_context: RequestContext,
    mut request: OffsetDeleteRequest,
) -> OffsetDeleteResponse {
    let unknown = take_unknown(&context, &mut request);
    let mut response = if request.topics.is_empty() && !unknown.is_empty() {
        OffsetDeleteResponse::default()
    } else {
        context.coordinator.delete_offsets(request).await
    };
    if response.error_code == 0 {
        add(&mut response, unknown);
    }
    response
}

/// Takes the partitions that do not exist out of the request and answers them.
fn take_unknown(context: &GroupContext, request: &mut OffsetDeleteRequest) -> Vec<OffsetDeleteResponseTopic> {
    let metadata = context.metadata.snapshot();
    let mut unknown = Vec::new();
    for topic in &mut request.topics {
        let exists = |p: &OffsetDeleteRequestPartition| metadata.partition(&topic.name, p.partition_index).is_some();
        let (known, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut topic.partitions).into_iter().partition(exists);
        topic.partitions = known;
        if !gone.is_empty() {
            unknown.push(answer(topic, &gone));
        }
    }
    request.topics.retain(|t| !t.partitions.is_empty());
    unknown
}

fn answer(topic: &OffsetDeleteRequestTopic, gone: &[OffsetDeleteRequestPartition]) -> OffsetDeleteResponseTopic {
    let partitions = gone.iter().map(|p| OffsetDeleteResponsePartition {
        partition_index: p.partition_index,
        error_code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0,
    });
    OffsetDeleteResponseTopic { partitions: partitions.collect(), name: topic.name.clone() }
}

/// Adds topics' partitions to the response, which may have the topics already.
fn add(response: &mut OffsetDeleteResponse, topics: Vec<OffsetDeleteResponseTopic>) {
    let places = response.topics.iter().enumerate().map(|(at, topic)| (topic.name.clone(), at));
    let mut places: HashMap<String, usize> = places.collect();
    for topic in topics {
        match places.get(&topic.name).and_then(|at| response.topics.get_mut(*at)) {
            Some(same) => same.partitions.extend(topic.partitions),
            None => {
                places.insert(topic.name.clone(), response.topics.len());
                response.topics.push(topic);
            }
        }
    }
}
