//! Pure: check (13): fails unless the node has the version; useful inside multi.
//!
//! Alone it becomes a multi of one part in the log: Apache's server writes a transaction that it cannot read any more when
//! it starts again.

use super::{Prepare, next_version};
use crate::path;
use rkafka_jute::{CheckVersionRequest, CheckVersionTxn, MultiTxn, Txn, ZkError, perms};

/// Outside of a multi.
pub fn prepare_alone(cx: &mut Prepare<'_>, request: CheckVersionRequest) -> Result<Txn, ZkError> {
    let txns = vec![prepare(cx, request)?.to_sub_txn()];
    Ok(Txn::Multi(MultiTxn { txns }))
}

pub fn prepare(cx: &mut Prepare<'_>, request: CheckVersionRequest) -> Result<Txn, ZkError> {
    path::validate(&request.path)?;
    let node = cx.changes.record(&request.path)?;
    cx.check_acl(&node, perms::READ)?;
    let version = next_version(node.stat.version, request.version)?;
    Ok(Txn::Check(CheckVersionTxn { path: request.path, version }))
}
