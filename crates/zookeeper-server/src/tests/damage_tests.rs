//! Files cut at every byte and with every byte changed: what was acknowledged is served, a multi is there whole or not
//! at all, and what cannot be right is refused.

use std::fs;
use std::path::Path;

use super::client::{Server, create, delete, multi, set};
use crate::core::LogEntry;
use crate::database::Database;
use crate::snapshot::{self, Method};
use crate::txn_log::LogWriter;
use crate::{log_entry, recovery};
use rkafka_jute::{MultiOp, OpCode};

/// The first file of the log holds this many entries; a snapshot follows, and another file.
const IN_FIRST: usize = 6;

/// What a server wrote, and the database after each number of entries, as snapshots.
struct History {
    entries: Vec<LogEntry>,
    states: Vec<Vec<u8>>,
}

fn encoded(database: &Database) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot::encode(&database.freeze(), &mut bytes).unwrap();
    bytes
}

/// Creations, changes, an ephemeral node, a failure, and multis that succeed and fail; the session ends.
fn history() -> History {
    let mut server = Server::new();
    server.connect(1);
    server.send(1, OpCode::CREATE, &create("/a", 0));
    server.send(1, OpCode::CREATE, &create("/a/ephemeral", 1));
    let pair = |left: &str, right: &str| {
        multi(vec![
            MultiOp::Create(create(left, 0)),
            MultiOp::SetData(set("/a", b"x", -1)),
            MultiOp::Create(create(right, 0)),
        ])
    };
    server.send(1, OpCode::MULTI, &pair("/m1", "/m2"));
    server.send(1, OpCode::DELETE, &delete("/nobody"));
    server.send(1, OpCode::SET_DATA, &set("/m1", b"data", -1));
    server.send(1, OpCode::MULTI, &pair("/m3", "/m2"));
    server.send(1, OpCode::MULTI, &pair("/m3", "/m4"));
    server.send(1, OpCode::DELETE, &delete("/m3"));
    server.send(1, OpCode::MULTI, &pair("/m5", "/m6"));
    server.persist();
    server.send(1, OpCode::CLOSE_SESSION, &true);
    server.persist();
    let mut database = Database::default();
    let mut states = vec![encoded(&database)];
    for entry in &server.log {
        let (header, txn, _) = log_entry::decode(&entry.bytes).unwrap();
        database.apply(&header, &txn, &mut Vec::new());
        states.push(encoded(&database));
    }
    History { entries: server.log, states }
}

impl History {
    /// Writes the files of a server that lived through it all: two snapshots and two log files.
    fn write(&self, folder: &Path) {
        let mut writer = LogWriter::new(folder, 0, false);
        let (first, second) = self.entries.split_at(IN_FIRST);
        for zxid in [0, IN_FIRST] {
            let database = snapshot::decode(self.states[zxid].as_slice(), zxid as i64).unwrap();
            snapshot::write(folder, &database.freeze(), Method::Plain).unwrap();
        }
        writer.append(first).unwrap();
        writer.roll();
        writer.append(second).unwrap();
    }

    /// Where the entries of the second log file end.
    fn ends(&self) -> Vec<usize> {
        let after = |end: &mut usize, entry: &LogEntry| {
            *end += entry.bytes.len() + 13;
            Some(*end)
        };
        self.entries[IN_FIRST..].iter().scan(16, after).collect()
    }

    fn is_state(&self, recovered: &Database, entries: usize) -> bool {
        encoded(recovered) == self.states[entries]
    }
}

const LOG: &str = "log.7";
const SNAPSHOT: &str = "snapshot.6";

#[test]
fn a_cut_log_gives_the_state_after_its_whole_entries() {
    let history = history();
    let ends = history.ends();
    let folder = tempfile::tempdir().unwrap();
    history.write(folder.path());
    let bytes = fs::read(folder.path().join(LOG)).unwrap();
    assert_eq!((bytes.len(), ends.len()), (ends[ends.len() - 1], history.entries.len() - IN_FIRST));
    for cut in 0..=bytes.len() {
        let mut padded = bytes[..cut].to_vec();
        padded.resize(bytes.len() + 4096, 0);
        for contents in [&bytes[..cut], &padded] {
            fs::write(folder.path().join(LOG), contents).unwrap();
            if (1..16).contains(&cut) && contents.len() > cut {
                // Half a file header and space behind it: not a torn entry, but no entry can be in it either.
                continue;
            }
            let recovered = recovery::load(folder.path(), folder.path(), false).unwrap();
            let whole = IN_FIRST + ends.iter().filter(|end| **end <= cut).count();
            assert!(history.is_state(&recovered.database, whole), "cut at {cut}");
        }
    }
}

#[test]
fn a_changed_log_is_refused_or_ends_before_the_last_entry() {
    let history = history();
    let ends = history.ends();
    let last = ends[ends.len() - 2];
    let folder = tempfile::tempdir().unwrap();
    history.write(folder.path());
    let bytes = fs::read(folder.path().join(LOG)).unwrap();
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(folder.path().join(LOG), &bad).unwrap();
        let outcome = recovery::load(folder.path(), folder.path(), false);
        match outcome {
            // The number of the database, which nobody looks at.
            Ok(recovered) if (8..16).contains(&at) => {
                assert!(history.is_state(&recovered.database, history.entries.len()))
            }
            Ok(recovered) => {
                assert!(at >= last, "byte {at}");
                assert!(history.is_state(&recovered.database, history.entries.len() - 1), "byte {at}");
            }
            Err(_) => assert!(at < last, "byte {at}"),
        }
    }
}

#[test]
fn a_damaged_snapshot_is_passed_over_and_the_log_makes_up_for_it() {
    let history = history();
    let folder = tempfile::tempdir().unwrap();
    history.write(folder.path());
    let bytes = fs::read(folder.path().join(SNAPSHOT)).unwrap();
    let check = |contents: &[u8], what: &str| {
        fs::write(folder.path().join(SNAPSHOT), contents).unwrap();
        let recovered = recovery::load(folder.path(), folder.path(), false).unwrap();
        assert!(history.is_state(&recovered.database, history.entries.len()), "{what}");
    };
    for at in 0..bytes.len() {
        check(&bytes[..at], &format!("cut at {at}"));
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        check(&bad, &format!("byte {at} changed"));
    }
}

#[test]
fn compressed_snapshots_are_read_whatever_is_written_now() {
    let history = history();
    for (method, name) in [(Method::Gzip, "snapshot.6.gz"), (Method::Snappy, "snapshot.6.snappy")] {
        let folder = tempfile::tempdir().unwrap();
        history.write(folder.path());
        let database = snapshot::load(&folder.path().join(SNAPSHOT), 6).unwrap();
        fs::remove_file(folder.path().join(SNAPSHOT)).unwrap();
        let size = snapshot::write(folder.path(), &database.freeze(), method).unwrap();
        assert_eq!(fs::metadata(folder.path().join(name)).unwrap().len(), size);
        // The older one and the first log go, so that nothing else can be read.
        fs::remove_file(folder.path().join("snapshot.0")).unwrap();
        fs::remove_file(folder.path().join("log.1")).unwrap();
        let recovered = recovery::load(folder.path(), folder.path(), false).unwrap();
        assert!(history.is_state(&recovered.database, history.entries.len()), "{name}");
        let bytes = fs::read(folder.path().join(name)).unwrap();
        for cut in 0..bytes.len() - 1 {
            fs::write(folder.path().join(name), &bytes[..cut]).unwrap();
            let loaded = snapshot::load(&folder.path().join(name), 6);
            // A cut in the trailer of gzip leaves a whole snapshot.
            assert!(loaded.is_err() || method == Method::Gzip && cut > bytes.len() - 40, "{name} cut at {cut}");
        }
    }
}
