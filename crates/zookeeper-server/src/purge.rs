//! autopurge: deletes old snapshots, and the log files that no kept snapshot needs.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::shared::Shared;
use super::storage::FORMAT_FOLDER;
use super::txn_log::files_by_zxid;
use rkafka_runtime::{files, tasks::watched};

const TARGET: &str = "org.apache.zookeeper.server.DatadirCleanupManager";

/// Cleans up at the start and then at every interval.
pub async fn run(shared: Arc<Shared>) -> Infallible {
    let config = &shared.config;
    let every = Duration::from_secs(config.purge_interval_hours * 3600);
    loop {
        let (snapshots, logs) = (config.data_dir.join(FORMAT_FOLDER), config.data_log_dir.join(FORMAT_FOLDER));
        let retain = config.snapshots_to_retain;
        let purged = watched::spawn_blocking("a purge", move || purge(&snapshots, &logs, retain)).await;
        match purged {
            Ok(Ok(files)) => files.iter().for_each(|file| log::info!(target: TARGET, "Removed {}", file.display())),
            Ok(Err(error)) => log::error!(target: TARGET, "Error occurred while purging: {error}"),
            // A panic has been told; the next pass starts afresh.
            Err(_) => {}
        }
        tokio::time::sleep(every).await;
    }
}

/// Keeps the newest `retain` snapshots and every log file that reaches beyond the oldest of them.
fn purge(snapshots: &Path, logs: &Path, retain: usize) -> io::Result<Vec<PathBuf>> {
    let snapshots = files_by_zxid(snapshots, "snapshot")?;
    let Some(surplus) = snapshots.len().checked_sub(retain).filter(|surplus| *surplus > 0) else {
        return Ok(Vec::new());
    };
    let oldest_kept = snapshots.get(surplus).map_or(0, |(zxid, _)| *zxid);
    let logs = files_by_zxid(logs, "log")?;
    // The last log file that begins at or before the oldest kept snapshot may hold what follows it.
    let first_kept = logs.iter().rposition(|(zxid, _)| *zxid <= oldest_kept).unwrap_or(0);
    let doomed = snapshots.into_iter().take(surplus).chain(logs.into_iter().take(first_kept));
    doomed.map(|(_, path)| files::remove_file(&path).map(|()| path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_the_kept_snapshots_need_stays() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["snapshot.0", "snapshot.10", "snapshot.20", "snapshot.30", "log.1", "log.9", "log.11", "log.21", "myid"]
        {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        purge(folder.path(), folder.path(), 3).unwrap();
        let mut left: Vec<String> =
            fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["log.11", "log.21", "log.9", "myid", "snapshot.10", "snapshot.20", "snapshot.30"]);
    }
}
