//! Loading all logs of all dirs when a broker starts.

use super::{
    atomic_file::{read_text, sync_dir},
    checkpoint,
    config::LogConfig,
    error::LogError,
    file_names::{PartitionDirName, stray_dir},
    load::OpenLog,
    log_dirs::{LogDir, LogDirs},
    open_files,
    partition_log::Log,
    shutdown::CLEAN_SHUTDOWN,
    view::Condition,
};
use rkafka_base::{Offset, TimestampMs, TopicPartition};
use rkafka_runtime::files;
use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

const TARGET: &str = "kafka.log.LogManager";

/// How loading goes about it.
pub struct LoadOptions<'a> {
    /// `num.recovery.threads.per.data.dir`. After a clean shutdown there is little to do, and all processors are used.
    pub threads_per_dir: usize,
    /// The settings of a topic's logs.
    pub config: &'a (dyn Fn(&str) -> Arc<LogConfig> + Sync),
    pub now: TimestampMs,
}

/// What one dir holds, before its logs are opened.
struct Found {
    clean: bool,
    recovery_points: HashMap<TopicPartition, Offset>,
    log_starts: HashMap<TopicPartition, Offset>,
    high_watermarks: HashMap<TopicPartition, Offset>,
    cleaned_to: HashMap<TopicPartition, Offset>,
    partitions: Vec<(PathBuf, TopicPartition)>,
}

impl LogDirs {
    /// Opens every log that is there. Blocks until all are loaded. A dir that cannot be read goes offline, as long as
    /// another one works. Returns how many logs there are.
    pub fn load(&self, options: &LoadOptions<'_>) -> Result<usize, LogError> {
        thread::scope(|scope| {
            let dirs = self.0.dirs.iter().filter(|d| d.is_online());
            let loads: Vec<_> = dirs.map(|dir| scope.spawn(move || (dir, self.load_dir(dir, options)))).collect();
            loads.into_iter().try_for_each(|load| match load.join() {
                Ok((_, Ok(()))) => Ok(()),
                Ok((dir, Err(e))) if e.is_storage() => {
                    self.take_offline(&dir.path, &e.to_string());
                    Ok(())
                }
                Ok((_, Err(e))) => Err(e),
                Err(_) => Err(LogError::LogDirs("loading a log directory was aborted".to_string())),
            })
        })?;
        if !self.0.dirs.iter().any(LogDir::is_online) {
            let first = self.0.dirs.first().and_then(|d| d.offline.lock().clone()).unwrap_or_default();
            return Err(LogError::LogDirs(format!("No log directory of log.dirs can be used: {first}")));
        }
        self.0.dirs.iter().filter(|d| d.is_online()).for_each(|dir| dir.is_loaded.store(true, Ordering::Release));
        Ok(self.0.logs.read().len())
    }

    fn load_dir(&self, dir: &LogDir, options: &LoadOptions<'_>) -> Result<(), LogError> {
        let found = self.find(dir, options)?;
        let count = found.partitions.len();
        let how = if found.clean {
            "skipping recovery since clean shutdown file was found"
        } else {
            "checking what lies above the recovery points"
        };
        log::info!(target: TARGET, "Loading {count} logs from {}, {how}", dir.path.display());
        let spare = thread::available_parallelism().map_or(1, usize::from);
        let threads = if found.clean { options.threads_per_dir.max(spare) } else { options.threads_per_dir };
        let (next, failed) = (AtomicUsize::new(0), OnceLock::new());
        let work = || {
            while let Some((path, partition)) = found.partitions.get(next.fetch_add(1, Ordering::Relaxed)) {
                let opened = self.open_one((dir, &found), path, partition, options);
                if let Err(error) = opened {
                    // The first failure is the one that is told.
                    let _ = failed.set(error);
                    return;
                }
            }
        };
        let unmarked = thread::scope(|scope| {
            // A power cut must not bring the mark back once something was appended.
            let unmark = found.clean.then(|| scope.spawn(|| sync_dir(&dir.path)));
            (1..threads.clamp(1, count.max(1))).for_each(|_| drop(scope.spawn(work)));
            work();
            let aborted = || Err(LogError::LogDirs("syncing a log directory was aborted".to_string()));
            unmark.map_or(Ok(()), |unmark| unmark.join().unwrap_or_else(|_| aborted()))
        });
        failed.into_inner().map_or(unmarked, Err)
    }

    /// Reads the checkpoints and lists the partitions of a dir. The mark of a clean shutdown is removed at once: if
    /// this start fails, the next one must check everything.
    fn find(&self, dir: &LogDir, options: &LoadOptions<'_>) -> Result<Found, LogError> {
        let marker = dir.path.join(CLEAN_SHUTDOWN);
        // One that cannot be seen would vouch for what is written from now on.
        let clean = match files::metadata(&marker) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => false,
            seen => seen.map(|_| true).map_err(LogError::io("look at", &marker))?,
        };
        dir.was_closed.store(clean, Ordering::Release);
        if clean {
            files::remove_file(&marker).map_err(LogError::io("remove", &marker))?;
        }
        let mut found = Found {
            clean,
            recovery_points: read_checkpoint(&dir.path, checkpoint::RECOVERY_POINT),
            log_starts: read_checkpoint(&dir.path, checkpoint::LOG_START),
            high_watermarks: read_checkpoint(&dir.path, checkpoint::HIGH_WATERMARK),
            cleaned_to: read_checkpoint(&dir.path, checkpoint::CLEANER_OFFSET),
            partitions: Vec::new(),
        };
        for entry in open_files::briefly(|| files::read_dir(&dir.path)).map_err(LogError::io("list", &dir.path))? {
            let entry = entry.map_err(LogError::io("list", &dir.path))?;
            let path = entry.path();
            if !entry.file_type().map_err(LogError::io("look at", &path))?.is_dir() {
                continue;
            }
            let name = entry.file_name();
            match name.to_str().and_then(PartitionDirName::parse) {
                Some(PartitionDirName::Current(partition)) => found.partitions.push((path, partition)),
                Some(PartitionDirName::Delete(partition)) => {
                    let delay = (options.config)(&partition.topic).file_delete_delay_ms;
                    self.0.deletions.schedule(path, options.now.0.saturating_add(delay));
                }
                Some(PartitionDirName::Future(partition)) => {
                    // The move begins anew, as soon as the replica is opened.
                    log::info!(target: TARGET, "{} is what a move to another log directory left behind; the move begins anew", path.display());
                    self.0.deletions.schedule(path, options.now.0);
                    self.0.interrupted.lock().insert(partition, dir.path.clone());
                }
                Some(PartitionDirName::Stray(_)) => {
                    log::warn!(target: TARGET, "{} belongs to no partition of this broker and is left alone", path.display());
                }
                None => {
                    return Err(LogError::LogDirs(format!(
                        "Found directory {}, '{}' is not in the form of topic-partition or \
                         topic-partition.uniqueId-delete (if marked for deletion). Kafka's log directories (and \
                         children) should only contain Kafka topic data: move it elsewhere.",
                        path.display(),
                        name.to_string_lossy()
                    )));
                }
            }
        }
        let there: HashSet<&TopicPartition> = found.partitions.iter().map(|(_, partition)| partition).collect();
        let named = [&found.recovery_points, &found.log_starts, &found.high_watermarks, &found.cleaned_to];
        let gone = named.into_iter().flat_map(HashMap::keys).filter(|partition| !there.contains(partition));
        gone.for_each(|partition| dir.has_lost(partition));
        Ok(found)
    }

    fn open_one(
        &self,
        (home, found): (&LogDir, &Found),
        path: &Path,
        partition: &TopicPartition,
        options: &LoadOptions<'_>,
    ) -> Result<(), LogError> {
        // Whatever a checkpoint says, no log begins before offset 0.
        let at = |offsets: &HashMap<TopicPartition, Offset>| {
            offsets.get(partition).copied().unwrap_or_default().max(Offset(0))
        };
        let open = OpenLog {
            dir: path.to_path_buf(),
            partition: partition.clone(),
            config: (options.config)(&partition.topic),
            recovery_point: at(&found.recovery_points),
            log_start: at(&found.log_starts),
            cleaned_to: at(&found.cleaned_to),
            clean: found.clean,
        };
        let seed = self.0.next_seed.fetch_add(1, Ordering::Relaxed);
        let log = open_files::again(|| Log::open_with(&open, options.now, seed, self.home(home)))?;
        log.let_go_of_files();
        log.raise_high_watermark(at(&found.high_watermarks));
        let mut logs = self.0.logs.write();
        let Some(twice) = logs.insert(partition.clone(), log.clone()) else { return Ok(()) };
        if found.clean || log.topic_id().is_none() || twice.topic_id() != log.topic_id() {
            return Err(LogError::LogDirs(format!(
                "Duplicate log directories found: {}, {}! Remove or rename one of them.",
                twice.dir().display(),
                path.display()
            )));
        }
        let (stays, goes) = if twice.log_end() > log.log_end() { (twice, log) } else { (log, twice) };
        logs.insert(partition.clone(), stays.clone());
        drop(logs);
        self.put_aside(&stays, &goes)
    }

    /// A broker that was killed while a replica changed places with its copy in another log dir has left both, each with
    /// all that was in the replica. The one that has been written to since stays; the other gets a name that nobody uses.
    fn put_aside(&self, stays: &Log, goes: &Log) -> Result<(), LogError> {
        let id = u128::from(self.0.next_seed.fetch_add(1, Ordering::Relaxed)).to_be_bytes();
        let aside = goes.log_dir().join(stray_dir(goes.partition(), id));
        log::warn!(target: TARGET, "{} is in {} and in {}: a move between them was interrupted. The first one stays, the \
            other one becomes {}, which you may delete", stays.partition(), stays.dir().display(), goes.dir().display(),
            aside.display());
        let dir = self.0.dirs.iter().find(|dir| dir.path == goes.log_dir());
        goes.rename_dir(&aside, Condition::Deleted)?;
        dir.iter().for_each(|dir| {
            dir.names_dirty.store(true, Ordering::Release);
            dir.has_lost(goes.partition());
        });
        Ok(())
    }
}

/// Reads a checkpoint. One that cannot be read is reported and taken as empty: then more is checked than necessary.
fn read_checkpoint(dir: &Path, name: &'static str) -> HashMap<TopicPartition, Offset> {
    let path = dir.join(name);
    let text = read_text(&path).map(Option::unwrap_or_default).map_err(|e| e.to_string());
    text.and_then(|text| checkpoint::parse(&text)).unwrap_or_else(|reason| {
        log::warn!(target: TARGET, "Error while reading the checkpoint {}, which is taken as empty: {reason}", path.display());
        HashMap::new()
    })
}
