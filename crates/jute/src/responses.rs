//! Pure: the records of replies, by operation. delete, check, auth, ping and setWatches have none.

use super::record::record;
use super::{Acl, Buffer, ClientInfo, Stat};

record! {
    /// create (1): the path, with its sequence number if it has one.
    CreateResponse { path: String }
}
record! {
    /// create2 (15), createContainer (19), createTTL (21).
    Create2Response { path: String, stat: Stat }
}
record! {
    /// exists (3).
    ExistsResponse { stat: Stat }
}
record! {
    /// getData (4).
    GetDataResponse { data: Buffer, stat: Stat }
}
record! {
    /// setData (5).
    SetDataResponse { stat: Stat }
}
record! {
    /// getACL (6).
    GetAclResponse { acl: Vec<Acl>, stat: Stat }
}
record! {
    /// setACL (7).
    SetAclResponse { stat: Stat }
}
record! {
    /// getChildren (8): names, not paths.
    GetChildrenResponse { children: Vec<String> }
}
record! {
    /// getChildren2 (12).
    GetChildren2Response { children: Vec<String>, stat: Stat }
}
record! {
    /// sync (9).
    SyncResponse { path: String }
}
record! {
    /// addWatch (106), and the failed parts of a multi.
    ErrorResponse { err: i32 }
}
record! {
    /// sasl (102).
    SetSaslResponse { token: Buffer }
}
record! {
    /// getEphemerals (103).
    GetEphemeralsResponse { ephemerals: Vec<String> }
}
record! {
    /// getAllChildrenNumber (104): all descendants.
    GetAllChildrenNumberResponse { total_number: i32 }
}
record! {
    /// whoAmI (107).
    WhoAmIResponse { client_info: Vec<ClientInfo> }
}
