//! Partitions and their replicas on this broker.
//!
//! [`PartitionState`] is the pure part: who leads, which epoch, who is in sync, how far the high watermark may go.
//! [`Partition`] joins it to the replica's log and wakes those who wait for records. [`Replicas`] holds them all.

mod partition;
mod replicas;
mod state;
mod waiters;

pub use partition::{AppendError, LocalReplica, Partition, ReadBound};
pub use replicas::Replicas;
pub use state::{Change, Follower, Lag, PartitionState};
pub use waiters::{LOOK_AGAIN, Registration, Waiter, Waiters};
