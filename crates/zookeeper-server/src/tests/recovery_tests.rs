//! Crashes at every byte, and disks that lie.

use std::fs;
use std::path::Path;

use super::client::{Server, create};
use crate::core::LogEntry;
use crate::database::Database;
use crate::snapshot::Method;
use crate::txn_log::LogWriter;
use crate::{log_entry, recovery, snapshot};
use rkafka_jute::OpCode;

const STEP: u64 = 4096 * 16;

/// The log of a server on which six nodes were created, one batch each.
pub(super) fn entries() -> Vec<LogEntry> {
    let mut server = Server::new();
    server.connect(1);
    for at in 0..6 {
        server.send(1, OpCode::CREATE, &create(&format!("/node-{at}"), 0));
    }
    server.persist();
    server.log
}

pub(super) fn write(folder: &Path, entries: &[LogEntry]) {
    snapshot::write(folder, &Database::default().freeze(), Method::Plain).unwrap();
    let mut writer = LogWriter::new(folder, STEP, false);
    entries.iter().for_each(|entry| writer.append(std::slice::from_ref(entry)).unwrap());
}

#[test]
fn a_zxid_that_nothing_can_follow_is_refused() {
    let entries = entries();
    let (mut header, txn, digest) = log_entry::decode(&entries[0].bytes).unwrap();
    for (zxid, is_refused) in [(snapshot::MAX_ZXID, false), (snapshot::MAX_ZXID + 1, true), (i64::MAX, true)] {
        header.zxid = zxid;
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[LogEntry { zxid, bytes: log_entry::encode(&header, &txn, digest) }]);
        let recovered = recovery::load(folder.path(), folder.path(), false);
        let reason = recovered.err().map(|error| format!("{error:#}")).unwrap_or_default();
        assert_eq!(reason.contains("which nothing can follow"), is_refused, "0x{zxid:x}: {reason}");
    }
}

#[test]
fn a_log_cut_at_any_byte_keeps_every_whole_entry() {
    let entries = entries();
    let ends: Vec<usize> = entries
        .iter()
        .scan(16, |end, entry| {
            *end += entry.bytes.len() + 13;
            Some(*end)
        })
        .collect();
    let original = tempfile::tempdir().unwrap();
    write(original.path(), &entries);
    let bytes = fs::read(original.path().join("log.1")).unwrap();
    assert_eq!(bytes.len() as u64, STEP + 16);
    for cut in 16..=ends[ends.len() - 1] {
        let whole = ends.iter().filter(|end| **end <= cut).count();
        // A crash leaves either a short file or zeros where the rest would be.
        let mut zeroed = bytes[..cut].to_vec();
        zeroed.resize(bytes.len(), 0);
        for (contents, name) in [(bytes[..cut].to_vec(), "short"), (zeroed, "zeros")] {
            let folder = tempfile::tempdir().unwrap();
            fs::copy(original.path().join("snapshot.0"), folder.path().join("snapshot.0")).unwrap();
            fs::write(folder.path().join("log.1"), contents).unwrap();
            for _ in 0..2 {
                let recovered = recovery::load(folder.path(), folder.path(), false).unwrap();
                assert_eq!(recovered.replayed, whole as u64, "{name} at {cut}");
            }
        }
    }
}

#[test]
fn a_damaged_entry_with_whole_ones_behind_it_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &entries());
    let path = folder.path().join("log.1");
    let whole = fs::read(&path).unwrap();
    // In the checksum, in the length, in the entry of the second transaction.
    let second = 16 + 13 + entries()[0].bytes.len();
    for at in [second + 4, second + 8, second + 11, second + 30] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        fs::write(&path, &bytes).unwrap();
        let error = format!("{:#}", recovery::load(folder.path(), folder.path(), false).unwrap_err());
        assert!(error.contains("log.1") && error.contains("damaged"), "{at}: {error}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "nothing is cut off");
    }
}

#[test]
fn a_log_without_a_snapshot_is_refused_unless_trusted() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &entries());
    fs::remove_file(folder.path().join("snapshot.0")).unwrap();
    let error = recovery::load(folder.path(), folder.path(), false).unwrap_err().to_string();
    assert!(error.contains("snapshot.trust.empty"), "{error}");
    assert_eq!(recovery::load(folder.path(), folder.path(), true).unwrap().replayed, 7);
}

#[test]
fn an_unreadable_snapshot_is_passed_over_for_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &entries());
    fs::write(folder.path().join("snapshot.5"), b"ZKSN").unwrap();
    let recovered = recovery::load(folder.path(), folder.path(), false).unwrap();
    assert_eq!((recovered.replayed, recovered.database.last_zxid), (7, 7));
}

#[test]
fn the_log_goes_on_in_a_new_file_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let entries = entries();
    write(folder.path(), &entries[..4]);
    let mut writer = LogWriter::new(folder.path(), STEP, true);
    writer.append(&entries[4..]).unwrap();
    assert!(folder.path().join("log.5").exists());
    assert_eq!(recovery::load(folder.path(), folder.path(), false).unwrap().replayed, 7);
}
