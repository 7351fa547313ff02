//! Learns within a fraction of a second that another broker's process has ended.
//!
//! ZooKeeper notices a dead broker when its session expires, after 18 seconds by default. But a process that has ended
//! no longer listens, and its machine says so: open connections end, and new ones are refused. A broker that is only
//! slow or stopped for a moment still has its sockets; the kernel accepts connections for it. So a connection is held
//! to each watched broker. When it ends, some attempts to connect follow, and if every one of them is refused, the
//! process is gone. An attempt that gets no answer at all proves nothing.

use super::listeners::{Listeners, Unopened};
use rkafka_client::{HostPort, Target};
use rkafka_registry::brokers::LiveBroker;
use rkafka_runtime::clock::Clock;
use rkafka_runtime::tasks::essential::{self, Task};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// How many attempts in a row must be refused.
const REFUSALS: u32 = 4;
/// The pause between attempts just after a connection has ended.
const BETWEEN_QUICK_ATTEMPTS: Duration = Duration::from_millis(40);
/// The pause between attempts otherwise.
const BETWEEN_CONNECTIONS: Duration = Duration::from_millis(250);

/// What has been learned of a broker, by the epoch of its registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nobody listens there any more.
    Gone { broker: i32, epoch: i64 },
    /// It listens and answers again.
    Back { broker: i32, epoch: i64 },
}

/// What is believed of a broker when its watch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belief {
    /// It may not listen yet, as brokers register before they do: refusals count only after a first connection.
    Starting,
    /// It has listened, so that refusals count.
    Listening,
    /// It has refused, and was reported: its return is what matters.
    Gone,
}

/// Watches brokers; dropping it ends that.
pub(super) struct Liveness {
    listener: String,
    listeners: Arc<dyn Listeners>,
    clock: Arc<dyn Clock>,
    signs: mpsc::UnboundedSender<Sign>,
    watched: BTreeMap<i32, Watched>,
}

struct Watched {
    epoch: i64,
    address: HostPort,
    task: AbortHandle,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Liveness {
    /// Reaches brokers by those of `listeners` that have the name `listener`.
    pub fn new(
        listener: String,
        listeners: Arc<dyn Listeners>,
        clock: Arc<dyn Clock>,
        signs: mpsc::UnboundedSender<Sign>,
    ) -> Liveness {
        Liveness { listener, listeners, clock, signs, watched: BTreeMap::new() }
    }

    /// Watches a broker, if it is not watched already.
    pub fn watch(&mut self, broker: &LiveBroker, belief: Belief) {
        let endpoints = &broker.registration.endpoints;
        let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.listener == self.listener) else { return };
        let Ok(port) = u16::try_from(endpoint.port) else { return };
        let address = HostPort::new(&endpoint.host, port);
        let same = |known: &Watched| known.epoch == broker.epoch && known.address == address;
        if self.watched.get(&broker.id).is_some_and(same) {
            return;
        }
        let probe = Probe {
            target: Target { address: address.clone(), node_id: broker.id, resolved: Vec::new() },
            epoch: broker.epoch,
            listeners: Arc::clone(&self.listeners),
            clock: Arc::clone(&self.clock),
            signs: self.signs.clone(),
        };
        let task = essential::spawn(Task::BrokerWatch, probe.run(belief)).abort_handle();
        self.watched.insert(broker.id, Watched { epoch: broker.epoch, address, task });
    }

    /// Ends the watch of one broker.
    pub fn forget(&mut self, broker: i32) {
        self.watched.remove(&broker);
    }

    /// Ends all watches.
    pub fn clear(&mut self) {
        self.watched.clear();
    }
}

/// The task that watches one broker.
struct Probe {
    target: Target,
    epoch: i64,
    listeners: Arc<dyn Listeners>,
    clock: Arc<dyn Clock>,
    signs: mpsc::UnboundedSender<Sign>,
}

impl Probe {
    async fn run(self, belief: Belief) -> Infallible {
        let (mut was_reachable, mut reported) = (belief != Belief::Starting, belief == Belief::Gone);
        let (mut refusals, mut quick_attempts) = (0, REFUSALS);
        loop {
            match self.listeners.open(&self.target).await {
                Ok(connection) => {
                    (was_reachable, refusals) = (true, 0);
                    if reported && connection.answers().await {
                        reported = false;
                        self.report(Sign::Back { broker: self.target.node_id, epoch: self.epoch });
                    }
                    if !reported {
                        let since = self.clock.monotonic();
                        connection.ended().await;
                        if self.clock.monotonic().saturating_duration_since(since) > BETWEEN_CONNECTIONS {
                            // A dying process may still accept once or twice between its sockets' ends.
                            quick_attempts = 3 * REFUSALS;
                        }
                    }
                }
                Err(Unopened::Refused) => {
                    refusals += 1;
                    if was_reachable && !reported && refusals >= REFUSALS {
                        reported = true;
                        self.report(Sign::Gone { broker: self.target.node_id, epoch: self.epoch });
                    }
                }
                Err(Unopened::Silent) => refusals = 0,
            }
            let pause = if quick_attempts > 0 { BETWEEN_QUICK_ATTEMPTS } else { BETWEEN_CONNECTIONS };
            quick_attempts = quick_attempts.saturating_sub(1);
            self.clock.sleep(pause).await;
        }
    }

    fn report(&self, sign: Sign) {
        // The receiver ends only with the process.
        let _ = self.signs.send(sign);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listeners::NetworkListeners;
    use rkafka_registry::{BrokerRegistration, Endpoint, SecurityProtocol};
    use rkafka_runtime::clock::SystemClock;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn liveness(signs: mpsc::UnboundedSender<Sign>) -> Liveness {
        Liveness::new("PLAINTEXT".into(), Arc::new(NetworkListeners::new(0)), Arc::new(SystemClock), signs)
    }

    fn broker(port: u16) -> LiveBroker {
        let endpoint = Endpoint {
            listener: "PLAINTEXT".into(),
            host: "127.0.0.1".into(),
            port: port.into(),
            security_protocol: SecurityProtocol::Plaintext,
        };
        let registration = BrokerRegistration { endpoints: vec![endpoint], rack: None, jmx_port: -1, timestamp_ms: 0 };
        LiveBroker { id: 1, epoch: 7, registration }
    }

    async fn sign(signs: &mut mpsc::UnboundedReceiver<Sign>, within: Duration) -> Option<Sign> {
        tokio::time::timeout(within, signs.recv()).await.ok().flatten()
    }

    #[tokio::test]
    async fn a_listener_that_ends_is_missed_and_a_silent_one_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, mut signs) = mpsc::unbounded_channel();
        let mut liveness = liveness(sender);
        liveness.watch(&broker(address.port()), Belief::Starting);
        let (accepted, _) = listener.accept().await.unwrap();
        // It listens and says nothing, as a process that was stopped.
        assert_eq!(sign(&mut signs, Duration::from_millis(400)).await, None);
        drop((accepted, listener));
        assert_eq!(sign(&mut signs, Duration::from_secs(2)).await, Some(Sign::Gone { broker: 1, epoch: 7 }));
        // A listener that does not speak is not the broker's return.
        let _listener = TcpListener::bind(address).await.unwrap();
        assert_eq!(sign(&mut signs, Duration::from_secs(1)).await, None);
    }

    #[tokio::test]
    async fn refusals_count_only_after_a_first_connection() {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let (sender, mut signs) = mpsc::unbounded_channel();
        let mut liveness = liveness(sender);
        liveness.watch(&broker(port), Belief::Starting);
        assert_eq!(sign(&mut signs, Duration::from_millis(400)).await, None);
        liveness.forget(1);
        liveness.watch(&broker(port), Belief::Listening);
        assert_eq!(sign(&mut signs, Duration::from_secs(2)).await, Some(Sign::Gone { broker: 1, epoch: 7 }));
    }

    #[tokio::test]
    async fn a_suspect_that_answers_is_back() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (sender, mut signs) = mpsc::unbounded_channel();
        let mut liveness = liveness(sender);
        liveness.watch(&broker(listener.local_addr().unwrap().port()), Belief::Gone);
        let (mut accepted, _) = listener.accept().await.unwrap();
        let mut request = [0; 4];
        accepted.read_exact(&mut request).await.unwrap();
        let mut rest = vec![0; u32::from_be_bytes(request) as usize];
        accepted.read_exact(&mut rest).await.unwrap();
        // Correlation id, no error, no APIs.
        let mut answer = vec![0, 0, 0, 10];
        answer.extend_from_slice(&rest[4..8]);
        answer.extend_from_slice(&[0; 6]);
        accepted.write_all(&answer).await.unwrap();
        assert_eq!(sign(&mut signs, Duration::from_secs(2)).await, Some(Sign::Back { broker: 1, epoch: 7 }));
    }
}
