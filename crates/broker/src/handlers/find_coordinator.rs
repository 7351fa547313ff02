//! FindCoordinator 0–6: the broker that leads a group's partition of `__consumer_offsets`.
//!
//! The topic is created when it is first asked for. Unlike Apache Kafka, which answers COORDINATOR_NOT_AVAILABLE at
//! once and lets the client come back, the answer waits a moment for the new topic's leaders. Left out: coordinators
//! of transactions and of share groups.

use crate::{admin::AdminContext, request::RequestContext, to_the_end::to_the_end};
use rkafka_base::{BrokerId, OFFSETS_TOPIC};
use rkafka_coordinator::partition_for;
use rkafka_protocol::{
    ErrorCode,
    messages::{FindCoordinatorRequest, FindCoordinatorResponse, find_coordinator_response::Coordinator},
};
use std::{sync::Arc, time::Duration};

/// From this version on one request asks for several coordinators.
const SEVERAL_SINCE: i16 = 4;
/// Key types of the request.
const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
/// How long an answer waits for the leaders of a topic that was just created.
const PATIENCE: Duration = Duration::from_millis(1500);

pub async fn handle(
    context: Arc<AdminContext>,
    request_context: RequestContext,
    request: FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    let listener = request_context.listener();
    if request_context.version < SEVERAL_SINCE {
        let found = match request.key_type {
            GROUP => of_group(&context, listener, ensure_offsets_topic(&context).await, request.key),
            other => of_nobody(other, request.key),
        };
        return FindCoordinatorResponse {
            error_code: found.error_code,
            error_message: found.error_message,
            node_id: found.node_id,
            host: found.host,
            port: found.port,
            ..Default::default()
        };
    }
    let keys = request.coordinator_keys.into_iter();
    let coordinators = match request.key_type {
        _ if keys.len() == 0 => Vec::new(),
        GROUP => {
            let topic = ensure_offsets_topic(&context).await;
            keys.map(|key| of_group(&context, listener, topic, key)).collect()
        }
        other => keys.map(|key| of_nobody(other, key)).collect(),
    };
    FindCoordinatorResponse { coordinators, ..Default::default() }
}

/// `topic` is what became of the topic that keeps the groups.
fn of_group(context: &AdminContext, listener: &str, topic: Result<(), ErrorCode>, key: String) -> Coordinator {
    match topic.and_then(|()| group_coordinator(context, listener, &key)) {
        Ok((node_id, host, port)) => Coordinator {
            key,
            node_id,
            host,
            port,
            error_message: Some(ErrorCode::NONE.message().to_owned()),
            ..Default::default()
        },
        Err(code) => nobody(key, code, code.message()),
    }
}

fn of_nobody(key_type: i8, key: String) -> Coordinator {
    match key_type {
        // Of all answers the one that ends the call of every client: librdkafka asks again after any other.
        TRANSACTION => {
            nobody(key, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "This broker does not serve transactions.")
        }
        _ => nobody(key, ErrorCode::INVALID_REQUEST, ErrorCode::INVALID_REQUEST.message()),
    }
}

fn nobody(key: String, code: ErrorCode, message: &str) -> Coordinator {
    Coordinator {
        key,
        node_id: -1,
        host: String::new(),
        port: -1,
        error_code: code.0,
        error_message: Some(message.to_owned()),
        ..Default::default()
    }
}

/// Makes the topic that keeps the groups, unless it is there: once a request, however many groups that asks for.
async fn ensure_offsets_topic(context: &AdminContext) -> Result<(), ErrorCode> {
    if context.metadata.snapshot().topic(OFFSETS_TOPIC).is_none() {
        // To its end, even if the client hangs up meanwhile.
        let topics = context.topics.clone();
        let creation = to_the_end(async move { topics.create_automatically(OFFSETS_TOPIC).await });
        if creation.await != ErrorCode::LEADER_NOT_AVAILABLE {
            return Err(ErrorCode::COORDINATOR_NOT_AVAILABLE);
        }
        let partitions = usize::try_from(context.config.file().offsets.topic_num_partitions).unwrap_or(0);
        context.metadata.wait_until(PATIENCE, |snapshot| snapshot.has_leaders(OFFSETS_TOPIC, partitions)).await;
    }
    Ok(())
}

/// The id and address of the broker that coordinates a group.
fn group_coordinator(context: &AdminContext, listener: &str, group: &str) -> Result<(i32, String, i32), ErrorCode> {
    let snapshot = context.metadata.snapshot();
    let topic = snapshot.topic(OFFSETS_TOPIC).ok_or(ErrorCode::COORDINATOR_NOT_AVAILABLE)?;
    let count = i32::try_from(topic.partitions.size()).unwrap_or(i32::MAX);
    let leader = topic.partitions.get(&partition_for(group, count)).map(|partition| BrokerId(partition.leader));
    let leader = leader.ok_or(ErrorCode::COORDINATOR_NOT_AVAILABLE)?;
    let endpoint = snapshot.endpoint(leader, listener).ok_or(ErrorCode::COORDINATOR_NOT_AVAILABLE)?;
    Ok((leader.0, endpoint.host.clone(), endpoint.port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_transaction_hears_an_error_that_ends_the_call() {
        let answer = of_nobody(TRANSACTION, "t".to_owned());
        let code = ErrorCode(answer.error_code);
        assert_eq!(code, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        assert!(!code.is_retriable());
        assert_eq!(answer.error_message.as_deref(), Some("This broker does not serve transactions."));
        assert_eq!(ErrorCode(of_nobody(2, "share".to_owned()).error_code), ErrorCode::INVALID_REQUEST);
    }
}
