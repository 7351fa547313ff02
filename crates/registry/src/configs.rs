//! `/config/<type>/<name>`, settings that stand in ZooKeeper, and telling all brokers when they change.

use super::config_changes::ConfigChange;
use super::controllers::ControllerRegistration;
use super::json::{Object, PayloadError, encode};
use super::{RegistryError, nodes, paths};
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Watch, ZkClient, ZkOp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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

/// Replaces the settings of an entity and leaves a notification for all brokers.
///
/// The write is fenced by the version of `/controller`, so that none happens behind the back of a KRaft controller
/// that is taking the cluster over.
pub async fn write(zk: &ZkClient, entity_path: &str, config: &EntityConfig) -> Result<(), RegistryError> {
    let path = paths::config(entity_path);
    let payload = Some(encode_entity_config(config));
    let (controller, stat) = match zk.get_data_if_present(paths::CONTROLLER, Watch::No).await? {
        Some((data, stat)) => (Some(data.unwrap_or_default()), Some(stat)),
        None => (None, None),
    };
    if let Some(data) = controller {
        let controller = ControllerRegistration::decode(&data).map_err(RegistryError::payload(paths::CONTROLLER))?;
        if controller.kraft_controller_epoch > 0 {
            return Err(RegistryError::KRaftController(controller.kraft_controller_epoch));
        }
    }
    let mut ops: Vec<ZkOp> = stat.map(|stat| ZkOp::check(paths::CONTROLLER, stat.version)).into_iter().collect();
    ops.push(ZkOp::set_data(path.clone(), payload.clone(), ANY_VERSION));
    match zk.multi(ops).await {
        Ok(_) => {}
        Err(error) if error.is_no_node() => {
            nodes::create_with_parents(zk, &path, payload).await?;
        }
        Err(error) => return Err(error.into()),
    }
    notify(zk, entity_path).await
}

/// Leaves a notification that the settings of `entity_path` have changed.
pub async fn notify(zk: &ZkClient, entity_path: &str) -> Result<(), RegistryError> {
    let change = ConfigChange { entity_path: entity_path.to_owned() };
    let prefix = paths::CONFIG_CHANGE_PREFIX;
    match zk.create(prefix, Some(change.encode()), CreateMode::PersistentSequential).await {
        Err(error) if error.is_no_node() => {
            nodes::create_with_parents(zk, paths::CONFIG_CHANGES, None).await?;
            zk.create(prefix, Some(change.encode()), CreateMode::PersistentSequential).await?;
            Ok(())
        }
        other => Ok(other.map(drop)?),
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
