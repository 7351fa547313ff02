//! Waiting for a cluster to be in some state.

pub mod rkafka_await;
