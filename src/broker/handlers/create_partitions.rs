//! CreatePartitions 0–3: adds partitions to topics and answers when this broker knows their leaders.
//!
//! Only the controller serves it.

use super::create_topics::wait_for_leaders;
use crate::broker::{
    admin::AdminContext,
    api_error::{ApiError, code_and_message},
    request::RequestContext,
    to_the_end::change,
};
use crate::protocol::{
    ErrorCode,
    messages::{
        CreatePartitionsRequest, CreatePartitionsResponse, create_partitions_request::CreatePartitionsTopic,
        create_partitions_response::CreatePartitionsTopicResult,
    },
};
use crate::registry::{RegistryError, paths};
use crate::zookeeper::client::Watch;
use std::sync::Arc;

pub async fn handle(
    context: Arc<AdminContext>,
    _request_context: RequestContext,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let timeout_ms = request.timeout_ms;
    let (mut results, waiting) = change(add_all(Arc::clone(&context), request)).await;
    for late in wait_for_leaders(&context, waiting, timeout_ms).await {
        if let Some(result) = results.iter_mut().find(|result| result.name == late) {
            result.error_code = ErrorCode::REQUEST_TIMED_OUT.0;
        }
    }
    CreatePartitionsResponse { results, ..Default::default() }
}

/// Adds the partitions. Gives the results, and how many partitions each changed topic has now.
async fn add_all(
    context: Arc<AdminContext>,
    request: CreatePartitionsRequest,
) -> (Vec<CreatePartitionsTopicResult>, Vec<(String, usize)>) {
    let mut results: Vec<CreatePartitionsTopicResult> = Vec::with_capacity(request.topics.len());
    let mut waiting = Vec::new();
    let is_controller = context.controller.is_active();
    for topic in &request.topics {
        if results.iter().any(|result| result.name == topic.name) {
            continue;
        }
        let occurrences = request.topics.iter().filter(|other| other.name == topic.name).count();
        let outcome = if !is_controller {
            Err(ErrorCode::NOT_CONTROLLER.into())
        } else if occurrences > 1 {
            Err(ApiError::new(ErrorCode::INVALID_REQUEST, "Duplicate topic in request."))
        } else {
            add(&context, topic, request.validate_only).await
        };
        if let Ok(partitions) = outcome
            && !request.validate_only
        {
            waiting.push((topic.name.clone(), partitions));
        }
        let (error_code, error_message) = code_and_message(&outcome.map(drop));
        results.push(CreatePartitionsTopicResult {
            name: topic.name.clone(),
            error_code,
            error_message,
            ..Default::default()
        });
    }
    (results, waiting)
}

async fn add(context: &AdminContext, topic: &CreatePartitionsTopic, validate_only: bool) -> Result<usize, ApiError> {
    let deletion = context.zk.exists(&paths::delete_topic(&topic.name), Watch::No).await;
    if deletion.map_err(RegistryError::from)?.is_some() {
        return Err(ApiError::new(ErrorCode::INVALID_TOPIC_EXCEPTION, "The topic is queued for deletion."));
    }
    let wanted = topic.assignments.as_ref();
    let wanted = wanted.map(|list| list.iter().map(|assignment| assignment.broker_ids.clone()).collect());
    context.topics.add_partitions(&topic.name, topic.count, wanted, validate_only).await
}
