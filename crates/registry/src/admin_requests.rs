//! The nodes by which the tools of old releases ask the controller for something.

use super::payload::{decode_preferred_elections, decode_reassignments};
use super::{PayloadError, RegistryError, paths};
use rkafka_base::TopicPartition;
use rkafka_zookeeper_client::{Watch, ZkClient};
use std::collections::BTreeMap;

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
