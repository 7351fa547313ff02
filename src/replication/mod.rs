//! Partitions and their replicas on this broker.
//!
//! [`PartitionState`] is the pure part: who leads, which epoch, who is in sync, how far the high watermark may go.

mod state;
mod waiters;

pub use state::{Change, Follower, Lag, PartitionState};
pub use waiters::{LOOK_AGAIN, Registration, Waiter, Waiters};
