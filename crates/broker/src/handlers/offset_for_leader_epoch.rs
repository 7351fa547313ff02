//! OffsetForLeaderEpoch 0–4 (KIP-101, KIP-320): where a leader epoch ends in this leader's log.

use crate::{data::DataContext, request::RequestContext};
use rkafka_base::LeaderEpoch;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
        offset_for_leader_epoch_request::OffsetForLeaderPartition,
        offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult},
    },
};
use std::sync::Arc;

pub async fn handle(
    context: Arc<DataContext>,
    _request_context: RequestContext,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|p| answer(&context, &topic.topic, p));
        OffsetForLeaderTopicResult {
            topic: topic.topic.clone(),
            partitions: partitions.collect(),
            ..Default::default()
        }
    });
    OffsetForLeaderEpochResponse { topics: topics.collect(), ..Default::default() }
}

fn answer(context: &DataContext, topic: &str, wanted: &OffsetForLeaderPartition) -> EpochEndOffset {
    let found = context.partition(topic, wanted.partition).and_then(|partition| {
        partition.check_leader(wanted.current_leader_epoch)?;
        Ok(partition.log().end_offset_for_epoch(LeaderEpoch(wanted.leader_epoch)))
    });
    let (code, leader_epoch, end_offset) = match found {
        Ok(end) => (ErrorCode::NONE, end.leader_epoch.0, end.end_offset.0),
        Err(code) => (code, -1, -1),
    };
    EpochEndOffset { error_code: code.0, partition: wanted.partition, leader_epoch, end_offset, ..Default::default() }
}
