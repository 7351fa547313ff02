//! Consumer groups in this broker: what their handlers may use, and the coordinator's ties to the rest.

mod context;
mod offsets_log;
mod zookeeper_offsets;

pub use context::{GroupContext, group_config};
pub use offsets_log::OffsetsPartitions;
pub use zookeeper_offsets::ZooKeeperOffsets;
