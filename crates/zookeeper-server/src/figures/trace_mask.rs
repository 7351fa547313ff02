//! The mask of what Apache ZooKeeper traces when its log level is trace (`ZooTrace`). It is kept for tools that set and
//! read it; what is logged goes by log levels alone.

use std::sync::atomic::{AtomicI64, Ordering};

/// Apache's default: requests, sessions, data tree.
const DEFAULT: i64 = 0b1_0011_0010;

/// The mask of one server.
#[derive(Debug)]
pub struct TraceMask(AtomicI64);

impl Default for TraceMask {
    fn default() -> TraceMask {
        TraceMask(AtomicI64::new(DEFAULT))
    }
}

impl TraceMask {
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn set(&self, mask: i64) {
        self.0.store(mask, Ordering::Relaxed);
    }
}
