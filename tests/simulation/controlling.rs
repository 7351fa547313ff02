//! The loop around the controller's deciding code, as `controller::driver` runs it: stands for election, reads, and
//! handles one event at a time: decide, write under the controller's epoch, apply, tell. Every call to ZooKeeper takes
//! its time, and anything can happen in between.

use super::env::Timer;
use super::message::{Endpoint, Message};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use super::session::User;
use super::world::{TOPIC, TOPIC_ID, tp};
use super::zookeeper::{Answer, Call, Node, Op, Refusal};
use rkafka_base::TopicPartition;
use rkafka_controller::cluster::{Cluster, ControllerSettings, Leadership};
use rkafka_controller::event::{Event, Loaded, Outcome, TopicSeen, Write, WriteResult};
use rkafka_controller::{Message as Order, Request, step};
use rkafka_registry::brokers::LiveBroker;
use rkafka_registry::{
    BrokerRegistration, ControllerRegistration, LeaderAndIsr, TopicAssignment, decode_controller_epoch, paths,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The pause before an order that failed is repeated.
const RETRY_MS: i64 = 100;
/// How long an order may be without answer.
const ORDER_TIMEOUT_MS: i64 = 1_200;

/// What the answers that are awaited belong to.
#[derive(Debug, Default)]
enum Phase {
    #[default]
    Idle,
    ReadingController,
    ReadingEpoch,
    Electing(i32),
    ReadingOutcome(i32),
    LoadingNames,
    LoadingNodes(Vec<i32>, Box<TopicAssignment>),
    CheckingController,
    SeeingNames,
    SeeingBrokers(Vec<i32>),
    Writing(Box<Event>, Vec<Write>),
    Reading(Vec<TopicPartition>),
    GivingUp,
    /// Who is the controller under which czxid; its registration is read.
    FindingIncumbent(i32, i64),
    /// The epoch and the incumbent are read before it is replaced.
    Challenging,
    Replacing(i32),
    SeeingBack(i32, i64),
    SeeingNotices,
    DroppingNotices,
    Pausing,
}

/// What waits for the loop.
#[derive(Debug)]
pub enum Input {
    Stand,
    Watch(String),
    /// Nobody listens at the address of a broker that is registered under this epoch, or somebody does again.
    Gone(i32, i64),
    Back(i32, i64),
    Happened(Box<Event>),
    /// Who asks, under which number, and what.
    Asked(Endpoint, u64, Box<Request>),
}

/// The line to one broker: orders in their sequence, one in flight, each repeated until it is answered.
#[derive(Default)]
struct Line {
    orders: VecDeque<Order>,
    in_flight: Option<u64>,
    /// The registration that the order under way is meant for.
    epoch: i64,
}

pub struct Term {
    pub cluster: Cluster,
    epoch_version: i32,
    queue: VecDeque<Event>,
    lines: BTreeMap<i32, Line>,
    /// Who waits for answers.
    asked: BTreeMap<u64, (Endpoint, u64)>,
    /// Brokers known to be dead before anything was read.
    suspects: Vec<(i32, i64)>,
    /// Whether everything is loaded.
    is_active: bool,
}

/// A broker and the epoch of its registration.
pub type Registered = (i32, i64);

/// Another broker that controls the cluster, by its registration's epoch and the czxid of its `/controller` node.
#[derive(Clone, Copy, Debug)]
pub struct Incumbent {
    pub broker: i32,
    pub epoch: i64,
    czxid: i64,
}

#[derive(Default)]
pub struct Driver {
    phase: Phase,
    pub term: Option<Term>,
    pub incumbent: Option<Incumbent>,
    inbox: VecDeque<Input>,
}

fn settings(broker_id: i32) -> ControllerSettings {
    ControllerSettings {
        broker_id,
        inter_broker_listener: "PLAINTEXT".into(),
        delete_topic_enable: true,
        unclean_leader_election_enable: false,
        leader_imbalance_per_broker_percentage: 10,
        leader_rebalance_interval: None,
        internal_topic_factors: BTreeMap::new(),
        fast_failover: true,
    }
}

fn get(path: impl Into<String>, watch: bool) -> Call {
    Call::Get { path: path.into(), watch }
}

fn controller_of(node: &Node) -> i32 {
    ControllerRegistration::decode(&node.data).map_or(-1, |controller| controller.broker_id)
}

fn live_broker(id: i32, node: Option<Node>) -> Option<LiveBroker> {
    let node = node?;
    let registration = BrokerRegistration::decode(&node.data).expect("a registration");
    Some(LiveBroker { id, epoch: node.czxid, registration })
}

fn leadership(node: &Option<Node>) -> Option<Leadership> {
    let node = node.as_ref()?;
    let state = LeaderAndIsr::decode(&node.data).expect("a partition's state");
    Some(Leadership { state, zk_version: node.version })
}

fn node(answer: Option<Answer>) -> Option<Node> {
    match answer {
        Some(Answer::Node(node)) => node,
        _ => None,
    }
}

fn children(answer: Option<Answer>) -> Vec<i32> {
    match answer {
        Some(Answer::Children(names)) => names.iter().filter_map(|name| name.parse().ok()).collect(),
        _ => Vec::new(),
    }
}

impl Process {
    pub fn is_controller(&self) -> bool {
        self.driver.term.as_ref().is_some_and(|term| term.is_active)
    }

    /// The brokers whose end this one would notice, with the epochs of their registrations; and the suspected ones.
    pub fn watched(&self) -> (Vec<Registered>, Vec<Registered>) {
        match (&self.driver.term, self.driver.incumbent) {
            (Some(term), _) => {
                let others = term.cluster.brokers.values().filter(|broker| broker.id != self.id);
                let suspects = term.cluster.suspects.iter().map(|(id, epoch)| (*id, *epoch));
                (others.map(|broker| (broker.id, broker.epoch)).collect(), suspects.collect())
            }
            (None, Some(incumbent)) => (vec![(incumbent.broker, incumbent.epoch)], Vec::new()),
            (None, None) => (Vec::new(), Vec::new()),
        }
    }

    pub fn stand(&mut self, ctx: &mut Ctx) {
        self.driver.inbox.push_back(Input::Stand);
        self.advance(ctx);
    }

    /// After the pause that follows a failed term.
    pub fn stand_again(&mut self, ctx: &mut Ctx) {
        if matches!(self.driver.phase, Phase::Pausing) && self.zk.session.is_some() {
            let give_up = Op::Delete { path: paths::CONTROLLER.into(), version: -1 };
            self.ask(ctx, Phase::GivingUp, vec![Call::Multi(vec![give_up])]);
        }
    }

    pub fn watch_fired(&mut self, ctx: &mut Ctx, path: String) {
        self.driver.inbox.push_back(Input::Watch(path));
        self.advance(ctx);
    }

    pub fn resign(&mut self) {
        self.driver = Driver::default();
    }

    fn ask(&mut self, ctx: &mut Ctx, phase: Phase, calls: Vec<Call>) {
        self.driver.phase = phase;
        self.zk.call(ctx.env, self.id, self.run, User::Controller, calls);
    }

    pub fn take_in(&mut self, ctx: &mut Ctx, input: Input) {
        self.driver.inbox.push_back(input);
        self.advance(ctx);
    }

    /// Goes on as long as nothing has to be waited for.
    fn advance(&mut self, ctx: &mut Ctx) {
        while matches!(self.driver.phase, Phase::Idle) && self.zk.session.is_some() {
            if let Some(event) = self.driver.term.as_mut().and_then(|term| term.queue.pop_front()) {
                self.decide(ctx, event);
            } else if let Some(input) = self.driver.inbox.pop_front() {
                self.take(ctx, input);
            } else {
                return;
            }
        }
    }

    fn take(&mut self, ctx: &mut Ctx, input: Input) {
        match input {
            Input::Happened(event) => {
                if let Some(term) = self.driver.term.as_mut().filter(|term| term.is_active) {
                    term.queue.push_back(*event);
                }
            }
            Input::Stand if self.driver.term.is_none() => {
                self.driver.incumbent = None;
                self.ask(ctx, Phase::ReadingController, vec![get(paths::CONTROLLER, true)]);
            }
            Input::Stand => {}
            Input::Gone(broker, epoch) => match (&self.driver.term, self.driver.incumbent) {
                (Some(_), _) => self.happened(Event::BrokerUnreachable { broker, epoch }),
                (None, Some(incumbent)) if (incumbent.broker, incumbent.epoch) == (broker, epoch) => {
                    ctx.env.note(|| format!("{} challenges the controller, {broker}", self.id));
                    let calls = vec![get(paths::CONTROLLER_EPOCH, false), get(paths::CONTROLLER, false)];
                    self.ask(ctx, Phase::Challenging, calls);
                }
                (None, _) => {}
            },
            Input::Back(broker, epoch) => {
                if self.driver.term.is_some() {
                    self.ask(ctx, Phase::SeeingBack(broker, epoch), vec![get(paths::broker_id(broker), true)]);
                }
            }
            Input::Asked(from, call, mut request) => {
                let id = ctx.env.call();
                if let Some(term) = self.driver.term.as_mut().filter(|term| term.is_active) {
                    if ctx.env.has(Mutation::CountStaleInSync) {
                        make_current(&term.cluster, &mut request);
                    }
                    term.asked.insert(id, (from, call));
                    term.queue.push_back(Event::Asked { id, request: *request });
                }
            }
            Input::Watch(path) if path == paths::CONTROLLER => match self.driver.term {
                None => self.ask(ctx, Phase::ReadingController, vec![get(paths::CONTROLLER, true)]),
                Some(_) => self.ask(ctx, Phase::CheckingController, vec![get(paths::CONTROLLER, true)]),
            },
            Input::Watch(path) if path == paths::BROKER_IDS && self.driver.term.is_some() => {
                self.ask(ctx, Phase::SeeingNames, vec![Call::Children { path, watch: true }]);
            }
            Input::Watch(path) if path == paths::LOG_DIR_EVENT_NOTIFICATION && self.driver.term.is_some() => {
                self.ask(ctx, Phase::SeeingNotices, vec![Call::Children { path, watch: true }]);
            }
            Input::Watch(_) => {}
        }
    }

    pub fn controller_answered(&mut self, ctx: &mut Ctx, answers: Vec<Answer>) {
        let lost = |answer: &Answer| matches!(answer, Answer::ConnectionLost | Answer::SessionExpired);
        let phase = std::mem::take(&mut self.driver.phase);
        if answers.iter().any(lost) {
            return self.end_term(ctx);
        }
        let mut answers = answers.into_iter();
        match phase {
            Phase::Idle | Phase::Pausing => {}
            Phase::ReadingController => {
                self.driver.incumbent = None;
                match node(answers.next()) {
                    None => self.ask(ctx, Phase::ReadingEpoch, vec![get(paths::CONTROLLER_EPOCH, false)]),
                    Some(node) => {
                        let broker = controller_of(&node);
                        let registration = get(paths::broker_id(broker), false);
                        self.ask(ctx, Phase::FindingIncumbent(broker, node.czxid), vec![registration]);
                    }
                }
            }
            Phase::FindingIncumbent(broker, czxid) => {
                let registered = node(answers.next());
                self.driver.incumbent = registered.map(|node| Incumbent { broker, epoch: node.czxid, czxid });
            }
            Phase::Challenging => self.challenge(ctx, node(answers.next()), node(answers.next())),
            Phase::Replacing(epoch) => match (answers.next(), self.driver.incumbent.take()) {
                (Some(Answer::Done { versions, .. }), Some(incumbent)) => {
                    self.elected(ctx, epoch, versions[0], vec![(incumbent.broker, incumbent.epoch)]);
                }
                _ => {
                    let calls = vec![get(paths::CONTROLLER, true), get(paths::CONTROLLER_EPOCH, false)];
                    self.ask(ctx, Phase::ReadingOutcome(epoch), calls);
                }
            },
            Phase::SeeingBack(broker, epoch) => {
                if let Some(live) = live_broker(broker, node(answers.next())).filter(|live| live.epoch == epoch) {
                    self.happened(Event::BrokerReachable(live));
                }
            }
            Phase::ReadingEpoch => self.elect(ctx, node(answers.next())),
            Phase::Electing(epoch) => match answers.next() {
                Some(Answer::Done { versions, .. }) => self.elected(ctx, epoch, versions[1], Vec::new()),
                _ => {
                    let calls = vec![get(paths::CONTROLLER, true), get(paths::CONTROLLER_EPOCH, false)];
                    self.ask(ctx, Phase::ReadingOutcome(epoch), calls);
                }
            },
            Phase::ReadingOutcome(wanted) => {
                let (controller, epoch) = (node(answers.next()), node(answers.next()));
                let is_self = controller.as_ref().is_some_and(|node| controller_of(node) == self.id);
                if let Some(node) = epoch.filter(|n| is_self && decode_controller_epoch(&n.data).ok() == Some(wanted)) {
                    self.elected(ctx, wanted, node.version, Vec::new());
                } else {
                    self.driver.inbox.push_back(Input::Stand);
                }
            }
            Phase::LoadingNames => self.load_nodes(ctx, children(answers.next()), node(answers.next())),
            Phase::LoadingNodes(ids, assignment) => self.loaded(&ids, *assignment, answers.collect()),
            Phase::CheckingController => {
                if node(answers.next()).is_none_or(|node| controller_of(&node) != self.id) {
                    self.replaced(ctx);
                }
            }
            Phase::SeeingNames => {
                let ids = children(answers.next());
                let calls: Vec<Call> = ids.iter().map(|id| get(paths::broker_id(*id), true)).collect();
                match calls.is_empty() {
                    true => self.happened(Event::BrokersSeen(Vec::new())),
                    false => self.ask(ctx, Phase::SeeingBrokers(ids), calls),
                }
            }
            Phase::SeeingBrokers(ids) => {
                let brokers =
                    ids.into_iter().zip(answers).filter_map(|(id, answer)| live_broker(id, node(Some(answer))));
                self.happened(Event::BrokersSeen(brokers.collect()));
            }
            Phase::Writing(event, writes) => self.written(ctx, *event, writes, answers.collect()),
            Phase::Reading(tps) => {
                let states = tps.into_iter().zip(answers).map(|(tp, answer)| (tp, leadership(&node(Some(answer)))));
                self.follow(Event::StatesRead(states.collect()));
            }
            Phase::SeeingNotices => {
                let Some(Answer::Children(names)) = answers.next() else { return self.advance(ctx) };
                let brokers = names.iter().filter_map(|name| name.split('_').nth(3)?.parse().ok());
                let brokers: BTreeSet<i32> = brokers.collect();
                self.happened(Event::LogDirsFailed(brokers.into_iter().collect()));
                let delete = |name| {
                    let path = format!("{}/{name}", paths::LOG_DIR_EVENT_NOTIFICATION);
                    Call::Multi(vec![Op::Delete { path, version: -1 }])
                };
                let deletes: Vec<Call> = names.into_iter().map(delete).collect();
                if !deletes.is_empty() {
                    self.ask(ctx, Phase::DroppingNotices, deletes);
                }
            }
            Phase::DroppingNotices => {}
            Phase::GivingUp => self.driver.inbox.push_back(Input::Stand),
        }
        self.advance(ctx);
    }

    /// Another controller has been elected.
    fn replaced(&mut self, ctx: &mut Ctx) {
        ctx.env.note(|| format!("{} is controller no more", self.id));
        self.driver.term = None;
        self.driver.inbox.push_back(Input::Stand);
    }

    fn end_term(&mut self, ctx: &mut Ctx) {
        ctx.env.note(|| format!("{} has lost the connection to ZooKeeper", self.id));
        self.driver.term = None;
        self.driver.phase = Phase::Pausing;
        ctx.env.timer(1_000, self.id, self.run, Timer::Stand);
    }

    /// Takes the incumbent's place in one transaction, if it is still the same.
    fn challenge(&mut self, ctx: &mut Ctx, epoch: Option<Node>, controller: Option<Node>) {
        let same = |incumbent: &Incumbent| controller.as_ref().is_some_and(|node| node.czxid == incumbent.czxid);
        let (Some(epoch), true) = (epoch, self.driver.incumbent.as_ref().is_some_and(same)) else {
            self.driver.inbox.push_back(Input::Stand);
            return;
        };
        let next = decode_controller_epoch(&epoch.data).expect("an epoch") + 1;
        let me = ControllerRegistration { broker_id: self.id, timestamp_ms: ctx.wall_ms, kraft_controller_epoch: -1 };
        let (path, data) = (paths::CONTROLLER_EPOCH.into(), next.to_string().into_bytes());
        let ops = vec![
            Op::Set { path, data, version: epoch.version },
            Op::Delete { path: paths::CONTROLLER.into(), version: -1 },
            Op::Create { path: paths::CONTROLLER.into(), data: me.encode(), ephemeral: true },
        ];
        self.ask(ctx, Phase::Replacing(next), vec![Call::Multi(ops)]);
    }

    fn elect(&mut self, ctx: &mut Ctx, epoch: Option<Node>) {
        let node = epoch.expect("/controller_epoch is there");
        let next = decode_controller_epoch(&node.data).expect("an epoch") + 1;
        let me = ControllerRegistration { broker_id: self.id, timestamp_ms: ctx.wall_ms, kraft_controller_epoch: -1 };
        let ops = vec![
            Op::Create { path: paths::CONTROLLER.into(), data: me.encode(), ephemeral: true },
            Op::Set {
                path: paths::CONTROLLER_EPOCH.into(),
                data: next.to_string().into_bytes(),
                version: node.version,
            },
        ];
        self.ask(ctx, Phase::Electing(next), vec![Call::Multi(ops)]);
    }

    fn elected(&mut self, ctx: &mut Ctx, epoch: i32, epoch_version: i32, suspects: Vec<(i32, i64)>) {
        ctx.env.note(|| format!("{} is controller in epoch {epoch}", self.id));
        let cluster = Cluster::new(settings(self.id), epoch);
        let (queue, lines, asked) = (VecDeque::new(), BTreeMap::new(), BTreeMap::new());
        self.driver.term = Some(Term { cluster, epoch_version, queue, lines, asked, suspects, is_active: false });
        let names = Call::Children { path: paths::BROKER_IDS.into(), watch: true };
        let notices = Call::Children { path: paths::LOG_DIR_EVENT_NOTIFICATION.into(), watch: true };
        let calls = vec![names, get(paths::topic(TOPIC), true), get(paths::CONTROLLER, true), notices];
        self.ask(ctx, Phase::LoadingNames, calls);
    }

    fn load_nodes(&mut self, ctx: &mut Ctx, ids: Vec<i32>, topic: Option<Node>) {
        let assignment = topic.and_then(|node| TopicAssignment::decode(&node.data).ok()).expect("the topic");
        let mut calls: Vec<Call> = ids.iter().map(|id| get(paths::broker_id(*id), true)).collect();
        calls.extend(assignment.partitions.keys().map(|n| get(paths::partition_state(TOPIC, *n), false)));
        self.ask(ctx, Phase::LoadingNodes(ids, Box::new(assignment)), calls);
    }

    fn loaded(&mut self, ids: &[i32], assignment: TopicAssignment, answers: Vec<Answer>) {
        let mut nodes = answers.into_iter().map(|answer| node(Some(answer)));
        let mut loaded = Loaded::default();
        for id in ids {
            loaded.brokers.extend(live_broker(*id, nodes.next().flatten()));
        }
        for number in assignment.partitions.keys() {
            if let Some(leadership) = leadership(&nodes.next().flatten()) {
                loaded.states.insert(tp(*number as usize), leadership);
            }
        }
        loaded.topics.push(TopicSeen { name: TOPIC.into(), assignment, fresh_id: TOPIC_ID });
        if let Some(term) = &mut self.driver.term {
            term.is_active = true;
            loaded.suspects = std::mem::take(&mut term.suspects);
        }
        self.happened(Event::Elected(Box::new(loaded)));
    }

    /// An event that comes after those that wait already.
    fn happened(&mut self, event: Event) {
        if let Some(term) = &mut self.driver.term {
            term.queue.push_back(event);
        }
    }

    /// An event that comes before those that wait already.
    fn follow(&mut self, event: Event) {
        if let Some(term) = &mut self.driver.term {
            term.queue.push_front(event);
        }
    }

    fn decide(&mut self, ctx: &mut Ctx, event: Event) {
        let Some(term) = &mut self.driver.term else { return };
        let mut writes = step::decide(&term.cluster, &event);
        if ctx.env.has(Mutation::ElectOutOfSync) && matches!(event, Event::ElectLeaders { .. }) {
            elect_anybody(&term.cluster, &mut writes);
        }
        if writes.is_empty() {
            return self.written(ctx, event, writes, Vec::new());
        }
        let fence = Op::Check {
            path: paths::CONTROLLER_EPOCH.into(),
            version: if ctx.env.has(Mutation::SkipControllerFence) { -1 } else { term.epoch_version },
        };
        let calls = writes.iter().map(|write| Call::Multi(vec![fence.clone(), operation(write)]));
        let calls = calls.collect();
        self.ask(ctx, Phase::Writing(Box::new(event), writes), calls);
    }

    fn written(&mut self, ctx: &mut Ctx, event: Event, writes: Vec<Write>, answers: Vec<Answer>) {
        let mut results = Vec::with_capacity(writes.len());
        for answer in answers {
            results.push(match answer {
                Answer::Done { versions, .. } => WriteResult::Done(versions[1]),
                Answer::Refused { path, .. } if path == paths::CONTROLLER_EPOCH => return self.replaced(ctx),
                Answer::Refused { why: Refusal::NoNode, .. } => WriteResult::Gone,
                Answer::Refused { .. } => WriteResult::Conflict,
                other => unreachable!("{other:?} to a write"),
            });
        }
        let Some(term) = &mut self.driver.term else { return };
        ctx.env.note(|| format!("{} applies {}", self.id, short(&event, &writes, &results)));
        let mut outcome = step::apply(&mut term.cluster, event, writes.into_iter().zip(results).collect());
        for follow_up in std::mem::take(&mut outcome.follow_ups).into_iter().rev() {
            term.queue.push_front(follow_up);
        }
        let reread = std::mem::take(&mut outcome.reread);
        if !reread.is_empty() {
            let calls = reread.iter().map(|tp| get(paths::partition_state(&tp.topic, tp.partition), false)).collect();
            self.ask(ctx, Phase::Reading(reread), calls);
        }
        self.tell(ctx, outcome);
    }

    fn tell(&mut self, ctx: &mut Ctx, outcome: Outcome) {
        let Some(term) = &mut self.driver.term else { return };
        for broker in outcome.brokers_down {
            term.lines.remove(&broker);
        }
        for broker in outcome.brokers_up {
            term.lines.entry(broker).or_default();
        }
        let replies = outcome.replies.into_iter().filter_map(|(id, reply)| Some((term.asked.remove(&id)?, reply)));
        let replies: Vec<_> = replies.collect();
        let mut told = BTreeSet::new();
        for (broker, order) in outcome.messages {
            if let Some(line) = term.lines.get_mut(&broker) {
                line.orders.push_back(order);
                told.insert(broker);
            }
        }
        for broker in told {
            self.send_next(ctx, broker);
        }
        for (to, reply) in replies {
            self.reply(ctx, to, reply);
        }
    }

    fn send_next(&mut self, ctx: &mut Ctx, to: i32) {
        let Some(line) = self.driver.term.as_mut().and_then(|term| term.lines.get_mut(&to)) else { return };
        if line.in_flight.is_some() {
            return;
        }
        let Some(order) = line.orders.front() else { return };
        let call = ctx.env.call();
        line.in_flight = Some(call);
        line.epoch = broker_epoch(order);
        let message = Message::Order { call, message: order.clone() };
        let sent = ctx.env.send(Endpoint::Broker(self.id), Endpoint::Broker(to), message);
        let ms = if sent { ORDER_TIMEOUT_MS } else { RETRY_MS };
        ctx.env.timer(ms, self.id, self.run, Timer::Order { to, call, timed_out: sent });
    }

    /// The order is sent again; the first copy may still arrive.
    pub fn order_unanswered(&mut self, ctx: &mut Ctx, to: i32, call: u64, _timed_out: bool) {
        let Some(line) = self.driver.term.as_mut().and_then(|term| term.lines.get_mut(&to)) else { return };
        if line.in_flight == Some(call) {
            line.in_flight = None;
            self.send_next(ctx, to);
        }
    }

    pub fn order_answered(
        &mut self,
        ctx: &mut Ctx,
        from: Endpoint,
        call: u64,
        code: rkafka_protocol::ErrorCode,
        partitions: &[(usize, rkafka_protocol::ErrorCode)],
    ) {
        let Endpoint::Broker(broker) = from else { return };
        let Some(line) = self.driver.term.as_mut().and_then(|term| term.lines.get_mut(&broker)) else { return };
        if line.in_flight != Some(call) {
            return;
        }
        line.in_flight = None;
        line.orders.pop_front();
        let epoch = line.epoch;
        ctx.env.note(|| format!("{} hears from {broker}: {} {partitions:?}", self.id, code.name()));
        let failed = partitions.iter().filter(|(_, code)| *code == rkafka_protocol::ErrorCode::KAFKA_STORAGE_ERROR);
        let failed: Vec<TopicPartition> = failed.map(|(number, _)| tp(*number)).collect();
        if !failed.is_empty() {
            let event = Event::ReplicasFailed { broker, epoch, partitions: failed };
            self.driver.inbox.push_back(Input::Happened(Box::new(event)));
        }
        self.send_next(ctx, broker);
        self.advance(ctx);
    }
}

fn broker_epoch(order: &Order) -> i64 {
    match order {
        Order::LeaderAndIsr(request) => request.broker_epoch,
        Order::UpdateMetadata(request) => request.broker_epoch,
        Order::StopReplica(request) => request.broker_epoch,
    }
}

fn operation(write: &Write) -> Op {
    match write {
        Write::CreateState { partition, state } => Op::Create {
            path: paths::partition_state(&partition.topic, partition.partition),
            data: state.encode(),
            ephemeral: false,
        },
        Write::SetState { partition, state, expected_version } => Op::Set {
            path: paths::partition_state(&partition.topic, partition.partition),
            data: state.encode(),
            version: *expected_version,
        },
        Write::SetAssignment { topic, assignment } => {
            Op::Set { path: paths::topic(topic), data: assignment.encode(), version: -1 }
        }
        other => unreachable!("nobody asks for {other:?}"),
    }
}

/// Makes a proposal look as if it were made to the present state.
fn make_current(cluster: &Cluster, request: &mut Request) {
    let Request::AlterPartition { request, .. } = request else { return };
    for proposal in request.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
        let known = cluster.partition(&tp(proposal.partition_index as usize));
        if let Some(current) = known.and_then(|partition| partition.leadership.as_ref()) {
            proposal.leader_epoch = current.state.leader_epoch;
            proposal.partition_epoch = current.zk_version;
        }
    }
}

/// Puts some live replica in the leader's place, in sync or not.
fn elect_anybody(cluster: &Cluster, writes: &mut [Write]) {
    for write in writes {
        let Write::SetState { partition, state, .. } = write else { continue };
        let Some(known) = cluster.partition(partition) else { continue };
        let live = cluster.live_replicas(partition, known);
        if state.leader >= 0
            && let Some(last) = live.last()
        {
            state.leader = *last;
            if !state.isr.contains(last) {
                state.isr.push(*last);
            }
        }
    }
}

fn short(event: &Event, writes: &[Write], results: &[WriteResult]) -> String {
    let name: String = format!("{event:?}").chars().take_while(|c| c.is_alphanumeric()).collect();
    let writes: Vec<String> = writes
        .iter()
        .zip(results)
        .map(|(write, result)| match write {
            Write::CreateState { partition, state } | Write::SetState { partition, state, .. } => format!(
                "{} leader {} epoch {} isr {:?}: {result:?}",
                partition.partition, state.leader, state.leader_epoch, state.isr
            ),
            other => format!("{other:?}"),
        })
        .collect();
    format!("{name} {}", writes.join("; "))
}
