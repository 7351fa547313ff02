//! Bytes that no friend wrote, in front of the core and the file readers: an error or a closed connection, never a panic.

use std::fs;

use super::client::{Server, create, get, multi};
use crate::core::Effect;
use crate::database::Database;
use crate::txn_log::{LogReader, Next};
use crate::{log_entry, snapshot};
use rkafka_jute::{CreateRequest, MultiOp, OpCode, Record as _, ZkError};

fn mutated(rng: &mut fastrand::Rng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..bytes.len());
        bytes[at] = rng.u8(..);
    }
    if rng.bool() {
        bytes.truncate(rng.usize(..=bytes.len()));
    }
    bytes
}

#[test]
fn frames() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut server = Server::new();
    server.connect(1);
    let known = [create("/a/b", 3).to_bytes(), multi(vec![MultiOp::Create(create("/m", 0))]).to_bytes()];
    for at in 0..20_000_u64 {
        let conn = 2 + at;
        let mut frame = vec![0, 0, 0, 7, 0, 0, 0, rng.u8(..25)];
        if rng.u8(..4) == 0 {
            frame = vec![0, 0, 0, 7, 0, 0, 0, rng.u8(100..108)];
        }
        let body = &known[rng.usize(..known.len())];
        frame.extend(mutated(&mut rng, body));
        server.frame(1, &frame);
        server.accept(conn);
        server.frame(conn, &mutated(&mut rng, &[0; 45]));
        server.core.disconnected(super::super::connection::ConnId(conn));
        if rng.u8(..8) == 0 {
            server.persist();
            server.sent.clear();
        }
        if server.closed.contains(&1) {
            server.closed.clear();
            server.core.disconnected(super::super::connection::ConnId(1));
            server.connect(1);
        }
    }
    server.persist();
    server.connect(0);
    server.create(0, "/fine", 0).unwrap();
}

#[test]
fn snapshots() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut server = Server::new();
    server.connect(1);
    server.create(1, "/a", 0).unwrap();
    server.create(1, "/a/b", 1).unwrap();
    let mut bytes = Vec::new();
    snapshot::encode(&server.core.database().freeze(), &mut bytes).unwrap();
    // With a zxid that has no next one, or that is no zxid, it would stop the server at a later write.
    for zxid in [i64::MAX, snapshot::MAX_ZXID + 1, -1] {
        let refused = snapshot::decode(bytes.as_slice(), zxid).unwrap_err().to_string();
        assert!(refused.contains("leaves none"), "{zxid}: {refused}");
    }
    assert!(snapshot::decode(bytes.as_slice(), snapshot::MAX_ZXID).is_ok());
    for end in 0..bytes.len() - 1 {
        // Without the digest a snapshot is one of an older server.
        assert!(snapshot::decode(&bytes[..end], 1).is_err() || end == bytes.len() - 33);
    }
    for _ in 0..20_000 {
        let bad = mutated(&mut rng, &bytes);
        assert!(bad == bytes || snapshot::decode(bad.as_slice(), 1).is_err() || bad.len() == bytes.len() - 33);
    }
}

#[test]
fn logs() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.1");
    let mut server = Server::new();
    server.connect(1);
    server.send(1, OpCode::CREATE, &create("/a", 0));
    server.persist();
    let mut writer = super::super::txn_log::LogWriter::new(folder.path(), 1024, false);
    writer.append(&server.log).unwrap();
    let whole = fs::read(&path).unwrap();
    for _ in 0..3_000 {
        let bad = mutated(&mut rng, &whole);
        fs::write(&path, &bad).unwrap();
        let Ok(Some(mut reader)) = LogReader::open(&path) else { continue };
        while let Ok(Next::Entry(_)) = reader.next() {}
    }
    let entry = &server.log[1].bytes;
    for _ in 0..20_000 {
        if let Ok((header, txn, _)) = log_entry::decode(&mutated(&mut rng, entry)) {
            Database::default().apply(&header, &txn, &mut Vec::new());
        }
    }
}

/// Has `/large`, of a million bytes, and a session on connection 1.
fn with_large_node() -> Server {
    let mut server = Server::new();
    server.connect(1);
    let large = CreateRequest { data: Some(vec![1; 1_000_000].into()), ..create("/large", 0) };
    server.ask::<String>(1, OpCode::CREATE, &large).unwrap();
    server
}

#[test]
fn one_short_request_cannot_ask_for_gigabytes() {
    let mut server = with_large_node();
    let reads = |count| multi(vec![MultiOp::GetData(get("/large", false)); count]);
    let (_, answer) = server.call(1, OpCode::MULTI_READ, &reads(20));
    assert!(answer.unwrap().len() > 20_000_000);
    let (_, answer) = server.call(1, OpCode::MULTI_READ, &reads(10_000));
    assert_eq!(answer, Err(ZkError::MARSHALLING_ERROR));
    // The same in many requests behind a write, which are all answered at once.
    server.connect(2);
    server.send(2, OpCode::CREATE, &create("/first", 0));
    for _ in 0..1000 {
        server.send(2, OpCode::GET_DATA, &get("/large", false));
    }
    server.persist();
    let sent: usize = server.take(2).iter().map(Vec::len).sum();
    assert!((60_000_000..80_000_000).contains(&sent), "{sent} bytes");
    assert_eq!(server.closed, [2]);
    server.create(1, "/fine", 0).unwrap();
}

/// An answer that is given up half-way has cost what it would have cost whole.
#[test]
fn many_short_requests_cannot_ask_in_vain_for_gigabytes() {
    let mut server = with_large_node();
    server.send(1, OpCode::CREATE, &create("/first", 0));
    for _ in 0..100 {
        server.send(1, OpCode::MULTI_READ, &multi(vec![MultiOp::GetData(get("/large", false)); 40]));
    }
    server.collect();
    let (last, now) = (server.log.last().unwrap().zxid, server.now());
    server.core.persisted(last, now);
    let (mut answers, mut held, mut closes) = (0, 0, 0);
    for effect in server.core.take_effects() {
        match effect {
            Effect::Send(_, bytes) => (answers, held) = (answers + 1, held + bytes.capacity()),
            Effect::Close(_) => closes += 1,
        }
    }
    assert!(
        (2..5).contains(&answers) && held < 1000 && closes == 1,
        "{answers} answers, {held} bytes, {closes} closes"
    );
}
