//! Pure: reconfig (16): a lone server has no ensemble to change, and ZooKeeper disables it by default.

use crate::zookeeper::jute::{ReconfigRequest, Txn, ZkError};

pub fn prepare(_request: ReconfigRequest) -> Result<Txn, ZkError> {
    Err(ZkError::RECONFIG_DISABLED)
}
