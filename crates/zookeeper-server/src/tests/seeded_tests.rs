//! Seeded runs: however writes are batched on their way to disk, clients and the tree see the same; and the log alone
//! brings the same tree back.

use super::client::{Server, children, create, delete, exists, get, multi, set};
use crate::database::Database;
use crate::{log_entry, snapshot};
use rkafka_jute::{ConnectRequest, MultiOp, OpCode, Record as _};

const CLIENTS: u64 = 3;

fn path(rng: &mut fastrand::Rng) -> String {
    (0..rng.usize(1..4)).map(|_| format!("/{}", rng.choice(["a", "b", "c"]).unwrap())).collect()
}

fn part(rng: &mut fastrand::Rng) -> MultiOp {
    match rng.u8(..3) {
        0 => MultiOp::Create(create(&path(rng), rng.i32(0..4))),
        1 => MultiOp::Delete(delete(&path(rng))),
        _ => MultiOp::SetData(set(&path(rng), b"multi", rng.i32(-1..2))),
    }
}

fn step(server: &mut Server, rng: &mut fastrand::Rng) {
    let conn = rng.u64(1..=CLIENTS);
    match rng.u8(..10) {
        0..=3 => server.send(conn, OpCode::CREATE, &create(&path(rng), rng.i32(0..4))),
        4 => server.send(conn, OpCode::DELETE, &delete(&path(rng))),
        5 => server.send(conn, OpCode::SET_DATA, &set(&path(rng), b"set", rng.i32(-1..2))),
        6 => {
            let parts = (0..rng.usize(1..5)).map(|_| part(rng)).collect();
            server.send(conn, OpCode::MULTI, &multi(parts))
        }
        7 => server.send(conn, OpCode::GET_DATA, &get(&path(rng), true)),
        8 => server.send(conn, OpCode::EXISTS, &exists(&path(rng), true)),
        _ => server.send(conn, OpCode::GET_CHILDREN, &children(&path(rng), true)),
    };
}

/// What a run left behind: each client's frames, the tree, and the log.
struct Outcome {
    frames: Vec<Vec<Vec<u8>>>,
    tree: Vec<u8>,
    log: Vec<Vec<u8>>,
    digest: i64,
}

fn run(seed: u64, batch: usize) -> Outcome {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut server = Server::new();
    for conn in 1..=CLIENTS {
        server.accept(conn);
        server.frame(conn, &ConnectRequest { timeout_ms: 9_000, ..ConnectRequest::default() }.to_bytes());
        server.persist();
    }
    for at in 0..300 {
        step(&mut server, &mut rng);
        if at % batch == 0 {
            server.persist();
        }
    }
    server.persist();
    let frames = (1..=CLIENTS).map(|conn| server.take(conn)).collect();
    let log = server.log.iter().map(|entry| entry.bytes.clone()).collect();
    Outcome { frames, tree: encoded(server.core.database()), log, digest: server.core.database().tree.digest() }
}

fn encoded(database: &Database) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot::encode(&database.freeze(), &mut bytes).unwrap();
    bytes
}

#[test]
fn the_log_brings_the_same_tree_back_with_the_digests_it_promised() {
    let seed = fastrand::u64(..);
    for seed in seed..seed.saturating_add(30) {
        println!("seed {seed}");
        let outcome = run(seed, 7);
        let mut database = Database::default();
        for entry in &outcome.log {
            let (header, txn, digest) = log_entry::decode(entry).unwrap();
            database.apply(&header, &txn, &mut Vec::new());
            if let Some(digest) = digest {
                assert_eq!(digest.tree_digest, database.tree.digest(), "zxid {}", header.zxid);
            }
        }
        assert_eq!(encoded(&database), outcome.tree);
        assert_eq!(database.tree.digest(), outcome.digest);
        let restored = snapshot::decode(outcome.tree.as_slice(), database.last_zxid).unwrap();
        assert_eq!(encoded(&restored), outcome.tree);
        assert_eq!(restored.tree.digest(), outcome.digest);
    }
}

#[test]
fn batching_changes_neither_the_log_nor_the_tree() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let one_by_one = run(seed, 1);
    for batch in [3, 50, 1_000] {
        let batched = run(seed, batch);
        assert_eq!(batched.log, one_by_one.log);
        assert_eq!(batched.tree, one_by_one.tree);
        for (ours, theirs) in batched.frames.iter().zip(&one_by_one.frames) {
            let replies = |frames: &[Vec<u8>]| {
                frames
                    .iter()
                    .filter(|frame| frame[..4] != [0xff; 4])
                    .map(|frame| frame[..4].to_vec())
                    .collect::<Vec<_>>()
            };
            assert_eq!(replies(ours), replies(theirs), "replies come in the order of requests");
        }
    }
}

#[test]
fn replaying_what_a_snapshot_already_holds_changes_nothing() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let outcome = run(seed, 10);
    let mut database = snapshot::decode(outcome.tree.as_slice(), 0).unwrap();
    let before = database.tree.len();
    for entry in outcome.log.iter().rev().take(1) {
        let (header, txn, _) = log_entry::decode(entry).unwrap();
        database.apply(&header, &txn, &mut Vec::new());
    }
    assert_eq!(database.tree.len(), before);
}
