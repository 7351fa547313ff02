//! Producer ids for this broker, out of blocks that the cluster hands out once each.

use crate::registry::{ProducerIdBlock, RegistryError, producer_ids};
use crate::zookeeper::client::ZkClient;
use tokio::sync::Mutex;

/// What is left of the current block.
pub struct ProducerIds {
    zk: ZkClient,
    broker_id: i32,
    /// Held while a block is fetched, so that one fetch serves all who wait.
    block: Mutex<Option<ProducerIdBlock>>,
}

impl ProducerIds {
    pub fn new(zk: ZkClient, broker_id: i32) -> ProducerIds {
        ProducerIds { zk, broker_id, block: Mutex::new(None) }
    }

    /// An id that nobody has had; `None` when all 64-bit ids are used up.
    pub async fn next(&self) -> Result<Option<i64>, RegistryError> {
        let mut block = self.block.lock().await;
        let left = match block.take().filter(|block| block.first <= block.last) {
            Some(left) => left,
            None => match producer_ids::take_block(&self.zk, self.broker_id).await? {
                Some(fresh) => fresh,
                None => return Ok(None),
            },
        };
        let id = left.first;
        *block = id.checked_add(1).map(|first| ProducerIdBlock { first, ..left });
        Ok(Some(id))
    }
}
