//! Settings of what is in a cluster.

pub mod kafka_client_metrics;
pub mod kafka_configs;
