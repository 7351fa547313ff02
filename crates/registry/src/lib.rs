//! What Kafka keeps in znodes: paths and payloads, one file each, as Apache's brokers write and read them.
//!
//! [`payload`] turns the bytes of a node into values and back and is pure; [`paths`] says where each node is. The other
//! modules are thin: each reads and writes one kind of node through a [`rkafka_zookeeper_client::ZkClient`]. Owns no
//! state: the controller, the broker's start and the tools of the ZooKeeper era call it.

pub mod admin_requests;
pub mod brokers;
pub mod cluster;
mod config_changes;
pub mod configs;
pub mod consumer_offsets;
pub mod controllers;
#[cfg(test)]
mod controllers_tests;
mod error;
pub mod log_dir_events;
pub mod nodes;
pub mod notices;
pub mod paths;
pub mod payload;
pub mod producer_ids;
pub mod together;
pub mod topics;

pub use config_changes::ConfigChanges;
pub use error::RegistryError;
pub use payload::*;
