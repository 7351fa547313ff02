//! Files written by Apache ZooKeeper 3.8.4 under three Kafka 3.9.1 brokers (`tests/golden/zookeeper`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::database::Database;
use crate::txn_log::{LogReader, Next};
use crate::{log_entry, recovery, snapshot};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/zookeeper")
}

fn entries(name: &str) -> Vec<Vec<u8>> {
    let mut reader = LogReader::open(&golden().join(name)).unwrap().unwrap();
    let mut entries = Vec::new();
    loop {
        match reader.next().unwrap() {
            Next::Entry(bytes) => entries.push(bytes),
            end => {
                assert_eq!(end, Next::End);
                return entries;
            }
        }
    }
}

#[test]
fn the_first_snapshot_is_byte_for_byte_ours() {
    let mut ours = Vec::new();
    snapshot::encode(&Database::default().freeze(), &mut ours).unwrap();
    assert_eq!(ours, std::fs::read(golden().join("snapshot.0")).unwrap());
}

#[test]
fn every_recorded_transaction_reads_writes_and_applies_to_the_recorded_digest() {
    let mut database = snapshot::load(&golden().join("snapshot.0"), 0).unwrap();
    let entries = entries("log.1");
    assert_eq!(entries.len(), 588);
    for bytes in entries {
        let (header, txn, digest) = log_entry::decode(&bytes).unwrap();
        assert_eq!(log_entry::encode(&header, &txn, digest), bytes);
        database.apply(&header, &txn, &mut Vec::new());
        if let Some(digest) = digest {
            assert_eq!(database.tree.digest(), digest.tree_digest, "after 0x{:x}", header.zxid);
        }
    }
    let recorded = snapshot::load(&golden().join("snapshot.24c"), 0x24c).unwrap();
    assert_eq!(database.last_zxid, 0x24c);
    assert_eq!(database.tree.len(), recorded.tree.len());
    assert_eq!(database.tree.digest(), recorded.tree.digest());
    assert_eq!(database.sessions, recorded.sessions);
    assert_eq!(nodes(&database), nodes(&recorded));
}

/// Everything in the tree, whatever the order of children.
fn nodes(database: &Database) -> BTreeMap<String, String> {
    let (mut found, mut paths) = (BTreeMap::new(), Vec::new());
    let walked = database.freeze().tree.walk(|path, _| -> Result<(), ()> {
        paths.push(path.to_owned());
        Ok(())
    });
    walked.unwrap();
    for path in paths {
        let node = database.tree.get(&path).unwrap();
        let described = format!("{:?} {:?} {:?} {:?}", node.persisted(), node.data(), node.acl(), node.child_count());
        found.insert(path, described);
    }
    found
}

#[test]
fn a_recorded_folder_is_taken_over() {
    let recovered = recovery::load(&golden(), &golden(), false).unwrap();
    assert_eq!((recovered.database.last_zxid, recovered.replayed), (0x2d2, 134));
    assert!(recovered.database.tree.get("/brokers/topics/spec-a/partitions/0/state").is_some());
}
