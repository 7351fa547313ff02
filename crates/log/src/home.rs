//! What a log shares with the others of its broker.

use super::{
    deletion::Deletions,
    error::LogError,
    log_dirs::{Dirs, LogDir, LogDirs},
};
use rkafka_base::TopicPartition;
use rkafka_runtime::disk_lane::{DiskLane, LaneWidth};
use std::{
    path::Path,
    sync::{Arc, Weak},
};

/// The log dirs that a log belongs to.
#[derive(Clone)]
pub(super) struct Home {
    /// Where removed files go.
    pub deletions: Arc<Deletions>,
    /// The way to the disk of the log dir.
    pub disk: Arc<DiskLane>,
    dirs: Weak<Dirs>,
}

impl LogDirs {
    /// What a log in `dir` shares.
    pub(super) fn home(&self, dir: &LogDir) -> Home {
        let (deletions, disk) = (Arc::clone(&self.0.deletions), Arc::clone(&dir.disk));
        Home { deletions, disk, dirs: Arc::downgrade(&self.0) }
    }
}

impl Home {
    /// That of a log which was opened by itself.
    pub fn of_nobody(path: &Path) -> Home {
        Home { deletions: Arc::default(), disk: DiskLane::new(path, LaneWidth::default()), dirs: Weak::new() }
    }

    /// Writes the recovery points of the log dir at `path`, which hold for a lone log too: nobody has written one.
    pub fn checkpoint_recovery_points(&self, path: &Path) -> Result<(), LogError> {
        self.dirs.upgrade().map_or(Ok(()), |dirs| LogDirs(dirs, None).checkpoint_recovery_points_of(path))
    }

    /// Writes the log starts of the log dir at `path`.
    pub fn checkpoint_log_starts(&self, path: &Path) -> Result<(), LogError> {
        self.dirs.upgrade().map_or(Ok(()), |dirs| LogDirs(dirs, None).checkpoint_log_starts_of(path))
    }

    /// A log waits for its fsync.
    pub fn flush_due(&self, log: &TopicPartition) {
        if let Some(dirs) = self.dirs.upgrade() {
            LogDirs(dirs, None).flush_due(log);
        }
    }
}
