//! Snapshots in ZooKeeper's format: `snapshot.<zxid of the last transaction in it, hexadecimal>`.
//!
//! Header (`ZKSN`, i32 version 2, i64 −1); sessions; the ACLs with a number each; the nodes, parents first, ended by the
//! path `/`; a seal (i64 Adler-32 of all bytes so far, the string `/`); the digest of the tree (i64 zxid, i32 version,
//! i64 digest); another seal. The root's path is empty.

mod decode;
mod encode;
mod file;
mod snappy;
mod source;

pub use decode::{MAX_ZXID, decode};
pub use encode::encode;
pub use file::{Method, is_draft, load, name, write};

const MAGIC: i32 = i32::from_be_bytes(*b"ZKSN");
const VERSION: i32 = 2;
const DATABASE_ID: i64 = -1;
/// The number of the ACL that everyone has in the beginning: world:anyone with all permissions.
const OPEN_ACL: i64 = -1;
/// The path that ends the nodes and stands in the seals.
const END: &str = "/";
