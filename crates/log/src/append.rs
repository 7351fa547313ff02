//! Appending: as leader, with offsets given under the lock, and as follower, as the leader gave them.

use super::{
    batch::{BadBatch, Batch},
    batch_scan::scan_pieces,
    error::LogError,
    partition_log::{Log, Shared, State},
    producer_check::ProducerUpdate,
    producer_state::Checked,
    roll::{ActiveSegment, Incoming, should_roll},
    types::{AppendOrigin, Appended},
    view::Condition,
};
use rkafka_base::{Offset, TimestampMs};
use rkafka_protocol::{Records, Segment as Piece};
use std::sync::{Arc, atomic::Ordering};

impl Log {
    /// Appends what `assign` makes of the offset that it is given: record batches that were checked, whose offsets
    /// follow each other from there, and that carry the leader's epoch. Nothing else is appended meanwhile.
    ///
    /// Errors of `assign` are passed on. A batch that a producer has sent before is not written; the answer has its
    /// first offsets. Fsyncs, and thus blocks, only if `flush.messages` or `flush.ms` ask for it.
    pub fn append_as_leader<E: From<LogError>>(
        &self,
        now: TimestampMs,
        origin: AppendOrigin,
        assign: impl FnOnce(Offset) -> Result<Records, E>,
    ) -> Result<Appended, E> {
        let appended = {
            let mut state = self.0.state.lock();
            self.0.check_usable()?;
            let records = assign(self.log_end())?;
            self.0.append(&mut state, now.0, &records, origin)?
        };
        self.flush_if_configured(now)?;
        Ok(appended)
    }

    /// Appends batches from the leader as they are. They must begin at the log end or, after compaction on the leader,
    /// above it. Into an empty log the batch that holds its start may go that begins before it: the leader's log may
    /// start in the middle of a batch, since records are deleted by offset.
    pub fn append_as_follower(&self, now: TimestampMs, records: &Records) -> Result<Appended, LogError> {
        let appended = {
            let mut state = self.0.state.lock();
            self.0.check_usable()?;
            match self.0.append(&mut state, now.0, records, AppendOrigin::Replication) {
                Err(LogError::UnexpectedOffset { first, .. }) if self.0.starts_within(records)? => {
                    self.0.append_from_before(&mut state, first.0, now.0, records)?
                }
                appended => appended?,
            }
        };
        self.flush_if_configured(now)?;
        Ok(appended)
    }

    fn flush_if_configured(&self, now: TimestampMs) -> Result<(), LogError> {
        let config = self.0.config.load();
        if config.flush_messages == i64::MAX && config.flush_ms == i64::MAX {
            return Ok(());
        }
        let due = {
            let state = self.0.state.lock();
            let unflushed = self.log_end().0 - state.recovery_point;
            unflushed >= config.flush_messages || now.0.saturating_sub(state.last_flush_ms) >= config.flush_ms
        };
        if due { self.flush(now) } else { Ok(()) }
    }
}

impl Shared {
    fn append(
        &self,
        state: &mut State,
        now: i64,
        records: &Records,
        origin: AppendOrigin,
    ) -> Result<Appended, LogError> {
        let pieces = self.pieces(records)?;
        let batches = scan_pieces(&pieces).map_err(|e| self.corrupt(e))?;
        let Some((first, last)) = batches.first().zip(batches.last()) else { return Ok(self.nothing_appended()) };
        self.check_offsets(&batches, origin)?;
        let end = self.log_end.load(Ordering::Acquire);
        assert!(
            origin == AppendOrigin::Replication || follow_each_other(&batches, end),
            "{}: a leader gives each batch the next offset, from {end} on: {:?} to {:?}",
            self.partition,
            (first.base_offset, first.last_offset),
            (last.base_offset, last.last_offset)
        );
        let max_timestamp = batches.iter().map(|b| b.max_timestamp).max().unwrap_or(-1);
        let updates = match state.producers.check(&batches, origin, &self.partition)? {
            Checked::Duplicate(known) => {
                return Ok(Appended {
                    first_offset: Offset(known.first_offset()),
                    last_offset: Offset(known.last_offset),
                    max_timestamp: TimestampMs(known.timestamp),
                    duplicate: true,
                    ..self.nothing_appended()
                });
            }
            Checked::New(updates) => updates,
        };
        let size: u64 = batches.iter().map(|b| u64::from(b.size)).sum();
        let rolled =
            self.roll_if_needed(state, first, &Incoming { size, last_offset: last.last_offset, max_timestamp, now })?;
        self.note_epochs(state, &batches)?;
        let interval = self.config.load().index_interval_bytes;
        assert!(
            last.last_offset >= end,
            "{}: an append moves the log end {end} back to {}",
            self.partition,
            last.last_offset + 1
        );
        // The end first, then the bytes: a reader that finds bytes knows how far the log goes.
        let show = || self.set_log_end(last.last_offset + 1);
        if let Err((error, undone)) = state.active()?.append(&pieces, &batches, interval, show) {
            if !undone {
                self.view.become_unusable(Condition::NotUndone);
            }
            return Err(error);
        }
        self.apply_producers(state, updates)?;
        state.producers.map_end_offset = last.last_offset + 1;
        self.assert_in_order(state);
        Ok(Appended {
            first_offset: Offset(first.base_offset),
            last_offset: Offset(last.last_offset),
            max_timestamp: TimestampMs(max_timestamp),
            rolled,
            bytes: usize::try_from(size).unwrap_or(usize::MAX),
            ..self.nothing_appended()
        })
    }

    /// Whether the log is empty and its start lies within the records.
    fn starts_within(&self, records: &Records) -> Result<bool, LogError> {
        let batches = scan_pieces(&self.pieces(records)?).map_err(|e| self.corrupt(e))?;
        let end = self.log_end.load(Ordering::Acquire);
        let is_empty = self.log_start.load(Ordering::Acquire) == end;
        Ok(is_empty && batches.last().is_some_and(|last| last.last_offset >= end))
    }

    /// Appends to an empty log records that begin at `first`, before its start, which stays.
    fn append_from_before(
        &self,
        state: &mut State,
        first: i64,
        now: i64,
        records: &Records,
    ) -> Result<Appended, LogError> {
        let start = self.log_start.load(Ordering::Acquire);
        let end = self.log_end.load(Ordering::Acquire);
        assert!(
            first < start && start == end,
            "{}: only an empty log starts over at {first}: [{start}, {end})",
            self.partition
        );
        self.start_over(state, first, now)?;
        let appended = self.append(state, now, records, AppendOrigin::Replication)?;
        self.advance_log_start(state, start)?;
        Ok(appended)
    }

    fn nothing_appended(&self) -> Appended {
        let end = self.log_end.load(Ordering::Acquire);
        Appended {
            first_offset: Offset(end),
            last_offset: Offset(end - 1),
            max_timestamp: TimestampMs(-1),
            log_start: Offset(self.log_start.load(Ordering::Acquire)),
            duplicate: false,
            rolled: false,
            bytes: 0,
        }
    }

    fn pieces<'a>(&self, records: &'a Records) -> Result<Vec<&'a [u8]>, LogError> {
        match records {
            Records::Bytes(bytes) => Ok(vec![bytes]),
            Records::Pieces(pieces) => pieces.iter().map(|piece| self.piece(piece)).collect(),
            Records::File(_) => Err(self.corrupt(BadBatch::Invalid("records to append lie in a file".into()))),
        }
    }

    fn piece<'a>(&self, piece: &'a Piece) -> Result<&'a [u8], LogError> {
        match piece {
            Piece::Bytes(bytes) => Ok(bytes),
            Piece::File(_) => Err(self.corrupt(BadBatch::Invalid("records to append lie in a file".into()))),
        }
    }

    fn corrupt(&self, reason: BadBatch) -> LogError {
        LogError::CorruptBatch { partition: self.partition.clone(), reason: reason.to_string() }
    }

    /// Offsets must grow from the log end on, and all batches must fit into one segment and its indexes.
    fn check_offsets(&self, batches: &[Batch], origin: AppendOrigin) -> Result<(), LogError> {
        let end = self.log_end.load(Ordering::Acquire);
        let mut next = end;
        for batch in batches {
            if batch.base_offset < next {
                if next == end && origin == AppendOrigin::Replication {
                    let (partition, first) = (self.partition.clone(), Offset(batch.base_offset));
                    return Err(LogError::UnexpectedOffset { partition, first, end: Offset(end) });
                }
                let reason = format!("a batch begins at offset {}, {next} is the next one", batch.base_offset);
                return Err(self.corrupt(BadBatch::Invalid(reason)));
            }
            next = batch.last_offset + 1;
        }
        let first = batches.first().map_or(next, |batch| batch.base_offset);
        if next - 1 - first > i64::from(i32::MAX) {
            let reason = format!("the batches span the offsets from {first} to {}, too many for one segment", next - 1);
            return Err(self.corrupt(BadBatch::Invalid(reason)));
        }
        let size: u64 = batches.iter().map(|b| u64::from(b.size)).sum();
        let limit = self.config.load().segment_bytes;
        if size > u64::from(limit) {
            return Err(LogError::BatchesTooLarge { partition: self.partition.clone(), size, limit });
        }
        Ok(())
    }

    fn roll_if_needed(&self, state: &mut State, first: &Batch, incoming: &Incoming) -> Result<bool, LogError> {
        let active = state.active()?.clone();
        let first_timestamp = active.first_timestamp()?;
        let seen = {
            let mut inner = active.lock();
            ActiveSegment {
                base_offset: active.base,
                size: active.size(),
                created_ms: inner.created_ms,
                first_timestamp,
                jitter_ms: inner.jitter_ms,
                index_full: inner.offsets.is_full()? || inner.times.is_full()?,
            }
        };
        if !should_roll(&self.config.load(), &seen, incoming) {
            return Ok(false);
        }
        // A segment begins where the one before it ends, also if the batch begins later, as on a follower of a compacted
        // log: a gap between two segments means that something is missing. Only offsets that an index cannot express
        // leave one. A batch of format v0 or v1 may begin long before its only known offset, the last.
        let end = self.log_end.load(Ordering::Acquire);
        let lowest = incoming.last_offset - i64::from(i32::MAX);
        let base = match lowest > end {
            true if first.magic >= 2 => first.base_offset,
            _ => lowest.max(end),
        };
        self.roll(state, base, incoming.now)
    }

    /// Notes the leader epochs that begin with these batches.
    fn note_epochs(&self, state: &mut State, batches: &[Batch]) -> Result<(), LogError> {
        let mut changed = false;
        for batch in batches {
            // Readers have the same epochs: they are copied for a change only.
            if state.epochs.is_news(batch) {
                changed |= Arc::make_mut(&mut state.epochs).note(batch);
            }
        }
        self.save_epochs(state, changed)
    }

    /// The batches are in the log: what that means for producers and the transaction index.
    fn apply_producers(&self, state: &mut State, updates: Vec<ProducerUpdate>) -> Result<(), LogError> {
        state.producers.on_high_watermark(self.high_watermark.load(Ordering::Acquire));
        let aborted = state.producers.apply(updates);
        self.view.show_unstable(state.producers.unstable());
        for aborted in aborted {
            if let Err(error) = state.active()?.append_aborted(&aborted) {
                self.view.become_unusable(Condition::NotNoted);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Whether the batches have every offset from `next` on. Of a message of format v0 or v1 the header tells only the last
/// offset of what it may wrap.
fn follow_each_other(batches: &[Batch], mut next: i64) -> bool {
    batches.iter().all(|batch| {
        let follows = batch.magic < 2 || batch.base_offset == next;
        next = batch.last_offset + 1;
        follows
    })
}
