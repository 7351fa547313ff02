//! Pure: one node of the tree, and the kinds of owner a node can have.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::digest;
use crate::zookeeper::jute::{Acl, Buffer, Stat, StatPersisted};

/// An ACL shared by the nodes that have it.
pub type AclList = Arc<[Acl]>;

/// A node. Its path is the key that it is stored under.
#[derive(Debug, Clone)]
pub struct Node {
    pub data: Buffer,
    pub acl: AclList,
    pub stat: StatPersisted,
    /// Names, not paths.
    pub children: BTreeSet<Box<str>>,
}

impl Node {
    /// The statistics as clients see them: cversion counts creations and deletions, and only sessions are owners.
    pub fn stat(&self) -> Stat {
        let stat = &self.stat;
        let children = count(self.children.len());
        Stat {
            czxid: stat.czxid,
            mzxid: stat.mzxid,
            ctime: stat.ctime,
            mtime: stat.mtime,
            version: stat.version,
            cversion: stat.cversion.wrapping_mul(2).wrapping_sub(children),
            aversion: stat.aversion,
            ephemeral_owner: match Owner::of(stat.ephemeral_owner) {
                Owner::Session(session) => session,
                _ => 0,
            },
            data_length: count(self.data.as_ref().map_or(0, |data| data.len())),
            num_children: children,
            pzxid: stat.pzxid,
        }
    }

    pub fn digest(&self, path: &str) -> i64 {
        digest::of_node(path, self.data.as_deref(), &self.stat)
    }
}

fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// The `ephemeralOwner` of a container node.
const CONTAINER: i64 = i64::MIN;
/// The top byte of the `ephemeralOwner` of a TTL node; below it two bytes of kind (0), then the TTL in ms.
const TTL_MASK: i64 = 0xff << 56;
/// The longest TTL in ms: what fits in the remaining 40 bits.
pub const MAX_TTL_MS: i64 = 0xff_ffff_ffff;

/// What a node's `ephemeralOwner` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Nobody,
    /// An ephemeral node of this session.
    Session(i64),
    /// Deleted when its last child is.
    Container,
    /// Deleted when childless and unmodified for this many ms.
    Ttl(i64),
}

impl Owner {
    /// Session ids never have 0xff on top, so the kinds cannot be mixed up.
    pub fn of(ephemeral_owner: i64) -> Owner {
        match ephemeral_owner {
            0 => Owner::Nobody,
            CONTAINER => Owner::Container,
            owner if owner & TTL_MASK == TTL_MASK => Owner::Ttl(owner & MAX_TTL_MS),
            session => Owner::Session(session),
        }
    }

    pub fn ephemeral_owner(self) -> i64 {
        match self {
            Owner::Nobody => 0,
            Owner::Container => CONTAINER,
            Owner::Ttl(ttl_ms) => TTL_MASK | (ttl_ms & MAX_TTL_MS),
            Owner::Session(session) => session,
        }
    }
}

/// The statistics of a node created now.
pub fn new_stat(zxid: i64, time: i64, owner: Owner) -> StatPersisted {
    StatPersisted {
        czxid: zxid,
        mzxid: zxid,
        pzxid: zxid,
        ctime: time,
        mtime: time,
        ephemeral_owner: owner.ephemeral_owner(),
        ..Default::default()
    }
}
