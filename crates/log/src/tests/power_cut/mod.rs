//! The machine loses its power at any moment, also in the middle of what syncs. What is found again is a beginning of what
//! the log was; everything that was flushed is there; and what the epochs, the producers and the indexes say is what the
//! records say.

mod disk;

use super::*;
use crate::{CLEAN_SHUTDOWN, LoadOptions, LogDirs, batch::tests::producer_batch};
use disk::Disk;
use parking_lot::Mutex;
use rkafka_base::{BrokerId, LeaderEpoch};
use rkafka_runtime::sync_watch;
use std::{cell::RefCell, fs::File, path::PathBuf};

/// Below these the rule of gaps is broken, to see that it is missed.
static BELIEVE_GAPS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Whether a log goes on behind a gap there.
pub(crate) fn gaps_are_believed(path: &Path) -> bool {
    BELIEVE_GAPS.lock().iter().any(|root| path.starts_with(root))
}

thread_local! {
    static MEANWHILE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// Has `act` done while the next sync of this thread waits for the disk.
pub(crate) fn meanwhile(act: impl FnOnce() + 'static) {
    sync_watch::listen(syncing);
    MEANWHILE.with_borrow_mut(|slot| *slot = Some(Box::new(act)));
}

fn syncing(file: &File) {
    if let Some(act) = MEANWHILE.take() {
        act();
    }
    disk::syncing(file);
}

const NOW: TimestampMs = TimestampMs(1_000_000);
const PRODUCERS: i64 = 3;

#[derive(Clone, Debug)]
struct Written {
    base: i64,
    last: i64,
    epoch: i32,
    producer: i64,
    sequence: i32,
    bytes: Vec<u8>,
}

/// What should be in the log.
#[derive(Clone, Debug, Default)]
struct Model {
    batches: Vec<Written>,
    start: i64,
    end: i64,
    /// Below it records may not be found again, above it they need not be missing.
    kept_start: i64,
    /// Up to here everything was flushed.
    flushed: i64,
    epoch: i32,
}

impl Model {
    fn cut(&mut self, end: i64) {
        self.batches.retain(|b| b.last < end);
        (self.end, self.flushed, self.start) = (end, self.flushed.min(end), self.start.min(end));
    }

    fn next_sequence(&self, producer: i64) -> i32 {
        let last = self.batches.iter().rev().find(|b| b.producer == producer);
        last.map_or(0, |b| b.sequence + (b.last - b.base) as i32 + 1)
    }

    fn append(&mut self, log: &Log, rng: &mut fastrand::Rng) {
        let (count, body, producer) = (rng.i32(1..8), rng.usize(0..300), rng.i64(0..=PRODUCERS));
        let (base, timestamp) = (self.end, 1000 + self.end);
        let sequence = self.next_sequence(producer);
        let bytes = match producer {
            0 => v2_batch(base, self.epoch, count, timestamp, body),
            _ => producer_batch(base, self.epoch, count, timestamp, body, (producer, 0, sequence)),
        };
        log.append_as_follower(NOW, &Records::Bytes(bytes.clone().into())).unwrap();
        let last = base + i64::from(count) - 1;
        self.batches.push(Written { base, last, epoch: self.epoch, producer, sequence, bytes });
        self.end = last + 1;
        log.raise_high_watermark(Offset(self.end));
    }
}

fn config() -> LogConfig {
    LogConfig { segment_bytes: 3_000, retention_bytes: 12_000, ..small() }
}

fn start(root: &Path) -> (LogDirs, Log) {
    let dirs = LogDirs::open(&[root.to_path_buf()], 3).unwrap();
    let config = Arc::new(config());
    dirs.claim(BrokerId(0), "cluster", NOW).unwrap();
    let of = |_: &str| Arc::clone(&config);
    dirs.load(&LoadOptions { threads_per_dir: 1, config: &of, now: NOW }).unwrap();
    let log = dirs.get_or_create(&TopicPartition::new("t", 0), None, Arc::clone(&config), NOW).unwrap();
    (dirs, log)
}

/// One step of a broker's life. Gives what the log may be while it lasts.
fn step(dirs: &LogDirs, log: &Log, model: &mut Model, rng: &mut fastrand::Rng) -> Vec<Model> {
    let mut before = model.clone();
    match rng.u8(0..60) {
        0..2 => drop(log.roll(NOW).unwrap()),
        2..7 => {
            log.flush(NOW).unwrap();
            model.flushed = model.end;
        }
        7..11 => {
            dirs.checkpoint_recovery_points();
            model.kept_start = model.start;
        }
        11 => drop(dirs.checkpoint_high_watermarks()),
        12..15 => {
            model.epoch += rng.i32(1..4);
            log.assign_epoch_start(LeaderEpoch(model.epoch), Offset(model.end)).unwrap();
        }
        15..18 if model.end > model.start => {
            let candidates: Vec<i64> = model.batches.iter().map(|b| b.base).filter(|b| *b >= model.start).collect();
            let Some(end) = rng.choice(candidates) else { return vec![before] };
            log.truncate_to(Offset(end), NOW).unwrap();
            model.cut(end);
            // The leader may go on in an earlier epoch than that of what was cut.
            let last = model.batches.last().map_or(0, |b| b.epoch);
            model.epoch = rng.i32(last..=model.epoch + 1);
            before.flushed = before.flushed.min(end);
        }
        18 => {
            let at = model.end + rng.i64(0..40);
            log.truncate_fully_and_start_at(Offset(at), NOW).unwrap();
            *model = Model { start: at, end: at, kept_start: 0, epoch: model.epoch, ..Model::default() };
            (before.flushed, before.kept_start) = (0, 0);
            before.start = i64::MAX;
        }
        19..21 => {
            let first = log.segments()[0].base_offset;
            dirs.apply_retention(NOW);
            model.start = log.log_start().0;
            if log.segments()[0].base_offset > first {
                model.kept_start = model.start;
            }
        }
        21 if model.end > model.start => {
            model.start = log.delete_records(Offset(rng.i64(model.start..=model.end))).unwrap().0;
        }
        22 => drop(dirs.housekeep(NOW)),
        _ => model.append(log, rng),
    }
    vec![before, model.clone()]
}

/// Whether a log that was found again is a beginning of `model`.
fn is_beginning(log: &Log, model: &Model) -> Result<(), String> {
    let (start, end) = (log.log_start().0, log.log_end().0);
    if start == end && model.flushed <= model.kept_start && (start <= model.end || model.start == i64::MAX) {
        return Ok(());
    }
    if end < model.flushed || end > model.end {
        return Err(format!("ends at {end}, {} was flushed, {} was written", model.flushed, model.end));
    }
    if start < model.kept_start || start > model.start {
        return Err(format!("starts at {start}, not between {} and {}", model.kept_start, model.start));
    }
    let expected = model.batches.iter().filter(|b| b.last >= start && b.last < end);
    let expected: Vec<u8> = expected.flat_map(|b| b.bytes.clone()).collect();
    if read_all(log, start, 5_000) != expected {
        return Err(format!("[{start}, {end}) has other records"));
    }
    Ok(())
}

/// What else the log says of its records.
fn agrees_with_itself(log: &Log, model: &Model) {
    let (start, end) = (log.log_start().0, log.log_end().0);
    let batches = || model.batches.iter().filter(|b| b.base >= start && b.last < end);
    for b in batches() {
        assert_eq!(log.epoch_of(Offset(b.base)), Some(LeaderEpoch(b.epoch)), "the epoch of offset {}", b.base);
        let data = log.read(Offset(b.last), 1, true, Offset(i64::MAX)).unwrap();
        assert_eq!(bytes_of(&data.records), b.bytes);
    }
    if let Some(last) = batches().next_back() {
        assert_eq!(log.latest_epoch(), Some(LeaderEpoch(last.epoch)));
    }
    for producer in 1..=PRODUCERS {
        let Some(last) = batches().rev().find(|b| b.producer == producer) else { continue };
        let repeat = |base: Offset, sequence| {
            let count = (last.last - last.base) as i32 + 1;
            let batch = producer_batch(base.0, last.epoch, count, 0, 5, (producer, 0, sequence));
            Ok::<_, LogError>(Records::Bytes(batch.into()))
        };
        let repeated = log.append_as_leader(NOW, AppendOrigin::Client, |next| repeat(next, last.sequence)).unwrap();
        assert!(repeated.duplicate && repeated.first_offset.0 == last.base, "{repeated:?} is not {last:?}");
        let too_far = log.append_as_leader(NOW, AppendOrigin::Client, |next| repeat(next, last.sequence + 1000));
        assert!(too_far.is_err(), "a gap in the sequence numbers of producer {producer}");
    }
}

/// Names the seed of a test that fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("SEED={}", self.0);
        }
    }
}

/// Lives on one machine, each ended by a power cut.
fn lives(seed: u64, believe_gaps: bool) {
    let _seed = Seed(seed);
    sync_watch::listen(syncing);
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut root = scratch();
    let mut model = Model::default();
    for life in 0..4 {
        let disk = Disk::watch(root.path(), rng.u64(..));
        let (dirs, log) = start(root.path());
        if let Some(end) = Some(log.log_end().0).filter(|end| *end < model.end) {
            model.cut(end);
        }
        (model.start, model.end) = (log.log_start().0, log.log_end().0);
        log.raise_high_watermark(log.log_end());
        let mut possible = vec![model.clone()];
        for _ in 0..rng.usize(5..80) {
            possible = step(&dirs, &log, &mut model, &mut rng);
        }
        disk.set_fuse(Some(rng.usize(..6)));
        for _ in 0..rng.usize(1..6) {
            possible = step(&dirs, &log, &mut model, &mut rng);
            if disk.is_cut() {
                break;
            }
        }
        if !disk.is_cut() && rng.u8(..4) == 0 {
            dirs.shutdown(NOW);
            possible = vec![Model { flushed: if disk.is_cut() { model.flushed } else { model.end }, ..model.clone() }];
            possible[0].kept_start = if disk.is_cut() { model.kept_start } else { model.start };
        }
        let image = disk.cut();
        disk.forget();
        if believe_gaps {
            BELIEVE_GAPS.lock().push(image.path().to_path_buf());
        }
        drop((dirs, log));
        let found_clean = image.path().join(CLEAN_SHUTDOWN).exists();
        let (dirs, log) = start(image.path());
        let judged: Vec<Result<(), String>> = possible.iter().map(|model| is_beginning(&log, model)).collect();
        let Some(at) = judged.iter().position(Result::is_ok) else {
            panic!("seed {seed}, life {life}, clean: {found_clean}: {log:?} {judged:?}")
        };
        model = possible.swap_remove(at);
        agrees_with_itself(&log, &model);
        let (start, end) = (log.log_start().0, log.log_end().0);
        drop((dirs, log));
        if model.start == i64::MAX {
            model.batches.clear();
        }
        model.cut(end);
        (model.start, model.kept_start, model.flushed, model.end) = (start, start, end, end);
        root = image;
    }
}

#[test]
fn what_is_found_again_is_a_beginning_of_what_was() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    seed.map_or(0..400, |seed: u64| seed..seed + 1).for_each(|seed| lives(seed, false));
}

#[test]
fn a_log_that_is_believed_behind_a_gap_is_noticed() {
    let noticed = (0..400).any(|seed| std::thread::spawn(move || lives(seed, true)).join().is_err());
    assert!(noticed, "no seed noticed that gaps were believed");
}
