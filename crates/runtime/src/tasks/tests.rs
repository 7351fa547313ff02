//! Both doors, with panics on the way.

use super::{
    essential::{self, End, Task},
    watched,
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// One test for all of it: a death is the whole process's.
#[tokio::test]
async fn only_a_death_that_nobody_asked_for_is_told() {
    essential::spawn(Task::Upkeep, async { End::Asked }).await.unwrap();
    let aborted = essential::spawn(Task::Upkeep, std::future::pending::<End>());
    aborted.abort();
    assert!(aborted.await.unwrap_err().is_cancelled());
    essential::spawn_thread(Task::ZooKeeperLog, || End::Asked).unwrap().join().unwrap();
    assert!(!essential::has_died());
    essential::spawn(Task::Upkeep, async { panic!("a test") as End }).await.unwrap();
    assert!(essential::has_died());
    essential::died().await;
    essential::spawn(Task::Upkeep, async { End::Unasked("a test") }).await.unwrap();
    essential::died().await;
}

#[test]
fn every_task_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = Task::ALL.iter().map(|task| task.name()).collect();
    assert_eq!(names.len(), Task::ALL.len());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/concurrency.md");
    let text = std::fs::read_to_string(path).unwrap();
    for name in names {
        assert!(text.contains(&format!("**{name}**")), "{name} is not in the tables of docs/concurrency.md");
    }
}

#[tokio::test]
async fn a_panic_goes_on_to_whoever_waits() {
    let inner = watched::spawn("inner", async { panic!("over\nhere") as u8 });
    let outer = watched::spawn("outer", async { watched::joined(inner.await) });
    let panic = outer.await.unwrap_err().into_panic();
    assert_eq!(super::caught::message(&panic), "over here");
    let aborted = watched::spawn("aborted", std::future::pending::<u8>());
    aborted.abort();
    assert_eq!(watched::joined(aborted.await), None);
    assert!(watched::spawn_blocking("blocking", || panic!("here")).await.unwrap_err().is_panic());
    assert!(watched::spawn_thread("thread", || panic!("here")).unwrap().join().is_err());
}

#[tokio::test]
async fn what_is_to_be_done_on_a_panic_is_done_only_then() {
    let seen = Arc::new(AtomicBool::new(false));
    for panics in [false, true] {
        let told = Arc::clone(&seen);
        let task = async move {
            let _dying = watched::on_panic(|| told.store(true, Ordering::SeqCst));
            tokio::task::yield_now().await;
            assert!(!panics, "a test");
        };
        let _ended = watched::spawn("task", task).await;
        assert_eq!(seen.load(Ordering::SeqCst), panics);
    }
}

#[tokio::test]
async fn a_group_has_ended_when_its_last_task_has() {
    let group = watched::Group::default();
    assert!(group.ended(Duration::from_secs(9)).await);
    let (go, gone) = tokio::sync::oneshot::channel::<()>();
    group.spawn("waits", async move { drop(gone.await) });
    group.spawn("panics", async { panic!("a test") });
    assert!(!group.ended(Duration::from_millis(20)).await);
    drop(go);
    assert!(group.ended(Duration::from_secs(9)).await);
}
