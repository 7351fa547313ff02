//! Pure: finds the child of a node by its name.
//!
//! A hash table of numbers: what they stand for lies in the nodes, so an entry takes 8 bytes. It is cut into shards that
//! grow one by one, so that no single creation waits for the whole table to be copied.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use super::nodes::{NONE, NodeId, Nodes};

/// The upper eight bits of a hash choose the shard.
const SHARDS: usize = 256;
/// A shard's size when it gets its first entry.
const FIRST_SIZE: usize = 4;

/// The children of all nodes by parent and name.
#[derive(Debug)]
pub struct NameIndex {
    hasher: RandomState,
    shards: Box<[Shard]>,
}

/// Open addressing, linear probing. An entry's home is its hash scaled to the size, so that any size will do.
#[derive(Debug, Default, Clone)]
struct Shard {
    entries: Box<[Entry]>,
    used: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u32,
    id: NodeId,
}

const EMPTY: Entry = Entry { hash: 0, id: NONE };

impl Default for NameIndex {
    fn default() -> NameIndex {
        NameIndex { hasher: RandomState::new(), shards: vec![Shard::default(); SHARDS].into() }
    }
}

impl NameIndex {
    fn locate(&self, parent: NodeId, name: &str) -> (usize, u32) {
        let hash = self.hasher.hash_one((parent, name));
        // Cutting a hash is what is meant here.
        ((hash >> 56) as usize, hash as u32)
    }

    /// The child of `parent` called `name`.
    pub fn find(&self, nodes: &Nodes, parent: NodeId, name: &str) -> Option<NodeId> {
        let (shard, hash) = self.locate(parent, name);
        let is_it = |id: NodeId| {
            let node = nodes.get(id);
            node.parent == parent && node.is_called(name)
        };
        self.shards[shard].find(hash, is_it).map(|at| self.shards[shard].entries[at].id)
    }

    /// Adds a child that is not there yet.
    pub fn insert(&mut self, parent: NodeId, name: &str, id: NodeId) {
        let (shard, hash) = self.locate(parent, name);
        self.shards[shard].insert(Entry { hash, id });
    }

    /// Forgets the child `id`.
    pub fn remove(&mut self, parent: NodeId, name: &str, id: NodeId) {
        let (shard, hash) = self.locate(parent, name);
        self.shards[shard].remove(hash, id);
    }
}

impl Shard {
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.entries.len() as u64) >> 32) as usize
    }

    fn after(&self, at: usize) -> usize {
        if at + 1 == self.entries.len() { 0 } else { at + 1 }
    }

    /// Where the entry is. There is always an empty place that ends the search.
    fn find(&self, hash: u32, is_it: impl Fn(NodeId) -> bool) -> Option<usize> {
        if self.used == 0 {
            return None;
        }
        let mut at = self.home(hash);
        loop {
            match self.entries[at] {
                Entry { id: NONE, .. } => return None,
                entry if entry.hash == hash && is_it(entry.id) => return Some(at),
                _ => at = self.after(at),
            }
        }
    }

    fn insert(&mut self, entry: Entry) {
        // At most four fifths full: longer searches cost more than the bytes are worth.
        if (self.used + 1) * 5 > self.entries.len() * 4 {
            let size = (self.entries.len() + self.entries.len() / 2).max(FIRST_SIZE);
            let old = std::mem::replace(&mut self.entries, vec![EMPTY; size].into());
            old.iter().filter(|entry| entry.id != NONE).for_each(|entry| self.place(*entry));
        }
        self.place(entry);
        self.used += 1;
    }

    fn place(&mut self, entry: Entry) {
        let mut at = self.home(entry.hash);
        while self.entries[at].id != NONE {
            at = self.after(at);
        }
        self.entries[at] = entry;
    }

    /// Takes the entry out and moves those back that its place had pushed away from their homes.
    fn remove(&mut self, hash: u32, id: NodeId) {
        let Some(mut hole) = self.find(hash, |found| found == id) else { return };
        let mut at = hole;
        loop {
            at = self.after(at);
            let entry = self.entries[at];
            if entry.id == NONE {
                break;
            }
            let home = self.home(entry.hash);
            // Whether the home lies, going around, beyond the hole: then the entry stands well.
            let stands_well = if hole <= at { hole < home && home <= at } else { hole < home || home <= at };
            if !stands_well {
                self.entries[hole] = entry;
                hole = at;
            }
        }
        self.entries[hole] = EMPTY;
        self.used -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Few homes and many removals, against a map.
    #[test]
    fn a_shard_is_a_map() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut rng = fastrand::Rng::with_seed(seed);
        let (mut shard, mut map) = (Shard::default(), BTreeMap::new());
        for _ in 0..20_000 {
            let id = rng.u32(..300);
            let hash = (id % 40).wrapping_mul(0x0a00_0001).wrapping_add(u32::MAX / 2);
            match map.contains_key(&id) {
                true if rng.bool() => {
                    shard.remove(hash, id);
                    map.remove(&id);
                }
                true => {}
                false => {
                    shard.insert(Entry { hash, id });
                    map.insert(id, hash);
                }
            }
            let id = rng.u32(..300);
            let hash = (id % 40).wrapping_mul(0x0a00_0001).wrapping_add(u32::MAX / 2);
            let found = shard.find(hash, |found| found == id).map(|at| shard.entries[at].id);
            assert_eq!(found, map.get(&id).map(|_| id));
            assert_eq!(shard.used, map.len());
        }
    }
}
