//! What one machine keeps: the files of its replicas, each in a log dir of its own, which the product's log reads and
//! writes; and what the checkers have found in them.
//!
//! The end of a process loses nothing, since the page cache outlives it. The end of a machine (power) loses any part of
//! what was not synced (`power_cut`): pages of files, names in directories.

use super::power_cut::Disk;
use super::world::{TOPIC_ID, tp};
use bytes::Bytes;
use rkafka_base::{BrokerId, LeaderEpoch, Offset, TimestampMs};
use rkafka_log::{LoadOptions, Log, LogConfig, LogDirs, LogError};
use rkafka_protocol::Records;
use rkafka_protocol::record::{BatchBuilder, BatchOptions, Batches};
use rkafka_runtime::disk_lane::LaneWidth;
use rkafka_runtime::faults::{Faults, Installed};
use std::hash::{Hash, Hasher};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// One record; a producer's is a batch by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The epoch of the leader that appended it.
    pub epoch: i32,
    /// Unique in the whole simulation.
    pub value: u64,
}

impl Record {
    pub fn batch(self, base_offset: Offset, now: TimestampMs) -> Records {
        let leader_epoch = LeaderEpoch(self.epoch);
        let mut builder = BatchBuilder::new(BatchOptions { base_offset, leader_epoch, ..BatchOptions::default() });
        builder.append(now, None, Some(&self.value.to_be_bytes()), &[]);
        Records::Bytes(builder.finish().expect("a batch"))
    }
}

/// The records of whole batches.
pub fn records_of(bytes: Bytes) -> Vec<Record> {
    let batches = Batches::new(bytes).map_while(Result::ok);
    let records = |batch: rkafka_protocol::record::Batch| {
        let epoch = batch.header.leader_epoch.0;
        let records = batch.decode().expect("records of the simulation");
        records.iter().map(|r| Record { epoch, value: value_of(r.key.as_ref(), r.value.as_ref()) }).collect::<Vec<_>>()
    };
    batches.flat_map(records).collect()
}

/// What a producer has written; of what the group coordinator has, a number that stands for it.
fn value_of(key: Option<&Bytes>, value: Option<&Bytes>) -> u64 {
    if let (None, Some(Ok(value))) = (key, value.map(|value| value.as_ref().try_into())) {
        return u64::from_be_bytes(value);
    }
    let mut hasher = std::hash::DefaultHasher::new();
    (key, value).hash(&mut hasher);
    hasher.finish()
}

/// What the file holds by now in place of what was read from it; nothing if it has become too short.
pub fn bytes_of(records: &Records) -> Option<Bytes> {
    match records {
        Records::Bytes(bytes) => Some(bytes.clone()),
        Records::File(region) => {
            let mut bytes = vec![0; region.len];
            region.file.read_exact_at(&mut bytes, region.offset).ok()?;
            Some(bytes.into())
        }
        Records::Pieces(_) => unreachable!("a log reads from one file"),
    }
}

/// A replica's log as the checkers have seen it last.
#[derive(Debug, Default)]
pub struct ReplicaLog {
    pub records: Vec<Record>,
    /// To which lengths it was ever cut.
    cuts: Vec<usize>,
    /// The power has failed and the broker has not taken part since.
    pub is_unsure: bool,
    /// The disk has failed in the middle of something, of which the next run may find a part.
    pub has_failed: bool,
}

/// How far somebody has looked at a log, and which cuts that takes into account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    end: usize,
    cuts: usize,
}

impl Seen {
    /// The first offset that is new, or is not what it was.
    pub fn start(&mut self, log: &ReplicaLog) -> usize {
        let least = log.cuts[self.cuts..].iter().copied().min().unwrap_or(usize::MAX);
        self.cuts = log.cuts.len();
        self.end = self.end.min(least);
        self.end
    }

    pub fn set_end(&mut self, end: usize) {
        self.end = end;
    }
}

impl ReplicaLog {
    fn cut(&mut self, end: usize) {
        if end < self.records.len() {
            self.records.truncate(end);
            self.cuts.push(end);
        }
    }

    /// Takes in what a step has cut off or appended.
    pub fn look(&mut self, log: &Log) {
        self.cut(log.log_end().0 as usize);
        let found = read_all(log, self.records.len());
        self.records.extend(found);
    }

    /// Takes in what was found when the log was opened again. Gives how much of what was known is still there.
    pub fn compare(&mut self, log: Option<&Log>) -> usize {
        let found = log.map(|log| read_all(log, 0)).unwrap_or_default();
        let same = self.records.iter().zip(&found).take_while(|(known, found)| known == found).count();
        self.cut(same);
        self.records.extend(&found[same..]);
        same
    }
}

fn read_all(log: &Log, start: usize) -> Vec<Record> {
    let end = log.log_end().0 as usize;
    let mut all = Vec::new();
    while start + all.len() < end {
        let at = Offset((start + all.len()) as i64);
        let data = log.read(at, 1 << 20, true, Offset(i64::MAX)).expect("a log is read");
        let found = records_of(bytes_of(&data.records).expect("nobody cuts meanwhile"));
        assert!(!found.is_empty(), "nothing is read at {at}");
        all.extend(found);
    }
    all
}

/// One thread does everything: the next step waits for what this one does with the disk.
const ALONE: LaneWidth = LaneWidth { workers: 1, apart: 0 };

/// Small segments, so that there are many, and indexes that have something to say.
pub fn log_config() -> Arc<LogConfig> {
    Arc::new(LogConfig {
        segment_bytes: 3_000,
        segment_index_bytes: 400,
        index_interval_bytes: 500,
        retention_ms: -1,
        file_delete_delay_ms: 1_000,
        ..LogConfig::default()
    })
}

/// The files of one machine.
pub struct Files {
    root: tempfile::TempDir,
    /// What is on the disk of that.
    disk: Arc<Disk>,
    /// The files as they were before the power failed, until the broker takes part again.
    before: Option<tempfile::TempDir>,
    /// What the disks refuse.
    broken: Vec<Installed>,
}

impl Files {
    pub fn new(partitions: usize, seed: u64) -> Files {
        let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory");
        for partition in 0..partitions {
            std::fs::create_dir(log_dir(root.path(), partition)).expect("a log dir");
        }
        Files { disk: Disk::watch(root.path(), seed), root, before: None, broken: Vec::new() }
    }

    /// Opens the log dir of a partition's replica, as a broker does that starts.
    pub fn open(&self, broker: i32, partition: usize, now: TimestampMs) -> LogDirs {
        let dirs =
            LogDirs::open_with(&[log_dir(self.root.path(), partition)], broker as u64, ALONE).expect("a log dir opens");
        dirs.claim(BrokerId(broker), "simulated", now).expect("a log dir is claimed");
        let config = |_: &str| log_config();
        dirs.load(&LoadOptions { threads_per_dir: 1, config: &config, now }).expect("a log dir loads");
        assert!(!dirs.has_offline_dir(), "{:?}", dirs.offline_dirs());
        dirs
    }

    /// From the operation after so many others on, the disk of a log dir refuses what these words say.
    pub fn break_disk(&mut self, partition: usize, which: &str, after: u32) {
        let dir = log_dir(self.root.path(), partition);
        let rule = format!("error=EIO {which} path={}/* after={after}", dir.display());
        self.broken.push(rule.parse::<Faults>().expect("a rule").install());
    }

    /// What an error says, without the names of folders, which are others in every run.
    pub fn told(&self, reason: &str) -> String {
        reason.replace(&self.root.path().display().to_string(), "")
    }

    pub fn repair(&mut self) {
        self.broken.clear();
    }

    /// The power goes before the sync after so many others.
    pub fn light_fuse(&self, syncs: usize) {
        self.disk.set_fuse(Some(syncs));
    }

    pub fn put_out_fuse(&self) {
        self.disk.set_fuse(None);
    }

    /// Whether the power has gone during a sync.
    pub fn is_cut(&self) -> bool {
        self.disk.is_cut()
    }

    /// The power has failed, and nobody uses the files: they are what the disk happens to hold.
    pub fn lose_power(&mut self, seed: u64) {
        let image = self.disk.cut();
        self.disk.forget();
        let before = std::mem::replace(&mut self.root, image);
        self.before.get_or_insert(before);
        self.disk = Disk::watch(self.root.path(), seed);
    }

    /// The broker takes part again. Where it is `lucky`, nothing was lost after all; nobody has these log dirs open.
    pub fn settle(&mut self, lucky: &[usize], seed: u64) {
        let Some(before) = self.before.take() else { return };
        for partition in lucky {
            let (from, to) = (log_dir(before.path(), *partition), log_dir(self.root.path(), *partition));
            std::fs::remove_dir_all(&to).expect("a log dir is removed");
            std::fs::rename(from, to).expect("a log dir is moved");
        }
        if !lucky.is_empty() {
            self.disk.forget();
            self.disk = Disk::watch(self.root.path(), seed);
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.disk.forget();
    }
}

fn log_dir(root: &Path, partition: usize) -> std::path::PathBuf {
    root.join(partition.to_string())
}

/// Which partition's log dir that is.
pub fn partition_of(log_dir: &Path) -> usize {
    let name = log_dir.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).expect("a partition's log dir")
}

/// The log of a partition's replica, made if there is none. An error is its disk's.
pub fn log_of(dirs: &LogDirs, partition: usize, now: TimestampMs) -> Result<Log, LogError> {
    let log = dirs.get_or_create(&tp(partition), Some(TOPIC_ID), log_config(), now);
    log.inspect_err(|error| assert!(error.is_storage(), "no log is made: {error}"))
}
