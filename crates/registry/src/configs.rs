//! `/config/<type>/<name>`, settings that stand in ZooKeeper, and telling all brokers when they change.

use super::config_changes::ConfigChange;
use super::controllers::ControllerRegistration;
use super::json::{Object, PayloadError, encode};
use super::{RegistryError, nodes, paths};
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Watch, ZkClient, ZkClientError, ZkError, ZkOp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How often a write is tried while what it stands on changes.
const TRIES: u32 = 5;

/// The name of the node that holds the defaults of an entity type.
pub const DEFAULT_ENTITY: &str = "<default>";

/// The overrides of one entity: names and values, both text.
pub type EntityConfig = BTreeMap<String, String>;

/// Writes the payload of `/config/<type>/<name>`.
pub(crate) fn encode_entity_config(config: &EntityConfig) -> Vec<u8> {
    encode(&json!({"version": 1, "config": config}))
}

/// Reads the payload of `/config/<type>/<name>`. An empty node means no overrides.
pub(crate) fn decode_entity_config(bytes: &[u8]) -> Result<EntityConfig, PayloadError> {
    if bytes.is_empty() {
        return Ok(EntityConfig::new());
    }
    let object = Object::parse(bytes)?;
    let mut config = EntityConfig::new();
    for (name, value) in object.entries("config")? {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return Err(PayloadError::Mistyped { key: "config", expected: "an object of strings" }),
        };
        config.insert(name.to_owned(), text);
    }
    Ok(config)
}

/// The settings of `entity_path` (`topics/T`, `brokers/0`, `brokers/<default>`); empty if there are none.
pub async fn read(zk: &ZkClient, entity_path: &str) -> Result<EntityConfig, RegistryError> {
    let path = paths::config(entity_path);
    match zk.get_data_if_present(&path, Watch::No).await? {
        None => Ok(EntityConfig::new()),
        Some((data, _)) => decode_entity_config(&data.unwrap_or_default()).map_err(RegistryError::payload(&path)),
    }
}

/// The names of the entities of a type (`topics`, `brokers`) that have settings.
pub async fn entities(zk: &ZkClient, entity_type: &str) -> Result<Vec<String>, RegistryError> {
    match zk.get_children(&paths::config(entity_type), Watch::No).await {
        Ok((names, _)) => Ok(names),
        Err(error) if error.is_no_node() => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Who controls the cluster while settings are written: none are behind the back of a KRaft controller that is taking the
/// cluster over. It is read once for many writes, and again when it has changed.
#[derive(Debug)]
pub struct Fence {
    /// Of `/controller`, if it is there.
    version: Option<i32>,
}

impl Fence {
    /// Reads `/controller`; an error if a KRaft controller is there.
    pub async fn read(zk: &ZkClient) -> Result<Fence, RegistryError> {
        let Some((data, stat)) = zk.get_data_if_present(paths::CONTROLLER, Watch::No).await? else {
            return Ok(Fence { version: None });
        };
        let controller = ControllerRegistration::decode(&data.unwrap_or_default());
        let controller = controller.map_err(RegistryError::payload(paths::CONTROLLER))?;
        match controller.kraft_controller_epoch {
            epoch @ 1.. => Err(RegistryError::KRaftController(epoch)),
            _ => Ok(Fence { version: Some(stat.version) }),
        }
    }

    fn check(&self) -> Option<ZkOp> {
        self.version.map(|version| ZkOp::check(paths::CONTROLLER, version))
    }
}

/// Replaces the settings of an entity and leaves a notification for all brokers, in one transaction.
pub async fn write(
    zk: &ZkClient,
    fence: &Fence,
    entity_path: &str,
    config: &EntityConfig,
) -> Result<(), RegistryError> {
    let path = paths::config(entity_path);
    let payload = Some(encode_entity_config(config));
    let change = ConfigChange { entity_path: entity_path.to_owned() };
    let (mut renewed, mut tries) = (None, TRIES);
    loop {
        let mut ops: Vec<ZkOp> = renewed.as_ref().unwrap_or(fence).check().into_iter().collect();
        ops.push(ZkOp::set_data(path.clone(), payload.clone(), ANY_VERSION));
        let mode = CreateMode::PersistentSequential;
        ops.push(ZkOp::create(paths::CONFIG_CHANGE_PREFIX, Some(change.encode()), mode));
        tries -= 1;
        match zk.multi(ops).await {
            Ok(_) => return Ok(()),
            Err(ZkClientError::Refused { path, .. }) if path == paths::CONTROLLER && tries > 0 => {
                renewed = Some(Fence::read(zk).await?);
            }
            // The first settings of the entity, or the first notification of the cluster.
            Err(ZkClientError::Refused { code: ZkError::NO_NODE, path: missing }) if tries > 0 => {
                let absent = if missing == path { &path } else { paths::CONFIG_CHANGES };
                nodes::create_with_parents(zk, absent, None).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes the settings of an entity away with their node, and leaves a notification for all brokers. A node that is not
/// there is no error.
pub async fn remove(zk: &ZkClient, fence: &Fence, entity_path: &str) -> Result<(), RegistryError> {
    write(zk, fence, entity_path, &EntityConfig::new()).await?;
    match zk.delete(&paths::config(entity_path), ANY_VERSION).await {
        Err(error) if !error.is_no_node() => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_payload() {
        let bytes = br#"{"version":1,"config":{"min.insync.replicas":"2","retention.ms":"86400000"}}"#;
        let config = decode_entity_config(bytes).unwrap();
        assert_eq!(config["retention.ms"], "86400000");
        assert_eq!(
            encode_entity_config(&config),
            br#"{"config":{"min.insync.replicas":"2","retention.ms":"86400000"},"version":1}"#
        );
        assert!(decode_entity_config(b"").unwrap().is_empty());
        assert!(decode_entity_config(br#"{"version":1,"config":{"a":[]}}"#).is_err());
    }
}
