//! Pure: one node of the tree, and the kinds of owner a node can have.
//!
//! A tree may have millions of nodes, so a node is small: 64 bytes here and one allocation for its name and data. What
//! distinguishes a node from one that was just created and has no children lies in a second allocation, which most
//! nodes never need. Nodes name each other by number ([`super::nodes`]).

use super::digest;
use super::nodes::{NONE, NodeId};
use rkafka_jute::{Stat, StatPersisted};

/// A node as it is stored.
#[derive(Debug, Clone)]
pub struct Node {
    pub parent: NodeId,
    /// The neighbours among the children of the parent, which are a list in order of creation.
    pub next: NodeId,
    pub previous: NodeId,
    /// The number of the ACL in the tree's table.
    pub acl: u32,
    name_length: u32,
    has_data: bool,
    czxid: i64,
    ctime: i64,
    /// The name, then the data.
    bytes: Box<[u8]>,
    rest: Option<Box<Rest>>,
}

/// What a childless node that was never changed does without.
#[derive(Debug, Clone)]
struct Rest {
    mzxid: i64,
    pzxid: i64,
    mtime: i64,
    ephemeral_owner: i64,
    version: i32,
    cversion: i32,
    aversion: i32,
    children: Children,
}

/// The ends of the list of children.
#[derive(Debug, Clone, Copy)]
pub struct Children {
    pub first: NodeId,
    pub last: NodeId,
    pub count: u32,
}

const NO_CHILDREN: Children = Children { first: NONE, last: NONE, count: 0 };

impl Node {
    /// A place for a node; `next` is the next vacant place.
    pub(crate) fn vacant(next: NodeId) -> Node {
        let (bytes, rest) = (Box::default(), None);
        Node {
            parent: NONE,
            next,
            previous: NONE,
            acl: 0,
            name_length: 0,
            has_data: false,
            czxid: 0,
            ctime: 0,
            bytes,
            rest,
        }
    }

    /// A childless node. Names are at most as long as a frame or a snapshot's string, i32::MAX.
    pub fn new(parent: NodeId, name: &str, data: Option<&[u8]>, acl: u32, stat: &StatPersisted) -> Node {
        let bytes = [name.as_bytes(), data.unwrap_or_default()].concat().into_boxed_slice();
        let name_length = u32::try_from(name.len()).unwrap_or(u32::MAX);
        let mut node = Node {
            parent,
            acl,
            name_length,
            has_data: data.is_some(),
            czxid: stat.czxid,
            ctime: stat.ctime,
            bytes,
            ..Node::vacant(NONE)
        };
        node.set_stat(stat);
        node
    }

    /// The last element of the path; empty for the root.
    pub fn name(&self) -> &str {
        let name = self.bytes.get(..self.name_length as usize).unwrap_or_default();
        // It was a string when it came in.
        core::str::from_utf8(name).unwrap_or_default()
    }

    /// Whether it has this name; cheaper than comparing strings.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.bytes.get(..self.name_length as usize) == Some(name.as_bytes())
    }

    /// Null and empty data are different.
    pub fn data(&self) -> Option<&[u8]> {
        self.has_data.then(|| self.bytes.get(self.name_length as usize..).unwrap_or_default())
    }

    pub fn set_data(&mut self, data: Option<&[u8]>) {
        let name = self.bytes.get(..self.name_length as usize).unwrap_or_default();
        self.bytes = [name, data.unwrap_or_default()].concat().into_boxed_slice();
        self.has_data = data.is_some();
    }

    /// The statistics as snapshots hold them.
    pub fn stat(&self) -> StatPersisted {
        let (czxid, ctime) = (self.czxid, self.ctime);
        match &self.rest {
            None => StatPersisted { czxid, ctime, mzxid: czxid, mtime: ctime, pzxid: czxid, ..Default::default() },
            Some(rest) => StatPersisted {
                czxid,
                mzxid: rest.mzxid,
                ctime,
                mtime: rest.mtime,
                version: rest.version,
                cversion: rest.cversion,
                aversion: rest.aversion,
                ephemeral_owner: rest.ephemeral_owner,
                pzxid: rest.pzxid,
            },
        }
    }

    pub(crate) fn set_stat(&mut self, stat: &StatPersisted) {
        (self.czxid, self.ctime) = (stat.czxid, stat.ctime);
        if self.rest.is_none() && self.stat() == *stat {
            return;
        }
        let children = self.children();
        self.rest = Some(Box::new(Rest {
            mzxid: stat.mzxid,
            pzxid: stat.pzxid,
            mtime: stat.mtime,
            ephemeral_owner: stat.ephemeral_owner,
            version: stat.version,
            cversion: stat.cversion,
            aversion: stat.aversion,
            children,
        }));
    }

    pub fn children(&self) -> Children {
        self.rest.as_ref().map_or(NO_CHILDREN, |rest| rest.children)
    }

    pub(crate) fn set_children(&mut self, children: Children) {
        let stat = self.stat();
        let rest = self.rest.get_or_insert_with(|| {
            Box::new(Rest {
                mzxid: stat.mzxid,
                pzxid: stat.pzxid,
                mtime: stat.mtime,
                ephemeral_owner: 0,
                version: 0,
                cversion: 0,
                aversion: 0,
                children,
            })
        });
        rest.children = children;
    }

    pub fn digest(&self, path: &str) -> i64 {
        digest::of_node(path, self.data(), &self.stat())
    }
}

/// Statistics as clients see them: cversion counts creations and deletions, and only sessions are owners.
pub fn client_stat(stat: &StatPersisted, data_length: usize, children: usize) -> Stat {
    let children = count(children);
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
        data_length: count(data_length),
        num_children: children,
        pzxid: stat.pzxid,
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
