//! Opening a partition's directory: what is half done is finished or thrown away, and after a crash everything above
//! the recovery point is checked again (`LogLoader`).

use super::{
    config::LogConfig,
    dir_listing::DirListing,
    error::LogError,
    file_names::{
        INDEX, LEADER_EPOCH_CHECKPOINT, LOG, PARTITION_METADATA, SNAPSHOT, TIME_INDEX, TXN_INDEX, segment_file,
    },
    home::Home,
    index_file::PartitionDir,
    leader_epochs::LeaderEpochs,
    open_files::briefly,
    partition_log::{Log, Shared, State, segment_settings},
    partition_metadata, producer_snapshot,
    producer_state::ProducerState,
    rebuild,
    recovery::continues,
    segment::Segment,
    view::View,
};
use crate::atomic_file;
use arc_swap::ArcSwap;
use rkafka_base::{Offset, TimestampMs, TopicPartition, Uuid};
use rkafka_runtime::{
    files,
    lock::{Mutex, Rank},
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicU64},
    },
};

pub(super) const TARGET: &str = "kafka.log.LogLoader";

/// How a log is opened.
pub struct OpenLog {
    /// The partition's directory; made if it does not exist.
    pub dir: PathBuf,
    pub partition: TopicPartition,
    pub config: Arc<LogConfig>,
    /// From the checkpoints; 0 without an entry.
    pub recovery_point: Offset,
    pub log_start: Offset,
    /// The first offset that no cleaner has looked at; below it offsets may be missing.
    pub cleaned_to: Offset,
    /// The broker was shut down in order, so that nothing has to be checked.
    pub clean: bool,
}

impl OpenLog {
    /// For a replica that does not exist yet.
    pub(crate) fn anew(dir: PathBuf, partition: TopicPartition, config: Arc<LogConfig>) -> OpenLog {
        let (recovery_point, log_start, cleaned_to) = (Offset(0), Offset(0), Offset(0));
        OpenLog { dir, partition, config, recovery_point, log_start, cleaned_to, clean: false }
    }
}

/// One load, step by step.
pub(super) struct Loading<'a> {
    pub open: &'a OpenLog,
    pub dir: Arc<PartitionDir>,
    pub path: PathBuf,
    pub now: i64,
    rng: fastrand::Rng,
    pub segments: Vec<Arc<Segment>>,
    pub epochs: LeaderEpochs,
    /// What the file of the epochs holds; none if it holds nothing that can be read.
    pub epochs_on_disk: Option<LeaderEpochs>,
    producers: ProducerState,
    /// The first segment whose indexes were made anew: they are not on disk, whatever the recovery point says.
    rebuilt: Option<i64>,
}

impl Log {
    /// Opens a partition's directory, as it was left by a broker of either kind. `seed` is for the jitter of rolling.
    pub fn open(open: OpenLog, now: TimestampMs, seed: u64) -> Result<Log, LogError> {
        let home = Home::of_nobody(&open.dir);
        Log::open_with(&open, now, seed, home)
    }

    pub(super) fn open_with(open: &OpenLog, now: TimestampMs, seed: u64, home: Home) -> Result<Log, LogError> {
        let path = open.dir.clone();
        let mut loading = Loading {
            dir: PartitionDir::new(path.clone(), Arc::clone(&home.disk)),
            path,
            now: now.0,
            rng: fastrand::Rng::with_seed(seed),
            segments: Vec::new(),
            epochs: LeaderEpochs::default(),
            epochs_on_disk: None,
            producers: ProducerState::default(),
            rebuilt: None,
            open,
        };
        let is_new = loading.make_dir()?;
        let topic_id = if is_new { None } else { loading.read_small_files()? };
        let (log_start, log_end) = if is_new { (0, 0) } else { loading.load()? };
        let begins = loading.segments.is_empty();
        if begins {
            loading.begin(log_start)?;
        }
        let recovery_point = if open.clean { log_end } else { open.recovery_point.0.min(log_end) };
        let recovery_point = loading.rebuilt.map_or(recovery_point, |base| recovery_point.min(base));
        let (save_epochs, epochs_on_disk) = loading.epochs_to_save(log_start, log_end);
        let state = State {
            segments: Arc::new(loading.segments),
            producers: loading.producers,
            epochs: Arc::new(loading.epochs),
            epochs_on_disk,
            epochs_unsaved: false,
            recovery_point,
            checkpointed: open.recovery_point.0,
            recovery_ceiling: i64::MAX,
            last_flush_ms: now.0,
            names_dirty: is_new || begins,
            names_in_flight: false,
            // The last process may not have come to its fsync.
            segment_name_dirty: begins || !open.clean,
            dir_name_dirty: is_new,
            flush_due: false,
            rng: loading.rng,
        };
        let view = View::new(&state.segments, &state.epochs);
        view.show_unstable(state.producers.unstable());
        let shared = Shared {
            partition: open.partition.clone(),
            dir: ArcSwap::new(loading.dir),
            config: ArcSwap::new(open.config.clone()),
            home,
            flushing: Mutex::new(Rank::LogFlush, ()),
            state: Mutex::new(Rank::LogState, state),
            log_start: AtomicI64::new(log_start),
            log_end: AtomicI64::new(log_end),
            high_watermark: AtomicI64::new(log_start),
            view,
            topic_id: topic_id.map_or_else(OnceLock::new, OnceLock::from),
            truncations: AtomicU64::new(0),
        };
        {
            let mut state = shared.state.lock();
            shared.assert_in_order(&state);
            if save_epochs {
                shared.save_epochs(&mut state, true)?;
            }
        }
        Ok(Log(Arc::new(shared)))
    }
}

impl Loading<'_> {
    /// Makes the directory of a new partition, with the empty file of its epochs. Returns whether it is new.
    fn make_dir(&self) -> Result<bool, LogError> {
        match files::create_dir(&self.path) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => return Ok(false),
            Err(e) => return Err(LogError::io("create", &self.path)(e)),
        }
        let epochs = self.path.join(LEADER_EPOCH_CHECKPOINT);
        briefly(|| files::write(&epochs, "")).map_err(LogError::io("create", &epochs))?;
        Ok(true)
    }

    /// Reads the leader epochs, and the topic id if there is one. After a power cut a file that was not fsynced yet may
    /// hold anything: then what it said is found elsewhere.
    fn read_small_files(&mut self) -> Result<Option<Uuid>, LogError> {
        self.read_epochs()?;
        let path = self.path.join(PARTITION_METADATA);
        let Some(text) = atomic_file::read_text(&path)? else { return Ok(None) };
        match partition_metadata::parse(&text) {
            Ok(id) => Ok(Some(id)),
            Err(reason) if text.is_empty() || !self.open.clean => {
                // The controller says the topic's id again.
                log::warn!(target: TARGET, "{} is damaged and is taken as missing: {reason}", path.display());
                files::remove_file(&path).map_err(LogError::io("remove", &path))?;
                Ok(None)
            }
            Err(reason) => Err(LogError::corrupt(&path, reason)),
        }
    }

    /// Loads what is there. Returns log start and log end.
    fn load(&mut self) -> Result<(i64, i64), LogError> {
        let listing = self.tidy()?;
        self.open_segments(&listing)?;
        if !self.open.clean {
            self.doubt_epochs(self.first_unflushed())?;
        }
        let mut log_end = if self.open.clean { None } else { self.recover_unflushed()? };
        if log_end.is_none()
            && let Some(last) = self.segments.last()
        {
            log_end = Some(last.next_offset()?);
        }
        let is_damaged = |last: &&Arc<Segment>| last.size() > 0 && log_end.is_some_and(|end| end <= last.base);
        if let Some(last) = self.segments.last().filter(is_damaged).cloned() {
            log::warn!(target: TARGET, "{}: {} has no batch that belongs into it, recovering segment", self.open.partition,
                last.path().display());
            self.recover_segment(self.segments.len() - 1)?;
            log_end = Some(last.next_offset()?);
        }
        let first = self.segments.first().map_or(self.open.log_start.0, |s| s.base);
        let log_start = self.open.log_start.0.max(first);
        if let Some(end) = log_end.filter(|end| *end < log_start) {
            log::warn!(target: TARGET, "{}: deleting all segments because logEndOffset ({end}) is smaller than \
                logStartOffset ({log_start})", self.open.partition);
            self.drop_segments(0)?;
            log_end = None;
        }
        let log_end = log_end.unwrap_or(log_start);
        self.epochs.truncate_from_end(log_end);
        self.epochs.truncate_from_start(log_start);
        self.load_producers(&listing, log_start, log_end)?;
        Ok((log_start, log_end))
    }

    /// Finishes or undoes what was going on when the last broker stopped (`removeTempFilesAndCollectSwapFiles`).
    fn tidy(&self) -> Result<DirListing, LogError> {
        let mut listing = DirListing::read(&self.path)?;
        for name in listing.take_leftovers() {
            log::info!(target: TARGET, "{}: deleting stray temporary file {name}", self.open.partition);
            self.remove(&name)?;
        }
        let swapped = listing.swapped_segments();
        if let Some(first) = swapped.iter().min().copied() {
            let mut end = first;
            for base in &swapped {
                end = end.max(self.end_of_swap(*base)?);
            }
            for name in listing.take_replaced(first, end) {
                self.remove(&name)?;
            }
            for (swap, plain) in listing.take_swaps() {
                log::info!(target: TARGET, "{}: found {swap} from an interrupted swap operation, which is finished",
                    self.open.partition);
                let (from, to) = (self.path.join(&swap), self.path.join(&plain));
                files::rename(&from, to).map_err(LogError::io("rename", from))?;
            }
            return DirListing::read(&self.path);
        }
        Ok(listing)
    }

    fn end_of_swap(&self, base: i64) -> Result<i64, LogError> {
        let path = self.path.join(segment_file(base, ".log.swap"));
        let file = files::open(&path).map_err(LogError::io("open", &path))?;
        let size = file.metadata().map_err(LogError::io("look at", &path))?.len();
        let mut scan = super::batch_scan::BatchScan::new(&file, 0, size);
        let mut end = base;
        while let Some((_, batch)) = scan.next().map_err(|e| LogError::corrupt(&path, e.to_string()))? {
            end = batch.last_offset + 1;
        }
        Ok(end)
    }

    /// Takes the segments over, and rebuilds those whose indexes are missing or damaged.
    fn open_segments(&mut self, listing: &DirListing) -> Result<(), LogError> {
        for name in listing.orphans() {
            log::warn!(target: TARGET, "{}: found an orphaned index file {name} without a log file, deleting it",
                self.open.partition);
            self.remove(&name)?;
        }
        for (base, size) in listing.segments() {
            let settings = segment_settings(&self.open.config, self.now, &mut self.rng);
            self.segments.push(Arc::new(Segment::existing(self.dir.clone(), base, size, settings)));
        }
        // What lies above the recovery point will be read again anyway.
        let checked = if self.open.clean { self.segments.len() } else { self.first_unflushed() };
        let last = self.segments.len().saturating_sub(1);
        for at in self.below_log_start()..checked {
            let Some(segment) = self.segments.get(at).cloned() else { break };
            let missing = !listing.has(segment.base, INDEX) || !listing.has(segment.base, TIME_INDEX);
            let flaw = match missing {
                true => Some("an index file is missing".to_string()),
                false => segment.flaw(at == last, listing.has(segment.base, TXN_INDEX))?,
            };
            if let Some(flaw) = flaw {
                log::warn!(target: TARGET, "{}: {flaw} of segment {}, recovering segment and rebuilding index files...",
                    self.open.partition, segment.path().display());
                self.rebuilt.get_or_insert(segment.base);
                if self.recover_segment(at)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// How many segments lie wholly below the log start.
    pub(super) fn below_log_start(&self) -> usize {
        self.segments.partition_point(|s| s.base <= self.open.log_start.0).saturating_sub(1)
    }

    /// The first segment that reaches above the recovery point. What lies wholly below the log start is nothing that
    /// anybody reads: its removal was under way.
    fn first_unflushed(&self) -> usize {
        let flushed = self.segments.partition_point(|s| s.base <= self.open.recovery_point.0).saturating_sub(1);
        flushed.max(self.below_log_start())
    }

    /// Checks all segments above the recovery point. Returns the log end, if there is a segment.
    fn recover_unflushed(&mut self) -> Result<Option<i64>, LogError> {
        let from = self.first_unflushed();
        let unflushed = self.segments.len() - from.min(self.segments.len());
        if unflushed > 0 {
            log::info!(target: TARGET, "{}: recovering {unflushed} unflushed segment(s) from the recovery point {}",
                self.open.partition, self.open.recovery_point);
        }
        let mut at = from;
        while let Some(segment) = self.segments.get(at).cloned() {
            if at > from && !self.goes_on_at(at, segment.base)? {
                break;
            }
            if self.recover_segment(at)? {
                break;
            }
            at += 1;
        }
        match self.segments.last() {
            Some(last) => last.next_offset().map(Some),
            None => Ok(None),
        }
    }

    /// Whether the segment at `at` begins where the one before it ends. If not, it is dropped with all later ones: the
    /// machine lost its power before their predecessor was on disk.
    fn goes_on_at(&mut self, at: usize, base: i64) -> Result<bool, LogError> {
        let Some(before) = at.checked_sub(1).and_then(|at| self.segments.get(at)) else { return Ok(true) };
        let end = before.next_offset()?;
        let goes_on = continues(end, base, self.open.cleaned_to.0);
        #[cfg(test)]
        let goes_on = goes_on || super::tests::power_cut::gaps_are_believed(&self.path);
        if goes_on {
            return Ok(true);
        }
        log::warn!(target: TARGET, "{}: segment {} ends at offset {end}, the next one begins at {base}: the log is cut at \
            offset {end}", self.open.partition, before.path().display());
        self.drop_segments(at)?;
        Ok(false)
    }

    /// Reads one segment again. If its tail is bad it is cut, all later segments are dropped, and true returned.
    fn recover_segment(&mut self, at: usize) -> Result<bool, LogError> {
        let Some(segment) = self.segments.get(at).cloned() else { return Ok(false) };
        let source = self.source(self.open.log_start.0.min(segment.base));
        if self.producers.map_end_offset != segment.base || self.producers.snapshot_offset > segment.base {
            let snapshots = producer_snapshot::list(&self.path)?;
            source.load_snapshot(&mut self.producers, &snapshots, segment.base)?;
            source.replay(&mut self.producers, self.segments.get(..at).unwrap_or_default(), segment.base)?;
        }
        let (producers, epochs) = (&mut self.producers, &mut self.epochs);
        let torn = segment.recover(self.open.config.index_interval_bytes, |segment, batch| {
            if batch.leader_epoch >= 0 && epochs.latest().is_none_or(|latest| batch.leader_epoch > latest.0) {
                epochs.assign(batch.leader_epoch, batch.base_offset);
            }
            for aborted in source.note(producers, batch)? {
                segment.append_aborted(&aborted)?;
            }
            Ok(())
        })?;
        producer_snapshot::take(&self.path, &mut self.producers, false)?;
        let Some(torn) = torn else { return Ok(false) };
        let end = segment.next_offset()?;
        log::warn!(target: TARGET, "{}: corruption found in segment {}, truncating to offset {end}: {} bytes cut, {}",
            self.open.partition, segment.path().display(), torn.bytes, torn.reason);
        self.drop_segments(at + 1)?;
        Ok(true)
    }

    /// Removes the segments from the one at `from` on, at once: nobody reads them yet. They are gone from the disk before
    /// anything is appended in their place, or the next power cut might bring them back behind it.
    fn drop_segments(&mut self, from: usize) -> Result<(), LogError> {
        if from >= self.segments.len() {
            return Ok(());
        }
        for segment in self.segments.split_off(from.min(self.segments.len())) {
            log::warn!(target: TARGET, "{}: deleting segment {} ({} bytes)", self.open.partition, segment.path().display(),
                segment.size());
            for suffix in [LOG, INDEX, TIME_INDEX, TXN_INDEX, SNAPSHOT] {
                self.remove(&segment_file(segment.base, suffix))?;
            }
        }
        atomic_file::sync_dir(&self.path)
    }

    /// Brings the producers up to the log end, and removes snapshots that nobody will need.
    fn load_producers(&mut self, listing: &DirListing, log_start: i64, log_end: i64) -> Result<(), LogError> {
        let bases: Vec<i64> = self.segments.iter().map(|s| s.base).collect();
        let mut snapshots = if self.open.clean { listing.snapshots() } else { producer_snapshot::list(&self.path)? };
        let newest = snapshots.last().copied();
        let stray = |at: &i64| Some(*at) != newest && !bases.contains(at);
        snapshots.iter().filter(|at| stray(at)).try_for_each(|at| producer_snapshot::remove(&self.path, *at))?;
        snapshots.retain(|at| !stray(at));
        if newest.is_none() && self.open.clean {
            // A log of a broker that knew no snapshots: reading all of it would cost more than it gives.
            self.producers.reset(log_end);
            return Ok(());
        }
        if !self.open.clean && self.producers.map_end_offset == log_end {
            // Read to its end, the log tells more than a snapshot does, which holds one batch of each producer: after a
            // crash clients may repeat any of the last five.
            let above = snapshots.iter().filter(|at| **at > log_end);
            return above.copied().try_for_each(|at| producer_snapshot::remove(&self.path, at));
        }
        let source = self.source(log_start);
        source.rebuild(&mut self.producers, &self.segments, &snapshots, log_end)
    }

    pub(super) fn source(&self, log_start: i64) -> rebuild::Source {
        rebuild::Source {
            partition: self.open.partition.clone(),
            dir: self.dir.path(),
            log_start,
            expiration_ms: self.open.config.producer_id_expiration_ms,
            now: self.now,
        }
    }

    /// Begins an empty log.
    fn begin(&mut self, base: i64) -> Result<(), LogError> {
        let settings = segment_settings(&self.open.config, self.now, &mut self.rng);
        self.segments.push(Arc::new(Segment::create(self.dir.clone(), base, settings)?));
        self.producers.reset(base);
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), LogError> {
        let path = self.path.join(name);
        match files::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(LogError::io("remove", Path::new(&path))(e)),
            _ => Ok(()),
        }
    }
}
