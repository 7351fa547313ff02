//! Disks that fail at any moment: whichever operation fails, and whether it alone or all that follow, the log is then as it
//! was or says that it cannot be used; and opened again it has every record that was acknowledged.

use super::*;
use crate::{LoadOptions, LogDirs};
use rkafka_base::BrokerId;
use rkafka_runtime::faults::Installed;
use std::{collections::BTreeMap, fs, path::PathBuf};

const NOW: TimestampMs = TimestampMs(2_000_000);
const EPOCHS: i64 = 20;

/// What happens at the operation that fails; a write has then done a part, or nothing.
const FAULTS: &[&str] = &["error=EIO", "short error=ENOSPC"];

/// Records by the offset of their batch.
type Batches = BTreeMap<i64, Vec<u8>>;

/// So that few records make segments, index entries, and index entries that are written.
fn busy() -> LogConfig {
    LogConfig { segment_bytes: 14_000, segment_index_bytes: 8000, index_interval_bytes: 100, ..small() }
}

fn inject(rule: &str, dir: &Path) -> Installed {
    rule_in(dir, rule).parse::<rkafka_runtime::faults::Faults>().unwrap().install()
}

fn rule_in(dir: &Path, rule: &str) -> String {
    format!("{rule} path={}/*", dir.display())
}

/// Whether rules can be about open files: where the system does not tell their names, none of this can be tested.
fn can_inject() -> bool {
    rkafka_platform::path_of(tempfile::tempfile().unwrap()).is_some()
}

fn batch_at(offset: i64) -> Vec<u8> {
    v2_batch(offset, (offset / EPOCHS) as i32, 1, 1000 + offset, 150)
}

/// Appends the record at `offset` as a follower, whose leader changes now and then.
fn follow(log: &Log, offset: i64) -> Result<(), LogError> {
    log.append_as_follower(NOW, &Records::Bytes(batch_at(offset).into())).map(drop)
}

/// A log of so many records, not flushed.
fn filled(dir: &Path, count: i64) -> Log {
    let log = open_with(dir, busy(), 0, false).unwrap();
    (0..count).for_each(|offset| follow(&log, offset).unwrap());
    log
}

fn content(log: &Log) -> Batches {
    let (mut found, bytes) = (Batches::new(), read_all(log, log.log_start().0, 1 << 20));
    let mut rest = &bytes[..];
    while let Ok(batch) = crate::batch::Batch::parse(rest) {
        found.insert(batch.base_offset, rest[..batch.size as usize].to_vec());
        rest = &rest[batch.size as usize..];
    }
    found
}

/// `log` has the records of `from..to` as they were written, and nothing that was not written.
fn has(log: &Log, from: i64, to: i64, what: &str) {
    let found = content(log);
    for offset in from..to {
        assert_eq!(found.get(&offset), Some(&batch_at(offset)), "{what}: the record at {offset} of {from}..{to}");
    }
    assert!(found.iter().all(|(offset, bytes)| *bytes == batch_at(*offset)), "{what}: nothing else");
    let offsets: Vec<i64> = found.into_keys().collect();
    assert!(offsets.is_sorted_by(|one, next| one + 1 == *next), "{what}: {offsets:?} without a gap");
}

/// How a log fared.
struct After {
    log: Log,
    /// What must be in it: acknowledged, and not meant to go.
    kept: std::ops::Range<i64>,
}

/// Does `act` to logs that `prepare` makes, with the first, the second, the third … operation failing, until none does.
/// `act` gives what is to be found of the log afterwards.
fn fail_each(rule: &str, prepare: impl Fn(&Path) -> Log, act: impl Fn(Log) -> (After, Result<(), LogError>)) {
    for then in ["times=1", ""] {
        for after in 0.. {
            assert!(after < 2000, "{rule}: it never ends");
            let temp = scratch();
            let log = prepare(temp.path());
            let rules = inject(&format!("{rule} after={after} {then}"), temp.path());
            let (After { log, kept }, done) = act(log);
            let struck = rules.struck();
            drop(rules);
            let what = format!("{rule} after={after} {then}: {done:?}");
            if let Err(error) = &done {
                assert!(error.is_storage() || error.is_exhaustion() || is_unusable(error), "{what}");
            }
            match follow(&log, log.log_end().0) {
                Ok(()) => has(&log, kept.start, kept.end, &what),
                Err(error) => assert!(is_unusable(&error), "{what}, then {error}"),
            }
            let recovery_point = log.recovery_point().0;
            drop(log);
            for recovery_point in [0, recovery_point] {
                let again = open_with(temp.path(), busy(), recovery_point, false).unwrap();
                has(&again, kept.start, kept.end, &format!("{what}, opened again from {recovery_point} on"));
                let end = again.log_end().0;
                follow(&again, end).unwrap();
                again.flush(NOW).unwrap();
            }
            if struck == 0 {
                break;
            }
        }
    }
}

fn is_unusable(error: &LogError) -> bool {
    matches!(error, LogError::Unusable { .. })
}

#[test]
fn appends_and_rolls() {
    if !can_inject() {
        return;
    }
    for rule in FAULTS {
        fail_each(
            rule,
            |dir| filled(dir, 59),
            |log| {
                // A new epoch, index entries that are written, and a new segment.
                for offset in 59..70 {
                    let before = log.log_end();
                    if let Err(error) = follow(&log, offset) {
                        assert_eq!(log.log_end(), before, "{rule}: {error}");
                        return (After { log, kept: 0..offset }, Err(error));
                    }
                }
                assert_eq!(log.segments().len(), 2);
                (After { log, kept: 0..70 }, Ok(()))
            },
        );
    }
}

#[test]
fn flushes() {
    if !can_inject() {
        return;
    }
    for rule in FAULTS {
        fail_each(
            rule,
            |dir| filled(dir, 90),
            |log| {
                let flushed = log.flush(NOW);
                let on_disk = if flushed.is_ok() { 90 } else { 0 };
                assert_eq!(log.recovery_point(), Offset(on_disk), "{rule}: {flushed:?}");
                (After { log, kept: 0..90 }, flushed)
            },
        );
    }
}

#[test]
fn cuts() {
    if !can_inject() {
        return;
    }
    for rule in FAULTS {
        for to in [85, 30] {
            let flushed = |dir: &Path| {
                let log = filled(dir, 90);
                log.flush(NOW).unwrap();
                log
            };
            fail_each(rule, flushed, |log| {
                let cut = log.truncate_to(Offset(to), NOW).map(drop);
                assert!(cut.is_err() || log.log_end() == Offset(to));
                (After { log, kept: 0..to }, cut)
            });
        }
    }
}

#[test]
fn retention() {
    if !can_inject() {
        return;
    }
    for rule in FAULTS {
        fail_each(
            rule,
            |dir| {
                let log = filled(dir, 150);
                log.raise_high_watermark(Offset(150));
                log.flush(NOW).unwrap();
                log
            },
            |log| {
                let act = || {
                    log.delete_records(Offset(100))?;
                    log.apply_retention(NOW)?;
                    log.remove_below_log_start(NOW).map(drop)
                };
                let done = act();
                log.0.home.deletions.run(i64::MAX, None);
                (After { log, kept: 100..150 }, done)
            },
        );
    }
}

#[test]
fn closing() {
    if !can_inject() {
        return;
    }
    for rule in FAULTS {
        fail_each(
            rule,
            |dir| filled(dir, 90),
            |log| {
                let closed = log.close(NOW, true);
                (After { log, kept: 0..90 }, closed)
            },
        );
    }
}

/// Loading fails or has everything, after a crash as after a clean stop.
#[test]
fn loading() {
    if !can_inject() {
        return;
    }
    for (rule, clean) in FAULTS.iter().flat_map(|rule| [(rule, true), (rule, false)]) {
        for then in ["times=1", ""] {
            for after in 0.. {
                let temp = scratch();
                let log = filled(temp.path(), 90);
                if clean {
                    log.close(NOW, true).unwrap();
                }
                drop(log);
                let point = if clean { 90 } else { 0 };
                let rules = inject(&format!("{rule} after={after} {then}"), temp.path());
                let opened = open_with(temp.path(), busy(), point, clean);
                let struck = rules.struck();
                drop(rules);
                let what = format!("{rule} clean={clean} after={after} {then}");
                match opened {
                    Ok(log) => has(&log, 0, 90, &what),
                    Err(error) => {
                        assert!(error.is_storage(), "{what}: {error}");
                        // The mark of a clean stop is gone by then.
                        has(&open_with(temp.path(), busy(), point, false).unwrap(), 0, 90, &what);
                    }
                }
                if struck == 0 {
                    break;
                }
            }
        }
    }
}

fn open_dirs(paths: &[PathBuf]) -> Result<LogDirs, LogError> {
    let dirs = LogDirs::open(paths, 1)?;
    dirs.claim(BrokerId(3), "cluster", NOW)?;
    dirs.load(&LoadOptions { threads_per_dir: 1, config: &|_| Arc::new(busy()), now: NOW })?;
    Ok(dirs)
}

fn partition(number: i32) -> TopicPartition {
    TopicPartition::new("t", number)
}

fn create(dirs: &LogDirs, number: i32) -> Result<Log, LogError> {
    dirs.get_or_create(&partition(number), None, Arc::new(busy()), NOW)
}

/// Two dirs with two logs each, which are `t-0` and `t-2`, and `t-1` and `t-3`.
fn two_dirs(temp: &Path) -> (Vec<PathBuf>, LogDirs) {
    let paths = vec![temp.join("a"), temp.join("b")];
    let dirs = open_dirs(&paths).unwrap();
    for number in 0..4 {
        let log = create(&dirs, number).unwrap();
        (0..30).for_each(|offset| follow(&log, offset).unwrap());
    }
    (paths, dirs)
}

/// What a broker does with its dirs, one after the other.
fn a_day(dirs: &LogDirs) -> Result<(), LogError> {
    create(dirs, 4).map(drop)?;
    create(dirs, 5).map(drop)?;
    dirs.checkpoint_high_watermarks();
    dirs.housekeep(NOW);
    dirs.checkpoint_recovery_points();
    dirs.apply_retention(NOW);
    dirs.delete(&partition(4), [7; 16], NOW)?;
    dirs.delete(&partition(5), [7; 16], NOW)?;
    dirs.housekeep(TimestampMs(i64::MAX));
    dirs.shutdown(NOW);
    Ok(())
}

/// Whatever fails in one dir, the other goes on, and after a restart all is there.
#[test]
fn one_dir_of_two() {
    if !can_inject() {
        return;
    }
    for rule in FAULTS {
        for then in ["times=1", ""] {
            for after in 0.. {
                let temp = scratch();
                let (paths, dirs) = two_dirs(temp.path());
                let rules = inject(&format!("{rule} after={after} {then}"), &paths[0]);
                let done = a_day(&dirs);
                let struck = rules.struck();
                drop(rules);
                let what = format!("{rule} after={after} {then}: {done:?}");
                let offline: Vec<PathBuf> = dirs.offline_dirs().into_iter().map(|(path, _)| path).collect();
                assert!(!offline.contains(&paths[1]), "{what}: {offline:?}");
                if let Err(error) = &done {
                    assert!(error.is_storage(), "{what}");
                    dirs.shutdown(NOW);
                }
                drop(dirs);
                let dirs = open_dirs(&paths).unwrap();
                assert!(!dirs.has_offline_dir(), "{what}");
                for number in 0..4 {
                    let log = dirs.get(&partition(number)).unwrap_or_else(|| panic!("{what}: t-{number} is gone"));
                    has(&log, 0, 30, &format!("{what}, t-{number}"));
                }
                if struck == 0 {
                    break;
                }
            }
        }
    }
}

/// A start beside a failing disk: the dir is left out or has everything, and the other has everything in any case.
#[test]
fn a_start_with_one_dir_of_two() {
    if !can_inject() {
        return;
    }
    for (rule, clean) in FAULTS.iter().flat_map(|rule| [(rule, true), (rule, false)]) {
        for after in 0.. {
            let temp = scratch();
            let (paths, dirs) = two_dirs(temp.path());
            if clean {
                dirs.shutdown(NOW);
            }
            drop(dirs);
            let rules = inject(&format!("{rule} after={after} times=1"), &paths[0]);
            let opened = open_dirs(&paths);
            let struck = rules.struck();
            drop(rules);
            let what = format!("{rule} clean={clean} after={after}");
            if let Ok(dirs) = &opened {
                for number in 0..4 {
                    match dirs.get(&partition(number)) {
                        Some(log) => has(&log, 0, 30, &format!("{what}, t-{number}")),
                        None => assert!(number % 2 == 0 && dirs.has_offline_dir(), "{what}: t-{number} is gone"),
                    }
                }
            }
            drop(opened);
            let dirs = open_dirs(&paths).unwrap();
            for number in 0..4 {
                let log = dirs.get(&partition(number)).unwrap_or_else(|| panic!("{what}: t-{number} is gone"));
                has(&log, 0, 30, &format!("{what}, t-{number}, at the next start"));
            }
            if struck == 0 {
                break;
            }
        }
    }
}

/// A want of descriptors that passes is not noticed; one that lasts is told, and takes nothing offline.
#[test]
fn descriptors_that_are_wanting_take_nothing_offline() {
    if !can_inject() {
        return;
    }
    for then in ["times=1", ""] {
        for after in 0.. {
            let temp = scratch();
            let (paths, dirs) = two_dirs(temp.path());
            dirs.all().iter().for_each(Log::let_go_of_files);
            let rules = inject(&format!("error=EMFILE op=open,create after={after} {then}"), temp.path());
            let what = format!("after={after} {then}");
            let told = |done: Result<(), LogError>| {
                let wanting = done.as_ref().err().is_some_and(LogError::is_exhaustion);
                assert!(done.is_ok() || (then.is_empty() && wanting), "{what}: {done:?}");
            };
            let log = dirs.get(&partition(0)).unwrap();
            told(log.read(Offset(3), 1000, true, Offset(30)).map(drop));
            told(follow(&log, 30));
            told(log.roll(NOW).map(drop));
            let last = log.log_end().0 - 1;
            told(create(&dirs, 4).map(drop));
            dirs.checkpoint_high_watermarks();
            dirs.housekeep(NOW);
            dirs.checkpoint_recovery_points();
            dirs.apply_retention(NOW);
            told(dirs.delete(&partition(4), [7; 16], NOW).map(drop));
            assert!(!dirs.has_offline_dir(), "{what}: {:?}", dirs.offline_dirs());
            let struck = rules.struck();
            drop(rules);
            follow(&log, last + 1).unwrap();
            has(&log, 0, last + 2, &what);
            create(&dirs, 4).unwrap();
            assert!(dirs.housekeep(NOW).is_empty() && !dirs.has_offline_dir(), "{what}");
            dirs.shutdown(NOW);
            assert!(paths.iter().all(|path| fs::exists(path.join(crate::CLEAN_SHUTDOWN)).unwrap()), "{what}");
            if struck == 0 {
                break;
            }
        }
    }
}

/// A log whose directory cannot be renamed stays the partition's log: who asks again deletes it.
#[test]
fn a_deletion_that_fails_is_tried_again() {
    let temp = scratch();
    let dirs = LogDirs::open(&[temp.path().to_path_buf()], 1).unwrap();
    dirs.claim(BrokerId(1), "cluster", NOW).unwrap();
    dirs.load(&LoadOptions { threads_per_dir: 1, config: &|_| Arc::new(busy()), now: NOW }).unwrap();
    let name = TopicPartition::new("t", 0);
    dirs.get_or_create(&name, None, Arc::new(busy()), NOW).unwrap();
    let faulty = inject("error=EIO op=rename", temp.path());
    assert!(dirs.delete(&name, [1; 16], NOW).unwrap_err().is_storage());
    assert!(temp.path().join("t-0").exists() && dirs.get(&name).is_some());
    drop(faulty);
    assert!(dirs.delete(&name, [1; 16], NOW).unwrap());
    assert!(!temp.path().join("t-0").exists() && !dirs.delete(&name, [1; 16], NOW).unwrap());
}
