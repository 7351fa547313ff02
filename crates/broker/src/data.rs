//! The context of the handlers that read and write records.

use crate::{fetch_session::FetchSessions, metadata_cache::MetadataCache, topic_creation::TopicCreation};
use rkafka_base::{BrokerId, TimestampMs, TopicPartition};
use rkafka_config::broker::BrokerConfig;
use rkafka_log::LogDirs;
use rkafka_protocol::ErrorCode;
use rkafka_replication::{Partition, Replicas};
use rkafka_runtime::clock::Clock;
use std::sync::Arc;

/// What produce, fetch and their neighbours need.
pub struct DataContext {
    pub local: BrokerId,
    pub cluster_id: String,
    pub config: Arc<BrokerConfig>,
    pub metadata: Arc<MetadataCache>,
    pub replicas: Arc<Replicas>,
    pub log_dirs: LogDirs,
    pub sessions: FetchSessions,
    pub clock: Arc<dyn Clock>,
    /// For topics that are created because somebody asks for them.
    pub topics: TopicCreation,
}

impl DataContext {
    pub fn now(&self) -> TimestampMs {
        self.clock.now()
    }

    /// The partition's replica here, or the code that says why there is none.
    pub fn partition(&self, topic: &str, partition: i32) -> Result<Arc<Partition>, ErrorCode> {
        self.replicas.get(topic, partition).ok_or_else(|| self.why_missing(topic, partition))
    }

    fn why_missing(&self, topic: &str, partition: i32) -> ErrorCode {
        if self.replicas.is_offline(&TopicPartition::new(topic, partition)) {
            return ErrorCode::KAFKA_STORAGE_ERROR;
        }
        match self.metadata.snapshot().partition(topic, partition) {
            Some(_) => ErrorCode::NOT_LEADER_OR_FOLLOWER,
            None => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        }
    }
}
