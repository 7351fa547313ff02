//! Pure: addWatch (106): persistent (mode 0) and persistent recursive (mode 1) watches.

use super::Read;
use crate::watches::WatchMode;
use rkafka_jute::{AddWatchRequest, ErrorResponse, Output, Record as _, ZkError};

pub fn serve(cx: &mut Read<'_>, request: AddWatchRequest, output: &mut Output) -> Result<(), ZkError> {
    let mode = match request.mode {
        0 => WatchMode::Persistent,
        1 => WatchMode::PersistentRecursive,
        // ZooKeeper has no name for other modes and fails to read the request.
        _ => return Err(ZkError::MARSHALLING_ERROR),
    };
    cx.watches.add_persistent(&request.path, cx.conn, mode);
    ErrorResponse { err: 0 }.write(output);
    Ok(())
}
