//! AlterPartitionReassignments 0: begins, changes and cancels reassignments (KIP-455). It answers when they have begun.
//!
//! Only the controller serves it.

use super::by_topic;
use crate::{admin::AdminContext, request::RequestContext};
use rkafka_base::TopicPartition;
use rkafka_controller::{PartitionResults, Targets};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse,
        alter_partition_reassignments_response::{ReassignablePartitionResponse, ReassignableTopicResponse},
    },
};
use std::sync::Arc;

pub async fn handle(
    context: Arc<AdminContext>,
    _request_context: RequestContext,
    request: AlterPartitionReassignmentsRequest,
) -> AlterPartitionReassignmentsResponse {
    match context.controller.alter_reassignments(targets(request)).await {
        Some(results) => AlterPartitionReassignmentsResponse { responses: responses(results), ..Default::default() },
        None => AlterPartitionReassignmentsResponse {
            error_code: ErrorCode::NOT_CONTROLLER.0,
            error_message: Some(ErrorCode::NOT_CONTROLLER.message().to_owned()),
            ..Default::default()
        },
    }
}

/// What each partition is to have; of one that is named twice the last.
fn targets(request: AlterPartitionReassignmentsRequest) -> Targets {
    let partitions = request.topics.into_iter().flat_map(|topic| {
        let name: Arc<str> = topic.name.into();
        topic.partitions.into_iter().map(move |p| (TopicPartition::new(name.clone(), p.partition_index), p.replicas))
    });
    partitions.collect()
}

fn responses(results: PartitionResults<()>) -> Vec<ReassignableTopicResponse> {
    let topics = by_topic(results).into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(partition_index, result)| {
            let (error_code, error_message) = match result {
                Ok(()) => (ErrorCode::NONE.0, None),
                Err(refusal) => (refusal.code.0, Some(refusal.text())),
            };
            ReassignablePartitionResponse { partition_index, error_code, error_message, ..Default::default() }
        });
        let partitions = partitions.collect();
        ReassignableTopicResponse { name: name.to_string(), partitions, ..Default::default() }
    });
    topics.collect()
}
