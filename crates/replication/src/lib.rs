//! Partitions and their replicas on this broker.
//!
//! [`PartitionState`] is the pure part: who leads, which epoch, who is in sync, how far the high watermark may go.
//! A change of who is in sync is an [`IsrProposal`], which the controller answers. [`Partition`] joins the state to the
//! replica's log and wakes those who wait for records. [`Replicas`] holds them all. The broker's handlers drive leaders,
//! and [`fetcher`]'s tasks, one a leader, drive followers.

pub mod fetch_state;
pub mod fetcher;
mod follower;
mod isr;
mod leading;
mod partition;
mod partition_host;
mod replica_selector;
mod replicas;
mod silence;
mod state;
mod throttle;
pub mod unclean_start;
mod waiters;

pub use follower::{FollowError, LeaderOffsets};
pub use isr::{IsrAnswer, IsrOutcome, IsrProposal};
pub use partition::{AppendError, LeaderAppend, LocalReplica, Partition, ReadBound};
pub use partition_host::PartitionHost;
pub use replica_selector::{ReplicaView, nearest};
pub use replicas::Replicas;
pub use state::{Follower, FollowerFetch, Lag, LogEnds, PartitionState, RoleChange};
pub use throttle::{Throttle, Throttles};
pub use waiters::{Waiter, WaiterPlace, Waiters, WaitsFor};
