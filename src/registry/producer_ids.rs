//! Blocks of producer ids: each is given to one broker, and never twice.

use super::payload::ProducerIdBlock;
use super::{RegistryError, nodes, paths};
use crate::zookeeper::client::{Watch, ZkClient};

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

/// Takes the next block for `broker_id`; `None` when all 64-bit ids are used up.
pub async fn take_block(zk: &ZkClient, broker_id: i32) -> Result<Option<ProducerIdBlock>, RegistryError> {
    let path = paths::LATEST_PRODUCER_ID_BLOCK;
    loop {
        let Some((data, stat)) = zk.get_data_if_present(path, Watch::No).await? else {
            nodes::create_with_parents(zk, path, None).await?;
            continue;
        };
        let latest = ProducerIdBlock::decode(&data.unwrap_or_default()).map_err(RegistryError::payload(path))?;
        let Some(block) = ProducerIdBlock::following(latest, broker_id) else { return Ok(None) };
        match zk.set_data(path, Some(block.encode()), stat.version).await {
            Ok(_) => return Ok(Some(block)),
            // Another broker was faster; a block that our own repeated write took is lost, which harms nobody.
            Err(error) if error.is_bad_version() => {}
            Err(error) => return Err(error.into()),
        }
    }
}
