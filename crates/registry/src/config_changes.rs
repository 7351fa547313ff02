//! Following the notifications under `/config/changes`: which entities' settings have changed since the last look.

use super::payload::ConfigChange;
use super::{RegistryError, paths};
use rkafka_base::TimestampMs;
use rkafka_zookeeper_client::{ANY_VERSION, Watch, ZkClient};

/// How long a notification is kept for brokers that were away.
const KEEP_MS: i64 = 15 * 60 * 1000;

/// A reader of the notifications. Call [`ConfigChanges::poll`] at the start and whenever the watch on
/// [`paths::CONFIG_CHANGES`] fires.
#[derive(Debug, Default)]
pub struct ConfigChanges {
    last_seen: Option<u64>,
}

impl ConfigChanges {
    pub fn new() -> ConfigChanges {
        ConfigChanges::default()
    }

    /// The changes since the last call, oldest first, and sets the watch again. The first call gives all that are
    /// kept. Notifications older than 15 minutes are deleted; one that cannot be read is passed over with a warning.
    pub async fn poll(&mut self, zk: &ZkClient, now: TimestampMs) -> Result<Vec<ConfigChange>, RegistryError> {
        let (names, _) = match zk.get_children(paths::CONFIG_CHANGES, Watch::Yes).await {
            Err(error) if error.is_no_node() => {
                super::nodes::create_with_parents(zk, paths::CONFIG_CHANGES, None).await?;
                zk.get_children(paths::CONFIG_CHANGES, Watch::Yes).await?
            }
            other => other?,
        };
        let mut numbered: Vec<(u64, String)> =
            names.into_iter().filter_map(|name| Some((paths::sequence_number(&name)?, name))).collect();
        numbered.sort_unstable();
        let mut changes = Vec::new();
        for (number, name) in &numbered {
            if self.last_seen.is_some_and(|seen| *number <= seen) {
                continue;
            }
            changes.extend(read(zk, name).await?);
            self.last_seen = Some(*number);
        }
        for (_, name) in &numbered {
            purge(zk, name, now).await?;
        }
        Ok(changes)
    }
}

async fn read(zk: &ZkClient, name: &str) -> Result<Option<ConfigChange>, RegistryError> {
    let path = format!("{}/{name}", paths::CONFIG_CHANGES);
    let Some((data, _)) = zk.get_data_if_present(&path, Watch::No).await? else { return Ok(None) };
    match ConfigChange::decode(&data.unwrap_or_default()) {
        Ok(change) => Ok(Some(change)),
        Err(cause) => {
            log::warn!(target: "kafka.common.ZkNodeChangeNotificationListener", "{path} is passed over: {cause}");
            Ok(None)
        }
    }
}

async fn purge(zk: &ZkClient, name: &str, now: TimestampMs) -> Result<(), RegistryError> {
    let path = format!("{}/{name}", paths::CONFIG_CHANGES);
    let Some(stat) = zk.exists(&path, Watch::No).await? else { return Ok(()) };
    if now.0 - stat.ctime <= KEEP_MS {
        return Ok(());
    }
    match zk.delete(&path, ANY_VERSION).await {
        Err(error) if !error.is_no_node() => Err(error.into()),
        _ => Ok(()),
    }
}
