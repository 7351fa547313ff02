//! A process's session with ZooKeeper, and its registration as a broker.

use super::env::{Env, Timer};
use super::message::{Endpoint, Message};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use super::world::TOPIC;
use super::zookeeper::{Answer, Call, Op, Refusal, SessionId};
use rkafka_registry::{BrokerRegistration, Endpoint as Address, LeaderAndIsr, SecurityProtocol, paths};
use rkafka_replication::unclean_start::must_be_dropped;
use std::collections::{BTreeMap, BTreeSet};

/// How long a call may be without answer before the connection counts as lost.
pub const CALL_TIMEOUT_MS: i64 = 2_500;

/// Whose calls they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    Registration,
    /// Tells the controller of a failed log dir.
    Notice,
    LostLeadership,
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
        env.timer(timeout, broker, run, Timer::ZkTimeout { token: first });
    }

    /// Whether anything of the batch that begins with `token` is without answer. The network may have healed between
    /// its first call and its last.
    pub fn is_pending(&self, token: u64) -> bool {
        self.batches.contains_key(&token)
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
    /// Is there a node of an earlier life?
    Leaving,
    /// It is being removed.
    Left,
    /// Who counts on this broker?
    Asking,
    Creating,
    Looking,
    Removing,
}

pub fn registration(id: i32, timestamp_ms: i64) -> BrokerRegistration {
    let endpoint = Address {
        listener: "PLAINTEXT".into(),
        host: "localhost".into(),
        port: 9092 + id,
        security_protocol: SecurityProtocol::Plaintext,
    };
    BrokerRegistration { endpoints: vec![endpoint], rack: None, jmx_port: -1, timestamp_ms }
}

impl Process {
    /// A session was opened: register, and stand for election once that is done.
    pub fn connected(&mut self, ctx: &mut Ctx, session: SessionId) {
        ctx.env.note(|| format!("{} opens session {session}", self.id));
        self.zk.session = Some(session);
        self.controls_under(session);
        self.register(ctx);
    }

    /// Before the first registration: removes what an earlier life has left behind, so that the broker is missed.
    fn stand_aside(&mut self, ctx: &mut Ctx) {
        self.registering = Registering::Leaving;
        let look = Call::Get { path: paths::broker_id(self.id), watch: false };
        self.zk.call(ctx.env, self.id, self.run, User::Registration, vec![look]);
    }

    pub fn ask_who_counts(&mut self, ctx: &mut Ctx) {
        self.registering = Registering::Asking;
        let state = |n: usize| Call::Get { path: paths::partition_state(TOPIC, n as i32), watch: false };
        let live = Call::Children { path: paths::BROKER_IDS.into(), watch: false };
        let calls = std::iter::once(live).chain((0..ctx.disk.len()).map(state)).collect();
        self.zk.call(ctx.env, self.id, self.run, User::Registration, calls);
    }

    /// Whether somebody counts on this broker whom others could serve. If not, it takes part: with what it has lost, or,
    /// where nobody else in sync lives, with luck.
    fn told_who_counts(&mut self, ctx: &mut Ctx, answers: &[Answer]) {
        let Some((Answer::Children(names), states)) = answers.split_first() else { return self.ask_who_counts(ctx) };
        let live: BTreeSet<i32> =
            names.iter().filter_map(|name| name.parse().ok()).filter(|id| *id != self.id).collect();
        let mut in_sync = vec![Vec::new(); states.len()];
        for (isr, answer) in in_sync.iter_mut().zip(states) {
            match answer {
                Answer::Node(Some(node)) => *isr = LeaderAndIsr::decode(&node.data).expect("a partition's state").isr,
                Answer::Node(None) => {}
                _ => return self.ask_who_counts(ctx),
            }
        }
        if in_sync.iter().any(|isr| must_be_dropped(self.id, isr, &live)) {
            self.registering = Registering::No;
            return ctx.env.timer(100, self.id, self.run, Timer::StandAside);
        }
        self.stood_aside = true;
        let alone = |isr: &Vec<i32>| isr.contains(&self.id) && !isr.iter().any(|other| live.contains(other));
        let unsure = |n: usize| ctx.disk[n].as_ref().is_some_and(|log| log.is_unsure);
        let lucky: Vec<usize> = (0..in_sync.len()).filter(|n| unsure(*n) && alone(&in_sync[*n])).collect();
        self.settle(ctx, &lucky);
        self.register(ctx);
    }

    pub fn session_expired(&mut self, ctx: &mut Ctx) {
        ctx.env.note(|| format!("{} learns that its session has expired", self.id));
        self.earlier_session = self.zk.session.take();
        for (user, answers) in self.zk.connection_lost() {
            self.zk_done(ctx, user, answers);
        }
        self.controls_no_more();
        self.registering = Registering::No;
        ctx.env.timer(10, self.id, self.run, Timer::Connect);
    }

    pub fn register(&mut self, ctx: &mut Ctx) {
        if ctx.env.has(Mutation::StayInSync) && !std::mem::replace(&mut self.stood_aside, true) {
            self.settle(ctx, &[]);
        }
        if !self.stood_aside {
            return self.stand_aside(ctx);
        }
        let path = paths::broker_id(self.id);
        let ops = vec![
            Op::Create { path: path.clone(), data: Vec::new(), ephemeral: true },
            Op::Set { path, data: registration(self.id, ctx.wall_ms).encode(), version: 0 },
        ];
        self.registering = Registering::Creating;
        self.zk.call(ctx.env, self.id, self.run, User::Registration, vec![Call::Multi(ops)]);
    }

    pub fn registration_answered(&mut self, ctx: &mut Ctx, answers: Vec<Answer>) {
        let lost = |answer: &Answer| matches!(answer, Answer::ConnectionLost | Answer::SessionExpired);
        if self.registering == Registering::Asking && !answers.iter().any(lost) {
            return self.told_who_counts(ctx, &answers);
        }
        let Some(answer) = answers.into_iter().next() else { return };
        let path = paths::broker_id(self.id);
        match (self.registering, answer) {
            (Registering::Asking, _) if self.zk.session.is_some() => self.register(ctx),
            (_, Answer::ConnectionLost) if self.zk.session.is_some() => self.register(ctx),
            (_, Answer::ConnectionLost | Answer::SessionExpired) | (Registering::No | Registering::Asking, _) => {}
            (Registering::Leaving, Answer::Node(Some(node)))
                if node.owner != self.zk.session && node.owner == self.earlier_session && ctx.env.shape.takes_over =>
            {
                self.registering = Registering::Left;
                let delete = Op::Delete { path, version: node.version };
                self.zk.call(ctx.env, self.id, self.run, User::Registration, vec![Call::Multi(vec![delete])]);
            }
            (Registering::Leaving | Registering::Left, _) => self.ask_who_counts(ctx),
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
        if let Some(replica) = self.drop_replica(partition) {
            replica.partition.stop();
        }
        if let Some(dirs) = &self.dirs[partition] {
            dirs.online_dirs().iter().for_each(|dir| drop(dirs.take_offline(dir, "its disk has failed")));
        }
        self.ends_to_lead(ctx, partition, None);
        ctx.env.touched.insert(partition);
        self.send_notice(ctx);
    }

    fn send_notice(&mut self, ctx: &mut Ctx) {
        let path = format!("{}/log_dir_event_{}_{}", paths::LOG_DIR_EVENT_NOTIFICATION, self.id, ctx.env.call());
        let data = format!("{{\"version\":1,\"broker\":{},\"event\":1}}", self.id).into_bytes();
        let create = Op::Create { path, data, ephemeral: false };
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
        if let Some(session) = self.zk.session {
            self.stand(ctx, session);
        }
    }
}
