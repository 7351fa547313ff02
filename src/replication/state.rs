//! Pure: one partition as this broker's replica sees it: its leader, its epochs, its in-sync replicas, and the high
//! watermark that follows from them (`Partition` of Kafka's core).

use crate::base::{BrokerId, LeaderEpoch, Offset};
use crate::protocol::{ErrorCode, messages::leader_and_isr_request::LeaderAndIsrPartitionState};
use std::collections::BTreeMap;

/// What the leader knows of one follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follower {
    /// The offset it asked for last: it has everything below.
    pub log_end: Offset,
    /// When it last had everything that the leader had, in milliseconds; 0 if never.
    pub last_caught_up_ms: i64,
    /// The leader's log end at its last fetch, and when that was.
    last_fetch: (Offset, i64),
}

impl Follower {
    const UNKNOWN: Follower = Follower { log_end: Offset(-1), last_caught_up_ms: 0, last_fetch: (Offset(-1), 0) };

    fn is_caught_up(&self, leader_end: Offset, now_ms: i64, max_lag_ms: i64) -> bool {
        self.log_end == leader_end || now_ms - self.last_caught_up_ms <= max_lag_ms
    }
}

/// What a LeaderAndIsr request made of this replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It leads now, in an epoch that starts at the given offset.
    Leader { epoch_start: Offset },
    /// It follows the given leader; −1 if there is none.
    Follower { leader: BrokerId },
    /// The request's partition epoch is behind; nothing changed.
    Stale,
}

/// The state; changed by the controller's requests and by followers' fetches.
#[derive(Clone, Debug)]
pub struct PartitionState {
    local: BrokerId,
    leader: BrokerId,
    leader_epoch: LeaderEpoch,
    epoch_start: Offset,
    partition_epoch: i32,
    controller_epoch: i32,
    replicas: Vec<BrokerId>,
    isr: Vec<BrokerId>,
    followers: BTreeMap<BrokerId, Follower>,
}

impl PartitionState {
    /// A replica of which the controller has said nothing yet.
    pub fn new(local: BrokerId) -> PartitionState {
        PartitionState {
            local,
            leader: BrokerId::NONE,
            leader_epoch: LeaderEpoch::NONE,
            epoch_start: Offset(0),
            partition_epoch: -1,
            controller_epoch: -1,
            replicas: Vec::new(),
            isr: Vec::new(),
            followers: BTreeMap::new(),
        }
    }

    pub fn is_leader(&self) -> bool {
        self.leader == self.local && self.leader_epoch != LeaderEpoch::NONE
    }

    /// The leader, −1 if there is none or none is known.
    pub fn leader(&self) -> BrokerId {
        self.leader
    }

    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.leader_epoch
    }

    pub fn isr(&self) -> &[BrokerId] {
        &self.isr
    }

    /// Whether this broker may take a request of the given epoch; −1 asks for no check.
    pub fn check_epoch(&self, epoch: i32) -> Result<(), ErrorCode> {
        match epoch {
            -1 => Ok(()),
            e if e < self.leader_epoch.0 => Err(ErrorCode::FENCED_LEADER_EPOCH),
            e if e > self.leader_epoch.0 => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
            _ => Ok(()),
        }
    }

    /// The same, for requests that only the leader answers.
    pub fn check_leader(&self, epoch: i32) -> Result<(), ErrorCode> {
        self.check_epoch(epoch)?;
        if self.is_leader() { Ok(()) } else { Err(ErrorCode::NOT_LEADER_OR_FOLLOWER) }
    }

    /// Takes in one partition of a LeaderAndIsr request. The epoch must be greater than the one we know.
    pub fn change(
        &mut self,
        request: &LeaderAndIsrPartitionState,
        log_end: Offset,
        now_ms: i64,
    ) -> Result<Change, ErrorCode> {
        if request.leader_epoch <= self.leader_epoch.0 {
            return Err(ErrorCode::STALE_CONTROLLER_EPOCH);
        }
        if !request.replicas.contains(&self.local.0) {
            return Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        }
        if request.partition_epoch < self.partition_epoch {
            return Ok(Change::Stale);
        }
        let led_before = self.is_leader();
        self.controller_epoch = request.controller_epoch;
        self.leader = BrokerId(request.leader);
        self.leader_epoch = LeaderEpoch(request.leader_epoch);
        self.partition_epoch = request.partition_epoch;
        self.replicas = request.replicas.iter().copied().map(BrokerId).collect();
        self.isr = request.isr.iter().copied().map(BrokerId).collect();
        if !self.is_leader() {
            self.followers.clear();
            return Ok(Change::Follower { leader: self.leader });
        }
        self.epoch_start = log_end;
        let (local, isr) = (self.local, &self.isr);
        let mut followers = std::mem::take(&mut self.followers);
        for id in self.replicas.iter().filter(|r| **r != local) {
            let follower = followers.entry(*id).or_insert(Follower::UNKNOWN);
            // A leader that stays keeps what it knows of its followers.
            if !led_before {
                let caught_up = if isr.contains(id) { now_ms } else { 0 };
                *follower = Follower { last_caught_up_ms: caught_up, ..Follower::UNKNOWN };
            }
        }
        followers.retain(|id, _| self.replicas.contains(id));
        self.followers = followers;
        Ok(Change::Leader { epoch_start: self.epoch_start })
    }

    /// Leads and follows no more; the epoch stays.
    pub fn stop(&mut self) {
        self.leader = BrokerId::NONE;
        self.followers.clear();
    }

    /// Notes a follower's fetch at `offset`. False if it is no replica of this partition.
    pub fn follower_fetched(&mut self, id: BrokerId, offset: Offset, leader_end: Offset, now_ms: i64) -> bool {
        let Some(follower) = self.followers.get_mut(&id) else { return false };
        let (end_then, fetched_then) = follower.last_fetch;
        if offset >= leader_end {
            follower.last_caught_up_ms = follower.last_caught_up_ms.max(now_ms);
        } else if offset >= end_then && end_then.0 >= 0 {
            follower.last_caught_up_ms = follower.last_caught_up_ms.max(fetched_then);
        }
        follower.log_end = offset;
        follower.last_fetch = (leader_end, now_ms);
        true
    }

    /// How far the high watermark may go: the least log end of the in-sync replicas and of those who have caught up
    /// and are about to join them; not at all while fewer than `min_isr` are in sync.
    pub fn high_watermark(&self, current: Offset, log_end: Offset, min_isr: usize, lag: Lag) -> Offset {
        let enough = min_isr.min(self.replicas.len());
        if !self.is_leader() || self.isr.len() < enough {
            return current;
        }
        let counts = |id: &BrokerId, f: &Follower| {
            self.isr.contains(id) || (f.log_end >= current && f.is_caught_up(log_end, lag.now_ms, lag.max_ms))
        };
        let ends = self.followers.iter().filter(|(id, f)| counts(id, f)).map(|(_, f)| f.log_end);
        current.max(ends.fold(log_end, Offset::min))
    }

    /// Whether as many replicas are in sync as acks=all asks for.
    pub fn has_min_isr(&self, min_isr: usize) -> bool {
        self.isr.len() >= min_isr.min(self.replicas.len().max(1))
    }
}

/// The clock and `replica.lag.time.max.ms`, both in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Lag {
    pub now_ms: i64,
    pub max_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAG: Lag = Lag { now_ms: 100_000, max_ms: 30_000 };

    fn request(leader: i32, epoch: i32, isr: &[i32]) -> LeaderAndIsrPartitionState {
        LeaderAndIsrPartitionState {
            leader,
            leader_epoch: epoch,
            isr: isr.to_vec(),
            replicas: vec![1, 2, 3],
            ..Default::default()
        }
    }

    #[test]
    fn only_a_greater_epoch_changes_the_leader() {
        let mut state = PartitionState::new(BrokerId(1));
        assert_eq!(state.check_leader(-1), Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        let change = state.change(&request(1, 0, &[1]), Offset(5), 0);
        assert_eq!(change, Ok(Change::Leader { epoch_start: Offset(5) }));
        assert_eq!(state.change(&request(2, 0, &[1]), Offset(5), 0), Err(ErrorCode::STALE_CONTROLLER_EPOCH));
        assert_eq!(state.check_leader(0), Ok(()));
        assert_eq!(state.check_leader(1), Err(ErrorCode::UNKNOWN_LEADER_EPOCH));
        let change = state.change(&request(2, 1, &[1, 2]), Offset(5), 0);
        assert_eq!(change, Ok(Change::Follower { leader: BrokerId(2) }));
        assert_eq!(state.check_leader(0), Err(ErrorCode::FENCED_LEADER_EPOCH));
        let elsewhere = LeaderAndIsrPartitionState { replicas: vec![2], ..request(2, 2, &[2]) };
        assert_eq!(state.change(&elsewhere, Offset(5), 0), Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    }

    #[test]
    fn a_leader_alone_commits_what_it_writes() {
        let mut state = PartitionState::new(BrokerId(1));
        let alone = LeaderAndIsrPartitionState { replicas: vec![1], ..request(1, 0, &[1]) };
        state.change(&alone, Offset(0), 0).unwrap();
        assert_eq!(state.high_watermark(Offset(0), Offset(9), 2, LAG), Offset(9), "min.insync.replicas is capped");
    }

    #[test]
    fn the_high_watermark_waits_for_the_in_sync_replicas() {
        let mut state = PartitionState::new(BrokerId(1));
        state.change(&request(1, 0, &[1, 2]), Offset(0), 0).unwrap();
        assert_eq!(state.high_watermark(Offset(0), Offset(9), 1, LAG), Offset(0));
        assert!(state.follower_fetched(BrokerId(2), Offset(4), Offset(9), LAG.now_ms));
        assert_eq!(state.high_watermark(Offset(0), Offset(9), 1, LAG), Offset(4));
        assert_eq!(state.high_watermark(Offset(0), Offset(9), 3, LAG), Offset(0), "too few in sync");
        assert!(state.follower_fetched(BrokerId(3), Offset(9), Offset(9), LAG.now_ms));
        assert!(state.follower_fetched(BrokerId(2), Offset(9), Offset(9), LAG.now_ms));
        assert_eq!(state.high_watermark(Offset(4), Offset(9), 1, LAG), Offset(9));
        assert!(!state.follower_fetched(BrokerId(7), Offset(9), Offset(9), LAG.now_ms));
    }
}
