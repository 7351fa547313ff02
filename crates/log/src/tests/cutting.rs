//! Truncation, deletion of records, retention.

use super::*;
use crate::batch::tests::producer_batch;
use rkafka_base::LeaderEpoch;
use std::fs;

/// 60 batches of one record and 961 bytes each, ten to a segment, in epochs of 20 batches; HW at the end.
fn filled(dir: &Path, config: LogConfig) -> Log {
    let log = open_with(dir, config, 0, false).unwrap();
    for n in 0..60 {
        let bytes = v2_batch(n, (n / 20) as i32, 1, 1000 + n, 900);
        log.append_as_follower(TimestampMs(0), &Records::Bytes(bytes.into())).unwrap();
    }
    assert_eq!(log.segments().len(), 6);
    log.raise_high_watermark(Offset(60));
    log
}

fn checked_size(log: &Log) -> u64 {
    assert_eq!(log.size(), log.segments().iter().map(|s| s.size).sum::<u64>());
    log.size()
}

#[test]
fn truncation_cuts_segments_indexes_and_epochs() {
    let temp = scratch();
    let log = filled(temp.path(), small());
    let before = read_all(&log, 0, 5000);
    log.flush(TimestampMs(0)).unwrap();
    assert!(!log.truncate_to(Offset(60), TimestampMs(0)).unwrap());
    assert!(log.truncate_to(Offset(33), TimestampMs(0)).unwrap());
    assert_eq!((log.log_end(), log.high_watermark(), log.recovery_point()), (Offset(33), Offset(33), Offset(33)));
    assert_eq!(log.latest_epoch(), Some(LeaderEpoch(1)));
    assert_eq!(log.end_offset_for_epoch(LeaderEpoch(0)).end_offset, Offset(20));
    assert_eq!(log.end_offset_for_epoch(LeaderEpoch(2)).end_offset, Offset(-1));
    assert_eq!(checked_size(&log), 33 * 961);
    assert_eq!(read_all(&log, 0, 5000), before[..33 * 961]);
    assert_eq!(append(&log, 1, 900, 7).unwrap().first_offset, Offset(33));
    drop(log);
    let log = open_with(temp.path(), small(), 33, false).unwrap();
    assert_eq!((log.log_end(), log.segments().len()), (Offset(34), 4));
}

/// A replica that led without a record and then follows must forget that epoch, or it never agrees with its leader.
#[test]
fn truncation_at_the_end_cuts_an_epoch_without_records() {
    let temp = scratch();
    let log = filled(temp.path(), small());
    log.assign_epoch_start(LeaderEpoch(9), Offset(60)).unwrap();
    assert_eq!(log.latest_epoch(), Some(LeaderEpoch(9)));
    assert!(!log.truncate_to(Offset(60), TimestampMs(0)).unwrap());
    assert!(log.latest_epoch() < Some(LeaderEpoch(9)));
    drop(log);
    let log = open_with(temp.path(), small(), 60, true).unwrap();
    assert!(log.latest_epoch() < Some(LeaderEpoch(9)));
}

#[test]
fn truncation_forgets_what_producers_wrote() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    let send = |sequence: i32| {
        log.append_as_leader(TimestampMs(0), AppendOrigin::Client, |next| {
            Ok::<_, LogError>(Records::Bytes(producer_batch(next.0, 0, 1, 0, 900, (1, 0, sequence)).into()))
        })
    };
    for n in 0..30 {
        send(n).unwrap();
    }
    log.truncate_to(Offset(12), TimestampMs(0)).unwrap();
    assert!(send(30).is_err());
    assert!(send(11).unwrap().duplicate);
    assert_eq!(send(12).unwrap().first_offset, Offset(12));
    log.truncate_to(Offset(0), TimestampMs(0)).unwrap();
    assert_eq!((send(0).unwrap().first_offset, log.producer_count()), (Offset(0), 1));
}

#[test]
fn a_log_can_start_over_anywhere() {
    let temp = scratch();
    let log = filled(temp.path(), small());
    let region = log.read(Offset(0), 961, true, Offset(60)).unwrap();
    log.truncate_fully_and_start_at(Offset(1000), TimestampMs(0)).unwrap();
    assert_eq!((log.log_start(), log.log_end(), log.high_watermark()), (Offset(1000), Offset(1000), Offset(1000)));
    assert_eq!((checked_size(&log), log.latest_epoch()), (0, None));
    assert_eq!(append(&log, 2, 5, 0).unwrap().last_offset, Offset(1001));
    // Who was about to send the old bytes still can.
    assert_eq!(bytes_of(&region.records), v2_batch(0, 0, 1, 1000, 900));
    assert!(log.truncate_to(Offset(500), TimestampMs(0)).unwrap());
    assert_eq!((log.log_start(), log.log_end()), (Offset(500), Offset(500)));
}

/// One pass of retention; how many segments it removed.
fn retain(log: &Log, now: TimestampMs) -> usize {
    let before = log.log_start();
    let any = log.apply_retention(now).unwrap();
    let removed = log.remove_below_log_start(now).unwrap();
    assert_eq!(any, removed > 0, "from {before} to {}", log.log_start());
    removed
}

#[test]
fn records_are_deleted_up_to_the_high_watermark() {
    let temp = scratch();
    let log = filled(temp.path(), small());
    log.truncate_to(Offset(59), TimestampMs(0)).unwrap();
    append(&log, 1, 900, 0).unwrap();
    assert!(matches!(log.delete_records(Offset(60)), Err(LogError::OffsetOutOfRange { .. })));
    assert!(matches!(log.delete_records(Offset(-2)), Err(LogError::OffsetOutOfRange { .. })));
    assert_eq!(log.delete_records(Offset(25)).unwrap(), Offset(25));
    assert_eq!(log.delete_records(Offset(5)).unwrap(), Offset(25));
    assert!(matches!(log.read(Offset(24), 10, true, Offset(60)), Err(LogError::OffsetOutOfRange { .. })));
    assert_eq!(log.log_start_to_keep(), Some(Offset(25)));
    assert_eq!(retain(&log, TimestampMs(0)), 2);
    assert_eq!((log.segments()[0].base_offset, log.log_start()), (Offset(20), Offset(25)));
    checked_size(&log);
    assert_eq!(log.delete_records(Offset(-1)).unwrap(), Offset(59));
    let found = log.offset_for_timestamp(crate::EARLIEST_TIMESTAMP).unwrap().unwrap();
    assert_eq!(found.offset, Offset(59));
}

#[test]
fn retention_removes_old_segments_and_never_the_uncommitted() {
    let temp = scratch();
    let dir = temp.path().join("t-0");
    let log = filled(temp.path(), small());
    log.set_config(Arc::new(LogConfig { retention_bytes: 25_000, ..small() }));
    assert_eq!(retain(&log, TimestampMs(0)), 3);
    assert_eq!((log.log_start(), checked_size(&log)), (Offset(30), 30 * 961));
    assert_eq!(log.end_offset_for_epoch(LeaderEpoch(0)).end_offset, Offset(30));
    log.set_config(Arc::new(LogConfig { retention_ms: 100, ..small() }));
    assert_eq!(retain(&log, TimestampMs(1000)), 0);
    assert_eq!(retain(&log, TimestampMs(1139)), 0);
    assert_eq!(retain(&log, TimestampMs(1140)), 1);
    // All of it is too old: a new segment is begun.
    assert_eq!(retain(&log, TimestampMs(9000)), 2);
    assert_eq!((log.log_start(), log.log_end(), log.segments().len()), (Offset(60), Offset(60), 1));
    assert_eq!(append(&log, 1, 10, 9000).unwrap().first_offset, Offset(60));
    let named = |suffix: &str| {
        let names = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|n| n.ends_with(suffix)).count()
    };
    assert_eq!((named(".log.deleted"), named(".log")), (6, 1));
    log.0.home.deletions.run(10_000, None);
    assert_eq!(named(".log.deleted"), 0);
}

#[test]
fn time_rolls_a_segment() {
    let temp = scratch();
    let config = LogConfig { segment_ms: 1000, ..LogConfig::default() };
    let log = open_with(temp.path(), config, 0, false).unwrap();
    append(&log, 1, 10, 5000).unwrap();
    assert!(!append(&log, 1, 10, 6000).unwrap().rolled);
    assert!(append(&log, 1, 10, 6001).unwrap().rolled);
    assert!(log.needs_flush());
    log.flush(TimestampMs(0)).unwrap();
    assert!(!log.needs_flush());
    assert_eq!(log.recovery_point(), Offset(3));
}

#[test]
fn flush_messages_syncs_before_the_answer() {
    let temp = scratch();
    let log = open_with(temp.path(), LogConfig { flush_messages: 3, ..small() }, 0, false).unwrap();
    append(&log, 2, 10, 0).unwrap();
    assert_eq!(log.recovery_point(), Offset(0));
    append(&log, 1, 10, 0).unwrap();
    assert_eq!(log.recovery_point(), Offset(3));
}

#[test]
fn epochs_that_loading_cuts_are_written_before_records_follow() {
    let temp = scratch();
    let file = temp.path().join("t-0/leader-epoch-checkpoint");
    let reopen = || open_with(temp.path(), small(), 0, true).unwrap();
    let follow = |log: &Log, offset, epoch| {
        let bytes = v2_batch(offset, epoch, 1, 1000, 100);
        log.append_as_follower(TimestampMs(0), &Records::Bytes(bytes.into())).unwrap();
    };
    let log = reopen();
    follow(&log, 0, 3);
    // A leader that writes nothing: the next load forgets its epoch, but leaves the file for its return.
    log.assign_epoch_start(LeaderEpoch(5), Offset(1)).unwrap();
    log.close(TimestampMs(0), true).unwrap();
    let log = reopen();
    assert_eq!(log.latest_epoch(), Some(LeaderEpoch(3)));
    log.assign_epoch_start(LeaderEpoch(5), Offset(1)).unwrap();
    assert_eq!(log.latest_epoch(), Some(LeaderEpoch(5)));
    log.close(TimestampMs(0), true).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "0\n2\n3 0\n5 1\n");
    // Another leader goes on in the earlier epoch: the forgotten one must not come back with the next load.
    let log = reopen();
    follow(&log, 1, 3);
    assert_eq!(fs::read_to_string(&file).unwrap(), "0\n1\n3 0\n");
    follow(&log, 2, 3);
    drop(log);
    assert_eq!(reopen().latest_epoch(), Some(LeaderEpoch(3)));
}

/// Whoever reads beside truncations finds records, or none, but no damage, and takes no log dir offline.
#[test]
fn reads_beside_truncations() {
    let temp = scratch();
    let log = filled(temp.path(), small());
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for reader in 0..2i64 {
            let (log, stop) = (&log, &stop);
            scope.spawn(move || {
                let mut at = reader;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    at = (at + 7) % 60;
                    let refused = [
                        log.read(Offset(at), 3000, true, Offset(at + 5)).err(),
                        log.offset_for_timestamp(-2).err(),
                        log.aborted_transactions(Offset(at), Offset(60)).err(),
                    ];
                    refused.into_iter().flatten().for_each(|error| assert!(!error.is_storage(), "{error}"));
                }
            });
        }
        for round in 0..300 {
            let cut = 5 + round * 13 % 50;
            log.truncate_to(Offset(cut), TimestampMs(0)).unwrap();
            for n in cut..60 {
                // Of another size, so that batches lie where others ended.
                let bytes = v2_batch(n, (n / 20) as i32, 1, 1000 + n, 700 + (round as usize * 37 + n as usize) % 250);
                log.append_as_follower(TimestampMs(0), &Records::Bytes(bytes.into())).unwrap();
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(log.log_end(), Offset(60));
}

/// While an append, a cut or a flush waits for its disk, readers are served and the high watermark moves.
#[test]
fn readers_do_not_wait_for_who_changes_the_log() {
    let temp = scratch();
    let log = filled(temp.path(), small());
    let (epoch, id) = (LeaderEpoch(1), log.topic_id());
    let changing = log.0.state.lock();
    std::thread::scope(|scope| {
        let log = &log;
        let reading = scope.spawn(move || {
            log.read(Offset(3), 3000, true, Offset(60)).unwrap();
            log.read(Offset(60), 3000, true, Offset(60)).unwrap();
            log.offset_for_timestamp(-1).unwrap();
            log.aborted_transactions(Offset(0), Offset(60)).unwrap();
            log.end_offset_for_epoch(epoch);
            let _seen =
                (log.latest_epoch(), log.size(), log.segments().len(), log.topic_id(), log.last_stable_offset());
            log.raise_high_watermark(Offset(60))
        });
        let began = std::time::Instant::now();
        while !reading.is_finished() && began.elapsed() < std::time::Duration::from_secs(20) {
            std::thread::yield_now();
        }
        let finished = reading.is_finished();
        drop(changing);
        assert!(finished, "a reader waits for the log's lock");
        assert_eq!(reading.join().unwrap(), Offset(60));
    });
    assert_eq!(log.topic_id(), id);
}
