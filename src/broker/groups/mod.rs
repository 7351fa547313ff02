//! Consumer groups in this broker: what their handlers may use, and the coordinator's ties to the rest.

mod context;
mod zookeeper_offsets;

pub use context::{GroupContext, group_config};
pub use zookeeper_offsets::{ZooKeeperOffsets, ZooKeeperOffsetsFuture};
