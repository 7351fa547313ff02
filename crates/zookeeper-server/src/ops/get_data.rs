//! Pure: getData (4).

use bytes::Bytes;

use super::Read;
use crate::tree::NodeRef;
use crate::watches::WatchMode;
use rkafka_jute::{GetDataRequest, GetDataResponse, Output, Record as _, ZkError, perms};

pub fn serve(cx: &mut Read<'_>, request: GetDataRequest, output: &mut Output) -> Result<(), ZkError> {
    // Straight from the node, without a copy in between.
    let node = node(cx, &request)?;
    output.buffer(node.data());
    node.stat().write(output);
    Ok(())
}

/// The reply as a value, for multiRead; the watch is set if the request wants one.
pub fn get_data(cx: &mut Read<'_>, request: &GetDataRequest) -> Result<GetDataResponse, ZkError> {
    let node = node(cx, request)?;
    Ok(GetDataResponse { data: node.data().map(Bytes::copy_from_slice), stat: node.stat() })
}

fn node<'a>(cx: &mut Read<'a>, request: &GetDataRequest) -> Result<NodeRef<'a>, ZkError> {
    let node = cx.node(&request.path, perms::READ)?;
    if request.watch {
        cx.watches.data.add(&request.path, cx.conn, WatchMode::Standard);
    }
    Ok(node)
}
