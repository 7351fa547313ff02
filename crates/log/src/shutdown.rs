//! What is written about all logs of a dir: the checkpoints, from time to time; and at the end, that everything is on
//! disk.

use super::{
    atomic_file::{self, Sync},
    checkpoint,
    error::LogError,
    log_dirs::{LogDir, LogDirs},
    open_files,
    partition_log::Log,
};
use rkafka_base::{Offset, TimestampMs, TopicPartition};
use rkafka_runtime::files;
use std::{path::Path, sync::atomic::Ordering};

/// The file that says that the logs of a dir need no check.
pub const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
const CLEAN_SHUTDOWN_TEXT: &str = "{\"version\":0,\"brokerEpoch\":-1}";
/// From how many changed logs on one sync of the whole file system, where there is such a thing, is cheaper than one for
/// each file.
const SYNC_ALL_FROM: usize = 16;
/// How many partitions without a log are remembered. With more of them the checkpoints are searched for every new one.
const MAX_GONE: usize = 100_000;

impl LogDirs {
    /// Writes the recovery points and log starts of all dirs (every `log.flush.offset.checkpoint.interval.ms` and
    /// `log.flush.start.offset.checkpoint.interval.ms`). Blocks. Returns partitions lost to a failing disk.
    pub fn checkpoint_recovery_points(&self) -> Vec<TopicPartition> {
        self.each_dir(|dir, logs| {
            write(dir, checkpoint::RECOVERY_POINT, logs, |log| Some(log.recovery_point_to_checkpoint()))?;
            write(dir, checkpoint::LOG_START, logs, Log::log_start_to_keep)
        })
    }

    /// Writes the recovery points of the log dir at `path`, because one of them goes back. Blocks.
    pub(super) fn checkpoint_recovery_points_of(&self, path: &Path) -> Result<(), LogError> {
        let Some(dir) = self.0.dirs.iter().find(|d| d.path == path && d.is_online()) else { return Ok(()) };
        let logs: Vec<Log> = self.all().into_iter().filter(|log| log.log_dir() == dir.path).collect();
        write(dir, checkpoint::RECOVERY_POINT, &logs, |log| Some(log.recovery_point_to_checkpoint()))
    }

    /// Writes the log starts of the log dir at `path`, because segments below them are about to go. Blocks.
    pub(super) fn checkpoint_log_starts_of(&self, path: &Path) -> Result<(), LogError> {
        let Some(dir) = self.0.dirs.iter().find(|d| d.path == path && d.is_online()) else { return Ok(()) };
        let logs: Vec<Log> = self.all().into_iter().filter(|log| log.log_dir() == dir.path).collect();
        write(dir, checkpoint::LOG_START, &logs, Log::log_start_to_keep)
    }

    /// Writes the high watermarks of all dirs (every `replica.high.watermark.checkpoint.interval.ms`). Blocks. Returns
    /// partitions lost to a failing disk.
    pub fn checkpoint_high_watermarks(&self) -> Vec<TopicPartition> {
        self.each_dir(|dir, logs| write(dir, checkpoint::HIGH_WATERMARK, logs, |log| Some(log.high_watermark())))
    }

    /// Closes all logs, puts everything on disk, and says so in each dir. Blocks. The logs cannot be used any more,
    /// and the dirs' locks are given back. Dirs that were not loaded are left as they are.
    pub fn shutdown(&self, now: TimestampMs) {
        let _changing = self.0.changing.lock();
        let is_in_doubt = self.0.is_in_doubt.load(Ordering::Acquire);
        self.each_dir(|dir, logs| {
            if !dir.is_loaded.load(Ordering::Acquire) {
                return Ok(());
            }
            let vouched_for = !is_in_doubt || dir.was_closed.load(Ordering::Acquire);
            open_files::again(|| close_dir(dir, logs, vouched_for, now))
        });
        self.0.dirs.iter().for_each(|dir| drop(dir.lock.lock().take()));
    }

    /// Does something with each online dir and its logs; a failing disk takes the dir offline.
    fn each_dir(&self, act: impl Fn(&LogDir, &[Log]) -> Result<(), LogError>) -> Vec<TopicPartition> {
        let logs = self.all();
        let mut lost = Vec::new();
        for dir in self.meant() {
            let here: Vec<Log> = logs.iter().filter(|log| log.log_dir() == dir.path).cloned().collect();
            if let Err(error) = act(dir, &here) {
                lost.extend(self.blame(&dir.path, &error));
            }
        }
        lost
    }
}

impl LogDir {
    /// A partition has no log here any more.
    pub(super) fn has_lost(&self, partition: &TopicPartition) {
        let mut gone = self.gone.lock();
        if gone.as_ref().is_some_and(|gone| gone.len() >= MAX_GONE) {
            *gone = None;
        }
        if let Some(gone) = &mut *gone {
            gone.insert(partition.clone());
        }
    }

    /// Takes a partition that is about to be made out of the checkpoints: what they say is about an earlier replica of
    /// this name. Blocks.
    pub(super) fn forget(&self, partition: &TopicPartition) -> Result<(), LogError> {
        if self.gone.lock().as_ref().is_some_and(|gone| !gone.contains(partition)) {
            return Ok(());
        }
        let mut written = self.written.lock();
        let line = format!("\n{} {} ", partition.topic, partition.partition);
        for name in checkpoint::ALL {
            let text = match written.get(name) {
                Some(text) => text,
                None => {
                    let text = atomic_file::read_text(&self.path.join(name))?.unwrap_or_default();
                    written.entry(name).or_insert(text)
                }
            };
            // A damaged one counts as empty for everybody.
            if let Some(Ok(mut offsets)) = text.contains(&line).then(|| checkpoint::parse(text)) {
                offsets.remove(partition);
                let mut left: Vec<_> = offsets.iter().map(|(partition, offset)| (partition, *offset)).collect();
                left.sort_unstable();
                let text = checkpoint::to_text(left.into_iter());
                atomic_file::replace(&self.path.join(name), text.as_bytes(), Sync::Now)?;
                written.insert(name, text);
            }
        }
        if let Some(gone) = &mut *self.gone.lock() {
            gone.remove(partition);
        }
        Ok(())
    }
}

/// Closes the logs of a dir and writes the checkpoints; says that nothing is missing if all logs could be closed and the
/// dir is `vouched_for`. May be done again if it fails.
fn close_dir(dir: &LogDir, logs: &[Log], vouched_for: bool, now: TimestampMs) -> Result<(), LogError> {
    close_all(dir, logs, now)?;
    write(dir, checkpoint::RECOVERY_POINT, logs, |log| Some(log.recovery_point_to_checkpoint()))?;
    write(dir, checkpoint::LOG_START, logs, Log::log_start_to_keep)?;
    write(dir, checkpoint::HIGH_WATERMARK, logs, |log| Some(log.high_watermark()))?;
    if !vouched_for || !logs.iter().all(Log::is_closed) {
        log::warn!(target: "kafka.log.LogManager", "The next start checks the logs in {} again", dir.path.display());
        return Ok(());
    }
    atomic_file::replace(&dir.path.join(CLEAN_SHUTDOWN), CLEAN_SHUTDOWN_TEXT.as_bytes(), Sync::Now)
}

/// Closes the logs of a dir. Many changed ones are put on disk by one sync of the file system.
fn close_all(dir: &LogDir, logs: &[Log], now: TimestampMs) -> Result<(), LogError> {
    let dirty = logs.iter().filter(|log| log.is_dirty()).count();
    let sync_all = files::sync_file_system().filter(|_| dirty >= SYNC_ALL_FROM);
    for log in logs {
        match log.close(now, sync_all.is_none()) {
            Err(error) if error.is_storage() || error.is_exhaustion() => return Err(error),
            // Closed already.
            Err(_) | Ok(()) => {}
        }
    }
    if let Some(sync_all) = sync_all {
        let root = open_files::briefly(|| files::open(&dir.path)).map_err(LogError::io("open", &dir.path))?;
        sync_all(&root).map_err(LogError::io("sync the file system of", &dir.path))?;
        logs.iter().for_each(Log::mark_flushed);
    }
    Ok(())
}

/// Writes a checkpoint of the logs of a dir, unless it has not changed. Who comes later writes what is later: the
/// offsets are asked for under the lock.
fn write(
    dir: &LogDir,
    name: &'static str,
    logs: &[Log],
    offset: impl Fn(&Log) -> Option<Offset>,
) -> Result<(), LogError> {
    let mut written = dir.written.lock();
    // One that was deleted since the logs were listed may have a successor, of whom its offsets would not be true.
    let present = logs.iter().filter(|log| !log.is_deleted());
    let mut entries: Vec<_> = present.filter_map(|log| Some((log.partition(), offset(log)?))).collect();
    entries.sort_unstable();
    debug_assert!(entries.is_sorted_by(|one, next| one.0 < next.0), "{name}: each partition once");
    debug_assert!(entries.iter().all(|(_, offset)| offset.0 >= 0), "{name}: {entries:?}");
    let count = entries.len();
    let text = checkpoint::to_text(entries.into_iter());
    debug_assert_eq!(checkpoint::parse(&text).map(|read| read.len()), Ok(count), "{name} is read as it is written");
    if written.get(name) != Some(&text) {
        atomic_file::replace(&dir.path.join(name), text.as_bytes(), Sync::Now)?;
        written.insert(name, text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LoadOptions, LogConfig};
    use std::{fs, sync::Arc};

    const NOW: TimestampMs = TimestampMs(1_795_373_992_000);

    #[test]
    fn a_pass_that_is_late_does_not_speak_for_a_successor() {
        let temp = tempfile::tempdir().unwrap();
        let dirs = LogDirs::open(&[temp.path().to_path_buf()], 1).unwrap();
        let config = Arc::new(LogConfig::default());
        let options = LoadOptions { threads_per_dir: 1, config: &|_| Arc::clone(&config), now: NOW };
        dirs.load(&options).unwrap();
        let (there, gone) = (TopicPartition::new("t", 1), TopicPartition::new("t", 0));
        let make = |partition| dirs.get_or_create(partition, None, Arc::clone(&config), NOW).unwrap();
        let listed = [make(&there), make(&gone)];
        dirs.delete(&gone, [1; 16], NOW).unwrap();
        make(&gone);
        write(&dirs.0.dirs[0], checkpoint::RECOVERY_POINT, &listed, |_| Some(Offset(7))).unwrap();
        let text = fs::read_to_string(temp.path().join(checkpoint::RECOVERY_POINT)).unwrap();
        assert_eq!(text, "0\n1\nt 1 7\n");
    }
}
