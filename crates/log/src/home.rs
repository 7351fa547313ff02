//! What a log shares with the others of its broker.

use super::{
    deletion::Deletions,
    error::LogError,
    log_dirs::{Dirs, LogDirs},
};
use rkafka_base::TopicPartition;
use std::{
    path::Path,
    sync::{Arc, Weak},
};

/// The log dirs that a log belongs to; nobody's for a log that was opened by itself.
#[derive(Clone, Default)]
pub(super) struct Home {
    /// Where removed files go.
    pub deletions: Arc<Deletions>,
    dirs: Weak<Dirs>,
}

impl LogDirs {
    pub(super) fn home(&self) -> Home {
        Home { deletions: Arc::clone(&self.0.deletions), dirs: Arc::downgrade(&self.0) }
    }
}

impl Home {
    /// Writes the recovery points of the log dir at `path`, which hold for a lone log too: nobody has written one.
    pub fn checkpoint_recovery_points(&self, path: &Path) -> Result<(), LogError> {
        self.dirs.upgrade().map_or(Ok(()), |dirs| LogDirs(dirs).checkpoint_recovery_points_of(path))
    }

    /// Writes the log starts of the log dir at `path`.
    pub fn checkpoint_log_starts(&self, path: &Path) -> Result<(), LogError> {
        self.dirs.upgrade().map_or(Ok(()), |dirs| LogDirs(dirs).checkpoint_log_starts_of(path))
    }

    /// A log waits for its fsync.
    pub fn flush_due(&self, log: &TopicPartition) {
        if let Some(dirs) = self.dirs.upgrade() {
            LogDirs(dirs).flush_due(log);
        }
    }
}
