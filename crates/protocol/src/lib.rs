//! Kafka's wire protocol, sans I/O: messages (generated, crate `rkafka-wire`) and record batches.

pub mod record;

pub use rkafka_wire::*;
