//! What a server knows when it starts: the newest snapshot that can be read, and the log after it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::database::Database;
use super::txn_log::{LogReader, Next, files_after, files_by_zxid};
use super::{log_entry, quota, snapshot};
use rkafka_runtime::files::{self, OpenOptions};

const TARGET: &str = "org.apache.zookeeper.server.persistence.FileTxnSnapLog";

/// The outcome of a start.
#[derive(Debug)]
pub struct Recovered {
    pub database: Database,
    /// There was nothing: the first snapshot is still to be written.
    pub is_new: bool,
    /// Transactions replayed from the log.
    pub replayed: u64,
}

/// Loads what `snapshots` and `logs` (the `version-2` folders) hold. A torn end of the newest log file is cut off and
/// reported; a damaged entry with whole ones behind it is an error, because acknowledged transactions would be lost.
pub fn load(snapshots: &Path, logs: &Path, trust_empty: bool) -> Result<Recovered> {
    let found = load_snapshot(snapshots)?;
    let is_new = found.is_none();
    let mut database = found.unwrap_or_default();
    quota::set_up(&mut database);
    let replayed = replay(logs, &mut database)?;
    if is_new && replayed > 0 && !trust_empty {
        bail!(
            "No snapshot found, but there are log entries in {}. Something is broken! Restore a snapshot into {}, or \
             set snapshot.trust.empty=true to rebuild from the log alone",
            logs.display(),
            snapshots.display()
        );
    }
    Ok(Recovered { database, is_new, replayed })
}

/// The newest snapshot that can be read; unreadable ones are reported and passed over.
fn load_snapshot(directory: &Path) -> Result<Option<Database>> {
    let files = files_by_zxid(directory, "snapshot").with_context(|| format!("cannot read {}", directory.display()))?;
    let count = files.len();
    for (zxid, path) in files.into_iter().rev() {
        log::info!(target: "org.apache.zookeeper.server.persistence.FileSnap", "Reading snapshot {}", path.display());
        match snapshot::load(&path, zxid) {
            Ok(database) => return Ok(Some(database)),
            Err(error) => log::warn!(target: TARGET, "Skipping snapshot {}: {error:#}", path.display()),
        }
    }
    if count > 0 {
        bail!("none of the {count} snapshots in {} can be read; see the warnings above", directory.display());
    }
    Ok(None)
}

/// Applies the log to `database`; returns how many transactions.
fn replay(directory: &Path, database: &mut Database) -> Result<u64> {
    let files =
        files_after(directory, database.last_zxid).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut replayed = 0;
    let newest = files.last().map(|(zxid, _)| *zxid);
    for (zxid, path) in files {
        let log = LogFile { is_newest: Some(zxid) == newest, path };
        replayed += log.replay(database).with_context(|| format!("transaction log {}", log.path.display()))?;
    }
    Ok(replayed)
}

struct LogFile {
    path: PathBuf,
    is_newest: bool,
}

impl LogFile {
    fn replay(&self, database: &mut Database) -> Result<u64> {
        let Some(mut reader) = LogReader::open(&self.path)? else {
            log::warn!(target: TARGET, "{} holds nothing: the server stopped while creating it", self.path.display());
            return Ok(0);
        };
        let (mut replayed, mut ignored) = (0, Vec::new());
        loop {
            let position = reader.position();
            match reader.next()? {
                Next::Entry(bytes) => {
                    let (header, txn, _) =
                        log_entry::decode(&bytes).with_context(|| format!("the entry at byte {position}"))?;
                    if header.zxid > snapshot::MAX_ZXID {
                        bail!(
                            "the entry at byte {position} has the zxid 0x{:x}, which nothing can follow",
                            header.zxid
                        );
                    }
                    if header.zxid > database.last_zxid {
                        database.apply(&header, &txn, &mut ignored);
                        ignored.clear();
                        replayed += 1;
                    }
                }
                Next::End => {
                    self.settle()?;
                    return Ok(replayed);
                }
                Next::Torn(why) => {
                    self.end_at(position, &why, database.last_zxid)?;
                    return Ok(replayed);
                }
                Next::PartlyWritten(why) if self.is_newest => {
                    self.end_at(position, &why, database.last_zxid)?;
                    return Ok(replayed);
                }
                Next::PartlyWritten(why) | Next::Damaged(why) => bail!(
                    "the entry at byte {position} is damaged ({why}) and whole entries follow it; the last good \
                     transaction is 0x{:x}. Restore the file from a copy, or move it away together with later files \
                     to start without what it held",
                    database.last_zxid
                ),
            }
        }
    }

    /// Makes sure that what was found is on disk before anybody learns of it: the server may have ended between a write
    /// and its fsync, and nothing is written to this file any more.
    fn settle(&self) -> Result<()> {
        if self.is_newest {
            files::sync_all(&OpenOptions::new().write(true).open(&self.path)?)?;
        }
        Ok(())
    }

    /// Cuts a torn end off, so that every reader sees a clean file.
    fn end_at(&self, position: u64, why: &str, last_zxid: i64) -> Result<()> {
        let path = self.path.display();
        if !self.is_newest {
            log::warn!(target: TARGET, "{path} ends at byte {position} with a torn entry ({why}); going on with the next file");
            return Ok(());
        }
        log::warn!(
            target: TARGET,
            "{path} has a torn entry at byte {position} ({why}); cutting it off: it was never acknowledged. The last \
             transaction is 0x{last_zxid:x}"
        );
        let file = OpenOptions::new().write(true).open(&self.path)?;
        files::set_len(&file, position)?;
        files::sync_all(&file)?;
        Ok(())
    }
}
