//! The ports where clients come in: plain, with TLS, or either.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::net::{TcpListener, TcpStream};

use super::outbox::Outbox;
use super::shared::Shared;
use super::tls::Tls;
use super::tls_context::TlsContext;
use super::{client_connection, metrics};
use rkafka_config::ZooKeeperConfig;
use rkafka_runtime::acceptor::Acceptor;

const FACTORY_TARGET: &str = "org.apache.zookeeper.server.NIOServerCnxnFactory";
/// Connections that the kernel keeps waiting when the settings do not say; Java's 50 makes a burst of clients wait
/// whole seconds.
const DEFAULT_BACKLOG: i32 = 1024;

/// What is spoken at a door.
#[derive(Debug, Clone)]
enum Speech {
    Plain,
    Tls(Arc<TlsContext>),
    /// As the first byte says.
    Either(Arc<TlsContext>),
}

/// A port, listened on.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    speech: Speech,
    address: SocketAddr,
}

/// The ports of a server.
#[derive(Debug)]
pub struct Doors(pub Vec<Door>);

impl Doors {
    /// Where clients connect without TLS.
    pub fn plain_address(&self) -> Option<SocketAddr> {
        self.0.iter().find(|door| !matches!(door.speech, Speech::Tls(_))).map(|door| door.address)
    }

    /// Where clients connect with TLS alone.
    pub fn secure_address(&self) -> Option<SocketAddr> {
        self.0.iter().find(|door| matches!(door.speech, Speech::Tls(_))).map(|door| door.address)
    }
}

/// Listens where the settings say. Errors name the address and the key.
pub fn doors(config: &ZooKeeperConfig, tls: Option<&Arc<TlsContext>>) -> Result<Doors> {
    let mut doors = Vec::new();
    if config.has_client_port {
        let speech = match tls {
            Some(context) if config.security.port_unification => Speech::Either(context.clone()),
            _ => Speech::Plain,
        };
        doors.push(open(config.client_address, "clientPort", config.listen_backlog, speech)?);
    }
    if let (Some(address), Some(context)) = (config.security.secure_address, tls) {
        doors.push(open(address, "secureClientPort", config.listen_backlog, Speech::Tls(context.clone()))?);
    }
    Ok(Doors(doors))
}

fn open(address: SocketAddr, key: &str, backlog: i32, speech: Speech) -> Result<Door> {
    let shown = address.ip();
    let secure = if matches!(speech, Speech::Tls(_)) { "secure " } else { "" };
    log::info!(target: FACTORY_TARGET, "binding to {secure}port {shown}/{shown}:{}", address.port());
    let listen = || -> io::Result<TcpListener> {
        let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(if backlog < 0 { DEFAULT_BACKLOG } else { backlog })?;
        TcpListener::from_std(socket.into())
    };
    let advice = || match address.port() {
        0 => format!("cannot listen on {address}"),
        port => format!("cannot listen on {address} ({key} {port})"),
    };
    let listener = listen().with_context(advice)?;
    Ok(Door { address: listener.local_addr()?, listener, speech })
}

/// Lets clients in as long as the server lives.
pub async fn accept(shared: Arc<Shared>, door: Door) -> Infallible {
    let Door { listener, speech, address } = door;
    let mut acceptor = Acceptor::new(listener, FACTORY_TARGET, format!("Port {}", address.port()));
    loop {
        // Nobody is sent away: a client that is silent here has a session to lose.
        let (stream, address) = acceptor.accept(|| {}).await;
        if let Err(reason) = admit(&shared, &speech, stream, address) {
            shared.state.lock().core.stats.metrics.add(metrics::CONNECTION_REJECTED, 1);
            log::warn!(target: FACTORY_TARGET, "Error accepting new connection: {reason}");
        }
    }
}

fn admit(shared: &Arc<Shared>, speech: &Speech, stream: TcpStream, address: SocketAddr) -> Result<(), String> {
    let _best_effort = stream.set_nodelay(true);
    let outbox = Arc::new(Outbox::new(stream));
    let now = shared.now();
    let conn = shared.state.lock().admit(&shared.config, outbox.clone(), address, now)?;
    let optional_tls = match speech {
        Speech::Plain => None,
        Speech::Either(context) => Some(context.get()),
        Speech::Tls(context) => {
            match Tls::new(&context.get()) {
                Ok(tls) => outbox.secure(tls),
                Err(error) => {
                    shared.state.lock().forget(conn, address);
                    return Err(error.to_string());
                }
            }
            None
        }
    };
    let serving = client_connection::serve(shared.clone(), outbox, conn, address, optional_tls);
    shared.connections.spawn("a ZooKeeper client's connection", serving);
    Ok(())
}
