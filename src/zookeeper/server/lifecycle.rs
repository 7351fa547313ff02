//! Starting and stopping a server: listen, load, serve.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use parking_lot::{Condvar, Mutex};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::core::{Core, Now};
use super::four_letter::TraceMask;
use super::outbox::Outbox;
use super::rules::Rules;
use super::shared::{Shared, State};
use super::storage::Storage;
use super::{client_connection, log_thread, purge};
use crate::base::TimestampMs;
use crate::config::ZooKeeperConfig;
use crate::runtime::clock::{Clock as _, SystemClock};

const TARGET: &str = "org.apache.zookeeper.server.ZooKeeperServer";
const FACTORY_TARGET: &str = "org.apache.zookeeper.server.NIOServerCnxnFactory";
/// How long to wait after a failed accept (out of file descriptors) before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections that the kernel keeps waiting when the settings do not say; Java's 50 makes a burst of clients wait
/// whole seconds.
const DEFAULT_BACKLOG: i32 = 1024;

/// A running ZooKeeper server. Dropping it does not stop it; [`ZooKeeperServer::shutdown`] does.
#[derive(Debug)]
pub struct ZooKeeperServer {
    shared: Arc<Shared>,
    client_address: SocketAddr,
    log_thread: std::thread::JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl ZooKeeperServer {
    /// Binds the client port, loads the data folders, and serves. Errors name the address or the file.
    pub async fn start(config: ZooKeeperConfig) -> Result<ZooKeeperServer> {
        let listener = bind(config.client_address, config.listen_backlog)?;
        let client_address = listener.local_addr()?;
        let (storage, recovered) = Storage::open(&config)?;
        log::info!(
            target: "org.apache.zookeeper.server.ZKDatabase",
            "Snapshot loaded, {} txns replayed, highest zxid is 0x{:x}, {} nodes",
            recovered.replayed, recovered.database.last_zxid, recovered.database.tree.len()
        );
        let TimestampMs(wall) = SystemClock.now();
        let core = Core::new(rules(&config), recovered.database, Now { wall, elapsed: 0 });
        let shared = Arc::new(Shared {
            config: ZooKeeperConfig { client_address, ..config },
            state: Mutex::new(State {
                core,
                outboxes: Default::default(),
                by_address: Default::default(),
                next_connection: 1,
                stopping: false,
            }),
            work: Condvar::new(),
            timer: Notify::new(),
            failure: watch::Sender::new(None),
            stopping: watch::Sender::new(false),
            trace_mask: TraceMask::default(),
            started: Instant::now(),
            started_wall_ms: wall,
        });
        let log_thread = {
            let shared = shared.clone();
            std::thread::Builder::new().name("zk-log".into()).spawn(move || log_thread::run(&shared, storage))?
        };
        let mut tasks = vec![
            tokio::spawn(accept(shared.clone(), listener)),
            tokio::spawn(expire(shared.clone())),
            tokio::spawn(delete_containers(shared.clone())),
        ];
        if shared.config.purge_interval_hours > 0 {
            tasks.push(tokio::spawn(purge::run(shared.clone())));
        }
        Ok(ZooKeeperServer { shared, client_address, log_thread, tasks })
    }

    /// Where clients connect.
    pub fn client_address(&self) -> SocketAddr {
        self.client_address
    }

    /// Waits until the server cannot go on (the disk fails) and says why. Usually waits forever.
    pub async fn failed(&self) -> String {
        let mut failure = self.shared.failure.subscribe();
        match failure.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }

    /// Closes the connections and waits until everything is on disk. Sessions stay: clients may come back to them.
    pub async fn shutdown(self) {
        log::info!(target: TARGET, "shutting down");
        self.shared.stopping.send_replace(true);
        self.tasks.iter().for_each(JoinHandle::abort);
        self.shared.state.lock().stopping = true;
        self.shared.work.notify_all();
        let log_thread = self.log_thread;
        let _ended = tokio::task::spawn_blocking(move || log_thread.join()).await;
    }
}

fn rules(config: &ZooKeeperConfig) -> Rules {
    Rules {
        tick_ms: i64::from(config.tick_time_ms),
        min_session_timeout_ms: config.min_session_timeout_ms,
        max_session_timeout_ms: config.max_session_timeout_ms,
        skip_acl: config.skip_acl,
        super_digest: config.super_digest.clone(),
        extended_types: config.extended_types,
        reconfig: config.reconfig_enabled,
        enforce_quota: config.enforce_quota,
        container_max_never_used_ms: config.container_max_never_used_ms,
        digest: config.digest_enabled,
    }
}

fn bind(address: SocketAddr, backlog: i32) -> Result<TcpListener> {
    let shown = address.ip();
    log::info!(target: FACTORY_TARGET, "binding to port {shown}/{shown}:{}", address.port());
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
        port => format!("cannot listen on {address} (clientPort {port})"),
    };
    listen().with_context(advice)
}

async fn accept(shared: Arc<Shared>, listener: TcpListener) {
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                log::warn!(target: FACTORY_TARGET, "Error accepting new connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let _best_effort = stream.set_nodelay(true);
        let outbox = Arc::new(Outbox::new(stream));
        let now = shared.now();
        let admitted = shared.state.lock().admit(&shared.config, outbox.clone(), address, now);
        match admitted {
            Ok(conn) => drop(tokio::spawn(client_connection::serve(shared.clone(), outbox, conn, address))),
            Err(reason) => log::warn!(target: FACTORY_TARGET, "Error accepting new connection: {reason}"),
        }
    }
}

/// Ends sessions when their time is over.
async fn expire(shared: Arc<Shared>) {
    loop {
        let next = shared.state.lock().core.next_expiry();
        match next {
            None => shared.timer.notified().await,
            Some(at) => {
                let wait = u64::try_from(at - shared.now().elapsed).unwrap_or(0);
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(wait)) => {
                        shared.with_core(|core, now| core.expire_sessions(now));
                    }
                    () = shared.timer.notified() => {}
                }
            }
        }
    }
}

async fn delete_containers(shared: Arc<Shared>) {
    let every = Duration::from_millis(shared.config.container_check_ms);
    loop {
        tokio::time::sleep(every).await;
        shared.with_core(|core, now| core.delete_containers(now));
    }
}
