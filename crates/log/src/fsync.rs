//! Waiting for the disk: the only calls that do, apart from one sync of the whole file system at a clean stop.

use super::open_files::briefly;
use rkafka_runtime::files;
use std::{fs::File, io, path::Path};

/// Waits until the bytes and the size of a file are on disk.
pub(super) fn sync_file(file: &File) -> io::Result<()> {
    files::sync_data(file)
}

/// Waits until the names in a directory are on disk.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    let dir = briefly(|| files::open(dir))?;
    files::sync_all(&dir)
}
