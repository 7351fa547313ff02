//! Where a running `rkafka dev` leaves word of itself, so that the other tools of the same user find it.
//!
//! A file for each, `dev-PID` in `$XDG_RUNTIME_DIR/rkafka` or, without that variable, in a folder of the temporary folder that
//! only this user may enter. Its process holds a lock on it: a file without a lock is what a killed one left, and goes.

use std::{
    env,
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

const BOOTSTRAP: &str = "BOOTSTRAP_SERVERS=";
const ZOOKEEPER: &str = "ZOOKEEPER_CONNECT=";
const PREFIX: &str = "dev-";
/// A longer file is none of ours.
const MAX_BYTES: u64 = 64 * 1024;
/// More are not looked at.
const MAX_FILES: usize = 1000;

/// A `rkafka dev` that runs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// `host:port,host:port`.
    pub bootstrap_servers: String,
    pub zookeeper_connect: String,
}

/// Word of this process; it is taken back when this is dropped.
pub struct Word {
    path: PathBuf,
    /// Its lock says that the process lives.
    _file: File,
}

impl Drop for Word {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        // It stays if another one left word there, too.
        let _ = self.path.parent().map(fs::remove_dir);
    }
}

/// Leaves word of this process.
pub fn leave_word(running: &Running) -> io::Result<Word> {
    leave_word_in(&folder(true)?, running)
}

/// The one that runs; `None` if there is none, or more than one, as it is not clear then which is meant.
pub fn only_one() -> Option<Running> {
    only_one_in(&folder(false).ok()?)
}

fn leave_word_in(folder: &Path, running: &Running) -> io::Result<Word> {
    let id = std::process::id();
    let (path, unfinished) = (folder.join(format!("{PREFIX}{id}")), folder.join(format!("new-{id}")));
    // Whoever found it before it is locked would take it for what a killed one left, and remove it.
    let mut file = File::create(&unfinished)?;
    file.lock()?;
    write!(file, "{BOOTSTRAP}{}\n{ZOOKEEPER}{}\n", running.bootstrap_servers, running.zookeeper_connect)?;
    fs::rename(&unfinished, &path)?;
    Ok(Word { path, _file: file })
}

fn only_one_in(folder: &Path) -> Option<Running> {
    let entries = fs::read_dir(folder).ok()?.flatten().take(MAX_FILES);
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    let mut found: Vec<Running> = ours.filter_map(|entry| read(&entry.path())).collect();
    found.pop().filter(|_| found.is_empty())
}

/// What the file says; `None`, and the file goes, if its process has ended.
fn read(path: &Path) -> Option<Running> {
    let file = File::open(path).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => (),
        Err(TryLockError::Error(_)) => return None,
        Ok(()) => {
            let _ = fs::remove_file(path);
            return None;
        }
    }
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
    Some(Running { bootstrap_servers: value(BOOTSTRAP)?, zookeeper_connect: value(ZOOKEEPER)? })
}

/// The folder; with `create` it is made if it is not there. Another user's is an error: anybody may make folders there.
fn folder(create: bool) -> io::Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let runtime = env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    let path = match runtime {
        Some(runtime) => PathBuf::from(runtime).join("rkafka"),
        None => env::temp_dir().join(format!("rkafka-{user}")),
    };
    if create {
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => (),
        }
    }
    let found = fs::symlink_metadata(&path)?;
    if !found.is_dir() || found.uid() != user || found.mode() & 0o022 != 0 {
        return Err(io::Error::other(format!("{} is not a folder of this user alone", path.display())));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_found_while_it_lives() {
        let folder = tempfile::tempdir().unwrap();
        let running = Running { bootstrap_servers: "localhost:1".into(), zookeeper_connect: "localhost:2".into() };
        assert_eq!(only_one_in(folder.path()), None);
        let word = leave_word_in(folder.path(), &running).unwrap();
        assert_eq!(only_one_in(folder.path()), Some(running));
        drop(word);
        assert!(!folder.path().exists());
    }

    #[test]
    fn what_a_killed_one_left_goes_and_two_are_not_clear() {
        let folder = tempfile::tempdir().unwrap();
        let running = Running { bootstrap_servers: "localhost:1".into(), zookeeper_connect: "localhost:2".into() };
        let stale = folder.path().join("dev-1");
        fs::write(&stale, "BOOTSTRAP_SERVERS=a:1\nZOOKEEPER_CONNECT=a:2\n").unwrap();
        let word = leave_word_in(folder.path(), &running).unwrap();
        assert_eq!(only_one_in(folder.path()), Some(running));
        assert!(!stale.exists());
        let second = File::create(&stale).unwrap();
        second.lock().unwrap();
        fs::write(&stale, "BOOTSTRAP_SERVERS=a:1\nZOOKEEPER_CONNECT=a:2\n").unwrap();
        assert_eq!(only_one_in(folder.path()), None);
        drop((word, second));
    }
}
