//! What clients may rely on, request by request.

use bytes::Bytes;

use super::client::{Server, children, create, delete, exists, get, multi, set};
use crate::connection::ConnId;
use rkafka_jute::*;

fn kinds(events: &[WatcherEvent]) -> Vec<(i32, &str)> {
    events.iter().map(|event| (event.kind, event.path.as_str())).collect()
}

#[test]
fn pipelined_writes_see_each_other_before_any_of_them_is_durable() {
    let mut server = Server::new();
    server.connect(1);
    server.send(1, OpCode::CREATE, &create("/a", 0));
    server.send(1, OpCode::CREATE, &create("/a/b-", 2));
    server.send(1, OpCode::CREATE, &create("/a/b-", 2));
    server.send(1, OpCode::DELETE, &delete("/a"));
    server.send(1, OpCode::GET_CHILDREN, &children("/a", false));
    server.collect();
    assert!(server.sent.is_empty(), "nothing is answered before it is durable, and the read waits its turn");
    server.persist();
    let replies = server.take(1);
    let errors: Vec<i32> = replies.iter().map(|reply| ReplyHeader::from_bytes(reply).unwrap().err.0).collect();
    assert_eq!(errors, [0, 0, 0, ZkError::NOT_EMPTY.0, 0]);
    let names = GetChildrenResponse::from_bytes(&replies[4][16..]).unwrap().children;
    assert_eq!(names, ["b-0000000000", "b-0000000001"]);
}

#[test]
fn flags_and_operation_of_a_creation_need_not_agree() {
    let mut server = Server::new();
    server.connect(1);
    for (at, op) in [OpCode::CREATE, OpCode::CREATE2, OpCode::CREATE_CONTAINER].into_iter().enumerate() {
        for flags in 0..=4 {
            // The core asserts that the tree becomes what was decided.
            server.send(1, op, &create(&format!("/{at}-{flags}-"), flags));
            server.persist();
            server.take(1);
        }
    }
    let response: GetChildrenResponse = server.ask(1, OpCode::GET_CHILDREN, &children("/", false)).unwrap();
    let owner = |at: usize, flags: usize| {
        let prefix = format!("{at}-{flags}-");
        let name = response.children.iter().find(|name| name.starts_with(&prefix)).unwrap();
        server.core.database().tree.get(&format!("/{name}")).unwrap().persisted().ephemeral_owner
    };
    assert_eq!([0, 2, 4].map(|flags| owner(0, flags)), [0; 3]);
    assert_eq!([0, 1, 2, 3, 4].map(|flags| owner(2, flags)), [i64::MIN; 5]);
}

#[test]
fn every_write_takes_a_zxid_and_a_multi_takes_one() {
    let mut server = Server::new();
    server.connect(1);
    assert_eq!(server.create(1, "/a", 0), Ok("/a".into()));
    assert_eq!(server.create(1, "/a", 0), Err(ZkError::NODE_EXISTS));
    let ops =
        vec![MultiOp::Create(create("/b", 0)), MultiOp::SetData(set("/b", b"y", 0)), MultiOp::Delete(delete("/a"))];
    let response: MultiResponse = server.ask(1, OpCode::MULTI, &multi(ops)).unwrap();
    assert_eq!(response.results.len(), 3);
    let stat = server.ask::<ExistsResponse>(1, OpCode::EXISTS, &exists("/b", false)).unwrap().stat;
    assert_eq!((stat.czxid, stat.mzxid, stat.version), (4, 4, 1));
    assert_eq!(server.core.database().last_zxid, 4);
}

#[test]
fn a_failed_multi_changes_nothing_and_says_which_part_failed() {
    let mut server = Server::new();
    server.connect(1);
    let ops = vec![MultiOp::Create(create("/a", 0)), MultiOp::Delete(delete("/no")), MultiOp::Create(create("/b", 0))];
    let response: MultiResponse = server.ask(1, OpCode::MULTI, &multi(ops)).unwrap();
    let expected = [ZkError::OK, ZkError::NO_NODE, ZkError::RUNTIME_INCONSISTENCY].map(MultiResult::Error);
    assert_eq!(response.results, expected);
    assert_eq!(server.create(1, "/a", 0), Ok("/a".into()));
}

#[test]
fn cversion_counts_creations_and_deletions() {
    let mut server = Server::new();
    server.connect(1);
    server.create(1, "/p", 0).unwrap();
    for round in 0..3 {
        let path = server.create(1, "/p/s", 2).unwrap();
        assert_eq!(path, format!("/p/s{round:010}"));
        server.call(1, OpCode::DELETE, &delete(&path)).1.unwrap();
    }
    let stat = server.ask::<ExistsResponse>(1, OpCode::EXISTS, &exists("/p", false)).unwrap().stat;
    assert_eq!((stat.cversion, stat.num_children, stat.pzxid), (6, 0, 8));
    let stat = server.ask::<ExistsResponse>(1, OpCode::EXISTS, &exists("/zookeeper", false)).unwrap().stat;
    assert_eq!(stat.cversion, -2);
}

#[test]
fn events_come_before_the_reply_to_the_write_that_caused_them() {
    let mut server = Server::new();
    server.connect(1);
    server.create(1, "/a", 0).unwrap();
    assert_eq!(server.ask::<ExistsResponse>(1, OpCode::EXISTS, &exists("/a/b", true)), Err(ZkError::NO_NODE));
    server.ask::<GetChildrenResponse>(1, OpCode::GET_CHILDREN, &children("/a", true)).unwrap();
    let (events, reply) = server.call(1, OpCode::CREATE, &create("/a/b", 0));
    assert_eq!(kinds(&events), [(1, "/a/b"), (4, "/a")]);
    assert!(reply.is_ok());
    let (events, _) = server.call(1, OpCode::SET_DATA, &set("/a/b", b"y", -1));
    assert!(events.is_empty(), "watches fire once");
}

#[test]
fn closing_a_session_deletes_its_ephemeral_nodes_in_one_transaction() {
    let mut server = Server::new();
    server.connect(1);
    server.connect(2);
    server.create(1, "/e1", 1).unwrap();
    server.create(1, "/e2", 1).unwrap();
    assert_eq!(server.create(1, "/e1/x", 0), Err(ZkError::NO_CHILDREN_FOR_EPHEMERALS));
    server.ask::<ExistsResponse>(2, OpCode::EXISTS, &exists("/e1", true)).unwrap();
    server.call(1, OpCode::CLOSE_SESSION, &WhoAmIResponse::default()).1.unwrap();
    assert_eq!(server.closed, [1]);
    let told = server.take(2);
    assert_eq!(WatcherEvent::from_bytes(&told[0][16..]).unwrap().path, "/e1");
    let reply = server.ask::<ExistsResponse>(2, OpCode::EXISTS, &exists("/e2", false));
    assert_eq!(reply, Err(ZkError::NO_NODE));
}

#[test]
fn a_silent_session_expires_and_a_pinging_one_does_not() {
    let mut server = Server::new();
    server.connect(1);
    server.connect(2);
    server.create(1, "/e", 1).unwrap();
    for _ in 0..10 {
        server.now_ms += 2_000;
        server.send(2, OpCode::PING, &WhoAmIResponse::default());
        let now = server.now();
        server.core.expire_sessions(now);
        server.persist();
    }
    assert_eq!(server.closed, [1]);
    server.take(2);
    assert!(server.ask::<ExistsResponse>(2, OpCode::EXISTS, &exists("/", false)).is_ok());
    assert!(server.core.database().tree.get("/e").is_none());
}

#[test]
fn a_session_that_only_takes_what_it_asked_for_does_not_expire() {
    let mut server = Server::new();
    server.connect(1);
    server.connect(2);
    for _ in 0..10 {
        server.now_ms += 2_000;
        let now = server.now();
        server.core.is_taking(ConnId(2), now);
        server.core.expire_sessions(now);
        server.persist();
    }
    assert_eq!(server.closed, [1]);
}

#[test]
fn a_session_moves_with_its_password_and_only_with_it() {
    let mut server = Server::new();
    let first = server.connect(1);
    let request = ConnectRequest {
        session_id: first.session_id,
        password: first.password.clone(),
        timeout_ms: 7_000,
        ..Default::default()
    };
    let again = server.reconnect(2, request.clone());
    assert_eq!((again.session_id, again.timeout_ms), (first.session_id, 7_000));
    assert_eq!(server.closed, [1]);
    let wrong = server.reconnect(3, ConnectRequest { password: Some(Bytes::from_static(&[1; 16])), ..request });
    assert_eq!((wrong.session_id, wrong.timeout_ms), (0, 0));
    assert_eq!(server.closed, [1, 3], "a wrong password takes nothing away");
    assert!(server.ask::<ExistsResponse>(2, OpCode::EXISTS, &exists("/", false)).is_ok());
}

#[test]
fn a_client_from_the_future_is_sent_elsewhere() {
    let mut server = Server::new();
    server.accept(1);
    server.frame(1, &ConnectRequest { last_zxid_seen: 99, ..Default::default() }.to_bytes());
    server.persist();
    assert!(server.sent.is_empty());
    assert_eq!(server.closed, [1]);
}

#[test]
fn an_unknown_operation_is_unimplemented_and_ends_the_connection() {
    let mut server = Server::new();
    server.connect(1);
    server.send(1, OpCode(4711), &WhoAmIResponse::default());
    server.collect();
    let header = ReplyHeader::from_bytes(&server.take(1)[0]).unwrap();
    assert_eq!((header.zxid, header.err), (-1, ZkError::UNIMPLEMENTED));
    assert_eq!(server.closed, [1]);
}

#[test]
fn passwords_protect_nodes_and_are_masked() {
    let mut server = Server::new();
    server.connect(1);
    server.connect(2);
    let auth = AuthPacket { kind: 0, scheme: "digest".into(), auth: Some(Bytes::from_static(b"bob:secret")) };
    server.send(1, OpCode::AUTH, &auth);
    server.collect();
    assert!(ReplyHeader::from_bytes(&server.take(1)[0]).unwrap().err.is_ok());
    let acl = vec![
        Acl { perms: perms::ALL, id: Id::new("auth", "") },
        Acl { perms: perms::READ, id: Id::new("world", "anyone") },
    ];
    let request = CreateRequest { path: "/mine".into(), data: None, acl, flags: 0 };
    server.ask::<CreateResponse>(1, OpCode::CREATE, &request).unwrap();
    assert_eq!(server.call(2, OpCode::SET_DATA, &set("/mine", b"y", -1)).1, Err(ZkError::NO_AUTH));
    assert_eq!(server.ask::<GetDataResponse>(2, OpCode::GET_DATA, &get("/mine", false)).unwrap().data, None);
    let seen: GetAclResponse = server.ask(2, OpCode::GET_ACL, &GetAclRequest { path: "/mine".into() }).unwrap();
    assert_eq!(seen.acl[0].id, Id::new("digest", "bob:x"));
    let bad = AuthPacket { kind: 0, scheme: "nope".into(), auth: None };
    server.send(2, OpCode::AUTH, &bad);
    server.collect();
    assert_eq!(ReplyHeader::from_bytes(&server.take(2)[0]).unwrap().err, ZkError::AUTH_FAILED);
    assert_eq!(server.closed, [2]);
}

#[test]
fn watches_of_a_client_that_comes_back() {
    let mut server = Server::new();
    server.connect(1);
    server.create(1, "/old", 0).unwrap();
    let seen = server.core.database().last_zxid;
    server.create(1, "/new", 0).unwrap();
    let request = SetWatches {
        relative_zxid: seen,
        data_watches: vec!["/old".into(), "/gone".into()],
        exist_watches: vec!["/new".into(), "/later".into()],
        child_watches: vec!["/".into()],
    };
    let (events, _) = server.call(1, OpCode::SET_WATCHES, &request);
    assert_eq!(kinds(&events), [(2, "/gone"), (1, "/new"), (4, "/")]);
    let (events, _) = server.call(1, OpCode::SET_DATA, &set("/old", b"y", -1));
    assert_eq!(kinds(&events), [(3, "/old")]);
    let (events, _) = server.call(1, OpCode::CREATE, &create("/later", 0));
    assert_eq!(kinds(&events), [(1, "/later")]);
}

#[test]
fn containers_and_nodes_with_a_time_to_live_go_by_themselves() {
    let mut server = Server::new();
    server.connect(1);
    server.ask::<Create2Response>(1, OpCode::CREATE_CONTAINER, &create("/c", 4)).unwrap();
    let CreateRequest { path, data, acl, .. } = create("/t", 5);
    let ttl = CreateTtlRequest { path, data, acl, flags: 5, ttl: 1_000 };
    let stat = server.ask::<Create2Response>(1, OpCode::CREATE_TTL, &ttl).unwrap().stat;
    assert_eq!(stat.ephemeral_owner, 0);
    server.now_ms += 5_000;
    let clean = |server: &mut Server| {
        let now = server.now();
        server.core.delete_containers(now);
        server.persist();
        ["/c", "/t"].map(|path| server.core.database().tree.get(path).is_some())
    };
    assert_eq!(clean(&mut server), [true, false], "a container waits for its first child");
    server.create(1, "/c/x", 0).unwrap();
    server.call(1, OpCode::DELETE, &delete("/c/x")).1.unwrap();
    assert_eq!(clean(&mut server), [false, false]);
}

#[test]
fn a_session_with_many_ephemerals_closes_in_time_that_grows_with_their_number() {
    let [few, many] = [10_000, 80_000].map(time_to_close);
    // Eight times as many; comparing each with each takes sixty-four times as long.
    assert!(many < few * 24, "{many:?} for eight times what took {few:?}");
}

/// How long the end of a session takes that has so many ephemeral nodes.
fn time_to_close(ephemerals: usize) -> std::time::Duration {
    let mut server = Server::new();
    (1..=2).for_each(|conn| drop(server.connect(conn)));
    server.create(1, "/p", 0).unwrap();
    for n in 0..ephemerals {
        server.send(1, OpCode::CREATE, &create(&format!("/p/{n}"), 1));
    }
    server.persist();
    assert_eq!(server.take(1).len(), ephemerals);
    let began = std::time::Instant::now();
    server.call(1, OpCode::CLOSE_SESSION, &WhoAmIResponse::default()).1.unwrap();
    let took = began.elapsed();
    let left: GetChildrenResponse = server.ask(2, OpCode::GET_CHILDREN, &children("/p", false)).unwrap();
    assert_eq!(left.children.len(), 0);
    took
}
