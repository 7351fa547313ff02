//! Pure: setACL (7).

use super::{Prepare, next_version};
use crate::path;
use rkafka_jute::{SetAclRequest, SetAclTxn, Txn, ZkError, perms};

pub fn prepare(cx: &mut Prepare<'_>, request: SetAclRequest) -> Result<Txn, ZkError> {
    path::validate(&request.path)?;
    let acl = cx.resolve_acl(&request.acl)?;
    let mut node = cx.changes.record(&request.path)?;
    cx.check_acl(&node, perms::ADMIN)?;
    let version = next_version(node.stat.aversion, request.version)?;
    node.stat.aversion = version;
    node.acl = acl.as_slice().into();
    cx.changes.put(&request.path, Some(node));
    Ok(Txn::SetAcl(SetAclTxn { path: request.path, acl, version }))
}
