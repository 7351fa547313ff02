//! Writes a database as a snapshot.

use std::collections::BTreeMap;
use std::io::{self, Write};

use adler2::Adler32;

use super::{DATABASE_ID, END, MAGIC, OPEN_ACL, VERSION};
use crate::acl_table::AclList;
use crate::database::FrozenDatabase;
use crate::digest;
use rkafka_jute::{Acl, Output, Record as _};

/// How many bytes are collected before they are written.
const CHUNK: usize = 64 * 1024;

/// Writes the whole snapshot to `target`. Returns the number of bytes.
pub fn encode(database: &FrozenDatabase, target: &mut impl Write) -> io::Result<u64> {
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
    let acls = AclNumbers::new(database);
    sink.buffer.length(acls.lists.len());
    for (acl, number) in &acls.lists {
        sink.buffer.i64(*number);
        acl.to_vec().write(&mut sink.buffer);
        sink.flush_full()?;
    }
    encode_nodes(database, &acls, &mut sink)?;
    sink.seal()?;
    sink.buffer.i64(database.last_zxid);
    sink.buffer.i32(digest::VERSION);
    // A database without a transaction has no digest yet, says ZooKeeper.
    sink.buffer.i64(if database.last_zxid == 0 { 0 } else { database.tree.digest });
    sink.seal()?;
    Ok(sink.written)
}

fn encode_nodes<W: Write>(database: &FrozenDatabase, acls: &AclNumbers<'_>, sink: &mut Sink<'_, W>) -> io::Result<()> {
    database.tree.walk(|path, node| {
        sink.buffer.string(if path == "/" { "" } else { path });
        sink.buffer.buffer(node.data());
        sink.buffer.i64(acls.of(node.acl));
        node.stat().write(&mut sink.buffer);
        sink.flush_full()
    })?;
    sink.buffer.string(END);
    Ok(())
}

/// The ACLs in use, numbered from 1 in their own order, whatever numbers the tree gave them.
struct AclNumbers<'a> {
    lists: Vec<(&'a AclList, i64)>,
    by_tree: BTreeMap<u32, i64>,
}

impl<'a> AclNumbers<'a> {
    fn new(database: &'a FrozenDatabase) -> AclNumbers<'a> {
        let open = Acl::open();
        let (mut lists, mut by_tree) = (Vec::new(), BTreeMap::new());
        for ((acl, in_tree), number) in database.tree.acls().filter(|(acl, _)| ***acl != open[..]).zip(1..) {
            lists.push((acl, number));
            by_tree.insert(in_tree, number);
        }
        AclNumbers { lists, by_tree }
    }

    fn of(&self, in_tree: u32) -> i64 {
        self.by_tree.get(&in_tree).copied().unwrap_or(OPEN_ACL)
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
