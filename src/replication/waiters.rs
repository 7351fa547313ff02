//! Who waits for a partition to move on: fetches for records, produce requests for the high watermark.
//!
//! Nothing is polled: an append counts its bytes off what each waiter still lacks and wakes it when that is nothing.

use parking_lot::Mutex;
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};
use tokio::sync::Notify;

/// Enough bytes for any waiter: wakes it to look again.
pub const LOOK_AGAIN: usize = i32::MAX as usize;

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
#[derive(Debug, Default)]
pub struct Waiters {
    next: AtomicU64,
    list: Mutex<Vec<(u64, Arc<Waiter>)>>,
}

/// A waiter's place in a partition's list; dropping it gives up the place.
#[derive(Debug)]
pub struct Registration {
    waiters: Arc<Waiters>,
    number: u64,
}

impl Waiters {
    pub fn register(self: &Arc<Self>, waiter: &Arc<Waiter>) -> Registration {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.list.lock().push((number, Arc::clone(waiter)));
        Registration { waiters: Arc::clone(self), number }
    }

    /// `bytes` more can be read, or, with [`LOOK_AGAIN`], something else has changed.
    pub fn wake(&self, bytes: usize) {
        self.list.lock().iter().for_each(|(_, w)| w.count(bytes));
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut list = self.waiters.list.lock();
        if let Some(at) = list.iter().position(|(n, _)| *n == self.number) {
            list.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, pin::pin, task::Context};

    fn is_woken(waiter: &Waiter) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        pin!(waiter.woken()).as_mut().poll(&mut context).is_ready()
    }

    #[test]
    fn a_waiter_wakes_when_its_bytes_have_come_from_all_its_partitions() {
        let (a, b) = (Arc::new(Waiters::default()), Arc::new(Waiters::default()));
        let waiter = Waiter::new(100);
        let registrations = [a.register(&waiter), b.register(&waiter)];
        a.wake(60);
        assert!(!is_woken(&waiter));
        b.wake(40);
        assert!(is_woken(&waiter));
        waiter.reset(1);
        drop(registrations);
        a.wake(LOOK_AGAIN);
        assert!(!is_woken(&waiter) && a.list.lock().is_empty());
    }
}
