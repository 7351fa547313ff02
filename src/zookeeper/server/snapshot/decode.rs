//! Pure: reads a snapshot, checking its seals.

use std::collections::BTreeMap;

use adler2::adler32_slice;

use super::{END, MAGIC, OPEN_ACL, VERSION};
use crate::zookeeper::jute::{Acl, Input, JuteError, Record as _, StatPersisted};
use crate::zookeeper::server::database::Database;
use crate::zookeeper::server::path;
use crate::zookeeper::server::quota::Quotas;
use crate::zookeeper::server::tree::Tree;

/// Why bytes are not a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("it is cut off or garbled: {0}")]
    Jute(#[from] JuteError),
    #[error("it does not begin like a ZooKeeper snapshot (magic {magic:#x}, version {version})")]
    NotASnapshot { magic: i32, version: i32 },
    #[error("its checksum is wrong")]
    Checksum,
    #[error("node {0} has no parent")]
    Orphan(String),
    #[error("it has no root node")]
    NoRoot,
}

/// The database in a snapshot whose name says `zxid`.
pub fn decode(bytes: &[u8], zxid: i64) -> Result<Database, SnapshotError> {
    let mut input = Input::new(bytes);
    let (magic, version, _) = (input.i32()?, input.i32()?, input.i64()?);
    if magic != MAGIC || version != VERSION {
        return Err(SnapshotError::NotASnapshot { magic, version });
    }
    let mut sessions = BTreeMap::new();
    for _ in 0..input.i32()?.max(0) {
        sessions.insert(input.i64()?, input.i32()?);
    }
    let mut acls = BTreeMap::new();
    for _ in 0..input.i32()?.max(0) {
        acls.insert(input.i64()?, Vec::<Acl>::read(&mut input)?);
    }
    let tree = decode_nodes(&mut input, &acls)?;
    check_seal(bytes, &mut input)?;
    // The digest (since 3.6) and what later versions may add are sealed too, but not needed.
    if input.remaining() > 0 {
        let _digest = (input.i64()?, input.i32()?, input.i64()?);
        check_seal(bytes, &mut input)?;
    }
    Ok(Database { tree, sessions, last_zxid: zxid, quotas: Quotas::default() })
}

fn decode_nodes(input: &mut Input<'_>, acls: &BTreeMap<i64, Vec<Acl>>) -> Result<Tree, SnapshotError> {
    let open = Acl::open();
    let mut tree = Tree::empty();
    loop {
        let written = input.string()?;
        if written == END {
            break;
        }
        let at = if written.is_empty() { "/" } else { written.as_str() };
        if at != "/" && tree.get(path::parent(at)).is_none() || !at.starts_with('/') {
            return Err(SnapshotError::Orphan(written));
        }
        let data = input.buffer()?;
        let number = input.i64()?;
        let acl = if number == OPEN_ACL { &open } else { acls.get(&number).unwrap_or(&open) };
        tree.insert(at, data, acl, StatPersisted::read(input)?);
    }
    if tree.get("/").is_none() { Err(SnapshotError::NoRoot) } else { Ok(tree) }
}

/// The checksum covers every byte before it.
fn check_seal(bytes: &[u8], input: &mut Input<'_>) -> Result<(), SnapshotError> {
    let before = bytes.len() - input.remaining();
    let sum = input.i64()?;
    let is_right = sum == i64::from(adler32_slice(&bytes[..before]));
    if is_right && input.string()? == END { Ok(()) } else { Err(SnapshotError::Checksum) }
}
