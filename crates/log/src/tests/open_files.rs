//! Files that are closed while nobody uses them.

use super::*;
use std::{collections::BTreeMap, fs};

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir.join("t-0")).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
}

/// Does one thing; what it is depends on the number alone.
fn act(log: &Log, n: u64, rng: &mut fastrand::Rng) {
    let now = TimestampMs(n as i64);
    match rng.u32(0..20) {
        0 => drop(log.roll(now).unwrap()),
        1 => log.flush(now).unwrap(),
        2 => drop(log.truncate_to(Offset(rng.i64(log.log_start().0..=log.log_end().0)), now).unwrap()),
        // The bodies of these batches are no records, which is found out where the index leads.
        3 => drop(log.offset_for_timestamp(rng.i64(0..=n as i64))),
        4 => {
            log.raise_high_watermark(log.log_end());
            log.delete_records(Offset(rng.i64(log.log_start().0..=log.log_end().0))).unwrap();
            log.apply_retention(now).unwrap();
        }
        5..10 => {
            let at = rng.i64(log.log_start().0..=log.log_end().0);
            log.read(Offset(at), 5000, true, Offset(i64::MAX)).unwrap();
        }
        _ => drop(append(log, rng.i32(1..4), rng.usize(1..900), n as i64).unwrap()),
    }
}

#[test]
fn closing_them_at_any_moment_changes_nothing() {
    for seed in 0..10 {
        let dirs = [scratch(), scratch()];
        let logs = dirs.each_ref().map(|dir| open_with(dir.path(), small(), 0, false).unwrap());
        let mut rngs = [fastrand::Rng::with_seed(seed), fastrand::Rng::with_seed(seed)];
        let mut closing = fastrand::Rng::with_seed(seed + 1000);
        for n in 0..400 {
            logs.iter().zip(&mut rngs).for_each(|(log, rng)| act(log, n, rng));
            if closing.bool() {
                logs[1].let_go_of_files();
            }
            assert_eq!(logs[0].log_end(), logs[1].log_end(), "seed {seed}, step {n}");
        }
        let [kept, closed] = logs.each_ref().map(|log| read_all(log, log.log_start().0, 3000));
        assert_eq!(kept, closed, "seed {seed}");
        logs.iter().for_each(|log| log.close(TimestampMs(1000), true).unwrap());
        assert_eq!(files(dirs[0].path()), files(dirs[1].path()), "seed {seed}");
        let again = dirs.each_ref().map(|dir| open_with(dir.path(), small(), 0, true).unwrap());
        assert_eq!(again[0].log_end(), again[1].log_end());
    }
}
