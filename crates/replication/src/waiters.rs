//! Who waits for a partition to move on: fetches for records, produce requests for the high watermark.
//!
//! Nothing is polled, and nobody is woken in vain: an append counts its bytes off what each waiter still lacks and wakes
//! it when that is nothing, and a produce request is woken when the high watermark has passed its records.

use super::state::LogEnds;
use rkafka_base::Offset;
use rkafka_runtime::lock::{Mutex, Rank};
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};
use tokio::sync::Notify;

/// Enough bytes for any waiter: wakes it to look again.
pub const LOOK_AGAIN: usize = i32::MAX as usize;

/// What a waiter waits for. Every waiter is woken when the partition's leader or log start changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// Records, committed or not: a follower.
    Append,
    /// Committed records: a consumer.
    Commit,
    /// The high watermark at or above an offset: a produce request.
    HighWatermark(Offset),
    /// A change of the replicas' log starts: a request to delete records.
    Change,
}

/// One request that waits, possibly on many partitions.
#[derive(Debug)]
pub struct Waiter {
    missing: AtomicI64,
    notify: Notify,
}

impl Waiter {
    /// A waiter that is to be woken once `bytes` more have come.
    pub fn new(bytes: usize) -> Arc<Waiter> {
        Arc::new(Waiter { missing: AtomicI64::new(bytes as i64), notify: Notify::new() })
    }

    /// Sets anew how many bytes are missing.
    pub fn reset(&self, bytes: usize) {
        self.missing.store(bytes as i64, Ordering::Relaxed);
    }

    /// Ends when enough bytes have come since the last call, at once if they have already.
    pub async fn woken(&self) {
        self.notify.notified().await;
    }

    /// Counts `bytes` off what is missing; wakes the waiter when that is nothing.
    pub fn count(&self, bytes: usize) {
        let bytes = bytes as i64;
        if self.missing.fetch_sub(bytes, Ordering::Relaxed) <= bytes {
            self.notify.notify_one();
        }
    }
}

/// The waiters of one partition.
#[derive(Debug)]
pub struct Waiters {
    next: AtomicU64,
    /// Wakers take it after they have changed what is waited for, and hold no other lock of the partition by then.
    list: Mutex<List>,
}

impl Default for Waiters {
    fn default() -> Waiters {
        Waiters { next: AtomicU64::new(0), list: Mutex::new(Rank::PartitionWaiters, List::default()) }
    }
}

#[derive(Debug, Default)]
struct List {
    waiters: Vec<(u64, WaitsFor, Arc<Waiter>)>,
    /// Bytes appended since everything was committed: at least as many as a commit makes readable.
    uncommitted: usize,
}

/// A waiter's place in a partition's list; dropping it gives up the place.
#[derive(Debug)]
pub struct WaiterPlace {
    waiters: Arc<Waiters>,
    number: u64,
}

impl Waiters {
    pub fn register(self: &Arc<Self>, waiter: &Arc<Waiter>, waits_for: WaitsFor) -> WaiterPlace {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.list.lock().waiters.push((number, waits_for, Arc::clone(waiter)));
        WaiterPlace { waiters: Arc::clone(self), number }
    }

    /// `appended` more bytes are in the log, and the high watermark has moved to where `committed` says.
    pub fn moved(&self, appended: usize, committed: Option<LogEnds>) {
        let mut list = self.list.lock();
        list.uncommitted = list.uncommitted.saturating_add(appended);
        let readable = match committed {
            Some(ends) if ends.high_watermark >= ends.log_end => std::mem::take(&mut list.uncommitted).max(1),
            Some(_) => list.uncommitted.max(1),
            None => 0,
        };
        for (_, waits_for, waiter) in &list.waiters {
            match (waits_for, committed) {
                (WaitsFor::Append, _) if appended > 0 => waiter.count(appended),
                (WaitsFor::Commit, Some(_)) => waiter.count(readable),
                (WaitsFor::HighWatermark(end), Some(ends)) if *end <= ends.high_watermark => waiter.count(LOOK_AGAIN),
                _ => {}
            }
        }
    }

    /// A replica's log start has moved, or a replica is gone.
    pub fn changed(&self) {
        self.list.lock().of(|w| w == WaitsFor::Change).for_each(|w| w.count(LOOK_AGAIN));
    }

    /// Something else has changed: everybody looks again.
    pub fn wake_all(&self) {
        self.list.lock().of(|_| true).for_each(|w| w.count(LOOK_AGAIN));
    }
}

impl List {
    fn of(&self, wanted: impl Fn(WaitsFor) -> bool) -> impl Iterator<Item = &Arc<Waiter>> {
        self.waiters.iter().filter(move |(_, waits_for, _)| wanted(*waits_for)).map(|(_, _, waiter)| waiter)
    }
}

impl Drop for WaiterPlace {
    fn drop(&mut self) {
        let waiters = &mut self.waiters.list.lock().waiters;
        if let Some(at) = waiters.iter().position(|(n, _, _)| *n == self.number) {
            waiters.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, pin::pin, task::Context};

    fn ends(high_watermark: i64, log_end: i64) -> Option<LogEnds> {
        Some(LogEnds { high_watermark: Offset(high_watermark), log_end: Offset(log_end) })
    }

    fn is_woken(waiter: &Waiter) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        pin!(waiter.woken()).as_mut().poll(&mut context).is_ready()
    }

    #[test]
    fn a_waiter_wakes_when_its_bytes_have_come_from_all_its_partitions() {
        let (a, b) = (Arc::new(Waiters::default()), Arc::new(Waiters::default()));
        let waiter = Waiter::new(100);
        let registrations = [a.register(&waiter, WaitsFor::Append), b.register(&waiter, WaitsFor::Append)];
        a.moved(60, None);
        a.moved(0, ends(9, 9));
        assert!(!is_woken(&waiter));
        b.moved(40, None);
        assert!(is_woken(&waiter));
        waiter.reset(1);
        drop(registrations);
        a.wake_all();
        assert!(!is_woken(&waiter) && a.list.lock().waiters.is_empty());
    }

    #[test]
    fn consumers_and_producers_wake_when_records_are_committed() {
        let waiters = Arc::new(Waiters::default());
        let (consumer, early, late) = (Waiter::new(100), Waiter::new(1), Waiter::new(1));
        let _places = [
            waiters.register(&consumer, WaitsFor::Commit),
            waiters.register(&early, WaitsFor::HighWatermark(Offset(5))),
            waiters.register(&late, WaitsFor::HighWatermark(Offset(6))),
        ];
        waiters.moved(150, None);
        assert!(!is_woken(&consumer) && !is_woken(&early));
        waiters.moved(0, ends(5, 1000));
        assert!(is_woken(&consumer), "it looks, and what is still missing stays counted");
        assert!(is_woken(&early) && !is_woken(&late));
        consumer.reset(120);
        waiters.moved(0, ends(6, 6));
        assert!(is_woken(&consumer) && is_woken(&late));
        consumer.reset(100);
        waiters.moved(0, ends(6, 6));
        assert!(!is_woken(&consumer));
        waiters.wake_all();
        assert!(is_woken(&consumer));
    }
}
