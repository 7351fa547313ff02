//! `/cluster/id` and `/feature`: what belongs to the cluster as a whole.

use super::json::{Object, PayloadError, encode};
use super::{RegistryError, nodes, paths};
use rkafka_base::Uuid;
use rkafka_zookeeper_client::{Watch, ZkClient};
use serde_json::json;

/// Writes `/cluster/id`; its version is a string.
pub(crate) fn encode_cluster_id(id: Uuid) -> Vec<u8> {
    encode(&json!({"version": "1", "id": id.to_string()}))
}

/// Reads `/cluster/id`. The id is kept as text: clusters exist whose id is not a UUID.
pub(crate) fn decode_cluster_id(bytes: &[u8]) -> Result<String, PayloadError> {
    Ok(Object::parse(bytes)?.string("id")?.to_owned())
}

/// The payload of `/feature` without finalized features, as brokers from IBP 3.3 on write it.
pub fn encode_no_features() -> Vec<u8> {
    encode(&json!({"version": 2, "status": 1, "features": {}}))
}

/// The cluster's id. The first broker of a cluster proposes `fresh`; whoever comes later reads what stands there.
pub async fn cluster_id(zk: &ZkClient, fresh: impl FnOnce() -> Uuid) -> Result<String, RegistryError> {
    if let Some(id) = read_cluster_id(zk).await? {
        return Ok(id);
    }
    let proposal = fresh();
    if nodes::create_with_parents(zk, paths::CLUSTER_ID, Some(encode_cluster_id(proposal))).await? {
        return Ok(proposal.to_string());
    }
    Ok(read_cluster_id(zk).await?.unwrap_or_else(|| proposal.to_string()))
}

/// The cluster's id, if it has one yet.
pub(crate) async fn read_cluster_id(zk: &ZkClient) -> Result<Option<String>, RegistryError> {
    match zk.get_data_if_present(paths::CLUSTER_ID, Watch::No).await? {
        None => Ok(None),
        Some((data, _)) => {
            decode_cluster_id(&data.unwrap_or_default()).map(Some).map_err(RegistryError::payload(paths::CLUSTER_ID))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_id() {
        let id = Uuid::parse("p6cQR7fBTa2JT_WD2eumFA").unwrap();
        assert_eq!(decode_cluster_id(&encode_cluster_id(id)).unwrap(), "p6cQR7fBTa2JT_WD2eumFA");
        assert_eq!(decode_cluster_id(br#"{"version":"1","id":"my-cluster"}"#).unwrap(), "my-cluster");
        assert!(decode_cluster_id(b"{}").is_err());
    }
}
