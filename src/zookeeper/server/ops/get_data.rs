//! Pure: getData (4).

use super::Read;
use crate::zookeeper::jute::{GetDataRequest, GetDataResponse, Output, Record as _, ZkError, perms};
use crate::zookeeper::server::watches::WatchMode;

pub fn serve(cx: &mut Read<'_>, request: GetDataRequest, output: &mut Output) -> Result<(), ZkError> {
    get_data(cx, &request)?.write(output);
    Ok(())
}

/// The reply; the watch is set if the request wants one.
pub fn get_data(cx: &mut Read<'_>, request: &GetDataRequest) -> Result<GetDataResponse, ZkError> {
    let node = cx.node(&request.path, perms::READ)?;
    if request.watch {
        cx.watches.data.add(&request.path, cx.conn, WatchMode::Standard);
    }
    Ok(GetDataResponse { data: node.data.clone(), stat: node.stat() })
}
