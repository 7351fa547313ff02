//! A follower whose offset is not in the leader's log: it asks where that log ends and, if need be, where it starts.

use super::{
    apply::{self, Left, Times},
    lane::{ExchangeError, Lane},
    roster::Slot,
};
use crate::{FollowError, Partition, fetch_state::BeyondEnd};
use rkafka_base::{BrokerId, LeaderEpoch, Offset, TopicPartition};
use rkafka_log::{EARLIEST_TIMESTAMP, LATEST_TIMESTAMP};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        ListOffsetsRequest,
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
    },
};
use rkafka_runtime::disk_lane::Access;
use std::sync::Arc;

/// The version of ListOffsets between brokers of 3.9.
const LIST_OFFSETS: i16 = 9;

#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error("{}", .0.message())]
    Code(ErrorCode),
}

/// Cuts or restarts the partition's log as the leader's log asks for.
pub async fn follow(slot: &mut Slot, lane: &mut Lane, local: BrokerId, times: &Times) -> Left {
    match ask_and_cut(slot, lane, local, times).await {
        Ok(left) => left,
        Err(AskError::Code(ErrorCode::FENCED_LEADER_EPOCH)) => {
            slot.state.stop();
            Left::Nothing
        }
        Err(error) => {
            slot.state.failed(times.monotonic_ms, times.max_backoff_ms);
            Left::Failed(error.to_string())
        }
    }
}

async fn ask_and_cut(slot: &mut Slot, lane: &mut Lane, local: BrokerId, times: &Times) -> Result<Left, AskError> {
    let epoch = slot.state.leader_epoch();
    let (name, now) = (slot.partition.name().clone(), times.now);
    let end = ask(lane, local, &name, epoch, LATEST_TIMESTAMP).await?;
    let done = match slot.state.leader_ends_at(end) {
        BeyondEnd::Truncate(offset) => {
            log::warn!(target: super::LOG, "Reset fetch offset for partition {name} from {} to the leader's latest offset {end}", slot.state.offset());
            on_disk(slot, move |partition| partition.truncate_as_follower(epoch, offset, now)).await
        }
        BeyondEnd::AskLogStart => {
            let start = ask(lane, local, &name, epoch, EARLIEST_TIMESTAMP).await?;
            log::warn!(target: super::LOG, "Reset fetch offset for partition {name} from {} to the leader's start offset {start}", slot.state.offset());
            match slot.state.leader_starts_at(start) {
                Some(offset) => {
                    on_disk(slot, move |partition| partition.start_over_as_follower(epoch, offset, now)).await
                }
                None => Ok(()),
            }
        }
    };
    Ok(apply::cut(slot, done, times))
}

/// Does `work` where the partition's disk may be waited for.
async fn on_disk(
    slot: &Slot,
    work: impl FnOnce(&Partition) -> Result<(), FollowError> + Send + 'static,
) -> Result<(), FollowError> {
    let partition = Arc::clone(&slot.partition);
    slot.partition.log().disk().run(Access::Write, move || work(&partition)).await
}

async fn ask(
    lane: &mut Lane,
    local: BrokerId,
    name: &TopicPartition,
    epoch: LeaderEpoch,
    timestamp: i64,
) -> Result<Offset, AskError> {
    let partition = ListOffsetsPartition {
        partition_index: name.partition,
        current_leader_epoch: epoch.0,
        timestamp,
        ..Default::default()
    };
    let topic = ListOffsetsTopic { name: name.topic.to_string(), partitions: vec![partition], ..Default::default() };
    let request = ListOffsetsRequest { replica_id: local.0, topics: vec![topic], ..Default::default() };
    let response = lane.ask(&request, LIST_OFFSETS).await?;
    let answer = response.topics.first().and_then(|t| t.partitions.first());
    let answer = answer.ok_or(AskError::Code(ErrorCode::UNKNOWN_SERVER_ERROR))?;
    match ErrorCode(answer.error_code) {
        // No offset: a log is not cut there.
        ErrorCode::NONE if answer.offset < 0 => {
            log::warn!(target: super::LOG, "The leader of {name} answers without an offset for timestamp {timestamp}");
            Err(AskError::Code(ErrorCode::UNKNOWN_SERVER_ERROR))
        }
        ErrorCode::NONE => Ok(Offset(answer.offset)),
        code => Err(AskError::Code(code)),
    }
}
