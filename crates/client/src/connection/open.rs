//! Opens a connection: resolve, connect, learn the broker's versions.
//!
//! A broker that closes the connection on ApiVersions may be older than 0.10, so it gets a second chance with Metadata
//! version 0, which every Kafka since 0.8 answers. What closes on that too is no Kafka broker.

use super::{BrokerConnection, Inner, MAX_IN_FLIGHT, Pending, io};
use crate::{ClientConfig, ClientError, HostPort, negotiate::BrokerVersions, task};
use rkafka_protocol::{
    ApiKey, ErrorCode,
    messages::{ApiVersionsRequest, ApiVersionsResponse, MetadataRequest},
};
use rkafka_runtime::lock::{Mutex, Rank};
use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicI32},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpSocket, TcpStream},
    sync::{Semaphore, mpsc},
    task::AbortHandle,
};

/// The name that brokers see in ApiVersions (`ClientSoftwareName`, KIP-511).
const SOFTWARE_NAME: &str = "rkafka";
/// How many frames may wait for the writer: all that may be under way, so that nobody waits for the queue alone.
const WRITE_QUEUE: usize = MAX_IN_FLIGHT;

/// Where to connect, and how log lines name it.
#[derive(Clone, Debug)]
pub struct Target {
    pub address: HostPort,
    /// The broker's id; negative while only the address is known.
    pub node_id: i32,
    /// The socket addresses of `address`, if they have been looked up; else empty.
    pub resolved: Vec<SocketAddr>,
}

/// Opens a connection to `target` and learns its versions.
///
/// Errors: [`ClientError::Connect`], [`ClientError::NotKafka`], or what ApiVersions fails with.
pub async fn open(target: &Target, config: &ClientConfig) -> Result<BrokerConnection, ClientError> {
    let addresses = match target.resolved.is_empty() {
        true => resolve(&target.address).await?,
        false => target.resolved.clone(),
    };
    let stream = connect(&target.address, &addresses, config).await?;
    let peer = stream.peer_addr().ok();
    let connection = start(stream, &target.address, config, BrokerVersions::before_api_versions());
    match learn_versions(&connection).await {
        Ok(versions) => Ok(with_versions(connection, versions)),
        // A timeout, a refusal, TLS bytes: nothing that an old broker would do.
        Err(e) if !matches!(e, ClientError::Disconnected { .. }) => Err(e),
        Err(_) => open_old(target, config, &addresses, peer).await,
    }
}

/// Opens a connection to `target` without asking for its versions.
pub async fn open_blind(
    target: &Target,
    config: &ClientConfig,
    versions: BrokerVersions,
) -> Result<BrokerConnection, ClientError> {
    Ok(start(connect_to(target, config).await?, &target.address, config, versions))
}

/// The bare connection to `target`.
pub async fn connect_to(target: &Target, config: &ClientConfig) -> Result<TcpStream, ClientError> {
    let addresses = match target.resolved.is_empty() {
        true => resolve(&target.address).await?,
        false => target.resolved.clone(),
    };
    connect(&target.address, &addresses, config).await
}

/// Connects to a broker that does not know ApiVersions.
async fn open_old(
    target: &Target,
    config: &ClientConfig,
    addresses: &[SocketAddr],
    peer: Option<SocketAddr>,
) -> Result<BrokerConnection, ClientError> {
    let addresses: Vec<SocketAddr> = peer.into_iter().chain(addresses.iter().copied()).take(1).collect();
    let stream = connect(&target.address, &addresses, config).await?;
    let connection = start(stream, &target.address, config, BrokerVersions::before_api_versions());
    let probe = MetadataRequest { topics: Some(vec![probe_topic()]), ..Default::default() };
    match connection.call_at(&probe, 0).await {
        Ok(_) => {
            log::debug!(target: "org.apache.kafka.clients.NetworkClient",
                "{}{} does not know ApiVersions: taken for a broker before 0.10", config.log_prefix, target.address);
            Ok(connection)
        }
        Err(ClientError::Disconnected { .. }) => Err(io::silent(&target.address.to_string())),
        Err(e) => Err(e),
    }
}

/// A topic name that no broker accepts: version 0 has no way to ask for no topic, and all topics may be many.
fn probe_topic() -> rkafka_protocol::messages::metadata_request::MetadataRequestTopic {
    rkafka_protocol::messages::metadata_request::MetadataRequestTopic {
        name: Some("?".to_owned()),
        ..Default::default()
    }
}

/// The addresses of a host, IPv4 first, as Java's resolver gives them.
pub async fn resolve(address: &HostPort) -> Result<Vec<SocketAddr>, ClientError> {
    let failed = |reason: String| ClientError::Connect { address: address.to_string(), reason, refused: false };
    let found = tokio::net::lookup_host((address.host.as_str(), address.port)).await;
    let mut found: Vec<SocketAddr> = found.map_err(|e| failed(format!("DNS resolution failed: {e}")))?.collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    found.dedup();
    if found.is_empty() { Err(failed("DNS resolution found no address".into())) } else { Ok(found) }
}

/// Tries the addresses in turn, each for `socket.connection.setup.timeout.ms`.
async fn connect(name: &HostPort, addresses: &[SocketAddr], config: &ClientConfig) -> Result<TcpStream, ClientError> {
    let mut reason = String::from("no address");
    let mut refusals = 0;
    for address in addresses {
        match tokio::time::timeout(config.connection_setup_timeout, connect_one(*address, config)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(e)) => {
                refusals += usize::from(e.kind() == std::io::ErrorKind::ConnectionRefused);
                reason = io_reason(&e);
            }
            Err(_) => reason = format!("no answer within {} ms", config.connection_setup_timeout.as_millis()),
        }
    }
    let refused = refusals > 0 && refusals == addresses.len();
    Err(ClientError::Connect { address: name.to_string(), reason, refused })
}

async fn connect_one(address: SocketAddr, config: &ClientConfig) -> std::io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(bytes) = config.send_buffer_bytes {
        socket.set_send_buffer_size(bytes as u32)?;
    }
    if let Some(bytes) = config.receive_buffer_bytes {
        socket.set_recv_buffer_size(bytes as u32)?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The error without the system's number: `Connection refused`.
fn io_reason(e: &std::io::Error) -> String {
    let text = e.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_owned())
}

fn start(stream: TcpStream, name: &HostPort, config: &ClientConfig, versions: BrokerVersions) -> BrokerConnection {
    let (read, write) = stream.into_split();
    start_on(read, write, name, config, versions)
}

/// A connection on the two halves of whatever stream.
pub(super) fn start_on(
    read: impl AsyncRead + Unpin + Send + 'static,
    write: impl AsyncWrite + Unpin + Send + 'static,
    name: &HostPort,
    config: &ClientConfig,
    versions: BrokerVersions,
) -> BrokerConnection {
    let address: Arc<str> = name.to_string().into();
    let pending = Arc::new(Mutex::new(Rank::ConnectionCalls, Pending::default()));
    let (outgoing, queue) = mpsc::channel(WRITE_QUEUE);
    let reading = io::read_answers(read, pending.clone(), address.clone());
    let writing = io::write_frames(write, queue, pending.clone(), address.clone());
    let (reader, writer) =
        (watched("reading answers", reading, &pending), watched("writing requests", writing, &pending));
    let inner = Inner {
        address,
        client_id: config.client_id.clone(),
        request_timeout: config.request_timeout,
        versions,
        correlation: AtomicI32::new(0),
        outgoing,
        pending,
        permits: Semaphore::new(MAX_IN_FLIGHT),
        reader,
        writer,
    };
    BrokerConnection { inner: Arc::new(inner) }
}

/// One of a connection's tasks; with it the connection ends.
fn watched(
    name: &'static str,
    work: impl Future<Output = ()> + Send + 'static,
    pending: &Arc<Mutex<Pending>>,
) -> AbortHandle {
    let pending = pending.clone();
    let work = async move {
        work.await;
        Ok(())
    };
    task::spawn(name, work, |ended: Result<(), ClientError>| async move {
        if let Err(why) = ended {
            pending.lock().close(why);
        }
    })
}

/// Puts the versions that were learnt into a connection that nobody else has a handle on yet.
fn with_versions(mut connection: BrokerConnection, versions: BrokerVersions) -> BrokerConnection {
    if let Some(inner) = Arc::get_mut(&mut connection.inner) {
        inner.versions = versions;
    }
    connection
}

async fn learn_versions(connection: &BrokerConnection) -> Result<BrokerVersions, ClientError> {
    let own = super::super::negotiate::own_range(ApiKey::ApiVersions);
    let mut response = ask_versions(connection, own.max.min(3)).await?;
    if response.error_code == ErrorCode::UNSUPPORTED_VERSION.0 {
        // The answer lists what the broker knows of ApiVersions; 0.10's is empty and means version 0.
        let theirs = BrokerVersions::listed(&response).offered(ApiKey::ApiVersions).map_or(0, |r| r.max);
        response = ask_versions(connection, theirs.clamp(0, 3)).await?;
    }
    match ErrorCode(response.error_code).ok() {
        Ok(()) => Ok(BrokerVersions::listed(&response)),
        Err(code) => Err(ClientError::broker(code, None)),
    }
}

async fn ask_versions(connection: &BrokerConnection, version: i16) -> Result<ApiVersionsResponse, ClientError> {
    let request = ApiVersionsRequest {
        client_software_name: SOFTWARE_NAME.to_owned(),
        client_software_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Default::default()
    };
    connection.call_at(&request, version).await
}
