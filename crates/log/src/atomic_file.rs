//! Replacing a small file so that a crash leaves either the old or the new one.

use super::{error::LogError, fsync, open_files::briefly};
use rkafka_runtime::files;
use std::{
    io,
    path::{Path, PathBuf},
};

/// The largest file that is read whole; checkpoints of a million partitions fit.
const MAX_SMALL_FILE: u64 = 256 << 20;

/// Whether a write waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sync {
    /// The file and its name are on disk when the write returns.
    Now,
    /// The caller sees to it later. After a power failure the file may be old or empty, never half.
    Later,
}

/// Writes `bytes` to `path.tmp` and renames it to `path`.
pub(super) fn replace(path: &Path, bytes: &[u8], sync: Sync) -> Result<(), LogError> {
    let mut name = path.as_os_str().to_os_string();
    name.push(".tmp");
    let tmp = PathBuf::from(name);
    let write = || {
        let file = briefly(|| files::create(&tmp))?;
        files::write_all(&file, bytes)?;
        if sync == Sync::Now { fsync::sync_file(&file) } else { Ok(()) }
    };
    write().map_err(LogError::io("write", &tmp))?;
    debug_assert!(files::read(&tmp).map_or(true, |read| read == bytes), "{} is not what was written", tmp.display());
    files::rename(&tmp, path).map_err(LogError::io("replace", path))?;
    match path.parent() {
        Some(dir) if sync == Sync::Now => sync_dir(dir),
        _ => Ok(()),
    }
}

/// Waits until the names in a directory are on disk.
pub(super) fn sync_dir(dir: &Path) -> Result<(), LogError> {
    fsync::sync_dir(dir).map_err(LogError::io("sync", dir))
}

/// The text of a small file; `None` if it does not exist. Bytes that are no text become U+FFFD, which no such file has.
pub(super) fn read_text(path: &Path) -> Result<Option<String>, LogError> {
    let size = match files::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(LogError::io("look at", path))?.len(),
    };
    if size > MAX_SMALL_FILE {
        return Err(LogError::corrupt(path, format!("{size} bytes are too many for this file")));
    }
    match briefly(|| files::read(path)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(LogError::io("read", path)(e)),
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
    }
}
