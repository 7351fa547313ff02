//! The cluster as a whole and its brokers.

pub mod kafka_broker_api_versions;
pub mod kafka_cluster;
pub mod kafka_features;
pub mod kafka_log_dirs;
