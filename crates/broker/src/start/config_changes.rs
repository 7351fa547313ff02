//! Follows `/config/changes`: changed settings of topics and brokers go in force without a restart.

use crate::{dynamic_config::DynamicConfig, topic_configs::TopicConfigs};
use rkafka_controller::Controller;
use rkafka_registry::{ConfigChange, ConfigChanges, RegistryError, paths};
use rkafka_runtime::clock::Clock;
use rkafka_zookeeper_client::{ZkClient, ZkEvent};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;

const LOG: &str = "kafka.common.ZkNodeChangeNotificationListener";

/// Whose settings are followed.
pub struct Followed {
    pub zk: ZkClient,
    pub topics: Arc<TopicConfigs>,
    pub broker: Arc<DynamicConfig>,
    pub clock: Arc<dyn Clock>,
    pub controller: Controller,
}

/// Reads notifications until the client is closed.
pub async fn follow(followed: Followed, mut events: UnboundedReceiver<ZkEvent>) {
    let mut changes = ConfigChanges::new();
    loop {
        match changes.poll(&followed.zk, followed.clock.now()).await {
            Ok(found) => {
                for change in found {
                    followed.apply(&change).await;
                }
            }
            Err(e) => log::error!(target: LOG, "{} could not be read: {e}", paths::CONFIG_CHANGES),
        }
        // A new connection may have missed a notification, a new session has lost the watch.
        loop {
            match events.recv().await {
                None => return,
                Some(ZkEvent::Connected) => break,
                Some(ZkEvent::Watch(w)) if w.path == paths::CONFIG_CHANGES => break,
                Some(_) => {}
            }
        }
    }
}

impl Followed {
    async fn apply(&self, change: &ConfigChange) {
        let applied = match change.entity() {
            Some(("topics", topic)) => self.reload_topic(topic).await,
            Some(("brokers", _)) => self.reload_broker().await,
            // Quotas and users belong to parts that this broker does not have.
            _ => return,
        };
        match applied {
            Ok(()) => log::info!(target: LOG, "Processed the change of /config/{}", change.entity_path),
            Err(e) => log::error!(target: LOG, "/config/{} could not be put in force: {e}", change.entity_path),
        }
    }

    async fn reload_topic(&self, topic: &str) -> Result<(), RegistryError> {
        self.topics.reload(topic).await?;
        if self.controller.is_active() && self.topics.load(topic).await?.unclean_leader_election_enable {
            self.controller.reconsider_elections(self.topics.is_unclean_by_default()).await;
        }
        Ok(())
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
