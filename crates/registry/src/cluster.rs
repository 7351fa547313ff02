//! What belongs to the cluster as a whole: its id and its features.

use super::payload::{decode_cluster_id, encode_cluster_id};
use super::{RegistryError, nodes, paths};
use rkafka_base::Uuid;
use rkafka_zookeeper_client::{Watch, ZkClient};

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
pub async fn read_cluster_id(zk: &ZkClient) -> Result<Option<String>, RegistryError> {
    match zk.get_data_if_present(paths::CLUSTER_ID, Watch::No).await? {
        None => Ok(None),
        Some((data, _)) => {
            decode_cluster_id(&data.unwrap_or_default()).map(Some).map_err(RegistryError::payload(paths::CLUSTER_ID))
        }
    }
}
