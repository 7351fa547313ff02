//! What the group APIs' handlers get.

use super::ZooKeeperOffsets;
use crate::metadata_cache::MetadataCache;
use rkafka_config::broker::{GroupSettings, OffsetsSettings};
use rkafka_coordinator::{GroupCoordinator, group::GroupConfig};
use std::sync::Arc;

/// The narrow group of things that the group APIs need.
pub struct GroupContext {
    pub coordinator: Arc<GroupCoordinator>,
    /// Which topics and partitions exist.
    pub metadata: Arc<MetadataCache>,
    /// Offsets of the old consumers, which are kept in ZooKeeper: version 0 of OffsetCommit and OffsetFetch.
    pub zookeeper: Arc<dyn ZooKeeperOffsets>,
}

/// The coordinator's configuration out of the broker's.
pub fn group_config(groups: &GroupSettings, offsets: &OffsetsSettings) -> GroupConfig {
    GroupConfig {
        min_session_timeout_ms: groups.min_session_timeout_ms,
        max_session_timeout_ms: groups.max_session_timeout_ms,
        max_size: groups.max_size,
        initial_rebalance_delay_ms: groups.initial_rebalance_delay_ms,
        metadata_max: offsets.metadata_max_bytes,
        offsets_retention_ms: i64::from(offsets.retention_minutes) * 60_000,
        retention_check_interval_ms: offsets.retention_check_interval_ms,
        commit_timeout_ms: i64::from(offsets.commit_timeout_ms),
        load_buffer_size: offsets.load_buffer_size,
        compression: u8::try_from(offsets.topic_compression_codec).unwrap_or(0),
    }
}
