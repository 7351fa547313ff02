//! The doors for operators of a whole server: AdminServer, snapshot and restore, Prometheus.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{AdminServerError, ZooKeeperServer};
use rkafka_config::{AdminConfig, DoorsConfig, PrometheusConfig, ZooKeeperConfig};

const PATIENCE: Duration = Duration::from_secs(30);
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const WHO: &str = "Authorization: digest u:p\r\n";

fn config(folder: &Path) -> ZooKeeperConfig {
    let admin = AdminConfig {
        address: LOOPBACK,
        command_url: "/commands".into(),
        idle_timeout: PATIENCE,
        snapshot: true,
        restore: true,
        rate_limit: Duration::ZERO,
        forwarded_for: false,
    };
    let prometheus = PrometheusConfig { address: LOOPBACK, process_figures: true };
    let doors = DoorsConfig { admin: Some(admin), prometheus: Some(prometheus), ..DoorsConfig::default() };
    ZooKeeperConfig { doors, ..ZooKeeperConfig::new(folder, LOOPBACK) }
}

/// The answer to a request with these headers and this content: its head and its content.
async fn ask(address: SocketAddr, line: &str, headers: &str, content: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = content.len();
    let head = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
    stream.write_all(&[head.as_bytes(), content].concat()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer").unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    (head, if is_chunked { unchunk(&answer[end + 4..]) } else { answer[end + 4..].to_vec() })
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n").unwrap();
        let size = usize::from_str_radix(str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
}

async fn get(address: SocketAddr, path: &str) -> String {
    let (head, content) = ask(address, &format!("GET {path}"), "", b"").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    String::from_utf8(content).unwrap()
}

#[tokio::test]
async fn commands_answer_in_apaches_layout() {
    let folder = tempfile::tempdir().unwrap();
    let server = ZooKeeperServer::start(config(folder.path())).await.unwrap();
    let admin = server.operator_addresses.0.unwrap();
    assert_eq!(get(admin, "/commands/ruok").await, "{\n  \"command\" : \"ruok\",\n  \"error\" : null\n}");
    assert!(get(admin, "/commands/x%22").await.contains("\"error\" : \"Unknown command: x\\\"\""));
    assert!(
        get(admin, "/commands").await.starts_with("<a href=\"/commands/configuration\">configuration</a>\n<br/>\n")
    );
    assert!(get(admin, "/commands/monitor").await.contains("\"server_state\" : \"standalone\""));
    assert!(get(admin, "/commands/set_trace_mask?traceMask=7").await.contains("\"tracemask\" : 7"));
    for (line, status) in [("GET /x", "404"), ("PUT /commands/ruok", "405"), ("TRACE /commands", "403")] {
        let (head, _) = ask(admin, line, "", b"").await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{line}: {head}");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_snapshot_is_restored_and_outlives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = ZooKeeperServer::start(config(folder.path())).await.unwrap();
    let admin = server.operator_addresses.0.unwrap();
    let (head, _) = ask(admin, "GET /commands/snapshot", "", b"").await;
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    let (head, snapshot) = ask(admin, "GET /commands/snapshot", WHO, b"").await;
    assert!(head.contains("200 OK") && head.to_ascii_lowercase().contains("last_zxid: 0x0"), "{head}");
    let (head, _) = ask(admin, "POST /commands/restore", WHO, &snapshot[..snapshot.len() / 2]).await;
    assert!(head.starts_with("HTTP/1.1 500"), "{head}");
    let (head, answer) = ask(admin, "POST /commands/restore", WHO, &snapshot).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(head.starts_with("HTTP/1.1 200") && answer.starts_with("{\n  \"last_zxid\" : "), "{head} {answer}");
    let (_, answer) = ask(admin, "POST /commands/shed_connections", WHO, b"{\"percentage\": 101}").await;
    assert!(String::from_utf8(answer).unwrap().contains("Percentage must be between 0 and 100"));
    server.shutdown().await;
    ZooKeeperServer::start(config(folder.path())).await.unwrap().shutdown().await;
}

#[tokio::test]
async fn prometheus_finds_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let server = ZooKeeperServer::start(config(folder.path())).await.unwrap();
    let page = get(server.operator_addresses.1.unwrap(), "/metrics").await;
    assert!(page.contains("# TYPE znode_count gauge\nznode_count 5.0\n"), "{page}");
    assert!(page.contains("\nprocess_resident_memory_bytes "), "{page}");
    server.shutdown().await;
}

#[tokio::test]
async fn a_taken_port_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind(LOOPBACK).unwrap();
    let mut config = config(folder.path());
    config.doors.admin.as_mut().unwrap().address = taken.local_addr().unwrap();
    let error = ZooKeeperServer::start(config).await.unwrap_err();
    assert!(error.is::<AdminServerError>() && error.to_string().contains("admin.serverPort"), "{error}");
}

/// A server whose AdminServer has little patience, and that.
async fn impatient(folder: &Path) -> (ZooKeeperServer, SocketAddr) {
    let mut config = config(folder);
    config.doors.admin.as_mut().unwrap().idle_timeout = Duration::from_secs(1);
    let server = ZooKeeperServer::start(config).await.unwrap();
    let admin = server.operator_addresses.0.unwrap();
    (server, admin)
}

/// How long the server bears with a client that sends `head` at once and then a byte every now and then.
async fn borne(address: SocketAddr, head: &str) -> Duration {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let began = std::time::Instant::now();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 256];
    while began.elapsed() < Duration::from_secs(10) {
        match tokio::time::timeout(Duration::from_millis(200), stream.read(&mut answer)).await {
            Err(_) if stream.write_all(b"a").await.is_ok() => {}
            _ => break,
        }
    }
    began.elapsed()
}

#[tokio::test]
async fn who_sends_a_byte_now_and_then_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (server, admin) = impatient(folder.path()).await;
    let restore = format!("POST /commands/restore HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n{WHO}\r\n");
    for head in ["GET /commands/ruok HTTP/1.1\r\nHost: x", &restore] {
        let took = borne(admin, head).await;
        assert!(took < Duration::from_secs(5), "{head}: {took:?}");
    }
    // Who is fast enough is answered all the same.
    assert!(get(admin, "/commands/ruok").await.contains("ruok"));
    server.shutdown().await;
}

/// Whether the server has a place for one more client, and an answer.
async fn answers(address: SocketAddr) -> bool {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"GET /commands/ruok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    // A place that is not there ends the connection, whichever way.
    let exchange =
        async { stream.write_all(request).await.is_ok() && stream.read_to_string(&mut answer).await.is_ok() };
    let done = tokio::time::timeout(PATIENCE, exchange).await.expect("an answer or an end");
    done && answer.contains("ruok")
}

#[tokio::test]
async fn one_address_does_not_take_all_places() {
    let folder = tempfile::tempdir().unwrap();
    let server = ZooKeeperServer::start(config(folder.path())).await.unwrap();
    let admin = server.operator_addresses.0.unwrap();
    let mut held = Vec::new();
    for _ in 0..110 {
        held.push(TcpStream::connect(admin).await.unwrap());
    }
    let other = tokio::net::TcpSocket::new_v4().unwrap();
    other.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = other.connect(admin).await.unwrap();
    other.write_all(b"GET /commands/ruok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, other.read_to_string(&mut answer)).await.expect("an answer").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // Places that are given up can be taken again.
    drop(held);
    let began = std::time::Instant::now();
    while !answers(admin).await {
        assert!(began.elapsed() < PATIENCE, "no place is given back");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_no_snapshot_is_refused_at_its_beginning() {
    for beginning in [16, 5_000, 100_000] {
        // Each server takes one every few minutes.
        let folder = tempfile::tempdir().unwrap();
        let server = ZooKeeperServer::start(config(folder.path())).await.unwrap();
        let mut stream = TcpStream::connect(server.operator_addresses.0.unwrap()).await.unwrap();
        let head = format!("POST /commands/restore HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{WHO}\r\n", 1 << 30);
        stream.write_all(&[head.as_bytes(), &vec![0; beginning]].concat()).await.unwrap();
        // The rest is not waited for.
        let mut answer = [0; 12];
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut answer)).await;
        read.expect("an answer").unwrap();
        assert_eq!(&answer, b"HTTP/1.1 500", "{beginning}");
        server.shutdown().await;
    }
}
