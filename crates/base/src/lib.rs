//! Pure: the words of the field as types, so that an offset is never taken for an epoch, nor a broker id for a partition.
//!
//! Owns the newtypes and the two hashes that Kafka's placement rests on. Every crate imports these; they import nothing
//! but the wire's [`Uuid`].

pub mod acl;
mod ids;
mod internal_topics;
mod java_hash;
mod murmur2;
mod topic_partition;

pub use ids::{BrokerId, ControllerEpoch, LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};
pub use internal_topics::{OFFSETS_TOPIC, TRANSACTION_TOPIC, is_internal_topic};
pub use java_hash::java_string_hash;
pub use murmur2::murmur2;
pub use rkafka_wire::Uuid;
pub use topic_partition::TopicPartition;
