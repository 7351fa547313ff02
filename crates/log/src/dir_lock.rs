//! `.lock`: one broker per log dir. The lock is the kernel's record lock, as Java's `FileChannel.tryLock` takes it, so
//! that brokers of both kinds see each other's.

use super::error::LogError;
use rkafka_runtime::{
    files::{self, OpenOptions},
    lock::{Mutex, Rank},
};
use rustix::fs::{FlockOperation, fcntl_lock};
use std::{collections::HashSet, fs::File, os::unix::fs::MetadataExt, path::Path, sync::OnceLock};

const FILE: &str = ".lock";

/// Held as long as the broker uses the dir.
pub(super) struct DirLock {
    _file: File,
    key: (u64, u64),
}

/// The kernel's locks do not keep two brokers in one process apart: the dirs that this one holds, by their lock files'
/// numbers. Taken over the opening of such a file, so that of two who want a dir one sees the other.
fn held() -> &'static Mutex<HashSet<(u64, u64)>> {
    static HELD: OnceLock<Mutex<HashSet<(u64, u64)>>> = OnceLock::new();
    HELD.get_or_init(|| Mutex::new(Rank::HeldDirs, HashSet::new()))
}

impl DirLock {
    pub fn acquire(dir: &Path) -> Result<DirLock, LogError> {
        let path = dir.join(FILE);
        let taken = || {
            LogError::LogDirs(format!(
                "Failed to acquire lock on file .lock in {}. A Kafka instance in another process or thread is using \
                 this directory.",
                dir.display()
            ))
        };
        // Closing any handle of a file drops the kernel's lock, so the own ones are asked first.
        let mut held = held().lock();
        if let Ok(found) = files::metadata(&path)
            && held.contains(&(found.dev(), found.ino()))
        {
            return Err(taken());
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(LogError::io("open", &path))?;
        let found = file.metadata().map_err(LogError::io("look at", &path))?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => return Err(taken()),
            Err(e) => return Err(LogError::io("lock", &path)(e.into())),
        }
        let key = (found.dev(), found.ino());
        held.insert(key);
        Ok(DirLock { _file: file, key })
    }
}

impl Drop for DirLock {
    fn drop(&mut self) {
        held().lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let temp = tempfile::tempdir().unwrap();
        let lock = DirLock::acquire(temp.path()).unwrap();
        let refused = DirLock::acquire(temp.path()).err().unwrap().to_string();
        assert!(refused.contains("Failed to acquire lock on file .lock in "), "{refused}");
        drop(lock);
        DirLock::acquire(temp.path()).unwrap();
    }
}
