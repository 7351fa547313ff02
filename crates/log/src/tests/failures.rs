//! Disks that refuse.

use super::*;
use std::fs::{self, File};

/// Puts a file in the place of the active segment's that can be read and written, but does not grow.
#[cfg(target_os = "linux")]
fn fill_disk(log: &Log) {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    let segment = log.0.state.lock().active().unwrap().clone();
    let full = File::from(memfd_create("full", MemfdFlags::ALLOW_SEALING).unwrap());
    full.write_all_at(&fs::read(segment.path()).unwrap(), 0).unwrap();
    fcntl_add_seals(&full, SealFlags::GROW).unwrap();
    set_file(log, full);
}

fn set_file(log: &Log, file: File) {
    let segment = log.0.state.lock().active().unwrap().clone();
    let file = segment.dir.counted(file);
    segment.lock().set_file(file);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_log_as_it_was() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    for n in 0..5 {
        append(&log, 2, 700, n).unwrap();
    }
    let before = read_all(&log, 0, 100_000);
    fill_disk(&log);
    let error = append(&log, 2, 700, 9).unwrap_err();
    assert!(error.is_storage() && error.to_string().contains("00000000000000000000.log"), "{error}");
    assert_eq!((log.log_end(), log.size()), (Offset(10), before.len() as u64));
    assert_eq!(read_all(&log, 0, 100_000), before);
    // Room again.
    let file = fs::OpenOptions::new().read(true).write(true).open(&log.segments()[0].path).unwrap();
    set_file(&log, file);
    assert_eq!(append(&log, 2, 700, 9).unwrap().first_offset, Offset(10));
    drop(log);
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    assert_eq!((log.log_end(), read_all(&log, 0, 100_000).len()), (Offset(12), before.len() + 761));
}

#[test]
fn a_write_that_cannot_be_undone_ends_the_log() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    append(&log, 1, 10, 0).unwrap();
    let read_only = File::open(&log.segments()[0].path).unwrap();
    set_file(&log, read_only);
    assert!(append(&log, 1, 10, 0).unwrap_err().is_storage());
    assert!(matches!(append(&log, 1, 10, 0), Err(LogError::Unusable { .. })));
}

#[test]
fn a_segment_that_cannot_be_begun_leaves_nothing_behind() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    append(&log, 1, 10, 0).unwrap();
    // A directory stands where the next index is to be.
    let in_the_way = temp.path().join("t-0/00000000000000000001.timeindex");
    fs::create_dir(&in_the_way).unwrap();
    assert!(log.roll(TimestampMs(0)).is_err());
    assert!(!temp.path().join("t-0/00000000000000000001.log").exists());
    append(&log, 1, 10, 0).unwrap();
    fs::remove_dir(&in_the_way).unwrap();
    assert!(log.roll(TimestampMs(0)).unwrap());
    append(&log, 1, 10, 0).unwrap();
    assert_eq!(read_all(&log, 0, 1000).len(), 3 * 71);
    drop(log);
    assert_eq!(open_with(temp.path(), small(), 0, false).unwrap().log_end(), Offset(3));
}
