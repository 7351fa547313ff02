//! Pure: exists (3). A watch is set also on a node that does not exist, and then waits for its creation.

use super::Read;
use crate::watches::WatchMode;
use rkafka_jute::{ExistsRequest, ExistsResponse, NULL_STRING, Output, Record as _, ZkError, perms};

pub fn serve(cx: &mut Read<'_>, request: ExistsRequest, output: &mut Output) -> Result<(), ZkError> {
    if request.path == NULL_STRING {
        return Err(ZkError::MARSHALLING_ERROR);
    }
    if request.path.contains('\0') {
        return Err(ZkError::BAD_ARGUMENTS);
    }
    let node = cx.find(&request.path);
    if let Some(node) = node {
        cx.check_acl(node, perms::READ)?;
    }
    if request.watch {
        cx.watches.data.add(&request.path, cx.conn, WatchMode::Standard);
    }
    ExistsResponse { stat: node.ok_or(ZkError::NO_NODE)?.stat() }.write(output);
    Ok(())
}
