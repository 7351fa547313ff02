//! Disks that fail at any moment: whichever operation fails, by itself or with all that follow, what was acknowledged is
//! there at the next start.

use std::path::Path;

use super::recovery_tests::{entries, write};
use crate::recovery;
use crate::snapshot::{self, Method};
use crate::txn_log::LogWriter;
use rkafka_runtime::faults::Faults;

/// What happens at the operation that fails; a write has then done a part, or nothing.
const FAULTS: [&str; 2] = ["error=EIO", "short error=ENOSPC"];
const STEP: u64 = 4096;

/// In a folder that `prepare` has filled, does `act` with the first, the second, the third … operation failing, until none
/// does; `check` looks afterwards at what `act` came to.
fn fail_each<T>(prepare: impl Fn(&Path), act: impl Fn(&Path) -> T, check: impl Fn(&Path, T, &str)) {
    // Where the system does not tell what open files are called, no rule can be about them.
    if rkafka_platform::path_of(tempfile::tempfile().unwrap()).is_none() {
        return;
    }
    for (rule, then) in FAULTS.iter().flat_map(|rule| [(rule, "times=1"), (rule, "")]) {
        for after in 0.. {
            let folder = tempfile::tempdir().unwrap();
            prepare(folder.path());
            let text = format!("{rule} after={after} {then} path={}*", folder.path().display());
            let rules = text.parse::<Faults>().unwrap().install();
            let done = act(folder.path());
            let struck = rules.struck();
            drop(rules);
            check(folder.path(), done, &text);
            if struck == 0 {
                break;
            }
        }
    }
}

/// The last transaction that a start finds.
fn last(folder: &Path) -> anyhow::Result<i64> {
    Ok(recovery::load(folder, folder, false)?.database.last_zxid)
}

#[test]
fn the_log_has_what_was_acknowledged() {
    let entries = entries();
    fail_each(
        |folder| write(folder, &[]),
        |folder| {
            let mut writer = LogWriter::new(folder, STEP, true);
            let mut acknowledged = 0;
            for entry in &entries {
                if writer.append(std::slice::from_ref(entry)).is_err() {
                    break;
                }
                acknowledged = entry.zxid;
                if acknowledged == 3 {
                    writer.roll();
                }
            }
            acknowledged
        },
        |folder, acknowledged, what| {
            for _ in 0..2 {
                let found = last(folder).unwrap();
                assert!(found >= acknowledged, "{what}: {acknowledged} is acknowledged, {found} is the last");
            }
        },
    );
}

#[test]
fn a_start_has_everything_or_fails() {
    let entries = entries();
    fail_each(
        |folder| {
            write(folder, &entries);
            let halfway = tempfile::tempdir().unwrap();
            write(halfway.path(), &entries[..4]);
            let database = recovery::load(halfway.path(), halfway.path(), false).unwrap().database;
            snapshot::write(folder, &database.freeze(), Method::Plain).unwrap();
        },
        last,
        |folder, found, what| {
            assert!(found.as_ref().is_ok_and(|found| *found == 7) || found.is_err(), "{what}: {found:?}");
            assert_eq!(last(folder).unwrap(), 7, "{what}");
        },
    );
}

#[test]
fn a_snapshot_is_whole_or_not_there() {
    let entries = entries();
    fail_each(
        |folder| write(folder, &entries),
        |folder| {
            let database = recovery::load(folder, folder, false)?.database;
            snapshot::write(folder, &database.freeze(), Method::Gzip)
        },
        |folder, written, what| {
            let there = folder.join("snapshot.7.gz");
            assert!(written.is_err() || there.exists(), "{what}");
            if there.exists() {
                assert_eq!(snapshot::load(&there, 7).unwrap().last_zxid, 7, "{what}");
            }
            assert_eq!(last(folder).unwrap(), 7, "{what}");
        },
    );
}
