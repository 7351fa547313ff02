//! ZooKeeper: its encoding, its server, its client.

pub mod client;
pub mod jute;
pub mod sasl;
pub mod server;
