//! Pure: the nodes by path, and the five ways in which they change. Nothing here asks whether a change is allowed;
//! that was decided when the transaction was prepared.
//!
//! A path is found by its elements, one after the other ([`super::name_index`]); no node keeps its whole path. A
//! snapshot is written from a [`FrozenTree`] while this one goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::acl_table::{AclList, AclTable};
use super::name_index::NameIndex;
use super::node::{Node, Owner, client_stat, new_stat};
use super::nodes::{NONE, NodeId, Nodes};
use super::path;
use rkafka_jute::{Acl, Buffer, Stat, StatPersisted, ZkError};

/// The nodes that every tree has and nobody may delete.
pub const SYSTEM_PATHS: [&str; 4] = ["/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"];

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
#[derive(Debug)]
pub struct Tree {
    nodes: Nodes,
    root: Option<NodeId>,
    index: NameIndex,
    acls: AclTable,
    ephemerals: BTreeMap<i64, BTreeSet<Arc<str>>>,
    containers: BTreeSet<Arc<str>>,
    ttls: BTreeSet<Arc<str>>,
    digest: i64,
    data_size: usize,
    quiet_changes: bool,
}

impl Tree {
    /// No nodes at all; a snapshot fills it.
    pub fn empty() -> Tree {
        Tree {
            nodes: Nodes::default(),
            root: None,
            index: NameIndex::default(),
            acls: AclTable::default(),
            ephemerals: BTreeMap::new(),
            containers: BTreeSet::new(),
            ttls: BTreeSet::new(),
            digest: 0,
            data_size: 0,
            quiet_changes: false,
        }
    }

    /// The tree of a new server: the system nodes.
    pub fn new() -> Tree {
        let mut tree = Tree::empty();
        for path in SYSTEM_PATHS {
            let is_config = path == "/zookeeper/config";
            let acl = if is_config { Acl::read_only() } else { Acl::open() };
            let stat = StatPersisted { aversion: if is_config { -1 } else { 0 }, ..Default::default() };
            // The order puts parents first.
            let _in_place = tree.insert(path, Some(b""), &acl, &stat);
        }
        tree
    }

    /// Puts a node of a snapshot in its place; one that is there already is replaced.
    pub fn insert(
        &mut self,
        path: &str,
        data: Option<&[u8]>,
        acl: &[Acl],
        stat: &StatPersisted,
    ) -> Result<(), ZkError> {
        let name = path::name(path);
        let (parent, existing) = match path {
            "/" => (NONE, self.root),
            _ => {
                let parent = self.find(path::parent(path)).ok_or(ZkError::NO_NODE)?;
                (parent, self.index.find(&self.nodes, parent, name))
            }
        };
        if let Some(id) = existing {
            let acl = self.acls.intern(acl);
            self.forget(id, path);
            let node = self.nodes.get_mut(id);
            node.set_data(data);
            node.set_stat(stat);
            node.acl = acl;
            self.note(id, path);
            return Ok(());
        }
        // An element must have a name; paths begin with a slash.
        if !path.starts_with('/') || name.is_empty() && path != "/" {
            return Err(ZkError::NO_NODE);
        }
        self.place(parent, path, data, acl, stat);
        Ok(())
    }

    fn place(&mut self, parent: NodeId, path: &str, data: Option<&[u8]>, acl: &[Acl], stat: &StatPersisted) -> NodeId {
        debug_assert!(self.find(path).is_none(), "{path} is there already");
        let (name, acl) = (path::name(path), self.acls.intern(acl));
        let id = self.nodes.add(Node::new(parent, name, data, acl, stat));
        if parent == NONE {
            self.root = Some(id);
        } else {
            self.index.insert(parent, name, id);
            self.nodes.link(id);
        }
        self.note(id, path);
        id
    }

    /// Counts the node into what the tree knows about all of them.
    fn note(&mut self, id: NodeId, path: &str) {
        let node = self.nodes.get(id);
        self.digest = self.digest.wrapping_add(node.digest(path));
        self.data_size += size_of(node, path);
        match Owner::of(node.stat().ephemeral_owner) {
            Owner::Nobody => {}
            Owner::Session(session) => {
                self.ephemerals.entry(session).or_default().insert(path.into());
            }
            Owner::Container => {
                self.containers.insert(path.into());
            }
            Owner::Ttl(_) => {
                self.ttls.insert(path.into());
            }
        }
    }

    /// The reverse of [`Tree::note`], and the node's ACL has one node less.
    fn forget(&mut self, id: NodeId, path: &str) {
        let node = self.nodes.get(id);
        self.digest = self.digest.wrapping_sub(node.digest(path));
        self.data_size -= size_of(node, path);
        self.acls.release(node.acl);
        match Owner::of(node.stat().ephemeral_owner) {
            Owner::Nobody => {}
            Owner::Session(session) => self.forget_ephemeral(session, path),
            Owner::Container => {
                self.containers.remove(path);
            }
            Owner::Ttl(_) => {
                self.ttls.remove(path);
            }
        }
    }

    fn forget_ephemeral(&mut self, session: i64, path: &str) {
        if let Some(paths) = self.ephemerals.get_mut(&session) {
            paths.remove(path);
            if paths.is_empty() {
                self.ephemerals.remove(&session);
            }
        }
    }

    fn find(&self, path: &str) -> Option<NodeId> {
        let root = self.root?;
        match path.strip_prefix('/')? {
            "" => Some(root),
            elements => {
                elements.split('/').try_fold(root, |parent, element| self.index.find(&self.nodes, parent, element))
            }
        }
    }

    /// Changes one node and keeps the tree's digest and size true.
    fn change<R>(&mut self, id: NodeId, path: &str, change: impl FnOnce(&mut Node) -> R) -> R {
        let node = self.nodes.get_mut(id);
        let (digest, size) = (node.digest(path), size_of(node, path));
        let result = change(node);
        self.digest = self.digest.wrapping_sub(digest).wrapping_add(node.digest(path));
        self.data_size = (self.data_size - size) + size_of(node, path);
        result
    }

    /// Creates a node. Replaying a creation that a snapshot already has is an error without effect on the node.
    pub fn create(&mut self, new: NewNode<'_>) -> Result<Stat, ZkError> {
        let parent_path = path::parent(new.path);
        let parent = self.find(parent_path).ok_or(ZkError::NO_NODE)?;
        let name = path::name(new.path);
        if new.path == "/" || self.index.find(&self.nodes, parent, name).is_some() {
            return Err(ZkError::NODE_EXISTS);
        }
        // −1: a server before 3.4 wrote the transaction.
        let cversion = match new.parent_cversion {
            -1 => self.nodes.get(parent).stat().cversion.wrapping_add(1),
            given => given,
        };
        self.change(parent, parent_path, |parent| raise_cversion(parent, cversion, new.zxid));
        let stat = new_stat(new.zxid, new.time, new.owner);
        self.place(parent, new.path, new.data.as_deref(), new.acl, &stat);
        Ok(client_stat(&stat, new.data.as_ref().map_or(0, Bytes::len), 0))
    }

    /// After a replayed creation met an existing node: the parent's counters are still brought forward.
    pub fn raise_cversion(&mut self, path: &str, cversion: i32, zxid: i64) {
        if let Some(id) = self.find(path) {
            self.change(id, path, |node| raise_cversion(node, cversion, zxid));
        }
    }

    /// Deletes a node. Children that a replayed log has forgotten to delete before go with it.
    pub fn delete(&mut self, path: &str, zxid: i64) -> Result<(), ZkError> {
        let id = self.find(path).filter(|id| Some(*id) != self.root).ok_or(ZkError::NO_NODE)?;
        let mut doomed = vec![(id, path.to_owned())];
        let mut seen = 0;
        while let Some((id, path)) = doomed.get(seen).cloned() {
            doomed.extend(self.nodes.children(id).map(|id| (id, path::child(&path, self.nodes.get(id).name()))));
            seen += 1;
        }
        doomed.iter().rev().for_each(|(id, path)| self.remove(*id, path, zxid));
        Ok(())
    }

    /// Takes a childless node out.
    fn remove(&mut self, id: NodeId, path: &str, zxid: i64) {
        debug_assert_eq!(self.nodes.get(id).children().count, 0, "{path} has children");
        self.forget(id, path);
        let parent = self.nodes.get(id).parent;
        self.index.remove(parent, path::name(path), id);
        self.nodes.unlink(id);
        self.nodes.remove(id);
        self.change(parent, path::parent(path), |parent| {
            let stat = parent.stat();
            parent.set_stat(&StatPersisted { pzxid: stat.pzxid.max(zxid), ..stat });
        });
    }

    pub fn set_data(&mut self, path: &str, data: Buffer, version: i32, zxid: i64, time: i64) -> Result<Stat, ZkError> {
        let id = self.find(path).ok_or(ZkError::NO_NODE)?;
        self.change(id, path, |node| {
            node.set_data(data.as_deref());
            node.set_stat(&StatPersisted { version, mzxid: zxid, mtime: time, ..node.stat() });
        });
        Ok(self.at(id).stat())
    }

    /// Puts other data in place without a trace in the statistics.
    pub fn replace_data(&mut self, path: &str, data: Bytes) {
        if let Some(id) = self.find(path) {
            self.change(id, path, |node| node.set_data(Some(&data)));
            self.quiet_changes = true;
        }
    }

    /// Whether nodes were changed by [`Tree::replace_data`], which no transaction tells of. For assertions.
    pub fn has_quiet_changes(&self) -> bool {
        self.quiet_changes
    }

    pub fn set_acl(&mut self, path: &str, acl: &[Acl], aversion: i32) -> Result<Stat, ZkError> {
        let id = self.find(path).ok_or(ZkError::NO_NODE)?;
        let acl = self.acls.intern(acl);
        self.acls.release(self.nodes.get(id).acl);
        self.change(id, path, |node| {
            node.acl = acl;
            node.set_stat(&StatPersisted { aversion, ..node.stat() });
        });
        Ok(self.at(id).stat())
    }

    fn at(&self, id: NodeId) -> NodeRef<'_> {
        NodeRef { nodes: &self.nodes, acls: &self.acls, id }
    }

    pub fn get(&self, path: &str) -> Option<NodeRef<'_>> {
        self.find(path).map(|id| self.at(id))
    }

    /// The tree as it is now, for a snapshot. Cheap, whatever the size.
    pub fn freeze(&self) -> FrozenTree {
        FrozenTree { nodes: self.nodes.clone(), acls: self.acls.clone(), root: self.root, digest: self.digest }
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
        let (mut open, mut count) = (Vec::from_iter(self.find(path)), 0);
        while let Some(id) = open.pop() {
            let before = open.len();
            open.extend(self.nodes.children(id));
            count += open.len() - before;
        }
        count
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
}

impl Default for Tree {
    fn default() -> Tree {
        Tree::new()
    }
}

/// A node in its tree.
#[derive(Debug, Clone, Copy)]
pub struct NodeRef<'a> {
    nodes: &'a Nodes,
    acls: &'a AclTable,
    id: NodeId,
}

impl<'a> NodeRef<'a> {
    /// Null and empty data are different.
    pub fn data(self) -> Option<&'a [u8]> {
        self.nodes.get(self.id).data()
    }

    pub fn acl(self) -> &'a AclList {
        self.acls.get(self.nodes.get(self.id).acl)
    }

    /// The statistics as snapshots hold them.
    pub fn persisted(self) -> StatPersisted {
        self.nodes.get(self.id).stat()
    }

    /// The statistics as clients see them.
    pub fn stat(self) -> Stat {
        client_stat(&self.persisted(), self.data().map_or(0, <[u8]>::len), self.child_count())
    }

    pub fn child_count(self) -> usize {
        self.nodes.get(self.id).children().count as usize
    }

    /// The names of the children, in order of creation.
    pub fn children(self) -> impl Iterator<Item = &'a str> {
        self.nodes.children(self.id).map(move |id| self.nodes.get(id).name())
    }
}

/// A tree that no longer changes.
#[derive(Debug)]
pub struct FrozenTree {
    nodes: Nodes,
    acls: AclTable,
    root: Option<NodeId>,
    pub digest: i64,
}

impl FrozenTree {
    /// The ACLs that nodes have, in order, with their numbers.
    pub fn acls(&self) -> impl Iterator<Item = (&AclList, u32)> {
        self.acls.iter()
    }

    /// Calls `see` with every node and its path, parents before children, until it fails. Trees may be deep, so this
    /// does not recurse.
    pub fn walk<E>(&self, mut see: impl FnMut(&str, &Node) -> Result<(), E>) -> Result<(), E> {
        let Some(root) = self.root else { return Ok(()) };
        see("/", self.nodes.get(root))?;
        // The path of `at`; the root's is empty here, for its children to be appended to.
        let (mut path, mut at) = (String::new(), root);
        loop {
            let mut next = self.nodes.get(at).children().first;
            while next == NONE {
                if at == root {
                    return Ok(());
                }
                let node = self.nodes.get(at);
                path.truncate(path.len() - node.name().len() - 1);
                (next, at) = (node.next, node.parent);
            }
            let node = self.nodes.get(next);
            path.push('/');
            path.push_str(node.name());
            see(&path, node)?;
            at = next;
        }
    }
}

fn size_of(node: &Node, path: &str) -> usize {
    path.len() + node.data().map_or(0, <[u8]>::len)
}

/// A replayed creation must not take counters back that a snapshot already has.
fn raise_cversion(node: &mut Node, cversion: i32, zxid: i64) {
    let stat = node.stat();
    if cversion > stat.cversion {
        node.set_stat(&StatPersisted { cversion, pzxid: zxid, ..stat });
    }
}
