//! Follows `/config/changes`: changed settings of topics and brokers go in force without a restart.

use crate::{dynamic_config::DynamicConfig, topic_configs::TopicConfigs};
use rkafka_controller::Controller;
use rkafka_registry::{ConfigChange, ConfigChanges, RegistryError, paths};
use rkafka_runtime::{clock::Clock, tasks::essential::End};
use rkafka_zookeeper_client::{ZkClient, ZkEvent};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::mpsc::UnboundedReceiver;

const LOG: &str = "kafka.common.ZkNodeChangeNotificationListener";
/// How long further changes are gathered after several at once.
const GATHERING: Duration = Duration::from_millis(50);

/// Whose settings are followed.
pub struct Followed {
    pub zk: ZkClient,
    pub topics: Arc<TopicConfigs>,
    pub broker: Arc<DynamicConfig>,
    pub clock: Arc<dyn Clock>,
    pub controller: Controller,
}

/// Reads notifications until the client is closed.
pub async fn follow(followed: Followed, mut events: UnboundedReceiver<ZkEvent>) -> End {
    let mut changes = ConfigChanges::new();
    loop {
        match changes.poll(&followed.zk, followed.clock.now()).await {
            Ok(found) => {
                let is_burst = found.len() > 1;
                followed.apply(found).await;
                if is_burst {
                    // Each look lists all that are kept: what follows is gathered for a moment.
                    tokio::time::sleep(GATHERING).await;
                }
            }
            Err(e) => log::error!(target: LOG, "{} could not be read: {e}", paths::CONFIG_CHANGES),
        }
        // A new connection may have missed a notification, a new session has lost the watch.
        loop {
            match events.recv().await {
                None => return End::Unasked("the ZooKeeper client is closed"),
                Some(ZkEvent::Connected) => break,
                Some(ZkEvent::Watch(w)) if w.path == paths::CONFIG_CHANGES => break,
                Some(_) => {}
            }
        }
    }
}

impl Followed {
    /// Puts the settings in force to which changes point, each once, however often they have changed.
    async fn apply(&self, changes: Vec<ConfigChange>) {
        let mut topics = BTreeSet::new();
        let mut brokers = BTreeSet::new();
        for change in &changes {
            match change.entity() {
                Some(("topics", topic)) => {
                    topics.insert(topic.to_owned());
                }
                Some(("brokers", broker)) => {
                    brokers.insert(broker);
                }
                // Quotas and users belong to parts that this broker does not have.
                _ => {}
            }
        }
        if !brokers.is_empty() {
            let outcome = self.reload_broker().await;
            brokers.iter().for_each(|broker| tell("brokers", broker, outcome.as_ref().err()));
        }
        self.reload_topics(topics.into_iter().collect()).await;
    }

    async fn reload_topics(&self, topics: Vec<String>) {
        if topics.is_empty() {
            return;
        }
        let mut is_any_unclean = false;
        for (topic, outcome) in self.topics.reload(topics).await {
            tell("topics", &topic, outcome.as_ref().err());
            is_any_unclean |= outcome.is_ok_and(|config| config.unclean_leader_election_enable);
        }
        if is_any_unclean && self.controller.is_active() {
            self.controller.reconsider_elections(self.topics.is_unclean_by_default()).await;
        }
    }

    async fn reload_broker(&self) -> Result<(), RegistryError> {
        match self.broker.reload(&self.zk).await? {
            Some(defaults) => {
                self.topics.set_defaults((*defaults).clone()).await?;
                self.controller.reconsider_elections(self.topics.is_unclean_by_default()).await;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn tell(kind: &str, name: &str, error: Option<&RegistryError>) {
    match error {
        None => log::info!(target: LOG, "Processed the change of /config/{kind}/{name}"),
        Some(e) => log::error!(target: LOG, "/config/{kind}/{name} could not be put in force: {e}"),
    }
}
