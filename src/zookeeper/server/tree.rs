//! Pure: the nodes by path, and the five ways in which they change. Nothing here asks whether a change is allowed;
//! that was decided when the transaction was prepared.
//!
//! Nodes are shared (`Arc`), so that a snapshot is a cheap clone of the map while the tree goes on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;

use super::node::{AclList, Node, Owner, new_stat};
use super::path;
use crate::zookeeper::jute::{Acl, Buffer, Stat, StatPersisted, ZkError};

/// The nodes that every tree has and nobody may delete.
pub const SYSTEM_PATHS: [&str; 4] = ["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"];

/// A node to be created.
#[derive(Debug)]
pub struct NewNode<'a> {
    pub path: &'a str,
    pub data: Buffer,
    pub acl: &'a [Acl],
    pub owner: Owner,
    /// The parent's count of created children after this one.
    pub parent_cversion: i32,
    pub zxid: i64,
    pub time: i64,
}

/// All nodes.
#[derive(Debug, Clone)]
pub struct Tree {
    nodes: HashMap<Arc<str>, Arc<Node>>,
    /// One copy of each ACL; those no longer used go when a snapshot is taken.
    acls: BTreeSet<AclList>,
    ephemerals: BTreeMap<i64, BTreeSet<Arc<str>>>,
    containers: BTreeSet<Arc<str>>,
    ttls: BTreeSet<Arc<str>>,
    digest: i64,
    data_size: usize,
}

impl Tree {
    /// No nodes at all; a snapshot fills it.
    pub fn empty() -> Tree {
        Tree {
            nodes: HashMap::new(),
            acls: BTreeSet::new(),
            ephemerals: BTreeMap::new(),
            containers: BTreeSet::new(),
            ttls: BTreeSet::new(),
            digest: 0,
            data_size: 0,
        }
    }

    /// The tree of a new server: the system nodes.
    pub fn new() -> Tree {
        let mut tree = Tree::empty();
        for path in SYSTEM_PATHS {
            let is_config = path == "/zookeeper/config";
            let acl = if is_config { Acl::read_only() } else { Acl::open() };
            let stat = StatPersisted { aversion: if is_config { -1 } else { 0 }, ..Default::default() };
            tree.insert(path, Some(Bytes::new()), &acl, stat);
        }
        tree
    }

    /// Puts a node of a snapshot in its place.
    pub fn insert(&mut self, path: &str, data: Buffer, acl: &[Acl], stat: StatPersisted) {
        let node = Node { data, acl: self.intern(acl), stat, children: BTreeSet::new() };
        self.place(path, node);
        if path != "/" {
            self.change(path::parent(path), |parent| parent.children.insert(path::name(path).into()));
        }
    }

    fn place(&mut self, path: &str, node: Node) {
        let path: Arc<str> = path.into();
        self.digest = self.digest.wrapping_add(node.digest(&path));
        self.data_size += path.len() + node.data.as_ref().map_or(0, Bytes::len);
        match Owner::of(node.stat.ephemeral_owner) {
            Owner::Nobody => {}
            Owner::Session(session) => {
                self.ephemerals.entry(session).or_default().insert(path.clone());
            }
            Owner::Container => {
                self.containers.insert(path.clone());
            }
            Owner::Ttl(_) => {
                self.ttls.insert(path.clone());
            }
        }
        self.nodes.insert(path, Arc::new(node));
    }

    fn intern(&mut self, acl: &[Acl]) -> AclList {
        if let Some(known) = self.acls.get(acl) {
            return known.clone();
        }
        let list: AclList = acl.into();
        self.acls.insert(list.clone());
        list
    }

    /// Changes one node and keeps the tree's digest and size true.
    fn change<R>(&mut self, path: &str, change: impl FnOnce(&mut Node) -> R) -> Option<R> {
        let node = Arc::make_mut(self.nodes.get_mut(path)?);
        let (digest, size) = (node.digest(path), node.data.as_ref().map_or(0, Bytes::len));
        let result = change(node);
        self.digest = self.digest.wrapping_sub(digest).wrapping_add(node.digest(path));
        self.data_size = (self.data_size - size) + node.data.as_ref().map_or(0, Bytes::len);
        Some(result)
    }

    /// Creates a node. Replaying a creation that a snapshot already has is an error without effect on the node.
    pub fn create(&mut self, new: NewNode<'_>) -> Result<Stat, ZkError> {
        let parent_path = path::parent(new.path);
        let parent = self.nodes.get(parent_path).ok_or(ZkError::NO_NODE)?;
        if self.nodes.contains_key(new.path) {
            return Err(ZkError::NODE_EXISTS);
        }
        // −1: a server before 3.4 wrote the transaction.
        let cversion =
            if new.parent_cversion == -1 { parent.stat.cversion.wrapping_add(1) } else { new.parent_cversion };
        self.change(parent_path, |parent| {
            raise_cversion(parent, cversion, new.zxid);
            parent.children.insert(path::name(new.path).into());
        });
        let stat = new_stat(new.zxid, new.time, new.owner);
        let node = Node { data: new.data, acl: self.intern(new.acl), stat, children: BTreeSet::new() };
        let seen = node.stat();
        self.place(new.path, node);
        Ok(seen)
    }

    /// After a replayed creation met an existing node: the parent's counters are still brought forward.
    pub fn raise_cversion(&mut self, path: &str, cversion: i32, zxid: i64) {
        self.change(path, |node| raise_cversion(node, cversion, zxid));
    }

    pub fn delete(&mut self, path: &str, zxid: i64) -> Result<(), ZkError> {
        let node = self.nodes.remove(path).ok_or(ZkError::NO_NODE)?;
        self.digest = self.digest.wrapping_sub(node.digest(path));
        self.data_size -= path.len() + node.data.as_ref().map_or(0, Bytes::len);
        match Owner::of(node.stat.ephemeral_owner) {
            Owner::Nobody => {}
            Owner::Session(session) => self.forget_ephemeral(session, path),
            Owner::Container => {
                self.containers.remove(path);
            }
            Owner::Ttl(_) => {
                self.ttls.remove(path);
            }
        }
        self.change(path::parent(path), |parent| {
            parent.children.remove(path::name(path));
            parent.stat.pzxid = parent.stat.pzxid.max(zxid);
        });
        Ok(())
    }

    fn forget_ephemeral(&mut self, session: i64, path: &str) {
        if let Some(paths) = self.ephemerals.get_mut(&session) {
            paths.remove(path);
            if paths.is_empty() {
                self.ephemerals.remove(&session);
            }
        }
    }

    pub fn set_data(&mut self, path: &str, data: Buffer, version: i32, zxid: i64, time: i64) -> Result<Stat, ZkError> {
        self.change(path, |node| {
            node.data = data;
            node.stat.version = version;
            node.stat.mzxid = zxid;
            node.stat.mtime = time;
            node.stat()
        })
        .ok_or(ZkError::NO_NODE)
    }

    /// Puts other data in place without a trace in the statistics.
    pub fn replace_data(&mut self, path: &str, data: Bytes) {
        self.change(path, |node| node.data = Some(data));
    }

    pub fn set_acl(&mut self, path: &str, acl: &[Acl], aversion: i32) -> Result<Stat, ZkError> {
        let acl = self.intern(acl);
        self.change(path, |node| {
            node.acl = acl;
            node.stat.aversion = aversion;
            node.stat()
        })
        .ok_or(ZkError::NO_NODE)
    }

    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path).map(Arc::as_ref)
    }

    /// The ephemeral nodes of a session, in order.
    pub fn ephemerals_of(&self, session: i64) -> impl Iterator<Item = &Arc<str>> {
        self.ephemerals.get(&session).into_iter().flatten()
    }

    /// Sessions with their ephemeral nodes.
    pub fn ephemerals(&self) -> &BTreeMap<i64, BTreeSet<Arc<str>>> {
        &self.ephemerals
    }

    pub fn containers(&self) -> impl Iterator<Item = &Arc<str>> {
        self.containers.iter()
    }

    pub fn ttls(&self) -> impl Iterator<Item = &Arc<str>> {
        self.ttls.iter()
    }

    /// How many nodes lie below `path`.
    pub fn descendants(&self, path: &str) -> usize {
        let children = self.get(path).into_iter().flat_map(|node| &node.children);
        children.map(|name| 1 + self.descendants(&path::child(path, name))).sum()
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Bytes of all paths and data.
    pub fn data_size(&self) -> usize {
        self.data_size
    }

    pub fn digest(&self) -> i64 {
        self.digest
    }

    /// Every ACL that a node has or had lately, once.
    pub fn acls(&self) -> impl Iterator<Item = &AclList> {
        self.acls.iter()
    }

    /// Forgets the ACLs that no node has any more.
    pub fn drop_unused_acls(&mut self) {
        self.acls.retain(|acl| Arc::strong_count(acl) > 1);
    }
}

impl Default for Tree {
    fn default() -> Tree {
        Tree::new()
    }
}

/// A replayed creation must not take counters back that a snapshot already has.
fn raise_cversion(node: &mut Node, cversion: i32, zxid: i64) {
    if cversion > node.stat.cversion {
        node.stat.cversion = cversion;
        node.stat.pzxid = zxid;
    }
}
