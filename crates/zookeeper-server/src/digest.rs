//! Pure: the digest of the tree that transactions and snapshots carry (`DigestCalculator`, version 2).
//!
//! The tree's digest is the wrapping sum of its nodes' digests, so one change costs two node digests. A node's is the
//! CRC-32 of its path, its data and 60 bytes of its statistics. Nodes below `/zookeeper/` do not count: servers change
//! them without transactions.

use rkafka_jute::{Output, StatPersisted};

/// The version of the digest that ZooKeeper 3.6 and later compute.
pub const VERSION: i32 = 2;

/// The digest of one node.
pub fn of_node(path: &str, data: Option<&[u8]>, stat: &StatPersisted) -> i64 {
    if path.starts_with("/zookeeper/") {
        return 0;
    }
    let mut bytes = Output::with_capacity(60);
    for long in [stat.czxid, stat.mzxid, stat.pzxid, stat.ctime, stat.mtime] {
        bytes.i64(long);
    }
    for int in [stat.version, stat.cversion, stat.aversion] {
        bytes.i32(int);
    }
    bytes.i64(stat.ephemeral_owner);
    let mut crc = crc32fast::Hasher::new();
    // The root counts under its other name, the empty path.
    crc.update(if path == "/" { b"" } else { path.as_bytes() });
    crc.update(data.unwrap_or_default());
    crc.update(bytes.as_slice());
    i64::from(crc.finalize())
}
