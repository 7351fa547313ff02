//! Pure: getChildren (8) and getChildren2 (12). ZooKeeper promises no order; here names come sorted.

use super::Read;
use crate::zookeeper::jute::{
    GetChildren2Request, GetChildren2Response, GetChildrenRequest, GetChildrenResponse, Output, Record as _, Stat,
    ZkError, perms,
};
use crate::zookeeper::server::watches::WatchMode;

pub fn serve(cx: &mut Read<'_>, request: GetChildrenRequest, output: &mut Output) -> Result<(), ZkError> {
    let (children, _) = children(cx, &request.path, request.watch)?;
    GetChildrenResponse { children }.write(output);
    Ok(())
}

pub fn serve2(cx: &mut Read<'_>, request: GetChildren2Request, output: &mut Output) -> Result<(), ZkError> {
    let (children, stat) = children(cx, &request.path, request.watch)?;
    GetChildren2Response { children, stat }.write(output);
    Ok(())
}

/// The names; the watch is set if wanted.
pub fn children(cx: &mut Read<'_>, path: &str, watch: bool) -> Result<(Vec<String>, Stat), ZkError> {
    let node = cx.node(path, perms::READ)?;
    if watch {
        cx.watches.child.add(path, cx.conn, WatchMode::Standard);
    }
    Ok((node.children.iter().map(|name| name.to_string()).collect(), node.stat()))
}
