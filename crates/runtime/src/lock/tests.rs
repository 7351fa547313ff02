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
    panic.downcast_ref::<String>().cloned().expect("a message")
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

#[cfg(debug_assertions)]
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

#[cfg(debug_assertions)]
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
    #[cfg(debug_assertions)]
    refusal(|| drop(Mutex::new(UPPER, 0).lock()));
}

#[test]
fn guards_go_in_any_order() {
    let (upper, lower, last) = (Mutex::new(UPPER, ()), Mutex::new(LOWER, ()), Mutex::new(Rank::Deletions, ()));
    let (first, second) = (upper.lock(), lower.lock());
    drop(first);
    let third = last.lock();
    #[cfg(debug_assertions)]
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
    #[cfg(debug_assertions)]
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
    #[cfg(debug_assertions)]
    {
        let upper = Mutex::new(UPPER, ());
        let (_other, mut held) = (upper.lock(), shared.0.lock());
        assert!(refusal(|| shared.1.wait(&mut held)).contains("LogSet"));
    }
}

#[test]
fn each_thread_has_its_own_order() {
    let (upper, lower) = (Mutex::new(UPPER, ()), Mutex::new(LOWER, ()));
    let _held = lower.lock();
    thread::scope(|scope| drop(scope.spawn(|| drop(upper.lock())).join().unwrap()));
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
