//! What reaches the disk: the log, and from time to time a snapshot after which a new log file begins.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context as _, Result};

use super::core::LogEntry;
use super::database::{Database, FrozenDatabase};
use super::recovery::{self, Recovered};
use super::snapshot::{self, Method};
use super::txn_log::{self, LogWriter};
use rkafka_config::ZooKeeperConfig;
use rkafka_runtime::{files, tasks::watched};

/// ZooKeeper keeps its files one level below dataDir and dataLogDir.
pub const FORMAT_FOLDER: &str = "version-2";

/// The open data folders of a running server. The folder stays locked as long as this lives.
#[derive(Debug)]
pub struct Storage {
    snapshots: PathBuf,
    method: Method,
    /// A new server's first snapshot, until it is written.
    first_snapshot: Option<FrozenDatabase>,
    writer: LogWriter,
    fsync_warning_ms: u64,
    policy: SnapshotPolicy,
    /// Gives back how long it took, in ms, if it succeeded.
    snapshot_thread: Option<JoinHandle<Option<i64>>>,
    _locks: Vec<File>,
}

/// When to take a snapshot: after half to all of the configured numbers, so that servers of an ensemble do not all do
/// it at once.
#[derive(Debug)]
struct SnapshotPolicy {
    count: u64,
    log_bytes: u64,
    entries: u64,
    count_limit: u64,
    bytes_limit: u64,
}

impl SnapshotPolicy {
    fn new(count: u64, log_bytes: u64, entries: u64) -> SnapshotPolicy {
        let mut policy = SnapshotPolicy { count, log_bytes, entries: 0, count_limit: 0, bytes_limit: 0 };
        policy.reset();
        policy.entries = entries;
        policy
    }

    fn reset(&mut self) {
        let half_to_all = |whole: u64| (whole / 2 + fastrand::u64(..=whole / 2)).max(1);
        self.entries = 0;
        self.count_limit = half_to_all(self.count);
        self.bytes_limit = if self.log_bytes == 0 { u64::MAX } else { half_to_all(self.log_bytes) };
    }
}

impl Storage {
    /// Opens (and, if need be, creates) the folders and loads what they hold.
    pub fn open(config: &ZooKeeperConfig) -> Result<(Storage, Recovered)> {
        let snapshots = config.data_dir.join(FORMAT_FOLDER);
        let logs = config.data_log_dir.join(FORMAT_FOLDER);
        let mut locks = vec![create_and_lock("dataDir", &snapshots)?];
        if logs != snapshots {
            locks.push(create_and_lock("dataLogDir", &logs)?);
        }
        remove_drafts(&snapshots)?;
        remove_drafts(&logs)?;
        let recovered = recovery::load(&snapshots, &logs, config.trust_empty_snapshot)?;
        let storage = Storage {
            snapshots,
            method: Method::of_setting(&config.snapshot_compression),
            first_snapshot: recovered.is_new.then(|| Database::default().freeze()),
            writer: LogWriter::new(&logs, config.preallocation, config.force_sync),
            fsync_warning_ms: config.fsync_warning_ms,
            policy: SnapshotPolicy::new(config.snapshot_count, config.snapshot_log_bytes, recovered.replayed),
            snapshot_thread: None,
            _locks: locks,
        };
        Ok((storage, recovered))
    }

    /// Writes the first snapshot of a new server. A log without a snapshot is refused at the next start, so this comes
    /// before the first entry; the start itself does not wait for it.
    pub fn begin(&mut self) -> Result<()> {
        match self.first_snapshot.take() {
            Some(database) => snapshot::write(&self.snapshots, &database, self.method).map(drop),
            None => Ok(()),
        }
    }

    /// Appends the entries and waits until they are on disk.
    pub fn persist(&mut self, entries: &[LogEntry]) -> io::Result<()> {
        let start = Instant::now();
        self.writer.append(entries)?;
        let took_ms = start.elapsed().as_millis();
        if took_ms > u128::from(self.fsync_warning_ms) {
            log::warn!(
                target: "org.apache.zookeeper.server.persistence.FileTxnLog",
                "fsync-ing the write ahead log took {took_ms}ms which will adversely affect operation latency. File \
                 size is {} bytes. See the ZooKeeper troubleshooting guide",
                self.writer.position()
            );
        }
        self.policy.entries += entries.len() as u64;
        Ok(())
    }

    /// Where the log goes.
    pub fn logs(&self) -> &Path {
        self.writer.directory()
    }

    /// How long a snapshot that has ended since the last call took, in ms.
    pub fn finished_snapshot_ms(&mut self) -> Option<i64> {
        let thread = self.snapshot_thread.take_if(|thread| thread.is_finished())?;
        thread.join().ok().flatten()
    }

    /// Whether it is time for a snapshot (and the last one is done).
    pub fn snapshot_is_due(&self) -> bool {
        let is_due = self.policy.entries > self.policy.count_limit || self.writer.position() > self.policy.bytes_limit;
        is_due && self.snapshot_thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Starts a new log file and writes `database`, which holds everything logged so far, on a thread of its own.
    pub fn begin_snapshot(&mut self, database: FrozenDatabase) {
        let last = self.writer.last_zxid();
        assert!(
            database.last_zxid >= last,
            "a snapshot of 0x{:x} lacks 0x{last:x}, which is logged",
            database.last_zxid
        );
        self.policy.reset();
        self.writer.roll();
        let (directory, method) = (self.snapshots.clone(), self.method);
        // A panic has been told when it is joined; the log has everything.
        match watched::spawn_thread("zk-snapshot", move || take_snapshot(&directory, &database, method)) {
            Ok(handle) => self.snapshot_thread = Some(handle),
            Err(error) => log::error!(target: SNAPSHOT_TARGET, "Cannot start the snapshot thread: {error}"),
        }
    }

    /// Writes `database` as the newest snapshot in place of everything logged so far; the next entry begins a new file.
    pub fn replace(&mut self, database: &Database) -> Result<()> {
        if let Some(thread) = self.snapshot_thread.take() {
            let _ended = thread.join();
        }
        snapshot::write(&self.snapshots, &database.freeze(), self.method)?;
        self.policy.reset();
        self.writer.roll();
        Ok(())
    }

    /// Waits for a snapshot in progress.
    pub fn close(mut self) {
        if let Some(thread) = self.snapshot_thread.take() {
            let _ended = thread.join();
        }
    }
}

const SNAPSHOT_TARGET: &str = "org.apache.zookeeper.server.persistence.FileTxnSnapLog";

/// A failure leaves the log, which holds the same transactions.
fn take_snapshot(directory: &Path, database: &FrozenDatabase, method: Method) -> Option<i64> {
    let zxid = database.last_zxid;
    log::info!(target: SNAPSHOT_TARGET, "Snapshotting: 0x{zxid:x} to {}", directory.join(snapshot::name(zxid, method)).display());
    let start = Instant::now();
    match snapshot::write(directory, database, method) {
        Ok(bytes) => {
            let took_ms = start.elapsed().as_millis();
            log::info!(target: SNAPSHOT_TARGET, "Snapshot taken in {took_ms} ms, {bytes} bytes");
            i64::try_from(took_ms).ok()
        }
        Err(error) => {
            log::error!(target: SNAPSHOT_TARGET, "Snapshot 0x{zxid:x} failed, the log goes on: {error:#}");
            None
        }
    }
}

/// A server that was killed while it wrote a snapshot, or began a log file, leaves a part of it.
fn remove_drafts(folder: &Path) -> Result<()> {
    for entry in files::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if snapshot::is_draft(&path) || txn_log::is_draft(&path) {
            match files::remove_file(&path) {
                // Whoever wrote it has just finished, or cleaned up after itself.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.with_context(|| format!("cannot remove {}", path.display()))?,
            }
        }
    }
    Ok(())
}

/// Two servers on the same files would destroy them.
fn create_and_lock(key: &str, folder: &Path) -> Result<File> {
    files::create_dir_all(folder).with_context(|| format!("{key}: cannot create {}", folder.display()))?;
    let handle = files::open(folder).with_context(|| format!("{key}: cannot open {}", folder.display()))?;
    rustix::fs::flock(&handle, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .with_context(|| format!("{key}: {} is in use by another ZooKeeper server", folder.display()))?;
    Ok(handle)
}
