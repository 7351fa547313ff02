//! Pure: the headers in front of requests, replies and multi parts, and the watch event.

use super::record::record;
use super::{OpCode, ZkError};

record! {
    /// {i32 xid, i32 type} in front of each request. Negative xids are in [`xid`].
    #[derive(Copy)]
    RequestHeader { xid: i32, op: OpCode }
}

record! {
    /// {i32 xid, i64 zxid, i32 err} in front of each reply; with an error no record follows.
    #[derive(Copy)]
    ReplyHeader {
        xid: i32,
        /// The last transaction that the server had applied.
        zxid: i64,
        err: ZkError,
    }
}

impl ReplyHeader {
    /// Its size in bytes.
    pub const LENGTH: usize = 16;
}

record! {
    /// {i32 type, bool done, i32 err} in front of each part of a multi.
    #[derive(Copy)]
    MultiHeader { op: OpCode, done: bool, err: i32 }
}

impl MultiHeader {
    /// The header after the last part.
    pub const END: MultiHeader = MultiHeader { op: OpCode::ERROR, done: true, err: -1 };
}

record! {
    /// A watch that fired, sent with xid −1.
    WatcherEvent { kind: i32, state: i32, path: String }
}

/// The xids with a meaning of their own.
pub mod xid {
    pub const NOTIFICATION: i32 = -1;
    pub const PING: i32 = -2;
    pub const AUTH: i32 = -4;
    pub const SET_WATCHES: i32 = -8;
}

/// The `kind` of a [`WatcherEvent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventType {
    None = -1,
    NodeCreated = 1,
    NodeDeleted = 2,
    NodeDataChanged = 3,
    NodeChildrenChanged = 4,
    DataWatchRemoved = 5,
    ChildWatchRemoved = 6,
    PersistentWatchRemoved = 7,
}

impl EventType {
    /// The type of a wire value; `None` for one that ZooKeeper does not have.
    pub fn from_i32(kind: i32) -> Option<EventType> {
        use EventType::*;
        let known = [
            None,
            NodeCreated,
            NodeDeleted,
            NodeDataChanged,
            NodeChildrenChanged,
            DataWatchRemoved,
            ChildWatchRemoved,
            PersistentWatchRemoved,
        ];
        known.into_iter().find(|event| *event as i32 == kind)
    }
}

/// The `state` of a [`WatcherEvent`]. Servers send only [`KeeperState::SYNC_CONNECTED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeeperState(pub i32);

impl KeeperState {
    pub const SYNC_CONNECTED: KeeperState = KeeperState(3);
    pub const AUTH_FAILED: KeeperState = KeeperState(4);
    pub const CLOSED: KeeperState = KeeperState(7);
}
