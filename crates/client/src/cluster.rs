//! A client's way to the cluster: one connection per broker, opened when needed, and what is known of the metadata.
//!
//! Shared by admin, producer and consumer. It retries nothing by itself except a connection's backoff; [`Cluster::retrying`]
//! is the loop around a whole call.

use super::{
    BrokerConnection, ClientConfig, ClientError, HostPort,
    connection::{self, Target},
    metadata::{ClusterView, Topics},
    repeats::Repeats,
    unreached,
};
use rkafka_protocol::{
    ApiKey, ErrorCode,
    messages::{DescribeClusterRequest, FindCoordinatorRequest, FindCoordinatorResponse},
};
use rkafka_runtime::lock::{Mutex, Rank, RwLock};
use std::{
    collections::HashMap,
    future::Future,
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::Instant;

/// Unreachable addresses are given up that much before their time: a pause between two tries may be as long.
const LAST_WAIT: Duration = Duration::from_millis(100);
/// How many connections one client may keep.
const MAX_CONNECTIONS: usize = 10_000;
/// Asks DescribeCluster for the addresses of controllers (`EndpointType.CONTROLLER`).
pub(crate) const CONTROLLERS: i8 = 2;

/// A handle on a cluster; clones share connections and metadata.
#[derive(Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

struct Inner {
    config: ClientConfig,
    bootstrap: Vec<(HostPort, Vec<SocketAddr>)>,
    /// Held to replace or to copy it; questions are asked without it.
    view: RwLock<Arc<ClusterView>>,
    /// A slot's own lock is only tried under it: it is held while a connection is opened.
    slots: Mutex<HashMap<(HostPort, Lane), SharedSlot>>,
    /// Since when addresses are tried of which none has ever been reached.
    first_try: OnceLock<Instant>,
    is_reached: AtomicBool,
}

/// Which of the connections to a broker. A broker answers one request of a connection after the other, so what it may
/// hold back for a while (a fetch, a join) must not stand in front of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lane {
    Main,
    Fetch,
    Coordinator,
}

/// One connection to a broker, and when it may be tried again.
#[derive(Default)]
struct Slot {
    connection: Option<BrokerConnection>,
    failures: u32,
    not_before: Option<Instant>,
    /// Why it could not be opened.
    last: Option<ClientError>,
    /// The same, as it was last said.
    warned: Repeats<String>,
}

/// A slot; whoever opens its connection holds the lock, and the others wait for the outcome.
type SharedSlot = Arc<tokio::sync::Mutex<Slot>>;

/// What a controller tells of the controllers: it knows no Metadata.
async fn controllers(connection: &BrokerConnection) -> Result<ClusterView, ClientError> {
    let version = connection.versions().choose(ApiKey::DescribeCluster)?;
    let request = DescribeClusterRequest { endpoint_type: CONTROLLERS, ..Default::default() };
    let response = connection.call_at(&request, version).await?;
    match ErrorCode(response.error_code).ok() {
        Ok(()) => Ok(ClusterView::of_controllers(response)),
        Err(code) => Err(ClientError::broker(code, response.error_message.as_deref())),
    }
}

/// What a coordinator coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoordinatorKind {
    Group = 0,
    Transaction = 1,
}

impl Cluster {
    /// Resolves the bootstrap addresses. Connections are opened when they are needed.
    ///
    /// Errors: no address could be resolved (Kafka's words; each one is logged).
    pub async fn connect(config: ClientConfig) -> Result<Cluster, ClientError> {
        let mut bootstrap = Vec::new();
        for address in &config.bootstrap_servers {
            match connection::resolve(address).await {
                Ok(found) => bootstrap.push((address.clone(), found)),
                Err(_) => log::warn!(target: "org.apache.kafka.clients.ClientUtils",
                    "Couldn't resolve server {address} from bootstrap.servers as DNS resolution failed for {}",
                    address.host),
            }
        }
        if bootstrap.is_empty() {
            return Err(ClientError::Config("No resolvable bootstrap urls given in bootstrap.servers".into()));
        }
        let view = RwLock::new(Rank::ClusterView, Arc::default());
        let slots = Mutex::new(Rank::ClientConnections, HashMap::new());
        let (first_try, is_reached) = (OnceLock::new(), AtomicBool::new(false));
        Ok(Cluster { inner: Arc::new(Inner { config, bootstrap, view, slots, first_try, is_reached }) })
    }

    pub fn config(&self) -> &ClientConfig {
        &self.inner.config
    }

    /// What is known of the cluster now.
    pub fn view(&self) -> Arc<ClusterView> {
        self.inner.view.read().clone()
    }

    /// Asks any broker about `topics`, once.
    pub async fn refresh(&self, topics: &Topics) -> Result<Arc<ClusterView>, ClientError> {
        self.refresh_creating(topics, self.inner.config.allow_auto_create_topics).await
    }

    /// As [`Cluster::refresh`]; `allow_auto_create` lets the broker create topics that are missing.
    pub(crate) async fn refresh_creating(
        &self,
        topics: &Topics,
        allow_auto_create: bool,
    ) -> Result<Arc<ClusterView>, ClientError> {
        let connection = self.any().await?;
        let found = if self.inner.config.of_controllers {
            controllers(&connection).await?
        } else {
            let version = connection.versions().choose(ApiKey::Metadata)?;
            ClusterView::of(connection.call_at(&topics.request(version, allow_auto_create), version).await?)
        };
        let mut view = self.inner.view.write();
        *view = Arc::new(view.updated(found, topics));
        Ok(view.clone())
    }

    /// A connection to any broker: one that is open, else a listed one, else a bootstrap address.
    pub async fn any(&self) -> Result<BrokerConnection, ClientError> {
        if let Some(open) = self.open_connection() {
            return Ok(open);
        }
        let view = self.view();
        let mut last = None;
        let nodes = view.nodes.values().map(|n| (n.address.clone(), n.id, Vec::new()));
        let bootstrap = self.inner.bootstrap.iter().enumerate();
        let bootstrap = bootstrap.map(|(i, (a, found))| (a.clone(), -1 - i as i32, found.clone()));
        let give_up_at = self.give_up_at();
        for (address, node_id, resolved) in nodes.chain(bootstrap) {
            let shown = address.to_string();
            let opening = self.connection_to(Target { address, node_id, resolved }, Lane::Main);
            let opened = match give_up_at {
                Some((at, _)) => tokio::time::timeout_at(at, opening).await.unwrap_or_else(|_| Err(no_answer(shown))),
                None => opening.await,
            };
            match opened {
                Ok(connection) => {
                    self.inner.is_reached.store(true, Relaxed);
                    return Ok(connection);
                }
                // A broker that is down may come back; a port that is not Kafka's will not.
                Err(e) if e.is_retriable() || last.is_none() => last = Some(e),
                Err(_) => {}
            }
        }
        let last = last
            .unwrap_or_else(|| ClientError::Config("No resolvable bootstrap urls given in bootstrap.servers".into()));
        Err(match (give_up_at, last) {
            // The wait before the next try would end too late.
            (Some((at, tried)), ClientError::Connect { reason, .. }) if Instant::now() + LAST_WAIT >= at => {
                let listed: Vec<String> = self.inner.bootstrap.iter().map(|(a, _)| a.to_string()).collect();
                ClientError::Unreachable { addresses: listed.join(", "), reason, tried }
            }
            (_, last) => last,
        })
    }

    /// When to give up on addresses of which none has been reached, and how long they are tried until then.
    fn give_up_at(&self) -> Option<(Instant, Duration)> {
        let after = self.inner.config.give_up_after.filter(|_| !self.inner.is_reached.load(Relaxed))?;
        Some((*self.inner.first_try.get_or_init(Instant::now) + after, after))
    }

    /// The open connection with the fewest requests under way.
    fn open_connection(&self) -> Option<BrokerConnection> {
        let slots = self.inner.slots.lock();
        let open = slots.iter().filter(|((_, lane), _)| *lane == Lane::Main).filter_map(|(_, slot)| {
            let slot = slot.try_lock().ok()?;
            slot.connection.clone().filter(|c| c.closed().is_none())
        });
        open.min_by_key(BrokerConnection::in_flight)
    }

    /// A connection to the broker of an id.
    ///
    /// Errors: BROKER_NOT_AVAILABLE (retriable as `LEADER_NOT_AVAILABLE`) if it is not listed.
    pub async fn node(&self, id: i32) -> Result<BrokerConnection, ClientError> {
        self.node_by(id, Lane::Main).await
    }

    /// A connection of its own to the broker of an id, for fetches.
    pub(crate) async fn node_for_fetches(&self, id: i32) -> Result<BrokerConnection, ClientError> {
        self.node_by(id, Lane::Fetch).await
    }

    async fn node_by(&self, id: i32, lane: Lane) -> Result<BrokerConnection, ClientError> {
        let mut view = self.view();
        if !view.nodes.contains_key(&id) {
            view = self.refresh(&Topics::None).await?;
        }
        let Some(node) = view.nodes.get(&id) else {
            let message = format!("Broker {id} is not in the cluster now");
            return Err(ClientError::Broker { code: ErrorCode::LEADER_NOT_AVAILABLE, message });
        };
        self.connection_to(Target { address: node.address.clone(), node_id: id, resolved: Vec::new() }, lane).await
    }

    /// A connection to the controller, as far as brokers tell (KRaft brokers name any broker, which forwards).
    pub async fn controller(&self) -> Result<BrokerConnection, ClientError> {
        let view = match self.view() {
            view if view.controller.is_some() => view,
            _ => self.refresh(&Topics::None).await?,
        };
        match view.controller {
            Some(id) => self.node(id).await,
            // Brokers before 0.10.0 do not name the controller.
            None if view.cluster_id.is_none() => self.any().await,
            None => Err(ClientError::broker(ErrorCode::NOT_CONTROLLER, Some("The cluster has no controller now"))),
        }
    }

    /// Forgets who the controller is, so that the next call asks again.
    pub(crate) fn forget_controller(&self) {
        let mut view = self.inner.view.write();
        let mut newer = ClusterView::clone(&view);
        newer.controller = None;
        *view = Arc::new(newer);
    }

    /// Asks for the coordinator of a group or transaction and connects to it, once.
    pub async fn coordinator(&self, kind: CoordinatorKind, key: &str) -> Result<(i32, BrokerConnection), ClientError> {
        let connection = self.any().await?;
        let version = connection.versions().choose(ApiKey::FindCoordinator)?;
        let mut request = FindCoordinatorRequest { key_type: kind as i8, ..Default::default() };
        if version >= 4 {
            request.coordinator_keys = vec![key.to_owned()];
        } else {
            request.key = key.to_owned();
        }
        let (code, message, node_id, address) = found(connection.call_at(&request, version).await?);
        if code.is_error() {
            return Err(ClientError::broker(code, message.as_deref()));
        }
        let connection =
            self.connection_to(Target { address, node_id, resolved: Vec::new() }, Lane::Coordinator).await?;
        Ok((node_id, connection))
    }

    /// The connection to `target`, opened if need be. Waits out the broker's reconnect backoff.
    async fn connection_to(&self, target: Target, lane: Lane) -> Result<BrokerConnection, ClientError> {
        let slot = {
            let mut slots = self.inner.slots.lock();
            let key = (target.address.clone(), lane);
            if slots.len() >= MAX_CONNECTIONS && !slots.contains_key(&key) {
                return Err(ClientError::State(format!("more than {MAX_CONNECTIONS} connections")));
            }
            slots.entry(key).or_default().clone()
        };
        let mut slot = slot.lock().await;
        if let Some(connection) = slot.connection.as_ref().filter(|c| c.closed().is_none()) {
            return Ok(connection.clone());
        }
        if let Some(not_before) = slot.not_before {
            let gives_up_first = self.give_up_at().is_some_and(|(at, _)| at <= not_before);
            if let Some(last) = slot.last.clone().filter(|_| gives_up_first) {
                return Err(last);
            }
            tokio::time::sleep_until(not_before).await;
        }
        let is_waited_for = !self.inner.is_reached.load(Relaxed);
        if is_waited_for {
            unreached::tried(&target.address.to_string(), self.give_up_at().map(|(at, _)| at.into_std()));
        }
        let result = connection::open(&target, &self.inner.config).await;
        match &result {
            Ok(_) => unreached::over(),
            Err(ClientError::Connect { reason, .. }) => unreached::failed(reason),
            Err(other) => unreached::failed(&other.to_string()),
        }
        slot.connection = result.as_ref().ok().cloned();
        slot.last = result.as_ref().err().cloned();
        slot.failures = if result.is_ok() { 0 } else { slot.failures.saturating_add(1) };
        let failures = slot.failures;
        slot.not_before = result
            .is_err()
            .then(|| Instant::now() + self.inner.config.reconnect_backoff.wait(failures - 1, fastrand::f64()));
        match &result {
            Ok(_) => slot.warned.over(|_| true),
            Err(_) if is_waited_for && unreached::is_shown() => (),
            Err(e) => self.log_failure(&target, e, &mut slot.warned),
        }
        result
    }

    fn log_failure(&self, target: &Target, why: &ClientError, warned: &mut Repeats<String>) {
        let prefix = &self.inner.config.log_prefix;
        let class = "org.apache.kafka.clients.NetworkClient";
        let failed = match why {
            ClientError::Connect { .. } => "could not be established. Node may not be available.".to_owned(),
            why => format!("failed: {why}"),
        };
        let Some(times) = warned.came(failed.clone(), std::time::Instant::now()) else { return };
        log::warn!(target: class, "{prefix}Connection to node {} ({}) {failed}{times}", target.node_id, java_address(target));
        if target.node_id < 0 {
            log::warn!(target: class, "{prefix}Bootstrap broker {} (id: {} rack: null) disconnected",
                target.address, target.node_id);
        }
    }

    /// Repeats `attempt` until it succeeds, fails for good, or `deadline` passes; waits `retry.backoff.ms` in between.
    ///
    /// Errors: the attempt's own, or [`ClientError::Timeout`] in the words of Kafka's admin client for the call `name`.
    pub(crate) async fn retrying<T, F, A>(
        &self,
        name: &str,
        deadline: Instant,
        mut attempt: F,
    ) -> Result<T, ClientError>
    where
        F: FnMut() -> A,
        A: Future<Output = Result<T, ClientError>>,
    {
        let mut last: Option<ClientError> = None;
        for tries in 0u32.. {
            let failed = match tokio::time::timeout_at(deadline, attempt()).await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(e)) if !e.is_retriable() => return Err(e),
                Ok(Err(e)) => e,
                Err(_) => return Err(timed_out(name, tries, last)),
            };
            unreached::ends_at(deadline.into_std());
            // It may have moved, also when it does not answer at all.
            self.forget_controller();
            last = Some(failed);
            let wait = self.inner.config.retry_backoff.wait(tries, fastrand::f64());
            if Instant::now() + wait >= deadline {
                tokio::time::sleep_until(deadline).await;
                return Err(timed_out(name, tries + 1, last));
            }
            tokio::time::sleep(wait).await;
        }
        Err(timed_out(name, u32::MAX, last))
    }
}

fn no_answer(address: String) -> ClientError {
    ClientError::Connect { address, reason: "no answer".to_owned(), refused: false }
}

fn timed_out(name: &str, tries: u32, last: Option<ClientError>) -> ClientError {
    let message = match &last {
        None | Some(ClientError::Connect { .. }) => format!("Timed out waiting for a node assignment. Call: {name}"),
        Some(cause) => format!("Call(callName={name}) timed out after {tries} attempt(s): {cause}"),
    };
    ClientError::Timeout { message, cause: last.map(Box::new) }
}

/// `localhost/127.0.0.1:9092`, as Java shows a resolved address.
fn java_address(target: &Target) -> String {
    match target.resolved.first() {
        Some(found) if found.ip().to_string() != target.address.host => format!("{}/{found}", target.address.host),
        Some(found) => format!("/{found}"),
        None => target.address.to_string(),
    }
}

/// The first coordinator in an answer: error, its text, broker id, address.
fn found(response: FindCoordinatorResponse) -> (ErrorCode, Option<String>, i32, HostPort) {
    let (code, message, node_id, host, port) = match response.coordinators.into_iter().next() {
        Some(c) => (c.error_code, c.error_message, c.node_id, c.host, c.port),
        None => (response.error_code, response.error_message, response.node_id, response.host, response.port),
    };
    let port = u16::try_from(port).unwrap_or_default();
    (ErrorCode(code), message, node_id, HostPort::new(host, port))
}
