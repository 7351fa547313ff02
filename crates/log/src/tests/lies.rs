//! What neither a leader nor a disk can talk a log into.

use super::*;
use std::fs;

fn follow(log: &Log, batches: &[Vec<u8>]) -> Result<Appended, LogError> {
    log.append_as_follower(TimestampMs(0), &Records::Bytes(batches.concat().into()))
}

#[test]
fn offsets_that_no_index_can_tell_of_are_refused() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    let batch = |offset| v2_batch(offset, 0, 1, 0, 10);
    let apart = follow(&log, &[batch(0), batch(1 << 32)]);
    assert!(matches!(apart, Err(LogError::CorruptBatch { .. })), "{apart:?}");
    let mut last = batch(0);
    last[..8].copy_from_slice(&i64::MAX.to_be_bytes());
    let at_the_end_of_all = follow(&log, &[last]);
    assert!(matches!(at_the_end_of_all, Err(LogError::CorruptBatch { .. })), "{at_the_end_of_all:?}");
    follow(&log, &[batch(0)]).unwrap();
    follow(&log, &[batch(1 << 32)]).unwrap();
    assert_eq!(log.segments().iter().map(|s| s.base_offset.0).collect::<Vec<_>>(), [0, 1 << 32]);
    assert_eq!(read_all(&log, 1 << 32, 1000), batch(1 << 32));
}

/// A full disk, say: the new segment is there, and its first batch is not.
#[test]
fn a_jump_that_is_broken_off_leaves_a_log_that_goes_on() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    append(&log, 1, 10, 0).unwrap();
    let far = 1 << 32;
    let mut state = log.0.state.lock();
    log.0.roll(&mut state, far, 0).unwrap();
    drop(state);
    assert_eq!(log.log_end(), Offset(far));
    assert_eq!(append(&log, 1, 10, 0).unwrap().first_offset, Offset(far));
    drop(log);
    assert_eq!(open_with(temp.path(), small(), 0, false).unwrap().log_end(), Offset(far + 1));
}

#[test]
fn a_last_segment_of_other_offsets_is_read_again() {
    for bytes in [v2_batch(0, 0, 1, 0, 10), v2_batch(3, 0, 1, 0, 10)[..40].to_vec()] {
        let temp = scratch();
        let log = open_with(temp.path(), small(), 0, false).unwrap();
        for timestamp in 0..3 {
            append(&log, 1, 10, timestamp).unwrap();
        }
        log.roll(TimestampMs(0)).unwrap();
        append(&log, 1, 10, 3).unwrap();
        log.close(TimestampMs(0), true).unwrap();
        drop(log);
        fs::write(temp.path().join("t-0/00000000000000000003.log"), bytes).unwrap();
        let log = open_with(temp.path(), small(), 0, true).unwrap();
        assert_eq!(log.log_end(), Offset(3));
        assert_eq!(append(&log, 1, 10, 4).unwrap().first_offset, Offset(3));
        assert_eq!(read_all(&log, 0, 1000).len(), 4 * 71);
    }
}
