//! Following the notifications under `/config/changes`: which entities' settings have changed since the last look.

use super::json::{Object, PayloadError, encode};
use super::together::all;
use super::{RegistryError, paths};
use rkafka_base::TimestampMs;
use rkafka_zookeeper_client::{ANY_VERSION, Watch, ZkClient};
use serde_json::{Value, json};

/// How long a notification is kept for brokers that were away.
const KEEP_MS: i64 = 15 * 60 * 1000;
/// How many are read or deleted together.
const AT_ONCE: usize = 200;

/// What a config change notification points at, below `/config`: `topics/T`, `brokers/0`, `users/U/clients/C`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigChange {
    pub entity_path: String,
}

impl ConfigChange {
    /// Version 2, which every release since 0.10.1 reads.
    pub fn encode(&self) -> Vec<u8> {
        encode(&json!({"version": 2, "entity_path": self.entity_path}))
    }

    /// Reads version 2, version 1 (`entity_type`, `entity_name`) and 0.8's bare topic name in quotes.
    pub fn decode(bytes: &[u8]) -> Result<ConfigChange, PayloadError> {
        if let Ok(Value::String(topic)) = serde_json::from_slice(bytes) {
            return Ok(ConfigChange { entity_path: format!("topics/{topic}") });
        }
        let object = Object::parse(bytes)?;
        let entity_path = if object.get("entity_path").is_some() {
            object.string("entity_path")?.to_owned()
        } else {
            format!("{}/{}", object.string("entity_type")?, object.string("entity_name")?)
        };
        Ok(ConfigChange { entity_path })
    }

    /// The type and the rest of the path: `("topics", "T")`.
    pub fn entity(&self) -> Option<(&str, &str)> {
        self.entity_path.split_once('/')
    }
}

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
        let seen = numbered.partition_point(|(number, _)| self.last_seen.is_some_and(|seen| *number <= seen));
        for chunk in numbered.get(seen..).unwrap_or_default().chunks(AT_ONCE) {
            let reads = chunk.iter().map(|(_, name)| read(zk.clone(), name.clone()));
            changes.extend(all(reads).await?.into_iter().flatten());
            self.last_seen = chunk.last().map(|(number, _)| *number);
        }
        purge(zk, &numbered, now).await?;
        Ok(changes)
    }
}

async fn read(zk: ZkClient, name: String) -> Result<Option<ConfigChange>, RegistryError> {
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

/// Deletes the notifications that nobody needs any more. They are in the order of their making, so that behind a young one
/// all are: usually the first look is the last, however many are kept.
async fn purge(zk: &ZkClient, numbered: &[(u64, String)], now: TimestampMs) -> Result<(), RegistryError> {
    let (first, others) = numbered.split_at(numbered.len().min(1));
    for chunk in std::iter::once(first).chain(others.chunks(AT_ONCE)) {
        let deletions = chunk.iter().map(|(_, name)| delete_if_old(zk.clone(), name.clone(), now));
        if all(deletions).await?.contains(&false) {
            break;
        }
    }
    Ok(())
}

/// Whether it is gone.
async fn delete_if_old(zk: ZkClient, name: String, now: TimestampMs) -> Result<bool, RegistryError> {
    let path = format!("{}/{name}", paths::CONFIG_CHANGES);
    let Some(stat) = zk.exists(&path, Watch::No).await? else { return Ok(true) };
    if now.0 - stat.ctime <= KEEP_MS {
        return Ok(false);
    }
    match zk.delete(&path, ANY_VERSION).await {
        Err(error) if !error.is_no_node() => Err(error.into()),
        _ => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_payload_of_three_generations() {
        for (bytes, entity) in [
            (
                &br#"{"version":2,"entity_path":"users/al%20ice%2A/clients/cl1"}"#[..],
                ("users", "al%20ice%2A/clients/cl1"),
            ),
            (br#"{"version":1,"entity_type":"topics","entity_name":"t"}"#, ("topics", "t")),
            (br#""t""#, ("topics", "t")),
        ] {
            assert_eq!(ConfigChange::decode(bytes).unwrap().entity(), Some(entity));
        }
        assert!(ConfigChange::decode(b"{}").is_err());
    }
}
