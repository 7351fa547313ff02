//! Pure: what prepared but not yet applied transactions will have done to nodes, so that the next one is checked against
//! the tree as it will be. ZooKeeper's `outstandingChanges`.

use std::collections::{BTreeSet, HashMap, VecDeque};

use bytes::Bytes;

use super::acl_table::AclList;
use super::database::Database;
use super::digest;
use super::path;
use rkafka_jute::{Buffer, StatPersisted, ZkError};

/// A node as it will be.
#[derive(Debug, Clone)]
pub struct ChangeRecord {
    pub stat: StatPersisted,
    pub data: Buffer,
    pub acl: AclList,
    pub child_count: usize,
}

/// The latest pending state of a path; `None` when it will be deleted.
type Pending = (i64, Option<ChangeRecord>);

/// The changes of the transactions that are on their way to the log.
#[derive(Debug, Default)]
pub struct PendingChanges {
    latest: HashMap<String, Pending>,
    /// The paths in `latest` that will be a session's ephemeral nodes, by session: many sessions may end at once.
    ephemerals: HashMap<i64, BTreeSet<String>>,
    /// Every change in order of zxid, to know when `latest` has been overtaken by the tree.
    order: VecDeque<(i64, String)>,
    /// The digest of the tree as it will be.
    digest: i64,
}

impl PendingChanges {
    /// Nothing pending on a tree with this digest.
    pub fn new(digest: i64) -> PendingChanges {
        PendingChanges { digest, ..PendingChanges::default() }
    }

    /// The transactions up to `zxid` are in the tree now.
    pub fn applied(&mut self, zxid: i64) {
        while self.order.front().is_some_and(|(at, _)| *at <= zxid) {
            let Some((at, path)) = self.order.pop_front() else { break };
            if self.latest.get(&path).is_some_and(|(latest, _)| *latest == at) {
                self.set(path, None);
            }
        }
    }

    /// What is pending of a path from now on.
    fn set(&mut self, path: String, pending: Option<Pending>) {
        let owner = |pending: &Pending| {
            let record = pending.1.as_ref()?;
            Some(record.stat.ephemeral_owner).filter(|owner| *owner != 0)
        };
        let after = pending.as_ref().and_then(owner);
        let before = match pending {
            Some(pending) => self.latest.insert(path.clone(), pending),
            None => self.latest.remove(&path),
        };
        let before = before.as_ref().and_then(owner);
        if before == after {
            return;
        }
        if let Some(owner) = before
            && let Some(paths) = self.ephemerals.get_mut(&owner)
        {
            paths.remove(&path);
            if paths.is_empty() {
                self.ephemerals.remove(&owner);
            }
        }
        if let Some(owner) = after {
            self.ephemerals.entry(owner).or_default().insert(path);
        }
    }

    /// Whether the tree has become what was decided, if nothing is on its way. For assertions.
    pub fn came_true(&self, tree_digest: i64) -> bool {
        !self.order.is_empty() || self.digest == tree_digest
    }

    /// The ephemeral nodes that `session` will have, in order of path.
    pub fn ephemerals(&self, database: &Database, session: i64) -> Vec<String> {
        let is_pending = |path: &str| self.latest.contains_key(path);
        let in_tree = database.tree.ephemerals_of(session).map(|path| path.to_string());
        let mut paths: Vec<String> = in_tree.filter(|path| !is_pending(path)).collect();
        paths.extend(self.ephemerals.get(&session).into_iter().flatten().cloned());
        paths.sort_unstable();
        paths
    }
}

/// The changes of one transaction, seen by its own later parts, thrown away when it fails.
#[derive(Debug)]
pub struct Changes<'a> {
    database: &'a Database,
    pending: &'a mut PendingChanges,
    own: HashMap<String, Option<ChangeRecord>>,
    /// The paths of `own`, each once, as they were first changed.
    order: Vec<String>,
    digest: i64,
}

impl<'a> Changes<'a> {
    pub fn begin(database: &'a Database, pending: &'a mut PendingChanges) -> Changes<'a> {
        Changes { database, pending, own: HashMap::new(), order: Vec::new(), digest: 0 }
    }

    /// The tree as it is, without what is pending.
    pub fn database(&self) -> &'a Database {
        self.database
    }

    fn find(&self, path: &str) -> Option<ChangeRecord> {
        if let Some(record) = self.own.get(path) {
            return record.clone();
        }
        if let Some((_, record)) = self.pending.latest.get(path) {
            return record.clone();
        }
        let node = self.database.tree.get(path)?;
        Some(ChangeRecord {
            stat: node.persisted(),
            data: node.data().map(Bytes::copy_from_slice),
            acl: node.acl().clone(),
            child_count: node.child_count(),
        })
    }

    /// The node as it will be when all earlier transactions are applied.
    pub fn record(&self, path: &str) -> Result<ChangeRecord, ZkError> {
        self.find(path).ok_or(ZkError::NO_NODE)
    }

    /// Notes what this transaction makes of a node; `None` deletes it.
    pub fn put(&mut self, path: &str, record: Option<ChangeRecord>) {
        let digest_of = |record: &ChangeRecord| digest::of_node(path, record.data.as_deref(), &record.stat);
        let before = self.find(path).as_ref().map_or(0, digest_of);
        let after = record.as_ref().map_or(0, digest_of);
        self.digest = self.digest.wrapping_sub(before).wrapping_add(after);
        if self.own.insert(path.to_owned(), record).is_none() {
            self.order.push(path.to_owned());
        }
    }

    /// Takes a node away from its parent.
    pub fn delete(&mut self, path: &str, zxid: i64) {
        let parent_path = path::parent(path);
        if let Some(mut parent) = self.find(parent_path) {
            parent.child_count = parent.child_count.saturating_sub(1);
            parent.stat.pzxid = zxid;
            self.put(parent_path, Some(parent));
        }
        self.put(path, None);
    }

    /// The ephemeral nodes that `session` will have.
    pub fn ephemerals(&self, session: i64) -> Vec<String> {
        self.pending.ephemerals(self.database, session)
    }

    /// Forgets what this transaction has done so far.
    pub fn roll_back(&mut self) {
        self.own.clear();
        self.order.clear();
        self.digest = 0;
    }

    /// Keeps the changes as transaction `zxid`; returns the digest of the tree after it.
    pub fn commit(mut self, zxid: i64) -> i64 {
        let last = self.pending.order.back().map_or(0, |(at, _)| *at);
        assert!(last < zxid, "0x{zxid:x} is decided after 0x{last:x}");
        for path in self.order {
            let Some(record) = self.own.remove(&path) else { continue };
            self.pending.order.push_back((zxid, path.clone()));
            self.pending.set(path, Some((zxid, record)));
        }
        self.pending.digest = self.pending.digest.wrapping_add(self.digest);
        self.pending.digest
    }
}
