//! Starting and stopping a server: listen, load, serve.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;

use super::accept::{accept, doors};
use super::auth::{SaslRules, Schemes};
use super::core::{Core, Now};
use super::figures::trace_mask::TraceMask;
use super::operator_doors::OperatorDoors;
use super::rules::Rules;
use super::security::Security;
use super::shared::{Shared, State};
use super::storage::Storage;
use super::{log_thread, purge};
use rkafka_base::TimestampMs;
use rkafka_config::ZooKeeperConfig;
use rkafka_runtime::{
    clock::{Clock as _, SystemClock},
    lock::{Condvar, Mutex, Rank},
    tasks::{
        essential::{self, Task},
        watched::Group,
    },
};

const TARGET: &str = "org.apache.zookeeper.server.ZooKeeperServer";
/// How long connections may take to end when the server stops: the clients that read on, and close, do so in less. It is no
/// longer, for a server that stops is missed until it is started again.
const LAST_REPLIES: Duration = Duration::from_millis(200);

/// A running ZooKeeper server. Dropping it does not stop it; [`ZooKeeperServer::shutdown`] does.
#[derive(Debug)]
pub struct ZooKeeperServer {
    pub(crate) shared: Arc<Shared>,
    client_address: SocketAddr,
    secure_address: Option<SocketAddr>,
    /// Where the AdminServer answers and where Prometheus finds `/metrics`, if they do.
    #[cfg(test)]
    pub(crate) operator_addresses: (Option<SocketAddr>, Option<SocketAddr>),
    log_thread: std::thread::JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl ZooKeeperServer {
    /// Binds the client port, loads the data folders, and serves. Errors name the address or the file.
    pub async fn start(config: ZooKeeperConfig) -> Result<ZooKeeperServer> {
        let operators = OperatorDoors::bind(&config).await?;
        let security = Security::load(&config)?;
        let doors = doors(&config, security.tls.as_ref())?;
        let client_address = doors.plain_address().unwrap_or(config.client_address);
        let secure_address = doors.secure_address();
        let began = Instant::now();
        let (storage, recovered) = Storage::open(&config)?;
        let load_time = began.elapsed();
        log::info!(
            target: "org.apache.zookeeper.server.ZKDatabase",
            "Snapshot loaded, {} txns replayed, highest zxid is 0x{:x}, {} nodes",
            recovered.replayed, recovered.database.last_zxid, recovered.database.tree.len()
        );
        let recovered_txns = recovered.replayed;
        let TimestampMs(wall) = SystemClock.now();
        let mut core = Core::new(rules(&config, security.sasl), recovered.database, Now { wall, elapsed: 0 });
        core.stats.metrics = operators.metrics(load_time, recovered_txns);
        let state = State {
            core,
            outboxes: Default::default(),
            by_address: Default::default(),
            next_connection: 1,
            restore: None,
            stopping: false,
        };
        let shared = Arc::new(Shared {
            config: with_ports(config, client_address, secure_address),
            throttling_warned_ms: AtomicI64::new(i64::MIN / 2),
            state: Mutex::new(Rank::ZooKeeperState, state),
            work: Condvar::default(),
            timer: Notify::new(),
            connections: Group::default(),
            failure: watch::Sender::new(None),
            stopping: watch::Sender::new(false),
            trace_mask: TraceMask::default(),
            listing: Semaphore::new(1),
            started: Instant::now(),
            started_wall_ms: wall,
        });
        let log_thread = {
            let shared = shared.clone();
            essential::spawn_thread(Task::ZooKeeperLog, move || log_thread::run(&shared, storage))?
        };
        let mut tasks = vec![
            essential::spawn(Task::SessionExpiry, expire(shared.clone())),
            essential::spawn(Task::ContainerNodes, delete_containers(shared.clone())),
        ];
        let accepting = |door| essential::spawn(Task::ZooKeeperAccepting, accept(shared.clone(), door));
        tasks.extend(doors.0.into_iter().map(accepting));
        let operators = operators.open(&shared);
        tasks.extend(operators.tasks);
        if shared.config.purge_interval_hours > 0 {
            tasks.push(essential::spawn(Task::Purging, purge::run(shared.clone())));
        }
        Ok(ZooKeeperServer {
            shared,
            client_address,
            secure_address,
            #[cfg(test)]
            operator_addresses: (operators.admin, operators.metrics),
            log_thread,
            tasks,
        })
    }

    /// Where clients connect.
    pub fn client_address(&self) -> SocketAddr {
        self.client_address
    }

    /// Where clients connect with TLS.
    pub fn secure_address(&self) -> Option<SocketAddr> {
        self.secure_address
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
        for task in self.tasks {
            task.abort();
            // After this it lets nobody in.
            let _aborted = task.await;
        }
        self.shared.state.lock().stopping = true;
        self.shared.work.notify_all();
        let log_thread = self.log_thread;
        let _ended = tokio::task::spawn_blocking(move || log_thread.join()).await;
        if !self.shared.connections.ended(LAST_REPLIES).await {
            log::debug!(target: TARGET, "Connections linger: their clients have not closed them within {LAST_REPLIES:?}");
        }
    }
}

/// With the ports that were taken.
fn with_ports(mut config: ZooKeeperConfig, client: SocketAddr, secure: Option<SocketAddr>) -> ZooKeeperConfig {
    config.client_address = client;
    config.security.secure_address = secure;
    config
}

fn rules(config: &ZooKeeperConfig, sasl: Option<SaslRules>) -> Rules {
    let security = &config.security;
    Rules {
        tick_ms: i64::from(config.tick_time_ms),
        min_session_timeout_ms: config.min_session_timeout_ms,
        max_session_timeout_ms: config.max_session_timeout_ms,
        skip_acl: config.skip_acl,
        super_digest: config.super_digest.clone(),
        schemes: Schemes {
            digest: security.digest,
            sasl: security.sasl_acls,
            x509: security.x509,
            x509_super_user: security.x509_super_user.clone(),
            any_sasl_user: security.any_sasl_user.clone(),
        },
        sasl,
        allow_sasl_failed: security.allow_sasl_failed,
        enforced_schemes: security.enforced_schemes.clone(),
        large_request_threshold: config.large_request_threshold,
        large_request_max_bytes: config.large_request_max_bytes,
        extended_types: config.extended_types,
        reconfig: config.reconfig_enabled,
        enforce_quota: config.enforce_quota,
        container_max_never_used_ms: config.container_max_never_used_ms,
        digest: config.digest_enabled,
    }
}

/// Ends sessions when their time is over.
async fn expire(shared: Arc<Shared>) -> Infallible {
    loop {
        let next = shared.state.lock().core.next_expiry();
        match next {
            None => shared.timer.notified().await,
            Some(at) => {
                let wait = u64::try_from(at - shared.now().elapsed).unwrap_or(0);
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(wait)) => {
                        shared.with_core(|core, now| core.expire_sessions(now));
                        // What is left of them comes after those who wait for the core.
                        tokio::task::yield_now().await;
                    }
                    () = shared.timer.notified() => {}
                }
            }
        }
    }
}

async fn delete_containers(shared: Arc<Shared>) -> Infallible {
    let every = Duration::from_millis(shared.config.container_check_ms);
    loop {
        tokio::time::sleep(every).await;
        shared.with_core(|core, now| core.delete_containers(now));
    }
}
