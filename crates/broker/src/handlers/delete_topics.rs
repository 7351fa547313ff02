//! DeleteTopics 0–6: asks for the deletion of topics and answers when this broker has forgotten them.
//!
//! Only the controller serves it. Unlike Apache Kafka, which answers as soon as the metadata is forgotten, the answer
//! also waits for the znodes to go, so that the name is free for a new topic.

use super::{create_topics::SPREADING, give_way};
use crate::{
    admin::{AdminContext, patience},
    api_error::ApiError,
    request::{Reply, RequestContext},
    to_the_end::change,
};
use rkafka_base::Uuid;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        DeleteTopicsRequest, DeleteTopicsResponse, delete_topics_request::DeleteTopicState,
        delete_topics_response::DeletableTopicResult,
    },
};
use rkafka_registry::{nodes, paths, topics};
use std::{collections::HashSet, sync::Arc};
use tokio::time::Instant;

/// From this version on topics are named one by one, by name or id.
const TOPIC_STATES_SINCE: i16 = 6;
/// From this version on `delete.topic.enable=false` has a code of its own.
const DELETION_DISABLED_SINCE: i16 = 3;

pub async fn handle(
    context: Arc<AdminContext>,
    request_context: RequestContext,
    request: DeleteTopicsRequest,
) -> Reply<DeleteTopicsResponse> {
    let version = request_context.version;
    let wanted = wanted(request.topics, request.topic_names, version);
    let refusal = if !context.controller.is_active() {
        Some(ErrorCode::NOT_CONTROLLER)
    } else if !context.config.file().topics.delete_topic_enable {
        let is_named = version >= DELETION_DISABLED_SINCE;
        Some(if is_named { ErrorCode::TOPIC_DELETION_DISABLED } else { ErrorCode::INVALID_REQUEST })
    } else if wanted.iter().any(|topic| topic.name.is_some() && !topic.topic_id.is_zero()) {
        Some(ErrorCode::INVALID_REQUEST)
    } else {
        None
    };
    let (mut responses, waiting) = change(delete_all(Arc::clone(&context), wanted, refusal)).await;
    wait_until_forgotten(&context, waiting, request.timeout_ms, &mut responses).await;
    DeleteTopicsResponse { responses, ..Default::default() }.into()
}

/// Asks for the deletions. Gives the responses, and the names of the topics that go with their places among those.
async fn delete_all(
    context: Arc<AdminContext>,
    wanted: Vec<DeleteTopicState>,
    refusal: Option<ErrorCode>,
) -> (Vec<DeletableTopicResult>, Vec<(usize, String)>) {
    let mut responses = Vec::with_capacity(wanted.len());
    let mut waiting = Vec::new();
    for (n, topic) in wanted.into_iter().enumerate() {
        give_way(n).await;
        let mut response = DeletableTopicResult { name: topic.name, topic_id: topic.topic_id, ..Default::default() };
        let outcome = match refusal {
            Some(code) => Err(code),
            None => delete(&context, &mut response).await,
        };
        match outcome {
            Ok(name) => waiting.push((responses.len(), name)),
            Err(code) => response.error_code = code.0,
        }
        responses.push(response);
    }
    (responses, waiting)
}

/// What is to be deleted, each once.
fn wanted(topics: Vec<DeleteTopicState>, names: Vec<String>, version: i16) -> Vec<DeleteTopicState> {
    let named = |name| DeleteTopicState { name: Some(name), topic_id: Uuid::ZERO, ..Default::default() };
    let mut wanted =
        if version >= TOPIC_STATES_SINCE { topics } else { names.into_iter().map(named).collect::<Vec<_>>() };
    let mut seen = HashSet::with_capacity(wanted.len());
    wanted.retain(|topic| seen.insert((topic.name.clone(), topic.topic_id)));
    wanted
}

/// Finds a topic by its id, if it was named so, and asks for its deletion.
async fn delete(context: &AdminContext, response: &mut DeletableTopicResult) -> Result<String, ErrorCode> {
    let snapshot = context.metadata.snapshot();
    if !response.topic_id.is_zero() {
        let name = snapshot.topic_name(response.topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?;
        response.name = Some(name.to_string());
    }
    let name = response.name.clone().unwrap_or_default();
    if snapshot.topic(&name).is_none() {
        return Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    }
    let asked = async {
        if !topics::exists(&context.zk, &name).await? {
            return Err(ApiError::from(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
        }
        Ok(topics::request_deletion(&context.zk, &name).await?)
    };
    asked.await.map(|()| name).map_err(|error| error.code)
}

async fn wait_until_forgotten(
    context: &AdminContext,
    waiting: Vec<(usize, String)>,
    timeout_ms: i32,
    responses: &mut [DeletableTopicResult],
) {
    let deadline = patience(timeout_ms).map(|timeout| Instant::now() + timeout);
    let has_news = deadline.is_some() && !waiting.is_empty();
    for (at, name) in waiting {
        let in_time = match deadline {
            None => false,
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                let forgotten = context.metadata.wait_until(left, |snapshot| snapshot.topic(&name).is_none()).await;
                forgotten && is_gone_by(context, &name, deadline).await
            }
        };
        if let Some(response) = responses.get_mut(at)
            && !in_time
        {
            response.error_code = ErrorCode::REQUEST_TIMED_OUT.0;
        }
    }
    if has_news {
        context.controller.told_all(SPREADING).await;
    }
}

/// Waits for the last of a topic's znodes to go. If ZooKeeper cannot be asked, what the metadata said counts.
async fn is_gone_by(context: &AdminContext, name: &str, deadline: Instant) -> bool {
    let path = paths::delete_topic(name);
    tokio::time::timeout_at(deadline, nodes::wait_until_gone(&context.zk, &path)).await.is_ok()
}
