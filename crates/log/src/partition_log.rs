//! [`Log`]: one replica of one partition on disk. What it consists of and what it answers without effort is here; each
//! thing it does has its own file.

use super::{
    atomic_file::{self, Sync, sync_dir},
    config::LogConfig,
    error::LogError,
    file_names::{LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA},
    home::Home,
    index_file::PartitionDir,
    leader_epochs::LeaderEpochs,
    maintain::keep_open_for_readers,
    open_files::briefly,
    partition_metadata,
    producer_state::ProducerState,
    segment::{Segment, SegmentSettings},
    types::EpochEndOffset,
    view::{Condition, View},
};
use arc_swap::ArcSwap;
use rkafka_base::{LeaderEpoch, Offset, TopicPartition, Uuid};
use rkafka_runtime::{disk_lane::DiskLane, files, lock::Mutex};
use std::{
    fmt,
    fs::File,
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// One replica of one partition. Cheap to clone; all clones are the same log.
///
/// Appends, truncation and rolling exclude each other. Reads run beside them: they see the log as it was when they
/// began, and the file regions they return stay readable whatever happens to the files.
#[derive(Clone)]
pub struct Log(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub partition: TopicPartition,
    /// Another one once the log has moved to another log dir.
    pub dir: ArcSwap<PartitionDir>,
    pub config: ArcSwap<LogConfig>,
    pub home: Home,
    /// Held by who flushes, over the fsync and the lock on the state before and after it.
    pub flushing: Mutex<()>,
    /// Held by who appends, rolls, cuts or removes for the whole of it, files included, and by nobody who only reads: a disk
    /// that hangs is waited for under it. An fsync is waited for under it only where what comes next depends on it. Two
    /// logs' at once: see [`Log::take_over`].
    pub state: Mutex<State>,
    /// What is read without the lock, and changed only under it; but the high watermark, which whoever keeps it moves up.
    pub log_start: AtomicI64,
    pub log_end: AtomicI64,
    pub high_watermark: AtomicI64,
    pub view: View,
    pub topic_id: OnceLock<Uuid>,
    /// Counted at the beginning and at the end of each truncation, so that a flush or a read which ran beside one is not
    /// believed.
    pub truncations: AtomicU64,
}

/// What the lock protects.
pub(super) struct State {
    /// In order, never empty; the last one grows. Shared with the readers' [`View`].
    pub segments: Arc<Vec<Arc<Segment>>>,
    pub producers: ProducerState,
    /// Shared with the readers' [`View`].
    pub epochs: Arc<LeaderEpochs>,
    /// What the file holds, where loading has cut `epochs` without writing them. They are written before anything is
    /// appended; most often the same leader comes back and the file is right as it stands.
    pub epochs_on_disk: Option<LeaderEpochs>,
    /// The file could not be written when they last changed.
    pub epochs_unsaved: bool,
    /// What lies below is on disk.
    pub recovery_point: i64,
    /// The recovery point as the log dir's checkpoint has it, or a larger one.
    pub checkpointed: i64,
    /// Above this no recovery point is written to the checkpoint: the log is about to be cut there.
    pub recovery_ceiling: i64,
    pub last_flush_ms: i64,
    /// Names or small files in the directory have changed since the last fsync.
    pub names_dirty: bool,
    /// An fsync of them is under way.
    pub names_in_flight: bool,
    /// The name of the last segment may not be on disk. Nobody flushes for that alone.
    pub segment_name_dirty: bool,
    /// The directory's own name has not been fsynced.
    pub dir_name_dirty: bool,
    /// A rolled segment waits for its fsync.
    pub flush_due: bool,
    pub rng: fastrand::Rng,
}

/// One segment as tools and tests see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    pub base_offset: Offset,
    /// Bytes of batches.
    pub size: u64,
    pub path: PathBuf,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({} [{}, {}))", self.0.partition, self.log_start(), self.log_end())
    }
}

impl State {
    pub fn active(&self) -> Result<&Arc<Segment>, LogError> {
        self.segments.last().ok_or_else(|| LogError::corrupt("the log", "has no segment"))
    }
}

/// Of `segments`, the one that holds `offset`, or would: the last one that begins at or before it.
pub(super) fn segment_at(segments: &[Arc<Segment>], offset: i64) -> Option<usize> {
    segments.partition_point(|s| s.base <= offset).checked_sub(1)
}

impl Log {
    pub fn partition(&self) -> &TopicPartition {
        &self.0.partition
    }

    /// The partition's directory, under its present name.
    pub fn dir(&self) -> PathBuf {
        self.0.dir.load().path().to_path_buf()
    }

    /// The way to the disk that it lies on.
    pub fn disk(&self) -> Arc<DiskLane> {
        Arc::clone(self.0.dir.load().disk())
    }

    /// The log dir (an entry of `log.dirs`) that holds the directory.
    pub fn log_dir(&self) -> PathBuf {
        self.0.dir.load().path().parent().map(Path::to_path_buf).unwrap_or_default()
    }

    pub fn config(&self) -> Arc<LogConfig> {
        self.0.config.load_full()
    }

    pub fn set_config(&self, config: Arc<LogConfig>) {
        self.0.config.store(config);
    }

    /// The first offset that can be read.
    #[inline]
    pub fn log_start(&self) -> Offset {
        Offset(self.0.log_start.load(Ordering::Acquire))
    }

    /// The offset that the next record gets.
    #[inline]
    pub fn log_end(&self) -> Offset {
        Offset(self.0.log_end.load(Ordering::Acquire))
    }

    /// Up to which offset all in-sync replicas have the log, as far as the broker has said.
    #[inline]
    pub fn high_watermark(&self) -> Offset {
        Offset(self.0.high_watermark.load(Ordering::Acquire))
    }

    /// Moves the high watermark up, within log start and log end. Returns where it is now. Not to be called while the log
    /// may be cut.
    pub fn raise_high_watermark(&self, offset: Offset) -> Offset {
        let (start, end) = (self.log_start().0, self.log_end().0);
        let bounded = offset.0.clamp(start, end.max(start));
        let before = self.0.high_watermark.fetch_max(bounded, Ordering::AcqRel);
        Offset(before.max(bounded))
    }

    /// Up to which offset a `read_committed` reader may read: before the first open transaction, and not beyond the
    /// high watermark.
    pub fn last_stable_offset(&self) -> Offset {
        let high_watermark = self.high_watermark();
        self.0.view.first_unstable(high_watermark).map_or(high_watermark, |first| high_watermark.min(first))
    }

    /// Up to which offset everything is on disk, and will stay there.
    pub fn recovery_point(&self) -> Offset {
        let state = self.0.state.lock();
        Offset(state.recovery_point.min(state.recovery_ceiling))
    }

    /// The names in the log dir are on disk.
    pub(super) fn dir_name_synced(&self) {
        self.0.state.lock().dir_name_dirty = false;
    }

    /// What the checkpoint is to say, which counts as written from now on.
    pub(super) fn recovery_point_to_checkpoint(&self) -> Offset {
        let mut state = self.0.state.lock();
        let end = self.log_end().0;
        assert!(
            state.recovery_point <= end,
            "{}: the recovery point {} is above the log end {end}",
            self.0.partition,
            state.recovery_point
        );
        state.checkpointed = state.recovery_point.min(state.recovery_ceiling);
        Offset(state.checkpointed)
    }

    /// Bytes of batches in all segments.
    pub fn size(&self) -> u64 {
        self.0.view.size()
    }

    /// The segments, oldest first.
    pub fn segments(&self) -> Vec<SegmentInfo> {
        let info = |s: &Arc<Segment>| SegmentInfo { base_offset: Offset(s.base), size: s.size(), path: s.path() };
        self.0.view.segments().iter().map(info).collect()
    }

    /// How many producers are remembered.
    #[cfg(test)]
    pub(crate) fn producer_count(&self) -> usize {
        self.0.state.lock().producers.len()
    }

    pub fn topic_id(&self) -> Option<Uuid> {
        self.0.topic_id.get().copied()
    }

    /// Ties the directory to a topic id; fails if it has another one.
    pub fn assign_topic_id(&self, id: Uuid) -> Result<(), LogError> {
        let mut state = self.0.state.lock();
        match self.topic_id() {
            Some(on_disk) if on_disk == id => Ok(()),
            Some(on_disk) => {
                Err(LogError::InconsistentTopicId { partition: self.0.partition.clone(), on_disk, given: id })
            }
            None => {
                let path = self.0.dir.load().file(PARTITION_METADATA);
                atomic_file::replace(&path, partition_metadata::to_text(id).as_bytes(), Sync::Later)?;
                state.names_dirty = true;
                self.0.topic_id.get_or_init(|| id);
                Ok(())
            }
        }
    }

    /// The log start, if the first segment's base does not tell it, or might not after a power cut.
    pub(super) fn log_start_to_keep(&self) -> Option<Offset> {
        let state = self.0.state.lock();
        let first = state.segments.first().map_or(0, |s| s.base);
        Some(self.log_start())
            .filter(|start| start.0 > first || ((state.names_dirty || state.names_in_flight) && start.0 > 0))
    }

    /// Whether its directory has gone out of the way for another log of this name, or for none.
    pub(super) fn is_deleted(&self) -> bool {
        self.0.view.condition() == Condition::Deleted
    }

    /// Gives the directory another name; the log cannot be used under it.
    pub(super) fn rename_dir(&self, to: &Path, after: Condition) -> Result<(), LogError> {
        let _state = self.0.state.lock();
        self.0.dir.load().rename(to)?;
        self.0.view.become_unusable(after);
        Ok(())
    }

    /// The epoch of the newest leader that wrote or was appointed.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.0.view.epochs().latest()
    }

    /// The epoch in which `offset` was written.
    #[cfg(test)]
    pub(crate) fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.0.view.epochs().epoch_of(offset.0)
    }

    /// Where a leader epoch ends in this log.
    pub fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> EpochEndOffset {
        self.0.view.epochs().end_offset_for(epoch, self.log_end())
    }

    /// Notes that the leader of `epoch` begins at `start`; a new leader does so before it appends anything.
    pub fn assign_epoch_start(&self, epoch: LeaderEpoch, start: Offset) -> Result<(), LogError> {
        let mut state = self.0.state.lock();
        self.0.check_usable()?;
        let changed = Arc::make_mut(&mut state.epochs).assign(epoch.0, start.0);
        self.0.save_epochs(&mut state, changed)
    }
}

impl Shared {
    pub(crate) fn check_usable(&self) -> Result<(), LogError> {
        match self.view.condition() {
            Condition::Usable => Ok(()),
            why => Err(LogError::Unusable { partition: self.partition.clone(), state: why.text() }),
        }
    }

    /// Shows the readers the segments as they are now.
    pub(crate) fn segments_changed(&self, state: &State) {
        self.view.show_segments(&state.segments);
    }

    /// Takes some segments out of the list. Whoever reads one of them right now can finish. If that cannot be, they stay.
    pub(crate) fn take_segments(&self, state: &mut State, which: Range<usize>) -> Result<Vec<Arc<Segment>>, LogError> {
        let all = Arc::clone(&state.segments);
        let gone: Vec<_> = Arc::make_mut(&mut state.segments).drain(which).collect();
        self.segments_changed(state);
        drop(all);
        // Only readers have them now, who found them before.
        let kept = keep_open_for_readers(&gone);
        if let Err(error) = kept {
            let segments = Arc::make_mut(&mut state.segments);
            segments.extend(gone);
            segments.sort_by_key(|segment| segment.base);
            self.segments_changed(state);
            return Err(error);
        }
        Ok(gone)
    }

    /// Writes the leader epochs if they have `changed`. They reach the disk at the latest together with the records
    /// that need them: the recovery point does not move before (`Log::flush`).
    pub(crate) fn save_epochs(&self, state: &mut State, changed: bool) -> Result<(), LogError> {
        if changed {
            self.view.show_epochs(&state.epochs);
        }
        match state.epochs_on_disk.take() {
            _ if state.epochs_unsaved => {}
            Some(on_disk) if on_disk == *state.epochs => return Ok(()),
            None if !changed => return Ok(()),
            _ => {}
        }
        (state.names_dirty, state.epochs_unsaved) = (true, true);
        let path = self.dir.load().file(LEADER_EPOCH_CHECKPOINT);
        let text = state.epochs.to_text();
        debug_assert_eq!(
            LeaderEpochs::parse(&text).as_ref(),
            Ok(&*state.epochs),
            "the epochs are read as they are written"
        );
        atomic_file::replace(&path, text.as_bytes(), Sync::Later)?;
        state.epochs_unsaved = false;
        Ok(())
    }

    /// Moves the log end. What has been cut is not committed any more.
    pub(crate) fn set_log_end(&self, offset: i64) {
        self.high_watermark.fetch_min(offset, Ordering::AcqRel);
        self.log_end.store(offset, Ordering::Release);
    }

    /// What always holds once a change is complete: log start ≤ high watermark ≤ log end, nothing beyond the end counts
    /// as on disk, and the segments go from at or before the start to at or before the end. A change that the disk has
    /// broken off is not complete, and leaves the log unusable.
    pub(crate) fn assert_in_order(&self, state: &State) {
        if self.view.condition() != Condition::Usable {
            return;
        }
        let [start, high, end] =
            [&self.log_start, &self.high_watermark, &self.log_end].map(|offset| offset.load(Ordering::Acquire));
        assert!(
            0 <= start && start <= high && high <= end && state.recovery_point <= end,
            "{}: log start {start}, high watermark {high}, recovery point {}, log end {end}",
            self.partition,
            state.recovery_point
        );
        let bases = (state.segments.first().map(|s| s.base), state.segments.last().map(|s| s.base));
        assert!(
            bases.0.is_some_and(|first| first <= start) && bases.1.is_some_and(|last| last <= end),
            "{}: segments from {:?} to {:?} in a log from {start} to {end}",
            self.partition,
            bases.0,
            bases.1
        );
        debug_assert!(
            state.segments.is_sorted_by(|one, next| one.base < next.base),
            "segments in order: {:?}",
            state.segments.iter().map(|s| s.base).collect::<Vec<_>>()
        );
        self.view.assert_shows(&state.segments, &state.epochs);
    }

    pub(crate) fn set_log_start(&self, offset: i64) {
        self.high_watermark.fetch_max(offset, Ordering::AcqRel);
        self.log_start.store(offset, Ordering::Release);
    }

    pub(crate) fn new_segment(&self, state: &mut State, base: i64, now: i64) -> Result<Arc<Segment>, LogError> {
        if state.segment_name_dirty {
            // At most one segment's name may be forgotten by a power cut, the last one's: the first that is found is
            // then the first that there was.
            sync_dir(&self.dir.load().path())?;
        }
        let settings = segment_settings(&self.config.load(), now, &mut state.rng);
        (state.names_dirty, state.segment_name_dirty) = (true, true);
        Segment::create(self.dir.load_full(), base, settings).map(Arc::new)
    }

    /// The files that hold names and epochs, to be fsynced beside the segments.
    pub(crate) fn small_files(&self) -> Result<Vec<File>, LogError> {
        let mut files = Vec::new();
        for name in [LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA] {
            let path = self.dir.load().file(name);
            match briefly(|| files::open(&path)) {
                Ok(file) => files.push(file),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(LogError::io("open", path)(e)),
            }
        }
        Ok(files)
    }
}

/// The settings of a segment that is begun now, with its share of the roll jitter.
pub(super) fn segment_settings(config: &LogConfig, now: i64, rng: &mut fastrand::Rng) -> SegmentSettings {
    let most = config.segment_jitter_ms.min(config.segment_ms).max(0);
    let jitter_ms = if most == 0 { 0 } else { rng.i64(0..most) };
    SegmentSettings { index_bytes: config.segment_index_bytes, created_ms: now, jitter_ms }
}
