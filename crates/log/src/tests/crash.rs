//! Logs that were killed at any moment: whatever the disk then holds above the recovery point, what lies below it is
//! there, nothing else is read as a record, and the log goes on.

use super::*;
use crate::{batch::tests::producer_batch, dir_listing::DirListing};
use std::fs::{self, OpenOptions};

/// What should be in the log.
struct Model {
    batches: Vec<(i64, i64, Vec<u8>)>,
    sequences: [i32; 3],
}

impl Model {
    fn bytes(&self) -> Vec<u8> {
        self.batches.iter().flat_map(|b| b.2.clone()).collect()
    }

    fn end(&self) -> i64 {
        self.batches.last().map_or(0, |b| b.1 + 1)
    }

    fn append(&mut self, log: &Log, rng: &mut fastrand::Rng) {
        let (count, body, producer) = (rng.i32(1..8), rng.usize(0..400), rng.usize(0..4));
        let mut bytes = Vec::new();
        let appended = log.append_as_leader(TimestampMs(0), AppendOrigin::Client, |next| {
            let timestamp = 1000 + next.0 + rng.i64(-3..3);
            bytes = match self.sequences.get(producer) {
                Some(sequence) => {
                    producer_batch(next.0, 1, count, timestamp, body, (producer as i64 + 1, 0, *sequence))
                }
                None => v2_batch(next.0, 1, count, timestamp, body),
            };
            Ok::<_, LogError>(Records::Bytes(bytes.clone().into()))
        });
        let appended = appended.unwrap();
        assert!(!appended.duplicate);
        if let Some(sequence) = self.sequences.get_mut(producer) {
            *sequence += count;
        }
        self.batches.push((appended.first_offset.0, appended.last_offset.0, bytes));
    }

    /// The log was cut at `end`, a batch's end.
    fn cut(&mut self, end: i64) {
        self.batches.retain(|b| b.1 < end);
        self.sequences = [0; 3];
        for (_, _, bytes) in &self.batches {
            let batch = crate::batch::Batch::parse(bytes).unwrap();
            if let Some(sequence) = self.sequences.get_mut((batch.producer_id - 1) as usize) {
                *sequence = batch.last_sequence() + 1;
            }
        }
    }
}

/// Damages what the disk may not have had when the machine stopped.
fn damage(dir: &Path, recovery_point: i64, flushed: &[(i64, u64)], rng: &mut fastrand::Rng) {
    let bases: Vec<i64> = DirListing::read(dir).unwrap().segments().map(|s| s.0).collect();
    let first_checked = bases.iter().copied().filter(|b| *b <= recovery_point).max().unwrap_or(0);
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        let Some((base, suffix)) = crate::file_names::parse_segment_file(&name) else { continue };
        let safe = flushed.iter().find(|(b, _)| *b == base.0).map_or(0, |(_, size)| *size);
        let newer = flushed.last().is_none_or(|(b, _)| base.0 >= *b);
        match suffix {
            ".log" if newer && base.0 >= first_checked => damage_tail(&path, safe, rng),
            ".index" | ".timeindex" if newer && base.0 < first_checked => {
                // All of it was on disk, but perhaps not yet cut to its entries.
                let full = if suffix == ".index" { 1000 } else { 996 };
                OpenOptions::new().write(true).open(&path).unwrap().set_len(full).unwrap();
            }
            ".index" | ".timeindex" if newer => match rng.u8(0..4) {
                0 => fs::remove_file(&path).unwrap(),
                _ => damage_tail(&path, 0, rng),
            },
            ".snapshot" if base.0 > recovery_point && rng.bool() => damage_tail(&path, 0, rng),
            _ => {}
        }
    }
    if rng.bool() {
        fs::write(dir.join("leader-epoch-checkpoint.tmp"), "0\n1").unwrap();
    }
}

/// Writes rubbish over some bytes from `safe` on: as long as a header, since no checksum covers a batch's offset.
fn overwrite(path: &Path, safe: u64, rng: &mut fastrand::Rng) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let size = file.metadata().unwrap().len();
    if size > safe && rng.bool() {
        let from = rng.u64(safe..size);
        let rubbish: Vec<u8> = (from..size.min(from + rng.u64(64..200))).map(|_| rng.u8(..)).collect();
        file.write_all_at(&rubbish, from).unwrap();
    }
}

/// Cuts a file, writes rubbish over it, or lengthens it, from `safe` on.
fn damage_tail(path: &Path, safe: u64, rng: &mut fastrand::Rng) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let size = file.metadata().unwrap().len();
    match rng.u8(0..6) {
        0 | 1 if size > safe => file.set_len(rng.u64(safe..size)).unwrap(),
        2 => overwrite(path, safe, rng),
        3 => {
            let rubbish: Vec<u8> = (0..rng.usize(1..300)).map(|_| rng.u8(..)).collect();
            file.write_all_at(&rubbish, size).unwrap();
        }
        4 => file.set_len(size + rng.u64(1..5000)).unwrap(),
        _ => {}
    }
}

fn check(log: &Log, model: &Model) {
    assert_eq!(log.log_end().0, model.end());
    assert_eq!(read_all(log, 0, 5000), model.bytes());
    for (base, last, bytes) in &model.batches {
        let data = log.read(Offset(*last), 1, true, Offset(i64::MAX)).unwrap();
        assert_eq!(&bytes_of(&data.records), bytes, "at {base}");
    }
}

/// One life: operations, a crash, a recovery. Returns the model as it is after.
fn live_and_die(dir: &Path, log: Log, mut model: Model, rng: &mut fastrand::Rng) -> (Log, Model) {
    let partition_dir = dir.join("t-0");
    let sizes = |log: &Log| log.segments().iter().map(|s| (s.base_offset.0, s.size)).collect::<Vec<_>>();
    log.flush(TimestampMs(0)).unwrap();
    let mut flushed: Vec<(i64, u64)> = sizes(&log);
    for _ in 0..rng.usize(10..120) {
        match rng.u8(0..40) {
            0 => assert!(log.roll(TimestampMs(0)).is_ok()),
            1 => {
                log.flush(TimestampMs(0)).unwrap();
                flushed = sizes(&log);
            }
            2 if !model.batches.is_empty() => {
                let end = model.batches[rng.usize(..model.batches.len())].0;
                if end >= log.log_start().0 {
                    log.truncate_to(Offset(end), TimestampMs(0)).unwrap();
                    model.cut(end);
                    let now = sizes(&log);
                    flushed.retain(|(base, _)| now.iter().any(|(b, _)| b == base));
                    for (base, size) in &mut flushed {
                        *size = (*size).min(now.iter().find(|(b, _)| b == base).map_or(0, |(_, s)| *s));
                    }
                    check(&log, &model);
                }
            }
            _ => model.append(&log, rng),
        }
    }
    let recovery_point = log.recovery_point().0;
    let safe_end = recovery_point.min(model.end());
    drop(log);
    damage(&partition_dir, recovery_point, &flushed, rng);
    let log = open_with(dir, small(), recovery_point, false).unwrap();
    let end = log.log_end().0;
    assert!(end >= safe_end, "the log ends at {end}, {safe_end} was on disk");
    assert!(model.batches.iter().any(|b| b.1 + 1 == end) || end == 0, "{end} ends no batch");
    model.cut(end);
    check(&log, &model);
    (log, model)
}

#[test]
fn any_crash_is_survived() {
    for seed in 0..60 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let temp = scratch();
        let mut log = open_with(temp.path(), small(), 0, false).unwrap();
        let mut model = Model { batches: Vec::new(), sequences: [0; 3] };
        for _ in 0..3 {
            (log, model) = live_and_die(temp.path(), log, model, &mut rng);
        }
        // The producers are known as they were: each goes on with its next number.
        for _ in 0..20 {
            model.append(&log, &mut rng);
        }
        let recovery_point = log.log_end().0;
        log.close(TimestampMs(0), true).unwrap();
        let log = open_with(temp.path(), small(), recovery_point, true).unwrap();
        check(&log, &model);
    }
}

#[test]
fn a_torn_tail_is_reported_and_later_segments_go() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    for n in 0..60 {
        append(&log, 1, 900, n).unwrap();
    }
    let segments = log.segments();
    assert!(segments.len() > 3);
    drop(log);
    let file = OpenOptions::new().write(true).open(&segments[1].path).unwrap();
    file.set_len(segments[1].size - 1).unwrap();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    assert_eq!(log.segments().len(), 2);
    assert_eq!(log.log_end().0, segments[2].base_offset.0 - 1);
    assert!(!segments[2].path.exists());
    append(&log, 1, 900, 1).unwrap();
}

/// 60 batches of one record in segments of 10, of which the second has lost its last batch.
fn with_a_gap(dir: &Path) -> Vec<crate::SegmentInfo> {
    let log = open_with(dir, small(), 0, false).unwrap();
    for n in 0..60 {
        append(&log, 1, 900, n).unwrap();
    }
    let segments = log.segments();
    assert_eq!(segments[1].base_offset, Offset(10));
    OpenOptions::new().write(true).open(&segments[1].path).unwrap().set_len(segments[1].size - 961).unwrap();
    segments
}

#[test]
fn a_log_ends_at_a_gap_between_segments() {
    let temp = scratch();
    let segments = with_a_gap(temp.path());
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    assert_eq!((log.log_end(), log.segments().len()), (Offset(19), 2));
    assert!(segments[2..].iter().all(|segment| !segment.path.exists()));
    assert_eq!(append(&log, 1, 900, 1).unwrap().first_offset, Offset(19));
}

#[test]
fn a_gap_that_compaction_left_is_none() {
    let temp = scratch();
    with_a_gap(temp.path());
    let open = OpenLog {
        cleaned_to: Offset(20),
        ..OpenLog::anew(temp.path().join("t-0"), TopicPartition::new("t", 0), Arc::new(small()))
    };
    let log = Log::open(open, TimestampMs(0), 1).unwrap();
    assert_eq!(log.log_end(), Offset(60));
}

#[test]
fn leader_epochs_are_read_from_the_log_if_their_file_is_damaged() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    for n in 0..40 {
        let batch = v2_batch(n, (n / 15) as i32, 1, 0, 900);
        log.append_as_follower(TimestampMs(0), &Records::Bytes(batch.into())).unwrap();
    }
    log.flush(TimestampMs(0)).unwrap();
    drop(log);
    let file = temp.path().join("t-0/leader-epoch-checkpoint");
    let good = fs::read_to_string(&file).unwrap();
    assert_eq!(good, "0\n3\n0 0\n1 15\n2 30\n");
    for damaged in ["", "\0\0\0\0", "0\n1\n0 0\n", "0\n2\n0 0\n"] {
        fs::write(&file, damaged).unwrap();
        let log = open_with(temp.path(), small(), 40, false).unwrap();
        assert_eq!(log.epoch_of(Offset(29)), Some(rkafka_base::LeaderEpoch(1)), "after {damaged:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), good);
    }
}

#[test]
fn a_log_start_beyond_the_log_end_begins_anew() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    append(&log, 10, 100, 0).unwrap();
    drop(log);
    let open = OpenLog {
        dir: temp.path().join("t-0"),
        partition: TopicPartition::new("t", 0),
        config: Arc::new(small()),
        recovery_point: Offset(0),
        log_start: Offset(50),
        cleaned_to: Offset(0),
        clean: false,
    };
    let log = Log::open(open, TimestampMs(0), 1).unwrap();
    assert_eq!((log.log_start(), log.log_end()), (Offset(50), Offset(50)));
    assert_eq!(append(&log, 1, 1, 0).unwrap().first_offset, Offset(50));
}

#[test]
fn an_unfinished_cleaning_is_undone_and_a_finished_one_completed() {
    let temp = scratch();
    let dir = temp.path().join("t-0");
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    for n in 0..40 {
        append(&log, 1, 900, n).unwrap();
    }
    let segments = log.segments();
    log.close(TimestampMs(0), true).unwrap();
    let copy = |suffix: &str| {
        for kind in [".log", ".index", ".timeindex"] {
            let plain = dir.join(format!("{:020}{kind}", 0));
            fs::copy(&plain, dir.join(format!("{:020}{kind}{suffix}", 0))).unwrap();
        }
    };
    copy(".cleaned");
    let log = open_with(temp.path(), small(), 40, true).unwrap();
    assert_eq!(log.segments(), segments);
    log.close(TimestampMs(0), true).unwrap();
    // A finished segment that holds the first two, less some records, replaces them.
    let second = fs::read(&segments[1].path).unwrap();
    let first = fs::read(&segments[0].path).unwrap();
    fs::write(dir.join(format!("{:020}.log.swap", 0)), [&first[..1922], &second].concat()).unwrap();
    let log = open_with(temp.path(), small(), 40, true).unwrap();
    assert_eq!(log.segments().len(), segments.len() - 1);
    assert_eq!(log.log_end(), Offset(40));
    let data = log.read(Offset(5), 100, true, Offset(i64::MAX)).unwrap();
    assert_eq!(bytes_of(&data.records)[..8], segments[1].base_offset.0.to_be_bytes());
    assert!(!fs::read_dir(&dir).unwrap().any(|e| e.unwrap().path().to_str().unwrap().ends_with(".swap")));
}

#[test]
fn an_index_that_lies_is_not_believed() {
    let temp = scratch();
    let log = open_with(temp.path(), small(), 0, false).unwrap();
    for n in 0..60 {
        append(&log, 3, 300, n).unwrap();
    }
    let all = read_all(&log, 0, 1000);
    let segments = log.segments();
    log.close(TimestampMs(0), true).unwrap();
    let mut rng = fastrand::Rng::with_seed(5);
    for _ in 0..300 {
        let path = segments[0].path.with_extension(if rng.bool() { "index" } else { "timeindex" });
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..bad.len());
            bad[at] = rng.u8(..);
        }
        fs::write(&path, &bad).unwrap();
        let again = open_with(temp.path(), small(), 180, true).unwrap();
        assert_eq!(read_all(&again, 0, 1000), all);
        again.offset_for_timestamp(rng.i64(-5..60)).ok();
        fs::write(&path, &good).unwrap();
    }
}

#[test]
fn any_of_a_producers_last_batches_may_be_repeated_after_a_crash() {
    let temp = scratch();
    let send = |log: &Log, sequence: i32| {
        log.append_as_leader(TimestampMs(0), AppendOrigin::Client, |next| {
            Ok::<_, LogError>(Records::Bytes(producer_batch(next.0, 0, 1, 0, 900, (1, 0, sequence)).into()))
        })
    };
    let log = open_with(temp.path(), LogConfig::default(), 0, false).unwrap();
    for n in 0..8 {
        send(&log, n).unwrap();
    }
    drop(log);
    // Twice: the first start leaves a snapshot at the log end, which knows the last batch only.
    for _ in 0..2 {
        let log = open_with(temp.path(), LogConfig::default(), 0, false).unwrap();
        for n in 3..8 {
            let repeated = send(&log, n).unwrap();
            assert!(repeated.duplicate && repeated.first_offset == Offset(i64::from(n)), "{n}: {repeated:?}");
        }
        assert!(send(&log, 9).is_err());
    }
}
