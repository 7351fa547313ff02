//! `/latest_producer_id_block`, the range of producer ids that was handed out last.

use super::json::{Object, PayloadError, encode};
use super::{RegistryError, nodes, paths};
use rkafka_zookeeper_client::{Watch, ZkClient};
use serde_json::json;

/// Producer ids in one block.
pub const BLOCK_SIZE: i64 = 1000;

/// A range of producer ids that belongs to one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdBlock {
    pub broker_id: i32,
    pub first: i64,
    /// Inclusive.
    pub last: i64,
}

impl ProducerIdBlock {
    pub fn encode(&self) -> Vec<u8> {
        encode(&json!({
            "version": 1,
            "broker": self.broker_id,
            "block_start": self.first.to_string(),
            "block_end": self.last.to_string(),
        }))
    }

    /// Reads the node; it is empty until the first block is taken.
    pub fn decode(bytes: &[u8]) -> Result<Option<ProducerIdBlock>, PayloadError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let object = Object::parse(bytes)?;
        Ok(Some(ProducerIdBlock {
            broker_id: object.i32("broker")?,
            first: object.i64_text("block_start")?,
            last: object.i64_text("block_end")?,
        }))
    }

    /// The block after `latest` for `broker_id`; `None` when the 64-bit ids are used up.
    pub fn following(latest: Option<ProducerIdBlock>, broker_id: i32) -> Option<ProducerIdBlock> {
        let first = latest.map_or(Some(0), |block| block.last.checked_add(1))?;
        Some(ProducerIdBlock { broker_id, first, last: first.checked_add(BLOCK_SIZE - 1)? })
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_each_other() {
        let first = ProducerIdBlock::following(ProducerIdBlock::decode(b"").unwrap(), 0).unwrap();
        assert_eq!((first.first, first.last), (0, 999));
        let seen = ProducerIdBlock::decode(br#"{"version":1,"broker":0,"block_start":"1000","block_end":"1999"}"#);
        let next = ProducerIdBlock::following(seen.unwrap(), 3).unwrap();
        assert_eq!(next, ProducerIdBlock { broker_id: 3, first: 2000, last: 2999 });
        assert_eq!(ProducerIdBlock::decode(&next.encode()).unwrap(), Some(next));
        let used_up = ProducerIdBlock { broker_id: 0, first: 0, last: i64::MAX };
        assert_eq!(ProducerIdBlock::following(Some(used_up), 0), None);
    }
}
