//! Pure: getChildren (8) and getChildren2 (12). ZooKeeper promises no order; here names come in order of creation.

use super::Read;
use crate::tree::NodeRef;
use crate::watches::WatchMode;
use rkafka_jute::{GetChildren2Request, GetChildrenRequest, GetChildrenResponse, Output, Record as _, ZkError, perms};

pub fn serve(cx: &mut Read<'_>, request: GetChildrenRequest, output: &mut Output) -> Result<(), ZkError> {
    write_names(parent(cx, &request.path, request.watch)?, output);
    Ok(())
}

pub fn serve2(cx: &mut Read<'_>, request: GetChildren2Request, output: &mut Output) -> Result<(), ZkError> {
    let node = parent(cx, &request.path, request.watch)?;
    write_names(node, output);
    node.stat().write(output);
    Ok(())
}

/// The reply as a value, for multiRead.
pub fn children(cx: &mut Read<'_>, path: &str) -> Result<GetChildrenResponse, ZkError> {
    let node = parent(cx, path, false)?;
    Ok(GetChildrenResponse { children: node.children().map(str::to_owned).collect() })
}

/// The node; the watch is set if wanted.
fn parent<'a>(cx: &mut Read<'a>, path: &str, watch: bool) -> Result<NodeRef<'a>, ZkError> {
    let node = cx.node(path, perms::READ)?;
    if watch {
        cx.watches.child.add(path, cx.conn, WatchMode::Standard);
    }
    Ok(node)
}

/// Straight from the node: there may be hundreds of thousands.
fn write_names(node: NodeRef<'_>, output: &mut Output) {
    output.length(node.child_count());
    node.children().for_each(|name| output.string(name));
}
