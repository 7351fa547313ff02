//! What a follower does to its partition's log. Everything happens under the partition's state: whoever fetched under an
//! epoch that is over, or for a replica that leads by now, changes nothing.

use super::{Partition, fetch_state::LogView};
use bytes::Bytes;
use rkafka_base::{LeaderEpoch, Offset, TimestampMs};
use rkafka_log::{EpochEndOffset, Log, LogError};
use rkafka_protocol::{
    Records,
    record::{Batches, RecordError},
};

/// Why a follower could not do what its leader's answer asks for.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Another leader epoch has begun, or this replica follows no more.
    #[error("the leader epoch {0} is over")]
    Fenced(LeaderEpoch),
    /// The log does not end where the answer begins.
    #[error("the log ends at {end}, the records were asked for from {asked} on")]
    Moved { asked: Offset, end: Offset },
    /// Records that this leader cannot have: its file was cut and written anew by a later leader while it was sent. To
    /// append them would hide, behind a newer epoch, that our own records differ from there on.
    #[error("the leader of epoch {epoch} sent records of epoch {found}")]
    FromLaterEpoch { found: LeaderEpoch, epoch: LeaderEpoch },
    /// The leader's bytes are damaged.
    #[error("bad records from the leader: {0}")]
    Records(#[from] RecordError),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// What a fetch answer says of the leader's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaderOffsets {
    pub high_watermark: Offset,
    pub log_start: Offset,
}

impl Partition {
    /// The log as a follower looks at it.
    pub fn log_view(&self) -> LogView {
        LogView {
            start: self.log().log_start(),
            end: self.log().log_end(),
            high_watermark: self.log().high_watermark(),
            latest_epoch: self.log().latest_epoch(),
        }
    }

    /// Where a leader epoch ends in the log.
    pub fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> EpochEndOffset {
        self.log().end_offset_for_epoch(epoch)
    }

    /// Appends what the leader of `epoch` answered to a fetch from `asked` on, as it is, and takes over the leader's
    /// offsets. A batch that is cut off at the end is left out.
    pub fn append_as_follower(
        &self,
        epoch: LeaderEpoch,
        asked: Offset,
        records: &Records,
        leader: LeaderOffsets,
        now: TimestampMs,
    ) -> Result<(), FollowError> {
        let whole = whole_batches(records, epoch)?;
        self.following(epoch, |log| {
            let end = log.log_end();
            if end != asked {
                return Err(FollowError::Moved { asked, end });
            }
            let mut appended = 0;
            if !whole.is_empty() {
                appended = append_batches(log, &whole, now)?;
                debug_assert!(
                    log.log_end() > end,
                    "{}: {} bytes at {end} leave the log end where it was",
                    self.name(),
                    whole.len()
                );
            }
            take_offsets(log, leader)?;
            Ok(appended)
        })
    }

    /// The offsets alone, of an answer whose records are not wanted.
    pub(crate) fn follow_offsets(&self, epoch: LeaderEpoch, leader: LeaderOffsets) -> Result<(), FollowError> {
        self.following(epoch, |log| take_offsets(log, leader).map(|()| 0))
    }

    /// Drops what lies from `offset` on, because the leader of `epoch` has something else there.
    pub fn truncate_as_follower(
        &self,
        epoch: LeaderEpoch,
        offset: Offset,
        now: TimestampMs,
    ) -> Result<(), FollowError> {
        self.following(epoch, |log| {
            let high_watermark = log.high_watermark();
            if offset < high_watermark {
                log::warn!(target: "kafka.server.ReplicaFetcherThread",
                    "Truncating {} to offset {offset} below high watermark {high_watermark}", self.name());
            }
            log.truncate_to(offset, now)?;
            Ok(0)
        })
    }

    /// Begins the log anew at `offset`, because the log of the leader of `epoch` starts there, beyond our end.
    pub(crate) fn start_over_as_follower(
        &self,
        epoch: LeaderEpoch,
        offset: Offset,
        now: TimestampMs,
    ) -> Result<(), FollowError> {
        self.following(epoch, |log| Ok(log.truncate_fully_and_start_at(offset, now).map(|()| 0)?))
    }

    fn following(
        &self,
        epoch: LeaderEpoch,
        work: impl FnOnce(&Log) -> Result<usize, FollowError>,
    ) -> Result<(), FollowError> {
        let done = self.as_follower(epoch, work).unwrap_or(Err(FollowError::Fenced(epoch)));
        if let Err(FollowError::Log(error)) = &done {
            self.report(error);
        }
        done
    }
}

/// Appends all at once if they fit into a segment, which the leader's own segments nearly always see to; else one by one.
/// Gives how many bytes there were.
fn append_batches(log: &Log, batches: &Bytes, now: TimestampMs) -> Result<usize, LogError> {
    match log.append_as_follower(now, &Records::Bytes(batches.clone())) {
        Err(LogError::BatchesTooLarge { .. }) => {}
        other => return other.map(|appended| appended.bytes),
    }
    let mut bytes = 0;
    for batch in Batches::new(batches.clone()).map_while(Result::ok) {
        bytes += log.append_as_follower(now, &Records::Bytes(batch.bytes))?.bytes;
    }
    Ok(bytes)
}

/// A follower's high watermark is the leader's, as far as its own log goes. It does not go back when a new leader has not
/// heard yet how far its predecessor had come.
fn take_offsets(log: &Log, leader: LeaderOffsets) -> Result<(), FollowError> {
    let next = leader.high_watermark.min(log.log_end());
    if next > log.high_watermark() {
        let moved = log.raise_high_watermark(next);
        debug_assert_eq!(moved, next, "the high watermark of {log:?}");
    }
    if leader.log_start > log.log_start() {
        log.follow_log_start(leader.log_start)?;
    }
    Ok(())
}

/// The whole batches at the start of fetched records, their checksums verified, none from a leader after `epoch`.
fn whole_batches(records: &Records, epoch: LeaderEpoch) -> Result<Bytes, FollowError> {
    let Some(bytes) = records.as_bytes() else { return Ok(Bytes::new()) };
    let mut batches = Batches::new(bytes.clone());
    for batch in batches.by_ref() {
        let batch = batch?;
        batch.verify_crc()?;
        let found = batch.header.leader_epoch;
        if found > epoch {
            return Err(FollowError::FromLaterEpoch { found, epoch });
        }
    }
    Ok(bytes.slice(..batches.position()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::record::{BatchBuilder, BatchOptions};

    fn batch(base_offset: i64, epoch: i32) -> Vec<u8> {
        let (base_offset, leader_epoch) = (Offset(base_offset), LeaderEpoch(epoch));
        let mut builder = BatchBuilder::new(BatchOptions { base_offset, leader_epoch, ..BatchOptions::default() });
        builder.append(TimestampMs(0), None, Some(b"v"), &[]);
        builder.finish().unwrap().to_vec()
    }

    #[test]
    fn records_of_a_later_leader_are_refused_and_a_torn_batch_is_left_out() {
        let (older, same, later) = (batch(0, 4), batch(1, 5), batch(2, 6));
        let torn = [&older[..], &same, &later[..20]].concat();
        let whole = whole_batches(&Records::Bytes(torn.into()), LeaderEpoch(5)).unwrap();
        assert_eq!(whole, [&older[..], &same].concat());
        let all = Records::Bytes([older, same, later].concat().into());
        let (found, epoch) = (LeaderEpoch(6), LeaderEpoch(5));
        let refused = whole_batches(&all, epoch);
        assert!(matches!(refused, Err(FollowError::FromLaterEpoch { found: f, epoch: e }) if (f, e) == (found, epoch)));
        assert!(whole_batches(&all, found).is_ok());
    }
}
