//! Pure: one partition as this broker's replica sees it: its leader, its epochs, its in-sync replicas, and the high
//! watermark that follows from them (`Partition` of Kafka's core).

use super::isr::IsrProposal;
use rkafka_base::{BrokerId, LeaderEpoch, Offset};
use rkafka_protocol::{ErrorCode, messages::leader_and_isr_request::LeaderAndIsrPartitionState};
use std::collections::BTreeMap;

/// What the leader knows of one follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follower {
    /// The offset it asked for last: it has everything below.
    pub log_end: Offset,
    /// Where its log began then; −1 if it has not said so in this leader's time.
    pub log_start: Offset,
    /// The registration under which it fetched; −1 if it did not say.
    pub broker_epoch: i64,
    /// When it last had everything that the leader had, in milliseconds; 0 if never.
    pub last_caught_up_ms: i64,
    /// The leader's log end at its last fetch, and when that was.
    last_fetch: (Offset, i64),
}

impl Follower {
    const UNKNOWN: Follower = Follower {
        log_end: Offset(-1),
        log_start: Offset(-1),
        broker_epoch: -1,
        last_caught_up_ms: 0,
        last_fetch: (Offset(-1), 0),
    };

    /// Whether it has fetched lately, so that what is known of it can be relied on.
    pub(super) fn is_present(&self, lag: Lag) -> bool {
        lag.now_ms - self.last_fetch.1 <= lag.max_ms
    }

    /// When it last fetched or was given time to, in milliseconds.
    pub(super) fn last_heard_ms(&self) -> i64 {
        self.last_fetch.1.max(self.last_caught_up_ms)
    }

    pub(super) fn is_caught_up(&self, leader_end: Offset, lag: Lag) -> bool {
        self.log_end == leader_end || lag.now_ms - self.last_caught_up_ms <= lag.max_ms
    }
}

/// What a LeaderAndIsr request made of this replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChange {
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
    pub(super) local: BrokerId,
    leader: BrokerId,
    leader_epoch: LeaderEpoch,
    /// The epoch in which this replica became the leader, if it is; it has led in every epoch since.
    led_since: LeaderEpoch,
    pub(super) epoch_start: Offset,
    pub(super) partition_epoch: i32,
    controller_epoch: i32,
    replicas: Vec<BrokerId>,
    /// The in-sync replicas that the controller has confirmed.
    pub(super) isr: Vec<BrokerId>,
    /// What the controller was asked to make of them and has not answered.
    pub(super) pending: Option<IsrProposal>,
    /// How many proposals this replica has made.
    pub(super) proposals: u64,
    pub(super) followers: BTreeMap<BrokerId, Follower>,
}

impl PartitionState {
    /// A replica of which the controller has said nothing yet.
    pub fn new(local: BrokerId) -> PartitionState {
        PartitionState {
            local,
            leader: BrokerId::NONE,
            leader_epoch: LeaderEpoch::NONE,
            led_since: LeaderEpoch::NONE,
            epoch_start: Offset(0),
            partition_epoch: -1,
            controller_epoch: -1,
            replicas: Vec::new(),
            isr: Vec::new(),
            pending: None,
            proposals: 0,
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

    pub fn partition_epoch(&self) -> i32 {
        self.partition_epoch
    }

    pub fn replicas(&self) -> &[BrokerId] {
        &self.replicas
    }

    /// The in-sync replicas that the controller has confirmed, the leader among them.
    pub fn isr(&self) -> &[BrokerId] {
        &self.isr
    }

    /// The in-sync replicas, and those that may have become so without our knowing: whatever a change under way would
    /// add counts already, whatever it would remove counts still. No record is committed before all of these have it.
    pub fn in_maximal_isr(&self, id: BrokerId) -> bool {
        self.isr.contains(&id) || self.pending.as_ref().is_some_and(|p| p.isr.contains(&id))
    }

    fn maximal_isr_size(&self) -> usize {
        let joining = self.pending.iter().flat_map(|p| &p.isr).filter(|id| !self.isr.contains(id));
        self.isr.len() + joining.count()
    }

    /// What is known of a follower; `None` unless this replica leads and the other one belongs to the partition.
    pub fn follower(&self, id: BrokerId) -> Option<&Follower> {
        self.followers.get(&id)
    }

    /// What is known of every follower; nothing unless this replica leads.
    pub(crate) fn followers(&self) -> impl Iterator<Item = (BrokerId, &Follower)> {
        self.followers.iter().map(|(id, follower)| (*id, follower))
    }

    /// Whether this replica leads, and has done so without a break since `epoch`: what it appended then is still there.
    pub(crate) fn has_led_since(&self, epoch: LeaderEpoch) -> bool {
        self.is_leader() && self.led_since <= epoch
    }

    /// Where the leader's epoch begins, if this replica leads.
    pub fn epoch_start(&self) -> Option<Offset> {
        self.is_leader().then_some(self.epoch_start)
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
    ) -> Result<RoleChange, ErrorCode> {
        if request.leader_epoch <= self.leader_epoch.0 {
            return Err(ErrorCode::STALE_CONTROLLER_EPOCH);
        }
        if !request.replicas.contains(&self.local.0) {
            return Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        }
        if request.partition_epoch < self.partition_epoch {
            return Ok(RoleChange::Stale);
        }
        let before = self.is_leader().then_some(self.leader_epoch);
        self.controller_epoch = request.controller_epoch;
        self.leader = BrokerId(request.leader);
        self.leader_epoch = LeaderEpoch(request.leader_epoch);
        self.partition_epoch = request.partition_epoch;
        self.replicas = request.replicas.iter().copied().map(BrokerId).collect();
        self.isr = request.isr.iter().copied().map(BrokerId).collect();
        // The controller has decided; it refuses what was asked for in an earlier epoch, or has taken it in.
        self.pending = None;
        if !self.is_leader() {
            self.followers.clear();
            return Ok(RoleChange::Follower { leader: self.leader });
        }
        self.epoch_start = log_end;
        if before.is_none() {
            self.led_since = self.leader_epoch;
        }
        debug_assert!(
            self.led_since <= self.leader_epoch && before.is_none_or(|before| before < self.leader_epoch),
            "it leads since epoch {}, before in {before:?}, now in {}",
            self.led_since,
            self.leader_epoch
        );
        self.reset_followers(before, now_ms);
        debug_assert!(!self.followers.contains_key(&self.local), "a leader is no follower of its own");
        Ok(RoleChange::Leader { epoch_start: self.epoch_start })
    }

    /// A leader that stays keeps what it knows of its followers' logs, unless there was an epoch between in which
    /// they may have followed somebody else and cut off what they had.
    fn reset_followers(&mut self, led_before: Option<LeaderEpoch>, now_ms: i64) {
        let stays = led_before.is_some_and(|before| before.0 + 1 == self.leader_epoch.0);
        let known = std::mem::take(&mut self.followers);
        for id in self.replicas.iter().filter(|id| **id != self.local) {
            // Whoever is in sync has the usual time to fetch; who is not must catch up anew.
            let since = if self.isr.contains(id) { now_ms } else { 0 };
            // Whoever was dropped may have lost what it had: what it fetches next tells.
            let stays = stays && self.isr.contains(id);
            let base = known.get(id).filter(|_| stays).copied().unwrap_or(Follower::UNKNOWN);
            let last_fetch = if stays { (self.epoch_start, since) } else { Follower::UNKNOWN.last_fetch };
            self.followers.insert(*id, Follower { last_caught_up_ms: since, last_fetch, ..base });
        }
    }

    /// Leads and follows no more; the epoch stays.
    pub fn stop(&mut self) {
        self.leader = BrokerId::NONE;
        self.pending = None;
        self.followers.clear();
    }

    /// Notes a follower's fetch, whose epoch has been checked. False if it is no replica of this partition, or fetches for
    /// an earlier registration than one that has fetched already (`Replica.updateFetchStateOrThrow`).
    pub fn follower_fetched(&mut self, id: BrokerId, fetch: FollowerFetch, leader_end: Offset, now_ms: i64) -> bool {
        let Some(follower) = self.followers.get_mut(&id) else { return false };
        if fetch.broker_epoch >= 0 && fetch.broker_epoch < follower.broker_epoch {
            return false;
        }
        let (end_then, fetched_then) = follower.last_fetch;
        if fetch.offset >= leader_end {
            follower.last_caught_up_ms = follower.last_caught_up_ms.max(now_ms);
        } else if fetch.offset >= end_then && end_then.0 >= 0 {
            follower.last_caught_up_ms = follower.last_caught_up_ms.max(fetched_then);
        }
        follower.log_end = fetch.offset;
        follower.log_start = fetch.log_start;
        follower.broker_epoch = fetch.broker_epoch;
        follower.last_fetch = (leader_end, now_ms);
        true
    }

    /// How far the high watermark may go: the least log end of the maximal in-sync set and of those who have caught up
    /// and are about to join it; not at all while fewer than `min_isr` are in sync.
    pub fn high_watermark(&self, ends: LogEnds, min_isr: usize, lag: Lag, alive: &dyn Fn(BrokerId) -> bool) -> Offset {
        debug_assert!(ends.high_watermark <= ends.log_end, "{ends:?}");
        if !self.is_leader() || !self.has_min_isr(min_isr) {
            return ends.high_watermark;
        }
        let joins =
            |id, f: &Follower| f.log_end >= ends.high_watermark && f.is_caught_up(ends.log_end, lag) && alive(id);
        let holds_back = |(id, f): &(&BrokerId, &Follower)| self.in_maximal_isr(**id) || joins(**id, f);
        let behind = self.followers.iter().filter(|(_, f)| f.log_end < ends.log_end).filter(holds_back);
        ends.high_watermark.max(behind.map(|(_, f)| f.log_end).fold(ends.log_end, Offset::min))
    }

    /// Where all live replicas' logs begin at the latest: nobody serves what lies below; −1 while a follower has not said.
    pub fn low_watermark(&self, log_start: Offset, alive: &dyn Fn(BrokerId) -> bool) -> Offset {
        let followers = self.followers().filter(|(id, _)| alive(*id)).map(|(_, f)| f.log_start);
        followers.fold(log_start, Offset::min)
    }

    /// Whether as many replicas are in sync as acks=all asks for before it appends, and the high watermark before it
    /// moves: `min.insync.replicas`, or all replicas if there are fewer.
    pub(crate) fn has_min_isr(&self, min_isr: usize) -> bool {
        self.isr.len() >= self.effective(min_isr)
    }

    /// The same for the maximal in-sync set, which must have the records before acks=all is answered.
    pub(crate) fn has_min_maximal_isr(&self, min_isr: usize) -> bool {
        self.maximal_isr_size() >= self.effective(min_isr)
    }

    fn effective(&self, min_isr: usize) -> usize {
        min_isr.min(self.replicas.len().max(1))
    }
}

/// What a follower's fetch says of its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowerFetch {
    /// The offset it asks for: it has everything below.
    pub offset: Offset,
    pub log_start: Offset,
    /// The registration of the broker that fetches; −1 if it does not say (before version 15).
    pub broker_epoch: i64,
}

/// The leader's own log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEnds {
    pub log_end: Offset,
    pub high_watermark: Offset,
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

    const ALIVE: &dyn Fn(BrokerId) -> bool = &|_| true;

    fn ends(high_watermark: i64, log_end: i64) -> LogEnds {
        LogEnds { high_watermark: Offset(high_watermark), log_end: Offset(log_end) }
    }

    fn at(offset: i64) -> FollowerFetch {
        FollowerFetch { offset: Offset(offset), log_start: Offset(0), broker_epoch: -1 }
    }

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
        assert_eq!(change, Ok(RoleChange::Leader { epoch_start: Offset(5) }));
        assert_eq!(state.change(&request(2, 0, &[1]), Offset(5), 0), Err(ErrorCode::STALE_CONTROLLER_EPOCH));
        assert_eq!(state.check_leader(0), Ok(()));
        assert_eq!(state.check_leader(1), Err(ErrorCode::UNKNOWN_LEADER_EPOCH));
        let change = state.change(&request(2, 1, &[1, 2]), Offset(5), 0);
        assert_eq!(change, Ok(RoleChange::Follower { leader: BrokerId(2) }));
        assert_eq!(state.check_leader(0), Err(ErrorCode::FENCED_LEADER_EPOCH));
        let elsewhere = LeaderAndIsrPartitionState { replicas: vec![2], ..request(2, 2, &[2]) };
        assert_eq!(state.change(&elsewhere, Offset(5), 0), Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    }

    #[test]
    fn a_leader_alone_commits_what_it_writes() {
        let mut state = PartitionState::new(BrokerId(1));
        let alone = LeaderAndIsrPartitionState { replicas: vec![1], ..request(1, 0, &[1]) };
        state.change(&alone, Offset(0), 0).unwrap();
        assert_eq!(state.high_watermark(ends(0, 9), 2, LAG, ALIVE), Offset(9), "min.insync.replicas is capped");
    }

    #[test]
    fn the_high_watermark_waits_for_the_in_sync_replicas() {
        let mut state = PartitionState::new(BrokerId(1));
        state.change(&request(1, 0, &[1, 2]), Offset(0), 0).unwrap();
        assert_eq!(state.high_watermark(ends(0, 9), 1, LAG, ALIVE), Offset(0));
        assert!(state.follower_fetched(BrokerId(2), at(4), Offset(9), LAG.now_ms));
        assert_eq!(state.high_watermark(ends(0, 9), 1, LAG, ALIVE), Offset(4));
        assert_eq!(state.high_watermark(ends(0, 9), 3, LAG, ALIVE), Offset(0), "too few in sync");
        assert!(state.follower_fetched(BrokerId(3), at(9), Offset(9), LAG.now_ms));
        assert!(state.follower_fetched(BrokerId(2), at(9), Offset(9), LAG.now_ms));
        assert_eq!(state.high_watermark(ends(4, 9), 1, LAG, ALIVE), Offset(9));
        assert!(!state.follower_fetched(BrokerId(7), at(9), Offset(9), LAG.now_ms));
    }
}
