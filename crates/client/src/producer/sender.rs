//! The task that sends a producer's batches: collects what is ready, at most so many requests per broker at a time, and
//! takes in the answers.

mod in_transaction;
mod lookups;

use super::{
    Reports,
    accumulator::Accumulator,
    answer::{self, Outcome},
    batch::{ProducerIdentity, QueuedBatch, Sent},
    config::{Acks, Idempotence, ProducerConfig},
};
use crate::{
    BrokerConnection, ClientError, Cluster, ClusterView,
    connection::{Answer, Written},
    repeats::Repeats,
    task,
};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ApiKey, ErrorCode,
    messages::{ProduceRequest, ProduceResponse},
};
use rkafka_runtime::lock::Mutex;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{Notify, mpsc, watch};

/// How often brokers may not know a topic, or its leader, before that is worth a warning.
const QUIET_RETRIES: u32 = 5;
/// How long a broker that leads no more may take to answer what was sent to it.
const DEPOSED_PATIENCE: Duration = Duration::from_secs(1);
/// How many reports may wait for the sender.
const EVENT_QUEUE: usize = 1024;

/// What the producer's users and its sender share.
pub struct Shared {
    /// What waits to be sent; batches under way are the sender's own. Reports are made without it.
    pub accumulator: Mutex<Accumulator>,
    /// Something to do for the sender.
    pub wake: Notify,
    /// Changes whenever memory has become free, metadata has come, or batches are done.
    pub progress: watch::Sender<u64>,
    /// The last failure that is being retried.
    pub last_failure: Mutex<Option<ClientError>>,
    pub reports: Option<Reports>,
}

impl Shared {
    pub fn progress(&self) {
        self.progress.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// A batch is done with: whoever wants to know is told.
    pub fn finish(&self, batch: QueuedBatch, result: Result<Sent, ClientError>) {
        {
            let mut accumulator = self.accumulator.lock();
            match &result {
                Ok(_) => accumulator.written(&batch),
                Err(why) => {
                    accumulator.note_failure(&batch, why);
                    accumulator.failed(&batch);
                }
            }
        }
        let report = batch.finish(result);
        if let Some(reports) = &self.reports {
            reports(&report);
        }
        self.progress();
    }

    /// Nothing will ever be sent: everybody hears why. `dead`: nor will what is under way be heard of.
    pub fn give_up(&self, why: &ClientError, dead: bool) {
        let waiting = {
            let mut accumulator = self.accumulator.lock();
            accumulator.failed = Some(why.clone());
            accumulator.dead |= dead;
            accumulator.abandon()
        };
        self.progress();
        waiting.into_iter().for_each(|batch| self.finish(batch, Err(why.clone())));
    }
}

/// What a request has come to: the answer, or `None` when there is none and it has been written.
type Answered = Result<Option<ProduceResponse>, ClientError>;

/// A request on its way.
enum UnderWay {
    Answered(Answer<ProduceRequest>),
    Unanswered(Written),
}

impl UnderWay {
    /// `None`: the connection has no room for it now.
    fn begin(
        connection: &BrokerConnection,
        request: &ProduceRequest,
        version: i16,
        config: &ProducerConfig,
    ) -> Result<Option<UnderWay>, ClientError> {
        let timeout = config.client.request_timeout;
        match config.acks {
            Acks::None => Ok(connection.try_send_without_answer(request, version, timeout)?.map(UnderWay::Unanswered)),
            Acks::Leader | Acks::All => Ok(connection.try_send(request, version, timeout)?.map(UnderWay::Answered)),
        }
    }

    async fn end(self) -> Answered {
        match self {
            UnderWay::Answered(answer) => answer.wait().await.map(Some),
            UnderWay::Unanswered(written) => written.wait().await.map(|()| None),
        }
    }
}

enum Event {
    Connected(i32, Result<BrokerConnection, ClientError>),
    Answered(i32, Vec<QueuedBatch>, Answered),
    Metadata(Result<Arc<ClusterView>, ClientError>),
    Identity(Result<Option<ProducerIdentity>, ClientError>),
    PartitionsAdded(Result<(), ClientError>),
}

#[derive(Default)]
struct NodeState {
    connection: Option<BrokerConnection>,
    connecting: bool,
    /// It is not asked for anything before that.
    not_before: Option<Instant>,
    in_flight: usize,
    /// Since when a partition waits for the answers of this broker, which does not lead it any more.
    deposed: Option<Instant>,
}

/// Where the producer stands with its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IdentityState {
    /// Not idempotent, or transactional: then the coordinator gives it.
    Unused,
    Wanted,
    Asked,
    Known(ProducerIdentity),
}

/// See the module.
pub struct Sender {
    pub cluster: Cluster,
    pub config: Arc<ProducerConfig>,
    pub shared: Arc<Shared>,
    nodes: HashMap<i32, NodeState>,
    identity: IdentityState,
    events: (mpsc::Sender<Event>, mpsc::Receiver<Event>),
    metadata_asked: bool,
    metadata_due: Option<Instant>,
    identity_due: Instant,
    /// Connections that failed in a row.
    tries: u32,
    /// Why batches are sent again.
    warned: Repeats<(TopicPartition, String)>,
    /// Which topics are not known.
    warned_of_topics: Repeats<String>,
}

impl Sender {
    pub fn new(cluster: Cluster, config: Arc<ProducerConfig>, shared: Arc<Shared>) -> Sender {
        let identity = match config.idempotence {
            Idempotence::Off => IdentityState::Unused,
            _ if config.transactional_id.is_some() => IdentityState::Unused,
            _ => IdentityState::Wanted,
        };
        Sender {
            cluster,
            config,
            shared,
            nodes: HashMap::new(),
            identity,
            events: mpsc::channel(EVENT_QUEUE),
            metadata_asked: false,
            metadata_due: None,
            identity_due: Instant::now(),
            tries: 0,
            warned: Repeats::default(),
            warned_of_topics: Repeats::default(),
        }
    }

    /// Sends until the producer is closed and everything is done with.
    pub async fn run(mut self) -> Result<(), ClientError> {
        loop {
            while let Ok(event) = self.events.1.try_recv() {
                self.handle(event);
            }
            self.ask_for_metadata();
            self.ask_for_identity();
            self.discard();
            let next = self.send_ready();
            self.ask_for_partitions();
            let closing = self.shared.accumulator.lock().closing;
            if closing && self.shared.accumulator.lock().is_flushed(u64::MAX) {
                return Ok(());
            }
            let metadata_due = self.metadata_due.filter(|_| !self.metadata_asked);
            let wake = [next, metadata_due, self.next_retry()].into_iter().flatten().min();
            let sleep = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                event = self.events.1.recv() => if let Some(event) = event { self.handle(event) },
                () = self.shared.wake.notified() => {}
                () = sleep => {}
            }
        }
    }

    fn next_retry(&self) -> Option<Instant> {
        let now = Instant::now();
        let nodes = self.nodes.values().filter_map(|n| n.not_before).filter(|t| *t > now).min();
        let identity = (self.identity == IdentityState::Wanted).then_some(self.identity_due);
        [nodes, identity.filter(|t| *t > now)].into_iter().flatten().min()
    }

    /// Sends requests while batches are ready and brokers have room. Returns when to look again.
    fn send_ready(&mut self) -> Option<Instant> {
        loop {
            let identity = match self.identity {
                IdentityState::Unused if self.config.transactional_id.is_some() => match self.sends_as() {
                    None => return self.collect(None, true).1,
                    identity => identity,
                },
                IdentityState::Unused => None,
                IdentityState::Known(identity) => Some(identity),
                // Batches may still run out of time.
                IdentityState::Wanted | IdentityState::Asked => {
                    return self.collect(None, true).1;
                }
            };
            let (batches, next) = self.collect(identity, false);
            if batches.is_empty() {
                return next;
            }
            for (node, batches) in batches {
                self.send(node, batches);
            }
        }
    }

    fn collect(
        &mut self,
        identity: Option<ProducerIdentity>,
        nothing: bool,
    ) -> (Vec<(i32, Vec<QueuedBatch>)>, Option<Instant>) {
        let (view, now) = (self.cluster.view(), Instant::now());
        let (nodes, limit) = (&mut self.nodes, self.config.max_in_flight);
        let mut to_connect = Vec::new();
        let collected = self.shared.accumulator.lock().collect(&view, now, identity, |id| {
            let node = nodes.entry(id).or_default();
            node.connection.take_if(|c| c.closed().is_some());
            if nothing || node.not_before.is_some_and(|t| t > now) {
                return false;
            }
            if node.connection.is_none() && !node.connecting {
                node.connecting = true;
                to_connect.push(id);
            }
            node.connection.is_some() && node.in_flight < limit
        });
        for id in to_connect {
            let (cluster, events) = (self.cluster.clone(), self.events.0.clone());
            task::spawn("a connection", async move { cluster.node(id).await }, move |result| async move {
                let _ = events.send(Event::Connected(id, result)).await;
            });
        }
        if collected.leaderless {
            self.refresh_soon();
        }
        if collected.exhausted {
            self.identity = IdentityState::Wanted;
            self.ask_for_identity();
        }
        let next = self.give_up_on(&collected.deposed, now).into_iter().chain(collected.next).min();
        for batch in collected.expired {
            let (count, partition, ms) = (batch.count, &batch.partition, self.config.delivery_timeout.as_millis());
            let message = format!("Expiring {count} record(s) for {partition}:{ms} ms has passed since batch creation");
            let cause = self.shared.last_failure.lock().clone().map(Box::new);
            self.fail(batch, ClientError::Timeout { message, cause });
        }
        (collected.by_node.into_iter().collect(), next)
    }

    /// Brokers that lead no more usually say so at once. One that stays silent is cut off, so that its batches can go to
    /// the new leader, which recognizes those that it has. Returns when to look again.
    fn give_up_on(&mut self, deposed: &BTreeSet<i32>, now: Instant) -> Option<Instant> {
        let mut next = None;
        self.nodes.iter_mut().filter(|(id, _)| !deposed.contains(id)).for_each(|(_, node)| node.deposed = None);
        for id in deposed {
            let node = self.nodes.entry(*id).or_default();
            let end = *node.deposed.get_or_insert(now) + DEPOSED_PATIENCE;
            if end > now {
                next = next.into_iter().chain([end]).min();
            } else if let Some(connection) = node.connection.take() {
                let address = connection.address().to_owned();
                connection.close(ClientError::Disconnected { address, during: "a change of leaders".to_owned() });
            }
        }
        next
    }

    /// Never waits: a broker that reads nothing would hold up the batches for all others.
    fn send(&mut self, id: i32, mut batches: Vec<QueuedBatch>) {
        let Some(connection) = self.nodes.get(&id).and_then(|n| n.connection.clone()) else {
            return self.put_back_unsent(batches);
        };
        let request = connection
            .versions()
            .choose_within(ApiKey::Produce, self.produce_range())
            .and_then(|version| Ok((answer::request(&mut batches, &self.config, version)?, version)));
        let (request, version) = match request {
            Ok(request) => request,
            Err(e) => return batches.into_iter().for_each(|b| self.fail(b, e.clone())),
        };
        let node = self.nodes.entry(id).or_default();
        match UnderWay::begin(&connection, &request, version, &self.config) {
            Ok(Some(under_way)) => {
                node.in_flight += 1;
                let events = self.events.0.clone();
                task::spawn("an answer", under_way.end(), move |result| async move {
                    let _ = events.send(Event::Answered(id, batches, result)).await;
                });
            }
            // Others use the connection, too.
            Ok(None) => {
                let pause = self.config.client.retry_backoff.first.max(Duration::from_millis(1));
                node.not_before = Some(Instant::now() + pause);
                self.put_back_unsent(batches);
            }
            Err(e) => {
                node.connection = None;
                self.take_in(batches, Err(e));
            }
        }
    }

    fn put_back_unsent(&self, batches: Vec<QueuedBatch>) {
        let mut accumulator = self.shared.accumulator.lock();
        batches.into_iter().for_each(|batch| accumulator.put_back_unsent(batch));
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Connected(id, result) => self.connected(id, result),
            Event::Answered(id, batches, result) => self.answered(id, batches, result),
            Event::Metadata(result) => self.metadata_came(result),
            Event::Identity(result) => self.identity_came(result),
            Event::PartitionsAdded(result) => self.partitions_added(result),
        }
    }

    fn connected(&mut self, id: i32, result: Result<BrokerConnection, ClientError>) {
        let backoff = self.config.client.reconnect_backoff.wait(self.tries, fastrand::f64());
        let node = self.nodes.entry(id).or_default();
        node.connecting = false;
        match result {
            Ok(connection) => (node.connection, node.not_before, self.tries) = (Some(connection), None, 0),
            Err(e) => {
                node.not_before = Some(Instant::now() + backoff);
                self.tries += 1;
                *self.shared.last_failure.lock() = Some(e);
                self.refresh_soon();
            }
        }
    }

    fn answered(&mut self, id: i32, batches: Vec<QueuedBatch>, result: Answered) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.in_flight = node.in_flight.saturating_sub(1);
            if result.is_err() {
                node.connection = None;
            }
        }
        self.take_in(batches, result);
    }

    fn take_in(&mut self, batches: Vec<QueuedBatch>, result: Answered) {
        let mut results = answer::by_partition(result);
        for batch in batches {
            let behind = self.shared.accumulator.lock().is_behind(&batch);
            let outcome = answer::outcome(&batch, results.take(&batch.partition), behind, &self.config);
            self.apply(batch, outcome);
        }
    }

    fn apply(&mut self, mut batch: QueuedBatch, outcome: Outcome) {
        match outcome {
            Outcome::Done(sent) => {
                let too_large = ErrorCode::MESSAGE_TOO_LARGE.name();
                self.warned.over(|(partition, error)| *partition == batch.partition && error != too_large);
                self.finish(batch, Ok(sent));
            }
            Outcome::Failed(why) => self.fail(batch, why),
            Outcome::Split => {
                self.warn_of_batch(&batch, "splitting and retrying", ErrorCode::MESSAGE_TOO_LARGE.name());
                self.shared.accumulator.lock().split(batch);
            }
            Outcome::Behind => self.shared.accumulator.lock().put_back_refused(batch),
            Outcome::Lost(why) => {
                self.note_retry(&mut batch, why);
                self.shared.accumulator.lock().put_back_refused(batch);
            }
            Outcome::Retry { why, refresh } => {
                self.note_retry(&mut batch, why);
                self.shared.accumulator.lock().put_back(batch);
                if refresh {
                    self.refresh_soon();
                }
            }
        }
    }

    /// Says why a batch is sent again, after a while.
    fn note_retry(&mut self, batch: &mut QueuedBatch, why: ClientError) {
        // A leader may not have heard yet of a topic that was created a moment ago: nothing to worry about.
        let is_young = why.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) && batch.attempts <= QUIET_RETRIES;
        if !is_young {
            self.warn_of_batch(batch, "retrying", &named(&why));
        }
        *self.shared.last_failure.lock() = Some(why);
        let wait = self.config.client.retry_backoff.wait(batch.attempts.saturating_sub(1), fastrand::f64());
        batch.not_before = Some(Instant::now() + wait);
    }

    fn warn_of_batch(&mut self, batch: &QueuedBatch, what: &str, error: &str) {
        let key = (batch.partition.clone(), error.to_owned());
        let Some(times) = self.warned.came(key, Instant::now()) else { return };
        let left = self.config.retries - batch.attempts.min(self.config.retries);
        log::warn!(target: "org.apache.kafka.clients.producer.internals.Sender",
            "{}Got error produce response on topic-partition {}, {what} ({left} attempts left). Error: {error}{times}",
            self.config.client.log_prefix, batch.partition);
    }

    fn fail(&mut self, batch: QueuedBatch, why: ClientError) {
        self.finish(batch, Err(why));
    }

    fn finish(&mut self, batch: QueuedBatch, result: Result<Sent, ClientError>) {
        self.shared.finish(batch, result);
    }
}

/// An error as Kafka's log lines name it (`Sender.formatErrMsg`).
fn named(why: &ClientError) -> String {
    match why {
        ClientError::Broker { code, message } if message == code.message() => code.name().to_owned(),
        ClientError::Broker { code, message } => format!("{}. Error Message: {message}", code.name()),
        why => why.to_string(),
    }
}
