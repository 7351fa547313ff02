//! A mutex that checks the order of locks before it waits, in debug builds.

use super::{
    Rank,
    held::{Held, Place},
};
use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// `parking_lot`'s mutex with its place in the order.
pub struct Mutex<T> {
    place: Place,
    inner: parking_lot::Mutex<T>,
}

/// Holds the mutex until it is dropped; on one thread, and never across an await.
pub struct MutexGuard<'a, T> {
    inner: parking_lot::MutexGuard<'a, T>,
    held: Held,
}

impl<T> Mutex<T> {
    pub const fn new(rank: Rank, value: T) -> Mutex<T> {
        Mutex { place: Place::new(rank), inner: parking_lot::Mutex::new(value) }
    }

    /// Waits for the mutex.
    ///
    /// # Panics
    /// In debug builds, if the thread holds a lock that comes after it, or one of its rank.
    #[inline]
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let held = self.place.enter();
        MutexGuard { inner: self.inner.lock(), held }
    }

    /// Waits for the mutex beside another one of its rank. Which of such two comes first is for the caller to keep to, and
    /// to say at the rank.
    ///
    /// # Panics
    /// In debug builds, if `first` is this very mutex or one of another rank, if the thread holds a third one of the rank,
    /// or a lock that comes after it.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn lock_beside(&self, first: &MutexGuard<'_, T>) -> MutexGuard<'_, T> {
        let same = std::ptr::eq(parking_lot::MutexGuard::mutex(&first.inner), &self.inner);
        debug_assert!(!same, "a mutex is wanted beside itself");
        let held = self.place.enter_beside(&first.held);
        MutexGuard { inner: self.inner.lock(), held }
    }

    /// The mutex if nobody has it. That waits for nobody, so it may be asked for in any order.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let inner = self.inner.try_lock()?;
        Some(MutexGuard { inner, held: self.place.note() })
    }
}

impl<T: fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

/// Wakes who waits for what a mutex guards to change.
#[derive(Debug, Default)]
pub struct Condvar(parking_lot::Condvar);

impl Condvar {
    /// Gives the mutex up until somebody notifies; then holds it again.
    ///
    /// # Panics
    /// In debug builds, if the thread holds another lock.
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        guard.held.assert_alone();
        self.0.wait(&mut guard.inner);
    }

    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}
