//! What a leader does for its followers, its consumers and its producers: notes how far followers have come, keeps the
//! in-sync set, and says when records are committed, deleted, or better read elsewhere.

use super::{
    IsrAnswer, IsrOutcome, IsrProposal, Partition, PartitionState, Waiter, WaitsFor,
    replica_selector::{ReplicaView, nearest},
    state::{Follower, FollowerFetch},
    throttle::names_replica,
};
use rkafka_base::{BrokerId, LeaderEpoch, Offset, TimestampMs};
use rkafka_protocol::ErrorCode;
use std::time::Duration;

impl Partition {
    /// Notes a follower's fetch in the leader's `epoch`; it may move the high watermark, and the follower may join the
    /// in-sync replicas.
    ///
    /// Errors: the epoch has ended since it was checked, or the follower is no replica of the partition.
    pub fn follower_fetched(
        &self,
        id: BrokerId,
        epoch: LeaderEpoch,
        fetch: FollowerFetch,
        now: TimestampMs,
    ) -> Result<(), ErrorCode> {
        let mut state = self.state.write();
        state.check_leader(epoch.0)?;
        let log_start_before = state.follower(id).map(|f| f.log_start);
        if !state.follower_fetched(id, fetch, self.log.log_end(), now.0) {
            return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        }
        if state.may_join(id, self.ends()) {
            self.change_isr(&mut state, now);
        }
        let moved = self.advance_high_watermark(&state, now);
        drop(state);
        self.wake_committed(moved);
        if log_start_before != Some(fetch.log_start) {
            self.waiters.changed();
        }
        Ok(())
    }

    /// Proposes the change that the in-sync set needs, if any: to be called every now and then, since a follower that
    /// lags does not say so.
    pub fn check_isr(&self, now: TimestampMs) {
        if self.is_leader() {
            self.change_isr(&mut self.state.write(), now);
        }
    }

    fn change_isr(&self, state: &mut PartitionState, now: TimestampMs) {
        let alive = |id| self.local.cluster.is_alive(id);
        if let Some(proposal) = state.isr_change(self.ends(), self.lag(now), &alive) {
            self.local.cluster.propose(&self.name, self.topic_id(), proposal);
        }
    }

    /// Whether `proposal` still waits for the controller's answer.
    pub fn is_pending(&self, proposal: &IsrProposal) -> bool {
        self.state.read().is_pending(proposal)
    }

    /// Takes in what the controller answered to `proposal`.
    pub fn isr_answered(&self, proposal: &IsrProposal, answer: &IsrAnswer, now: TimestampMs) -> IsrOutcome {
        let mut state = self.state.write();
        let outcome = state.isr_answered(proposal, answer);
        if matches!(outcome, IsrOutcome::Adopted | IsrOutcome::Reverted) {
            let keeps = self.has_too_few(&state);
            let moved = self.advance_high_watermark(&state, now);
            drop(state);
            self.flush_if(keeps);
            self.wake_committed(moved);
        }
        outcome
    }

    /// Other brokers came or went: a dead one does not hold the high watermark back.
    pub fn brokers_changed(&self, now: TimestampMs) {
        let state = self.state.read();
        if !state.is_leader() {
            return;
        }
        let moved = self.advance_high_watermark(&state, now);
        drop(state);
        self.wake_committed(moved);
        self.waiters.changed();
    }

    /// Whether a follower that catches up has to wait because its share of the traffic is used up
    /// (`leader.replication.throttled.*`).
    pub fn holds_back(&self, follower: BrokerId, now: TimestampMs) -> bool {
        let throttle = &self.local.throttles.leader;
        throttle.is_on()
            && throttle.wait(now).is_some()
            && names_replica(
                &self.config.load().leader_replication_throttled_replicas,
                self.name.partition,
                self.local.broker,
            )
            && !self.state.read().isr().contains(&follower)
    }

    /// Notes what a follower is sent.
    pub fn sent_to_follower(&self, bytes: usize, now: TimestampMs) {
        let throttle = &self.local.throttles.leader;
        let list = || self.config.load();
        if throttle.is_on()
            && names_replica(&list().leader_replication_throttled_replicas, self.name.partition, self.local.broker)
        {
            throttle.record(bytes, now);
        }
    }

    /// Waits until no live replica serves what lies below `start`. Gives the low watermark.
    pub async fn deleted_everywhere(&self, start: Offset, timeout: Duration) -> Result<Offset, ErrorCode> {
        let waiter = Waiter::new(1);
        let _registration = self.watch(&waiter, WaitsFor::Change);
        let deleted = async {
            loop {
                let low = self.low_watermark()?;
                if low >= start {
                    return Ok(low);
                }
                waiter.woken().await;
            }
        };
        tokio::time::timeout(timeout, deleted).await.unwrap_or(Err(ErrorCode::REQUEST_TIMED_OUT))
    }

    fn low_watermark(&self) -> Result<Offset, ErrorCode> {
        let state = self.state.read();
        state.check_leader(-1)?;
        Ok(state.low_watermark(self.log.log_start(), &|id| self.local.cluster.is_alive(id)))
    }

    /// The follower in `rack` that a consumer should read `offset` from, rather than from this leader. `rack_of` knows
    /// where live brokers are.
    pub fn preferred_replica(
        &self,
        rack: &str,
        offset: Offset,
        now: TimestampMs,
        rack_of: impl Fn(BrokerId) -> Option<String>,
    ) -> Option<BrokerId> {
        let state = self.state.read();
        if rack.is_empty() || !state.is_leader() {
            return None;
        }
        let has_it =
            |(id, f): &(BrokerId, &Follower)| state.isr().contains(id) && f.log_end >= offset && f.log_start <= offset;
        let view = |broker, log_end, behind_ms| ReplicaView { broker, rack: rack_of(broker), log_end, behind_ms };
        let leader = view(self.local.broker, self.log.log_end(), 0);
        let followers = state.followers().filter(has_it);
        let followers: Vec<_> = followers.map(|(id, f)| view(id, f.log_end, now.0 - f.last_caught_up_ms)).collect();
        nearest(rack, &leader, &followers)
    }

    /// Waits until everything before `end`, appended by the leader of `epoch`, is committed, as acks=all asks for.
    pub async fn committed(&self, end: Offset, epoch: LeaderEpoch, timeout: Duration) -> Result<(), ErrorCode> {
        if self.is_committed(end, epoch)? {
            return Ok(());
        }
        let waiter = Waiter::new(1);
        let _registration = self.watch(&waiter, WaitsFor::HighWatermark(end));
        let committed = async {
            loop {
                if self.is_committed(end, epoch)? {
                    return Ok(());
                }
                waiter.woken().await;
            }
        };
        tokio::time::timeout(timeout, committed).await.unwrap_or(Err(ErrorCode::REQUEST_TIMED_OUT))
    }

    fn is_committed(&self, end: Offset, epoch: LeaderEpoch) -> Result<bool, ErrorCode> {
        let state = self.state.read();
        // Another leader in between may have put other records in their place.
        if !state.has_led_since(epoch) {
            return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        }
        if self.log.high_watermark() < end {
            return Ok(false);
        }
        match state.has_min_maximal_isr(self.min_isr()) {
            true => Ok(true),
            false => Err(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LocalReplica, PartitionHost, Throttles};
    use parking_lot::Mutex;
    use rkafka_base::{TopicPartition, Uuid};
    use rkafka_log::{AppendOrigin, LoadOptions, LogDirs};
    use rkafka_protocol::{
        Records,
        messages::leader_and_isr_request::LeaderAndIsrPartitionState,
        record::{BatchBuilder, BatchOptions, RecordError},
    };
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    const NOW: TimestampMs = TimestampMs(1_000_000);
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Brokers 1 to 3 live; proposals are kept.
    #[derive(Default)]
    struct Three(Mutex<Vec<IsrProposal>>);

    impl PartitionHost for Three {
        fn is_alive(&self, broker: BrokerId) -> bool {
            (1..=3).contains(&broker.0)
        }

        fn propose(&self, _: &TopicPartition, _: Option<Uuid>, proposal: IsrProposal) {
            self.0.lock().push(proposal);
        }

        fn disk_failed(&self, log_dir: &std::path::Path, reason: &str) {
            unreachable!("{}: {reason}", log_dir.display());
        }
    }

    struct World {
        partition: Arc<Partition>,
        cluster: Arc<Three>,
        dirs: LogDirs,
        _dir: tempfile::TempDir,
    }

    impl World {
        fn new() -> World {
            let dir = tempfile::tempdir().unwrap();
            let dirs = LogDirs::open(&[dir.path().to_owned()], 1).unwrap();
            dirs.claim(BrokerId(1), "c", NOW).unwrap();
            dirs.load(&LoadOptions { threads_per_dir: 1, config: &|_| Arc::default(), now: NOW }).unwrap();
            let name = TopicPartition::new("t", 0);
            let log = dirs.get_or_create(&name, Some(Uuid([1; 16])), Arc::default(), NOW).unwrap();
            let cluster = Arc::new(Three::default());
            let local = LocalReplica {
                broker: BrokerId(1),
                max_lag_ms: 30_000,
                cluster: Arc::clone(&cluster) as Arc<dyn PartitionHost>,
                throttles: Arc::new(Throttles::new(11, 1)),
            };
            World { partition: Arc::new(Partition::new(name, local, log, Arc::default())), cluster, dirs, _dir: dir }
        }

        fn appoint(&self, leader: i32, epoch: i32, isr: &[i32]) {
            let request = LeaderAndIsrPartitionState {
                leader,
                leader_epoch: epoch,
                partition_epoch: epoch,
                isr: isr.to_vec(),
                replicas: vec![1, 2, 3],
                ..Default::default()
            };
            self.partition.change(&request, NOW).unwrap();
        }

        /// Appends one record. Gives the end of the log after it and the leader's epoch.
        fn append(&self) -> (Offset, LeaderEpoch) {
            let batch = |base_offset, leader_epoch| {
                let mut batch =
                    BatchBuilder::new(BatchOptions { base_offset, leader_epoch, ..BatchOptions::default() });
                batch.append(NOW, None, Some(b"x"), &[]);
                Ok::<_, RecordError>(Records::Bytes(batch.finish()?))
            };
            let written = self.partition.append(NOW, AppendOrigin::Client, -1, batch).unwrap();
            (written.appended.last_offset.plus(1), written.epoch)
        }

        fn fetched(&self, id: i32, epoch: i32, offset: i64, log_start: i64) -> Result<(), ErrorCode> {
            let fetch = FollowerFetch { offset: Offset(offset), log_start: Offset(log_start), broker_epoch: -1 };
            self.partition.follower_fetched(BrokerId(id), LeaderEpoch(epoch), fetch, NOW)
        }

        fn high_watermark(&self) -> i64 {
            self.partition.log().high_watermark().0
        }
    }

    #[test]
    fn a_fetch_from_before_the_followers_registration_does_not_count() {
        let world = World::new();
        world.appoint(1, 4, &[1, 2, 3]);
        let (end, epoch) = world.append();
        let fetch = |offset, broker_epoch| {
            let fetch = FollowerFetch { offset, log_start: Offset(0), broker_epoch };
            world.partition.follower_fetched(BrokerId(2), epoch, fetch, NOW)
        };
        assert_eq!(fetch(Offset(0), 17), Ok(()));
        assert_eq!(fetch(end, 16), Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        world.fetched(3, 4, end.0, 0).unwrap();
        assert_eq!(world.high_watermark(), 0, "what the earlier process had may be lost");
        assert_eq!((fetch(end, 17), world.high_watermark()), (Ok(()), end.0));
    }

    #[tokio::test]
    async fn an_append_is_committed_when_the_in_sync_replicas_have_it() {
        let world = World::new();
        world.appoint(1, 0, &[1, 2]);
        let (end, epoch) = world.append();
        let waiting = tokio::spawn({
            let partition = Arc::clone(&world.partition);
            async move { partition.committed(end, epoch, PATIENCE).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(world.fetched(2, 1, 1, 0), Err(ErrorCode::UNKNOWN_LEADER_EPOCH));
        assert_eq!(world.fetched(7, 0, 1, 0), Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        assert_eq!(world.high_watermark(), 0);
        world.fetched(2, 0, 1, 0).unwrap();
        assert_eq!((waiting.await.unwrap(), world.high_watermark()), (Ok(()), 1));
        let (end, epoch) = world.append();
        let soon = Duration::from_millis(1);
        assert_eq!(world.partition.committed(end, epoch, soon).await, Err(ErrorCode::REQUEST_TIMED_OUT));
    }

    #[tokio::test]
    async fn leadership_that_was_lost_meanwhile_acknowledges_nothing() {
        let world = World::new();
        world.appoint(1, 0, &[1]);
        let (end, epoch) = world.append();
        world.appoint(1, 1, &[1]);
        assert_eq!(world.partition.committed(end, epoch, PATIENCE).await, Ok(()), "without a break");
        world.appoint(2, 2, &[1, 2]);
        world.appoint(1, 3, &[1]);
        assert_eq!(world.partition.committed(end, epoch, PATIENCE).await, Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
    }

    #[test]
    fn a_follower_that_catches_up_is_proposed_once() {
        let world = World::new();
        world.appoint(1, 0, &[1, 2]);
        world.append();
        world.fetched(3, 0, 0, 0).unwrap();
        let proposal = world.cluster.0.lock().pop().expect("offset 0 is all that is committed");
        assert_eq!(proposal.isr, [1, 2, 3].map(BrokerId));
        world.fetched(2, 0, 1, 0).unwrap();
        assert_eq!(world.high_watermark(), 0, "3 may be in sync already");
        world.fetched(3, 0, 1, 0).unwrap();
        assert_eq!(world.high_watermark(), 1);
        assert!(world.cluster.0.lock().is_empty() && world.partition.is_pending(&proposal));
        let isr = proposal.isr.clone();
        let answer = IsrAnswer::State { leader_epoch: LeaderEpoch(0), partition_epoch: 1, isr };
        assert_eq!(world.partition.isr_answered(&proposal, &answer, NOW), IsrOutcome::Adopted);
    }

    #[test]
    fn a_leader_that_is_left_alone_has_its_log_put_on_disk() {
        let world = World::new();
        world.appoint(1, 0, &[1, 2]);
        let due = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&due);
        world.dirs.on_flush_due(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        world.append();
        world.appoint(1, 1, &[1, 3]);
        assert_eq!(due.load(Ordering::Relaxed), 0);
        world.appoint(1, 2, &[1]);
        assert_eq!(due.load(Ordering::Relaxed), 1);
        assert!(world.dirs.flush_due_logs(NOW).is_empty());
        assert_eq!(world.partition.log().recovery_point(), Offset(1));
        world.appoint(1, 3, &[1]);
        assert_eq!(due.load(Ordering::Relaxed), 1, "nothing was written since");
    }

    #[tokio::test]
    async fn records_are_deleted_when_every_live_replica_has_moved_its_start() {
        let world = World::new();
        world.appoint(1, 0, &[1, 2]);
        world.append();
        world.fetched(2, 0, 1, 0).unwrap();
        world.partition.delete_records(Offset(1)).unwrap();
        let waiting = tokio::spawn({
            let partition = Arc::clone(&world.partition);
            async move { partition.deleted_everywhere(Offset(1), PATIENCE).await }
        });
        tokio::task::yield_now().await;
        world.fetched(2, 0, 1, 1).unwrap();
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        world.fetched(3, 0, 1, 1).unwrap();
        assert_eq!(waiting.await.unwrap(), Ok(Offset(1)));
    }

    #[test]
    fn consumers_are_sent_to_a_follower_near_them_that_has_the_offset() {
        let world = World::new();
        world.appoint(1, 0, &[1, 2]);
        world.append();
        world.fetched(2, 0, 1, 0).unwrap();
        let rack_of = |id: BrokerId| Some(format!("r{id}"));
        let preferred = |rack, offset| world.partition.preferred_replica(rack, Offset(offset), NOW, rack_of);
        assert_eq!(preferred("r2", 1), Some(BrokerId(2)));
        assert_eq!((preferred("r2", 2), preferred("r3", 0), preferred("r1", 0)), (None, None, None));
    }
}
