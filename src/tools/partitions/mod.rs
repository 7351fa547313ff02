//! What is done to single partitions: their records, their leaders, where they live.

mod json_partitions;
pub mod kafka_delete_records;
pub mod kafka_leader_election;
pub mod kafka_reassign_partitions;
