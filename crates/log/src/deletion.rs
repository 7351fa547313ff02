//! Files and directories that are to be removed in a while: readers may be at them, and removing a large file takes time.

use super::{error::LogError, file_names::DELETED, open_files::briefly};
use rkafka_runtime::{
    descriptors::is_exhausted,
    files,
    lock::{Mutex, Rank},
};
use std::{
    io,
    path::{Path, PathBuf},
};

/// What waits to be removed, from all partitions of a broker. Nothing is removed under the lock.
pub(super) struct Deletions(Mutex<Vec<(i64, PathBuf)>>);

impl Default for Deletions {
    fn default() -> Deletions {
        Deletions(Mutex::new(Rank::Deletions, Vec::new()))
    }
}

impl Deletions {
    /// Has `path` removed once the clock says `due_ms`.
    pub fn schedule(&self, path: PathBuf, due_ms: i64) {
        self.0.lock().push((due_ms, path));
    }

    /// Renames a file to its `.deleted` name and has it removed later. A file that does not exist is gone already.
    pub(crate) fn retire(&self, path: &Path, due_ms: i64) -> Result<(), LogError> {
        let mut name = path.as_os_str().to_os_string();
        name.push(DELETED);
        let deleted = PathBuf::from(name);
        match files::rename(path, &deleted) {
            Ok(()) => self.schedule(deleted, due_ms),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(LogError::io("rename", path)(e)),
        }
        Ok(())
    }

    /// Removes what is due, below `only` if that is given. What cannot be removed is reported and tried again at the next
    /// start.
    pub fn run(&self, now: i64, only: Option<&Path>) {
        let due: Vec<PathBuf> = {
            let mut waiting = self.0.lock();
            let (due, later) = waiting
                .drain(..)
                .partition(|(at, path): &(i64, PathBuf)| *at <= now && only.is_none_or(|only| path.starts_with(only)));
            *waiting = later;
            due.into_iter().map(|(_, path): (i64, PathBuf)| path).collect()
        };
        for path in due {
            // To remove a directory it has to be opened.
            let removed = briefly(|| match files::symlink_metadata(&path)? {
                found if found.is_dir() => files::remove_dir_all(&path),
                _ => files::remove_file(&path),
            });
            match removed {
                Ok(()) => log::info!(target: "kafka.log.LogManager", "Deleted {}.", path.display()),
                // Its directory was renamed or removed as a whole.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) if is_exhausted(&e) => self.schedule(path, now),
                Err(e) => log::error!(target: "kafka.log.LogManager", "Cannot remove {}: {e}", path.display()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn removes_when_due() {
        let temp = tempfile::tempdir().unwrap();
        let (file, dir) = (temp.path().join("f"), temp.path().join("d"));
        fs::write(&file, "x").unwrap();
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("g"), "x").unwrap();
        let deletions = Deletions::default();
        deletions.retire(&file, 10).unwrap();
        deletions.retire(&temp.path().join("missing"), 10).unwrap();
        deletions.schedule(dir.clone(), 20);
        deletions.run(9, None);
        assert!(!file.exists() && temp.path().join("f.deleted").exists());
        deletions.run(10, Some(temp.path()));
        assert!(!temp.path().join("f.deleted").exists() && dir.exists());
        deletions.run(20, None);
        assert!(!dir.exists());
    }
}
