//! [`LogDirs`]: the directories of `log.dirs` and the logs in them. What they are is here; loading, checkpoints and
//! shutdown have their own files.

use super::{
    atomic_file::sync_dir, checkpoint, config::LogConfig, deletion::Deletions, dir_lock::DirLock, error::LogError,
    file_names::delete_dir, load::OpenLog, meta_properties::MetaProperties, partition_log::Log, view::Condition,
};
use rkafka_base::{BrokerId, TimestampMs, TopicPartition, Uuid};
use rkafka_runtime::{
    disk_lane::{Access, DiskLane, LaneWidth},
    files,
    lock::{Mutex, Rank, RwLock},
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// All log dirs of a broker. Cheap to clone; all clones are the same. What is done with all logs may be done with those of
/// one dir alone ([`LogDirs::only`]), so that a dir whose disk hangs holds up no other.
#[derive(Clone)]
pub struct LogDirs(pub(super) Arc<Dirs>, pub(super) Option<Arc<Path>>);

pub(super) struct Dirs {
    pub dirs: Vec<LogDir>,
    /// Held for a look or an entry only; what is done with all logs is done with a copy of the list. Who enters one looks
    /// under the lock whether its dir has failed: a dir that fails is marked first, and then its logs are taken out.
    pub logs: RwLock<HashMap<TopicPartition, Log>>,
    /// Replicas on their way into another log dir.
    pub futures: RwLock<HashMap<TopicPartition, Log>>,
    /// In which dir a log is to be made that does not exist yet.
    pub preferred: Mutex<HashMap<TopicPartition, PathBuf>>,
    /// Moves into a dir that the end of the last run has interrupted.
    pub interrupted: Mutex<HashMap<TopicPartition, PathBuf>>,
    pub deletions: Arc<Deletions>,
    /// Logs that wait for an fsync, each once, and whom to wake for it.
    pub unflushed: Mutex<Vec<TopicPartition>>,
    pub on_flush_due: OnceLock<Box<dyn Fn() + Send + std::marker::Sync>>,
    /// Serialises what changes the set of logs, beginning with its files. Blocks, up to an fsync. A dir that fails does not
    /// wait for it.
    pub changing: Mutex<()>,
    /// Makes the seeds of new logs differ.
    pub next_seed: AtomicU64,
    /// See [`LogDirs::set_in_doubt`].
    pub is_in_doubt: AtomicBool,
}

pub(super) struct LogDir {
    pub path: PathBuf,
    /// The way to its disk.
    pub disk: Arc<DiskLane>,
    /// Keeps other brokers out, until the stop.
    pub lock: Mutex<Option<DirLock>>,
    /// Whom the dir belongs to. Held while the file is written.
    pub meta: Mutex<Option<MetaProperties>>,
    /// Why the dir is not used any more, if so.
    pub offline: Mutex<Option<String>>,
    /// Names in the dir have changed since the last fsync.
    pub names_dirty: AtomicBool,
    /// The dir was found with the mark of a clean stop.
    pub was_closed: AtomicBool,
    /// All of its logs are there. Before that, checkpoints of those that are would forget the others.
    pub is_loaded: AtomicBool,
    /// Partitions that the checkpoints may name although they have no log here any more; `None`: there are too many.
    pub gone: Mutex<Option<HashSet<TopicPartition>>>,
    /// The checkpoints as they were last written, so that an idle broker writes none. Held from before the logs are asked
    /// until the file is on disk: who comes later writes what is later.
    pub written: Mutex<HashMap<&'static str, String>>,
}

/// A log dir as DescribeLogDirs shows it.
#[derive(Clone, Debug)]
pub struct LogDirDescription {
    pub path: PathBuf,
    /// Why the dir is offline, if it is.
    pub offline: Option<String>,
    /// Size of the file system and what is left of it, in bytes; −1 if unknown.
    pub total_bytes: i64,
    pub usable_bytes: i64,
    pub replicas: Vec<Log>,
    /// Replicas that are on their way into this dir, each with the one that they will replace.
    pub futures: Vec<(Log, Option<Log>)>,
}

impl LogDir {
    pub fn is_online(&self) -> bool {
        self.offline.lock().is_none()
    }

    /// Enters a log that was made here into a list that is locked, unless the dir has failed meanwhile: who takes it
    /// offline says so first and then takes its logs out of the list.
    pub fn enter(&self, logs: &mut HashMap<TopicPartition, Log>, log: &Log) -> Result<(), LogError> {
        match &*self.offline.lock() {
            Some(reason) => Err(LogError::LogDirs(format!("{} cannot be used: {reason}", self.path.display()))),
            None => {
                logs.insert(log.partition().clone(), log.clone());
                Ok(())
            }
        }
    }

    pub fn take_offline(&self, reason: &str) {
        let mut offline = self.offline.lock();
        if offline.is_none() {
            log::error!(target: "kafka.log.LogManager", "Stopping serving logs in dir {}: {reason}", self.path.display());
            *offline = Some(reason.to_string());
        }
    }
}

impl LogDirs {
    /// Makes the directories if necessary, locks them, and reads whose they are. `seed` is for the jitter of rolling.
    ///
    /// A dir whose disk fails is left out, as long as another one works. A dir that another broker uses, or whose
    /// meta.properties make no sense, is an error.
    pub fn open(paths: &[PathBuf], seed: u64) -> Result<LogDirs, LogError> {
        LogDirs::open_with(paths, seed, LaneWidth::for_dirs(paths.len(), LaneWidth::default().apart))
    }

    /// The same, with room for so many threads in the way to each dir's disk.
    pub fn open_with(paths: &[PathBuf], seed: u64, width: LaneWidth) -> Result<LogDirs, LogError> {
        let mut dirs: Vec<LogDir> = Vec::with_capacity(paths.len());
        for path in paths {
            let dir = LogDir {
                disk: DiskLane::new(path, width),
                path: std::path::absolute(path).unwrap_or_else(|_| path.clone()),
                lock: Mutex::new(Rank::DirHold, None),
                meta: Mutex::new(Rank::DirOwner, None),
                offline: Mutex::new(Rank::DirFailure, None),
                names_dirty: AtomicBool::new(false),
                was_closed: AtomicBool::new(false),
                is_loaded: AtomicBool::new(false),
                gone: Mutex::new(Rank::DirLostLogs, Some(HashSet::new())),
                written: Mutex::new(Rank::DirCheckpoints, HashMap::new()),
            };
            if let Some(twice) = dirs.iter().find(|d| d.path == dir.path) {
                return Err(LogError::LogDirs(format!("log.dirs names the directory {} twice", twice.path.display())));
            }
            match prepare(&dir) {
                Err(e) if e.is_storage() => dir.take_offline(&e.to_string()),
                other => other?,
            }
            dirs.push(dir);
        }
        if !dirs.iter().any(LogDir::is_online) {
            let first = dirs.first().and_then(|d| d.offline.lock().clone()).unwrap_or_default();
            return Err(LogError::LogDirs(format!("No log directory of log.dirs can be used: {first}")));
        }
        let dirs = Dirs {
            dirs,
            logs: RwLock::new(Rank::Logs, HashMap::new()),
            futures: RwLock::new(Rank::FutureLogs, HashMap::new()),
            preferred: Mutex::new(Rank::PreferredDirs, HashMap::new()),
            interrupted: Mutex::new(Rank::InterruptedMoves, HashMap::new()),
            deletions: Arc::default(),
            unflushed: Mutex::new(Rank::UnflushedLogs, Vec::new()),
            on_flush_due: OnceLock::new(),
            changing: Mutex::new(Rank::LogSet, ()),
            next_seed: AtomicU64::new(seed),
            is_in_doubt: AtomicBool::new(false),
        };
        Ok(LogDirs(Arc::new(dirs), None))
    }

    /// The broker id in the dirs' meta.properties, if any.
    pub fn stored_broker_id(&self) -> Option<BrokerId> {
        self.0.dirs.iter().find_map(|d| d.meta.lock().as_ref().and_then(|m| m.broker_id))
    }

    /// The cluster id in the dirs' meta.properties, if any.
    pub fn stored_cluster_id(&self) -> Option<String> {
        self.0.dirs.iter().find_map(|d| d.meta.lock().as_ref().and_then(|m| m.cluster_id.clone()))
    }

    /// Checks that the dirs belong to this broker of this cluster, and writes so into new ones. Blocks.
    pub fn claim(&self, broker_id: BrokerId, cluster_id: &str, now: TimestampMs) -> Result<(), LogError> {
        for dir in self.0.dirs.iter().filter(|d| d.is_online()) {
            if let Some(meta) = &*dir.meta.lock() {
                meta.check(&dir.path, broker_id, cluster_id)?;
            }
        }
        for dir in self.0.dirs.iter().filter(|d| d.is_online()) {
            let mut stored = dir.meta.lock();
            let directory_id = stored.as_ref().and_then(|m| m.directory_id.clone());
            let wanted =
                MetaProperties { broker_id: Some(broker_id), cluster_id: Some(cluster_id.to_string()), directory_id };
            if stored.as_ref() != Some(&wanted) {
                wanted.write(&dir.path, now)?;
                *stored = Some(wanted);
            }
        }
        Ok(())
    }

    /// Whether every dir was found as a clean stop leaves it, once loaded: then its logs are what they were.
    pub fn were_closed(&self) -> bool {
        self.0.dirs.iter().all(|dir| dir.was_closed.load(Ordering::Acquire))
    }

    /// Whether the rest of the cluster may still count on records that a crash has taken from these logs. As long as it
    /// may, a stop leaves no mark in dirs that had none: the next start must know, too.
    pub fn set_in_doubt(&self, is_in_doubt: bool) {
        self.0.is_in_doubt.store(is_in_doubt, Ordering::Release);
    }

    pub fn get(&self, partition: &TopicPartition) -> Option<Log> {
        self.0.logs.read().get(partition).cloned()
    }

    /// The same log dirs; what is done with all of them is done with this one alone.
    pub fn only(&self, dir: &Path) -> LogDirs {
        LogDirs(Arc::clone(&self.0), Some(dir.into()))
    }

    /// The dirs that something is to be done with.
    pub(super) fn meant(&self) -> impl Iterator<Item = &LogDir> {
        self.0.dirs.iter().filter(|dir| dir.is_online() && self.1.as_ref().is_none_or(|only| **only == *dir.path))
    }

    /// All logs that something is to be done with, in no order.
    pub fn all(&self) -> Vec<Log> {
        let logs: Vec<Log> = self.0.logs.read().values().cloned().collect();
        match self.1.as_ref().and_then(|only| self.0.dirs.iter().find(|dir| **only == *dir.path)) {
            Some(only) => logs.into_iter().filter(|log| Arc::ptr_eq(&log.disk(), &only.disk)).collect(),
            None => logs,
        }
    }

    pub fn online_dirs(&self) -> Vec<PathBuf> {
        self.0.dirs.iter().filter(|d| d.is_online()).map(|d| d.path.clone()).collect()
    }

    /// The dirs that have failed, each with the reason.
    pub fn offline_dirs(&self) -> Vec<(PathBuf, String)> {
        let failed = |d: &LogDir| Some((d.path.clone(), d.offline.lock().clone()?));
        self.0.dirs.iter().filter_map(failed).collect()
    }

    /// Whether a dir of `log.dirs` has failed.
    pub fn has_offline_dir(&self) -> bool {
        self.0.dirs.iter().any(|d| !d.is_online())
    }

    /// Stops using a dir whose disk has failed. Returns the partitions whose logs were in it.
    pub fn take_offline(&self, dir: &Path, reason: &str) -> Vec<TopicPartition> {
        let Some(found) = self.0.dirs.iter().find(|d| d.path == dir) else { return Vec::new() };
        found.take_offline(reason);
        let mut logs = self.0.logs.write();
        let lost: Vec<_> = logs.iter().filter(|(_, log)| log.log_dir() == dir).map(|(p, _)| p.clone()).collect();
        lost.iter().for_each(|partition| drop(logs.remove(partition)));
        self.0.futures.write().retain(|_, log| log.log_dir() != dir);
        lost
    }

    /// What follows from an error that happened in a dir: a failing disk takes the dir offline, and the partitions that
    /// are lost are returned; a want of file descriptors passes, and the next round does what this one could not.
    pub(super) fn blame(&self, dir: &Path, error: &LogError) -> Vec<TopicPartition> {
        if error.is_exhaustion() {
            log::warn!(target: "kafka.log.LogManager", "{error}; it is tried again later");
            return Vec::new();
        }
        self.take_offline(dir, &error.to_string())
    }

    /// The partition's log, made in the dir with the fewest logs if there is none yet.
    pub fn get_or_create(
        &self,
        partition: &TopicPartition,
        topic_id: Option<Uuid>,
        config: Arc<LogConfig>,
        now: TimestampMs,
    ) -> Result<Log, LogError> {
        let _changing = self.0.changing.lock();
        let log = match self.get(partition) {
            Some(log) => log,
            None => self.create(partition, config, now)?,
        };
        topic_id.filter(|id| !id.is_zero()).map_or(Ok(()), |id| log.assign_topic_id(id))?;
        Ok(log)
    }

    fn create(&self, partition: &TopicPartition, config: Arc<LogConfig>, now: TimestampMs) -> Result<Log, LogError> {
        let preferred = self.0.preferred.lock().remove(partition);
        let preferred = preferred.and_then(|path| self.0.dirs.iter().find(|d| d.path == path && d.is_online()));
        let dir = preferred.map_or_else(|| self.emptiest_dir(), Ok)?;
        dir.forget(partition)?;
        let open = OpenLog::anew(dir.path.join(partition.to_string()), partition.clone(), config);
        let seed = self.0.next_seed.fetch_add(1, Ordering::Relaxed);
        let log = Log::open_with(&open, now, seed, self.home(dir))?;
        dir.names_dirty.store(true, Ordering::Release);
        dir.enter(&mut self.0.logs.write(), &log)?;
        log::info!(target: "kafka.log.LogManager", "Created log for partition {partition} in {}", log.dir().display());
        Ok(log)
    }

    /// The way to the disk that a partition's log is on, or will be made on.
    pub fn disk_for(&self, partition: &TopicPartition) -> Result<Arc<DiskLane>, LogError> {
        match self.get(partition) {
            Some(log) => Ok(log.disk()),
            None => Ok(Arc::clone(&self.emptiest_dir()?.disk)),
        }
    }

    /// The dir with the fewest logs; of equals the first. One whose disk hangs only if all do.
    fn emptiest_dir(&self) -> Result<&LogDir, LogError> {
        let online: Vec<&LogDir> = self.0.dirs.iter().filter(|d| d.is_online()).collect();
        if let [only] = online[..] {
            return Ok(only);
        }
        let mut counts = vec![0usize; online.len()];
        for log in self.0.logs.read().values() {
            let disk = log.disk();
            if let Some(at) = online.iter().position(|dir| Arc::ptr_eq(&dir.disk, &disk)) {
                counts[at] += 1;
            }
        }
        let by_count = online.into_iter().zip(counts);
        let fewest = by_count.min_by_key(|(dir, count)| (dir.disk.is_slow(Access::Write), *count)).map(|(dir, _)| dir);
        fewest.ok_or_else(|| LogError::LogDirs("No log directory of log.dirs can be used any more".to_string()))
    }

    /// Takes a partition's log away: its directory gets a name that no partition has, made from the random `id`, and
    /// is removed after `file.delete.delay.ms`. Returns whether there was one.
    pub fn delete(&self, partition: &TopicPartition, id: [u8; 16], now: TimestampMs) -> Result<bool, LogError> {
        let _changing = self.0.changing.lock();
        let Some(log) = self.get(partition) else { return Ok(false) };
        let dir = log.log_dir();
        let renamed = dir.join(delete_dir(partition, id));
        // As long as its directory has its name it is the partition's log: who asks again tries again.
        log.rename_dir(&renamed, Condition::Deleted)?;
        self.0.logs.write().remove(partition);
        let due = now.0.saturating_add(log.config().file_delete_delay_ms);
        self.0.deletions.schedule(renamed.clone(), due);
        if let Some(dir) = self.0.dirs.iter().find(|d| d.path == dir) {
            dir.names_dirty.store(true, Ordering::Release);
            dir.has_lost(partition);
        }
        log::info!(target: "kafka.log.LogManager", "Log for partition {partition} is renamed to {} and is scheduled for \
            deletion", renamed.display());
        Ok(true)
    }

    /// The dirs with their logs and the room that is left.
    pub fn describe(&self) -> Vec<LogDirDescription> {
        let logs = self.all();
        let futures: Vec<Log> = self.0.futures.read().values().cloned().collect();
        let describe = |dir: &LogDir| {
            let offline = dir.offline.lock().clone();
            let (total_bytes, usable_bytes) = if offline.is_none() { room(&dir.path) } else { (-1, -1) };
            let replicas = logs.iter().filter(|log| log.log_dir() == dir.path).cloned().collect();
            let futures = futures.iter().filter(|log| log.log_dir() == dir.path);
            let futures = futures.map(|log| (log.clone(), self.get(log.partition()))).collect();
            LogDirDescription { path: dir.path.clone(), offline, total_bytes, usable_bytes, replicas, futures }
        };
        self.0.dirs.iter().map(describe).collect()
    }

    /// What must be done every second or so: fsync of rolled segments and new names, removal of what is due. Blocks.
    /// An error takes the dir offline; the partitions that are lost are returned.
    pub fn housekeep(&self, now: TimestampMs) -> Vec<TopicPartition> {
        let mut lost = Vec::new();
        for dir in self.meant().filter(|d| d.names_dirty.swap(false, Ordering::AcqRel)) {
            let here: Vec<Log> = self.all().into_iter().filter(|log| log.log_dir() == dir.path).collect();
            match sync_dir(&dir.path) {
                Ok(()) => here.iter().for_each(Log::dir_name_synced),
                Err(error) => {
                    dir.names_dirty.store(true, Ordering::Release);
                    lost.extend(self.blame(&dir.path, &error));
                }
            }
        }
        lost.extend(self.each_log(self.all().into_iter().filter(Log::needs_flush).collect(), |log| log.flush(now)));
        self.0.deletions.run(now.0, self.1.as_deref());
        lost
    }

    /// Has `wake` called whenever a log should be fsynced soon, because a segment was rolled or its records depend on this
    /// replica alone: [`Self::flush_due_logs`] is to be called then, beside the appends.
    pub fn on_flush_due(&self, wake: impl Fn() + Send + std::marker::Sync + 'static) {
        self.0.on_flush_due.set(Box::new(wake)).ok();
    }

    pub(super) fn flush_due(&self, partition: &TopicPartition) {
        if let Some(wake) = self.0.on_flush_due.get() {
            self.0.unflushed.lock().push(partition.clone());
            wake();
        }
    }

    /// Fsyncs the logs that wait for it. Blocks. An error takes the dir offline; the partitions that are lost are returned.
    pub fn flush_due_logs(&self, now: TimestampMs) -> Vec<TopicPartition> {
        let due = std::mem::take(&mut *self.0.unflushed.lock());
        let (mut logs, mut others) = (Vec::new(), Vec::new());
        for partition in due {
            match self.get(&partition) {
                Some(log) if self.1.as_ref().is_none_or(|only| **only == *log.log_dir()) => logs.push(log),
                // Its own dir's turn comes.
                Some(_) => others.push(partition),
                None => {}
            }
        }
        if !others.is_empty() {
            self.0.unflushed.lock().extend(others);
        }
        logs.retain(Log::needs_flush);
        self.each_log(logs, |log| log.flush(now))
    }

    /// Applies retention and producer expiry to all logs (every `log.retention.check.interval.ms`): first the log starts
    /// move, then they are checkpointed, then what lies below them goes. Blocks. An error takes the dir offline; the
    /// partitions that are lost are returned.
    pub fn apply_retention(&self, now: TimestampMs) -> Vec<TopicPartition> {
        let mut shorter = Vec::new();
        let mut lost = self.each_log(self.all(), |log| {
            log.expire_producers(now);
            if log.apply_retention(now)? {
                shorter.push(log.clone());
            }
            Ok(())
        });
        for dir in shorter.iter().map(Log::log_dir).collect::<BTreeSet<_>>() {
            if let Err(error) = self.checkpoint_log_starts_of(&dir) {
                lost.extend(self.blame(&dir, &error));
                // Nothing goes before its log start is on disk; the next pass finds it again.
                shorter.retain(|log| log.log_dir() != dir);
            }
        }
        lost.extend(self.each_log(shorter, |log| log.remove_below_log_start(now).map(drop)));
        lost
    }

    /// Does something with each log; a failing disk takes its dir offline. Gives the partitions that are lost so.
    fn each_log(&self, logs: Vec<Log>, mut act: impl FnMut(&Log) -> Result<(), LogError>) -> Vec<TopicPartition> {
        let mut lost = Vec::new();
        for log in logs {
            match act(&log) {
                Err(error) if error.is_storage() || error.is_exhaustion() => {
                    lost.extend(self.blame(&log.log_dir(), &error));
                }
                // Deleted meanwhile.
                Err(_) | Ok(()) => {}
            }
        }
        lost
    }
}

/// Makes a dir, locks it and reads its meta.properties.
fn prepare(dir: &LogDir) -> Result<(), LogError> {
    if !dir.path.is_dir() {
        log::info!(target: "kafka.log.LogManager", "Log directory {} not found, creating it.", dir.path.display());
        files::create_dir_all(&dir.path).map_err(LogError::io("create the log directory", &dir.path))?;
        dir.path.parent().map_or(Ok(()), sync_dir)?;
    }
    *dir.lock.lock() = Some(DirLock::acquire(&dir.path)?);
    *dir.meta.lock() = MetaProperties::read(&dir.path)?;
    // Kafka's log dirs have these from the first moment; empty, they hold nothing.
    [checkpoint::RECOVERY_POINT, checkpoint::LOG_START, checkpoint::HIGH_WATERMARK].iter().try_for_each(|name| {
        let path = dir.path.join(name);
        let file = files::OpenOptions::new().create(true).append(true).open(&path);
        file.map(drop).map_err(LogError::io("create", &path))
    })
}

/// Size and free bytes of the file system that holds `path`; −1 if unknown.
fn room(path: &Path) -> (i64, i64) {
    let bytes = |blocks: u64, size: u64| i64::try_from(blocks.saturating_mul(size)).unwrap_or(i64::MAX);
    rustix::fs::statvfs(path).map_or((-1, -1), |s| (bytes(s.f_blocks, s.f_frsize), bytes(s.f_bavail, s.f_frsize)))
}
