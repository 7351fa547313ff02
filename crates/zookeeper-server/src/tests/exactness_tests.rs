//! Corners in which Apache ZooKeeper 3.8.4 was observed to do what nobody would guess; `tests/conformance/zookeeper/
//! differential.py` plays many more against it.

use bytes::Bytes;

use super::client::{Server, create, delete, exists, get, multi, set};
use crate::database::Database;
use crate::rules::Rules;
use crate::snapshot;
use rkafka_jute::*;

/// Bytes that are a record already.
struct Raw(Vec<u8>);

impl Record for Raw {
    fn read(input: &mut Input<'_>) -> Result<Raw, JuteError> {
        Ok(Raw(input.rest().to_vec()))
    }
    fn write(&self, output: &mut Output) {
        output.raw(&self.0);
    }
}

fn error(server: &mut Server, op: OpCode, body: &impl Record) -> ZkError {
    server.call(1, op, body).1.err().unwrap_or(ZkError::OK)
}

fn connected() -> Server {
    let mut server = Server::new();
    server.connect(1);
    server
}

#[test]
fn a_null_path_is_not_an_empty_one() {
    let mut server = connected();
    let null = NULL_STRING;
    for (op, body, expected) in [
        (OpCode::CREATE, create(null, 0).to_bytes(), ZkError::MARSHALLING_ERROR),
        (OpCode::CREATE, create("", 0).to_bytes(), ZkError::BAD_ARGUMENTS),
        (OpCode::DELETE, delete(null).to_bytes(), ZkError::MARSHALLING_ERROR),
        (OpCode::SET_DATA, set(null, b"", -1).to_bytes(), ZkError::BAD_ARGUMENTS),
        (OpCode::GET_DATA, get(null, false).to_bytes(), ZkError::MARSHALLING_ERROR),
        (OpCode::EXISTS, exists(null, false).to_bytes(), ZkError::MARSHALLING_ERROR),
        // The root goes by the empty name too.
        (OpCode::GET_DATA, get("", false).to_bytes(), ZkError::OK),
        (OpCode::EXISTS, exists("", false).to_bytes(), ZkError::OK),
        (OpCode::CREATE, create("a/b", 0).to_bytes(), ZkError::NO_NODE),
        (OpCode::CREATE, create("ab", 0).to_bytes(), ZkError::BAD_ARGUMENTS),
    ] {
        assert_eq!(error(&mut server, op, &Raw(body.clone())), expected, "{} {body:?}", op.name());
    }
    assert_eq!(server.ask(1, OpCode::SYNC, &Raw(vec![255; 4])), Ok(SyncResponse { path: null.into() }));
}

#[test]
fn some_broken_requests_take_a_zxid_and_leave_no_transaction() {
    let mut server = connected();
    server.persist();
    let logged = server.log.len();
    let null_path = multi(vec![MultiOp::Create(create("/a", 0)), MultiOp::Delete(delete(NULL_STRING))]);
    server.send(1, OpCode::MULTI, &null_path);
    server.collect();
    let reply = server.take(1).pop().unwrap();
    assert_eq!(ReplyHeader::from_bytes(&reply).unwrap().err, ZkError::MARSHALLING_ERROR);
    assert_eq!(MultiResponse::from_bytes(&reply[16..]).unwrap(), MultiResponse::default());
    assert_eq!(server.log.len(), logged);
    server.create(1, "/b", 0).unwrap();
    assert_eq!(server.log.last().unwrap().zxid, 3, "one zxid is missing");
    // An unreadable reconfig does not take one; a readable one fails in the log.
    assert_eq!(error(&mut server, OpCode::RECONFIG, &Raw(vec![0])), ZkError::MARSHALLING_ERROR);
    assert_eq!(error(&mut server, OpCode::RECONFIG, &ReconfigRequest::default()), ZkError::RECONFIG_DISABLED);
    assert_eq!(server.log.last().unwrap().zxid, 4);
}

#[test]
fn flags_say_more_than_the_operation_inside_a_multi() {
    let mut server = connected();
    let container = multi(vec![MultiOp::Create(create("/c", 4))]);
    let response: MultiResponse = server.ask(1, OpCode::MULTI, &container).unwrap();
    assert!(matches!(response.results[..], [MultiResult::Create2(OpCode::CREATE2, _)]));
    let unknown_flags = multi(vec![MultiOp::Create(create("/d", 7))]);
    assert_eq!(error(&mut server, OpCode::MULTI, &unknown_flags), ZkError::MARSHALLING_ERROR);
    let mixed = multi(vec![MultiOp::Create(create("/d", 0)), MultiOp::GetData(get("/c", false))]);
    assert_eq!(error(&mut server, OpCode::MULTI, &mixed), ZkError::MARSHALLING_ERROR);
}

#[test]
fn a_check_outside_of_a_multi_is_logged_as_one() {
    let mut server = connected();
    let check = |version| CheckVersionRequest { path: "/zookeeper".into(), version };
    assert_eq!(server.call(1, OpCode::CHECK, &check(0)).1, Ok(Vec::new()));
    assert_eq!(error(&mut server, OpCode::CHECK, &check(7)), ZkError::BAD_VERSION);
    let kinds: Vec<OpCode> =
        server.log.iter().map(|entry| crate::log_entry::decode(&entry.bytes).unwrap().0.op).collect();
    assert_eq!(kinds, [OpCode::CREATE_SESSION, OpCode::MULTI, OpCode::ERROR]);
}

#[test]
fn who_may_not_read_a_node_does_not_hear_of_it() {
    let mut server = connected();
    server.connect(2);
    let watch = AddWatchRequest { path: "/".into(), mode: 1 };
    server.call(1, OpCode::ADD_WATCH, &watch).1.unwrap();
    let secret = vec![Acl { perms: perms::ALL & !perms::READ, id: Id::new("world", "anyone") }];
    server.call(2, OpCode::CREATE, &CreateRequest { acl: secret, ..create("/secret", 0) }).1.unwrap();
    assert!(server.take(1).is_empty());
    server.create(2, "/open", 0).unwrap();
    assert_eq!(server.take(1).len(), 1);
}

#[test]
fn quotas_count_without_a_trace_and_refuse_when_asked_to() {
    let rules = Rules { enforce_quota: true, ..Rules::default() };
    let mut server = Server::with(rules, Database::default());
    server.connect(1);
    let with =
        |path: &str, data: &'static [u8]| CreateRequest { data: Some(Bytes::from_static(data)), ..create(path, 0) };
    for (path, data) in [
        ("/q", &b"abc"[..]),
        ("/zookeeper/quota/q", b""),
        ("/zookeeper/quota/q/zookeeper_limits", b"count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=3"),
        ("/zookeeper/quota/q/zookeeper_stats", b"count=0,bytes=0"),
        ("/q/1", b"12345"),
    ] {
        server.call(1, OpCode::CREATE, &with(path, data)).1.unwrap();
    }
    let stats = |server: &mut Server| -> GetDataResponse {
        server.ask(1, OpCode::GET_DATA, &get("/zookeeper/quota/q/zookeeper_stats", false)).unwrap()
    };
    let found = stats(&mut server);
    assert_eq!(found.data.unwrap(), "count=2,bytes=8");
    assert_eq!((found.stat.version, found.stat.mzxid), (0, found.stat.czxid));
    assert_eq!(error(&mut server, OpCode::CREATE, &with("/q/2", b"123")), ZkError::QUOTA_EXCEEDED);
    assert_eq!(error(&mut server, OpCode::SET_DATA, &set("/q", b"123456", -1)), ZkError::QUOTA_EXCEEDED);
    assert_eq!(error(&mut server, OpCode::CREATE, &with("/q/2", b"12")), ZkError::OK);
    assert_eq!(error(&mut server, OpCode::CREATE, &with("/q/3", b"")), ZkError::QUOTA_EXCEEDED);
    assert_eq!(error(&mut server, OpCode::CREATE, &with("/other", b"1234567890123")), ZkError::OK);
    server.call(1, OpCode::DELETE, &delete("/q/1")).1.unwrap();
    assert_eq!(stats(&mut server).data.unwrap(), "count=2,bytes=5");
    server.call(1, OpCode::DELETE, &delete("/zookeeper/quota/q/zookeeper_limits")).1.unwrap();
    assert_eq!(error(&mut server, OpCode::CREATE, &with("/q/3", b"no limit any more")), ZkError::OK);
}

#[test]
fn a_restored_database_is_served_above_every_zxid_given_out() {
    let mut server = connected();
    server.create(1, "/kept", 0).unwrap();
    let mut snapshot = Vec::new();
    snapshot::encode(&server.core.database().freeze(), &mut snapshot).unwrap();
    let kept = snapshot::decode(snapshot.as_slice(), server.core.database().last_zxid).unwrap();
    let session = server.connect(2);
    server.create(1, "/lost", 0).unwrap();
    server.send(1, OpCode::CREATE, &create("/pending", 0));
    let now = server.now();
    let zxid = server.core.restore(kept, now);
    server.persist();
    assert_eq!(zxid, 5, "two sessions, two nodes, and the one that is forgotten");
    assert_eq!(server.closed, [1, 2]);
    server.connect(3);
    assert_eq!(error_of_exists(&mut server, "/kept"), ZkError::OK);
    assert_eq!(error_of_exists(&mut server, "/lost"), ZkError::NO_NODE);
    assert_eq!(error_of_exists(&mut server, "/pending"), ZkError::NO_NODE);
    let request = ConnectRequest {
        session_id: session.session_id,
        password: session.password,
        timeout_ms: 10_000,
        ..Default::default()
    };
    assert_eq!(server.reconnect(4, request).timeout_ms, 0, "the snapshot did not know the session");
}

fn error_of_exists(server: &mut Server, path: &str) -> ZkError {
    server.call(3, OpCode::EXISTS, &exists(path, false)).1.err().unwrap_or(ZkError::OK)
}
