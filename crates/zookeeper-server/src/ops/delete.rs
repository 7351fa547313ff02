//! Pure: delete (2).

use super::{Prepare, next_version};
use crate::path;
use crate::tree::SYSTEM_PATHS;
use rkafka_jute::{DeleteRequest, DeleteTxn, Txn, ZkError, perms};

pub fn prepare(cx: &mut Prepare<'_>, request: DeleteRequest) -> Result<Txn, ZkError> {
    let path = request.path;
    let parent_path = path::parent_checked(&path)?;
    if SYSTEM_PATHS.contains(&path.as_str()) {
        return Err(ZkError::BAD_ARGUMENTS);
    }
    let parent = cx.changes.record(parent_path)?;
    cx.check_acl(&parent, perms::DELETE)?;
    let node = cx.changes.record(&path)?;
    next_version(node.stat.version, request.version)?;
    if node.child_count > 0 {
        return Err(ZkError::NOT_EMPTY);
    }
    cx.changes.delete(&path, cx.zxid);
    Ok(Txn::Delete(DeleteTxn { path }))
}
