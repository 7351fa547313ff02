//! A whole server on a loopback port: limits, strangers, operators, restarts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{create, exists, get};
use crate::ZooKeeperServer;
use rkafka_config::ZooKeeperConfig;
use rkafka_jute::{
    ConnectRequest, ConnectResponse, CreateRequest, ExistsRequest, OpCode, Output, Record, ReplyHeader, RequestHeader,
    ZkError, frame,
};

const PATIENCE: Duration = Duration::from_secs(30);

fn config(folder: &Path) -> ZooKeeperConfig {
    ZooKeeperConfig {
        four_letter_words: vec!["ruok".into(), "srvr".into()],
        ..ZooKeeperConfig::new(folder, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }
}

async fn connect(server: &ZooKeeperServer) -> TcpStream {
    TcpStream::connect(server.client_address()).await.unwrap()
}

/// What the server sends until it closes the connection.
async fn to_the_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server closes");
    // A connection that is cut while we still send may end with a reset.
    let _end = read;
    bytes
}

async fn ask(server: &ZooKeeperServer, word: &[u8]) -> String {
    let mut stream = connect(server).await;
    stream.write_all(word).await.unwrap();
    String::from_utf8(to_the_end(&mut stream).await).unwrap()
}

async fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let read = async {
        let mut bytes = vec![0; stream.read_i32().await.unwrap() as usize];
        stream.read_exact(&mut bytes).await.unwrap();
        bytes
    };
    tokio::time::timeout(PATIENCE, read).await.expect("a frame")
}

/// A connection with a session.
async fn session(server: &ZooKeeperServer, request: ConnectRequest) -> (TcpStream, ConnectResponse) {
    let mut stream = connect(server).await;
    let mut output = Output::new();
    frame::write(&mut output, &ConnectRequest { timeout_ms: 30_000, ..request }, None::<&bool>);
    stream.write_all(output.as_slice()).await.unwrap();
    let response = ConnectResponse::from_bytes(&read_frame(&mut stream).await).unwrap();
    (stream, response)
}

fn request(output: &mut Output, xid: i32, op: OpCode, body: &impl Record) {
    frame::write(output, &RequestHeader { xid, op }, Some(body));
}

async fn call(stream: &mut TcpStream, op: OpCode, body: &impl Record) -> ReplyHeader {
    let mut output = Output::new();
    request(&mut output, 1, op, body);
    stream.write_all(output.as_slice()).await.unwrap();
    ReplyHeader::from_bytes(&read_frame(stream).await).unwrap()
}

#[tokio::test]
async fn operators_and_strangers() {
    let folder = tempfile::tempdir().unwrap();
    let server = ZooKeeperServer::start(config(folder.path())).await.unwrap();
    assert_eq!(ask(&server, b"ruok").await, "imok");
    assert_eq!(ask(&server, b"ruok\n").await, "imok");
    assert!(ask(&server, b"srvr").await.contains("Mode: standalone"));
    assert!(ask(&server, b"mntr").await.starts_with("mntr is not executed because it is not in the whitelist."));
    let (mut well_behaved, _) = session(&server, ConnectRequest::default()).await;
    let strangers: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\n\r\n",
        &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00],
        &[0xff; 12],
        b"nope",
        &[0, 0, 0, 3, 1, 2, 3],
    ];
    for bytes in strangers {
        let mut stream = connect(&server).await;
        stream.write_all(bytes).await.unwrap();
        assert_eq!(to_the_end(&mut stream).await, b"", "{bytes:?}");
    }
    assert!(call(&mut well_behaved, OpCode::CREATE, &create("/fine", 0)).await.err.is_ok());
    server.shutdown().await;
}

#[tokio::test]
async fn a_frame_beyond_the_limit_ends_its_connection() {
    let folder = tempfile::tempdir().unwrap();
    let server = ZooKeeperServer::start(ZooKeeperConfig { max_frame: 4096, ..config(folder.path()) }).await.unwrap();
    let (mut stream, _) = session(&server, ConnectRequest::default()).await;
    stream.write_all(&5000_i32.to_be_bytes()).await.unwrap();
    assert_eq!(to_the_end(&mut stream).await, b"");
    server.shutdown().await;
}

#[tokio::test]
async fn one_address_gets_only_so_many_connections() {
    let folder = tempfile::tempdir().unwrap();
    let limited = ZooKeeperConfig { max_client_connections: 2, ..config(folder.path()) };
    let server = ZooKeeperServer::start(limited).await.unwrap();
    let (first, _) = session(&server, ConnectRequest::default()).await;
    let (_second, _) = session(&server, ConnectRequest::default()).await;
    assert_eq!(to_the_end(&mut connect(&server).await).await, b"");
    drop(first);
    let again = async {
        while ask(&server, b"ruok").await != "imok" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("a place is free again");
    server.shutdown().await;
}

#[tokio::test]
async fn more_requests_in_flight_than_allowed_are_all_answered_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let narrow = ZooKeeperConfig { outstanding_limit: 5, ..config(folder.path()) };
    let server = ZooKeeperServer::start(narrow).await.unwrap();
    let (stream, _) = session(&server, ConnectRequest::default()).await;
    let (mut input, mut output) = stream.into_split();
    let mut requests = Output::new();
    const COUNT: i32 = 2_000;
    for xid in 0..COUNT {
        match xid % 3 {
            0 => request(&mut requests, xid, OpCode::CREATE, &create(&format!("/n{xid}"), 0)),
            _ => request(&mut requests, xid, OpCode::EXISTS, &exists(&format!("/n{}", xid / 3 * 3), false)),
        }
    }
    let writer = tokio::spawn(async move { output.write_all(requests.as_slice()).await.map(|()| output) });
    let replies = async {
        for xid in 0..COUNT {
            let mut bytes = vec![0; input.read_i32().await.unwrap() as usize];
            input.read_exact(&mut bytes).await.unwrap();
            let header = ReplyHeader::from_bytes(&bytes).unwrap();
            assert_eq!((header.xid, header.err), (xid, ZkError::OK), "reads see the writes before them");
        }
    };
    tokio::time::timeout(PATIENCE, replies).await.expect("all replies");
    writer.await.unwrap().unwrap();
    server.shutdown().await;
}

#[tokio::test]
async fn data_and_sessions_outlive_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let small = |folder: &Path| ZooKeeperConfig { snapshot_count: 10, ..config(folder) };
    let mut server = ZooKeeperServer::start(small(folder.path())).await.unwrap();
    let (mut stream, first) = session(&server, ConnectRequest::default()).await;
    assert!(call(&mut stream, OpCode::CREATE, &create("/mine", 1)).await.err.is_ok());
    for round in 0..4 {
        for at in 0..20 {
            let path = format!("/n{round}-{at}");
            assert!(call(&mut stream, OpCode::CREATE, &create(&path, 0)).await.err.is_ok());
        }
        server.shutdown().await;
        server = ZooKeeperServer::start(small(folder.path())).await.unwrap();
        let back =
            ConnectRequest { session_id: first.session_id, password: first.password.clone(), ..Default::default() };
        let (again, response) = session(&server, back).await;
        assert_eq!(response.session_id, first.session_id);
        stream = again;
        let mine: ExistsRequest = exists("/mine", false);
        assert!(call(&mut stream, OpCode::EXISTS, &mine).await.err.is_ok());
    }
    let names = std::fs::read_dir(folder.path().join("version-2")).unwrap();
    let snapshots = names.filter(|name| name.as_ref().unwrap().file_name().to_string_lossy().starts_with("snapshot."));
    assert!(snapshots.count() > 2);
    server.shutdown().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_ends_the_server_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // Every log file after the first is on a full disk.
    let full = ZooKeeperConfig { snapshot_count: 10, preallocation: 0, ..config(folder.path()) };
    let logs = folder.path().join("version-2");
    let server = ZooKeeperServer::start(full.clone()).await.unwrap();
    let links: Vec<_> = (2..40).map(|zxid| logs.join(format!("draft-log.{zxid:x}"))).collect();
    links.iter().for_each(|link| std::os::unix::fs::symlink("/dev/full", link).unwrap());
    let (mut stream, _) = session(&server, ConnectRequest::default()).await;
    let mut acknowledged = Vec::new();
    for at in 0..40 {
        let mut output = Output::new();
        request(&mut output, at, OpCode::CREATE, &create(&format!("/{at}"), 0));
        let mut frame = Vec::new();
        let exchange = async {
            stream.write_all(output.as_slice()).await?;
            frame.resize(stream.read_i32().await? as usize, 0);
            stream.read_exact(&mut frame).await
        };
        match tokio::time::timeout(PATIENCE, exchange).await.expect("an answer or the end") {
            Ok(_) => assert!(ReplyHeader::from_bytes(&frame).unwrap().err.is_ok()),
            Err(_) => break,
        }
        acknowledged.push(at);
    }
    let reason = tokio::time::timeout(PATIENCE, server.failed()).await.unwrap();
    assert!(reason.contains("transaction log") && reason.contains("No space left on device"), "{reason}");
    server.shutdown().await;
    let server = ZooKeeperServer::start(full).await.unwrap();
    assert!(!links.iter().any(|link| link.is_symlink()), "what was never begun is removed at the start");
    let (mut stream, _) = session(&server, ConnectRequest::default()).await;
    assert!((4..20).contains(&acknowledged.len()), "{acknowledged:?}");
    for at in acknowledged {
        assert!(call(&mut stream, OpCode::EXISTS, &exists(&format!("/{at}"), false)).await.err.is_ok(), "{at}");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn the_second_server_on_a_folder_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let server = ZooKeeperServer::start(config(folder.path())).await.unwrap();
    let error = format!("{:#}", ZooKeeperServer::start(config(folder.path())).await.unwrap_err());
    assert!(error.contains("in use by another ZooKeeper server"), "{error}");
    let taken = ZooKeeperConfig { client_address: server.client_address(), ..config(folder.path()) };
    let error = format!("{:#}", ZooKeeperServer::start(taken).await.unwrap_err());
    assert!(error.contains("cannot listen on 127.0.0.1"), "{error}");
    server.shutdown().await;
}

#[tokio::test]
async fn a_session_expires_while_others_live() {
    let folder = tempfile::tempdir().unwrap();
    let quick = ZooKeeperConfig { tick_time_ms: 50, min_session_timeout_ms: 100, ..config(folder.path()) };
    let server = ZooKeeperServer::start(quick).await.unwrap();
    let (mut watcher, _) = session(&server, ConnectRequest::default()).await;
    let mut silent = connect(&server).await;
    let mut output = Output::new();
    frame::write(&mut output, &ConnectRequest { timeout_ms: 100, ..Default::default() }, None::<&bool>);
    request(&mut output, 7, OpCode::CREATE, &create("/ephemeral", 1));
    silent.write_all(output.as_slice()).await.unwrap();
    assert_eq!(ConnectResponse::from_bytes(&read_frame(&mut silent).await).unwrap().timeout_ms, 100);
    assert!(ReplyHeader::from_bytes(&read_frame(&mut silent).await).unwrap().err.is_ok());
    assert_eq!(to_the_end(&mut silent).await, b"");
    let gone = call(&mut watcher, OpCode::EXISTS, &exists("/ephemeral", false)).await;
    assert_eq!(gone.err, ZkError::NO_NODE);
    server.shutdown().await;
}

#[tokio::test]
async fn whoever_reads_gets_all_answers_however_many_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let server = ZooKeeperServer::start(config(folder.path())).await.unwrap();
    let (mut stream, _) = session(&server, ConnectRequest::default()).await;
    let data = vec![5; 1_000_000];
    let large = CreateRequest { data: Some(data.into()), ..create("/large", 0) };
    assert_eq!(call(&mut stream, OpCode::CREATE, &large).await.err, ZkError::OK);
    let mut output = Output::new();
    for xid in 0..200 {
        request(&mut output, xid, OpCode::GET_DATA, &get("/large", false));
    }
    // All are sent before the first answer is read: 200 MB for a few kilobytes.
    stream.write_all(output.as_slice()).await.unwrap();
    for xid in 0..200 {
        let answer = read_frame(&mut stream).await;
        assert_eq!(ReplyHeader::from_bytes(&answer).unwrap().xid, xid);
        assert!(answer.len() > 1_000_000);
    }
    server.shutdown().await;
}
