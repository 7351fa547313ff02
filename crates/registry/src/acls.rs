//! `/kafka-acl`, `/kafka-acl-extended` and the notices of changes beside them: ACLs as `AclAuthorizer` of Kafka's brokers
//! keeps them (`ZkAclStore`).

use super::{
    RegistryError,
    json::{Object, PayloadError, encode},
    nodes::create_with_parents,
};
use rkafka_base::acl::{AccessControlEntry, AclOperation, AclPermission, PatternType, ResourcePattern, ResourceType};
use rkafka_zookeeper_client::{Acl, CreateMode, Watch, ZkClient};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How often a write is tried while others change the same node, as in Kafka.
const TRIES: u32 = 11;
/// The version of the payload, the only one there is.
const VERSION: i32 = 1;
/// What a notice's name starts with; ZooKeeper adds ten digits.
const CHANGE: &str = "acl_changes_";

/// The kinds of resources that have nodes.
const TYPES: [ResourceType; 6] = [
    ResourceType::Topic,
    ResourceType::Group,
    ResourceType::Cluster,
    ResourceType::TransactionalId,
    ResourceType::DelegationToken,
    ResourceType::User,
];
/// The kinds of patterns that have nodes.
const PATTERNS: [PatternType; 2] = [PatternType::Literal, PatternType::Prefixed];

/// The entries of one pattern.
pub type Entries = BTreeSet<AccessControlEntry>;

fn root(pattern_type: PatternType) -> &'static str {
    if pattern_type == PatternType::Literal { "/kafka-acl" } else { "/kafka-acl-extended/prefixed" }
}

fn changes(pattern_type: PatternType) -> &'static str {
    if pattern_type == PatternType::Literal { "/kafka-acl-changes" } else { "/kafka-acl-extended-changes" }
}

fn path(pattern: &ResourcePattern) -> String {
    format!("{}/{}/{}", root(pattern.pattern_type), pattern.resource_type.title(), pattern.name)
}

fn encode_entries(entries: &Entries) -> Vec<u8> {
    let entry = |entry: &AccessControlEntry| {
        json!({
            "principal": entry.principal,
            "permissionType": entry.permission.title(),
            "host": entry.host,
            "operation": entry.operation.title(),
        })
    };
    encode(&json!({"version": VERSION, "acls": entries.iter().map(entry).collect::<Vec<_>>()}))
}

/// Reads the payload of a pattern's node. An empty node means no entries.
fn decode_entries(bytes: &[u8]) -> Result<Entries, PayloadError> {
    if bytes.is_empty() {
        return Ok(Entries::new());
    }
    let object = Object::parse(bytes)?;
    if object.i32("version")? != VERSION {
        return Err(PayloadError::Mistyped { key: "version", expected: "1" });
    }
    let acls = object.get("acls").ok_or(PayloadError::Missing("acls"))?;
    let acls = acls.as_array().ok_or(PayloadError::Mistyped { key: "acls", expected: "a list" })?;
    acls.iter().map(decode_entry).collect()
}

fn decode_entry(value: &Value) -> Result<AccessControlEntry, PayloadError> {
    let object = Object::of(value).ok_or(PayloadError::Mistyped { key: "acls", expected: "a list of objects" })?;
    let bad = |text: &str, expected| PayloadError::BadText { text: text.to_owned(), expected };
    let (operation, permission) = (object.string("operation")?, object.string("permissionType")?);
    Ok(AccessControlEntry {
        principal: object.string("principal")?.to_owned(),
        host: object.string("host")?.to_owned(),
        operation: AclOperation::from_title(operation).ok_or_else(|| bad(operation, "an operation"))?,
        permission: AclPermission::from_title(permission).ok_or_else(|| bad(permission, "Allow or Deny"))?,
    })
}

/// What is written for the brokers when the entries of a pattern have changed.
fn encode_change(pattern: &ResourcePattern) -> Vec<u8> {
    let ResourcePattern { resource_type, name, pattern_type } = pattern;
    match pattern_type {
        PatternType::Literal => format!("{resource_type}:{name}").into_bytes(),
        _ => encode(&json!({
            "version": VERSION,
            "resourceType": resource_type.to_string(),
            "name": name,
            "patternType": pattern_type.to_string(),
        })),
    }
}

/// Every pattern that has entries, with them. Nodes that are not there are none.
pub async fn read_all(zk: &ZkClient) -> Result<Vec<(ResourcePattern, Entries)>, RegistryError> {
    let mut found = Vec::new();
    for pattern_type in PATTERNS {
        for resource_type in TYPES {
            let parent = format!("{}/{}", root(pattern_type), resource_type.title());
            let names = match zk.get_children(&parent, Watch::No).await {
                Ok((names, _)) => names,
                Err(error) if error.is_no_node() => continue,
                Err(error) => return Err(error.into()),
            };
            for name in names {
                let pattern = ResourcePattern { resource_type, name, pattern_type };
                let (entries, version) = read(zk, &pattern).await?;
                // It may have gone meanwhile.
                if version.is_some() {
                    found.push((pattern, entries));
                }
            }
        }
    }
    Ok(found)
}

/// The entries of a pattern and its node's version, if there is one.
async fn read(zk: &ZkClient, pattern: &ResourcePattern) -> Result<(Entries, Option<i32>), RegistryError> {
    let path = path(pattern);
    let Some((data, stat)) = zk.get_data_if_present(&path, Watch::No).await? else { return Ok((Entries::new(), None)) };
    let entries = decode_entries(&data.unwrap_or_default()).map_err(RegistryError::payload(&path))?;
    Ok((entries, Some(stat.version)))
}

/// Creates the nodes below which entries and notices stand, as every broker with an authorizer does at its start.
pub async fn create_paths(zk: &ZkClient, acl: &[Acl]) -> Result<(), RegistryError> {
    let mut paths = vec!["/kafka-acl-extended".to_owned()];
    for pattern_type in PATTERNS {
        paths.push(root(pattern_type).to_owned());
        paths.extend(TYPES.map(|resource_type| format!("{}/{}", root(pattern_type), resource_type.title())));
        paths.push(changes(pattern_type).to_owned());
    }
    for path in paths {
        match zk.create_with_acl(&path, None, CreateMode::Persistent, acl.to_vec()).await {
            Err(error) if !error.is_node_exists() => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Changes the entries of a pattern with what `change` does to them, whatever others write at the same time, and tells the
/// brokers if there was something to change. `acl` is that of new nodes.
///
/// Errors: the node changes again and again.
pub async fn update(
    zk: &ZkClient,
    acl: &[Acl],
    pattern: &ResourcePattern,
    change: impl Fn(&mut Entries),
) -> Result<(), RegistryError> {
    let path = path(pattern);
    let mut tries = TRIES;
    loop {
        let (before, version) = read(zk, pattern).await?;
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(());
        }
        let payload = Some(encode_entries(&after));
        let written = match version {
            Some(version) if after.is_empty() => zk.delete(&path, version).await,
            Some(version) => zk.set_data(&path, payload, version).await.map(drop),
            None => zk.create_with_acl(&path, payload, CreateMode::Persistent, acl.to_vec()).await.map(drop),
        };
        tries -= 1;
        match written {
            Ok(()) => break,
            // Somebody else was faster.
            Err(error) if tries > 0 && (error.is_bad_version() || error.is_node_exists() || error.is_no_node()) => {
                if version.is_none() && error.is_no_node() {
                    let parent = format!("{}/{}", root(pattern.pattern_type), pattern.resource_type.title());
                    create_with_parents(zk, &parent, None).await?;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    let notice = format!("{}/{CHANGE}", changes(pattern.pattern_type));
    zk.create_with_acl(&notice, Some(encode_change(pattern)), CreateMode::PersistentSequential, acl.to_vec()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(pattern_type: PatternType) -> ResourcePattern {
        ResourcePattern { resource_type: ResourceType::Topic, name: "pre".to_owned(), pattern_type }
    }

    #[test]
    fn payloads_are_kafkas() {
        let bytes = br#"{"version":1,"acls":[{"host":"host1","permissionType":"Deny","operation":"Read","principal":"User:alice"}]}"#;
        let entries = decode_entries(bytes).unwrap();
        let entry = entries.first().unwrap();
        assert_eq!((entry.operation, entry.permission), (AclOperation::Read, AclPermission::Deny));
        assert_eq!(decode_entries(&encode_entries(&entries)), Ok(entries));
        assert_eq!(decode_entries(b""), Ok(Entries::new()));
        for bad in [
            &b"[]"[..],
            b"{}",
            br#"{"version":2,"acls":[]}"#,
            br#"{"version":1,"acls":{}}"#,
            br#"{"version":1,"acls":[1]}"#,
            br#"{"version":1,"acls":[{"host":"h","permissionType":"Deny","operation":"Fly","principal":"User:a"}]}"#,
        ] {
            assert!(decode_entries(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn paths_and_notices() {
        assert_eq!(path(&pattern(PatternType::Literal)), "/kafka-acl/Topic/pre");
        assert_eq!(path(&pattern(PatternType::Prefixed)), "/kafka-acl-extended/prefixed/Topic/pre");
        assert_eq!(encode_change(&pattern(PatternType::Literal)), b"TOPIC:pre");
        let change: Value = serde_json::from_slice(&encode_change(&pattern(PatternType::Prefixed))).unwrap();
        assert_eq!(change, json!({"version": 1, "resourceType": "TOPIC", "name": "pre", "patternType": "PREFIXED"}));
    }
}
