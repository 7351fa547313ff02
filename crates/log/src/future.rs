//! Moving a replica into another log dir (KIP-113): a copy grows there under a name that ends in `-future`; when it has
//! everything, the two change places, and what was the replica's directory is deleted.

use super::{
    atomic_file::{self, Sync, sync_dir},
    config::LogConfig,
    error::LogError,
    file_names::{LEADER_EPOCH_CHECKPOINT, delete_dir, future_dir},
    load::OpenLog,
    log_dirs::{LogDir, LogDirs},
    open_files::again,
    partition_log::Log,
    view::Condition,
};
use bytes::BytesMut;
use rkafka_base::{TimestampMs, TopicPartition};
use rkafka_protocol::{FileRegion, Records, Segment};
use rkafka_runtime::files;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
};

/// How many replicas that do not exist yet may have a dir that they are to be made in.
const MAX_PREFERRED: usize = 100_000;
/// How many bytes are copied at once.
const CHUNK: u32 = 1 << 20;

/// What a replica's way to a log dir looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// It has to be moved there.
    Elsewhere,
    /// It is there.
    Here,
    /// The dir is none of `log.dirs`.
    Unknown,
    /// The dir has failed.
    Offline,
    /// There is no replica; it will be made in that dir.
    NoReplica,
}

/// What one step of a move came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveProgress {
    /// So many bytes were copied.
    Copied(u64),
    /// The copy had everything and has taken the replica's place.
    Done,
    /// The replica was cut, or has lost its start meanwhile: the copy has begun anew.
    Restarted,
}

impl LogDirs {
    /// Where `partition` is, as seen from `dir`. A replica that does not exist yet will be made there.
    pub fn destination(&self, partition: &TopicPartition, dir: &Path) -> Destination {
        let Some(found) = self.0.dirs.iter().find(|d| d.path == dir) else { return Destination::Unknown };
        if !found.is_online() {
            return Destination::Offline;
        }
        match self.get(partition) {
            Some(log) if log.log_dir() == dir => Destination::Here,
            Some(_) => Destination::Elsewhere,
            None => {
                let mut preferred = self.0.preferred.lock();
                if preferred.len() < MAX_PREFERRED {
                    preferred.insert(partition.clone(), dir.to_path_buf());
                }
                Destination::NoReplica
            }
        }
    }

    /// The log dir of a move that the end of the last run has interrupted; asked once.
    pub fn interrupted_move(&self, partition: &TopicPartition) -> Option<PathBuf> {
        self.0.interrupted.lock().remove(partition)
    }

    /// Begins a copy of the replica in `dir`, under a name made from the random `id`.
    pub fn begin_future(
        &self,
        current: &Log,
        dir: &Path,
        id: [u8; 16],
        config: Arc<LogConfig>,
        now: TimestampMs,
    ) -> Result<Log, LogError> {
        let _changing = self.0.changing.lock();
        let found = self.0.dirs.iter().find(|d| d.path == dir && d.is_online());
        let found = found.ok_or_else(|| LogError::LogDirs(format!("{} cannot be used", dir.display())))?;
        let partition = current.partition().clone();
        // It may have been deleted, or have come to its end there, since it was looked up.
        if self.get(&partition).is_none_or(|log| !log.is(current)) || current.log_dir() == dir {
            return Err(LogError::Unusable { partition, state: "not there any more" });
        }
        let open = OpenLog::anew(dir.join(future_dir(&partition, id)), partition.clone(), config);
        let seed = self.0.next_seed.fetch_add(1, Ordering::Relaxed);
        let future = Log::open_with(&open, now, seed, self.home(found))?;
        if let Some(id) = current.topic_id() {
            future.assign_topic_id(id)?;
        }
        future.truncate_fully_and_start_at(current.log_start(), now)?;
        found.names_dirty.store(true, Ordering::Release);
        found.enter(&mut self.0.futures.write(), &future)?;
        Ok(future)
    }

    /// Gives up a copy that has not become the replica.
    pub fn drop_future(&self, partition: &TopicPartition, id: [u8; 16], now: TimestampMs) -> Result<(), LogError> {
        let _changing = self.0.changing.lock();
        let Some(future) = self.0.futures.write().remove(partition) else { return Ok(()) };
        self.retire_dir(&future, id, now)
    }

    /// Copies the next records of a move or, when there are none, lets the copy take the replica's place. Blocks.
    /// `truncations` remembers how often the replica had been cut when the copy began.
    pub fn advance_future(
        &self,
        future: &Log,
        truncations: &mut u64,
        id: [u8; 16],
        now: TimestampMs,
    ) -> Result<MoveProgress, LogError> {
        let partition = future.partition();
        let gone = || LogError::Unusable { partition: partition.clone(), state: "not there any more" };
        let current = self.get(partition).ok_or_else(gone)?;
        if current.truncations() != *truncations || future.log_end() < current.log_start() {
            *truncations = current.truncations();
            future.truncate_fully_and_start_at(current.log_start(), now)?;
            return Ok(MoveProgress::Restarted);
        }
        let read = current.read(future.log_end(), CHUNK, true, current.log_end())?;
        if !read.records.is_empty() {
            let bytes = whole_batches(&read.records)?;
            let size = bytes.len() as u64;
            future.append_as_follower(now, &bytes)?;
            return Ok(MoveProgress::Copied(size));
        }
        future.flush(now)?;
        let _changing = self.0.changing.lock();
        let to = future.log_dir();
        // The move may have been given up, or its dir have failed, while the last records were copied.
        let failed = || LogError::LogDirs(format!("{} has failed", to.display()));
        let dir = self.0.dirs.iter().find(|d: &&LogDir| d.path == to && d.is_online()).ok_or_else(failed)?;
        if self.0.futures.read().get(partition).is_none_or(|copy| !copy.is(future)) {
            return Err(gone());
        }
        // From before an earlier move away from there.
        dir.forget(partition)?;
        if !current.take_over(future, *truncations)? {
            return Ok(MoveProgress::Copied(0));
        }
        self.0.futures.write().remove(partition);
        if !dir.is_online() {
            // The next start is to find the replica where it was, and there alone.
            if let Err(error) = current.rename_dir(&to.join(delete_dir(partition, id)), Condition::Deleted) {
                log::warn!(target: "kafka.log.LogManager", "{partition} is still in {}, which has failed: {error}", to.display());
            }
            return Err(failed());
        }
        // The new name is on disk before the old one goes, so that a power cut leaves at least one of the two.
        again(|| sync_dir(&to))?;
        // The copy holds now what the replica had.
        self.retire_dir(future, id, now)?;
        self.0.dirs.iter().for_each(|dir| dir.names_dirty.store(true, Ordering::Release));
        log::info!(target: "kafka.log.LogManager", "The current replica is successfully replaced with the future replica for {partition}");
        Ok(MoveProgress::Done)
    }

    /// Gives a log's directory a name that no partition has, and has it removed soon.
    fn retire_dir(&self, log: &Log, id: [u8; 16], now: TimestampMs) -> Result<(), LogError> {
        let dir = log.log_dir();
        let renamed = dir.join(delete_dir(log.partition(), id));
        log.rename_dir(&renamed, Condition::Deleted)?;
        let due = now.0.saturating_add(log.config().file_delete_delay_ms);
        self.0.deletions.schedule(renamed, due);
        let found = self.0.dirs.iter().find(|d: &&LogDir| d.path == dir);
        found.iter().for_each(|d| {
            d.names_dirty.store(true, Ordering::Release);
            d.has_lost(log.partition());
        });
        Ok(())
    }

    /// The copies that are growing.
    pub fn futures(&self) -> HashMap<TopicPartition, Log> {
        self.0.futures.read().clone()
    }
}

impl Log {
    /// Whether both are one log, not one after another of the same partition.
    fn is(&self, other: &Log) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Twice as often as the log was cut; an odd number while it is being cut.
    pub(super) fn truncations(&self) -> u64 {
        self.0.truncations.load(Ordering::Acquire)
    }

    /// Puts the files of `copy` in the place of this log's own, which `copy` gets. False if the two do not hold the same
    /// records any more. Who holds both logs' state took the replica's first.
    fn take_over(&self, copy: &Log, truncations: u64) -> Result<bool, LogError> {
        let mut own = self.0.state.lock();
        let mut new = copy.0.state.lock_beside(&own);
        self.0.check_usable()?;
        copy.0.check_usable()?;
        if self.truncations() != truncations || self.log_end() != copy.log_end() {
            return Ok(false);
        }
        let (own_dir, new_dir) = (self.0.dir.load_full(), copy.0.dir.load_full());
        let epochs = new_dir.file(LEADER_EPOCH_CHECKPOINT);
        atomic_file::replace(&epochs, own.epochs.to_text().as_bytes(), Sync::Now)?;
        new_dir.rename(&new_dir.path().with_file_name(self.partition().to_string()))?;
        self.0.dir.store(new_dir);
        copy.0.dir.store(own_dir);
        let (own, new) = (&mut *own, &mut *new);
        std::mem::swap(&mut own.segments, &mut new.segments);
        std::mem::swap(&mut own.recovery_point, &mut new.recovery_point);
        std::mem::swap(&mut own.flush_due, &mut new.flush_due);
        self.0.segments_changed(own);
        self.0.assert_in_order(own);
        // What it has now goes; its offsets are not those of these segments.
        copy.0.view.become_unusable(Condition::Deleted);
        copy.0.segments_changed(new);
        own.producers.snapshot_offset = new.producers.snapshot_offset;
        // A flush that is under way is about the other files.
        self.0.truncations.fetch_add(2, Ordering::AcqRel);
        (own.names_dirty, own.dir_name_dirty) = (true, true);
        (own.epochs_on_disk, own.epochs_unsaved) = (None, false);
        Ok(true)
    }
}

/// The whole batches of what was read, in memory.
fn whole_batches(records: &Records) -> Result<Records, LogError> {
    let regions: Vec<&FileRegion> = match records {
        Records::File(region) => vec![region],
        Records::Pieces(pieces) => {
            pieces.iter().filter_map(|p| if let Segment::File(f) = p { Some(f) } else { None }).collect()
        }
        Records::Bytes(_) => return Ok(records.clone()),
    };
    let mut bytes = BytesMut::zeroed(records.len());
    let mut at = 0;
    for region in regions {
        let place = bytes.get_mut(at..at + region.len).unwrap_or_default();
        files::read_exact_at(&region.file, place, region.offset)
            .map_err(LogError::io("read", Path::new("a segment")))?;
        at += region.len;
    }
    assert_eq!(at, records.len(), "all that was read lies in files");
    let bytes = bytes.freeze();
    let mut batches = rkafka_protocol::record::Batches::new(bytes.clone());
    let bad = |e: &dyn std::fmt::Display| LogError::corrupt(Path::new("a segment"), e.to_string());
    batches.by_ref().try_for_each(|batch| batch.map(drop)).map_err(|e| bad(&e))?;
    Ok(Records::Bytes(bytes.slice(..batches.position())))
}
