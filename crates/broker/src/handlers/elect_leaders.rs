//! ElectLeaders 0–2: has preferred replicas lead again, or partitions without leader led by whoever lives (KIP-183,
//! KIP-460). It answers when this broker knows the new leaders.
//!
//! Only the controller serves it.

use super::by_topic;
use crate::{
    admin::{AdminContext, patience},
    metadata_cache::MetadataSnapshot,
    request::RequestContext,
};
use rkafka_base::TopicPartition;
use rkafka_controller::{ElectionKind, PartitionResults, Refusal};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        ElectLeadersRequest, ElectLeadersResponse,
        elect_leaders_response::{PartitionResult, ReplicaElectionResult},
    },
};
use std::sync::Arc;

pub async fn handle(
    context: Arc<AdminContext>,
    _request_context: RequestContext,
    request: ElectLeadersRequest,
) -> ElectLeadersResponse {
    let kind = match request.election_type {
        0 => ElectionKind::Preferred,
        1 => ElectionKind::Unclean,
        _ => return ElectLeadersResponse { error_code: ErrorCode::INVALID_REQUEST.0, ..Default::default() },
    };
    let everything = request.topic_partitions.is_none();
    let partitions = partitions(&context, &request);
    let mut results = match context.controller.elect_leaders(kind, partitions.clone()).await {
        Some(results) => results,
        None => partitions.into_iter().map(|tp| (tp, Err(ErrorCode::NOT_CONTROLLER.into()))).collect(),
    };
    wait_for_leaders(&context, &mut results, request.timeout_ms).await;
    // Whoever asks for all partitions does not care for those that are well.
    let needless = |result: &Result<i32, Refusal>| {
        result.as_ref().is_err_and(|refusal| refusal.code == ErrorCode::ELECTION_NOT_NEEDED)
    };
    results.retain(|(_, result)| !(everything && needless(result)));
    ElectLeadersResponse { replica_election_results: responses(results), ..Default::default() }
}

fn partitions(context: &AdminContext, request: &ElectLeadersRequest) -> Vec<TopicPartition> {
    let mut partitions: Vec<TopicPartition> = match &request.topic_partitions {
        Some(topics) => {
            let named = topics.iter().flat_map(|topic| {
                let name: Arc<str> = topic.topic.as_str().into();
                topic.partitions.iter().map(move |number| TopicPartition::new(name.clone(), *number))
            });
            named.collect()
        }
        None => {
            let snapshot = context.metadata.snapshot();
            let known = snapshot.topics.iter().flat_map(|(name, topic)| {
                topic.partitions.keys().map(|number| TopicPartition::new(name.clone(), *number))
            });
            known.collect()
        }
    };
    partitions.sort_unstable();
    partitions.dedup();
    partitions
}

/// Waits until this broker knows the elected leaders; those that it does not know in time become errors.
async fn wait_for_leaders(context: &AdminContext, results: &mut PartitionResults<i32>, timeout_ms: i32) {
    let is_late = |snapshot: &MetadataSnapshot, tp: &TopicPartition, result: &Result<i32, Refusal>| {
        let known = snapshot.partition(&tp.topic, tp.partition).map(|partition| partition.leader);
        result.as_ref().is_ok_and(|leader| known != Some(*leader))
    };
    if let Some(timeout) = patience(timeout_ms) {
        let all_known = |snapshot: &MetadataSnapshot| !results.iter().any(|(tp, result)| is_late(snapshot, tp, result));
        context.metadata.wait_until(timeout, all_known).await;
    }
    let snapshot = context.metadata.snapshot();
    for (tp, result) in results {
        if is_late(&snapshot, tp, result) {
            *result = Err(ErrorCode::REQUEST_TIMED_OUT.into());
        }
    }
}

fn responses(results: PartitionResults<i32>) -> Vec<ReplicaElectionResult> {
    let topics = by_topic(results).into_iter().map(|(topic, partitions)| {
        let partitions = partitions.into_iter().map(|(partition_id, result)| {
            let (error_code, error_message) = match result {
                Ok(_) => (ErrorCode::NONE.0, None),
                Err(refusal) => (refusal.code.0, Some(refusal.text())),
            };
            PartitionResult { partition_id, error_code, error_message, ..Default::default() }
        });
        let partition_result = partitions.collect();
        ReplicaElectionResult { topic: topic.to_string(), partition_result, ..Default::default() }
    });
    topics.collect()
}
