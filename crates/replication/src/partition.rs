//! One partition: the pure state joined to this replica's log, and those who wait for either to move.

use super::{
    partition_host::PartitionHost,
    state::{Lag, LogEnds, PartitionState, RoleChange},
    throttle::{Throttles, names_replica},
    waiters::{Waiter, WaiterPlace, Waiters, WaitsFor},
};
use arc_swap::ArcSwap;
use rkafka_base::{BrokerId, LeaderEpoch, Offset, TimestampMs, TopicPartition, Uuid};
use rkafka_config::topic::TopicConfig;
use rkafka_log::{AppendOrigin, Appended, Log, LogError, ReadData};
use rkafka_protocol::{ErrorCode, Records, messages::leader_and_isr_request::LeaderAndIsrPartitionState};
use rkafka_runtime::lock::{Mutex, Rank, RwLock};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// What all partitions of a broker share.
#[derive(Clone)]
pub struct LocalReplica {
    pub broker: BrokerId,
    /// `replica.lag.time.max.ms`.
    pub max_lag_ms: i64,
    pub cluster: Arc<dyn PartitionHost>,
    pub throttles: Arc<Throttles>,
}

/// What an append by the leader came to.
#[derive(Clone, Debug)]
pub struct LeaderAppend {
    pub appended: Appended,
    /// The leader's epoch at that time, which an acknowledgement by all replicas is about.
    pub epoch: LeaderEpoch,
}

/// How far a read may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBound {
    /// A follower: everything.
    LogEnd,
    /// A consumer: what is committed.
    HighWatermark,
    /// A consumer with isolation level `read_committed`: before the first open transaction.
    LastStable,
}

/// Why an append to a partition failed.
#[derive(Debug, thiserror::Error)]
pub enum AppendError<E> {
    #[error("{}", .0.message())]
    Refused(ErrorCode),
    #[error(transparent)]
    Log(LogError),
    /// What the caller's own assignment of offsets found wrong.
    #[error("the records were refused")]
    Records(E),
}

impl<E> From<LogError> for AppendError<E> {
    fn from(error: LogError) -> AppendError<E> {
        AppendError::Log(error)
    }
}

/// A partition that has a replica here.
pub struct Partition {
    pub(super) name: TopicPartition,
    pub(super) local: LocalReplica,
    pub(super) log: Log,
    pub(super) topic_id: OnceLock<Uuid>,
    pub(super) config: ArcSwap<TopicConfig>,
    /// For reading over each append and each word of a leader's answer, for writing when another epoch begins: what is in
    /// the log belongs to the epoch that is in force. Who has it may wait for the disk, so readers do without.
    pub(super) turn: RwLock<()>,
    /// Who leads, and how far the followers are. The epoch changes under `turn`. Nothing is waited for under it, and waiters
    /// are woken after it.
    pub(super) state: RwLock<PartitionState>,
    /// Held while the high watermark is computed and moved, so that it never goes back. Taken under `state`.
    pub(super) advancing: Mutex<()>,
    pub(super) waiters: Arc<Waiters>,
}

impl Partition {
    pub fn new(name: TopicPartition, local: LocalReplica, log: Log, config: Arc<TopicConfig>) -> Partition {
        let state = RwLock::new(Rank::PartitionState, PartitionState::new(local.broker));
        let config = ArcSwap::new(config);
        Partition {
            name,
            local,
            log,
            topic_id: OnceLock::new(),
            config,
            turn: RwLock::new(Rank::PartitionTurn, ()),
            state,
            advancing: Mutex::new(Rank::HighWatermark, ()),
            waiters: Arc::default(),
        }
    }

    pub fn name(&self) -> &TopicPartition {
        &self.name
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The topic's id; once there is one it stays.
    pub fn topic_id(&self) -> Option<Uuid> {
        if let Some(id) = self.topic_id.get() {
            return Some(*id);
        }
        self.log.topic_id().inspect(|id| {
            let _ = self.topic_id.set(*id);
        })
    }

    /// The topic's settings in force.
    pub fn config(&self) -> Arc<TopicConfig> {
        self.config.load_full()
    }

    /// Puts changed settings in force for the partition; the log's own are the caller's to set.
    pub fn set_config(&self, config: Arc<TopicConfig>) {
        self.config.store(config);
    }

    /// A copy of the state, for who looks at several parts of it that must belong together.
    pub fn state(&self) -> PartitionState {
        self.state.read().clone()
    }

    pub fn is_leader(&self) -> bool {
        self.state.read().is_leader()
    }

    pub fn leader(&self) -> BrokerId {
        self.state.read().leader()
    }

    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.state.read().leader_epoch()
    }

    /// Whether this broker leads the partition in `epoch`; −1 asks for no check of the epoch. Gives the epoch in force.
    pub fn check_leader(&self, epoch: i32) -> Result<LeaderEpoch, ErrorCode> {
        let state = self.state.read();
        state.check_leader(epoch).map(|()| state.leader_epoch())
    }

    /// The same without asking who leads, for readers that a follower may serve.
    pub fn check_epoch(&self, epoch: i32) -> Result<LeaderEpoch, ErrorCode> {
        let state = self.state.read();
        state.check_epoch(epoch).map(|()| state.leader_epoch())
    }

    /// Where the leader's epoch begins, if this replica leads.
    pub fn epoch_start(&self) -> Option<Offset> {
        self.state.read().epoch_start()
    }

    /// Takes in what the controller says of the partition.
    pub fn change(&self, request: &LeaderAndIsrPartitionState, now: TimestampMs) -> Result<RoleChange, ErrorCode> {
        let turn = self.turn.write();
        let (change, epoch) = {
            let mut state = self.state.write();
            let change = state.change(request, self.log.log_end(), now.0)?;
            (change, state.leader_epoch())
        };
        if let RoleChange::Leader { epoch_start } = change {
            // Written at once, even if nothing is ever appended: truncation needs every epoch's start.
            self.watched(self.log.assign_epoch_start(epoch, epoch_start)).map_err(|e| e.code())?;
            debug_assert_eq!(self.log.latest_epoch(), Some(epoch), "{}: the log knows its leader's epoch", self.name);
            self.advance_high_watermark(&self.state.read(), now);
        }
        let keeps = self.has_too_few(&self.state.read());
        drop(turn);
        self.flush_if(keeps);
        self.waiters.wake_all();
        Ok(change)
    }

    /// Whether this leader is all that acknowledged records depend on, because its in-sync set has become too small for
    /// acks=all or it is alone in it: then it puts them on its disk ([`Self::flush_if`]).
    pub(super) fn has_too_few(&self, state: &PartitionState) -> bool {
        let is_alone = state.isr().len() == 1 && state.replicas().len() > 1;
        state.is_leader() && (is_alone || !state.has_min_isr(self.min_isr()))
    }

    /// Has the log fsynced soon.
    pub(super) fn flush_if(&self, keeps: bool) {
        if keeps {
            self.log.flush_soon();
        }
    }

    /// Appends as the leader. `assign` gets the next offset and the leader epoch and gives the records to write.
    pub fn append<E>(
        &self,
        now: TimestampMs,
        origin: AppendOrigin,
        required_acks: i16,
        assign: impl FnOnce(Offset, LeaderEpoch) -> Result<Records, E>,
    ) -> Result<LeaderAppend, AppendError<E>> {
        let turn = self.turn.read();
        let epoch = {
            let state = self.state.read();
            state.check_leader(-1).map_err(AppendError::Refused)?;
            if required_acks == -1 && !state.has_min_isr(self.min_isr()) {
                return Err(AppendError::Refused(ErrorCode::NOT_ENOUGH_REPLICAS));
            }
            state.leader_epoch()
        };
        let assign = |next| assign(next, epoch).map_err(AppendError::Records);
        let appended = self.log.append_as_leader(now, origin, assign);
        if let Err(AppendError::Log(error)) = &appended {
            self.report(error);
        }
        let appended = appended?;
        let moved = self.advance_high_watermark(&self.state.read(), now);
        drop(turn);
        self.waiters.moved(appended.bytes, moved);
        Ok(LeaderAppend { appended, epoch })
    }

    /// Reads from `start` on, at most up to `bound`.
    pub fn read(
        &self,
        start: Offset,
        max_bytes: u32,
        min_one_message: bool,
        bound: ReadBound,
    ) -> Result<ReadData, LogError> {
        self.watched(self.log.read(start, max_bytes, min_one_message, self.bound(bound)))
    }

    /// The first offset that a reader does not see.
    pub fn bound(&self, bound: ReadBound) -> Offset {
        match bound {
            ReadBound::LogEnd => self.log.log_end(),
            ReadBound::HighWatermark => self.log.high_watermark(),
            ReadBound::LastStable => self.log.last_stable_offset(),
        }
    }

    /// Does `work` on the log if this replica follows a leader in `epoch`; the controller's requests wait meanwhile, so
    /// that nothing of an earlier epoch gets in. It says how many bytes it has appended. `None` if it does not follow.
    pub(crate) fn as_follower<E>(
        &self,
        epoch: LeaderEpoch,
        work: impl FnOnce(&Log) -> Result<usize, E>,
    ) -> Option<Result<(), E>> {
        let turn = self.turn.read();
        {
            let state = self.state.read();
            if state.is_leader() || state.leader() == BrokerId::NONE || state.leader_epoch() != epoch {
                return None;
            }
        }
        let before = self.ends();
        let done = work(&self.log);
        let after = self.ends();
        drop(turn);
        let bytes = done.as_ref().copied().unwrap_or(0);
        self.waiters.moved(bytes, (after.high_watermark > before.high_watermark).then_some(after));
        Some(done.map(drop))
    }

    /// Notes what this follower has fetched. Gives how long it must not fetch more (`follower.replication.throttled.*`),
    /// if it has not caught up with the leader's high watermark.
    pub fn fetched(&self, bytes: usize, leader_high_watermark: Offset, now: TimestampMs) -> Option<Duration> {
        let throttle = &self.local.throttles.follower;
        let list = || self.config.load();
        if !throttle.is_on()
            || !names_replica(&list().follower_replication_throttled_replicas, self.name.partition, self.local.broker)
        {
            return None;
        }
        throttle.record(bytes, now);
        throttle.wait(now).filter(|_| self.log.log_end() < leader_high_watermark)
    }

    /// Removes what lies before `offset`, −1 for everything committed. Gives the new log start.
    pub fn delete_records(&self, offset: Offset) -> Result<Offset, LogError> {
        let offset = if offset.0 == -1 { self.log.high_watermark() } else { offset };
        let start = self.watched(self.log.delete_records(offset))?;
        self.waiters.wake_all();
        Ok(start)
    }

    /// Enters `waiter` into the list of those whom what they wait for wakes.
    pub fn watch(&self, waiter: &Arc<Waiter>, waits_for: WaitsFor) -> WaiterPlace {
        self.waiters.register(waiter, waits_for)
    }

    /// The replica is on its way out: it leads no more, and whoever waits looks again.
    pub fn stop(&self) {
        self.state.write().stop();
        self.waiters.wake_all();
    }

    /// Passes a result of the log on; a failing disk is reported.
    fn watched<T>(&self, result: Result<T, LogError>) -> Result<T, LogError> {
        result.inspect_err(|error| self.report(error))
    }

    /// Reports an error of the log if its disk is to blame.
    pub(super) fn report(&self, error: &LogError) {
        if error.is_storage() {
            self.local.cluster.disk_failed(&self.log.log_dir(), &error.to_string());
        }
    }

    pub(super) fn min_isr(&self) -> usize {
        usize::try_from(self.config.load().min_insync_replicas).unwrap_or(1)
    }

    pub(super) fn lag(&self, now: TimestampMs) -> Lag {
        Lag { now_ms: now.0, max_ms: self.local.max_lag_ms }
    }

    pub(super) fn ends(&self) -> LogEnds {
        LogEnds { log_end: self.log.log_end(), high_watermark: self.log.high_watermark() }
    }

    /// Moves the high watermark as far as the in-sync replicas allow. Says where it is if it moved.
    pub(super) fn advance_high_watermark(&self, state: &PartitionState, now: TimestampMs) -> Option<LogEnds> {
        let _advancing = self.advancing.lock();
        let ends = self.ends();
        let alive = |id| self.local.cluster.is_alive(id);
        let next = state.high_watermark(ends, self.min_isr(), self.lag(now), &alive);
        if next <= ends.high_watermark {
            return None;
        }
        assert!(next <= ends.log_end, "{}: what is not in the log is committed: {next} with {ends:?}", self.name);
        let moved = self.log.raise_high_watermark(next);
        debug_assert!(moved >= next, "{}: a leader's log is not cut", self.name);
        Some(LogEnds { high_watermark: next, ..ends })
    }

    pub(super) fn wake_committed(&self, moved: Option<LogEnds>) {
        if moved.is_some() {
            self.waiters.moved(0, moved);
        }
    }
}
