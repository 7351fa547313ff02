//! CreatePartitions 0–3: adds partitions to topics and answers when this broker knows their leaders.
//!
//! Only the controller serves it.

use super::{create_topics::wait_for_leaders, give_way};
use crate::{
    admin::AdminContext,
    api_error::{ApiError, code_and_message},
    request::RequestContext,
    to_the_end::change,
    topic_creation::Allowance,
};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        CreatePartitionsRequest, CreatePartitionsResponse, create_partitions_request::CreatePartitionsTopic,
        create_partitions_response::CreatePartitionsTopicResult,
    },
};
use rkafka_registry::{RegistryError, paths};
use rkafka_zookeeper_client::Watch;
use std::{collections::HashMap, sync::Arc};

pub async fn handle(
    context: Arc<AdminContext>,
    _request_context: RequestContext,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let timeout_ms = request.timeout_ms;
    let (mut results, places, waiting) = change(add_all(Arc::clone(&context), request)).await;
    for late in wait_for_leaders(&context, waiting, timeout_ms).await {
        if let Some(result) = places.get(&late).and_then(|at| results.get_mut(*at)) {
            result.error_code = ErrorCode::REQUEST_TIMED_OUT.0;
        }
    }
    CreatePartitionsResponse { results, ..Default::default() }
}

/// The results, where each topic's is among them, and how many partitions each changed topic has now.
type Added = (Vec<CreatePartitionsTopicResult>, HashMap<String, usize>, Vec<(String, usize)>);

/// Adds the partitions.
async fn add_all(context: Arc<AdminContext>, request: CreatePartitionsRequest) -> Added {
    let mut occurrences: HashMap<&str, usize> = HashMap::new();
    for topic in &request.topics {
        *occurrences.entry(&topic.name).or_default() += 1;
    }
    let mut results: Vec<CreatePartitionsTopicResult> = Vec::with_capacity(occurrences.len());
    let mut places: HashMap<String, usize> = HashMap::with_capacity(occurrences.len());
    let mut waiting = Vec::new();
    let mut allowance = Allowance::of_a_request();
    let is_controller = context.controller.is_active();
    for (n, topic) in request.topics.iter().enumerate() {
        give_way(n).await;
        if places.contains_key(&*topic.name) {
            continue;
        }
        let outcome = if !is_controller {
            Err(ErrorCode::NOT_CONTROLLER.into())
        } else if occurrences.get(&*topic.name).is_some_and(|times| *times > 1) {
            Err(ApiError::new(ErrorCode::INVALID_REQUEST, "Duplicate topic in request."))
        } else {
            add(&context, topic, request.validate_only, &mut allowance).await
        };
        if let Ok(partitions) = outcome
            && !request.validate_only
        {
            waiting.push((topic.name.clone(), partitions));
        }
        let (error_code, error_message) = code_and_message(&outcome.map(drop));
        places.insert(topic.name.clone(), results.len());
        results.push(CreatePartitionsTopicResult {
            name: topic.name.clone(),
            error_code,
            error_message,
            ..Default::default()
        });
    }
    (results, places, waiting)
}

async fn add(
    context: &AdminContext,
    topic: &CreatePartitionsTopic,
    validate_only: bool,
    allowance: &mut Allowance,
) -> Result<usize, ApiError> {
    let deletion = context.zk.exists(&paths::delete_topic(&topic.name), Watch::No).await;
    if deletion.map_err(RegistryError::from)?.is_some() {
        return Err(ApiError::new(ErrorCode::INVALID_TOPIC_EXCEPTION, "The topic is queued for deletion."));
    }
    let wanted = topic.assignments.as_ref();
    let wanted = wanted.map(|list| list.iter().map(|assignment| assignment.broker_ids.clone()).collect());
    context.topics.add_partitions(&topic.name, topic.count, wanted, validate_only, allowance).await
}
