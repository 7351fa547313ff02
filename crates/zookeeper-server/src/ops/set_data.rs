//! Pure: setData (5).

use super::{Prepare, next_version};
use crate::path;
use crate::quota::Growth;
use rkafka_jute::{SetDataRequest, SetDataTxn, Txn, ZkError, perms};

pub fn prepare(cx: &mut Prepare<'_>, request: SetDataRequest) -> Result<Txn, ZkError> {
    path::validate(&request.path)?;
    let mut node = cx.changes.record(&request.path)?;
    cx.check_acl(&node, perms::WRITE)?;
    cx.check_quota(Growth::of_data(&request.path, node.data.as_ref(), request.data.as_ref()))?;
    let version = next_version(node.stat.version, request.version)?;
    node.stat.version = version;
    node.stat.mzxid = cx.zxid;
    node.stat.mtime = cx.time;
    node.data = request.data.clone();
    cx.changes.put(&request.path, Some(node));
    Ok(Txn::SetData(SetDataTxn { path: request.path, data: request.data, version }))
}
