//! Kafka's wire protocol, sans I/O: messages (generated, crate `rkafka-wire`) and record batches.
//!
//! [`record`] owns the formats of records, all three magics and five codecs: what a batch's header claims, whether its
//! records bear it out, and down-conversion for old clients. Broker, log and client call it; it holds no state and knows
//! no socket.

pub mod record;

pub use rkafka_wire::*;
