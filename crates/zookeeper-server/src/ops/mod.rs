//! Pure: the operations, one file each. A write is prepared (checked and turned into a transaction), a read is served.

mod add_watch;
mod check;
mod close_session;
mod create;
mod create_session;
mod delete;
pub mod delete_container;
mod exists;
mod get_acl;
mod get_all_children_number;
mod get_children;
mod get_data;
mod get_ephemerals;
mod multi;
mod multi_read;
mod ping;
mod reconfig;
mod remove_watches;
mod set_acl;
mod set_data;
mod set_watches;
mod sync;
mod who_am_i;

use super::acl;
use super::connection::ConnId;
use super::database::Database;
use super::path;
use super::pending::{ChangeRecord, Changes};
use super::quota::{self, Growth};
use super::rules::Rules;
use super::sessions::Sessions;
use super::tree::NodeRef;
use super::watches::Watches;
use rkafka_jute as jute;
use rkafka_jute::{Acl, Id, Input, JuteError, NULL_STRING, OpCode, Output, Txn, WatcherEvent, ZkError};

/// What a write may look at while it is prepared.
pub struct Prepare<'a> {
    pub changes: Changes<'a>,
    pub sessions: &'a mut Sessions,
    pub rules: &'a Rules,
    /// Who the caller has proved to be.
    pub ids: &'a [Id],
    pub session: i64,
    pub zxid: i64,
    /// Wall clock in ms.
    pub time: i64,
    /// The clock of timeouts in ms.
    pub now_ms: i64,
    /// The top-level node of what a quota refused.
    pub refused_by_quota: Option<String>,
    /// When a passed quota was last logged, in ms.
    pub quota_warned_ms: &'a mut i64,
    /// What the failed request leaves out.
    pub skip: Skip,
}

/// A few broken requests fail in Apache's server before they have become a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// The usual: the failure has a zxid and goes into the log.
    Nothing,
    /// It has a zxid, which is missing in the log.
    Entry,
    /// Not even a zxid.
    EntryAndZxid,
}

impl Prepare<'_> {
    fn check_session(&self) -> Result<(), ZkError> {
        if self.sessions.is_open(self.session) { Ok(()) } else { Err(ZkError::SESSION_EXPIRED) }
    }

    fn check_acl(&self, record: &ChangeRecord, permission: i32) -> Result<(), ZkError> {
        if self.rules.skip_acl { Ok(()) } else { acl::check(&record.acl, permission, self.ids, &self.rules.schemes) }
    }

    fn check_quota(&mut self, growth: Growth<'_>) -> Result<(), ZkError> {
        match self.rules.enforce_quota {
            true => {
                let checked = quota::check(self.changes.database(), growth, self.now_ms, self.quota_warned_ms);
                if checked == Err(ZkError::QUOTA_EXCEEDED) {
                    self.refused_by_quota = Some(path::top(growth.path).to_owned());
                }
                checked
            }
            false => Ok(()),
        }
    }

    /// Also where ACLs do not count they must be valid.
    fn resolve_acl(&self, acl: &[Acl]) -> Result<Vec<Acl>, ZkError> {
        acl::resolve(acl, self.ids, &self.rules.schemes)
    }
}

/// What a read may look at, and the watches that it may set.
pub struct Read<'a> {
    pub database: &'a Database,
    pub watches: &'a mut Watches,
    pub rules: &'a Rules,
    pub ids: &'a [Id],
    pub session: i64,
    pub conn: ConnId,
    /// Events to send before the reply (setWatches).
    pub events: Vec<WatcherEvent>,
    /// The reply's record goes out although the request failed.
    pub keeps_body: bool,
}

impl<'a> Read<'a> {
    /// The node. The root goes by the empty name too, as in ZooKeeper.
    fn find(&self, path: &str) -> Option<NodeRef<'a>> {
        self.database.tree.get(if path.is_empty() { "/" } else { path })
    }

    /// The node, if the caller has one of the permissions.
    fn node(&self, path: &str, permission: i32) -> Result<NodeRef<'a>, ZkError> {
        if path == NULL_STRING {
            return Err(ZkError::MARSHALLING_ERROR);
        }
        let node = self.find(path).ok_or(ZkError::NO_NODE)?;
        self.check_acl(node, permission)?;
        Ok(node)
    }

    fn check_acl(&self, node: NodeRef<'_>, permission: i32) -> Result<(), ZkError> {
        if self.rules.skip_acl { Ok(()) } else { acl::check(node.acl(), permission, self.ids, &self.rules.schemes) }
    }
}

/// Whether the server does this operation for clients. Everything else is answered with
/// [`ZkError::UNIMPLEMENTED`] and the end of the connection, as ZooKeeper does.
pub fn is_known(op: OpCode) -> bool {
    is_write(op) || is_read(op)
}

/// Whether the operation goes through the log.
pub fn is_write(op: OpCode) -> bool {
    matches!(
        op,
        OpCode::CREATE
            | OpCode::CREATE2
            | OpCode::CREATE_CONTAINER
            | OpCode::CREATE_TTL
            | OpCode::DELETE
            | OpCode::DELETE_CONTAINER
            | OpCode::SET_DATA
            | OpCode::SET_ACL
            | OpCode::CHECK
            | OpCode::MULTI
            | OpCode::RECONFIG
            | OpCode::CREATE_SESSION
            | OpCode::CLOSE_SESSION
    )
}

fn is_read(op: OpCode) -> bool {
    matches!(
        op,
        OpCode::EXISTS
            | OpCode::GET_DATA
            | OpCode::GET_ACL
            | OpCode::GET_CHILDREN
            | OpCode::GET_CHILDREN2
            | OpCode::SYNC
            | OpCode::PING
            | OpCode::MULTI_READ
            | OpCode::CHECK_WATCHES
            | OpCode::REMOVE_WATCHES
            | OpCode::SET_WATCHES
            | OpCode::SET_WATCHES2
            | OpCode::ADD_WATCH
            | OpCode::GET_EPHEMERALS
            | OpCode::GET_ALL_CHILDREN_NUMBER
            | OpCode::WHO_AM_I
    )
}

/// Reads a request's record.
fn request<T: jute::Record>(input: &mut Input<'_>) -> Result<T, ZkError> {
    T::read(input).map_err(|_: JuteError| ZkError::MARSHALLING_ERROR)
}

/// Checks a write and turns it into a transaction; its effects are noted in `cx.changes`.
pub fn prepare(cx: &mut Prepare<'_>, op: OpCode, input: &mut Input<'_>) -> Result<Txn, ZkError> {
    match op {
        OpCode::CREATE_SESSION => create_session::prepare(cx, request(input)?),
        OpCode::CLOSE_SESSION => close_session::prepare(cx),
        OpCode::DELETE_CONTAINER => delete_container::prepare(cx, input),
        OpCode::RECONFIG => reconfig::prepare(cx, input),
        _ => {
            cx.check_session()?;
            match op {
                OpCode::CREATE | OpCode::CREATE2 | OpCode::CREATE_CONTAINER => create::prepare(cx, op, request(input)?),
                OpCode::CREATE_TTL => create::prepare_ttl(cx, request(input)?),
                OpCode::DELETE => delete::prepare(cx, request(input)?),
                OpCode::SET_DATA => set_data::prepare(cx, request(input)?),
                OpCode::SET_ACL => set_acl::prepare(cx, request(input)?),
                OpCode::CHECK => check::prepare_alone(cx, request(input)?),
                OpCode::MULTI => multi::prepare(cx, input),
                _ => Err(ZkError::UNIMPLEMENTED),
            }
        }
    }
}

/// Answers a read: the reply's record goes to `output`.
pub fn serve(cx: &mut Read<'_>, op: OpCode, input: &mut Input<'_>, output: &mut Output) -> Result<(), ZkError> {
    match op {
        OpCode::PING => ping::serve(),
        OpCode::SYNC => sync::serve(request(input)?, output),
        OpCode::EXISTS => exists::serve(cx, request(input)?, output),
        OpCode::GET_DATA => get_data::serve(cx, request(input)?, output),
        OpCode::GET_ACL => get_acl::serve(cx, request(input)?, output),
        OpCode::GET_CHILDREN => get_children::serve(cx, request(input)?, output),
        OpCode::GET_CHILDREN2 => get_children::serve2(cx, request(input)?, output),
        OpCode::MULTI_READ => multi_read::serve(cx, request(input)?, output),
        OpCode::MULTI => multi::refuse(cx, output),
        OpCode::RECONFIG => Err(ZkError::MARSHALLING_ERROR),
        OpCode::SET_WATCHES => set_watches::serve(cx, input),
        OpCode::SET_WATCHES2 => set_watches::serve2(cx, input),
        OpCode::ADD_WATCH => add_watch::serve(cx, request(input)?, output),
        OpCode::CHECK_WATCHES => remove_watches::serve_check(cx, request(input)?),
        OpCode::REMOVE_WATCHES => remove_watches::serve(cx, request(input)?),
        OpCode::GET_EPHEMERALS => get_ephemerals::serve(cx, request(input)?, output),
        OpCode::GET_ALL_CHILDREN_NUMBER => get_all_children_number::serve(cx, request(input)?, output),
        OpCode::WHO_AM_I => who_am_i::serve(cx, output),
        _ => Err(ZkError::UNIMPLEMENTED),
    }
}

/// The version after a change, if `expected` (−1: any) is the current one.
fn next_version(current: i32, expected: i32) -> Result<i32, ZkError> {
    if expected != -1 && expected != current { Err(ZkError::BAD_VERSION) } else { Ok(current.wrapping_add(1)) }
}
