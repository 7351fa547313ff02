//! The bytes in the data folders.

use std::path::Path;

use crate::storage::FORMAT_FOLDER;
use rkafka_config::ZooKeeperConfig;
use rkafka_runtime::files;

/// The sizes of the folders of snapshots and of logs.
pub fn sizes(config: &ZooKeeperConfig) -> (u64, u64) {
    (size(&config.data_dir.join(FORMAT_FOLDER)), size(&config.data_log_dir.join(FORMAT_FOLDER)))
}

/// The folders are flat. What cannot be read counts as empty.
fn size(folder: &Path) -> u64 {
    let entries = files::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}
