//! Locks that know their place: each is made with a [`Rank`], and a thread takes them in the order of the ranks.
//!
//! Two threads that take the same two locks in different orders may wait for each other for ever, some day. So there is
//! one table of all locks, in the order in which they are taken; in debug builds each thread remembers what it holds and
//! panics when it wants a lock whose rank is not above that. Every test is thus a test of the order, whoever runs beside
//! it. In release these are `parking_lot`'s locks and nothing more.
//!
//! The table for readers, with tokio's locks and the tasks, is `docs/concurrency.md`.

mod held;
mod mutex;
mod rank;
mod rw_lock;
#[cfg(all(test, debug_assertions))]
mod tests;

pub use mutex::{Condvar, Mutex, MutexGuard};
pub use rank::Rank;
pub use rw_lock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
