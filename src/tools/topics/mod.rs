//! Topics, their partitions and offsets.

pub mod kafka_get_offsets;
pub mod kafka_replica_verification;
pub mod kafka_topics;
mod topic_filter;
