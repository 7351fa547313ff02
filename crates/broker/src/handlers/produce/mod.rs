//! Produce 0–11: appends record batches as the leader, in the order of a connection's requests.
//!
//! Batches of magic 2 go into the log as they came, with their offsets patched in; older formats are converted.
//! acks 0, 1 and all; idempotent producers. Left out: transactional batches, which are refused until there is a
//! transaction coordinator.

mod apart;
mod write;

use super::new_leaders::{LeaderNode, NewLeaders};
use crate::{
    data::DataContext,
    request::{Reply, RequestContext},
};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        ProduceRequest, ProduceResponse,
        produce_response::{LeaderIdAndEpoch, NodeEndpoint, TopicProduceResponse},
    },
};
use std::{sync::Arc, time::Duration};
use write::{Place, Written};

/// From this version on a reply that says "not the leader" says who is (KIP-951).
const NEW_LEADER_SINCE: i16 = 10;

pub async fn handle(
    context: Arc<DataContext>,
    request_context: RequestContext,
    request: ProduceRequest,
) -> Reply<ProduceResponse> {
    let acks = request.acks;
    let timeout = Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
    let written = apart::write_in_turn(&context, &request_context, request).await;
    let (mut responses, waiting) = match written {
        Ok(written) => written,
        Err(error) => return Reply::Close(format!("a produce request could not be written: {error}")),
    };
    if acks == 0 {
        return answer_nothing(&responses);
    }
    if acks == -1 {
        wait_for_followers(waiting, timeout, &mut responses).await;
    }
    let node_endpoints = match request_context.version {
        NEW_LEADER_SINCE.. => name_leaders(&context, request_context.listener(), &mut responses),
        _ => Vec::new(),
    };
    Reply::Send(ProduceResponse { responses, node_endpoints, ..Default::default() })
}

/// With acks=0 the only way to tell of an error is to close the connection.
fn answer_nothing(responses: &[TopicProduceResponse]) -> Reply<ProduceResponse> {
    let failed = responses.iter().find_map(|t| {
        let partition = t.partition_responses.iter().find(|p| p.error_code != 0)?;
        let code = ErrorCode(partition.error_code).name();
        Some(format!("produce with acks=0 to {}-{} failed: {code}", t.name, partition.index))
    });
    failed.map_or(Reply::Nothing, Reply::Close)
}

/// Replaces the answers of what does not become committed in time.
async fn wait_for_followers(waiting: Vec<(Written, Place)>, timeout: Duration, responses: &mut [TopicProduceResponse]) {
    let deadline = tokio::time::Instant::now() + timeout;
    for (written, (topic, partition)) in waiting {
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        let Err(code) = written.partition.committed(written.end, written.epoch, left).await else { continue };
        let answer = responses.get_mut(topic).and_then(|t| t.partition_responses.get_mut(partition));
        if let Some(answer) = answer {
            *answer = write::refused(answer.index, write::only(code));
        }
    }
}

/// Tells who leads the partitions that this broker does not lead.
fn name_leaders(context: &DataContext, listener: &str, responses: &mut [TopicProduceResponse]) -> Vec<NodeEndpoint> {
    let snapshot = context.metadata.snapshot();
    let mut leaders = NewLeaders::new(&snapshot, listener);
    for topic in responses {
        let answers = topic.partition_responses.iter_mut();
        for answer in answers.filter(|p| ErrorCode(p.error_code) == ErrorCode::NOT_LEADER_OR_FOLLOWER) {
            let Some(partition) = snapshot.partition(&topic.name, answer.index) else { continue };
            let (leader_id, leader_epoch) = leaders.name(partition);
            answer.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch, ..Default::default() };
        }
    }
    let endpoint =
        |LeaderNode { id: node_id, host, port, rack }| NodeEndpoint { node_id, host, port, rack, ..Default::default() };
    leaders.nodes().map(endpoint).collect()
}
