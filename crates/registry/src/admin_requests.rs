//! `/admin/reassign_partitions` and `/admin/preferred_replica_election`, by which the tools of old releases ask the
//! controller for other replicas and for the preferred leaders.

use super::json::{Object, PayloadError, encode};
use super::{RegistryError, paths};
use rkafka_base::TopicPartition;
use rkafka_zookeeper_client::{Watch, ZkClient};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The partitions of a payload with the objects that name them.
pub(super) fn partitions(object: &Object) -> Result<Vec<(TopicPartition, Object)>, PayloadError> {
    let expected = "a list of objects with topic and partition";
    let wrong = || PayloadError::Mistyped { key: "partitions", expected };
    let list = object.get("partitions").ok_or(PayloadError::Missing("partitions"))?;
    let list = list.as_array().ok_or_else(wrong)?;
    let entries = list.iter().map(|entry| {
        let entry = Object::of(entry).ok_or_else(wrong)?;
        let tp = TopicPartition::new(entry.string("topic")?, entry.i32("partition")?);
        Ok((tp, entry))
    });
    entries.collect()
}

/// Reads `/admin/reassign_partitions`: the replicas that each partition is to have. A partition that is named twice is
/// to have the later ones.
pub(crate) fn decode_reassignments(bytes: &[u8]) -> Result<BTreeMap<TopicPartition, Vec<i32>>, PayloadError> {
    let object = Object::parse(bytes)?;
    let entries = partitions(&object)?.into_iter().map(|(tp, entry)| Ok((tp, entry.i32_list("replicas")?)));
    entries.collect()
}

pub fn encode_reassignments(reassignments: &BTreeMap<TopicPartition, Vec<i32>>) -> Vec<u8> {
    let entry = |(tp, replicas): (&TopicPartition, &Vec<i32>)| json!({"topic": &*tp.topic, "partition": tp.partition, "replicas": replicas});
    encode(&json!({"version": 1, "partitions": reassignments.iter().map(entry).collect::<Vec<Value>>()}))
}

/// Reads `/admin/preferred_replica_election`.
pub(crate) fn decode_preferred_elections(bytes: &[u8]) -> Result<Vec<TopicPartition>, PayloadError> {
    let object = Object::parse(bytes)?;
    Ok(partitions(&object)?.into_iter().map(|(tp, _)| tp).collect())
}

/// What `decode` finds in a node and the node's version, or `None` if the node is not there. A watch waits for the node,
/// or for its next change.
async fn read<T>(
    zk: &ZkClient,
    path: &str,
    watch: Watch,
    decode: impl Fn(&[u8]) -> Result<T, PayloadError>,
) -> Result<Option<(T, i32)>, RegistryError> {
    if zk.exists(path, watch).await?.is_none() {
        return Ok(None);
    }
    let Some((data, stat)) = zk.get_data_if_present(path, Watch::No).await? else { return Ok(None) };
    let found = decode(&data.unwrap_or_default()).map_err(RegistryError::payload(path))?;
    Ok(Some((found, stat.version)))
}

/// `/admin/reassign_partitions`: the replicas that partitions are to have.
pub async fn reassignments(
    zk: &ZkClient,
    watch: Watch,
) -> Result<Option<(BTreeMap<TopicPartition, Vec<i32>>, i32)>, RegistryError> {
    read(zk, paths::REASSIGN_PARTITIONS, watch, decode_reassignments).await
}

/// `/admin/preferred_replica_election`: the partitions that are to be led by their preferred replicas.
pub async fn preferred_elections(zk: &ZkClient, watch: Watch) -> Result<Option<Vec<TopicPartition>>, RegistryError> {
    let found = read(zk, paths::PREFERRED_REPLICA_ELECTION, watch, decode_preferred_elections).await?;
    Ok(found.map(|(partitions, _)| partitions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reassignments() {
        let bytes = br#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[2,1]}]}"#;
        let read = decode_reassignments(bytes).unwrap();
        assert_eq!(read, BTreeMap::from([(TopicPartition::new("t", 0), vec![2, 1])]));
        let ours: Value = serde_json::from_slice(&encode_reassignments(&read)).unwrap();
        assert_eq!(ours, serde_json::from_slice::<Value>(bytes).unwrap());
    }

    #[test]
    fn elections() {
        let bytes = br#"{"version":1,"partitions":[{"topic":"spec-zk","partition":0}]}"#;
        assert_eq!(decode_preferred_elections(bytes).unwrap(), [TopicPartition::new("spec-zk", 0)]);
    }

    #[test]
    fn broken_payloads_are_errors() {
        for bytes in [
            &br#"{"version":1}"#[..],
            br#"{"partitions":{}}"#,
            br#"{"partitions":[1]}"#,
            br#"{"partitions":[{"topic":"t"}]}"#,
            br#"{"partitions":[{"topic":"t","partition":"0"}]}"#,
            b"",
        ] {
            assert!(decode_preferred_elections(bytes).is_err());
            assert!(decode_reassignments(bytes).is_err());
        }
        assert!(decode_reassignments(br#"{"partitions":[{"topic":"t","partition":0}]}"#).is_err());
    }
}
