//! Pure: everything that survives a restart, and the one place where it changes: [`Database::apply`].
//!
//! Recovery replays the log through the same function, so what it does must be repeatable: a transaction that the
//! snapshot already contains changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::acl_table::AclList;
use super::node::Owner;
use super::path;
use super::quota::{self, Quotas};
use super::tree::{self, NewNode, NodeRef, Tree};
use rkafka_jute::{
    Acl, Buffer, CloseSessionTxn, CreateTxn, MultiTxn, OpCode, SetDataTxn, Stat, Txn, TxnHeader, ZkError,
};

/// A change of the tree that watches may wait for, with the ACLs that say who may hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub kind: ChangeKind,
    pub path: String,
    /// The node's ACL.
    pub acl: AclList,
    /// Its parent's, who hears of a changed child.
    pub parent_acl: AclList,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Created,
    Deleted,
    DataChanged,
}

/// What one transaction did, for the reply.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    pub op: OpCode,
    pub err: ZkError,
    /// The created path.
    pub path: String,
    pub stat: Option<Stat>,
    /// The parts of a multi.
    pub parts: Vec<Applied>,
}

/// The tree, the sessions, and the last transaction in them.
#[derive(Debug, Default)]
pub struct Database {
    pub tree: Tree,
    /// Session id to timeout in ms.
    pub sessions: BTreeMap<i64, i32>,
    pub last_zxid: i64,
    /// Which paths have a quota.
    pub quotas: Quotas,
}

/// A database that no longer changes, for a snapshot.
#[derive(Debug)]
pub struct FrozenDatabase {
    pub tree: tree::FrozenTree,
    pub sessions: BTreeMap<i64, i32>,
    pub last_zxid: i64,
}

impl Database {
    /// The database as it is now. Cheap enough to do between two requests.
    pub fn freeze(&self) -> FrozenDatabase {
        FrozenDatabase { tree: self.tree.freeze(), sessions: self.sessions.clone(), last_zxid: self.last_zxid }
    }

    /// Applies one transaction; what watches may wait for is appended to `changes`.
    pub fn apply(&mut self, header: &TxnHeader, txn: &Txn, changes: &mut Vec<Change>) -> Applied {
        let applied = self.apply_one(header, txn, changes);
        self.last_zxid = self.last_zxid.max(header.zxid);
        applied
    }

    fn apply_one(&mut self, header: &TxnHeader, txn: &Txn, changes: &mut Vec<Change>) -> Applied {
        let mut applied = Applied { op: txn.op(), ..Applied::default() };
        let outcome = match txn {
            Txn::Create(txn) | Txn::Create2(txn) => self.create(header, txn.into(), changes, &mut applied),
            Txn::CreateContainer(txn) => {
                let new = Create::new(&txn.path, &txn.data, &txn.acl, txn.parent_cversion, Owner::Container);
                self.create(header, new, changes, &mut applied)
            }
            Txn::CreateTtl(txn) => {
                let new = Create::new(&txn.path, &txn.data, &txn.acl, txn.parent_cversion, Owner::Ttl(txn.ttl));
                self.create(header, new, changes, &mut applied)
            }
            Txn::Delete(txn) | Txn::DeleteContainer(txn) => self.delete(&txn.path, header.zxid, changes),
            Txn::SetData(txn) => {
                let stat = self.set_data(header, txn);
                stat.map(|stat| {
                    applied.stat = Some(stat);
                    changes.extend(self.change(ChangeKind::DataChanged, &txn.path));
                })
            }
            Txn::SetAcl(txn) => {
                self.tree.set_acl(&txn.path, &txn.acl, txn.version).map(|stat| applied.stat = Some(stat))
            }
            Txn::Check(_) => Ok(()),
            Txn::CreateSession(txn) => {
                self.sessions.insert(header.client_id, txn.timeout);
                Ok(())
            }
            Txn::CloseSession(txn) => {
                self.close_session(header, txn.as_ref(), changes);
                Ok(())
            }
            Txn::Error(txn) => Err(txn.err),
            Txn::Multi(txn) => self.multi(header, txn, changes, &mut applied),
        };
        applied.err = outcome.err().unwrap_or(ZkError::OK);
        applied
    }

    fn create(
        &mut self,
        header: &TxnHeader,
        create: Create<'_>,
        changes: &mut Vec<Change>,
        applied: &mut Applied,
    ) -> Result<(), ZkError> {
        let owner = match create.owner {
            Owner::Session(_) => Owner::Session(header.client_id),
            other => other,
        };
        applied.path = create.path.to_owned();
        let outcome = self.tree.create(NewNode {
            path: create.path,
            data: create.data.clone(),
            acl: create.acl,
            owner,
            parent_cversion: create.parent_cversion,
            zxid: header.zxid,
            time: header.time,
        });
        match outcome {
            Ok(stat) => {
                quota::created(self, create.path, create.data.as_ref().map_or(0, Bytes::len));
                applied.stat = Some(stat);
                changes.extend(self.change(ChangeKind::Created, create.path));
                Ok(())
            }
            Err(ZkError::NODE_EXISTS) => {
                self.tree.raise_cversion(path::parent(create.path), create.parent_cversion, header.zxid);
                Err(ZkError::NODE_EXISTS)
            }
            Err(error) => Err(error),
        }
    }

    fn set_data(&mut self, header: &TxnHeader, txn: &SetDataTxn) -> Result<Stat, ZkError> {
        let before = self.data_length(&txn.path);
        let stat = self.tree.set_data(&txn.path, txn.data.clone(), txn.version, header.zxid, header.time)?;
        let after = txn.data.as_ref().map_or(0, Bytes::len);
        quota::changed(self, &txn.path, after as i64 - before as i64, 0);
        Ok(stat)
    }

    /// What watches hear of a node that exists.
    fn change(&self, kind: ChangeKind, path: &str) -> Option<Change> {
        let acl = self.tree.get(path)?.acl().clone();
        let parent_acl = self.tree.get(path::parent(path))?.acl().clone();
        Some(Change { kind, path: path.to_owned(), acl, parent_acl })
    }

    /// The size of a node's data while there are quotas; 0 without them, when nobody asks.
    fn data_length(&self, path: &str) -> usize {
        match self.quotas.governing(path) {
            Some(_) => self.tree.get(path).and_then(NodeRef::data).map_or(0, <[u8]>::len),
            None => 0,
        }
    }

    fn delete(&mut self, path: &str, zxid: i64, changes: &mut Vec<Change>) -> Result<(), ZkError> {
        let bytes = self.data_length(path);
        let change = self.change(ChangeKind::Deleted, path);
        self.tree.delete(path, zxid)?;
        quota::deleted(self, path, bytes);
        changes.extend(change);
        Ok(())
    }

    /// The session's ephemeral nodes go: those that the transaction names, and any that it missed.
    fn close_session(&mut self, header: &TxnHeader, txn: Option<&CloseSessionTxn>, changes: &mut Vec<Change>) {
        let session = header.client_id;
        self.sessions.remove(&session);
        let named = txn.map(|txn| txn.paths_to_delete.as_slice()).unwrap_or_default();
        // A session may have hundreds of thousands: no list is searched for each of them.
        let known: BTreeSet<&str> = named.iter().map(String::as_str).collect();
        let left = self.tree.ephemerals_of(session).filter(|path| !known.contains(&***path));
        let others: Vec<String> = left.map(|path| path.to_string()).collect();
        for path in named.iter().chain(&others) {
            // A path that is gone already was deleted by an earlier transaction in the snapshot.
            let is_gone = self.delete(path, header.zxid, changes).is_err();
            debug_assert!(!is_gone || known.contains(path.as_str()));
        }
    }

    fn multi(
        &mut self,
        header: &TxnHeader,
        txn: &MultiTxn,
        changes: &mut Vec<Change>,
        applied: &mut Applied,
    ) -> Result<(), ZkError> {
        let failed = txn.txns.iter().any(|part| part.op == OpCode::ERROR);
        let mut first_error = ZkError::OK;
        for part in &txn.txns {
            let outcome = match part.txn() {
                Ok(record) if !failed || part.op == OpCode::ERROR => self.apply_one(header, &record, changes),
                // Parts of a failed multi that were fine by themselves (ZooKeeper logs them with their own type).
                Ok(_) if first_error.is_ok() => Applied { op: OpCode::ERROR, ..Applied::default() },
                Ok(_) => Applied { op: OpCode::ERROR, err: ZkError::RUNTIME_INCONSISTENCY, ..Applied::default() },
                Err(_) => Applied { op: OpCode::ERROR, err: ZkError::MARSHALLING_ERROR, ..Applied::default() },
            };
            if first_error.is_ok() {
                first_error = outcome.err;
            }
            applied.parts.push(outcome);
        }
        first_error.ok()
    }
}

/// What the three kinds of create transaction have in common.
struct Create<'a> {
    path: &'a str,
    data: &'a Buffer,
    acl: &'a [Acl],
    parent_cversion: i32,
    owner: Owner,
}

impl<'a> Create<'a> {
    fn new(path: &'a str, data: &'a Buffer, acl: &'a [Acl], parent_cversion: i32, owner: Owner) -> Create<'a> {
        Create { path, data, acl, parent_cversion, owner }
    }
}

impl<'a> From<&'a CreateTxn> for Create<'a> {
    fn from(txn: &'a CreateTxn) -> Create<'a> {
        // The session is the header's; any id stands for it here.
        let owner = if txn.ephemeral { Owner::Session(1) } else { Owner::Nobody };
        Create::new(&txn.path, &txn.data, &txn.acl, txn.parent_cversion, owner)
    }
}
