//! Which connections are open: the limits on their number, and who has been silent for too long.

use rkafka_runtime::lock::{Mutex, Rank};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// While file descriptors are short, connections that are silent for this long make place, so many at a time. Clients
/// connect again when they have something to say.
const IDLE_WHEN_SHORT: Duration = Duration::from_secs(10);
const CLOSED_WHEN_SHORT: usize = 16;

/// Kafka's limits on connections (`max.connections`, `max.connections.per.ip`, its overrides,
/// `connections.max.idle.ms`).
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    pub max_connections: usize,
    pub max_per_ip: usize,
    pub per_ip_overrides: HashMap<IpAddr, usize>,
    /// `None`: silent connections are never closed.
    pub max_idle: Option<Duration>,
}

impl Default for ConnectionLimits {
    fn default() -> ConnectionLimits {
        ConnectionLimits {
            max_connections: usize::MAX,
            max_per_ip: usize::MAX,
            per_ip_overrides: HashMap::new(),
            max_idle: Some(Duration::from_secs(600)),
        }
    }
}

impl ConnectionLimits {
    fn of_ip(&self, ip: IpAddr) -> usize {
        self.per_ip_overrides.get(&ip).copied().unwrap_or(self.max_per_ip)
    }
}

/// The open connections of all listeners.
pub struct Connections {
    limits: ConnectionLimits,
    slots: Arc<Semaphore>,
    open: Mutex<Open>,
    started: Instant,
}

#[derive(Default)]
struct Open {
    next: u64,
    by_number: HashMap<u64, Arc<Liveness>>,
    by_ip: HashMap<IpAddr, usize>,
}

/// What the rest of the server sees of one connection.
pub struct Liveness {
    /// Milliseconds after the start of the server at which bytes last moved.
    last_active: AtomicU64,
    /// Whether the client waits for an answer, so that its silence means nothing.
    is_owed: AtomicBool,
    /// It came by a listener that makes no room for others.
    is_protected: bool,
    /// It has been told to close.
    is_told: AtomicBool,
    close: Notify,
}

impl Liveness {
    fn idle_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.last_active.load(Ordering::Relaxed))
    }

    fn tell_to_close(&self) {
        self.is_told.store(true, Ordering::Relaxed);
        self.close.notify_one();
    }
}

/// One connection's place in the table; dropping it frees the place.
pub struct Seat {
    connections: Arc<Connections>,
    number: u64,
    ip: IpAddr,
    liveness: Arc<Liveness>,
    /// `None` for one that was let in although there was no room.
    _slot: Option<OwnedSemaphorePermit>,
}

/// The address has as many connections as it may have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("address {ip} has {limit} connections, the limit of max.connections.per.ip")]
pub struct TooManyFromAddress {
    ip: IpAddr,
    limit: usize,
}

impl Connections {
    pub fn new(limits: ConnectionLimits) -> Arc<Connections> {
        let slots = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
        Arc::new(Connections {
            limits,
            slots,
            open: Mutex::new(Rank::Connections, Open::default()),
            started: Instant::now(),
        })
    }

    /// Waits until `max.connections` allows one more. `None` once the server is closing.
    pub async fn slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    /// The same for a listener that must not wait for the clients of others: if there is no room, the connection among
    /// those that has been silent for longest is closed for it (`ConnectionQuotas.protectedListener`).
    pub(crate) fn slot_at_once(&self) -> Option<OwnedSemaphorePermit> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok();
        if slot.is_none() && !self.slots.is_closed() {
            let now = self.now_ms();
            let open = self.open.lock();
            let others = open.by_number.values().filter(|l| !l.is_protected && !l.is_told.load(Ordering::Relaxed));
            let silent = others.max_by_key(|l| (!l.is_owed.load(Ordering::Relaxed), l.idle_ms(now)));
            silent.into_iter().for_each(|l| l.tell_to_close());
        }
        slot
    }

    /// Enters a connection from `ip` into the table.
    pub(crate) fn seat(
        self: &Arc<Self>,
        ip: IpAddr,
        slot: Option<OwnedSemaphorePermit>,
        is_protected: bool,
    ) -> Result<Seat, TooManyFromAddress> {
        let limit = self.limits.of_ip(ip);
        let mut open = self.open.lock();
        let from_ip = open.by_ip.entry(ip).or_default();
        if *from_ip >= limit {
            return Err(TooManyFromAddress { ip, limit });
        }
        *from_ip += 1;
        let number = open.next;
        open.next += 1;
        let last_active = AtomicU64::new(self.now_ms());
        let (is_owed, is_told) = (AtomicBool::new(false), AtomicBool::new(false));
        let liveness = Arc::new(Liveness { last_active, is_owed, is_protected, is_told, close: Notify::new() });
        open.by_number.insert(number, Arc::clone(&liveness));
        Ok(Seat { connections: Arc::clone(self), number, ip, liveness, _slot: slot })
    }

    /// Closes the connections that have been silent for longer than `connections.max.idle.ms`; says how many.
    pub(crate) fn close_idle(&self) -> usize {
        let Some(max_idle) = self.limits.max_idle else { return 0 };
        let now = self.now_ms();
        let open = self.open.lock();
        let idle = open.by_number.values().filter(|l| u128::from(l.idle_ms(now)) > max_idle.as_millis());
        idle.map(|l| l.tell_to_close()).count()
    }

    /// Closes the connections that have been silent for longest, if that is long and nothing is owed to them: their
    /// descriptors are wanted. Says how many.
    pub(crate) fn close_longest_idle(&self) -> usize {
        let now = self.now_ms();
        let open = self.open.lock();
        let silent = open.by_number.values().filter(|l| !l.is_owed.load(Ordering::Relaxed));
        let mut idle: Vec<_> = silent.map(|l| (l.idle_ms(now), l)).collect();
        idle.retain(|(for_ms, _)| u128::from(*for_ms) >= IDLE_WHEN_SHORT.as_millis());
        idle.sort_unstable_by_key(|(for_ms, _)| std::cmp::Reverse(*for_ms));
        idle.iter().take(CLOSED_WHEN_SHORT).map(|(_, l)| l.tell_to_close()).count()
    }

    /// Closes every connection and takes no more.
    pub fn close_all(&self) {
        self.slots.close();
        self.open.lock().by_number.values().for_each(|l| l.tell_to_close());
    }

    /// How often idle connections are looked for: often enough that none outlives its time by much.
    pub(crate) fn idle_check_interval(&self) -> Option<Duration> {
        let max_idle = self.limits.max_idle?;
        Some((max_idle / 4).clamp(Duration::from_millis(10), Duration::from_secs(30)))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Seat {
    /// Bytes moved: the connection is not idle.
    pub fn touch(&self) {
        self.liveness.last_active.store(self.connections.now_ms(), Ordering::Relaxed);
    }

    /// Whether the client waits for an answer.
    pub fn owes(&self, an_answer: bool) {
        self.liveness.is_owed.store(an_answer, Ordering::Relaxed);
    }

    /// Ends when the connection is to be closed.
    pub async fn closing(&self) {
        self.liveness.close.notified().await;
    }

    /// The connection's number since the start of the server, for its id in the log.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock();
        open.by_number.remove(&self.number);
        if let Some(count) = open.by_ip.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                open.by_ip.remove(&self.ip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const IP: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn who_waits_for_an_answer_is_not_silent() {
        let connections = Connections::new(ConnectionLimits::default());
        let mut connections = Arc::into_inner(connections).unwrap();
        connections.started -= 2 * IDLE_WHEN_SHORT;
        let connections = Arc::new(connections);
        let seat = connections.seat(IP, connections.slot().await, false).unwrap();
        assert_eq!(connections.close_longest_idle(), 0);
        seat.liveness.last_active.store(0, Ordering::Relaxed);
        seat.owes(true);
        assert_eq!(connections.close_longest_idle(), 0);
        seat.owes(false);
        assert_eq!(connections.close_longest_idle(), 1);
    }

    #[tokio::test]
    async fn limits_hold_and_seats_free_their_place() {
        let limits = ConnectionLimits { max_connections: 2, max_per_ip: 1, ..Default::default() };
        let connections = Connections::new(limits);
        let seat = connections.seat(IP, connections.slot().await, false).ok().unwrap();
        let refused = connections.seat(IP, connections.slot().await, false).err().unwrap();
        assert_eq!(refused, TooManyFromAddress { ip: IP, limit: 1 });
        drop(seat);
        assert!(connections.open.lock().by_number.is_empty());
        assert!(connections.seat(IP, connections.slot().await, false).is_ok());
    }

    #[tokio::test]
    async fn a_protected_listener_gets_room_from_the_others() {
        let connections = Connections::new(ConnectionLimits { max_connections: 2, ..Default::default() });
        let idle = connections.seat(IP, connections.slot().await, false).unwrap();
        let peer = connections.seat(IP, connections.slot().await, true).unwrap();
        assert!(connections.slot_at_once().is_none(), "it is let in without one");
        let late = connections.seat(IP, None, true).unwrap();
        idle.closing().await;
        drop(idle);
        assert!(connections.slot_at_once().is_some(), "what was closed for it has left its place");
        assert!(![&peer, &late].iter().any(|seat| seat.liveness.is_told.load(Ordering::Relaxed)));
    }

    #[tokio::test]
    async fn silent_connections_are_told_to_close() {
        let limits = ConnectionLimits { max_idle: Some(Duration::ZERO), ..Default::default() };
        let connections = Connections::new(limits);
        let seat = connections.seat(IP, connections.slot().await, false).ok().unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        while connections.close_idle() == 0 {
            assert!(Instant::now() < deadline);
            tokio::task::yield_now().await;
        }
        seat.closing().await;
    }
}
