//! The listeners: bound sockets, their accept loops, and the closing of everything.

use super::{
    connection::ServedConnection,
    connections::{ConnectionLimits, Connections, Seat},
    transport::Transport,
};
use crate::{
    request::{ConnectionInfo, Turns},
    services::Services,
};
use anyhow::Context;
use rkafka_config::broker::SecurityProtocol;
use rkafka_runtime::{
    acceptor::Acceptor,
    tasks::{
        essential::{self, End, Task},
        watched::Group,
    },
};
use socket2::{Domain, SockRef, Socket, Type};
use std::{
    convert::Infallible,
    fmt, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

const LOG: &str = "kafka.network.SocketServer";
/// Who a client is without authentication.
const ANONYMOUS: &str = "User:ANONYMOUS";
/// How long connections may take to end when the server stops: what a request does between two waits.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// One entry of `listeners`.
#[derive(Clone, Debug)]
pub struct ListenerConfig {
    /// The listener's name, `PLAINTEXT`, `EXTERNAL`, ….
    pub name: String,
    /// The host to bind; empty for all addresses.
    pub host: String,
    /// The port; 0 for any free one.
    pub port: u16,
    /// What is spoken on it.
    pub security: SecurityProtocol,
}

/// Kafka's settings of sockets; buffer sizes in bytes, `None` for the system's.
#[derive(Clone, Debug)]
pub struct SocketOptions {
    pub send_buffer: Option<u32>,
    pub receive_buffer: Option<u32>,
    pub backlog: u32,
    /// `socket.request.max.bytes`.
    pub max_request: usize,
}

/// A listener whose port is taken; it answers nobody yet.
#[derive(Debug)]
pub struct BoundListener {
    pub name: String,
    pub address: SocketAddr,
    security: SecurityProtocol,
    host: String,
    socket: TcpListener,
    options: SocketOptions,
}

impl BoundListener {
    /// Takes the port. The error names the listener and what to do.
    pub fn bind(config: &ListenerConfig, options: &SocketOptions) -> anyhow::Result<BoundListener> {
        let named = || format!("cannot listen on {config} (property listeners)");
        let socket = match config.host.as_str() {
            // Every interface, of both address families where the machine has both.
            "" => listen((Ipv6Addr::UNSPECIFIED, config.port).into(), options)
                .or_else(|_| listen((Ipv4Addr::UNSPECIFIED, config.port).into(), options)),
            host => listen(resolve(host, config.port).with_context(named)?, options),
        };
        let socket = socket.with_context(named)?;
        let address = socket.local_addr().with_context(named)?;
        Ok(BoundListener {
            name: config.name.clone(),
            security: config.security,
            host: config.host.clone(),
            address,
            socket,
            options: options.clone(),
        })
    }
}

impl fmt::Display for ListenerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.name, self.host, self.port)
    }
}

impl fmt::Display for BoundListener {
    /// The address as Kafka's log shows it: the configured host and the bound port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host.is_empty() { "0.0.0.0" } else { &self.host };
        write!(f, "{host}:{}", self.address.port())
    }
}

/// The host's address; of several an IPv4 one, as Java prefers it.
fn resolve(host: &str, port: u16) -> anyhow::Result<SocketAddr> {
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    let preferred = addresses.iter().find(|a| a.is_ipv4()).or(addresses.first());
    preferred.copied().with_context(|| format!("{host} has no address"))
}

fn listen(address: SocketAddr, options: &SocketOptions) -> io::Result<TcpListener> {
    let domain = if address.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
    let socket = Socket::new(domain, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // Set before listening, so that accepted connections inherit it and scale their windows by it.
    if let Some(size) = options.receive_buffer {
        socket.set_recv_buffer_size(size as usize)?;
    }
    socket.bind(&address.into())?;
    socket.listen(i32::try_from(options.backlog).unwrap_or(i32::MAX))?;
    TcpListener::from_std(socket.into())
}

/// The accepting side of a running broker.
pub struct SocketServer {
    node_id: i32,
    connections: Arc<Connections>,
    served: Arc<Group>,
    tasks: Vec<JoinHandle<()>>,
}

impl SocketServer {
    /// Begins to answer on the bound listeners.
    pub fn start(
        node_id: i32,
        listeners: Vec<BoundListener>,
        limits: ConnectionLimits,
        inter_broker: &str,
        services: &Arc<Services>,
    ) -> SocketServer {
        let (connections, served) = (Connections::new(limits), Arc::<Group>::default());
        let has_several = listeners.len() > 1;
        let accepting = |listener: BoundListener| {
            // Brokers do not wait for clients to go.
            let is_protected = has_several && listener.name == inter_broker;
            let (connections, served, services) = (Arc::clone(&connections), Arc::clone(&served), Arc::clone(services));
            let accepting = accept(node_id, listener, is_protected, connections, served, services);
            essential::spawn(Task::Accepting, accepting)
        };
        let mut tasks: Vec<_> = listeners.into_iter().map(accepting).collect();
        if let Some(interval) = connections.idle_check_interval() {
            tasks.push(essential::spawn(Task::IdleConnections, close_idle(Arc::clone(&connections), interval)));
        }
        SocketServer { node_id, connections, served, tasks }
    }

    /// Stops accepting, closes every connection and waits until none does anything any more.
    pub async fn shutdown(self) {
        log::info!(target: LOG, "[SocketServer listenerType=ZK_BROKER, nodeId={}] Stopping socket server request processors", self.node_id);
        for task in self.tasks {
            task.abort();
            // After this it lets nobody in.
            let _aborted = task.await;
        }
        self.connections.close_all();
        if !self.served.ended(LAST_REQUESTS).await {
            log::warn!(target: LOG, "[SocketServer listenerType=ZK_BROKER, nodeId={}] Connections are still busy after {LAST_REQUESTS:?}; the stop goes on", self.node_id);
        }
        log::info!(target: LOG, "[SocketServer listenerType=ZK_BROKER, nodeId={}] Stopped socket server request processors", self.node_id);
    }
}

async fn close_idle(connections: Arc<Connections>, interval: Duration) -> Infallible {
    loop {
        tokio::time::sleep(interval).await;
        connections.close_idle();
    }
}

async fn accept(
    node_id: i32,
    listener: BoundListener,
    is_protected: bool,
    connections: Arc<Connections>,
    served: Arc<Group>,
    services: Arc<Services>,
) -> End {
    let BoundListener { name, address, socket, options, security, .. } = listener;
    let title = format!("[SocketServer listenerType=ZK_BROKER, nodeId={node_id}] Listener {name}");
    let mut acceptor = Acceptor::new(socket, LOG, title);
    let name: Arc<str> = Arc::from(name);
    let principal: Arc<str> = Arc::from(ANONYMOUS);
    let make_room = || {
        connections.close_longest_idle();
    };
    loop {
        let (stream, peer) = acceptor.accept(make_room).await;
        let slot = match is_protected {
            true => connections.slot_at_once(),
            false => match connections.slot().await {
                Some(slot) => Some(slot),
                // Somebody has closed all connections.
                None => return End::Asked,
            },
        };
        // An IPv4 client of a socket for both families is shown by its IPv4 address.
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let seat = match connections.seat(peer.ip(), slot, is_protected) {
            Ok(seat) => seat,
            Err(e) => {
                log::info!(target: LOG, "[SocketServer listenerType=ZK_BROKER, nodeId={node_id}] Rejected connection from /{peer}: {e}");
                continue;
            }
        };
        let local = stream.local_addr().unwrap_or(address);
        let (listener_name, principal) = (Arc::clone(&name), Arc::clone(&principal));
        let produces = Turns::default();
        let info = Arc::new(ConnectionInfo { listener: listener_name, security, principal, peer, local, produces });
        set_options(&stream, &options);
        let transport = Transport::bare(stream);
        let connection = ServedConnection::new(transport, info, Arc::clone(&services), options.max_request);
        served.spawn("a client's connection", serve(node_id, connection, seat, peer));
    }
}

/// Latency and buffer settings; a connection that does not take them works all the same.
fn set_options(stream: &TcpStream, options: &SocketOptions) {
    let socket = SockRef::from(stream);
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_keepalive(true);
    if let Some(size) = options.send_buffer {
        let _ = socket.set_send_buffer_size(size as usize);
    }
}

/// One connection's whole life, with what it holds of the server.
async fn serve(node_id: i32, mut connection: ServedConnection, seat: Seat, peer: SocketAddr) {
    let end = tokio::select! {
        end = connection.run(&seat) => end,
        () = seat.closing() => return,
    };
    if end.is_worth_a_warning() {
        log::warn!(target: LOG, "[SocketServer listenerType=ZK_BROKER, nodeId={node_id}] Closed connection {} from /{peer}: {end}", seat.number());
    } else {
        log::debug!(target: LOG, "[SocketServer listenerType=ZK_BROKER, nodeId={node_id}] Connection {} from /{peer} ended: {end}", seat.number());
    }
}
