//! One broker process: what it knows in memory, and whom each message that reaches it is for.

use super::controlling::Controlling;
use super::coordinating::Groups;
use super::disk::{Files, ReplicaLog};
use super::env::{Env, Timer};
use super::leading::Reading;
use super::message::{Endpoint, Envelope, Message};
use super::mutation::Mutation;
use super::proposals::Proposals;
use super::replica::{Host, Replica};
use super::session::{Registering, User, ZkLink};
use super::world::tp;
use super::zookeeper::Answer;
use rkafka_base::{TimestampMs, TopicPartition};
use rkafka_log::{Log, LogDirs};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a process needs of the world for one step.
pub struct Ctx<'a> {
    pub env: &'a mut Env,
    /// The machine's logs by partition as the checkers know them; `None` where it has no replica.
    pub disk: &'a mut Vec<Option<ReplicaLog>>,
    pub files: &'a mut Files,
    /// The machine's clock, which may be wrong.
    pub wall_ms: i64,
}

impl Ctx<'_> {
    pub fn now(&self) -> TimestampMs {
        TimestampMs(self.wall_ms)
    }

    /// Shows the checkers what a step has made of a log.
    pub fn look(&mut self, partition: usize, log: &Log) {
        self.env.touched.insert(partition);
        if let Some(known) = &mut self.disk[partition] {
            known.look(log);
        }
    }
}

/// What UpdateMetadata has told.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    pub controller: Option<i32>,
    /// The leader of each partition.
    pub leaders: Vec<Option<i32>>,
}

pub struct Process {
    pub id: i32,
    pub run: u64,
    pub zk: ZkLink,
    pub registering: Registering,
    /// The session of an earlier run or of this process's past whose nodes may be taken over.
    pub earlier_session: Option<u64>,
    /// Whether it has waited until nobody counts on it any more, as after every start that is not clean.
    pub stood_aside: bool,
    /// −1 until registered.
    pub broker_epoch: i64,
    /// The greatest seen.
    pub controller_epoch: i32,
    pub metadata: Metadata,
    /// The log dirs of its replicas; `None` where it has none.
    pub dirs: Vec<Option<LogDirs>>,
    /// What partitions see of the cluster.
    pub host: Arc<Host>,
    pub replicas: Vec<Option<Replica>>,
    /// The group coordinator.
    pub groups: Option<Groups>,
    /// The controller, elected or not, from the first registration on.
    pub controlling: Option<Controlling>,
    pub proposals: Proposals,
    /// The partitions of which ZooKeeper is being asked who leads them.
    pub doubtful: Vec<usize>,
    /// What came before the broker was registered: it listens, but serves nobody yet.
    pub unserved: Vec<Envelope>,
    /// Replicas whose log dir has failed.
    pub offline: BTreeSet<usize>,
    /// Fetches whose tasks are suspended.
    pub suspended: BTreeMap<u64, Reading>,
}

impl Process {
    pub fn new(id: i32, run: u64, partitions: usize, earlier_session: Option<u64>) -> Process {
        Process {
            id,
            run,
            zk: ZkLink::default(),
            registering: Registering::No,
            earlier_session,
            stood_aside: false,
            broker_epoch: -1,
            controller_epoch: -1,
            metadata: Metadata { leaders: vec![None; partitions], ..Metadata::default() },
            dirs: vec![None; partitions],
            host: Arc::default(),
            replicas: (0..partitions).map(|_| None).collect(),
            groups: None,
            controlling: None,
            proposals: Proposals::default(),
            doubtful: Vec::new(),
            unserved: Vec::new(),
            offline: BTreeSet::new(),
            suspended: BTreeMap::new(),
        }
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::Broker(self.id)
    }

    pub fn start(&mut self, ctx: &mut Ctx) {
        let (id, run) = (self.id, self.run);
        (0..self.dirs.len()).for_each(|partition| self.open_dirs(ctx, partition));
        self.groups = ctx.env.shape.offsets().map(|partition| Groups::start(&self.host, partition));
        for (ms, timer) in [(1, Timer::Connect), (500, Timer::Checkpoint), (700, Timer::Flush)] {
            ctx.env.timer(ms, id, run, timer);
        }
        let check_in_sync = ctx.env.shape.lag_ms / 2;
        ctx.env.timer(check_in_sync, id, run, Timer::CheckInSync);
        ctx.env.timer(super::lost_leadership::EVERY_MS, id, run, Timer::LostLeadership);
    }

    /// Opens the log dir of a replica. Whatever the last run has written must be there, unless the power has failed.
    pub fn open_dirs(&mut self, ctx: &mut Ctx, partition: usize) {
        let Some(known) = &mut ctx.disk[partition] else { return };
        let dirs = ctx.files.open(self.id, partition, TimestampMs(ctx.wall_ms));
        let (before, log) = (known.records.len(), dirs.get(&tp(partition)));
        let same = known.compare(log.as_ref());
        let has_failed = std::mem::take(&mut known.has_failed);
        assert!(
            known.is_unsure || has_failed || (same, known.records.len()) == (before, before),
            "broker {} had {before} records of partition {partition}, and after its process was killed {same} of {}",
            self.id,
            known.records.len()
        );
        ctx.env.touched.insert(partition);
        self.dirs[partition] = Some(dirs);
    }

    /// The replica is served no more.
    pub fn drop_replica(&mut self, partition: usize) -> Option<Replica> {
        self.host.replicas.remove(&tp(partition));
        self.replicas[partition].take()
    }

    /// It takes part again. The logs of the partitions in `lucky` are what they were before the power failed.
    pub fn settle(&mut self, ctx: &mut Ctx, lucky: &[usize]) {
        for partition in lucky {
            self.drop_replica(*partition);
            self.dirs[*partition] = None;
        }
        let seed = ctx.env.random.u64(..);
        ctx.files.settle(lucky, seed);
        lucky.iter().for_each(|partition| self.open_dirs(ctx, *partition));
        ctx.disk.iter_mut().flatten().for_each(|log| log.is_unsure = false);
        ctx.env.touched.extend(0..ctx.disk.len());
    }

    pub fn receive(&mut self, ctx: &mut Ctx, envelope: Envelope) {
        let from = envelope.from;
        let serves = self.broker_epoch >= 0 || ctx.env.has(Mutation::ServeBeforeRegistered);
        if !serves && from != Endpoint::ZooKeeper {
            return self.unserved.push(envelope);
        }
        match envelope.message {
            Message::Order { call, message } => self.obey(ctx, from, call, message),
            Message::OrderAnswer { call, code, partitions } => self.order_answered(ctx, from, call, (code, partitions)),
            Message::Fetch(fetch) => self.serve_fetch(ctx, from, fetch, true, false),
            Message::FetchAnswer(answer) => self.fetched(ctx, from, answer),
            Message::AskEnd { call, partition, leader_epoch } => {
                self.tell_end(ctx, from, call, partition, leader_epoch)
            }
            Message::EndAnswer(answer) => self.end_told(ctx, answer),
            Message::Alter { call, request } => self.asked_to_alter(ctx, from, call, request),
            Message::AlterAnswer { call, response } => self.alter_answered(ctx, call, response),
            Message::Produce(produce) => self.produce(ctx, from, produce),
            Message::Consume { call, partition, offset } => self.consume(ctx, from, call, partition, offset),
            Message::ZkAnswer { session, token, answer } => {
                if self.zk.session == Some(session)
                    && let Some((user, answers)) = self.zk.answered(token, answer)
                {
                    self.zk_done(ctx, user, answers);
                }
            }
            Message::ZkResult { session, connection, number, answer } if self.zk.session == Some(session) => {
                self.zk_operation_answered(ctx, (connection, number), answer);
            }
            Message::ZkWatch { session, kind, path } if self.zk.session == Some(session) => {
                self.watch_fired(ctx, kind, path);
            }
            Message::ZkExpired { session } if self.zk.session == Some(session) => self.session_expired(ctx),
            Message::ZkResult { .. } | Message::ZkWatch { .. } | Message::ZkExpired { .. } => {}
            Message::Commit { call, group, offset, after } => self.asked_to_commit(from, call, group, (offset, after)),
            Message::AskOffset { call, group } => self.asked_for_offset(ctx.env, from, call, group),
            Message::ProduceAnswer { .. }
            | Message::ConsumeAnswer { .. }
            | Message::CommitAnswer { .. }
            | Message::OffsetAnswer { .. }
            | Message::ZkCall { .. }
            | Message::ZkOperation { .. } => {
                unreachable!("no broker gets these")
            }
        }
    }

    pub fn zk_done(&mut self, ctx: &mut Ctx, user: User, answers: Vec<Answer>) {
        match user {
            User::Registration => self.registration_answered(ctx, answers),
            User::Notice => self.notice_answered(ctx, &answers),
            User::LostLeadership => self.told_who_leads(ctx, answers),
        }
    }

    pub fn alarm(&mut self, ctx: &mut Ctx, timer: Timer) {
        let (id, run) = (self.id, self.run);
        match timer {
            Timer::Connect => unreachable!("the world connects"),
            Timer::ZkTimeout { token } => {
                if self.zk.is_pending(token) {
                    for (user, answers) in self.zk.connection_lost() {
                        self.zk_done(ctx, user, answers);
                    }
                }
            }
            Timer::Register => {
                // Another attempt may be under way, by another session.
                if self.registering == Registering::No && self.zk.session.is_some() {
                    self.register(ctx);
                }
            }
            Timer::StandAside => {
                if self.registering == Registering::No && self.zk.session.is_some() {
                    self.ask_who_counts(ctx);
                }
            }
            Timer::Control => self.controller_is_due(),
            Timer::ZkSilence => self.look_after_operations(ctx),
            Timer::ReachZooKeeper => self.reach_zookeeper(ctx),
            Timer::Fetch { partition, turn } => self.fetch(ctx, partition, turn),
            Timer::HeldFetch { partition, call } => self.release_fetch(ctx, partition, call),
            Timer::Resume { call } => self.resume_fetch(ctx, call),
            Timer::CheckInSync => {
                self.check_in_sync(ctx);
                let ms = ctx.env.shape.lag_ms / 2;
                ctx.env.timer(ms, id, run, Timer::CheckInSync);
            }
            Timer::Alter { call } => self.alter_unanswered(ctx, call),
            Timer::LookAgain { partition } => self.answer_producers(ctx, partition),
            Timer::LostLeadership => {
                self.look_for_successors(ctx);
                ctx.env.timer(super::lost_leadership::EVERY_MS, id, run, Timer::LostLeadership);
            }
            Timer::Coordinate => self.coordinator_waits_no_more(),
            Timer::Checkpoint => {
                for dirs in self.dirs.iter().flatten() {
                    self.misses(&dirs.checkpoint_high_watermarks());
                    self.misses(&dirs.checkpoint_recovery_points());
                }
                ctx.env.timer(2_000, id, run, Timer::Checkpoint);
            }
            Timer::Flush => {
                let now = ctx.now();
                for dirs in self.dirs.iter().flatten() {
                    self.misses(&dirs.housekeep(now));
                    self.misses(&dirs.flush_due_logs(now));
                }
                if ctx.env.random.u32(0..3) == 0 {
                    for log in self.dirs.iter().flatten().flat_map(LogDirs::all) {
                        if let Err(error) = log.flush(now) {
                            self.host.note_failed(log.partition().partition as usize, &error.to_string());
                        }
                    }
                }
                ctx.env.timer(1_500, id, run, Timer::Flush);
            }
        }
    }

    /// A disk has failed while nobody waited for it, and these are lost.
    fn misses(&self, lost: &[TopicPartition]) {
        lost.iter().for_each(|tp| self.host.note_failed(tp.partition as usize, "see above"));
    }

    /// After each step: what lies on disks that have failed in it is given up, as `broker::log_dir_failures` does.
    pub fn see_to_disks(&mut self, ctx: &mut Ctx) {
        for (partition, reason) in self.host.take_failed() {
            if self.offline.insert(partition) {
                let reason = ctx.files.told(&reason);
                ctx.env.note(|| format!("{} gives up the disk of {partition}: {reason}", self.id));
                ctx.disk[partition].iter_mut().for_each(|known| known.has_failed = true);
                ctx.env.failed_disks += 1;
                self.dir_failed(ctx, partition);
            }
        }
    }

    /// Whether no disk is left.
    pub fn has_no_disk(&self) -> bool {
        self.dirs.iter().enumerate().all(|(partition, dirs)| dirs.is_none() || self.offline.contains(&partition))
    }
}
