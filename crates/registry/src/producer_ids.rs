//! The block of producer ids that was handed out last.

use super::payload::ProducerIdBlock;
use super::{RegistryError, nodes, paths};
use rkafka_zookeeper_client::{Watch, ZkClient};

/// The block that was handed out last, if any, and its node's version.
pub async fn latest(zk: &ZkClient) -> Result<(Option<ProducerIdBlock>, i32), RegistryError> {
    let path = paths::LATEST_PRODUCER_ID_BLOCK;
    loop {
        match zk.get_data_if_present(path, Watch::No).await? {
            Some((data, stat)) => {
                let block = ProducerIdBlock::decode(&data.unwrap_or_default()).map_err(RegistryError::payload(path))?;
                return Ok((block, stat.version));
            }
            None => {
                nodes::create_with_parents(zk, path, None).await?;
            }
        }
    }
}
