//! Pure: the records inside other records: ACLs, node statistics, creation modes.

use super::record::record;

record! {
    /// An identity: `world:anyone`, `digest:user:hash`, `ip:10.0.0.0/8`.
    #[derive(Hash, PartialOrd, Ord)]
    Id { scheme: String, id: String }
}

record! {
    /// What one identity may do with a node; [`perms`] has the bits.
    #[derive(Hash, PartialOrd, Ord)]
    Acl { perms: i32, id: Id }
}

/// The permission bits of an [`Acl`].
pub mod perms {
    pub const READ: i32 = 1;
    pub const WRITE: i32 = 2;
    pub const CREATE: i32 = 4;
    pub const DELETE: i32 = 8;
    pub const ADMIN: i32 = 16;
    pub const ALL: i32 = 31;
}

impl Id {
    pub fn new(scheme: &str, id: &str) -> Id {
        Id { scheme: scheme.to_owned(), id: id.to_owned() }
    }
}

impl Acl {
    /// `world:anyone` with all permissions (ZooKeeper's OPEN_ACL_UNSAFE).
    pub fn open() -> Vec<Acl> {
        vec![Acl { perms: perms::ALL, id: Id::new("world", "anyone") }]
    }

    /// `world:anyone` may read (ZooKeeper's READ_ACL_UNSAFE).
    pub fn read_only() -> Vec<Acl> {
        vec![Acl { perms: perms::READ, id: Id::new("world", "anyone") }]
    }
}

record! {
    /// What a client learns about a node, 68 bytes. Times in ms since the epoch.
    #[derive(Copy)]
    Stat {
        /// The zxid of the creation.
        czxid: i64,
        /// The zxid of the last change of the data.
        mzxid: i64,
        ctime: i64,
        mtime: i64,
        /// How often the data changed.
        version: i32,
        /// How often the children changed.
        cversion: i32,
        /// How often the ACL changed.
        aversion: i32,
        /// The owner session of an ephemeral node, otherwise 0.
        ephemeral_owner: i64,
        data_length: i32,
        num_children: i32,
        /// The zxid of the last creation or deletion of a child.
        pzxid: i64,
    }
}

record! {
    /// A node's statistics as snapshots hold them, 60 bytes. `cversion` counts creations of children only.
    #[derive(Copy)]
    StatPersisted {
        czxid: i64,
        mzxid: i64,
        ctime: i64,
        mtime: i64,
        version: i32,
        cversion: i32,
        aversion: i32,
        ephemeral_owner: i64,
        pzxid: i64,
    }
}

record! {
    /// One entry of the whoAmI reply.
    ClientInfo { auth_scheme: String, user: String }
}

/// The `flags` of a create request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateMode {
    Persistent = 0,
    Ephemeral = 1,
    PersistentSequential = 2,
    EphemeralSequential = 3,
    Container = 4,
    PersistentWithTtl = 5,
    PersistentSequentialWithTtl = 6,
}

impl CreateMode {
    /// The mode of `flags`; `None` for a value outside 0..=6.
    pub fn from_flags(flags: i32) -> Option<CreateMode> {
        use CreateMode::*;
        let modes = [
            Persistent,
            Ephemeral,
            PersistentSequential,
            EphemeralSequential,
            Container,
            PersistentWithTtl,
            PersistentSequentialWithTtl,
        ];
        modes.get(usize::try_from(flags).ok()?).copied()
    }

    pub fn flags(self) -> i32 {
        self as i32
    }

    pub fn is_ephemeral(self) -> bool {
        matches!(self, CreateMode::Ephemeral | CreateMode::EphemeralSequential)
    }

    pub fn is_sequential(self) -> bool {
        use CreateMode::*;
        matches!(self, PersistentSequential | EphemeralSequential | PersistentSequentialWithTtl)
    }

    pub fn is_ttl(self) -> bool {
        matches!(self, CreateMode::PersistentWithTtl | CreateMode::PersistentSequentialWithTtl)
    }
}
