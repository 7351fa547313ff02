//! The log as a whole, on a real file system.

mod append_and_read;
mod crash;
mod cutting;
mod dirs;
mod failures;
mod faults;
mod golden;
mod lies;
mod open_files;
pub(super) mod power_cut;

use super::{AppendOrigin, Appended, Log, LogConfig, LogError, OpenLog, batch::tests::v2_batch};
use rkafka_base::{Offset, TimestampMs, TopicPartition};
use rkafka_protocol::Records;
use std::{os::unix::fs::FileExt, path::Path, sync::Arc};

/// A directory, in memory if the machine has a place for that: what is tested syncs often.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub fn open_with(dir: &Path, config: LogConfig, recovery_point: i64, clean: bool) -> Result<Log, LogError> {
    let open = OpenLog {
        dir: dir.join("t-0"),
        partition: TopicPartition::new("t", 0),
        config: Arc::new(config),
        recovery_point: Offset(recovery_point),
        log_start: Offset(0),
        cleaned_to: Offset(0),
        clean,
    };
    Log::open(open, TimestampMs(1_000_000), 7)
}

/// Settings with which little data makes many segments and index entries.
pub fn small() -> LogConfig {
    LogConfig {
        segment_bytes: 10_000,
        segment_index_bytes: 1000,
        index_interval_bytes: 500,
        retention_ms: -1,
        file_delete_delay_ms: 1000,
        ..LogConfig::default()
    }
}

/// Appends a batch of `count` records' worth of offsets, `body` bytes long.
pub fn append(log: &Log, count: i32, body: usize, timestamp: i64) -> Result<Appended, LogError> {
    log.append_as_leader(TimestampMs(timestamp), AppendOrigin::Client, |next| {
        Ok(Records::Bytes(v2_batch(next.0, 0, count, timestamp, body).into()))
    })
}

pub fn bytes_of(records: &Records) -> Vec<u8> {
    match records {
        Records::Bytes(bytes) => bytes.to_vec(),
        Records::File(region) => {
            let mut bytes = vec![0; region.len];
            region.file.read_exact_at(&mut bytes, region.offset).unwrap();
            bytes
        }
        Records::Pieces(_) => unreachable!("a log reads from one file"),
    }
}

/// Everything from `start` to the end, as one string of bytes; every read must begin with the batch that holds its start.
pub fn read_all(log: &Log, start: i64, max_bytes: u32) -> Vec<u8> {
    let (mut at, mut all) = (start, Vec::new());
    while at < log.log_end().0 {
        let data = log.read(Offset(at), max_bytes, true, Offset(i64::MAX)).unwrap();
        let bytes = bytes_of(&data.records);
        let mut rest = &bytes[..];
        let mut first = true;
        while let Ok(batch) = super::batch::Batch::parse(rest) {
            if batch.size as usize > rest.len() {
                break;
            }
            assert!(batch.last_offset >= at, "{} < {at}", batch.last_offset);
            assert!(!first || batch.base_offset <= at || all.is_empty());
            first = false;
            all.extend(&rest[..batch.size as usize]);
            rest = &rest[batch.size as usize..];
            at = batch.last_offset + 1;
        }
        assert!(!first, "nothing read at {at}");
    }
    all
}
