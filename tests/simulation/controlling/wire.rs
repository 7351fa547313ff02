//! The session of the product's ZooKeeper client, as its own task (`zookeeper_client::session`) would hold it: operations go
//! in their order, so many at a time, and are answered in it; what a lost connection leaves unanswered is sent again, in
//! front of what waits; an expired session fails everything.

use super::operations;
use crate::env::Timer;
use crate::message::{Endpoint, Message};
use crate::mutation::Mutation;
use crate::process::{Ctx, Process};
use crate::session::CALL_TIMEOUT_MS;
use crate::world::TOPIC;
use crate::zookeeper::{Answer, Call, Op, SessionId};
use rkafka_registry::{LeaderAndIsr, paths};
use rkafka_zookeeper_client::{EventType, FarSide, Operation, WatchedEvent};
use std::collections::VecDeque;

/// `zookeeper.max.in.flight.requests`.
const MOST_IN_FLIGHT: usize = 10;
/// The pause between attempts to reach a server.
const AGAIN_MS: i64 = 300;

struct InFlight {
    number: u64,
    sent_ms: i64,
    operation: Operation,
    call: Call,
}

pub struct Wire {
    far: FarSide,
    session: Option<SessionId>,
    /// Which connection of the session it is, and how many operations have gone on it.
    connection: u64,
    sent: u64,
    is_lost: bool,
    in_flight: VecDeque<InFlight>,
    /// What is sent again before anything else.
    again: VecDeque<Operation>,
    /// Somebody looks after unanswered operations.
    is_looked_after: bool,
}

impl Wire {
    pub fn new(far: FarSide) -> Wire {
        Wire {
            far,
            session: None,
            connection: 0,
            sent: 0,
            is_lost: false,
            in_flight: VecDeque::new(),
            again: VecDeque::new(),
            is_looked_after: false,
        }
    }

    pub fn begin(&mut self, session: SessionId) {
        self.session = Some(session);
        self.connect();
    }

    fn connect(&mut self) {
        self.connection += 1;
        (self.sent, self.is_lost) = (0, false);
        if let Some(session) = self.session {
            self.far.begin(session as i64);
        }
    }

    pub fn expire(&mut self) {
        self.session = None;
        self.in_flight.drain(..).for_each(|in_flight| in_flight.operation.expire());
        self.again.drain(..).for_each(Operation::expire);
        self.far.expire();
    }

    /// Sends what the client wants to have sent; whether that has changed anything.
    pub fn pump(&mut self, ctx: &mut Ctx, id: i32, run: u64) -> bool {
        let Some(session) = self.session else {
            let expired = std::iter::from_fn(|| self.far.operation()).map(Operation::expire);
            return expired.count() > 0;
        };
        while !self.is_lost && self.in_flight.len() < MOST_IN_FLIGHT {
            let Some(operation) = self.again.pop_front().or_else(|| self.far.operation()) else { break };
            let mut call = operations::call(operation.op(), operation.body());
            if ctx.env.has(Mutation::SkipControllerFence) {
                skip_fence(&mut call);
            }
            let (connection, number) = (self.connection, self.sent);
            self.sent += 1;
            let message = Message::ZkOperation { session, connection, number, call: call.clone() };
            ctx.env.send_in_order(Endpoint::Broker(id), Endpoint::ZooKeeper, message);
            self.in_flight.push_back(InFlight { number, sent_ms: ctx.env.now, operation, call });
        }
        if !self.in_flight.is_empty() && !self.is_looked_after {
            self.is_looked_after = true;
            ctx.env.timer(CALL_TIMEOUT_MS, id, run, Timer::ZkSilence);
        }
        false
    }

    /// An answer, if it is that of the operation whose turn it is: after one that got lost none counts.
    fn answered(&mut self, ctx: &mut Ctx, id: i32, at: (u64, u64), mut answer: Answer) -> bool {
        if self.in_flight.front().is_none_or(|oldest| (self.connection, oldest.number) != at) {
            return false;
        }
        let Some(InFlight { operation, call, .. }) = self.in_flight.pop_front() else { return false };
        if let Call::Multi(ops) = &call {
            ctx.env.note(|| format!("{id} writes {}: {}", short(ops), told(&answer)));
        }
        if ctx.env.has(Mutation::ElectOutOfSync) {
            count_everybody(ctx, &call, &mut answer);
        }
        match operations::result(operation.op(), &call, answer) {
            Ok(body) => operation.answer(body),
            Err(code) => operation.refuse(code),
        }
        true
    }

    /// Whether the oldest operation has waited for too long.
    fn is_silent(&mut self, ctx: &mut Ctx, id: i32, run: u64) -> bool {
        self.is_looked_after = false;
        let Some(oldest) = self.in_flight.front() else { return false };
        let left = oldest.sent_ms + CALL_TIMEOUT_MS - ctx.env.now;
        if left > 0 {
            self.is_looked_after = true;
            ctx.env.timer(left, id, run, Timer::ZkSilence);
        }
        left <= 0
    }

    /// The connection is given up.
    fn lose(&mut self) {
        self.is_lost = true;
        while let Some(in_flight) = self.in_flight.pop_back() {
            self.again.push_front(in_flight.operation);
        }
        self.far.disconnect();
    }
}

impl Process {
    pub fn zk_operation_answered(&mut self, ctx: &mut Ctx, at: (u64, u64), answer: Answer) {
        let Some(controlling) = &mut self.controlling else { return };
        controlling.tasks.is_due |= controlling.wire.answered(ctx, self.id, at, answer);
    }

    pub fn watch_fired(&mut self, ctx: &mut Ctx, kind: EventType, path: String) {
        let Some(controlling) = &mut self.controlling else { return };
        let is_lost = ctx.env.has(Mutation::LoseBrokerWatch) && path == paths::BROKER_IDS
            || ctx.env.has(Mutation::LoseControllerWatch) && path == paths::CONTROLLER;
        if !is_lost {
            controlling.wire.far.fire(WatchedEvent { kind, path });
            controlling.tasks.is_due = true;
        }
    }

    /// It is time to look whether ZooKeeper is silent.
    pub fn look_after_operations(&mut self, ctx: &mut Ctx) {
        let (id, run) = (self.id, self.run);
        let Some(controlling) = &mut self.controlling else { return };
        if controlling.wire.is_silent(ctx, id, run) {
            ctx.env.note(|| format!("{id} has lost its connection to ZooKeeper"));
            controlling.wire.lose();
            self.reach_zookeeper(ctx);
        }
    }

    /// Connects anew, as soon as the network lets it.
    pub fn reach_zookeeper(&mut self, ctx: &mut Ctx) {
        let Some(controlling) = &mut self.controlling else { return };
        let wire = &mut controlling.wire;
        if !wire.is_lost || wire.session.is_none() {
            return;
        }
        if ctx.env.is_cut(Endpoint::Broker(self.id), Endpoint::ZooKeeper) {
            return ctx.env.timer(AGAIN_MS, self.id, self.run, Timer::ReachZooKeeper);
        }
        wire.connect();
        controlling.tasks.is_due = true;
    }
}

fn skip_fence(call: &mut Call) {
    let Call::Multi(ops) = call else { return };
    for op in ops {
        if let Op::Check { path, version } = op
            && path == paths::CONTROLLER_EPOCH
        {
            *version = -1;
        }
    }
}

/// Makes all replicas of a partition look as if they were in sync.
fn count_everybody(ctx: &Ctx, call: &Call, answer: &mut Answer) {
    let (Call::Get { path, .. }, Answer::Node(Some(node))) = (call, answer) else { return };
    let assignment = ctx.env.shape.assignment.iter().enumerate();
    for (number, replicas) in assignment {
        if *path == paths::partition_state(TOPIC, number as i32) {
            let mut state = LeaderAndIsr::decode(&node.data).expect("a partition's state");
            state.isr.clone_from(replicas);
            node.data = state.encode();
        }
    }
}

fn short(ops: &[Op]) -> String {
    let ops = ops.iter().filter(|op| !matches!(op, Op::Check { .. }));
    let ops = ops.map(|op| match op {
        Op::Create { path, data, .. } => format!("create {path} {}", String::from_utf8_lossy(data)),
        Op::Set { path, data, version } => format!("set {path} v{version} {}", String::from_utf8_lossy(data)),
        Op::Delete { path, .. } => format!("delete {path}"),
        Op::Check { path, version } => format!("check {path} v{version}"),
    });
    ops.collect::<Vec<_>>().join(", ")
}

fn told(answer: &Answer) -> String {
    match answer {
        Answer::Refused { path, why, .. } => format!("{why:?} {path}"),
        _ => "done".into(),
    }
}
