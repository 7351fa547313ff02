//! Groups of consumers and their offsets.

pub mod kafka_consumer_groups;
