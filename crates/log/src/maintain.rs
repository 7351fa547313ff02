//! What a log needs done from time to time: rolling, fsync, retention, forgetting producers, closing.

use super::{
    atomic_file::sync_dir,
    error::LogError,
    file_names::{INDEX, LOG, SNAPSHOT, TIME_INDEX, TXN_INDEX, segment_file},
    fsync::sync_file,
    partition_log::{Log, Shared, State, segment_at},
    producer_snapshot,
    retention::{Bounds, Reason, SegmentAge, deletable},
    segment::Segment,
    view::Condition,
};
use rkafka_base::{Offset, TimestampMs};
use std::{
    ops::Range,
    sync::{Arc, atomic::Ordering},
};

impl Log {
    /// Begins a new segment at the log end, unless the present one is empty. Returns whether it did.
    pub fn roll(&self, now: TimestampMs) -> Result<bool, LogError> {
        let mut state = self.0.state.lock();
        self.0.check_usable()?;
        self.0.roll(&mut state, self.log_end().0, now.0)
    }

    /// Puts everything that was appended so far on disk, and moves the recovery point there. Blocks.
    pub fn flush(&self, now: TimestampMs) -> Result<(), LogError> {
        // One at a time: the recovery point must not pass what another one is still waiting for.
        let _flushing = self.0.flushing.lock();
        let (segments, end, truncations, names, dir_name, base, was_due) = {
            let mut state = self.0.state.lock();
            self.0.check_usable()?;
            let names = std::mem::take(&mut state.names_dirty) || state.segment_name_dirty;
            state.names_in_flight = names;
            // Who asks from now on asks for what comes after this.
            let was_due = std::mem::take(&mut state.flush_due);
            let (segments, base) = (self.0.unflushed(&state), state.active()?.base);
            (segments, self.log_end().0, self.truncations(), names, state.dir_name_dirty, base, was_due)
        };
        let mut synced = self.0.sync(&segments, names);
        if synced.is_ok() && dir_name {
            synced = self.0.dir.load().path().parent().map_or(Ok(()), sync_dir);
        }
        let mut state = self.0.state.lock();
        state.names_in_flight = false;
        if let Err(error) = synced {
            // A directory that was renamed for its deletion meanwhile is no fault of the disk.
            self.0.check_usable()?;
            (state.names_dirty, state.flush_due) = (state.names_dirty || names, state.flush_due || was_due);
            return Err(error);
        }
        match self.truncations() == truncations {
            true => state.recovery_point = state.recovery_point.max(end),
            false => state.flush_due |= was_due,
        }
        self.0.assert_in_order(&state);
        // A segment that was rolled meanwhile has a name of its own.
        state.segment_name_dirty &= !names || state.active()?.base != base;
        state.dir_name_dirty &= !dir_name;
        state.last_flush_ms = now.0;
        Ok(())
    }

    /// Has what was appended so far fsynced soon, beside the appends, although no segment was rolled.
    pub fn flush_soon(&self) {
        let mut state = self.0.state.lock();
        if state.recovery_point < self.log_end().0 {
            self.0.flush_due(&mut state);
        }
    }

    /// Whether a segment was rolled, or names have changed, since the last flush.
    pub(crate) fn needs_flush(&self) -> bool {
        let state = self.0.state.lock();
        (state.flush_due || state.names_dirty) && self.0.view.condition() == Condition::Usable
    }

    /// Moves the log start over old segments as `retention.ms`, `retention.bytes` and the log start itself say, never
    /// beyond the high watermark. Returns whether there are segments below the log start now, for
    /// [`Self::remove_below_log_start`].
    pub fn apply_retention(&self, now: TimestampMs) -> Result<bool, LogError> {
        self.0.check_usable()?;
        // Asked of each segment without the log's lock: most often nothing is to go.
        let segments = Arc::clone(&self.0.view.segments());
        let config = self.0.config.load();
        let old = self.beside_cuts(|| ages(&segments))?;
        if deletable(&config, &old, &self.bounds(now)).is_empty() {
            return Ok(false);
        }
        // And once more, since records may have come meanwhile.
        let mut state = self.0.state.lock();
        self.0.check_usable()?;
        let ages = ages(&state.segments)?;
        let (mut first, mut any) = (0, false);
        for (reason, count) in deletable(&config, &ages, &self.bounds(now)) {
            self.0.give_up(&mut state, first..first + count, reason, now.0)?;
            (first, any) = (first + count, true);
        }
        Ok(any)
    }

    fn bounds(&self, now: TimestampMs) -> Bounds {
        let (log_start, log_end) = (self.log_start().0, self.log_end().0);
        // Each is no smaller than the one before, whatever moves between the looks.
        let high_watermark = self.high_watermark().0.clamp(log_start, log_end.max(log_start));
        Bounds { log_start, log_end: log_end.max(log_start), high_watermark, now: now.0 }
    }

    /// Removes the segments below the log start. The log dir's checkpoint has the log start by then: whichever of the
    /// names a power cut brings back, they are known to be superfluous. Returns how many segments there were.
    pub(crate) fn remove_below_log_start(&self, now: TimestampMs) -> Result<usize, LogError> {
        let mut state = self.0.state.lock();
        self.0.check_usable()?;
        let start = self.log_start().0;
        let count = state.segments.partition_point(|s| s.base <= start).saturating_sub(1);
        assert!(count < state.segments.len(), "{}: the last segment stays, {count} go", self.0.partition);
        let gone = self.0.take_segments(&mut state, 0..count)?;
        state.names_dirty |= count > 0;
        self.0.assert_in_order(&state);
        gone.iter().try_for_each(|segment| self.0.retire(segment, now.0))?;
        Ok(count)
    }

    /// Forgets producers that wrote nothing for `producer.id.expiration.ms`.
    pub(crate) fn expire_producers(&self, now: TimestampMs) -> usize {
        let expiration_ms = self.0.config.load().producer_id_expiration_ms;
        self.0.state.lock().producers.remove_expired(now.0, expiration_ms)
    }

    /// Makes the directory such that it can be loaded again without looking into the segments: everything on disk,
    /// indexes cut to size, a producer snapshot at the log end. The log cannot be used any more.
    ///
    /// Without `sync` the caller sees to it that everything reaches the disk, and then calls [`Self::mark_flushed`].
    pub fn close(&self, now: TimestampMs, sync: bool) -> Result<(), LogError> {
        {
            let mut state = self.0.state.lock();
            self.0.check_usable()?;
            producer_snapshot::take(&self.0.dir.load().path(), &mut state.producers, sync)?;
            state.active()?.seal()?;
        }
        if sync {
            self.flush(now)?;
        }
        let state = self.0.state.lock();
        self.0.view.become_unusable(Condition::Closed);
        state.segments.iter().try_for_each(|segment| segment.close())
    }

    /// The caller has put all files of the log's file system on disk after [`Self::close`].
    pub(crate) fn mark_flushed(&self) {
        self.0.state.lock().recovery_point = self.log_end().0;
    }

    /// Closes the segments' files until somebody uses them: the log was only looked at.
    pub(super) fn let_go_of_files(&self) {
        self.0.state.lock().segments.iter().for_each(|segment| segment.let_go());
    }

    /// Whether [`Self::close`] has closed it.
    pub(super) fn is_closed(&self) -> bool {
        self.0.view.condition() == Condition::Closed
    }

    /// Whether anything was written since the last flush.
    pub(crate) fn is_dirty(&self) -> bool {
        let state = self.0.state.lock();
        state.names_dirty || state.recovery_point < self.log_end().0
    }
}

/// What retention must know of segments.
fn ages(segments: &[Arc<Segment>]) -> Result<Vec<SegmentAge>, LogError> {
    let age = |segment: &Arc<Segment>| {
        let largest_timestamp = segment.largest_timestamp()?;
        Ok(SegmentAge { base_offset: segment.base, size: segment.size(), largest_timestamp })
    };
    segments.iter().map(age).collect()
}

/// Segments that are not in the list any more are about to go: whoever reads one of them right now can finish.
pub(super) fn keep_open_for_readers(segments: &[Arc<Segment>]) -> Result<(), LogError> {
    segments.iter().filter(|segment| Arc::strong_count(segment) > 1).try_for_each(|segment| segment.keep_open())
}

impl Shared {
    /// The segments that reach above the recovery point.
    fn unflushed(&self, state: &State) -> Vec<Arc<Segment>> {
        if state.recovery_point >= self.log_end.load(Ordering::Acquire) {
            return Vec::new();
        }
        let from = segment_at(&state.segments, state.recovery_point).unwrap_or(0);
        state.segments.get(from..).map(<[_]>::to_vec).unwrap_or_default()
    }

    /// Fsyncs segments one after the other, so that few files are open at a time, and with `names` the small files and
    /// the directory. All but the last segment are sealed and stay open for readers only.
    fn sync(&self, segments: &[Arc<Segment>], names: bool) -> Result<(), LogError> {
        if names {
            for file in self.small_files()? {
                sync_file(&file).map_err(LogError::io("sync a file of", self.dir.load().path()))?;
            }
        }
        for (at, segment) in segments.iter().enumerate() {
            segment.sync()?;
            if at + 1 < segments.len() {
                segment.let_go();
            }
        }
        if names { sync_dir(&self.dir.load().path()) } else { Ok(()) }
    }

    pub fn roll(&self, state: &mut State, base: i64, now: i64) -> Result<bool, LogError> {
        let active = state.active()?.clone();
        if active.size() == 0 && active.base == base {
            return Ok(false);
        }
        let end = self.log_end.load(Ordering::Acquire);
        assert!(base >= end, "{}: a segment at {base} in a log that ends at {end}", self.partition);
        if base <= active.base {
            return Err(LogError::corrupt(
                active.path(),
                format!("its batches end at offset {end}, before their segment"),
            ));
        }
        active.seal()?;
        state.producers.map_end_offset = base;
        producer_snapshot::take(&self.dir.load().path(), &mut state.producers, false)?;
        let segment = self.new_segment(state, base, now)?;
        Arc::make_mut(&mut state.segments).push(segment);
        self.segments_changed(state);
        if base > end {
            // The leader has nothing between the two, and after a restart nobody could tell.
            self.set_log_end(base);
        }
        self.assert_in_order(state);
        self.flush_due(state);
        log::info!(target: "kafka.log.LocalLog", "[LocalLog partition={}, dir={}] Rolled new log segment at offset {base}.",
            self.partition, self.log_dir_name());
        Ok(true)
    }

    fn flush_due(&self, state: &mut State) {
        if !std::mem::replace(&mut state.flush_due, true) {
            self.home.flush_due(&self.partition);
        }
    }

    pub(crate) fn log_dir_name(&self) -> String {
        self.dir.load().path().parent().map(|p| p.display().to_string()).unwrap_or_default()
    }

    /// Moves the log start behind some of the first segments; if the last one is among them a new one is begun first.
    fn give_up(&self, state: &mut State, which: Range<usize>, reason: Reason, now: i64) -> Result<(), LogError> {
        if which.end >= state.segments.len() {
            let end = self.log_end.load(Ordering::Acquire);
            self.roll(state, end, now)?;
        }
        let config = self.config.load();
        let why = match reason {
            Reason::LogStart => "log start offset breach".to_string(),
            Reason::Size => format!("retention size {} bytes breach", config.retention_bytes),
            Reason::Time => format!("retention time {} ms breach", config.retention_ms),
        };
        let gone = state.segments.get(which.clone()).unwrap_or_default();
        let bases: Vec<String> = gone.iter().map(|s| s.base.to_string()).collect();
        log::info!(target: "kafka.log.UnifiedLog", "[UnifiedLog partition={}, dir={}] Deleting segments with base offsets \
            {} due to {why}", self.partition, self.log_dir_name(), bases.join(", "));
        let first = state.segments.get(which.end).map(|s| s.base);
        assert!(
            first.is_some(),
            "{}: of {} segments {} go, and one stays",
            self.partition,
            state.segments.len(),
            which.end
        );
        first.map_or(Ok(()), |first| self.advance_log_start(state, first))
    }

    /// Moves the log start up to `offset`, with what depends on it.
    pub(crate) fn advance_log_start(&self, state: &mut State, offset: i64) -> Result<(), LogError> {
        if offset <= self.log_start.load(Ordering::Acquire) {
            return Ok(());
        }
        let end = self.log_end.load(Ordering::Acquire);
        assert!(offset <= end, "{}: a log that ends at {end} cannot start at {offset}", self.partition);
        self.set_log_start(offset);
        self.assert_in_order(state);
        state.producers.on_log_start(offset);
        self.view.show_unstable(state.producers.unstable());
        let changed = Arc::make_mut(&mut state.epochs).truncate_from_start(offset);
        self.save_epochs(state, changed)
    }

    /// Takes a segment's files out of the way and has them removed later. [`keep_open_for_readers`] comes before.
    pub(crate) fn retire(&self, segment: &Segment, now: i64) -> Result<(), LogError> {
        let due = now.saturating_add(self.config.load().file_delete_delay_ms);
        for suffix in [LOG, INDEX, TIME_INDEX, TXN_INDEX, SNAPSHOT] {
            self.home.deletions.retire(&self.dir.load().file(&segment_file(segment.base, suffix)), due)?;
        }
        Ok(())
    }

    /// The largest offset to which the log start may be moved.
    pub(crate) fn bounded_log_start(&self, offset: Offset) -> Result<Offset, LogError> {
        let (start, high) = (self.log_start.load(Ordering::Acquire), self.high_watermark.load(Ordering::Acquire));
        if offset.0 > high {
            let partition = self.partition.clone();
            return Err(LogError::OffsetOutOfRange { partition, offset, start: Offset(start), end: Offset(high) });
        }
        Ok(offset)
    }
}
