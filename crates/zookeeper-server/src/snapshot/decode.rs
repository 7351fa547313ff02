//! Pure: reads a snapshot, checking its seals.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read};

use super::source::Source;
use super::{END, MAGIC, OPEN_ACL, VERSION};
use crate::database::Database;
use crate::quota::Quotas;
use crate::tree::Tree;
use rkafka_jute::{Acl, Input, JuteError, Record as _, StatPersisted};

/// Why bytes are not a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
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
    #[error("its zxid 0x{0:x} leaves none for what is written after it")]
    LastZxid(i64),
}

/// The last zxid that a file may bring: an epoch is left for new ones.
pub const MAX_ZXID: i64 = i64::MAX - (1 << 32);
/// Bytes of a node besides path and data, without their lengths: the number of its ACL, and [`StatPersisted`].
const REST: usize = 8 + 60;

/// The database in a snapshot whose name says `zxid`.
pub fn decode(reader: impl Read, zxid: i64) -> Result<Database, SnapshotError> {
    if !(0..=MAX_ZXID).contains(&zxid) {
        return Err(SnapshotError::LastZxid(zxid));
    }
    let mut source = Source::new(reader);
    let mut header = Input::new(source.take(16)?);
    let (magic, version) = (header.i32()?, header.i32()?);
    if magic != MAGIC || version != VERSION {
        return Err(SnapshotError::NotASnapshot { magic, version });
    }
    let mut sessions = BTreeMap::new();
    for _ in 0..take_i32(&mut source)? {
        let mut session = Input::new(source.take(12)?);
        sessions.insert(session.i64()?, session.i32()?);
    }
    let mut acls = BTreeMap::new();
    for _ in 0..take_i32(&mut source)? {
        let number = Input::new(source.take(8)?).i64()?;
        acls.insert(number, decode_acl(&mut source)?);
    }
    let tree = decode_nodes(&mut source, &acls)?;
    check_seal(&mut source)?;
    // The digest (since 3.6) and what later versions may add are sealed too, but not needed.
    if !source.is_empty()? {
        source.take(20)?;
        check_seal(&mut source)?;
    }
    Ok(Database { tree, sessions, last_zxid: zxid, quotas: Quotas::default() })
}

fn take_i32<R: Read>(source: &mut Source<R>) -> Result<i32, SnapshotError> {
    Ok(Input::new(source.take(4)?).i32()?)
}

fn decode_acl<R: Read>(source: &mut Source<R>) -> Result<Vec<Acl>, SnapshotError> {
    let mut acl = Vec::new();
    for _ in 0..take_i32(source)? {
        // How long an entry is shows its two lengths.
        let scheme = 4 + length(source.peek_i32(4)?)?;
        let id = 4 + length(source.peek_i32(4 + scheme)?)?;
        acl.push(Acl::from_bytes(source.take(4 + scheme + id)?)?);
    }
    Ok(acl)
}

/// The bytes behind a length; −1 is null.
fn length(length: i32) -> Result<usize, JuteError> {
    match usize::try_from(length) {
        Ok(count) => Ok(count),
        Err(_) if length == -1 => Ok(0),
        Err(_) => Err(JuteError::BadLength { length, left: 0 }),
    }
}

fn decode_nodes<R: Read>(source: &mut Source<R>, acls: &BTreeMap<i64, Vec<Acl>>) -> Result<Tree, SnapshotError> {
    let open = Acl::open();
    let mut tree = Tree::empty();
    loop {
        let path_length = length(source.peek_i32(0)?)?;
        if source.peek(4 + path_length)?.get(4..) == Some(END.as_bytes()) {
            source.take(4 + path_length)?;
            break;
        }
        let data_length = length(source.peek_i32(4 + path_length)?)?;
        let mut input = Input::new(source.take(4 + path_length + 4 + data_length + REST)?);
        let path = path_of(&mut input, path_length)?;
        let data = match input.i32()? {
            -1 => None,
            _ => Some(input.take(data_length)?),
        };
        let number = input.i64()?;
        let acl = if number == OPEN_ACL { &open } else { acls.get(&number).unwrap_or(&open) };
        let stat = StatPersisted::read(&mut input)?;
        let at = if path.is_empty() { "/" } else { &path };
        tree.insert(at, data, acl, &stat).map_err(|_| SnapshotError::Orphan(path.clone().into_owned()))?;
    }
    if tree.get("/").is_none() { Err(SnapshotError::NoRoot) } else { Ok(tree) }
}

/// Without a copy, if the text is well-formed.
fn path_of<'a>(input: &mut Input<'a>, length: usize) -> Result<Cow<'a, str>, JuteError> {
    let mut ahead = input.clone();
    ahead.i32()?;
    match std::str::from_utf8(ahead.take(length)?) {
        Ok(text) => {
            *input = ahead;
            Ok(text.into())
        }
        Err(_) => Ok(input.string()?.into()),
    }
}

/// The checksum covers every byte before it.
fn check_seal<R: Read>(source: &mut Source<R>) -> Result<(), SnapshotError> {
    let expected = i64::from(source.checksum());
    let sum = Input::new(source.take(8)?).i64()?;
    if sum == expected && source.take_buffer()? == END.as_bytes() { Ok(()) } else { Err(SnapshotError::Checksum) }
}
