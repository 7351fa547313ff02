//! A connection against a server of a few lines.

use super::*;
use crate::{ClientKind, HostPort, error::Foreign};
use rkafka_protocol::messages::{
    ApiVersionsResponse, MetadataRequest, MetadataResponse, api_versions_response::ApiVersion,
    metadata_request::MetadataRequestTopic,
};
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// A peer that plays one script per connection.
async fn peer<F, A>(script: F) -> HostPort
where
    F: Fn(usize, TcpStream) -> A + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for n in 0.. {
            let Ok((socket, _)) = listener.accept().await else { return };
            tokio::spawn(script(n, socket));
        }
    });
    HostPort::new("127.0.0.1", port)
}

fn config() -> ClientConfig {
    let mut config = ClientConfig::of(ClientKind::Admin, "h:1").unwrap();
    config.request_timeout = Duration::from_millis(500);
    config
}

async fn connect(address: HostPort) -> Result<BrokerConnection, ClientError> {
    open(&Target { address, node_id: -1, resolved: Vec::new() }, &config()).await
}

/// Key, version and correlation id of the next request; `None` at the end.
async fn request(socket: &mut TcpStream) -> Option<(i16, i16, i32)> {
    let length = socket.read_i32().await.ok()?;
    let mut frame = vec![0; usize::try_from(length).unwrap()];
    socket.read_exact(&mut frame).await.ok()?;
    let word = |at: usize| i16::from_be_bytes([frame[at], frame[at + 1]]);
    Some((word(0), word(2), i32::from_be_bytes([frame[4], frame[5], frame[6], frame[7]])))
}

fn frame<M: Message>(id: i32, key: ApiKey, version: i16, message: &M) -> Bytes {
    let mut writer = Writer::framed();
    let header = ResponseHeader { correlation_id: id, ..Default::default() };
    header.encode(&mut writer, response_header_version(key, version)).unwrap();
    message.encode(&mut writer, version).unwrap();
    writer.into_bytes()
}

fn versions() -> ApiVersionsResponse {
    let metadata = ApiVersion { api_key: ApiKey::Metadata as i16, max_version: 12, ..Default::default() };
    ApiVersionsResponse { api_keys: vec![metadata], ..Default::default() }
}

/// Answers ApiVersions as a broker should.
async fn greet(socket: &mut TcpStream) {
    let (_, version, id) = request(socket).await.unwrap();
    socket.write_all(&framed(frame(id, ApiKey::ApiVersions, version, &versions()))).await.unwrap();
}

/// `Writer::into_bytes` leaves the length open.
fn framed(frame: Bytes) -> Bytes {
    let mut bytes = frame.to_vec();
    let length = bytes.len() as i32 - 4;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes.into()
}

fn metadata() -> MetadataRequest {
    MetadataRequest::default()
}

#[tokio::test]
async fn peers_that_speak_something_else() {
    for (answer, what) in [
        (&[0x15, 3, 3, 0, 2, 2, 80][..], Foreign::Tls),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Foreign::Http),
        (b"-ERR unknown command\r\n", Foreign::Text),
    ] {
        let address = peer(move |_, mut socket| async move {
            request(&mut socket).await;
            socket.write_all(answer).await.unwrap();
        })
        .await;
        let error = connect(address.clone()).await.err().unwrap();
        assert_eq!(error, ClientError::NotKafka { address: address.to_string(), what });
    }
}

#[tokio::test]
async fn a_peer_that_only_closes_is_no_broker() {
    let address = peer(|_, mut socket| async move {
        let _ = request(&mut socket).await;
    })
    .await;
    let error = connect(address.clone()).await.err().unwrap();
    assert_eq!(error, ClientError::NotKafka { address: address.to_string(), what: Foreign::Silent });
}

#[tokio::test]
async fn brokers_speak_to_each_other_without_asking_for_versions() {
    let address = peer(|_, mut socket| async move {
        let (key, version, id) = request(&mut socket).await.unwrap();
        assert_eq!((key, version), (ApiKey::Metadata as i16, 12));
        let answer = framed(frame(id, ApiKey::Metadata, 12, &MetadataResponse::default()));
        socket.write_all(&answer).await.unwrap();
    })
    .await;
    let target = Target { address, node_id: 1, resolved: Vec::new() };
    let connection = BrokerConnection::open_blind(&target, &config(), BrokerVersions::of_3_9()).await.unwrap();
    connection.call(&metadata()).await.unwrap();
    let why = tokio::time::timeout(Duration::from_secs(5), connection.until_closed()).await;
    assert!(matches!(why, Ok(ClientError::Disconnected { .. })), "an idle connection tells that its peer has ended");
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = HostPort::new("127.0.0.1", listener.local_addr().unwrap().port());
    drop(listener);
    let error = connect(address).await.err().unwrap();
    assert!(matches!(error, ClientError::Connect { refused: true, .. }), "{error}");
}

#[tokio::test]
async fn a_broker_before_api_versions() {
    let address = peer(|n, mut socket| async move {
        while let Some((key, version, id)) = request(&mut socket).await {
            if n == 0 {
                return;
            }
            assert_eq!((key, version), (ApiKey::Metadata as i16, 0));
            let answer = framed(frame(id, ApiKey::Metadata, 0, &MetadataResponse::default()));
            socket.write_all(&answer).await.unwrap();
        }
    })
    .await;
    let connection = connect(address).await.unwrap();
    assert!(!connection.versions().listed);
    assert!(connection.call(&metadata()).await.is_ok());
}

#[tokio::test]
async fn a_broker_that_knows_only_older_api_versions() {
    let address = peer(|_, mut socket| async move {
        let (_, version, id) = request(&mut socket).await.unwrap();
        assert_eq!(version, 3);
        let mut answer = versions();
        (answer.error_code, answer.api_keys[0].api_key) = (35, ApiKey::ApiVersions as i16);
        answer.api_keys[0].max_version = 2;
        socket.write_all(&framed(frame(id, ApiKey::ApiVersions, 0, &answer))).await.unwrap();
        let (_, version, id) = request(&mut socket).await.unwrap();
        assert_eq!(version, 2);
        socket.write_all(&framed(frame(id, ApiKey::ApiVersions, 2, &versions()))).await.unwrap();
        while request(&mut socket).await.is_some() {}
    })
    .await;
    assert_eq!(connect(address).await.unwrap().versions().choose(ApiKey::Metadata), Ok(12));
}

/// What a connection makes of `answer` to a Metadata request of version 12.
async fn answered(answer: impl Fn(i32) -> Vec<u8> + Clone + Send + Sync + 'static) -> ClientError {
    let address = peer(move |_, mut socket| {
        let answer = answer.clone();
        async move {
            greet(&mut socket).await;
            let (_, _, id) = request(&mut socket).await.unwrap();
            socket.write_all(&answer(id)).await.unwrap();
            while request(&mut socket).await.is_some() {}
        }
    })
    .await;
    let connection = connect(address).await.unwrap();
    let error = connection.call(&metadata()).await.unwrap_err();
    assert!(connection.closed().is_some(), "the connection is of no more use");
    assert!(connection.call(&metadata()).await.is_err());
    error
}

#[tokio::test]
async fn answers_that_cannot_be() {
    let good = |id: i32| framed(frame(id, ApiKey::Metadata, 12, &MetadataResponse::default())).to_vec();
    let wrong_id = answered(move |id| good(id + 7)).await;
    assert!(matches!(&wrong_id, ClientError::BadFrame { reason, .. } if reason.contains("request")), "{wrong_id}");
    for length in [i32::MIN, -1, 3, i32::MAX] {
        let error = answered(move |_| length.to_be_bytes().to_vec()).await;
        assert!(matches!(&error, ClientError::BadFrame { reason, .. } if reason.contains("length")), "{error}");
    }
    let torn = answered(move |id| {
        let mut bytes = good(id);
        bytes.pop();
        let length = bytes.len() as i32 - 4;
        bytes[..4].copy_from_slice(&length.to_be_bytes());
        bytes
    })
    .await;
    assert!(matches!(torn, ClientError::BadFrame { .. }), "{torn}");
    let silent = answered(|_| vec![0, 0, 1]).await;
    assert!(matches!(silent, ClientError::Timeout { .. }), "{silent}");
}

#[tokio::test]
async fn requests_are_pipelined_and_bounded() {
    let address = peer(|_, mut socket| async move {
        greet(&mut socket).await;
        let mut ids = Vec::new();
        while ids.len() < MAX_IN_FLIGHT {
            ids.push(request(&mut socket).await.unwrap().2);
        }
        let more = tokio::time::timeout(Duration::from_millis(20), request(&mut socket)).await;
        assert!(more.is_err(), "one request too many is under way");
        for id in ids {
            let answer = framed(frame(id, ApiKey::Metadata, 12, &MetadataResponse::default()));
            socket.write_all(&answer).await.unwrap();
        }
    })
    .await;
    let connection = connect(address).await.unwrap();
    let calls: Vec<_> = (0..MAX_IN_FLIGHT)
        .map(|_| {
            let connection = connection.clone();
            tokio::spawn(async move { connection.call(&metadata()).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn who_may_not_wait_hears_that_there_is_no_room_and_what_is_stuck_ends() {
    let address = peer(|_, mut socket| async move {
        greet(&mut socket).await;
        std::future::pending::<()>().await;
    })
    .await;
    let connection = connect(address).await.unwrap();
    let topic = MetadataRequestTopic { name: Some("x".repeat(30_000)), ..Default::default() };
    let large = MetadataRequest { topics: Some(vec![topic; 10]), ..Default::default() };
    let mut under_way = Vec::new();
    while let Some(written) = connection.try_send_without_answer(&large, 12, Duration::from_millis(300)).unwrap() {
        under_way.push(written);
    }
    assert_eq!(under_way.len(), MAX_IN_FLIGHT);
    assert!(connection.try_send(&metadata(), 12, Duration::from_secs(1)).unwrap().is_none());
    let error = under_way.pop().unwrap().wait().await.unwrap_err();
    assert!(matches!(error, ClientError::Timeout { .. }), "{error}");
    assert!(connection.closed().is_some() && connection.try_send(&metadata(), 12, Duration::from_secs(1)).is_err());
    for written in under_way {
        let ended = tokio::time::timeout(Duration::from_secs(5), written.wait()).await;
        assert!(ended.is_ok(), "one that waits for ever");
    }
}

/// Half a socket on which a task dies.
struct Deadly;

fn die() -> ! {
    panic!("the death that this test is about")
}

impl AsyncRead for Deadly {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        die()
    }
}

impl AsyncWrite for Deadly {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<std::io::Result<usize>> {
        die()
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        die()
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        die()
    }
}

#[tokio::test]
async fn a_task_that_dies_takes_its_connection_along() {
    let (name, versions) = (HostPort::new("h", 1), BrokerVersions::of_3_9);
    let (silent, _other_end) = tokio::io::duplex(1 << 20);
    let (read, write) = tokio::io::split(silent);
    for connection in [
        open::start_on(Deadly, write, &name, &config(), versions()),
        open::start_on(read, Deadly, &name, &config(), versions()),
    ] {
        let error = connection.call(&metadata()).await.unwrap_err();
        assert!(error.to_string().contains("has died"), "{error}");
        let closed = tokio::time::timeout(Duration::from_secs(5), connection.until_closed()).await.unwrap();
        assert!(closed.to_string().contains("has died"), "{closed}");
        assert!(connection.call(&metadata()).await.unwrap_err().to_string().contains("has died"));
    }
}
