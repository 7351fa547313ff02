//! Pure: checkWatches (17) and removeWatches (18) of the caller's connection.
//!
//! Children, data and any are ZooKeeper 3.8's types, which there mean watches of every kind; 3.9 has types for the
//! persistent ones too. Here the first two spare a persistent watch if there is a one-shot watch to take.

use super::Read;
use crate::connection::ConnId;
use crate::watches::{WatchMode, Watches};
use rkafka_jute::{CheckWatchesRequest, NULL_STRING, RemoveWatchesRequest, ZkError};

#[derive(Debug, Clone, Copy)]
enum Which {
    Children,
    Data,
    Any,
    Persistent(WatchMode),
}

impl Which {
    /// Other types have no name in ZooKeeper, and reading the request fails.
    fn of(kind: i32) -> Result<Which, ZkError> {
        Ok(match kind {
            1 => Which::Children,
            2 => Which::Data,
            3 => Which::Any,
            4 => Which::Persistent(WatchMode::Persistent),
            5 => Which::Persistent(WatchMode::PersistentRecursive),
            _ => return Err(ZkError::MARSHALLING_ERROR),
        })
    }

    fn are_there(self, watches: &Watches, path: &str, conn: ConnId) -> bool {
        match self {
            Which::Children => watches.child.contains(path, conn),
            Which::Data => watches.data.contains(path, conn),
            Which::Any => watches.child.contains(path, conn) || watches.data.contains(path, conn),
            Which::Persistent(mode) => watches.data.contains_mode(path, conn, mode),
        }
    }

    fn remove(self, watches: &mut Watches, path: &str, conn: ConnId) -> bool {
        match self {
            Which::Children => watches.child.remove_standard_or_all(path, conn),
            Which::Data => watches.data.remove_standard_or_all(path, conn),
            Which::Any => watches.child.remove(path, conn) | watches.data.remove(path, conn),
            Which::Persistent(mode) => {
                watches.child.remove_mode(path, conn, mode) | watches.data.remove_mode(path, conn, mode)
            }
        }
    }
}

pub fn serve_check(cx: &mut Read<'_>, request: CheckWatchesRequest) -> Result<(), ZkError> {
    let which = Which::of(request.kind)?;
    if which.are_there(cx.watches, &request.path, cx.conn) { Ok(()) } else { Err(ZkError::NO_WATCHER) }
}

pub fn serve(cx: &mut Read<'_>, request: RemoveWatchesRequest) -> Result<(), ZkError> {
    match Which::of(request.kind)?.remove(cx.watches, &request.path, cx.conn) {
        // ZooKeeper lets a null be watched and fails when the watch shall go.
        true if request.path == NULL_STRING => Err(ZkError::MARSHALLING_ERROR),
        true => Ok(()),
        false => Err(ZkError::NO_WATCHER),
    }
}
