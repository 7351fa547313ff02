//! Pure: the records of requests, by operation.

use super::record::record;
use super::{Acl, Buffer};

record! {
    /// create (1), create2 (15), createContainer (19). `flags` is a [`super::CreateMode`].
    CreateRequest { path: String, data: Buffer, acl: Vec<Acl>, flags: i32 }
}
record! {
    /// createTTL (21); `ttl` in ms.
    CreateTtlRequest { path: String, data: Buffer, acl: Vec<Acl>, flags: i32, ttl: i64 }
}
record! {
    /// delete (2); version −1 matches any.
    DeleteRequest { path: String, version: i32 }
}
record! {
    /// exists (3).
    ExistsRequest { path: String, watch: bool }
}
record! {
    /// getData (4).
    GetDataRequest { path: String, watch: bool }
}
record! {
    /// setData (5); version −1 matches any.
    SetDataRequest { path: String, data: Buffer, version: i32 }
}
record! {
    /// getACL (6).
    GetAclRequest { path: String }
}
record! {
    /// setACL (7); `version` is the expected aversion, −1 any.
    SetAclRequest { path: String, acl: Vec<Acl>, version: i32 }
}
record! {
    /// getChildren (8).
    GetChildrenRequest { path: String, watch: bool }
}
record! {
    /// getChildren2 (12).
    GetChildren2Request { path: String, watch: bool }
}
record! {
    /// sync (9).
    SyncRequest { path: String }
}
record! {
    /// check (13), a part of multi.
    CheckVersionRequest { path: String, version: i32 }
}
record! {
    /// reconfig (16).
    ReconfigRequest { joining_servers: String, leaving_servers: String, new_members: String, cur_config_id: i64 }
}
record! {
    /// checkWatches (17); `kind` 1 children, 2 data, 3 any.
    CheckWatchesRequest { path: String, kind: i32 }
}
record! {
    /// removeWatches (18); `kind` 1 children, 2 data, 3 any.
    RemoveWatchesRequest { path: String, kind: i32 }
}
record! {
    /// auth (100), xid −4.
    AuthPacket { kind: i32, scheme: String, auth: Buffer }
}
record! {
    /// setWatches (101), xid −8: the watches of a client that came back.
    SetWatches {
        relative_zxid: i64,
        data_watches: Vec<String>,
        exist_watches: Vec<String>,
        child_watches: Vec<String>,
    }
}
record! {
    /// setWatches2 (105), xid −8.
    SetWatches2 {
        relative_zxid: i64,
        data_watches: Vec<String>,
        exist_watches: Vec<String>,
        child_watches: Vec<String>,
        persistent_watches: Vec<String>,
        persistent_recursive_watches: Vec<String>,
    }
}
record! {
    /// sasl (102).
    GetSaslRequest { token: Buffer }
}
record! {
    /// getEphemerals (103): the caller's ephemeral nodes below a prefix.
    GetEphemeralsRequest { prefix_path: String }
}
record! {
    /// getAllChildrenNumber (104).
    GetAllChildrenNumberRequest { path: String }
}
record! {
    /// addWatch (106); `mode` 0 persistent, 1 persistent recursive.
    AddWatchRequest { path: String, mode: i32 }
}
