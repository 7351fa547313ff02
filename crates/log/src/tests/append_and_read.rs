//! What was appended is read back, before and after the segments roll.

use super::*;
use crate::{LATEST_TIMESTAMP, batch::tests::producer_batch};

/// Appends many batches of different sizes; returns their bytes and their offsets.
fn fill(log: &Log, seed: u64, batches: usize) -> (Vec<u8>, Vec<(i64, i64)>) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut all, mut offsets) = (Vec::new(), Vec::new());
    for n in 0..batches {
        let most = if rng.u8(0..10) == 0 { 3000 } else { 300 };
        let (count, body) = (rng.i32(1..20), rng.usize(0..most));
        let next = log.log_end().0;
        all.extend(v2_batch(next, 0, count, n as i64, body));
        let appended = append(log, count, body, n as i64).unwrap();
        assert_eq!((appended.first_offset.0, appended.last_offset.0), (next, next + i64::from(count) - 1));
        offsets.push((next, appended.last_offset.0));
    }
    (all, offsets)
}

#[test]
fn what_was_appended_is_read_from_any_offset() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    let (all, offsets) = fill(&log, 1, 400);
    assert!(log.segments().len() > 5);
    for max in [1, 700, 100_000] {
        assert_eq!(read_all(&log, 0, max), all);
    }
    for (base, last) in &offsets {
        for at in [*base, *last] {
            let data = log.read(Offset(at), 1, true, Offset(i64::MAX)).unwrap();
            let batch = crate::batch::Batch::parse(&bytes_of(&data.records)).unwrap();
            assert_eq!((batch.base_offset, batch.last_offset, batch.size as usize), (*base, *last, data.records.len()));
        }
    }
}

#[test]
fn bounds_of_a_read() {
    let temp = scratch();
    let log = open_with(temp.path(), LogConfig::default(), 0, false).unwrap();
    (0..10).for_each(|n| assert!(append(&log, 10, 39, n).is_ok()));
    let read = |start, max, one, upper| log.read(Offset(start), max, one, Offset(upper)).unwrap();
    assert_eq!(read(0, 10_000, true, 100).records.len(), 1000);
    assert_eq!(read(0, 10_000, true, 50).records.len(), 500);
    assert_eq!(read(25, 10_000, true, 50).records.len(), 300);
    assert_eq!(read(50, 10_000, true, 50).records.len(), 0);
    assert_eq!(read(100, 10_000, true, 100).records.len(), 0);
    assert_eq!(read(0, 250, true, 100).records.len(), 250);
    assert_eq!(read(0, 50, true, 100).records.len(), 100);
    let cut = read(0, 50, false, 100);
    assert_eq!((cut.records.len(), cut.first_batch_incomplete), (50, true));
    assert_eq!(read(0, 0, false, 100).records.len(), 0);
    for bad in [-1, 101] {
        assert!(matches!(log.read(Offset(bad), 1, true, Offset(100)), Err(LogError::OffsetOutOfRange { .. })));
    }
    let end = log.offset_for_timestamp(LATEST_TIMESTAMP).unwrap().unwrap();
    assert_eq!(end.offset, Offset(100));
}

#[test]
fn a_clean_close_needs_no_second_look() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    let (all, _) = fill(&log, 2, 200);
    let end = log.log_end();
    log.close(TimestampMs(5), true).unwrap();
    assert_eq!(log.recovery_point(), end);
    assert!(matches!(append(&log, 1, 1, 1), Err(LogError::Unusable { .. })));
    let log = open_with(temp.path(), small(), end.0, true).unwrap();
    assert_eq!((log.log_end(), log.recovery_point()), (end, end));
    assert_eq!(read_all(&log, 0, 4000), all);
    let (more, _) = fill(&log, 3, 200);
    assert_eq!(read_all(&log, 0, 4000), [all, more].concat());
}

#[test]
fn a_failed_assignment_changes_nothing() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    append(&log, 5, 10, 0).unwrap();
    let size = log.size();
    let refused = log.append_as_leader(TimestampMs(0), AppendOrigin::Client, |next| {
        assert_eq!(next, Offset(5));
        Err(LogError::LogDirs("no".into()))
    });
    assert!(refused.is_err());
    for bad in [vec![0; 100], v2_batch(4, 0, 1, 0, 10), v2_batch(5, 0, 1, 0, 10)[..60].to_vec(), vec![1; 5]] {
        let append = log
            .append_as_leader(TimestampMs(0), AppendOrigin::Client, |_| Ok::<_, LogError>(Records::Bytes(bad.into())));
        assert!(matches!(append, Err(LogError::CorruptBatch { .. })));
    }
    let huge = log.append_as_leader(TimestampMs(0), AppendOrigin::Client, |next| {
        Ok::<_, LogError>(Records::Bytes(v2_batch(next.0, 0, 1, 0, 10_000).into()))
    });
    assert!(matches!(huge, Err(LogError::BatchesTooLarge { .. })));
    assert_eq!((log.size(), log.log_end()), (size, Offset(5)));
}

#[test]
fn followers_take_batches_from_the_log_end_on() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    let batches = [v2_batch(0, 3, 5, 0, 10), v2_batch(5, 4, 1, 0, 10)].concat();
    log.append_as_follower(TimestampMs(0), &Records::Bytes(batches.clone().into())).unwrap();
    assert_eq!(log.latest_epoch().map(|e| e.0), Some(4));
    let again = log.append_as_follower(TimestampMs(0), &Records::Bytes(batches.into()));
    assert!(matches!(again, Err(LogError::UnexpectedOffset { .. })));
    // A gap, as compaction leaves it.
    let later = v2_batch(20, 4, 1, 0, 10);
    log.append_as_follower(TimestampMs(0), &Records::Bytes(later.into())).unwrap();
    assert_eq!(log.log_end(), Offset(21));
    let data = log.read(Offset(10), 100, true, Offset(i64::MAX)).unwrap();
    assert_eq!(bytes_of(&data.records)[..8], 20i64.to_be_bytes());
}

#[test]
fn duplicates_are_answered_with_their_first_offsets() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    let send = |log: &Log, sequence| {
        log.append_as_leader(TimestampMs(0), AppendOrigin::Client, |next| {
            Ok::<_, LogError>(Records::Bytes(producer_batch(next.0, 0, 3, 0, 10, (1, 0, sequence)).into()))
        })
    };
    send(&log, 0).unwrap();
    send(&log, 3).unwrap();
    let again = send(&log, 0).unwrap();
    assert!(again.duplicate);
    assert_eq!((again.first_offset, again.last_offset, log.log_end()), (Offset(0), Offset(2), Offset(6)));
    assert!(matches!(send(&log, 9), Err(LogError::OutOfOrderSequence(_))));
    // Of a loaded snapshot only the last batch is known.
    log.close(TimestampMs(5), true).unwrap();
    let log = open_with(temp.path(), small(), 6, true).unwrap();
    assert!(send(&log, 3).unwrap().duplicate);
    assert!(send(&log, 0).is_err());
    assert!(!send(&log, 6).unwrap().duplicate);
}

#[test]
fn a_follower_takes_the_batch_in_whose_middle_its_leaders_log_starts() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, true).unwrap();
    let now = TimestampMs(0);
    log.truncate_fully_and_start_at(Offset(55), now).unwrap();
    let batch = |base| Records::Bytes(v2_batch(base, 0, 10, 1, 100).into());
    assert!(log.append_as_follower(now, &batch(40)).is_err(), "it ends before the start");
    let appended = log.append_as_follower(now, &batch(50)).unwrap();
    assert_eq!((appended.first_offset, appended.last_offset), (Offset(50), Offset(59)));
    assert_eq!((log.log_start(), log.log_end(), log.high_watermark()), (Offset(55), Offset(60), Offset(55)));
    assert!(log.read(Offset(54), 1000, true, Offset(60)).is_err());
    let read = log.read(Offset(55), 1000, true, Offset(60)).unwrap();
    assert_eq!(bytes_of(&read.records), v2_batch(50, 0, 10, 1, 100));
    assert!(log.append_as_follower(now, &batch(50)).is_err(), "it is not empty any more");
    log.close(now, true).unwrap();
    assert_eq!(open_with(temp.path(), small(), 60, true).unwrap().log_end(), Offset(60));
}

/// Bytes that are written, but not yet below the log end, are nobody's: the next append may lie between the two.
#[test]
fn a_reader_beside_appends_finds_nothing_at_or_above_its_bound() {
    let dir = scratch();
    let log = open_with(dir.path(), LogConfig::default(), 0, false).unwrap();
    append(&log, 1, 20, 0).unwrap();
    let one = read_all(&log, 0, 10_000).len();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (0..20_000).for_each(|_| assert!(append(&log, 1, 20, 0).is_ok())));
        while !writer.is_finished() {
            let bound = log.log_end();
            let read = log.read(Offset(bound.0 - 1), 10_000, true, bound).unwrap();
            let found = bytes_of(&read.records).len();
            assert!(found <= one, "{found} bytes instead of {one} from the last record below {bound} on");
        }
    });
}
