//! Clusters that KRaft controls: their quorum of controllers, and the storage of their nodes.

pub mod kafka_metadata_quorum;
pub mod kafka_metadata_shell;
pub mod kafka_storage;
mod listener;
mod meta_properties;
