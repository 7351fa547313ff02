//! Pure: checkWatches (17) and removeWatches (18) of the caller's connection.

use super::Read;
use crate::zookeeper::jute::{CheckWatchesRequest, NULL_STRING, RemoveWatchesRequest, ZkError};

const CHILDREN: i32 = 1;
const DATA: i32 = 2;
const ANY: i32 = 3;

pub fn serve_check(cx: &mut Read<'_>, request: CheckWatchesRequest) -> Result<(), ZkError> {
    let (data, child) = tables(request.kind)?;
    let found = data && cx.watches.data.contains(&request.path, cx.conn)
        || child && cx.watches.child.contains(&request.path, cx.conn);
    if found { Ok(()) } else { Err(ZkError::NO_WATCHER) }
}

pub fn serve(cx: &mut Read<'_>, request: RemoveWatchesRequest) -> Result<(), ZkError> {
    let (data, child) = tables(request.kind)?;
    let of_data = data && cx.watches.data.remove(&request.path, cx.conn);
    let of_child = child && cx.watches.child.remove(&request.path, cx.conn);
    match of_data || of_child {
        // ZooKeeper lets a null be watched and fails when the watch shall go.
        true if request.path == NULL_STRING => Err(ZkError::MARSHALLING_ERROR),
        true => Ok(()),
        false => Err(ZkError::NO_WATCHER),
    }
}

/// Whether the data and the child table are meant.
fn tables(kind: i32) -> Result<(bool, bool), ZkError> {
    match kind {
        CHILDREN => Ok((false, true)),
        DATA => Ok((true, false)),
        ANY => Ok((true, true)),
        _ => Err(ZkError::MARSHALLING_ERROR),
    }
}
