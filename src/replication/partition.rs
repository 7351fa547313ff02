//! One partition: the pure state joined to this replica's log, and those who wait for either to move.

use super::{
    state::{Change, Lag, PartitionState},
    waiters::{LOOK_AGAIN, Registration, Waiter, Waiters},
};
use crate::base::{BrokerId, LeaderEpoch, Offset, TimestampMs, TopicPartition, Uuid};
use crate::config::topic::TopicConfig;
use crate::log::{AppendOrigin, Appended, Log, LogError, ReadData};
use crate::protocol::{ErrorCode, Records, messages::leader_and_isr_request::LeaderAndIsrPartitionState};
use arc_swap::ArcSwap;
use parking_lot::{Mutex, RwLock};
use std::{sync::Arc, time::Duration};

/// What all partitions of a broker share.
#[derive(Clone, Copy, Debug)]
pub struct LocalReplica {
    pub broker: BrokerId,
    /// `replica.lag.time.max.ms`.
    pub max_lag_ms: i64,
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
    name: TopicPartition,
    local: LocalReplica,
    log: Log,
    config: ArcSwap<TopicConfig>,
    state: RwLock<PartitionState>,
    /// Held while the high watermark is computed and moved, so that it never goes back.
    advancing: Mutex<()>,
    waiters: Arc<Waiters>,
}

impl Partition {
    pub fn new(name: TopicPartition, local: LocalReplica, log: Log, config: Arc<TopicConfig>) -> Partition {
        let state = RwLock::new(PartitionState::new(local.broker));
        let config = ArcSwap::new(config);
        Partition { name, local, log, config, state, advancing: Mutex::new(()), waiters: Arc::default() }
    }

    pub fn name(&self) -> &TopicPartition {
        &self.name
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    pub fn topic_id(&self) -> Option<Uuid> {
        self.log.topic_id()
    }

    /// The topic's settings in force.
    pub fn config(&self) -> Arc<TopicConfig> {
        self.config.load_full()
    }

    /// Puts changed settings in force for the partition; the log's own are the caller's to set.
    pub fn set_config(&self, config: Arc<TopicConfig>) {
        self.config.store(config);
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

    /// Whether this broker leads the partition in `epoch`; −1 asks for no check of the epoch.
    pub fn check_leader(&self, epoch: i32) -> Result<(), ErrorCode> {
        self.state.read().check_leader(epoch)
    }

    /// The same without asking who leads, for readers that a follower may serve.
    pub fn check_epoch(&self, epoch: i32) -> Result<(), ErrorCode> {
        self.state.read().check_epoch(epoch)
    }

    /// Takes in what the controller says of the partition.
    pub fn change(&self, request: &LeaderAndIsrPartitionState, now: TimestampMs) -> Result<Change, ErrorCode> {
        let mut state = self.state.write();
        let log_end = self.log.log_end();
        let change = state.change(request, log_end, now.0)?;
        if let Change::Leader { epoch_start } = change {
            // Written at once, even if nothing is ever appended: truncation needs every epoch's start.
            self.log.assign_epoch_start(state.leader_epoch(), epoch_start).map_err(|e| e.code())?;
            self.advance_high_watermark(&state, now);
        }
        drop(state);
        self.waiters.wake(LOOK_AGAIN);
        Ok(change)
    }

    /// Appends as the leader. `assign` gets the next offset and the leader epoch and gives the records to write.
    pub fn append<E>(
        &self,
        now: TimestampMs,
        origin: AppendOrigin,
        required_acks: i16,
        assign: impl FnOnce(Offset, LeaderEpoch) -> Result<Records, E>,
    ) -> Result<Appended, AppendError<E>> {
        let state = self.state.read();
        state.check_leader(-1).map_err(AppendError::Refused)?;
        if required_acks == -1 && !state.has_min_isr(self.min_isr()) {
            return Err(AppendError::Refused(ErrorCode::NOT_ENOUGH_REPLICAS));
        }
        let epoch = state.leader_epoch();
        let size_before = self.log.size();
        let assign = |next| assign(next, epoch).map_err(AppendError::Records);
        let appended = self.log.append_as_leader(now, origin, assign)?;
        self.advance_high_watermark(&state, now);
        drop(state);
        let bytes = self.log.size().saturating_sub(size_before);
        self.waiters.wake(usize::try_from(bytes).unwrap_or(LOOK_AGAIN).max(1));
        Ok(appended)
    }

    /// Reads from `start` on, at most up to `bound`.
    pub fn read(
        &self,
        start: Offset,
        max_bytes: u32,
        min_one_message: bool,
        bound: ReadBound,
    ) -> Result<ReadData, LogError> {
        self.log.read(start, max_bytes, min_one_message, self.bound(bound))
    }

    /// The first offset that a reader does not see.
    pub fn bound(&self, bound: ReadBound) -> Offset {
        match bound {
            ReadBound::LogEnd => self.log.log_end(),
            ReadBound::HighWatermark => self.log.high_watermark(),
            ReadBound::LastStable => self.log.last_stable_offset(),
        }
    }

    /// Notes a follower's fetch; it may move the high watermark. False if it is no replica of the partition.
    pub fn follower_fetched(&self, id: BrokerId, offset: Offset, now: TimestampMs) -> bool {
        let mut state = self.state.write();
        let known = state.follower_fetched(id, offset, self.log.log_end(), now.0);
        if known && self.advance_high_watermark(&state, now) {
            drop(state);
            self.waiters.wake(LOOK_AGAIN);
        }
        known
    }

    /// Removes what lies before `offset`, −1 for everything committed. Gives the new log start.
    pub fn delete_records(&self, offset: Offset) -> Result<Offset, LogError> {
        let offset = if offset.0 == -1 { self.log.high_watermark() } else { offset };
        let start = self.log.delete_records(offset)?;
        self.waiters.wake(LOOK_AGAIN);
        Ok(start)
    }

    /// Enters `waiter` into the list of those whom appends and other changes wake.
    pub fn watch(&self, waiter: &Arc<Waiter>) -> Registration {
        self.waiters.register(waiter)
    }

    /// The replica is on its way out: it leads no more, and whoever waits looks again.
    pub fn stop(&self) {
        self.state.write().stop();
        self.waiters.wake(LOOK_AGAIN);
    }

    /// Waits until everything before `end` is committed, as acks=all asks for.
    pub async fn committed(&self, end: Offset, timeout: Duration) -> Result<(), ErrorCode> {
        if self.is_committed(end)? {
            return Ok(());
        }
        let waiter = Waiter::new(1);
        let _registration = self.watch(&waiter);
        let committed = async {
            loop {
                if self.is_committed(end)? {
                    return Ok(());
                }
                waiter.reset(1);
                waiter.woken().await;
            }
        };
        tokio::time::timeout(timeout, committed).await.unwrap_or(Err(ErrorCode::REQUEST_TIMED_OUT))
    }

    fn is_committed(&self, end: Offset) -> Result<bool, ErrorCode> {
        let state = self.state.read();
        state.check_leader(-1)?;
        if self.log.high_watermark() < end {
            return Ok(false);
        }
        if state.has_min_isr(self.min_isr()) { Ok(true) } else { Err(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND) }
    }

    fn min_isr(&self) -> usize {
        usize::try_from(self.config.load().min_insync_replicas).unwrap_or(1)
    }

    /// Moves the high watermark as far as the in-sync replicas allow. Says whether it moved.
    fn advance_high_watermark(&self, state: &PartitionState, now: TimestampMs) -> bool {
        let _advancing = self.advancing.lock();
        let current = self.log.high_watermark();
        let lag = Lag { now_ms: now.0, max_ms: self.local.max_lag_ms };
        let next = state.high_watermark(current, self.log.log_end(), self.min_isr(), lag);
        if next <= current {
            return false;
        }
        self.log.set_high_watermark(next);
        true
    }
}
