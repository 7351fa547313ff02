//! What a thread holds: a list in debug builds, nothing in release.

pub(super) use list::{Held, Place};

#[cfg(debug_assertions)]
mod list {
    use crate::lock::Rank;
    use std::{cell::RefCell, panic::Location};

    thread_local! {
        /// The locks that the thread holds, in the order in which it took them. Guards do not move between threads.
        static HELD: RefCell<Vec<(Rank, &'static Location<'static>)>> = const { RefCell::new(Vec::new()) };
    }

    /// A lock's place in the order.
    #[derive(Clone, Copy)]
    pub struct Place(Rank);

    /// A lock that the thread holds, or is about to wait for. Dropping it takes the lock off the list.
    pub struct Held(Rank);

    impl Place {
        pub const fn new(rank: Rank) -> Place {
            Place(rank)
        }

        /// The thread wants the lock and is ready to wait for it.
        ///
        /// # Panics
        /// If it holds one that comes after it, or one of the same rank.
        #[track_caller]
        pub fn enter(self) -> Held {
            self.check(|held| held < self.0);
            self.note()
        }

        /// The same for a second lock of its rank beside `first`, which the thread holds.
        ///
        /// # Panics
        /// If it holds a lock that comes after it, if `first` is of another rank, or if it is not the only one held of this.
        #[track_caller]
        pub(crate) fn enter_beside(self, first: &Held) -> Held {
            self.check(|held| held <= self.0);
            first.assert_only(self.0);
            self.note()
        }

        /// The thread has the lock without having waited, which nobody can be stuck with. What it waits for later must
        /// come after it all the same.
        #[track_caller]
        pub fn note(self) -> Held {
            let from = Location::caller();
            // A thread that ends may have lost its list already.
            let _ = HELD.try_with(|held| held.borrow_mut().push((self.0, from)));
            Held(self.0)
        }

        #[track_caller]
        fn check(self, may_hold: impl Fn(Rank) -> bool) {
            // A second panic would end the process before anybody reads the first one.
            if std::thread::panicking() {
                return;
            }
            let broken = HELD.try_with(|held| held.borrow().iter().find(|(rank, _)| !may_hold(*rank)).copied());
            if let Ok(Some((held, from))) = broken {
                panic!(
                    "the lock {:?} is wanted while {held:?} is held (taken at {from}), which comes after it or is its equal",
                    self.0
                );
            }
        }
    }

    impl Held {
        /// This is a lock of `rank`, and no other lock of it is held.
        #[track_caller]
        fn assert_only(&self, rank: Rank) {
            if std::thread::panicking() {
                return;
            }
            assert!(self.0 == rank, "the lock {rank:?} is wanted beside {:?}, which is no lock of its rank", self.0);
            let count = HELD.try_with(|held| held.borrow().iter().filter(|(held, _)| *held == rank).count());
            let count = count.unwrap_or(1);
            assert!(count == 1, "the lock {rank:?} is wanted beside one of its rank, but the thread holds {count}");
        }

        /// The thread is about to sleep until somebody else has done something.
        ///
        /// # Panics
        /// If it holds another lock, for which that somebody may wait.
        #[track_caller]
        pub(crate) fn assert_alone(&self) {
            let all = HELD.try_with(|held| held.borrow().clone()).unwrap_or_default();
            assert!(all.len() <= 1, "a thread waits on {:?} while it holds {all:?}", self.0);
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            let _ = HELD.try_with(|held| {
                let mut held = held.borrow_mut();
                if let Some(at) = held.iter().rposition(|(rank, _)| *rank == self.0) {
                    held.remove(at);
                }
            });
        }
    }
}

#[cfg(not(debug_assertions))]
mod list {
    use crate::lock::Rank;

    #[derive(Clone, Copy)]
    pub struct Place;

    pub struct Held;

    impl Place {
        pub const fn new(_: Rank) -> Place {
            Place
        }

        #[inline(always)]
        pub fn enter(self) -> Held {
            Held
        }

        #[inline(always)]
        pub(crate) fn enter_beside(self, _: &Held) -> Held {
            Held
        }

        #[inline(always)]
        pub fn note(self) -> Held {
            Held
        }
    }

    impl Held {
        #[inline(always)]
        pub(crate) fn assert_alone(&self) {}
    }
}
