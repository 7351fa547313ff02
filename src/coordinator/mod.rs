//! Coordination that lives in a log: a coordinator leads one partition of an internal topic, keeps its state in memory
//! and every durable change of it as a record in that partition.
//!
//! The shape is the same for every coordinator. A [`shard::Shard`] is the pure state machine of one partition: it takes
//! a request or a clock value and gives replies, deferred replies and records to persist; when the driver reports the
//! records as written, it applies them. [`runtime::Runtime`] is the driver: it owns the shards, loads them when the
//! partition is elected, appends their records, and wakes them when a timer is due. [`group`] is the consumer group
//! coordinator.

mod batch;
pub mod group;
pub mod runtime;

pub mod shard;
pub mod storage;
pub mod timers;

pub use group::coordinator::{GroupCoordinator, OFFSETS_TOPIC};
pub use storage::{Appended, OffsetsLog};

use crate::base::java_string_hash;

/// The partition of an internal topic with `partitions` partitions that coordinates `id`, a group's or a transaction's
/// name: `Utils.abs(id.hashCode) % partitions`.
pub fn partition_for(id: &str, partitions: i32) -> i32 {
    (java_string_hash(id) & i32::MAX) % partitions.max(1)
}
