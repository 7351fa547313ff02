//! The broker's settings as they are now: the file's, with what was changed at run time over them (KIP-226).

use arc_swap::ArcSwap;
use rkafka_config::{
    BrokerConfig,
    describe::{BrokerLayers, Overrides},
    topic::TopicDefaults,
};
use rkafka_registry::{DEFAULT_ENTITY, RegistryError, configs};
use rkafka_replication::Throttles;
use rkafka_zookeeper_client::ZkClient;
use std::sync::Arc;

const LOG: &str = "kafka.server.DynamicBrokerConfig";

/// What ZooKeeper holds for this broker and for all brokers, and what follows from it.
#[derive(Debug)]
struct Current {
    own: Overrides,
    shared: Overrides,
    topic_defaults: Arc<TopicDefaults>,
}

/// The broker's settings, file and changes.
pub struct DynamicConfig {
    file: Arc<BrokerConfig>,
    broker_id: i32,
    current: ArcSwap<Current>,
    throttles: Arc<Throttles>,
}

impl DynamicConfig {
    /// The file's settings only; [`DynamicConfig::reload`] adds the changes.
    pub fn new(file: Arc<BrokerConfig>, broker_id: i32) -> DynamicConfig {
        let topic_defaults = Arc::new(file.topic_defaults.clone());
        let current = Current { own: Overrides::new(), shared: Overrides::new(), topic_defaults };
        let windows = &file.replication;
        let throttles = Throttles::new(windows.quota_window_num, windows.quota_window_size_seconds);
        DynamicConfig { file, broker_id, current: ArcSwap::from_pointee(current), throttles: Arc::new(throttles) }
    }

    /// The settings of the file, which most code uses.
    pub fn file(&self) -> &BrokerConfig {
        &self.file
    }

    pub fn broker_id(&self) -> i32 {
        self.broker_id
    }

    /// The limits on replication, which can only be set at run time.
    pub fn throttles(&self) -> &Arc<Throttles> {
        &self.throttles
    }

    fn set_throttles(&self, own: &Overrides, shared: &Overrides) {
        let rate = |name: &str| {
            let text = own.get(name).or_else(|| shared.get(name))?;
            let rate = text.trim().parse().ok().filter(|rate| *rate >= 0i64);
            if rate.is_none() {
                log::warn!(target: LOG, "{name}={text} is no number of bytes per second, and is ignored");
            }
            rate
        };
        self.throttles.leader.set(rate("leader.replication.throttled.rate"));
        self.throttles.follower.set(rate("follower.replication.throttled.rate"));
    }

    /// What topics have unless they say otherwise, as it is now.
    pub fn topic_defaults(&self) -> Arc<TopicDefaults> {
        self.current.load().topic_defaults.clone()
    }

    /// Calls `describe` with the settings in layers.
    pub fn with_layers<T>(&self, describe: impl FnOnce(BrokerLayers<'_>) -> T) -> T {
        let current = self.current.load();
        let (dynamic, dynamic_default, file) = (&current.own, &current.shared, &self.file.settings);
        describe(BrokerLayers { dynamic, dynamic_default, file })
    }

    /// Where ZooKeeper keeps the changes of this broker's settings.
    pub fn own_entity(&self) -> String {
        format!("brokers/{}", self.broker_id)
    }

    /// Where ZooKeeper keeps the changes of all brokers' settings.
    pub fn shared_entity() -> String {
        format!("brokers/{DEFAULT_ENTITY}")
    }

    /// Reads the changes anew. Returns the topics' defaults if they are others now.
    pub async fn reload(&self, zk: &ZkClient) -> Result<Option<Arc<TopicDefaults>>, RegistryError> {
        let own = configs::read(zk, &self.own_entity()).await?;
        let shared = configs::read(zk, &DynamicConfig::shared_entity()).await?;
        self.set_throttles(&own, &shared);
        let effective = self.file.settings.overlaid(&shared).overlaid(&own);
        let topic_defaults = Arc::new(TopicDefaults::of_broker(&effective));
        let changed = *topic_defaults != *self.current.load().topic_defaults;
        self.current.store(Arc::new(Current { own, shared, topic_defaults: topic_defaults.clone() }));
        Ok(changed.then_some(topic_defaults))
    }
}
