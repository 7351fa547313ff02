//! Pure: check (13): fails unless the node has the version; useful inside multi.

use super::{Prepare, next_version};
use crate::zookeeper::jute::{CheckVersionRequest, CheckVersionTxn, Txn, ZkError, perms};
use crate::zookeeper::server::path;

pub fn prepare(cx: &mut Prepare<'_>, request: CheckVersionRequest) -> Result<Txn, ZkError> {
    path::validate(&request.path)?;
    let node = cx.changes.record(&request.path)?;
    cx.check_acl(&node, perms::READ)?;
    let version = next_version(node.stat.version, request.version)?;
    Ok(Txn::Check(CheckVersionTxn { path: request.path, version }))
}
