//! Cutting a log: at its end, when it turns out to differ from the leader's; as a whole, when the leader begins later;
//! at its start, when records are deleted.

use super::{
    atomic_file::sync_dir,
    error::LogError,
    fsync::sync_file,
    partition_log::{Log, Shared, State},
    producer_snapshot, rebuild,
    segment::Segment,
    view::Condition,
};
use rkafka_base::{Offset, TimestampMs};
use std::sync::{Arc, atomic::Ordering};

impl Log {
    /// Drops everything from `offset` on, and epochs that begin there. Returns whether there were records to drop. They
    /// are gone from the disk by then. Blocks.
    pub fn truncate_to(&self, offset: Offset, now: TimestampMs) -> Result<bool, LogError> {
        let log_start = self.log_start();
        let cut = self.cut_at(offset, now)?;
        if self.log_start() < log_start {
            // The one in the log dir's checkpoint would hide what is appended now.
            self.0.home.checkpoint_log_starts(&self.log_dir())?;
        }
        Ok(cut)
    }

    fn cut_at(&self, offset: Offset, now: TimestampMs) -> Result<bool, LogError> {
        self.lower_recovery_point(offset)?;
        let mut state = self.0.state.lock();
        state.recovery_ceiling = i64::MAX;
        self.0.check_usable()?;
        if offset >= self.log_end() {
            // A leader that was deposed before it wrote has left an epoch behind that begins at the log end; its
            // successor may know nothing of it.
            let changed = Arc::make_mut(&mut state.epochs).truncate_from_end(self.log_end().0);
            self.0.save_epochs(&mut state, changed)?;
            return Ok(false);
        }
        log::info!(target: "kafka.log.UnifiedLog", "[UnifiedLog partition={}, dir={}] Truncating to offset {offset}",
            self.0.partition, self.0.log_dir_name());
        if state.segments.first().is_some_and(|first| first.base > offset.0) {
            self.0.start_over(&mut state, offset.0, now.0)?;
        } else {
            self.0.cut(&mut state, offset.0, now.0)?;
        }
        Ok(true)
    }

    /// Drops everything; the log begins again at `offset`. Blocks.
    pub fn truncate_fully_and_start_at(&self, offset: Offset, now: TimestampMs) -> Result<(), LogError> {
        let log_start = self.log_start();
        self.lower_recovery_point(offset)?;
        {
            let mut state = self.0.state.lock();
            state.recovery_ceiling = i64::MAX;
            self.0.check_usable()?;
            log::info!(target: "kafka.log.UnifiedLog", "[UnifiedLog partition={}, dir={}] Truncate and start at offset \
                {offset}", self.0.partition, self.0.log_dir_name());
            self.0.start_over(&mut state, offset.0, now.0)?;
        }
        if offset < log_start { self.0.home.checkpoint_log_starts(&self.log_dir()) } else { Ok(()) }
    }

    /// Before the log is cut below the recovery point in the log dir's checkpoint, a lower one is written: what is
    /// appended after the cut would pass unchecked after a power cut. Until the log has been cut no flush raises it.
    fn lower_recovery_point(&self, offset: Offset) -> Result<(), LogError> {
        {
            let mut state = self.0.state.lock();
            if offset >= self.log_end() || offset.0 >= state.checkpointed {
                return Ok(());
            }
            state.recovery_ceiling = offset.0;
        }
        let written = self.0.home.checkpoint_recovery_points(&self.log_dir());
        if written.is_err() {
            // The checkpoint has what it had.
            self.0.state.lock().checkpointed = i64::MAX;
        }
        written
    }

    /// Moves the log start up to `offset` (−1: to the high watermark), which makes the records below unreadable;
    /// retention removes whole segments of them. Returns the new log start. Fails with OFFSET_OUT_OF_RANGE beyond the
    /// high watermark.
    pub fn delete_records(&self, offset: Offset) -> Result<Offset, LogError> {
        let mut state = self.0.state.lock();
        self.0.check_usable()?;
        let offset = if offset.0 == -1 { self.high_watermark() } else { self.0.bounded_log_start(offset)? };
        if offset.0 < 0 {
            let partition = self.0.partition.clone();
            let (start, end) = (self.log_start(), self.high_watermark());
            return Err(LogError::OffsetOutOfRange { partition, offset, start, end });
        }
        if offset > self.log_start() {
            self.0.advance_log_start(&mut state, offset.0)?;
            log::info!(target: "kafka.log.UnifiedLog", "[UnifiedLog partition={}, dir={}] Incremented log start offset to \
                {offset} due to client delete records request", self.0.partition, self.0.log_dir_name());
        }
        Ok(self.log_start())
    }

    /// Moves the log start to the leader's, on a follower.
    pub fn follow_log_start(&self, leader_log_start: Offset) -> Result<(), LogError> {
        let mut state = self.0.state.lock();
        self.0.check_usable()?;
        let bounded = leader_log_start.min(self.high_watermark());
        self.0.advance_log_start(&mut state, bounded.0)
    }
}

impl Shared {
    /// Cuts the log, on disk, too: what is appended next must not be followed by what has been cut, if a power cut brings
    /// that back.
    fn cut(&self, state: &mut State, offset: i64, now: i64) -> Result<(), LogError> {
        let keep = state.segments.partition_point(|s| s.base <= offset);
        assert!(keep > 0, "{}: a cut at {offset} keeps the segment that holds it", self.partition);
        let behind = keep..state.segments.len();
        self.beside_readers(|| {
            let gone = self.take_segments(state, behind)?;
            // From here on a failure leaves the log cut at some other place.
            let done = self.cut_behind(state, &gone, offset, now);
            if done.is_err() {
                self.view.become_unusable(Condition::NotTruncated);
            }
            done
        })
    }

    /// Removes the segments behind a cut, and cuts the last that is left at `offset`.
    fn cut_behind(&self, state: &mut State, gone: &[Arc<Segment>], offset: i64, now: i64) -> Result<(), LogError> {
        gone.iter().try_for_each(|segment| self.retire(segment, now))?;
        let active = state.active()?.clone();
        active.truncate_to(offset, now)?;
        {
            let mut inner = active.lock();
            inner.offsets.file().allocate()?;
            inner.times.file().allocate()?;
        }
        state.recovery_point = state.recovery_point.min(offset);
        self.set_log_end(offset);
        if self.log_start.load(Ordering::Acquire) > offset {
            self.log_start.store(offset, Ordering::Release);
        }
        let changed = Arc::make_mut(&mut state.epochs).truncate_from_end(offset);
        self.save_epochs(state, changed)?;
        self.rebuild_producers(state, offset, now)?;
        sync_file(&*active.file()?).map_err(LogError::io("sync", active.path()))?;
        self.sync_names(state)?;
        self.assert_in_order(state);
        Ok(())
    }

    /// Waits until the names of the segments are on disk.
    fn sync_names(&self, state: &mut State) -> Result<(), LogError> {
        sync_dir(&self.dir.load().path())?;
        state.segment_name_dirty = false;
        Ok(())
    }

    /// Drops everything; the log begins again at `offset`.
    pub fn start_over(&self, state: &mut State, offset: i64, now: i64) -> Result<(), LogError> {
        let all = 0..state.segments.len();
        self.beside_readers(|| {
            let gone = self.take_segments(state, all)?;
            let done = self.begin_anew(state, &gone, offset, now);
            if done.is_err() {
                self.view.become_unusable(Condition::NotTruncated);
            }
            done
        })
    }

    /// Cuts while others read: what they find damaged meanwhile they read again.
    fn beside_readers<T>(&self, cut: impl FnOnce() -> T) -> T {
        self.truncations.fetch_add(1, Ordering::AcqRel);
        let done = cut();
        self.truncations.fetch_add(1, Ordering::AcqRel);
        done
    }

    fn begin_anew(&self, state: &mut State, gone: &[Arc<Segment>], offset: i64, now: i64) -> Result<(), LogError> {
        assert!(offset >= 0, "{}: a log begins at offset {offset}", self.partition);
        gone.iter().try_for_each(|segment| self.retire(segment, now))?;
        let segment = self.new_segment(state, offset, now)?;
        Arc::make_mut(&mut state.segments).push(segment);
        self.segments_changed(state);
        state.recovery_point = state.recovery_point.min(offset);
        self.log_end.store(offset, Ordering::Release);
        self.log_start.store(offset, Ordering::Release);
        self.high_watermark.store(offset, Ordering::Release);
        let changed = Arc::make_mut(&mut state.epochs).clear();
        self.save_epochs(state, changed)?;
        let dir = self.dir.load().path();
        producer_snapshot::list(&dir)?.into_iter().try_for_each(|at| producer_snapshot::remove(&dir, at))?;
        state.producers.reset(offset);
        self.view.show_unstable(None);
        self.sync_names(state)?;
        self.assert_in_order(state);
        Ok(())
    }

    /// Reads the producers again from the newest snapshot at or below the new end.
    fn rebuild_producers(&self, state: &mut State, end: i64, now: i64) -> Result<(), LogError> {
        if state.producers.is_empty() && state.producers.map_end_offset >= end {
            // Nothing was known of producers, so nothing has to be forgotten; only the snapshots must not lie.
            let dir = self.dir.load().path();
            for at in producer_snapshot::list(&dir)?.into_iter().filter(|at| *at > end) {
                producer_snapshot::remove(&dir, at)?;
            }
            state.producers.reset(end);
            self.view.show_unstable(None);
            return Ok(());
        }
        let source = rebuild::Source {
            partition: self.partition.clone(),
            dir: self.dir.load().path(),
            log_start: self.log_start.load(Ordering::Acquire),
            expiration_ms: self.config.load().producer_id_expiration_ms,
            now,
        };
        let segments: Vec<_> = state.segments.iter().map(Arc::clone).collect();
        let snapshots = producer_snapshot::list(&source.dir)?;
        let rebuilt = source.rebuild(&mut state.producers, &segments, &snapshots, end);
        self.view.show_unstable(state.producers.unstable());
        rebuilt
    }
}
