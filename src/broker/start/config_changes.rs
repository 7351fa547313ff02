//! Follows `/config/changes`: changed topic settings go in force without a restart.

use crate::broker::topic_configs::TopicConfigs;
use crate::registry::{ConfigChanges, paths};
use crate::runtime::clock::Clock;
use crate::zookeeper::client::{ZkClient, ZkEvent};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;

const LOG: &str = "kafka.common.ZkNodeChangeNotificationListener";

/// Reads notifications until the client is closed.
pub async fn follow(
    zk: ZkClient,
    mut events: UnboundedReceiver<ZkEvent>,
    topics: Arc<TopicConfigs>,
    clock: Arc<dyn Clock>,
) {
    let mut changes = ConfigChanges::new();
    loop {
        match changes.poll(&zk, clock.now()).await {
            Ok(found) => {
                for change in found {
                    apply(&topics, &change.entity_path).await;
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

async fn apply(topics: &TopicConfigs, entity_path: &str) {
    let Some(topic) = entity_path.strip_prefix("topics/") else { return };
    log::info!(target: LOG, "Processing notification for /config/{entity_path}");
    if let Err(e) = topics.reload(topic).await {
        log::error!(target: LOG, "The settings of topic {topic} could not be read: {e}");
    }
}
