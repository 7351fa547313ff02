//! What a partition asks of the rest of the cluster; the broker implements it.

use super::isr::IsrProposal;
use rkafka_base::{BrokerId, TopicPartition, Uuid};
use std::path::Path;

/// The rest of the cluster, as a leader sees it.
pub trait PartitionHost: Send + Sync {
    /// Whether the controller counts `broker` among the living.
    fn is_alive(&self, broker: BrokerId) -> bool;

    /// Brings `proposal` before the controller; its answer comes back by `Partition::isr_answered`. Must not block: the
    /// partition is locked.
    fn propose(&self, partition: &TopicPartition, topic_id: Option<Uuid>, proposal: IsrProposal);

    /// The disk of a log dir has failed. Must not block: the partition may be locked.
    fn disk_failed(&self, log_dir: &Path, reason: &str);
}
