//! What Kafka keeps in znodes: paths and payloads, one file each, as Apache's brokers write and read them.
//!
//! [`paths`] says where each node is. Each other module is about one kind of node: what stands in it, as a type that is
//! made of bytes and becomes bytes again, and how it is read and written through a [`rkafka_zookeeper_client::ZkClient`].
//! Owns no state: the controller, the broker's start and the tools of the ZooKeeper era call it.

pub mod acls;
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
mod json;
pub mod nodes;
pub mod notices;
pub mod partition_states;
pub mod paths;
pub mod producer_ids;
pub mod together;
pub mod topics;

pub use admin_requests::encode_reassignments;
pub use brokers::{BrokerRegistration, Endpoint};
pub use cluster::encode_no_features;
pub use config_changes::{ConfigChange, ConfigChanges};
pub use configs::{DEFAULT_ENTITY, EntityConfig};
pub use controllers::{ControllerRegistration, decode_controller_epoch};
pub use error::RegistryError;
pub use json::PayloadError;
pub use partition_states::{LeaderAndIsr, NO_LEADER};
pub use producer_ids::{BLOCK_SIZE, ProducerIdBlock};
pub use rkafka_config::broker::SecurityProtocol;
pub use topics::{ReplicaAssignment, TopicAssignment};
