//! The ZooKeeper client that brokers and tools use.
//!
//! [`ZkClient`] is a handle on a background task that owns one session ([`session`]). Handles are cheap to clone, and
//! operations of all of them are pipelined on one connection. Watches are one-shot, as ZooKeeper's are: a read with
//! [`Watch::Yes`] leads to at most one [`ZkEvent::Watch`], which every subscriber of the client sees.
//!
//! When the session expires, operations fail and [`ZkEvent::Expired`] is sent; the owner of the client (a broker's start, a
//! tool) then decides when to begin anew with [`ZkClient::new_session`].

mod call;
mod connect_string;
mod connection;
mod error;
mod event;
mod far_side;
mod login;
mod losses;
mod operations;
mod options;
mod pause;
mod session;
mod session_operations;
mod state;
mod tls;
mod watch_operations;
mod watches;

pub use connect_string::{BadConnectString, DEFAULT_PORT, ZkConnect};
pub use error::ZkClientError;
pub use event::{EventType, WatchedEvent, ZkEvent};
pub use far_side::{FarSide, Operation};
pub use operations::{ANY_VERSION, Watch, ZkOp, ZkOpResult};
pub use options::{ClientOptions, Store, StoreKind, TlsOptions, TlsOptionsError};
pub use rkafka_jute::{Acl, CreateMode, Stat, ZkError};
pub use session_operations::CONFIG_NODE;
pub use state::ZkState;
pub use watch_operations::AddWatchMode;
pub use watches::WatcherType;

use bytes::Bytes;
use call::Call;
use rkafka_jute::OpCode;
use rkafka_runtime::{
    lock::{Mutex, Rank},
    tasks::{
        essential::{self, End, Task},
        watched,
    },
};
use rkafka_security::tls::client_context;
use session::{ClientSession, Command};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use watches::WatchChange;

/// How many operations may be on the wire; `zookeeper.max.in.flight.requests`.
pub(crate) const DEFAULT_MAX_IN_FLIGHT: usize = 10;
/// Operations that may wait for the task; more callers wait in line.
const COMMAND_QUEUE: usize = 256;

/// How to reach ZooKeeper.
#[derive(Clone, Debug)]
pub struct ZkOptions {
    pub connect: ZkConnect,
    /// The wanted session timeout (`zookeeper.session.timeout.ms`); the server may change it.
    pub session_timeout: Duration,
    /// How long the first connection may take (`zookeeper.connection.timeout.ms`).
    pub connect_timeout: Duration,
    pub max_in_flight: usize,
    /// TLS, SASL and the like.
    pub client: ClientOptions,
    /// Whether a missing chroot is created.
    pub create_chroot: bool,
    /// Whether operations that a lost server has not answered are repeated on the next one. Otherwise they fail with
    /// ConnectionLoss, also when no server can be reached, as those of ZooKeeper's own client do.
    pub repeat: bool,
    /// Whether the process ends if the session's task dies. Otherwise operations fail and say so.
    pub is_essential: bool,
}

impl ZkOptions {
    /// Kafka's defaults for a broker.
    pub fn new(connect: ZkConnect, session_timeout: Duration) -> ZkOptions {
        ZkOptions {
            connect,
            session_timeout,
            connect_timeout: session_timeout,
            max_in_flight: DEFAULT_MAX_IN_FLIGHT,
            client: ClientOptions::default(),
            create_chroot: true,
            repeat: true,
            is_essential: false,
        }
    }
}

/// Whether a server has the session at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Never,
    Up,
    Down,
    Expired,
    AuthFailed,
    /// The task has panicked.
    Died,
}

/// What the task and the handles share.
struct Shared {
    link: watch::Sender<Link>,
    session_id: std::sync::atomic::AtomicI64,
    /// Whether the server at the other end only reads.
    read_only: std::sync::atomic::AtomicBool,
    last_failure: Mutex<String>,
    /// Unbounded channels, but not unbounded queues: each watch fires once and is set again by reading. Events are sent
    /// under the lock, which keeps their order for everybody.
    subscribers: Mutex<Vec<mpsc::UnboundedSender<ZkEvent>>>,
}

impl Shared {
    fn new() -> Arc<Shared> {
        Arc::new(Shared {
            link: watch::Sender::new(Link::Never),
            session_id: std::sync::atomic::AtomicI64::new(0),
            read_only: std::sync::atomic::AtomicBool::new(false),
            last_failure: Mutex::new(Rank::ZooKeeperFailure, "no server has answered".to_owned()),
            subscribers: Mutex::new(Rank::ZooKeeperSubscribers, Vec::new()),
        })
    }

    fn connected(&self, session_id: i64) {
        self.session_id.store(session_id, std::sync::atomic::Ordering::Release);
        self.publish(ZkEvent::Connected);
    }

    fn set_read_only(&self, read_only: bool) {
        self.read_only.store(read_only, std::sync::atomic::Ordering::Release);
    }

    fn auth_failed(&self) -> bool {
        *self.link.borrow() == Link::AuthFailed
    }

    /// The task has panicked: nobody is to wait for anything any more.
    fn died(&self) {
        self.subscribers.lock().clear();
        self.link.send_replace(Link::Died);
    }

    fn failed(&self, error: anyhow::Error) {
        *self.last_failure.lock() = format!("{error:#}");
    }

    fn publish(&self, event: ZkEvent) {
        let link = match &event {
            ZkEvent::Connected => Some(Link::Up),
            ZkEvent::Disconnected => Some(Link::Down),
            ZkEvent::Expired { .. } => Some(Link::Expired),
            ZkEvent::AuthFailed { .. } => Some(Link::AuthFailed),
            ZkEvent::SaslAuthenticated | ZkEvent::Watch(_) => None,
        };
        self.subscribers.lock().retain(|subscriber| subscriber.send(event.clone()).is_ok());
        if let Some(link) = link {
            self.link.send_replace(link);
        }
    }
}

/// A handle on a ZooKeeper session. When the last handle is dropped the session is closed.
#[derive(Clone)]
pub struct ZkClient {
    commands: mpsc::Sender<Command>,
    shared: Arc<Shared>,
    chroot: Arc<str>,
    servers: Arc<str>,
    connect_timeout: Duration,
}

impl ZkClient {
    /// Begins a session with Kafka's defaults and waits until a server has taken it.
    pub async fn connect(connect: &ZkConnect, session_timeout: Duration) -> Result<ZkClient, ZkClientError> {
        ZkClient::open(ZkOptions::new(connect.clone(), session_timeout)).await
    }

    /// Begins a session and waits until a server has taken it. A missing chroot is created if the options say so.
    pub async fn open(options: ZkOptions) -> Result<ZkClient, ZkClientError> {
        let create_chroot = options.create_chroot;
        let (client, _) = ZkClient::start(options)?;
        client.wait_until_connected().await?;
        if create_chroot {
            client.create_chroot().await?;
        }
        Ok(client)
    }

    /// Begins a session without waiting for a server; the events, from the first on, come on the channel.
    /// An error is one of the options (the files of TLS).
    pub fn start(options: ZkOptions) -> Result<(ZkClient, mpsc::UnboundedReceiver<ZkEvent>), ZkClientError> {
        let (commands, receiver) = mpsc::channel(COMMAND_QUEUE);
        let shared = Shared::new();
        let client = ZkClient {
            commands,
            shared: shared.clone(),
            chroot: options.connect.chroot.as_str().into(),
            servers: options.connect.to_string().into(),
            connect_timeout: options.connect_timeout,
        };
        let events = client.subscribe();
        let tls = match &options.client.tls {
            None => None,
            Some(tls) => Some(client_context(tls).map_err(|error| ZkClientError::Tls(format!("{error:#}")))?),
        };
        let is_essential = options.is_essential;
        let dying = shared.clone();
        let session = ClientSession::new(options, tls, shared, receiver);
        let session = async move {
            let _dying = watched::on_panic(|| dying.died());
            session.run().await;
            // Closed, or nobody holds the client any more; who was refused has been told.
            End::Asked
        };
        match is_essential {
            true => drop(essential::spawn(Task::ZooKeeperSession, session)),
            false => drop(watched::spawn("a ZooKeeper session", session)),
        }
        Ok((client, events))
    }

    async fn wait_until_connected(&self) -> Result<(), ZkClientError> {
        let mut link = self.shared.link.subscribe();
        let wait = async {
            // Copied: what `wait_for` gives locks the link, which [`Self::ended`] looks at, too.
            link.wait_for(|link| matches!(link, Link::Up | Link::AuthFailed | Link::Died)).await.map(|link| *link)
        };
        match tokio::time::timeout(self.connect_timeout, wait).await {
            Ok(Ok(Link::AuthFailed | Link::Died)) => Err(self.ended()),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(ZkClientError::Closed),
            Err(_) => Err(ZkClientError::ConnectTimeout {
                servers: self.servers.to_string(),
                timeout_ms: self.connect_timeout.as_millis(),
                cause: self.shared.last_failure.lock().clone(),
            }),
        }
    }

    async fn create_chroot(&self) -> Result<(), ZkClientError> {
        let root = ZkClient { chroot: "".into(), ..self.clone() };
        let ends = self.chroot.match_indices('/').skip(1).map(|(at, _)| at).chain([self.chroot.len()]);
        for path in ends.filter_map(|end| self.chroot.get(..end)).filter(|path| !path.is_empty()) {
            match root.create(path, None, CreateMode::Persistent).await {
                Ok(_) => {}
                Err(error) if error.is_node_exists() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// All events from now on. A subscriber that drops the receiver is forgotten.
    pub fn subscribe(&self) -> mpsc::UnboundedReceiver<ZkEvent> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.shared.subscribers.lock().push(sender);
        receiver
    }

    /// The id of the current session, which owns the ephemeral nodes that the client creates.
    pub fn session_id(&self) -> i64 {
        self.shared.session_id.load(std::sync::atomic::Ordering::Acquire)
    }

    /// Identifies the client to the server, now and on later connections (`addauth`). A refusal is an event.
    pub async fn add_auth(&self, scheme: &str, auth: impl Into<Bytes>) -> Result<(), ZkClientError> {
        let command = Command::AddAuth { scheme: scheme.to_owned(), auth: auth.into() };
        self.commands.send(command).await.map_err(|_| self.ended())
    }

    /// Begins a new session after [`ZkEvent::Expired`] and waits until a server has taken it.
    pub async fn new_session(&self) -> Result<(), ZkClientError> {
        self.commands.send(Command::NewSession).await.map_err(|_| self.ended())?;
        let mut link = self.shared.link.subscribe();
        let link = link.wait_for(|link| matches!(link, Link::Up | Link::Died)).await.map(|link| *link);
        match link {
            Ok(Link::Up) => Ok(()),
            _ => Err(self.ended()),
        }
    }

    /// Ends the session: its ephemeral nodes go at once. Later operations of any handle fail.
    pub async fn close(&self) -> Result<(), ZkClientError> {
        self.call(OpCode::CLOSE_SESSION, Vec::new(), None, "/").await.map(drop)
    }

    /// `path` below the chroot.
    fn full(&self, path: &str) -> String {
        if path == "/" && !self.chroot.is_empty() { self.chroot.to_string() } else { format!("{}{path}", self.chroot) }
    }

    fn relative(&self, full: String) -> String {
        match full.strip_prefix(&*self.chroot) {
            Some("") => "/".to_owned(),
            Some(rest) if !self.chroot.is_empty() => rest.to_owned(),
            _ => full,
        }
    }

    async fn call(
        &self,
        op: OpCode,
        body: Vec<u8>,
        watch: Option<WatchChange>,
        path: &str,
    ) -> Result<Bytes, ZkClientError> {
        let (reply, result) = oneshot::channel();
        let command = Command::Call(Call::new(op, body, watch, reply).map_err(|error| error.at(path))?);
        self.commands.send(command).await.map_err(|_| self.ended())?;
        match result.await {
            Ok(result) => result.map_err(|error| error.at(path)),
            Err(_) => Err(self.ended()),
        }
    }

    /// Why the task has ended.
    fn ended(&self) -> ZkClientError {
        if self.shared.auth_failed() {
            return ZkClientError::AuthFailed { servers: self.servers.to_string() };
        }
        match *self.shared.link.borrow() {
            Link::Died => ZkClientError::Panicked,
            _ => ZkClientError::Closed,
        }
    }
}

#[cfg(test)]
mod live_tests;
#[cfg(test)]
mod secure_tests;
