//! The topics' settings: read from ZooKeeper when a replica is opened, and again when a notification says so.

use rkafka_base::TopicPartition;
use rkafka_config::{
    broker::BrokerConfig,
    topic::{TopicConfig, TopicDefaults},
};
use rkafka_log::LogConfig;
use rkafka_registry::{RegistryError, configs};
use rkafka_replication::Replicas;
use rkafka_runtime::{
    lock::{Rank, RwLock},
    tasks::watched,
};
use rkafka_zookeeper_client::{ZkClient, ZkClientError};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{sync::Mutex, task::JoinSet};

const LOG: &str = "kafka.server.TopicConfigHandler";
/// How many topics' settings are read together.
const AT_ONCE: usize = 200;

/// Where topics' settings come from.
pub struct TopicConfigs {
    zk: ZkClient,
    replicas: Arc<Replicas>,
    /// What topics have unless they say otherwise.
    defaults: RwLock<TopicDefaults>,
    producer_id_expiration_ms: i64,
    /// How often settings have been put in force. It tells whoever opens replicas with settings read before that they may
    /// be outdated: the change has not found these replicas.
    changes: AtomicU64,
    /// Held while a topic's settings are read and put in force, so that what was read last stays.
    reloading: Mutex<()>,
}

/// The settings of the topics of which replicas are about to be opened.
pub struct LoadedConfigs {
    /// What [`TopicConfigs::changes`] was before they were read.
    changes: u64,
    by_topic: HashMap<String, Result<Arc<TopicConfig>, RegistryError>>,
}

impl LoadedConfigs {
    /// The settings of a topic that was loaded.
    pub fn of(&self, topic: &str) -> Result<Arc<TopicConfig>, RegistryError> {
        // Whoever opens a replica has asked for its topic; a read that is missing was given up by a broker that stops.
        self.by_topic.get(topic).cloned().unwrap_or(Err(RegistryError::ZooKeeper(ZkClientError::Closed)))
    }
}

impl TopicConfigs {
    pub fn new(zk: ZkClient, replicas: Arc<Replicas>, config: &BrokerConfig) -> TopicConfigs {
        TopicConfigs {
            zk,
            replicas,
            defaults: RwLock::new(Rank::TopicDefaults, config.topic_defaults.clone()),
            producer_id_expiration_ms: i64::from(config.logs.producer_id_expiration_ms),
            changes: AtomicU64::new(0),
            reloading: Mutex::new(()),
        }
    }

    /// The settings of a topic. Its replicas here have them already.
    pub async fn load(&self, topic: &str) -> Result<Arc<TopicConfig>, RegistryError> {
        match self.replicas.any_of_topic(topic) {
            Some(partition) => Ok(partition.config()),
            None => self.read(topic).await,
        }
    }

    /// The settings of topics of which replicas are about to be opened.
    /// Call [`TopicConfigs::reload_outdated`] when the replicas are open.
    pub async fn load_all(self: &Arc<Self>, topics: Vec<String>) -> LoadedConfigs {
        let changes = self.changes.load(Ordering::Acquire);
        let mut by_topic = HashMap::with_capacity(topics.len());
        let mut reads = JoinSet::new();
        for topic in topics {
            let this = Arc::clone(self);
            reads.spawn(async move {
                let config = this.load(&topic).await;
                (topic, config)
            });
        }
        while let Some(read) = reads.join_next().await {
            // A read that was aborted is a broker that is stopping.
            by_topic.extend(watched::joined(read));
        }
        LoadedConfigs { changes, by_topic }
    }

    /// Reads the settings of the loaded topics again if any have changed since.
    pub async fn reload_outdated(self: &Arc<Self>, loaded: LoadedConfigs) {
        // Whoever opens nothing has missed nothing, and need not wait for ZooKeeper.
        if loaded.by_topic.is_empty() {
            return;
        }
        // A change that is being put in force may have missed the new replicas: it is waited for, and counts at its end.
        drop(self.reloading.lock().await);
        if self.changes.load(Ordering::Acquire) == loaded.changes {
            return;
        }
        for (topic, outcome) in self.reload(loaded.by_topic.into_keys().collect()).await {
            if let Err(e) = outcome {
                log::error!(target: LOG, "The settings of {topic} have changed and could not be read: {e}");
            }
        }
    }

    /// Reads the settings of topics anew, many at once, and puts them in force for their replicas here. Each has an
    /// outcome of its own.
    pub async fn reload(
        self: &Arc<Self>,
        topics: Vec<String>,
    ) -> Vec<(String, Result<Arc<TopicConfig>, RegistryError>)> {
        let _reloading = self.reloading.lock().await;
        let mut outcomes = Vec::with_capacity(topics.len());
        for chunk in topics.chunks(AT_ONCE) {
            let mut reads = JoinSet::new();
            for topic in chunk {
                let (this, topic) = (Arc::clone(self), topic.clone());
                reads.spawn(async move {
                    let config = this.read(&topic).await;
                    (topic, config)
                });
            }
            while let Some(read) = reads.join_next().await {
                // A read that was aborted is a broker that is stopping.
                let Ok((topic, config)) = read else { continue };
                if let Ok(config) = &config {
                    self.put_in_force(&topic, config);
                }
                outcomes.push((topic, config));
            }
        }
        // Who has taken the settings of a replica from before this reads them again.
        self.changes.fetch_add(1, Ordering::AcqRel);
        outcomes
    }

    fn put_in_force(&self, topic: &str, config: &Arc<TopicConfig>) {
        let log_config = Arc::new(self.log_config(config));
        for partition in self.replicas.of_topic(topic) {
            partition.set_config(Arc::clone(config));
            partition.log().set_config(Arc::clone(&log_config));
        }
    }

    /// The settings of all topics that have any, as their logs have them, for the loading of logs.
    pub async fn read_all(self: &Arc<Self>) -> Result<HashMap<String, Arc<LogConfig>>, RegistryError> {
        let mut reads = JoinSet::new();
        for topic in configs::entities(&self.zk, "topics").await? {
            let this = Arc::clone(self);
            reads.spawn(async move {
                let config = this.read(&topic).await?;
                Ok::<_, RegistryError>((topic, Arc::new(this.log_config(&config))))
            });
        }
        let mut all = HashMap::new();
        while let Some(read) = reads.join_next().await {
            // A read that was aborted is a broker that is stopping.
            if let Some(read) = watched::joined(read) {
                let (topic, config) = read?;
                all.insert(topic, config);
            }
        }
        Ok(all)
    }

    /// What the logs of a topic have that sets nothing itself.
    pub fn default_log_config(&self) -> LogConfig {
        let defaults = self.defaults.read().with_overrides([]);
        self.log_config(&defaults.unwrap_or_default())
    }

    /// The broker's own defaults have changed: they go in force for all replicas.
    pub async fn set_defaults(self: &Arc<Self>, defaults: TopicDefaults) -> Result<(), RegistryError> {
        *self.defaults.write() = defaults;
        self.changes.fetch_add(1, Ordering::AcqRel);
        let mut topics: Vec<Arc<str>> =
            self.replicas.all().iter().map(|p| TopicPartition::clone(p.name()).topic).collect();
        topics.sort_unstable();
        topics.dedup();
        let outcomes = self.reload(topics.iter().map(|topic| topic.to_string()).collect()).await;
        outcomes.into_iter().try_for_each(|(_, outcome)| outcome.map(drop))
    }

    async fn read(&self, topic: &str) -> Result<Arc<TopicConfig>, RegistryError> {
        let overrides = configs::read(&self.zk, &format!("topics/{topic}")).await?;
        let pairs = || overrides.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let defaults = self.defaults.read();
        let config = defaults.with_overrides(pairs()).or_else(|invalid| {
            // Somebody wrote past all checks. One bad setting must not take the good ones with it.
            log::error!(target: LOG, "/config/topics/{topic}: {invalid}; the default is used instead");
            let good = pairs().filter(|(k, v)| defaults.with_overrides([(*k, *v)]).is_ok());
            defaults.with_overrides(good)
        });
        Ok(Arc::new(config.unwrap_or_default()))
    }

    /// Whether topics that do not say otherwise prefer a leader with lost records to none.
    pub fn is_unclean_by_default(&self) -> bool {
        self.defaults.read().with_overrides([]).is_ok_and(|config| config.unclean_leader_election_enable)
    }

    /// A topic's settings as its logs have them.
    pub fn log_config(&self, topic: &TopicConfig) -> LogConfig {
        LogConfig::of_topic(topic, self.producer_id_expiration_ms)
    }
}
