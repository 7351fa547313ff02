//! OffsetDelete 0 (KIP-496): forgets a group's positions in partitions that none of its members reads.

use crate::broker::{groups::GroupContext, request::RequestContext};
use crate::protocol::{
    ErrorCode,
    messages::{
        OffsetDeleteRequest, OffsetDeleteResponse,
        offset_delete_request::OffsetDeleteRequestTopic,
        offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic},
    },
};
use std::sync::Arc;

pub async fn handle(
    context: Arc<GroupContext>,
    _request_context: RequestContext,
    mut request: OffsetDeleteRequest,
) -> OffsetDeleteResponse {
    let metadata = context.metadata.snapshot();
    let exists = |t: &OffsetDeleteRequestTopic| metadata.topic(&t.name).is_some();
    let (known, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut request.topics).into_iter().partition(exists);
    request.topics = known;
    let mut response = if request.topics.is_empty() && !gone.is_empty() {
        OffsetDeleteResponse::default()
    } else {
        context.coordinator.delete_offsets(request).await
    };
    if response.error_code == 0 {
        response.topics.extend(gone.into_iter().map(unknown));
    }
    response
}

fn unknown(topic: OffsetDeleteRequestTopic) -> OffsetDeleteResponseTopic {
    let partitions = topic.partitions.iter().map(|p| OffsetDeleteResponsePartition {
        partition_index: p.partition_index,
        error_code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0,
    });
    OffsetDeleteResponseTopic { partitions: partitions.collect(), name: topic.name }
}
