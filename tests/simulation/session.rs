//! A process's session with ZooKeeper, and its registration as a broker.

use super::env::{Env, Timer};
use super::message::{Endpoint, Message};
use super::process::{Ctx, Process};
use super::zookeeper::{Answer, Call, Op, Refusal, SessionId};
use rkafka::registry::{BrokerRegistration, Endpoint as Address, SecurityProtocol, paths};
use std::collections::BTreeMap;

/// How long a call may be without answer before the connection counts as lost.
const CALL_TIMEOUT_MS: i64 = 2_500;

/// Whose calls they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    Registration,
    /// Tells the controller of a failed log dir.
    Notice,
    Controller,
}

#[derive(Debug)]
struct Batch {
    user: User,
    answers: Vec<Option<Answer>>,
}

/// Calls are made in batches, each by itself for ZooKeeper; the answers come back together.
#[derive(Debug, Default)]
pub struct ZkLink {
    pub session: Option<SessionId>,
    next_token: u64,
    /// Which place in which batch.
    pending: BTreeMap<u64, (u64, usize)>,
    batches: BTreeMap<u64, Batch>,
}

impl ZkLink {
    pub fn call(&mut self, env: &mut Env, broker: i32, run: u64, user: User, calls: Vec<Call>) {
        assert!(!calls.is_empty(), "a batch has calls");
        let first = self.next_token + 1;
        self.batches.insert(first, Batch { user, answers: vec![None; calls.len()] });
        for (place, call) in calls.into_iter().enumerate() {
            self.next_token += 1;
            self.pending.insert(self.next_token, (first, place));
            let token = self.next_token;
            if let Some(session) = self.session {
                let message = Message::ZkCall { session, token, call };
                env.send_in_order(Endpoint::Broker(broker), Endpoint::ZooKeeper, message);
            }
        }
        let timeout = if self.session.is_some() { CALL_TIMEOUT_MS } else { 20 };
        env.timer(timeout, broker, run, Timer::ZkTimeout { token: self.next_token });
    }

    pub fn is_pending(&self, token: u64) -> bool {
        self.pending.contains_key(&token)
    }

    /// Takes an answer; gives the batch once it is complete.
    pub fn answered(&mut self, token: u64, answer: Answer) -> Option<(User, Vec<Answer>)> {
        let (id, place) = self.pending.remove(&token)?;
        let batch = self.batches.get_mut(&id)?;
        batch.answers[place] = Some(answer);
        if batch.answers.iter().any(Option::is_none) {
            return None;
        }
        let batch = self.batches.remove(&id)?;
        Some((batch.user, batch.answers.into_iter().flatten().collect()))
    }

    /// Whatever is not answered yet never will be.
    pub fn connection_lost(&mut self) -> Vec<(User, Vec<Answer>)> {
        self.pending.clear();
        let batches = std::mem::take(&mut self.batches);
        let lost = batches.into_values().map(|batch| {
            let answers = batch.answers.into_iter().map(|answer| answer.unwrap_or(Answer::ConnectionLost));
            (batch.user, answers.collect())
        });
        lost.collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registering {
    No,
    Creating,
    Looking,
    Removing,
}

pub fn registration(id: i32) -> BrokerRegistration {
    let endpoint = Address {
        listener: "PLAINTEXT".into(),
        host: "localhost".into(),
        port: 9092 + id,
        security_protocol: SecurityProtocol::Plaintext,
    };
    BrokerRegistration { endpoints: vec![endpoint], rack: None, jmx_port: -1, timestamp_ms: 0 }
}

impl Process {
    /// A session was opened: register, and stand for election once that is done.
    pub fn connected(&mut self, ctx: &mut Ctx, session: SessionId) {
        ctx.env.note(|| format!("{} opens session {session}", self.id));
        self.zk.session = Some(session);
        self.register(ctx);
    }

    pub fn session_expired(&mut self, ctx: &mut Ctx) {
        ctx.env.note(|| format!("{} learns that its session has expired", self.id));
        self.earlier_session = self.zk.session.take();
        for (user, answers) in self.zk.connection_lost() {
            self.zk_done(ctx, user, answers);
        }
        self.resign();
        self.registering = Registering::No;
        ctx.env.timer(10, self.id, self.run, Timer::Connect);
    }

    pub fn register(&mut self, ctx: &mut Ctx) {
        let path = paths::broker_id(self.id);
        let ops = vec![
            Op::Create { path: path.clone(), data: Vec::new(), ephemeral: true },
            Op::Set { path, data: registration(self.id).encode(), version: 0 },
        ];
        self.registering = Registering::Creating;
        self.zk.call(ctx.env, self.id, self.run, User::Registration, vec![Call::Multi(ops)]);
    }

    pub fn registration_answered(&mut self, ctx: &mut Ctx, answers: Vec<Answer>) {
        let Some(answer) = answers.into_iter().next() else { return };
        let path = paths::broker_id(self.id);
        match (self.registering, answer) {
            (_, Answer::ConnectionLost) if self.zk.session.is_some() => self.register(ctx),
            (_, Answer::ConnectionLost | Answer::SessionExpired) | (Registering::No, _) => {}
            (Registering::Creating, Answer::Done { zxid, .. }) => self.registered(ctx, zxid),
            (Registering::Creating, Answer::Refused { why: Refusal::NodeExists, .. }) => {
                self.registering = Registering::Looking;
                let look = Call::Get { path, watch: false };
                self.zk.call(ctx.env, self.id, self.run, User::Registration, vec![look]);
            }
            (Registering::Looking, Answer::Node(node)) => match node {
                Some(node) if node.owner == self.zk.session => self.registered(ctx, node.czxid),
                Some(node) if node.owner == self.earlier_session && ctx.env.shape.takes_over => {
                    self.registering = Registering::Removing;
                    let delete = Op::Delete { path, version: node.version };
                    self.zk.call(ctx.env, self.id, self.run, User::Registration, vec![Call::Multi(vec![delete])]);
                }
                Some(_) => {
                    self.registering = Registering::No;
                    ctx.env.timer(500, self.id, self.run, Timer::Register);
                }
                None => self.register(ctx),
            },
            (_, _) => self.register(ctx),
        }
    }

    /// The replica's log dir is used no more; the controller will ask.
    pub fn dir_failed(&mut self, ctx: &mut Ctx, partition: usize) {
        self.replicas[partition] = None;
        ctx.env.touched.insert(partition);
        self.send_notice(ctx);
    }

    fn send_notice(&mut self, ctx: &mut Ctx) {
        let path = format!("{}/log_dir_event_{}_{}", paths::LOG_DIR_EVENT_NOTIFICATION, self.id, ctx.env.call());
        let create = Op::Create { path, data: Vec::new(), ephemeral: false };
        self.zk.call(ctx.env, self.id, self.run, User::Notice, vec![Call::Multi(vec![create])]);
    }

    pub fn notice_answered(&mut self, ctx: &mut Ctx, answers: &[Answer]) {
        if !matches!(answers, [Answer::Done { .. }]) && self.zk.session.is_some() {
            self.send_notice(ctx);
        }
    }

    fn registered(&mut self, ctx: &mut Ctx, epoch: i64) {
        ctx.env.note(|| format!("{} is registered with epoch {epoch}", self.id));
        self.registering = Registering::No;
        self.broker_epoch = epoch;
        for envelope in std::mem::take(&mut self.unserved) {
            self.receive(ctx, envelope);
        }
        self.stand(ctx);
    }
}
