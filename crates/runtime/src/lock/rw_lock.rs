//! A lock of many readers or one writer that checks the order of locks before it waits, in debug builds.

use super::{
    Rank,
    held::{Held, Place},
};
use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// `parking_lot`'s read-write lock with its place in the order.
///
/// Reading twice on one thread counts as out of order, too: a writer that comes in between would wait for the first, and
/// the second for the writer.
pub struct RwLock<T> {
    place: Place,
    inner: parking_lot::RwLock<T>,
}

/// Holds the lock for reading until it is dropped.
pub struct RwLockReadGuard<'a, T> {
    inner: parking_lot::RwLockReadGuard<'a, T>,
    _held: Held,
}

/// Holds the lock for writing until it is dropped.
pub struct RwLockWriteGuard<'a, T> {
    inner: parking_lot::RwLockWriteGuard<'a, T>,
    _held: Held,
}

impl<T> RwLock<T> {
    pub const fn new(rank: Rank, value: T) -> RwLock<T> {
        RwLock { place: Place::new(rank), inner: parking_lot::RwLock::new(value) }
    }

    /// Waits until nobody writes.
    ///
    /// # Panics
    /// In debug builds, if the thread holds a lock that comes after it, or one of its rank.
    #[inline]
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        let held = self.place.enter();
        RwLockReadGuard { inner: self.inner.read(), _held: held }
    }

    /// Waits until nobody reads or writes.
    ///
    /// # Panics
    /// As [`RwLock::read`].
    #[inline]
    #[cfg_attr(debug_assertions, track_caller)]
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        let held = self.place.enter();
        RwLockWriteGuard { inner: self.inner.write(), _held: held }
    }
}

impl<T: fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}
