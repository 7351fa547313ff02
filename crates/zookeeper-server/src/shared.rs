//! What the connections, the timer and the log thread share: the core behind one lock, and the ways out to the clients.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use rkafka_runtime::lock::{Condvar, Mutex};
use rkafka_runtime::tasks::watched::Group;
use tokio::sync::{Notify, Semaphore, oneshot, watch};

use super::connection::ConnId;
use super::core::{Core, Effect, Now};
use super::database::Database;
use super::figures::trace_mask::TraceMask;
use super::outbox::Outbox;
use rkafka_base::TimestampMs;
use rkafka_config::ZooKeeperConfig;
use rkafka_runtime::clock::{Clock as _, SystemClock};

/// The shortest time between two warnings that clients are held up.
const THROTTLING_WARNINGS_MS: i64 = 10_000;

/// Shared by everything that runs for one server.
#[derive(Debug)]
pub struct Shared {
    pub config: ZooKeeperConfig,
    /// The one lock of the server: requests are decided and answered under it, one after the other. Outboxes are filled
    /// under it and sent without it. The log thread gives it up while the disk works; for a restore it does not.
    pub state: Mutex<State>,
    /// There are entries to persist, or the server stops.
    pub work: Condvar,
    /// The next session expiry may have come nearer.
    pub timer: Notify,
    /// The tasks of the clients' connections.
    pub connections: Group,
    /// Why the server can no longer go on; `None` while it can.
    pub failure: watch::Sender<Option<String>>,
    pub stopping: watch::Sender<bool>,
    pub trace_mask: TraceMask,
    /// The right to list very many things for an operator.
    pub listing: Semaphore,
    /// When throttling was last logged, in ms of the server's clock.
    pub throttling_warned_ms: AtomicI64,
    pub started: Instant,
    pub started_wall_ms: i64,
}

/// The AdminServer's order to continue from another state.
#[derive(Debug)]
pub struct Restore {
    pub database: Database,
    pub done: oneshot::Sender<i64>,
}

/// Everything that changes.
#[derive(Debug)]
pub struct State {
    pub core: Core,
    pub outboxes: BTreeMap<ConnId, Arc<Outbox>>,
    /// Connections by client address, for maxClientCnxns.
    pub by_address: BTreeMap<IpAddr, usize>,
    pub next_connection: u64,
    /// A state to continue from, and who waits to hear at which zxid.
    pub restore: Option<Restore>,
    pub stopping: bool,
}

impl Shared {
    pub fn now(&self) -> Now {
        let TimestampMs(wall) = SystemClock.now();
        Now { wall, elapsed: i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX) }
    }

    /// Runs `act` on the core, hands what it produced to the connections and the log, and sends.
    pub(crate) fn with_core<R>(&self, act: impl FnOnce(&mut Core, Now) -> R) -> R {
        let (result, touched) = {
            let mut state = self.state.lock();
            // Read under the lock, so that the core sees time go forward.
            let now = self.now();
            state.core.stats.metrics.at(now.elapsed);
            let result = act(&mut state.core, now);
            if state.core.has_entries() {
                self.work.notify_one();
            }
            (result, state.deliver())
        };
        touched.iter().for_each(|outbox| outbox.flush_from_outside());
        result
    }

    /// Has `list` make something long, where it may take its time; whoever else wants such waits. `None` if the server
    /// stops, or `list` has failed.
    pub(crate) async fn listed<T: Send + 'static>(
        self: &Arc<Self>,
        list: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> Option<T> {
        let _permit = self.listing.acquire().await.ok()?;
        let shared = Arc::clone(self);
        tokio::task::spawn_blocking(move || list(&shared)).await.ok()
    }

    /// Says, not too often, that clients are held up, and by which setting.
    pub(crate) fn warn_of_throttling(&self, now: Now, outstanding: usize) {
        let last = self.throttling_warned_ms.load(Ordering::Relaxed);
        if now.elapsed - last < THROTTLING_WARNINGS_MS {
            return;
        }
        self.throttling_warned_ms.store(now.elapsed, Ordering::Relaxed);
        log::warn!(
            target: "org.apache.zookeeper.server.ZooKeeperServer",
            "{outstanding} requests are in flight, more than globalOutstandingLimit={}: clients with requests in flight wait",
            self.config.outstanding_limit
        );
    }

    /// The server cannot go on: connections close, and who waits for the server hears why.
    pub fn fail(&self, reason: String) {
        self.failure.send_replace(Some(reason));
        self.stopping.send_replace(true);
    }
}

impl State {
    /// Hands out what the core produced; returns the outboxes that got something. Done under the lock, so that replies
    /// keep their order.
    pub fn deliver(&mut self) -> Vec<Arc<Outbox>> {
        let mut touched: Vec<Arc<Outbox>> = Vec::new();
        for effect in self.core.take_effects() {
            let conn = match &effect {
                Effect::Send(conn, _) | Effect::Close(conn) => *conn,
            };
            let Some(outbox) = self.outboxes.get(&conn) else { continue };
            match effect {
                Effect::Send(_, bytes) => outbox.push(bytes),
                Effect::Close(_) => outbox.finish(),
            }
            if outbox.throttled.load(Ordering::Acquire) && self.core.pending_of(conn) == 0 {
                outbox.throttled.store(false, Ordering::Release);
                outbox.wake.notify_one();
            }
            if !touched.last().is_some_and(|last| Arc::ptr_eq(last, outbox)) {
                touched.push(outbox.clone());
            }
        }
        touched
    }

    /// Lets a connection in unless there are too many; the error says of which kind.
    pub fn admit(
        &mut self,
        config: &ZooKeeperConfig,
        outbox: Arc<Outbox>,
        address: SocketAddr,
        now: Now,
    ) -> Result<ConnId, String> {
        let ip = address.ip();
        let of_address = self.by_address.get(&ip).copied().unwrap_or(0);
        if config.max_client_connections > 0 && of_address >= config.max_client_connections {
            let limit = config.max_client_connections;
            return Err(format!("Too many connections from /{ip} - max is {limit} (maxClientCnxns)"));
        }
        if config.max_connections > 0 && self.outboxes.len() >= config.max_connections {
            return Err(format!("Too many connections max allowed is {} (maxCnxns)", config.max_connections));
        }
        let conn = ConnId(self.next_connection);
        self.next_connection += 1;
        *self.by_address.entry(ip).or_default() += 1;
        self.outboxes.insert(conn, outbox);
        self.core.connected(conn, address, now);
        Ok(conn)
    }

    pub fn forget(&mut self, conn: ConnId, address: SocketAddr) {
        self.core.disconnected(conn);
        self.outboxes.remove(&conn);
        let ip = address.ip();
        if let Some(count) = self.by_address.get_mut(&ip) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&ip);
            }
        }
    }
}
