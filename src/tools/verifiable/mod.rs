//! What tells programs, one JSON object a line, what it has sent or consumed: for tests of whole systems.

mod event;
pub mod kafka_verifiable_consumer;
pub mod kafka_verifiable_producer;
pub mod kafka_verifiable_share_consumer;
