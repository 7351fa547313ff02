//! What a leader's answer does to one partition.

use super::roster::Slot;
use crate::{
    FollowError, LeaderOffsets, Partition,
    fetch_state::{Answer, FetchState, Question, Step},
};
use rkafka_base::{Offset, TimestampMs};
use rkafka_log::{EpochEndOffset, LogError};
use rkafka_protocol::{ErrorCode, Records, messages::fetch_response::PartitionData};

/// The clocks and the longest wait after an error.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The time of day, for the log.
    pub now: TimestampMs,
    /// A time that never goes back, for waits.
    pub monotonic_ms: i64,
    pub max_backoff_ms: i64,
}

/// What is left to do after an answer.
#[derive(Debug)]
pub enum Left {
    Nothing,
    /// The leader must be asked where its log ends.
    AskLogEnd,
    /// The partition had an error, to be reported if it is the first one.
    Failed(String),
}

/// The state in which a partition begins to be followed. A log without epochs is cut here.
pub fn begin(partition: &Partition, epoch: rkafka_base::LeaderEpoch, now: TimestampMs) -> FetchState {
    let (mut state, cut) = FetchState::begin(epoch, &partition.log_view());
    if let Some(offset) = cut
        && partition.truncate_as_follower(epoch, offset, now).is_err()
    {
        state.stop();
    }
    state
}

/// Takes in one partition of an answer to `asked`.
pub fn answered(slot: &mut Slot, asked: &Question, data: PartitionData, times: &Times) -> Left {
    let error = ErrorCode(data.error_code);
    let leader =
        LeaderOffsets { high_watermark: Offset(data.high_watermark), log_start: Offset(data.log_start_offset) };
    let diverging = (data.diverging_epoch.epoch >= 0).then(|| EpochEndOffset {
        leader_epoch: data.diverging_epoch.epoch.into(),
        end_offset: Offset(data.diverging_epoch.end_offset),
    });
    let answer = Answer { error, diverging };
    let partition = &slot.partition;
    let step = slot.state.answered(asked, &answer, &partition.log_view(), |e| partition.end_offset_for_epoch(e));
    match step {
        Step::Append => append(slot, asked, data.records.as_ref().unwrap_or(&Records::EMPTY), leader, times),
        Step::Truncate(offset) => {
            let done = slot.partition.truncate_as_follower(asked.leader_epoch, offset, times.now);
            cut(slot, done, times)
        }
        Step::AskLogEnd => Left::AskLogEnd,
        Step::Ignore => {
            // Another request brought these records already; the leader will not repeat its offsets.
            let passed = error == ErrorCode::NONE && diverging.is_none() && asked.offset < slot.state.offset();
            if passed && asked.leader_epoch == slot.state.leader_epoch() {
                let _ = slot.partition.follow_offsets(asked.leader_epoch, leader);
            }
            Left::Nothing
        }
        Step::Wait => {
            slot.state.failed(times.monotonic_ms, times.max_backoff_ms);
            Left::Failed(error.message().to_owned())
        }
        Step::Stop => Left::Failed(error.message().to_owned()),
    }
}

fn append(slot: &mut Slot, asked: &Question, records: &Records, leader: LeaderOffsets, times: &Times) -> Left {
    match slot.partition.append_as_follower(asked.leader_epoch, asked.offset, records, leader, times.now) {
        Ok(()) => {
            slot.state.appended(&slot.partition.log_view());
            if let Some(wait) = slot.partition.fetched(records.len(), leader.high_watermark, times.now) {
                let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                slot.state.hold_until(times.monotonic_ms.saturating_add(wait_ms));
            }
            Left::Nothing
        }
        Err(error) => failed(slot, error, times),
    }
}

/// The log was cut, or begun anew.
pub fn cut(slot: &mut Slot, done: Result<(), FollowError>, times: &Times) -> Left {
    match done {
        Ok(()) => {
            slot.state.truncated(&slot.partition.log_view(), times.monotonic_ms, times.max_backoff_ms);
            Left::Nothing
        }
        Err(error) => failed(slot, error, times),
    }
}

fn failed(slot: &mut Slot, error: FollowError, times: &Times) -> Left {
    match error {
        FollowError::Fenced(_) => {
            slot.state.stop();
            Left::Nothing
        }
        FollowError::Moved { .. } => {
            slot.state = begin(&slot.partition, slot.state.leader_epoch(), times.now);
            slot.state.failed(times.monotonic_ms, times.max_backoff_ms);
            Left::Failed(error.to_string())
        }
        FollowError::Log(ref log) if log.is_storage() || matches!(log, LogError::Unusable { .. }) => {
            slot.state.stop();
            log::error!(target: super::LOG, "Error while processing data for partition {}: {error}", slot.partition.name());
            Left::Nothing
        }
        FollowError::FromLaterEpoch { .. } | FollowError::Records(_) | FollowError::Log(_) => {
            slot.state.failed(times.monotonic_ms, times.max_backoff_ms);
            Left::Failed(error.to_string())
        }
    }
}
