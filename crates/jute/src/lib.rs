//! Pure: ZooKeeper's wire and file encoding ("jute"), shared by our server, our client and the file formats.
//!
//! Everything is big-endian and untagged: bool 1 byte, int 4, long 8, string and buffer an i32 length (−1 null) and the
//! bytes, vector an i32 count and the elements. A record is its fields in order. On TCP each record travels in a frame
//! of an i32 length; see [`frame`].
//!
//! Values are read from bytes of strangers: a length is checked against what remains before anything is allocated.

mod connect;
mod data;
mod error_code;
pub mod frame;
mod headers;
mod input;
mod multi;
mod op_code;
mod output;
mod record;
mod requests;
mod responses;
mod txn;

#[cfg(test)]
mod hostile_tests;

pub use connect::{ConnectRequest, ConnectResponse, PASSWORD_LENGTH};
pub use data::{Acl, ClientInfo, CreateMode, Id, Stat, StatPersisted, perms};
pub use error_code::ZkError;
pub use headers::{EventType, KeeperState, MultiHeader, ReplyHeader, RequestHeader, WatcherEvent, xid};
pub use input::{Input, JuteError, NULL_STRING};
pub use multi::{MultiOp, MultiRequest, MultiResponse, MultiResult};
pub use op_code::OpCode;
pub use output::Output;
pub use record::{Buffer, Record};
pub use requests::{
    AddWatchRequest, AuthPacket, CheckVersionRequest, CheckWatchesRequest, CreateRequest, CreateTtlRequest,
    DeleteRequest, ExistsRequest, GetAclRequest, GetAllChildrenNumberRequest, GetChildren2Request, GetChildrenRequest,
    GetDataRequest, GetEphemeralsRequest, GetSaslRequest, ReconfigRequest, RemoveWatchesRequest, SetAclRequest,
    SetDataRequest, SetWatches, SetWatches2, SyncRequest,
};
pub use responses::{
    Create2Response, CreateResponse, ErrorResponse, ExistsResponse, GetAclResponse, GetAllChildrenNumberResponse,
    GetChildren2Response, GetChildrenResponse, GetDataResponse, GetEphemeralsResponse, SetAclResponse, SetDataResponse,
    SetSaslResponse, SyncResponse, WhoAmIResponse,
};
pub use txn::{
    CheckVersionTxn, CloseSessionTxn, CreateContainerTxn, CreateSessionTxn, CreateTtlTxn, CreateTxn, DeleteTxn,
    ErrorTxn, MultiTxn, SetAclTxn, SetDataTxn, SubTxn, Txn, TxnDigest, TxnHeader,
};
