//! Pure: `/config/<type>/<name>` and the notifications under `/config/changes`.

use super::json::{Object, PayloadError, encode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The name of the node that holds the defaults of an entity type.
pub const DEFAULT_ENTITY: &str = "<default>";

/// The overrides of one entity: names and values, both text.
pub type EntityConfig = BTreeMap<String, String>;

/// Writes the payload of `/config/<type>/<name>`.
pub fn encode_entity_config(config: &EntityConfig) -> Vec<u8> {
    encode(&json!({"version": 1, "config": config}))
}

/// Reads the payload of `/config/<type>/<name>`. An empty node means no overrides.
pub fn decode_entity_config(bytes: &[u8]) -> Result<EntityConfig, PayloadError> {
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
