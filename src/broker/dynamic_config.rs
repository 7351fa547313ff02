//! The broker's settings as they are now: the file's, with what was changed at run time over them (KIP-226).

use crate::config::{
    BrokerConfig,
    describe::{BrokerLayers, Overrides},
    topic::TopicDefaults,
};
use crate::registry::{DEFAULT_ENTITY, RegistryError, configs};
use crate::zookeeper::client::ZkClient;
use arc_swap::ArcSwap;
use std::sync::Arc;

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
}

impl DynamicConfig {
    /// The file's settings only; [`DynamicConfig::reload`] adds the changes.
    pub fn new(file: Arc<BrokerConfig>, broker_id: i32) -> DynamicConfig {
        let topic_defaults = Arc::new(file.topic_defaults.clone());
        let current = Current { own: Overrides::new(), shared: Overrides::new(), topic_defaults };
        DynamicConfig { file, broker_id, current: ArcSwap::from_pointee(current) }
    }

    /// The settings of the file, which most code uses.
    pub fn file(&self) -> &BrokerConfig {
        &self.file
    }

    pub fn broker_id(&self) -> i32 {
        self.broker_id
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
        let effective = self.file.settings.overlaid(&shared).overlaid(&own);
        let topic_defaults = Arc::new(TopicDefaults::of_broker(&effective));
        let changed = *topic_defaults != *self.current.load().topic_defaults;
        self.current.store(Arc::new(Current { own, shared, topic_defaults: topic_defaults.clone() }));
        Ok(changed.then_some(topic_defaults))
    }
}
