//! Pure: what stands in each znode, as types. Bytes in, values out, and back; nothing here talks to ZooKeeper.

mod admin_requests;
mod broker_registration;
mod cluster;
mod controller;
mod entity_config;
mod json;
mod notices;
mod partition_state;
mod producer_id_block;
mod topic_assignment;

pub use admin_requests::{decode_preferred_elections, decode_reassignments, encode_reassignments};
pub use broker_registration::{BrokerRegistration, Endpoint};
pub use cluster::{decode_cluster_id, encode_cluster_id, encode_no_features};
pub use controller::{ControllerRegistration, decode_controller_epoch};
pub use entity_config::{ConfigChange, DEFAULT_ENTITY, EntityConfig, decode_entity_config, encode_entity_config};
pub use json::PayloadError;
pub use notices::{decode_isr_change, decode_log_dir_event};
pub use partition_state::{LeaderAndIsr, NO_LEADER};
pub use producer_id_block::{BLOCK_SIZE, ProducerIdBlock};
pub use rkafka_config::broker::SecurityProtocol;
pub use topic_assignment::{ReplicaAssignment, TopicAssignment};
