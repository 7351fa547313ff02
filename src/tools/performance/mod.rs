//! What measures how fast a cluster takes and gives.

pub mod kafka_consumer_perf_test;
pub mod kafka_e2e_latency;
pub mod kafka_producer_perf_test;
pub mod kafka_share_consumer_perf_test;
mod metrics_table;
