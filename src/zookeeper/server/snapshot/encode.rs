//! Writes a database as a snapshot.

use std::collections::BTreeMap;
use std::io::{self, Write};

use adler2::Adler32;

use super::{DATABASE_ID, END, MAGIC, OPEN_ACL, VERSION};
use crate::zookeeper::jute::{Acl, Output, Record as _};
use crate::zookeeper::server::database::Database;
use crate::zookeeper::server::node::{AclList, Node};
use crate::zookeeper::server::{digest, path};

/// How many bytes are collected before they are written.
const CHUNK: usize = 64 * 1024;

/// Writes the whole snapshot to `target`. Returns the number of bytes.
pub fn encode(database: &Database, target: &mut impl Write) -> io::Result<u64> {
    let mut sink = Sink { target, checksum: Adler32::new(), buffer: Output::with_capacity(CHUNK), written: 0 };
    sink.buffer.i32(MAGIC);
    sink.buffer.i32(VERSION);
    sink.buffer.i64(DATABASE_ID);
    sink.buffer.length(database.sessions.len());
    for (id, timeout_ms) in &database.sessions {
        sink.buffer.i64(*id);
        sink.buffer.i32(*timeout_ms);
        sink.flush_full()?;
    }
    let acls = AclNumbers::of(database);
    sink.buffer.length(acls.numbers.len());
    for (acl, number) in &acls.numbers {
        sink.buffer.i64(*number);
        acl.to_vec().write(&mut sink.buffer);
        sink.flush_full()?;
    }
    encode_nodes(database, &acls, &mut sink)?;
    sink.seal()?;
    sink.buffer.i64(database.last_zxid);
    sink.buffer.i32(digest::VERSION);
    // A database without a transaction has no digest yet, says ZooKeeper.
    sink.buffer.i64(if database.last_zxid == 0 { 0 } else { database.tree.digest() });
    sink.seal()?;
    Ok(sink.written)
}

/// Parents before children, without recursion: trees may be deep.
fn encode_nodes<W: Write>(database: &Database, acls: &AclNumbers, sink: &mut Sink<'_, W>) -> io::Result<()> {
    let mut stack = vec!["/".to_owned()];
    while let Some(at) = stack.pop() {
        let Some(node) = database.tree.get(&at) else { continue };
        sink.buffer.string(if at == "/" { "" } else { &at });
        sink.buffer.buffer(node.data.as_deref());
        sink.buffer.i64(acls.number_of(node));
        node.stat.write(&mut sink.buffer);
        sink.flush_full()?;
        stack.extend(node.children.iter().rev().map(|name| path::child(&at, name)));
    }
    sink.buffer.string(END);
    Ok(())
}

/// The ACLs in use, numbered from 1.
struct AclNumbers {
    open: Vec<Acl>,
    numbers: BTreeMap<AclList, i64>,
}

impl AclNumbers {
    fn of(database: &Database) -> AclNumbers {
        let open = Acl::open();
        let mut numbers = BTreeMap::new();
        for (number, acl) in (1..).zip(database.tree.acls().filter(|acl| ***acl != open[..])) {
            numbers.insert(acl.clone(), number);
        }
        AclNumbers { open, numbers }
    }

    fn number_of(&self, node: &Node) -> i64 {
        if *node.acl == *self.open { OPEN_ACL } else { self.numbers.get(&node.acl).copied().unwrap_or(OPEN_ACL) }
    }
}

struct Sink<'a, W> {
    target: &'a mut W,
    checksum: Adler32,
    buffer: Output,
    written: u64,
}

impl<W: Write> Sink<'_, W> {
    fn flush_full(&mut self) -> io::Result<()> {
        if self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.checksum.write_slice(self.buffer.as_slice());
        self.target.write_all(self.buffer.as_slice())?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn seal(&mut self) -> io::Result<()> {
        self.flush()?;
        self.buffer.i64(i64::from(self.checksum.checksum()));
        self.buffer.string(END);
        self.flush()
    }
}
