//! Out of order is refused, in order is not; and the table for readers lists the same locks.

use super::{Condvar, Mutex, Rank, RwLock, rank::TABLE};
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

const UPPER: Rank = Rank::LogSet;
const LOWER: Rank = Rank::LogState;

/// What a panic in `act` says.
fn refusal<T>(act: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(act)) else { panic!("the order was broken and nobody noticed") };
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a message")
}

#[test]
fn in_order() {
    let (upper, lower) = (RwLock::new(UPPER, 1), Mutex::new(LOWER, 2));
    for _ in 0..2 {
        let (first, mut second) = (upper.read(), lower.lock());
        *second += *first;
    }
    // One after the other there is no order.
    *lower.lock() += 1;
    *upper.write() += 1;
    assert_eq!((*upper.read(), *lower.lock()), (2, 5));
}

#[test]
fn out_of_order() {
    let (upper, lower) = (Mutex::new(UPPER, ()), Mutex::new(LOWER, ()));
    let held = lower.lock();
    let message = refusal(|| drop(upper.lock()));
    assert!(message.contains("LogSet is wanted while LogState is held (taken at "), "{message}");
    assert!(message.contains(file!()), "{message}");
    drop(held);
    drop(upper.lock());
}

#[test]
fn one_of_a_rank_at_a_time() {
    let lock = RwLock::new(LOWER, ());
    let held = lock.read();
    refusal(|| drop(lock.read()));
    refusal(|| drop(lock.write()));
    drop(held);
    let held = lock.write();
    refusal(|| drop(Mutex::new(LOWER, ()).lock()));
    drop(held);
    drop(lock.read());
}

#[test]
fn two_of_a_rank_where_that_is_said() {
    let (one, other) = (Mutex::new(LOWER, 1), Mutex::new(LOWER, 2));
    let first = one.lock();
    let second = other.lock_beside(&first);
    assert_eq!(*first + *second, 3);
    refusal(|| drop(Mutex::new(UPPER, 0).lock()));
}

#[test]
fn beside_what_is_no_other_of_its_rank() {
    let [one, other, third] = [1, 2, 3].map(|n| Mutex::new(LOWER, n));
    let first = one.lock();
    assert!(refusal(|| drop(one.lock_beside(&first))).contains("beside itself"));
    let second = other.lock_beside(&first);
    assert!(refusal(|| drop(third.lock_beside(&second))).contains("holds 2"));
    drop((first, second));
    let upper = Mutex::new(UPPER, 0);
    let first = upper.lock();
    assert!(refusal(|| drop(one.lock_beside(&first))).contains("beside LogSet"));
}

#[test]
fn guards_go_in_any_order() {
    let (upper, lower, last) = (Mutex::new(UPPER, ()), Mutex::new(LOWER, ()), Mutex::new(Rank::Deletions, ()));
    let (first, second) = (upper.lock(), lower.lock());
    drop(first);
    let third = last.lock();
    refusal(|| drop(upper.lock()));
    drop(second);
    drop(third);
    drop(upper.lock());
}

#[test]
fn a_try_may_go_against_the_order() {
    let (upper, lower) = (Mutex::new(UPPER, 1), Mutex::new(LOWER, 2));
    let held = lower.lock();
    let tried = upper.try_lock();
    assert!(tried.is_some() && upper.try_lock().is_none());
    drop((held, tried));
    let tried = lower.try_lock();
    refusal(|| drop(upper.lock()));
    drop(tried);
}

#[test]
fn waiting_for_a_change() {
    let shared = Arc::new((Mutex::new(LOWER, false), Condvar::default()));
    let waiting = thread::spawn({
        let shared = Arc::clone(&shared);
        move || {
            let mut done = shared.0.lock();
            while !*done {
                shared.1.wait(&mut done);
            }
        }
    });
    *shared.0.lock() = true;
    shared.1.notify_one();
    waiting.join().unwrap();
    let upper = Mutex::new(UPPER, ());
    let (_other, mut held) = (upper.lock(), shared.0.lock());
    assert!(refusal(|| shared.1.wait(&mut held)).contains("LogSet"));
}

#[test]
fn each_thread_has_its_own_order() {
    let (upper, lower) = (Mutex::new(UPPER, ()), Mutex::new(LOWER, ()));
    let _held = lower.lock();
    thread::scope(|scope| scope.spawn(|| drop(upper.lock())).join().unwrap());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The table of `docs/concurrency.md`, as the ranks say it.
fn table_for_readers() -> String {
    let row = |(rank, lines): &(Rank, &[&str])| {
        let text: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        let text = text.join(" ");
        let (guards, under) = text.split_once(" Under it: ").expect("each rank says what may happen under it");
        let (place, guards) = guards.split_once(": ").expect("each rank says where the lock is");
        format!("| `{rank:?}` | {place} | {guards} | {under} |\n")
    };
    TABLE.iter().map(row).collect()
}

#[test]
fn the_table_for_readers_is_up_to_date() {
    let text = fs::read_to_string(root().join("docs/concurrency.md")).unwrap();
    let told: String = text.lines().filter(|line| line.starts_with("| `")).map(|line| format!("{line}\n")).collect();
    let wanted = table_for_readers();
    assert!(told.contains(&wanted), "docs/concurrency.md should say:\n{wanted}");
}
/// Locks without a rank are no part of the order, so there are none. The locks of tests are their own business, and those
/// that are held over awaits are tokio's.
#[test]
fn every_lock_has_a_rank() {
    let mut found = Vec::new();
    let mut dirs = vec![root().join("src"), root().join("crates")];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() && !name.ends_with("/tests") && !name.ends_with("runtime/src/lock") {
                dirs.push(path);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") && !name.contains("_tests/") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                found.extend(unranked(code).map(|line| format!("{name}: {line}")));
            }
        }
    }
    assert!(found.is_empty(), "locks without a rank: {found:#?}");
}

fn unranked(code: &str) -> impl Iterator<Item = &str> {
    const STD: &[&str] = &["Mutex", "RwLock", "Condvar"];
    let mut in_std_sync = false;
    code.lines().filter(move |line| {
        let line = line.trim();
        // `use std::{ … sync::{ … }, … }` over several lines.
        if line.starts_with("use ") {
            in_std_sync = line.starts_with("use std::");
        }
        let names_one = STD.iter().any(|name| line.contains(name));
        let of_std = line.contains("std::sync::") || (in_std_sync && !line.contains("tokio"));
        if line.ends_with(';') {
            in_std_sync = false;
        }
        !line.starts_with("//") && (line.contains("parking_lot") || (names_one && of_std))
    })
}

#[test]
fn unranked_locks_are_found() {
    let found = |code: &str| unranked(code).count();
    assert_eq!(found("use parking_lot::Mutex;"), 1);
    assert_eq!(found("use std::sync::Mutex;\nlet x = std::sync::RwLock::new(1);"), 2);
    assert_eq!(found("use std::{\n    fs,\n    sync::{Arc, Mutex},\n};\nstatic A: Mutex<()>;"), 1);
    assert_eq!(found("use tokio::sync::Mutex;\nuse rkafka_runtime::lock::{Mutex, Rank};\n// parking_lot\n"), 0);
}
