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
mod runtime;

mod shard;
pub mod storage;
mod timers;

pub use group::coordinator::GroupCoordinator;
pub use storage::{Appended, OffsetsLog};

use rkafka_base::java_string_hash;

/// The partition of an internal topic with `partitions` partitions that coordinates `id`, a group's or a transaction's
/// name: `Utils.abs(id.hashCode) % partitions`. That is the absolute value, with 0 for the one int that has none, and not
/// the cleared sign bit by which clients place records.
pub fn partition_for(id: &str, partitions: i32) -> i32 {
    java_string_hash(id).checked_abs().unwrap_or(0) % partitions.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_placed_as_apache_kafka_places_them() {
        // Where 3.9.1 put the records of these groups. The hashes of the last three are negative.
        let places = [("flow1", 3, 0), ("flow1", 50, 29), ("static6", 3, 1), ("static7", 3, 0), ("spec-g", 50, 1)];
        for (group, partitions, partition) in places {
            assert_eq!(partition_for(group, partitions), partition, "{group} of {partitions}");
        }
        assert_eq!(partition_for("polygenelubricants", 50), 0, "its hash is the smallest int");
        assert_eq!(partition_for("g", 0), 0);
    }
}
