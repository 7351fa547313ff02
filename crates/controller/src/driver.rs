//! The loop around the deciding code: stands for election, turns watches into events, writes, and sends.
//!
//! One event at a time, to its end. Whatever fails in a way that leaves the state in doubt (a lost session, another
//! controller) ends the term; the next term begins by reading everything.

use super::asked::{Ballot, ElectionKind, Reply, Request, RequestId, Requester, Trigger};
use super::channels::BrokerChannels;
use super::cluster::{Cluster, ControllerSettings};
use super::command::{Command, ControllerStatus};
use super::event::{Event, Outcome, elect};
use super::handle::Surroundings;
use super::liveness::{Liveness, Sign};
use super::queues::{Next, Queues};
use super::sender::BrokerLine;
use super::writes::{FencedWriter, WriteError};
use super::{load, partitions, step};
use rkafka_registry::controllers::{self, Election};
use rkafka_registry::{RegistryError, encode_no_features, nodes, notices, paths, producer_ids, topics};
use rkafka_runtime::clock::Clock;
use rkafka_runtime::tasks::essential::End;
use rkafka_zookeeper_client::{Watch, ZkClient, ZkClientError, ZkEvent};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

const TARGET: &str = "kafka.controller.KafkaController";
/// The pause after a term that could not begin.
const RETRY: Duration = Duration::from_secs(1);
/// How long after an election strayed leaderships are looked for.
const FIRST_REBALANCE: Duration = Duration::from_secs(5);

/// Another broker that controls the cluster, and the registrations by which it does.
#[derive(Clone, Copy)]
pub(super) struct Incumbent {
    pub broker: i32,
    pub epoch: i64,
    /// Of its `/controller` node.
    pub czxid: i64,
}

/// Why a term ends.
#[derive(Debug, thiserror::Error)]
pub(super) enum TermEnd {
    #[error("another controller has been elected")]
    Replaced,
    #[error("the ZooKeeper session was another one after the election than before it")]
    SessionRenewed,
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl From<WriteError> for TermEnd {
    fn from(error: WriteError) -> TermEnd {
        match error {
            WriteError::Fenced => TermEnd::Replaced,
            WriteError::ZooKeeper(error) => TermEnd::Registry(error.into()),
        }
    }
}

impl From<ZkClientError> for TermEnd {
    fn from(error: ZkClientError) -> TermEnd {
        TermEnd::Registry(error.into())
    }
}

/// The time during which this broker is the controller.
pub(super) struct Term {
    pub cluster: Cluster,
    /// The ZooKeeper session that holds `/controller`. Its end is the term's; that of an earlier one, which may be heard
    /// of late, is not.
    session: i64,
    writer: FencedWriter,
    lines: BTreeMap<i32, BrokerLine>,
    /// Who waits for answers; when the term ends, they learn that this broker is not the controller.
    asked: BTreeMap<RequestId, oneshot::Sender<Reply>>,
    next_request: RequestId,
    /// When strayed leaderships are looked for again.
    next_rebalance: Option<Instant>,
}

/// The loop's state.
pub(super) struct Driver<C> {
    pub settings: ControllerSettings,
    pub zk: ZkClient,
    channels: Arc<C>,
    pub clock: Arc<dyn Clock>,
    status: watch::Sender<ControllerStatus>,
    reports: mpsc::UnboundedSender<Event>,
    pub liveness: Liveness,
    /// The other broker that is the controller.
    pub incumbent: Option<Incumbent>,
    pub term: Option<Term>,
}

/// Where the driver says what happens.
pub(super) struct Outputs {
    pub status: watch::Sender<ControllerStatus>,
    /// Of the lines to brokers.
    pub reports: mpsc::UnboundedSender<Event>,
    /// Of the watch over brokers.
    pub signs: mpsc::UnboundedSender<Sign>,
}

impl<C: BrokerChannels> Driver<C> {
    pub fn new(settings: ControllerSettings, zk: ZkClient, around: Surroundings<C>, outputs: Outputs) -> Driver<C> {
        let Outputs { status, reports, signs } = outputs;
        let Surroundings { channels, listeners, clock } = around;
        let liveness = Liveness::new(settings.inter_broker_listener.clone(), listeners, Arc::clone(&clock), signs);
        Driver { settings, zk, channels, clock, status, reports, liveness, incumbent: None, term: None }
    }

    pub async fn run(mut self, mut queues: Queues) -> End {
        let mut result = self.stand().await;
        loop {
            if let Err(end) = result {
                result = self.end_term(end).await;
                continue;
            }
            let rebalance_at = self.term.as_ref().and_then(|term| term.next_rebalance);
            result = match queues.next(&*self.clock, rebalance_at).await {
                Next::ZooKeeper(Some(event)) => self.on_zookeeper(event).await,
                Next::ZooKeeper(None) => {
                    self.resign();
                    return End::Unasked("the ZooKeeper client is closed");
                }
                Next::Sign(sign) => self.on_sign(sign).await,
                Next::Report(report) => self.process(report).await,
                Next::Rebalance => self.rebalance().await,
                Next::Command(Some(Command::Stand)) => self.stand().await,
                Next::Command(Some(Command::Ask(request, reply))) => self.on_asked(request, reply).await,
                Next::Command(Some(Command::Reconsider { unclean_by_default })) => {
                    self.reconsider(unclean_by_default).await
                }
                Next::Command(Some(Command::Mark(mark))) => {
                    let lines = self.term.iter().flat_map(|term| term.lines.values());
                    lines.for_each(|line| line.mark(mark.clone()));
                    Ok(())
                }
                Next::Command(Some(Command::Resign(done))) => {
                    self.resign();
                    let _ = done.send(());
                    return End::Asked;
                }
                Next::Command(None) => {
                    self.resign();
                    return End::Asked;
                }
            };
        }
    }

    /// Stands for election, unless this broker is the controller already.
    async fn stand(&mut self) -> Result<(), TermEnd> {
        let session = self.zk.session_id();
        match &self.term {
            Some(term) if term.session == session => return Ok(()),
            // Its session is over, which the loop has not heard yet.
            Some(_) => self.resign(),
            None => {}
        }
        let (id, now) = (self.settings.broker_id, self.clock.now().0);
        let mut election = controllers::stand(&self.zk, id, now).await;
        if let Ok(Election::Lost(broker)) = election
            && broker == id
        {
            // An office that could not be given up when its term ended. Nobody else would ever take it.
            election = match controllers::incumbent(&self.zk).await {
                Ok(Some((_, czxid))) => controllers::replace(&self.zk, czxid, id, now).await,
                Ok(None) => controllers::stand(&self.zk, id, now).await,
                Err(error) => Err(error),
            };
        }
        self.on_election(session, election, Vec::new()).await
    }

    /// Begins a term if the election was won, which began under `session`; `suspects` are brokers known to be dead.
    pub(crate) async fn on_election(
        &mut self,
        session: i64,
        election: Result<Election, RegistryError>,
        suspects: Vec<(i32, i64)>,
    ) -> Result<(), TermEnd> {
        let id = self.settings.broker_id;
        self.incumbent = None;
        match election {
            Ok(Election::Won(elected)) => {
                log::info!(target: TARGET,
                    "[Controller id={id}] {id} successfully elected as the controller. Epoch incremented to {} and epoch zk version is now {}",
                    elected.controller_epoch, elected.epoch_zk_version);
                let cluster = Cluster::new(self.settings.clone(), elected.controller_epoch);
                let writer = FencedWriter { zk: self.zk.clone(), elected };
                self.term = Some(Term {
                    cluster,
                    session,
                    writer,
                    lines: BTreeMap::new(),
                    asked: BTreeMap::new(),
                    next_request: 0,
                    next_rebalance: self
                        .settings
                        .leader_rebalance_interval
                        .map(|_| self.clock.monotonic() + FIRST_REBALANCE),
                });
                if self.zk.session_id() != session {
                    // Which of the two holds the office is not known.
                    return Err(TermEnd::SessionRenewed);
                }
                return self.begin_term(suspects).await;
            }
            Ok(Election::Lost(other)) => {
                log::debug!(target: TARGET, "[Controller id={id}] Broker {other} has been elected as the controller, so stopping the election process.");
                self.watch_incumbent().await;
            }
            // The watch on /controller tells when to stand again.
            Ok(Election::Open) => {}
            Err(error) => log::error!(target: TARGET, "[Controller id={id}] The election failed: {error}"),
        }
        Ok(())
    }

    async fn begin_term(&mut self, suspects: Vec<(i32, i64)>) -> Result<(), TermEnd> {
        self.liveness.clear();
        let Some(term) = &self.term else { return Ok(()) };
        let active_epoch = Some(term.cluster.epoch);
        nodes::create_with_parents(&self.zk, paths::FEATURE, Some(encode_no_features())).await?;
        for path in load::stale_notifications(&self.zk).await? {
            term.writer.delete_recursively(&path).await?;
        }
        let mut loaded = load::everything(&self.zk).await?;
        loaded.suspects = suspects;
        self.watch_loaded(&loaded.brokers, &loaded.suspects);
        self.status.send_replace(ControllerStatus { active_epoch });
        self.process(Event::Elected(Box::new(loaded))).await
    }

    fn resign(&mut self) {
        self.liveness.clear();
        self.incumbent = None;
        if self.term.take().is_some() {
            log::info!(target: TARGET, "[Controller id={}] Resigned", self.settings.broker_id);
        }
        self.status.send_replace(ControllerStatus::default());
    }

    /// Ends a term for `end`. Unless the session or another controller ended it, `/controller` is given up, so that a
    /// new term can begin, here or elsewhere.
    async fn end_term(&mut self, end: TermEnd) -> Result<(), TermEnd> {
        log::error!(target: TARGET, "[Controller id={}] The term as controller ends: {end}", self.settings.broker_id);
        let elected = self.term.as_ref().map(|term| term.writer.elected);
        self.resign();
        match end {
            TermEnd::Replaced => {}
            TermEnd::Registry(RegistryError::ZooKeeper(ZkClientError::SessionExpired | ZkClientError::Closed)) => {
                return Ok(());
            }
            TermEnd::Registry(_) | TermEnd::SessionRenewed => {
                self.clock.sleep(RETRY).await;
                if let Some(elected) = elected
                    && let Err(error) = controllers::abdicate(&self.zk, elected).await
                {
                    log::error!(target: TARGET, "Giving up {} failed: {error}", paths::CONTROLLER);
                }
            }
        }
        self.stand().await
    }

    async fn on_zookeeper(&mut self, event: ZkEvent) -> Result<(), TermEnd> {
        let path = match event {
            ZkEvent::Watch(event) => event.path,
            ZkEvent::Expired { session } => {
                // The broker may have registered under another session since, and won a term with it.
                if self.term.as_ref().is_some_and(|term| term.session == session) {
                    self.resign();
                }
                return Ok(());
            }
            ZkEvent::Connected | ZkEvent::Disconnected | ZkEvent::AuthFailed { .. } | ZkEvent::SaslAuthenticated => {
                return Ok(());
            }
        };
        if path == paths::CONTROLLER {
            return self.on_controller_changed().await;
        }
        if self.term.is_none() {
            return Ok(());
        }
        let event = match path.as_str() {
            paths::BROKER_IDS => Some(Event::BrokersSeen(load::live_brokers(&self.zk).await?)),
            paths::BROKER_TOPICS => Some(self.see_topics().await?),
            paths::DELETE_TOPICS => {
                let names = topics::pending_deletions(&self.zk, Watch::Yes).await?;
                Some(Event::DeletionsSeen(names.into_iter().map(Arc::from).collect()))
            }
            paths::REASSIGN_PARTITIONS => Some(Event::AlterReassignments {
                targets: load::reassignment_requests(&self.zk).await?,
                requester: Requester::Znode,
            }),
            paths::PREFERRED_REPLICA_ELECTION => load::election_requests(&self.zk).await?.map(|partitions| {
                Event::HoldElection(Ballot::new(ElectionKind::Preferred, Trigger::Znode, partitions))
            }),
            paths::ISR_CHANGE_NOTIFICATION => {
                let notices = notices::isr_changes(&self.zk).await?;
                let states = load::states(&self.zk, notices.contents).await?;
                return self.process_notices(Event::IsrChangesSeen(states), &notices.paths).await;
            }
            paths::LOG_DIR_EVENT_NOTIFICATION => {
                let notices = notices::log_dir_failures(&self.zk).await?;
                return self.process_notices(Event::LogDirsFailed(notices.contents), &notices.paths).await;
            }
            other => self.see_node(other).await?,
        };
        match event {
            Some(event) => self.process(event).await,
            None => Ok(()),
        }
    }

    /// Handles what notifications tell, and removes them.
    async fn process_notices(&mut self, event: Event, paths: &[String]) -> Result<(), TermEnd> {
        if !paths.is_empty() {
            self.process(event).await?;
        }
        let Some(term) = &self.term else { return Ok(()) };
        for path in paths {
            term.writer.delete_recursively(path).await?;
        }
        Ok(())
    }

    async fn on_controller_changed(&mut self) -> Result<(), TermEnd> {
        if self.term.is_none() {
            return self.stand().await;
        }
        match controllers::read(&self.zk, Watch::Yes).await? {
            Some(controller) if controller.broker_id == self.settings.broker_id => Ok(()),
            _ => Err(TermEnd::Replaced),
        }
    }

    /// Reads the topics' names and the assignments of the unknown ones.
    async fn see_topics(&self) -> Result<Event, TermEnd> {
        let names: BTreeSet<Arc<str>> = topics::names(&self.zk, Watch::Yes).await?.into_iter().map(Arc::from).collect();
        let known = self.term.as_ref().map(|term| &term.cluster.topics);
        let unknown =
            names.iter().filter(|name| known.is_none_or(|known| !known.contains_key(*name))).cloned().collect();
        let new = load::topics(&self.zk, &unknown).await?;
        Ok(Event::TopicsSeen { names, new })
    }

    /// Reads the node of one topic or broker.
    async fn see_node(&self, path: &str) -> Result<Option<Event>, TermEnd> {
        if let Some(name) = path.strip_prefix("/brokers/topics/").filter(|name| !name.contains('/')) {
            let known = self.term.as_ref().is_some_and(|term| term.cluster.topics.contains_key(name));
            if !known {
                // A node that could not be read before may have been mended.
                return self.see_topics().await.map(Some);
            }
            return Ok(load::topic(&self.zk, Arc::from(name)).await?.map(Event::AssignmentSeen));
        }
        match path.strip_prefix("/brokers/ids/").and_then(|id| id.parse().ok()) {
            Some(id) => Ok(load::live_broker(&self.zk, id).await?.map(Event::BrokerChanged)),
            None => Ok(None),
        }
    }

    async fn on_asked(&mut self, request: Request, reply: oneshot::Sender<Reply>) -> Result<(), TermEnd> {
        let Some(term) = &mut self.term else { return Ok(()) };
        term.next_request += 1;
        let id = term.next_request;
        term.asked.insert(id, reply);
        self.process(Event::Asked { id, request }).await
    }

    async fn reconsider(&mut self, unclean_by_default: bool) -> Result<(), TermEnd> {
        self.settings.unclean_leader_election_enable = unclean_by_default;
        if let Some(term) = &mut self.term {
            term.cluster.settings.unclean_leader_election_enable = unclean_by_default;
        }
        self.process(elect()).await
    }

    /// Returns strayed leaderships, and says when to look again.
    async fn rebalance(&mut self) -> Result<(), TermEnd> {
        if let Some(term) = &mut self.term {
            term.next_rebalance =
                self.settings.leader_rebalance_interval.map(|interval| self.clock.monotonic() + interval);
        }
        self.process(Event::RebalanceLeaders).await
    }

    /// Handles an event and everything that follows from it.
    pub async fn process(&mut self, event: Event) -> Result<(), TermEnd> {
        let mut queue = VecDeque::from([event]);
        while let Some(event) = queue.pop_front() {
            let Some(term) = &mut self.term else { return Ok(()) };
            let event = completed(&self.zk, &term.cluster, event).await?;
            let writes = step::decide(&term.cluster, &event);
            let results = term.writer.execute(&writes).await?;
            assert_eq!(writes.len(), results.len(), "each write has its result, in order");
            let mut outcome = step::apply(&mut term.cluster, event, writes.into_iter().zip(results).collect());
            for follow_up in std::mem::take(&mut outcome.follow_ups).into_iter().rev() {
                queue.push_front(follow_up);
            }
            if !outcome.reread.is_empty() {
                let states = load::states(&self.zk, std::mem::take(&mut outcome.reread)).await?;
                queue.push_front(Event::StatesRead(states));
            }
            self.tell(outcome);
        }
        Ok(())
    }

    /// Opens and closes lines and sends the messages.
    fn tell(&mut self, outcome: Outcome) {
        self.watch_others(&outcome);
        let Some(term) = &mut self.term else { return };
        for broker in outcome.brokers_down {
            term.lines.remove(&broker);
            self.channels.broker_down(broker);
        }
        for broker in outcome.brokers_up {
            let Some(live) = term.cluster.brokers.get(&broker) else { continue };
            self.channels.broker_up(broker, &live.registration.endpoints);
            let open = || BrokerLine::open(broker, self.channels.clone(), self.clock.clone(), self.reports.clone());
            term.lines.entry(broker).or_insert_with(open);
        }
        for (id, reply) in outcome.replies {
            if let Some(waiting) = term.asked.remove(&id) {
                // Whoever asked may have gone.
                let _ = waiting.send(reply);
            }
        }
        for (broker, message) in outcome.messages {
            if let Some(line) = term.lines.get(&broker) {
                line.send(message);
            }
        }
    }
}

/// Fills in what an event needs to know of ZooKeeper at the moment when it is handled: which topics allow unclean
/// elections (their settings are read only when it matters), and the latest block of producer ids.
async fn completed(zk: &ZkClient, cluster: &Cluster, event: Event) -> Result<Event, TermEnd> {
    Ok(match event {
        Event::ElectLeaders { .. } => {
            let topics = partitions::topics_without_clean_heir(cluster);
            let default = cluster.settings.unclean_leader_election_enable;
            Event::ElectLeaders { unclean: load::unclean_topics(zk, topics, default).await? }
        }
        Event::Asked { id, request: Request::AllocateProducerIds { request, .. } } => {
            let (latest, version) = producer_ids::latest(zk).await?;
            Event::Asked { id, request: Request::AllocateProducerIds { request, latest, version } }
        }
        other => other,
    })
}
