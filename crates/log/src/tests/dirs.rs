//! Several log dirs of one broker.

use super::*;
use crate::{CLEAN_SHUTDOWN, Destination, LoadOptions, LogDirs, MoveProgress};
use rkafka_base::{BrokerId, Uuid};
use std::{fs, path::PathBuf};

const NOW: TimestampMs = TimestampMs(1_795_373_992_000);
const ID: Uuid = Uuid([9; 16]);

fn open(paths: &[PathBuf]) -> LogDirs {
    let dirs = LogDirs::open(paths, 1).unwrap();
    dirs.claim(BrokerId(3), "cluster", NOW).unwrap();
    load(&dirs).unwrap();
    dirs
}

fn load(dirs: &LogDirs) -> Result<usize, LogError> {
    let config = |_: &str| Arc::new(small());
    dirs.load(&LoadOptions { threads_per_dir: 2, config: &config, now: NOW })
}

fn create(dirs: &LogDirs, topic: &str, partition: i32) -> Log {
    let config = Arc::new(small());
    dirs.get_or_create(&TopicPartition::new(topic, partition), Some(ID), config, NOW).unwrap()
}

/// So many records, all committed, of which those below `start` are deleted.
fn begin_late(log: &Log, count: i64, start: i64) {
    for n in 0..count {
        append(log, 1, 500, n).unwrap();
    }
    log.raise_high_watermark(Offset(count));
    log.delete_records(Offset(start)).unwrap();
}

#[test]
fn partitions_are_spread_and_found_again() {
    let temp = scratch();
    let paths = [temp.path().join("a"), temp.path().join("b/c")];
    let dirs = open(&paths);
    for n in 0..7 {
        let log = create(&dirs, "t", n);
        for _ in 0..=n {
            append(&log, 1, 100, 0).unwrap();
        }
        log.raise_high_watermark(Offset(1));
    }
    create(&dirs, "t", 0);
    let counts: Vec<usize> = dirs.describe().iter().map(|d| d.replicas.len()).collect();
    assert_eq!(counts, [4, 3]);
    assert!(dirs.describe().iter().all(|d| d.total_bytes > 0 && d.usable_bytes > 0 && d.offline.is_none()));
    let start = dirs.get(&TopicPartition::new("t", 6)).unwrap();
    start.raise_high_watermark(Offset(5));
    start.delete_records(Offset(5)).unwrap();
    dirs.housekeep(NOW);
    dirs.shutdown(NOW);
    assert!(paths.iter().all(|p| p.join(CLEAN_SHUTDOWN).exists()));
    for clean in [true, false] {
        let dirs = open(&paths);
        assert_eq!(dirs.all().len(), 7);
        for n in 0..7 {
            let log = dirs.get(&TopicPartition::new("t", n)).unwrap();
            assert_eq!((log.log_end(), log.topic_id()), (Offset(i64::from(n) + 1), Some(ID)), "{clean}");
            assert_eq!(log.high_watermark(), Offset(if n == 6 { 5 } else { 1 }));
            assert_eq!(log.log_start(), Offset(if n == 6 { 5 } else { 0 }));
        }
        // The first time they are left as if killed.
        assert!(!paths[0].join(CLEAN_SHUTDOWN).exists());
    }
}

#[test]
fn a_deleted_partition_can_be_made_again_at_once() {
    let temp = scratch();
    let paths = [temp.path().to_path_buf()];
    let dirs = open(&paths);
    let log = create(&dirs, "t", 0);
    append(&log, 1, 100, 0).unwrap();
    let region = log.read(Offset(0), 1000, true, Offset(1)).unwrap();
    let tp = TopicPartition::new("t", 0);
    assert!(dirs.delete(&tp, [1; 16], NOW).unwrap());
    assert!(!dirs.delete(&tp, [1; 16], NOW).unwrap());
    assert!(matches!(append(&log, 1, 100, 0), Err(LogError::Unusable { .. })));
    assert!(matches!(log.read(Offset(0), 1000, true, Offset(1)), Err(LogError::Unusable { .. })));
    assert_eq!(bytes_of(&region.records).len(), 161);
    assert_eq!(create(&dirs, "t", 0).log_end(), Offset(0));
    let other = dirs.get_or_create(&tp, Some(Uuid([8; 16])), Arc::new(small()), NOW);
    assert!(matches!(other, Err(LogError::InconsistentTopicId { .. })));
    let waiting = temp.path().join("t-0.01010101010101010101010101010101-delete");
    assert!(waiting.exists());
    dirs.housekeep(TimestampMs(NOW.0 + 999));
    assert!(waiting.exists());
    // A broker that starts again goes on with the removal.
    dirs.shutdown(NOW);
    let dirs = open(&paths);
    dirs.housekeep(TimestampMs(NOW.0 + 1000));
    assert!(!waiting.exists() && temp.path().join("t-0").exists());
}

#[test]
fn what_is_not_ours_is_refused() {
    let temp = scratch();
    let paths = [temp.path().join("a"), temp.path().join("b")];
    let dirs = open(&paths);
    assert!(LogDirs::open(&paths, 1).err().unwrap().to_string().contains("Failed to acquire lock on file .lock in"));
    assert!(dirs.claim(BrokerId(4), "cluster", NOW).unwrap_err().to_string().contains("broker.id"));
    dirs.shutdown(NOW);
    assert!(LogDirs::open(&[paths[0].clone(), paths[0].clone()], 1).err().unwrap().to_string().contains("twice"));
    fs::create_dir(paths[0].join("no partition")).unwrap();
    let dirs = LogDirs::open(&paths, 1).unwrap();
    assert!(load(&dirs).unwrap_err().to_string().contains("'no partition' is not in the form of"));
    drop(dirs);
    fs::remove_dir(paths[0].join("no partition")).unwrap();
    for path in &paths {
        fs::create_dir(path.join("t-0")).unwrap();
    }
    let dirs = LogDirs::open(&paths, 1).unwrap();
    assert!(load(&dirs).unwrap_err().to_string().contains("Duplicate log directories found"));
    drop(dirs);
    fs::write(paths[0].join("meta.properties"), "rubbish").unwrap();
    assert!(LogDirs::open(&paths, 1).err().unwrap().to_string().contains("meta.properties"));
}

#[test]
fn damaged_checkpoints_cost_time_but_no_records() {
    let temp = scratch();
    let paths = [temp.path().to_path_buf()];
    let dirs = open(&paths);
    let log = create(&dirs, "t", 0);
    for n in 0..30 {
        append(&log, 1, 900, n).unwrap();
    }
    dirs.checkpoint_recovery_points();
    dirs.checkpoint_high_watermarks();
    drop((dirs, log));
    let mut rng = fastrand::Rng::with_seed(2);
    for name in ["recovery-point-offset-checkpoint", "replication-offset-checkpoint", "log-start-offset-checkpoint"] {
        let rubbish: Vec<u8> = (0..rng.usize(1..99)).map(|_| rng.u8(..)).collect();
        fs::write(paths[0].join(name), rubbish).unwrap();
    }
    let dirs = open(&paths);
    assert_eq!(dirs.get(&TopicPartition::new("t", 0)).unwrap().log_end(), Offset(30));
}

#[test]
fn a_dir_that_fails_takes_only_its_own_partitions_along() {
    let temp = scratch();
    let paths = [temp.path().join("a"), temp.path().join("b")];
    let dirs = open(&paths);
    (0..4).for_each(|n| drop(create(&dirs, "t", n)));
    let lost = dirs.take_offline(&paths[0], "Input/output error");
    assert_eq!((lost.len(), dirs.all().len()), (2, 2));
    assert_eq!(dirs.online_dirs(), paths[1..]);
    assert_eq!(create(&dirs, "t", 9).log_dir(), paths[1]);
    assert_eq!(dirs.describe()[0].offline.as_deref(), Some("Input/output error"));
    dirs.shutdown(NOW);
    assert!(!paths[0].join(CLEAN_SHUTDOWN).exists() && paths[1].join(CLEAN_SHUTDOWN).exists());
    // A partition whose files make no sense takes its dir offline, and the other one is loaded.
    let bad = fs::read_dir(&paths[1]).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_dir()).unwrap();
    fs::write(bad.join("leader-epoch-checkpoint"), "7\n").unwrap();
    let dirs = LogDirs::open(&paths, 1).unwrap();
    assert_eq!(load(&dirs).unwrap(), 2);
    assert_eq!(dirs.online_dirs(), [paths[0].clone()]);
}

#[test]
fn a_log_does_not_enter_a_dir_that_has_failed_while_it_was_made() {
    let temp = scratch();
    let paths = [temp.path().join("a")];
    let dirs = open(&paths);
    let log = create(&dirs, "t", 0);
    dirs.take_offline(&paths[0], "Input/output error");
    let refused = dirs.0.dirs[0].enter(&mut dirs.0.logs.write(), &log).unwrap_err();
    assert!(refused.to_string().ends_with("a cannot be used: Input/output error"), "{refused}");
    assert!(dirs.all().is_empty());
}

#[test]
fn a_replica_moves_into_another_dir_while_it_is_written() {
    let temp = scratch();
    let paths = [temp.path().join("a"), temp.path().join("b")];
    let dirs = open(&paths);
    let log = create(&dirs, "t", 0);
    for i in 0..50 {
        append(&log, 3, 700, i).unwrap();
    }
    let partition = TopicPartition::new("t", 0);
    assert_eq!(dirs.destination(&partition, &paths[0]), Destination::Here);
    assert_eq!(dirs.destination(&partition, &paths[1]), Destination::Elsewhere);
    assert_eq!(dirs.destination(&partition, temp.path()), Destination::Unknown);
    let copy = dirs.begin_future(&log, &paths[1], [1; 16], Arc::new(small()), NOW).unwrap();
    assert!(copy.dir().display().to_string().ends_with("-future"));
    assert_eq!(dirs.describe()[1].futures.len(), 1);
    let mut truncations = u64::MAX;
    let mut steps = Vec::new();
    let done = loop {
        let step = dirs.advance_future(&copy, &mut truncations, [2; 16], NOW).unwrap();
        match steps.len() {
            1 => drop(append(&log, 3, 700, 99).unwrap()),
            3 => drop(log.truncate_to(Offset(100), NOW).unwrap()),
            5 => drop(append(&log, 3, 700, 100).unwrap()),
            _ => {}
        }
        steps.push(step);
        assert!(steps.len() < 100, "{steps:?}");
        if step == MoveProgress::Done {
            break copy;
        }
    };
    assert_eq!(steps.iter().filter(|s| **s == MoveProgress::Restarted).count(), 2, "{steps:?}");
    assert_eq!((log.log_dir(), log.dir()), (paths[1].clone(), paths[1].join("t-0")));
    assert!(done.dir().display().to_string().ends_with("-delete") && append(&done, 1, 10, 0).is_err());
    append(&log, 3, 700, 101).unwrap();
    let before = read_all(&log, 0, 5000);
    assert!(dirs.futures().is_empty() && log.recovery_point().0 > 90);
    dirs.shutdown(NOW);
    let again = open(&paths);
    let log = again.get(&partition).unwrap();
    assert_eq!((log.log_dir(), read_all(&log, 0, 5000)), (paths[1].clone(), before));
    assert_eq!(log.topic_id(), Some(ID));
}

#[test]
fn a_copy_whose_dir_has_failed_takes_nobodys_place() {
    let temp = scratch();
    let paths = [temp.path().join("a"), temp.path().join("b")];
    let dirs = open(&paths);
    let log = create(&dirs, "t", 0);
    append(&log, 3, 700, 0).unwrap();
    let copy = dirs.begin_future(&log, &paths[1], [1; 16], Arc::new(small()), NOW).unwrap();
    let mut truncations = u64::MAX;
    assert_eq!(dirs.advance_future(&copy, &mut truncations, [2; 16], NOW).unwrap(), MoveProgress::Restarted);
    assert!(matches!(dirs.advance_future(&copy, &mut truncations, [2; 16], NOW), Ok(MoveProgress::Copied(1..))));
    assert!(dirs.take_offline(&paths[1], "Input/output error").is_empty());
    dirs.advance_future(&copy, &mut truncations, [2; 16], NOW).unwrap_err();
    assert_eq!((log.log_dir(), log.dir()), (paths[0].clone(), paths[0].join("t-0")));
    append(&log, 3, 700, 1).unwrap();
}

#[test]
fn no_copy_is_begun_of_a_log_that_is_gone_or_there_already() {
    let temp = scratch();
    let paths = [temp.path().join("a"), temp.path().join("b")];
    let dirs = open(&paths);
    let log = create(&dirs, "t", 0);
    let here = log.log_dir();
    let there = paths.iter().find(|path| **path != here).unwrap();
    dirs.begin_future(&log, &here, [1; 16], Arc::new(small()), NOW).unwrap_err();
    dirs.delete(log.partition(), [2; 16], NOW).unwrap();
    dirs.begin_future(&log, there, [1; 16], Arc::new(small()), NOW).unwrap_err();
    assert!(dirs.futures().is_empty());
}

#[test]
fn a_move_that_was_interrupted_begins_anew_and_new_replicas_go_where_they_are_wanted() {
    let temp = scratch();
    let paths = [temp.path().join("a"), temp.path().join("b")];
    let dirs = open(&paths);
    let log = create(&dirs, "t", 0);
    append(&log, 3, 700, 0).unwrap();
    dirs.begin_future(&log, &paths[1], [1; 16], Arc::new(small()), NOW).unwrap();
    dirs.shutdown(NOW);
    let dirs = open(&paths);
    let partition = TopicPartition::new("t", 0);
    assert_eq!(dirs.interrupted_move(&partition), Some(paths[1].clone()));
    assert_eq!(dirs.interrupted_move(&partition), None);
    let log = dirs.get(&partition).unwrap();
    dirs.begin_future(&log, &paths[1], [3; 16], Arc::new(small()), NOW).unwrap();
    dirs.drop_future(&partition, [4; 16], NOW).unwrap();
    assert!(dirs.futures().is_empty());
    let wanted = TopicPartition::new("t", 1);
    assert_eq!(dirs.destination(&wanted, &paths[0]), Destination::NoReplica);
    assert_eq!(create(&dirs, "t", 1).log_dir(), paths[0], "though the other dir is emptier");
}

#[test]
fn a_start_that_fails_vouches_for_nothing() {
    let temp = scratch();
    let paths = [temp.path().to_path_buf()];
    let mark = temp.path().join(CLEAN_SHUTDOWN);
    let checkpoint = temp.path().join("log-start-offset-checkpoint");
    let dirs = open(&paths);
    let log = create(&dirs, "t", 0);
    begin_late(&log, 3, 2);
    dirs.checkpoint_recovery_points();
    let before = fs::read_to_string(&checkpoint).unwrap();
    assert!(before.contains("t 0 2"), "{before}");
    // As after kill -9; then a start that ends before it has loaded anything.
    drop((dirs, log));
    LogDirs::open(&paths, 1).unwrap().shutdown(NOW);
    assert!(!mark.exists() && fs::read_to_string(&checkpoint).unwrap() == before);
    // One that ends before it has told the cluster.
    let dirs = open(&paths);
    dirs.set_in_doubt(true);
    dirs.shutdown(NOW);
    assert!(!mark.exists() && !open(&paths).were_closed());
    // One that has.
    let dirs = open(&paths);
    dirs.set_in_doubt(true);
    dirs.set_in_doubt(false);
    dirs.shutdown(NOW);
    assert!(mark.exists());
    // What was found closed is closed again, whoever was told.
    let dirs = open(&paths);
    dirs.set_in_doubt(true);
    assert!(dirs.were_closed() && !mark.exists());
    dirs.shutdown(NOW);
    assert!(mark.exists());
}

#[test]
fn an_fsync_that_is_wanted_during_another_one_comes() {
    let temp = scratch();
    let dirs = open(&[temp.path().to_path_buf()]);
    dirs.on_flush_due(|| {});
    let log = create(&dirs, "t", 0);
    append(&log, 1, 100, 0).unwrap();
    log.roll(NOW).unwrap();
    let written = log.clone();
    power_cut::meanwhile(move || {
        append(&written, 1, 100, 1).unwrap();
        written.flush_soon();
    });
    dirs.flush_due_logs(NOW);
    assert_eq!((log.recovery_point(), log.log_end()), (Offset(1), Offset(2)));
    dirs.flush_due_logs(NOW);
    assert_eq!(log.recovery_point(), Offset(2));
}

#[test]
fn a_replica_that_is_made_again_has_no_past() {
    for restart in [false, true] {
        let temp = scratch();
        let paths = [temp.path().to_path_buf()];
        let mut dirs = open(&paths);
        let tp = TopicPartition::new("t", 0);
        for partition in 0..2 {
            let log = create(&dirs, "t", partition);
            begin_late(&log, 40, 30);
            log.flush(NOW).unwrap();
        }
        dirs.checkpoint_recovery_points();
        dirs.checkpoint_high_watermarks();
        if restart {
            drop(dirs);
            dirs = open(&paths);
        }
        assert!(dirs.delete(&tp, [1; 16], NOW).unwrap());
        let log = create(&dirs, "t", 0);
        for n in 0..5 {
            append(&log, 1, 500, n).unwrap();
        }
        let written = read_all(&log, 0, 9999);
        for name in ["recovery-point-offset-checkpoint", "replication-offset-checkpoint", "log-start-offset-checkpoint"]
        {
            let text = fs::read_to_string(temp.path().join(name)).unwrap();
            assert!(text.starts_with("0\n1\nt 1 "), "{name}: {text}");
        }
        drop((dirs, log));
        let dirs = open(&paths);
        let log = dirs.get(&tp).unwrap();
        assert_eq!((log.log_start(), log.log_end(), read_all(&log, 0, 9999)), (Offset(0), Offset(5), written));
    }
}

#[test]
fn a_log_start_that_goes_back_stays_there() {
    let temp = scratch();
    let paths = [temp.path().to_path_buf()];
    let dirs = open(&paths);
    let log = create(&dirs, "t", 0);
    begin_late(&log, 10, 8);
    dirs.checkpoint_recovery_points();
    // Another leader, elected uncleanly, has less.
    log.truncate_to(Offset(4), NOW).unwrap();
    for n in 0..10 {
        append(&log, 1, 100, n).unwrap();
    }
    drop((dirs, log));
    let dirs = open(&paths);
    let log = dirs.get(&TopicPartition::new("t", 0)).unwrap();
    assert_eq!((log.log_start(), log.log_end()), (Offset(4), Offset(14)));
}

#[test]
fn a_new_dir_has_the_files_of_kafkas() {
    let temp = scratch();
    let path = temp.path().join("a");
    let dirs = open(std::slice::from_ref(&path));
    for name in ["recovery-point-offset-checkpoint", "replication-offset-checkpoint", "log-start-offset-checkpoint"] {
        assert!(path.join(name).exists(), "{name}");
    }
    drop(dirs);
}

#[test]
fn deleting_a_log_while_it_is_flushed_is_no_failure_of_the_disk() {
    let temp = scratch();
    let dirs = open(&[temp.path().join("a")]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                assert_eq!(dirs.housekeep(NOW), []);
            }
        });
        for n in 0..300u128 {
            create(&dirs, "t", 0);
            assert!(dirs.delete(&TopicPartition::new("t", 0), n.to_be_bytes(), NOW).unwrap());
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(!dirs.has_offline_dir());
}

/// Killed between the two renames of a move: the next start takes the one that was written to since, and loses nothing.
#[test]
fn a_move_that_was_killed_between_its_renames_leaves_one_replica() {
    let temp = scratch();
    let paths = [temp.path().join("a"), temp.path().join("b")];
    for written_to in [0, 1] {
        paths.iter().for_each(|path| drop(fs::remove_dir_all(path)));
        let dirs = open(&paths);
        let log = create(&dirs, "t", 0);
        for n in 0..9 {
            append(&log, 1, 500, n).unwrap();
        }
        let home = usize::from(log.log_dir() == paths[1]);
        let (from, to) = (paths[home].join("t-0"), paths[1 - home].join("t-0"));
        drop((log, dirs));
        fs::create_dir_all(&to).unwrap();
        for file in fs::read_dir(&from).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        // What was appended after the copy had taken the replica's place.
        let newer = if written_to == home { &from } else { &to };
        let one = super::open_with(newer.parent().unwrap(), small(), 0, false).unwrap();
        append(&one, 1, 500, 9).unwrap();
        drop(one);
        let dirs = open(&paths);
        let log = dirs.get(&TopicPartition::new("t", 0)).unwrap();
        assert_eq!((log.log_end(), log.log_dir()), (Offset(10), paths[written_to].clone()));
        let names =
            |at: usize| fs::read_dir(&paths[at]).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
        assert!(names(1 - written_to).any(|name| name.starts_with("t-0.") && name.ends_with("-stray")));
        drop((log, dirs));
        let dirs = open(&paths);
        assert_eq!(dirs.get(&TopicPartition::new("t", 0)).unwrap().log_end(), Offset(10));
        dirs.shutdown(NOW);
    }
}

/// An index that is missing below the recovery point is made anew; a clean stop vouches for it only once it is on disk.
#[test]
fn indexes_made_anew_are_flushed_before_a_clean_stop() {
    let temp = scratch();
    let log = super::open_with(temp.path(), small(), 0, false).unwrap();
    for n in 0..30 {
        append(&log, 1, 900, n).unwrap();
    }
    let end = log.log_end();
    log.flush(NOW).unwrap();
    let second = log.segments()[1].clone();
    drop(log);
    let log = super::open_with(temp.path(), small(), end.0, false).unwrap();
    assert!(!log.is_dirty());
    drop(log);
    fs::remove_file(second.path.with_extension("index")).unwrap();
    let log = super::open_with(temp.path(), small(), end.0, false).unwrap();
    assert!(log.is_dirty() && log.recovery_point() == second.base_offset);
    log.flush(NOW).unwrap();
    assert!(!log.is_dirty() && log.recovery_point() == end);
}
