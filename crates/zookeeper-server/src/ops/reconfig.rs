//! Pure: reconfig (16): a lone server has no ensemble to change, and ZooKeeper disables it by default.

use super::{Prepare, Skip, request};
use rkafka_jute::{Input, ReconfigRequest, Txn, ZkError};

pub fn prepare(cx: &mut Prepare<'_>, input: &mut Input<'_>) -> Result<Txn, ZkError> {
    if let Err(error) = request::<ReconfigRequest>(input) {
        cx.skip = Skip::EntryAndZxid;
        return Err(error);
    }
    if !cx.rules.reconfig {
        return Err(ZkError::RECONFIG_DISABLED);
    }
    cx.check_session()?;
    Err(ZkError::UNIMPLEMENTED)
}
