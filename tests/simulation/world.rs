//! The whole cluster: machines, ZooKeeper, clients, and the loop that lets one thing happen after the other, with every
//! checker's look at the result.

use super::checks::{Checks, Violation};
use super::clients::{Consumer, Producer};
use super::committers::Committer;
use super::disk::{Files, ReplicaLog};
use super::env::{Env, Happening, Shape, Timer};
use super::message::{Endpoint, Envelope, Message};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use super::zookeeper::{SessionId, ZooKeeper};
use rkafka_base::{OFFSETS_TOPIC, TopicPartition, Uuid};
use rkafka_registry::{ReplicaAssignment, TopicAssignment, paths};
use std::collections::{BTreeMap, VecDeque};

/// The last partition is the group coordinator's, where there is one.
pub const TOPIC: &str = OFFSETS_TOPIC;
pub const TOPIC_ID: Uuid = Uuid([7; 16]);
/// How long faults go on, in simulated milliseconds.
const STORM_MS: i64 = 40_000;
/// How long the cluster has to recover after the last fault.
const CALM_MS: i64 = 40_000;
/// How often ZooKeeper looks at its sessions.
const ZOOKEEPER_TICK_MS: i64 = 300;
/// How often it is looked who is hindered.
const LIVENESS_TICK_MS: i64 = 200;
/// How long it may take until a change at another machine is noticed.
const NOTICED_WITHIN_MS: i64 = 200;
/// More happenings than this mean that something runs in circles.
const MOST_STEPS: usize = 400_000;

pub fn tp(partition: usize) -> TopicPartition {
    TopicPartition::new(TOPIC, partition as i32)
}

/// A machine and the broker process on it, if it runs.
pub struct Machine {
    /// What the checkers know of its logs.
    pub disk: Vec<Option<ReplicaLog>>,
    pub files: Files,
    pub process: Option<Process>,
    pub runs: u64,
    /// How wrong its clock is.
    pub skew_ms: i64,
    /// What waits for a process that is stopped (SIGSTOP); `None` while it goes on.
    pub backlog: Option<VecDeque<Happening>>,
    /// The last session of its broker.
    pub session: Option<SessionId>,
    /// Until when others take the process for ended, whether it is or not.
    pub suspected_until: i64,
    /// Power failed, and what was not flushed is in doubt.
    pub lost_power: bool,
}

pub struct World {
    pub env: Env,
    pub zk: ZooKeeper,
    pub machines: BTreeMap<i32, Machine>,
    pub producers: Vec<Producer>,
    pub consumers: Vec<Consumer>,
    pub committers: Vec<Committer>,
    pub checks: Checks,
    pub steps: usize,
    /// How much was acknowledged after the cluster has had time to recover.
    acknowledged_in_calm: usize,
    /// How many commits of offsets were.
    pub commits_in_calm: usize,
    pub producers_rest: bool,
}

/// What a seed came to.
pub struct Story {
    pub steps: usize,
    pub acknowledged: usize,
    pub leaders: usize,
    /// Commits of offsets that were acknowledged.
    pub commits: usize,
    /// Those that were not, for a look at the clock.
    pub commits_timed_out: usize,
    /// Disks that have failed in the middle of something.
    pub failed_disks: usize,
}

impl World {
    pub fn new(seed: u64, mutation: Option<Mutation>) -> World {
        let mut random = fastrand::Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut shape = super::faults::shape(&mut random, super::env::coordinates(seed, mutation));
        if let Some(faults) = mutation.map(Mutation::faults).filter(|faults| !faults.is_empty()) {
            shape.faults = faults.to_vec();
            shape.fault_interval_ms = shape.fault_interval_ms.min(1_000);
        }
        let mut world = World {
            zk: prepared(&shape),
            machines: (0..shape.brokers).map(|id| (id, machine(&shape, id, random.u64(..)))).collect(),
            producers: (0..3).map(Producer::new).collect(),
            consumers: (0..shape.assignment.len()).map(Consumer::new).collect(),
            committers: super::committers::all(&shape),
            checks: Checks::new(&shape),
            env: Env::new(shape, mutation, random),
            steps: 0,
            acknowledged_in_calm: 0,
            commits_in_calm: 0,
            producers_rest: false,
        };
        for broker in world.machines.keys().copied().collect::<Vec<_>>() {
            let ms = world.env.random.i64(0..500);
            world.env.after(ms, Happening::Start { broker });
        }
        for client in 0..world.producers.len() + world.consumers.len() + world.committers.len() {
            world.env.after(1_000, Happening::Client { client, turn: 0 });
        }
        world.env.after(0, Happening::ZooKeeperTick);
        world.env.after(0, Happening::LivenessTick);
        world.env.after(3_000, Happening::Fault);
        world
    }

    pub fn acknowledged_in_calm(&self) -> usize {
        self.acknowledged_in_calm
    }

    /// Lets a storm of faults pass over the cluster, then calms it down and looks whether all is well again.
    pub fn run(&mut self) -> Result<Story, Violation> {
        let start = self.env.now;
        self.run_until(start + STORM_MS)?;
        self.calm_down();
        self.run_until(start + STORM_MS + CALM_MS / 2)?;
        let (recovered, commits) = (self.checks.acknowledged.count(), self.checks.commits.count());
        self.run_until(start + STORM_MS + CALM_MS * 3 / 4)?;
        self.acknowledged_in_calm = self.checks.acknowledged.count() - recovered;
        self.commits_in_calm = self.checks.commits.count() - commits;
        self.producers_rest = true;
        self.run_until(start + STORM_MS + CALM_MS)?;
        self.checks.after_recovery(self)?;
        Ok(Story {
            steps: self.steps,
            acknowledged: self.checks.acknowledged.count(),
            leaders: self.checks.leaders.count(),
            commits: self.checks.commits.count(),
            commits_timed_out: self.checks.commits.timed_out(),
            failed_disks: self.env.failed_disks,
        })
    }

    fn run_until(&mut self, end: i64) -> Result<(), Violation> {
        while self.env.now < end {
            let Some(happening) = self.env.next() else { return Ok(()) };
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return Err(Violation::new("progress", format!("{MOST_STEPS} steps and no end")));
            }
            if self.env.trace.is_whole() {
                self.env.note(|| format!("{happening:?}"));
            }
            self.happen(happening);
            self.deliver_watches();
            self.look_around();
            if super::panics::any() {
                return Err(Violation::new(super::NO_PANIC, "a task has panicked, see above".into()));
            }
            Checks::after_step(self)?;
        }
        Ok(())
    }

    pub fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Deliver(envelope) => self.deliver(envelope),
            Happening::Timer { broker, run, timer } => self.alarm(broker, run, timer),
            Happening::Client { client, turn } => self.client_turn(client, turn),
            Happening::ZooKeeperTick => self.zookeeper_tick(),
            Happening::LivenessTick => self.liveness_tick(),
            Happening::Fault => self.fault(),
            Happening::Start { broker } => self.start(broker),
            Happening::Continue { broker, run } => self.go_on(broker, run),
            Happening::PowerGoes { broker, run } => self.power_goes(broker, run),
            Happening::HealNetwork { cut } => {
                self.env.cuts.remove(&cut);
                self.env.note(|| format!("the network heals from cut {cut}"));
            }
        }
    }

    /// Runs `work` in the process of `broker`, if it runs in `run` and is not stopped; else `happening` waits or is lost.
    fn in_process(&mut self, broker: i32, run: u64, happening: Happening, work: impl FnOnce(&mut Process, &mut Ctx)) {
        let Some(machine) = self.machines.get_mut(&broker) else { return };
        let Some(process) = machine.process.as_mut().filter(|process| process.run == run) else { return };
        if let Some(backlog) = &mut machine.backlog {
            backlog.push_back(happening);
            return;
        }
        let wall_ms = self.env.now + machine.skew_ms;
        let mark = self.env.mark();
        let Machine { disk, files, .. } = machine;
        let mut ctx = Ctx { env: &mut self.env, disk, files, wall_ms };
        work(process, &mut ctx);
        process.control(&mut ctx);
        process.coordinate(&mut ctx);
        process.wake(&mut ctx);
        process.propose(&mut ctx);
        process.see_to_disks(&mut ctx);
        let ends = process.has_no_disk();
        self.see_to_power(broker, run, mark);
        if ends {
            self.end_without_disk(broker, run);
        }
    }

    /// If the power has gone in the middle of a step, nobody has heard of what the step did.
    fn see_to_power(&mut self, broker: i32, run: u64, mark: (u64, usize)) {
        if self.machines.get(&broker).is_some_and(|machine| machine.files.is_cut()) {
            self.env.withdraw(broker, mark);
            self.power_goes(broker, run);
        }
    }

    fn deliver(&mut self, mut envelope: Envelope) {
        if self.env.is_cut(envelope.from, envelope.to) {
            // A client that connects again sets its watches again, and so hears of what it has missed.
            if let Message::ZkWatch { session, kind, path } = envelope.message {
                self.zk.fire_again(session, (kind, path));
            }
            return;
        }
        match envelope.to {
            Endpoint::Broker(id) => {
                let run = envelope.to_run;
                if let Message::Alter { request, .. } = &mut envelope.message
                    && self.env.has(Mutation::CountStaleInSync)
                {
                    super::proposals::make_current(request, &self.zk);
                }
                let waits = Happening::Deliver(envelope.clone());
                self.in_process(id, run, waits, |process, ctx| process.receive(ctx, envelope));
            }
            Endpoint::Client(client) => self.client_hears(client, envelope.message),
            Endpoint::ZooKeeper => {
                let answer = match envelope.message {
                    Message::ZkCall { session, token, call } => {
                        Message::ZkAnswer { session, token, answer: self.zk.call(session, &call) }
                    }
                    Message::ZkOperation { session, connection, number, call }
                        if self.zk.takes(session, connection, number) =>
                    {
                        let answer = self.zk.call(session, &call);
                        Message::ZkResult { session, connection, number, answer }
                    }
                    _ => return,
                };
                self.deliver_watches();
                self.env.send_in_order(Endpoint::ZooKeeper, envelope.from, answer);
            }
        }
    }

    fn alarm(&mut self, broker: i32, run: u64, timer: Timer) {
        if timer == Timer::Connect {
            return self.connect(broker, run);
        }
        let waits = Happening::Timer { broker, run, timer: timer.clone() };
        self.in_process(broker, run, waits, |process, ctx| process.alarm(ctx, timer));
    }

    fn connect(&mut self, broker: i32, run: u64) {
        let now = self.env.now;
        let is_cut = self.env.is_cut(Endpoint::Broker(broker), Endpoint::ZooKeeper);
        let (zk, mut opened) = (&mut self.zk, None);
        let Some(machine) = self.machines.get(&broker) else { return };
        if machine.process.as_ref().is_none_or(|process| process.run != run || process.zk.session.is_some()) {
            return;
        }
        if is_cut || machine.backlog.is_some() {
            self.env.timer(300, broker, run, Timer::Connect);
            return;
        }
        let session = *opened.get_or_insert_with(|| zk.open_session(now));
        if let Some(machine) = self.machines.get_mut(&broker) {
            machine.session = Some(session);
        }
        let nothing = Happening::Timer { broker, run, timer: Timer::Connect };
        self.in_process(broker, run, nothing, |process, ctx| process.connected(ctx, session));
    }

    /// Sends the watches that fired to whoever can be reached.
    fn deliver_watches(&mut self) {
        for session in self.zk.sessions_with_fired() {
            let Some(broker) = self.owner(session) else { continue };
            if self.env.is_cut(Endpoint::Broker(broker), Endpoint::ZooKeeper) {
                continue;
            }
            while let Some((kind, path)) = self.zk.take_fired(session) {
                let message = Message::ZkWatch { session, kind, path };
                self.env.send_in_order(Endpoint::ZooKeeper, Endpoint::Broker(broker), message);
            }
        }
    }

    fn owner(&self, session: SessionId) -> Option<i32> {
        let owner = self
            .machines
            .iter()
            .find(|(_, machine)| machine.process.as_ref().is_some_and(|process| process.zk.session == Some(session)));
        owner.map(|(id, _)| *id)
    }

    /// Notes who is heard of, ends silent sessions, and tells those who come back too late.
    fn zookeeper_tick(&mut self) {
        let now = self.env.now;
        for (id, machine) in &self.machines {
            let is_cut = self.env.is_cut(Endpoint::Broker(*id), Endpoint::ZooKeeper);
            if let Some(session) = machine.process.as_ref().and_then(|process| process.zk.session)
                && machine.backlog.is_none()
                && !is_cut
            {
                if self.zk.is_open(session) {
                    self.zk.heard_of(session, now);
                } else {
                    let message = Message::ZkExpired { session };
                    self.env.send_in_order(Endpoint::ZooKeeper, Endpoint::Broker(*id), message);
                }
            }
        }
        for session in self.zk.silent(now, self.env.shape.session_timeout_ms) {
            self.env.note(|| format!("session {session} expires"));
            self.zk.end_session(session);
        }
        self.env.after(ZOOKEEPER_TICK_MS, Happening::ZooKeeperTick);
    }

    /// Shows those who watch over others what has changed there. Nothing is noticed at once, and not by all at the same
    /// time.
    fn look_around(&mut self) {
        if !self.env.neighbours.look(&self.machines, &self.env) {
            return;
        }
        let running = self.machines.iter().filter_map(|(id, machine)| Some((*id, machine.process.as_ref()?)));
        for (id, process) in running.filter(|(_, process)| process.controlling.is_some()) {
            let ms = self.env.random.i64(0..NOTICED_WITHIN_MS);
            self.env.timer(ms, id, process.run, Timer::Control);
        }
    }

    /// Notes who could not learn that others lead in its place.
    fn liveness_tick(&mut self) {
        let now = self.env.now;
        for (id, machine) in &self.machines {
            let has_session = |zk: &super::session::ZkLink| zk.session.is_some_and(|session| self.zk.is_open(session));
            let is_up = machine.process.as_ref().is_some_and(|process| has_session(&process.zk));
            let is_cut = self.env.is_cut(Endpoint::Broker(*id), Endpoint::ZooKeeper);
            if !is_up || is_cut || machine.backlog.is_some() {
                self.checks.superseded.hindered(*id, now);
            }
        }
        self.env.after(LIVENESS_TICK_MS, Happening::LivenessTick);
    }

    fn start(&mut self, broker: i32) {
        if self.machines.get(&broker).is_none_or(|machine| machine.process.is_some()) {
            return;
        }
        self.find_again(broker);
        let partitions = self.env.shape.assignment.len();
        let Some(machine) = self.machines.get_mut(&broker) else { return };
        machine.runs += 1;
        let mut process = Process::new(broker, machine.runs, partitions, machine.session);
        self.env.running.insert(broker, machine.runs);
        self.env.note(|| format!("{broker} starts"));
        let wall_ms = self.env.now + machine.skew_ms;
        let Machine { disk, files, .. } = machine;
        process.start(&mut Ctx { env: &mut self.env, disk, files, wall_ms });
        machine.process = Some(process);
    }

    /// Ends the process of `broker`. Its machine keeps what it has written, and its session goes on until it expires.
    pub fn kill(&mut self, broker: i32) {
        let Some(machine) = self.machines.get_mut(&broker) else { return };
        machine.process = None;
        machine.backlog = None;
        machine.files.put_out_fuse();
        machine.files.repair();
        self.env.running.remove(&broker);
        self.env.touched.extend(0..self.env.shape.assignment.len());
    }

    pub fn go_on(&mut self, broker: i32, run: u64) {
        let Some(machine) = self.machines.get_mut(&broker) else { return };
        if machine.process.as_ref().is_none_or(|process| process.run != run) {
            return;
        }
        self.env.note(|| format!("{broker} goes on"));
        for happening in machine.backlog.take().unwrap_or_default() {
            self.env.after(0, happening);
        }
    }
}

fn prepared(shape: &Shape) -> ZooKeeper {
    let mut zk = ZooKeeper::default();
    for path in paths::PERSISTENT {
        for (end, _) in path.match_indices('/').skip(1) {
            zk.prepare(&path[..end], Vec::new());
        }
        zk.prepare(path, Vec::new());
    }
    zk.prepare(paths::CONTROLLER_EPOCH, b"0".to_vec());
    let replicas = shape.assignment.iter().enumerate();
    let partitions = replicas.map(|(n, replicas)| (n as i32, ReplicaAssignment::of(replicas.clone()))).collect();
    let assignment = TopicAssignment { topic_id: Some(TOPIC_ID), partitions };
    zk.prepare(&paths::topic(TOPIC), assignment.encode());
    zk
}

fn machine(shape: &Shape, id: i32, seed: u64) -> Machine {
    let disk = shape.assignment.iter().map(|replicas| replicas.contains(&id).then(ReplicaLog::default));
    Machine {
        disk: disk.collect(),
        files: Files::new(shape.assignment.len(), seed),
        process: None,
        runs: 0,
        skew_ms: 0,
        backlog: None,
        session: None,
        suspected_until: 0,
        lost_power: false,
    }
}
