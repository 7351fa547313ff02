//! A leader of which its followers are silent: it may have been replaced without having heard of it.

use super::{Lag, Partition, PartitionState};
use rkafka_base::{BrokerId, TimestampMs};
use std::time::Duration;

impl PartitionState {
    /// Whether this replica leads and somebody who may be elected after it has not fetched for longer than `lag` allows.
    /// Whoever is elected fetches no more, so that a leader to whom all of these speak has no successor.
    pub fn misses_follower(&self, lag: Lag) -> bool {
        // A clock that was set back says nothing of how long it is silent.
        let is_present = |heard_ms: i64| (0..=lag.max_ms).contains(&(lag.now_ms - heard_ms));
        let is_silent = |id: BrokerId| self.follower(id).is_some_and(|f| !is_present(f.last_heard_ms()));
        self.is_leader() && self.replicas().iter().any(|id| self.in_maximal_isr(*id) && is_silent(*id))
    }
}

impl Partition {
    /// [`PartitionState::misses_follower`] for those who have not fetched for `patience`.
    pub fn misses_follower(&self, now: TimestampMs, patience: Duration) -> bool {
        let max_ms = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        self.state.read().misses_follower(Lag { now_ms: now.0, max_ms })
    }

    /// The brokers with a replica, as the controller has said last.
    pub fn assigned(&self) -> Vec<BrokerId> {
        self.state.read().replicas().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FollowerFetch;
    use rkafka_base::Offset;
    use rkafka_protocol::messages::leader_and_isr_request::LeaderAndIsrPartitionState;

    #[test]
    fn a_leader_misses_those_in_sync_who_have_stopped_to_fetch() {
        let mut state = PartitionState::new(BrokerId(1));
        let request = LeaderAndIsrPartitionState {
            leader: 1,
            leader_epoch: 4,
            isr: vec![1, 2],
            replicas: vec![1, 2, 3],
            ..Default::default()
        };
        let misses = |state: &PartitionState, now_ms| state.misses_follower(Lag { now_ms, max_ms: 1_000 });
        assert!(!misses(&state, 9_000), "it leads nothing");
        state.change(&request, Offset(0), 10_000).unwrap();
        assert!(!misses(&state, 11_000), "a new leader gives its followers time");
        assert!(misses(&state, 11_001));
        let fetch = FollowerFetch { offset: Offset(-1), log_start: Offset(0), broker_epoch: -1 };
        assert!(state.follower_fetched(BrokerId(2), fetch, Offset(5), 12_000));
        assert!(!misses(&state, 13_000), "one that lags fetches all the same, and 3 is not in sync");
        assert!(misses(&state, 13_001));
        assert!(misses(&state, 11_000), "the clock was set back");
        state.stop();
        assert!(!misses(&state, 20_000));
    }
}
