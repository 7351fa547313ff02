//! Records: written to topics and read from them.

pub mod kafka_console_consumer;
pub mod kafka_console_producer;
pub mod kafka_console_share_consumer;
