//! Pure: where nodes are kept: in numbered places, 64 to a block.
//!
//! Blocks are shared with the snapshot that is being written: a clone costs one pointer per block, and a block is
//! copied when a node in it changes while the snapshot still holds it.

use std::sync::Arc;

use super::node::{Children, Node};

/// The number of a node's place.
pub type NodeId = u32;

/// No node.
pub const NONE: NodeId = NodeId::MAX;

/// Nodes per block. Small enough that copying one goes unnoticed, large enough that a snapshot of a million nodes
/// begins within a fraction of a millisecond.
const BLOCK: usize = 64;

/// All nodes of a tree.
#[derive(Debug, Clone, Default)]
pub struct Nodes {
    blocks: Vec<Arc<[Node]>>,
    /// The first vacant place; the others follow by [`Node::next`].
    vacant: Option<NodeId>,
    count: usize,
}

impl Nodes {
    pub fn get(&self, id: NodeId) -> &Node {
        &self.blocks[id as usize / BLOCK][id as usize % BLOCK]
    }

    pub fn get_mut(&mut self, id: NodeId) -> &mut Node {
        &mut Arc::make_mut(&mut self.blocks[id as usize / BLOCK])[id as usize % BLOCK]
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Puts the node into a place. Its parent does not know of it yet.
    pub fn add(&mut self, node: Node) -> NodeId {
        let id = match self.vacant {
            Some(id) => id,
            None => self.grow(),
        };
        let place = self.get_mut(id);
        let next = place.next;
        *place = node;
        self.vacant = (next != NONE).then_some(next);
        self.count += 1;
        id
    }

    /// One more block; its first place.
    fn grow(&mut self) -> NodeId {
        // Four billion nodes would need hundreds of gigabytes.
        let first = u32::try_from(self.blocks.len() * BLOCK).unwrap_or(NONE);
        assert!(first < NONE - BLOCK as u32, "{first} nodes are all that have numbers");
        let last = first + BLOCK as u32 - 1;
        let places = (first..=last).map(|id| Node::vacant(if id == last { NONE } else { id + 1 }));
        self.blocks.push(places.collect());
        first
    }

    /// Empties a place; the node must have been taken from its parent.
    pub fn remove(&mut self, id: NodeId) {
        *self.get_mut(id) = Node::vacant(self.vacant.unwrap_or(NONE));
        self.vacant = Some(id);
        self.count -= 1;
    }

    /// Makes `id` the last child of its parent.
    pub fn link(&mut self, id: NodeId) {
        let parent = self.get(id).parent;
        let Children { first, last, count } = self.get(parent).children();
        if last != NONE {
            self.get_mut(last).next = id;
        }
        let node = self.get_mut(id);
        (node.previous, node.next) = (last, NONE);
        let first = if first == NONE { id } else { first };
        self.get_mut(parent).set_children(Children { first, last: id, count: count + 1 });
    }

    /// Takes `id` from its parent.
    pub fn unlink(&mut self, id: NodeId) {
        let node = self.get(id);
        let (parent, previous, next) = (node.parent, node.previous, node.next);
        let mut children = self.get(parent).children();
        match previous {
            NONE => children.first = next,
            previous => self.get_mut(previous).next = next,
        }
        match next {
            NONE => children.last = previous,
            next => self.get_mut(next).previous = previous,
        }
        children.count -= 1;
        debug_assert_eq!(children.count == 0, children.first == NONE && children.last == NONE, "{children:?}");
        self.get_mut(parent).set_children(children);
    }

    /// The children of `id`, in order of creation.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let existing = |id: NodeId| (id != NONE).then_some(id);
        std::iter::successors(existing(self.get(id).children().first), move |id| existing(self.get(*id).next))
    }
}
