//! Pure: the words of the field as types. Everything else imports these, and these import nothing.

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
