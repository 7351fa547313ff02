//! What the administrative APIs may use.

use crate::{
    dynamic_config::DynamicConfig, metadata_cache::MetadataCache, producer_ids::ProducerIds,
    topic_creation::TopicCreation,
};
use rkafka_controller::Controller;
use rkafka_zookeeper_client::ZkClient;
use std::{sync::Arc, time::Duration};

/// For the handlers that look after topics, settings, the cluster, and producer ids.
pub struct AdminContext {
    pub zk: ZkClient,
    pub controller: Controller,
    pub metadata: Arc<MetadataCache>,
    pub config: Arc<DynamicConfig>,
    pub topics: TopicCreation,
    pub producer_ids: ProducerIds,
    pub cluster_id: String,
}

impl AdminContext {
    pub fn new(
        zk: ZkClient,
        controller: Controller,
        producer_ids: ProducerIds,
        metadata: Arc<MetadataCache>,
        config: Arc<DynamicConfig>,
        cluster_id: String,
    ) -> AdminContext {
        let topics = TopicCreation { zk: zk.clone(), metadata: metadata.clone(), config: config.clone() };
        AdminContext { zk, controller, metadata, config, topics, producer_ids, cluster_id }
    }
}

/// A request's timeout; one of 0 or less does not wait.
pub fn patience(timeout_ms: i32) -> Option<Duration> {
    u64::try_from(timeout_ms).ok().filter(|ms| *ms > 0).map(Duration::from_millis)
}
