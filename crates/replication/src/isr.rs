//! Pure: how a leader changes the set of in-sync replicas. The leader proposes, the controller decides (KIP-497).
//!
//! While a proposal is under way nobody knows which of the two sets holds, so everything that depends on it takes the
//! worse one: see [`PartitionState::in_maximal_isr`].

use super::state::{Lag, LogEnds, PartitionState};
use rkafka_base::{BrokerId, LeaderEpoch};
use rkafka_protocol::ErrorCode;

/// What the controller is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsrProposal {
    /// Tells an answer to this proposal from one to an earlier one; counts up for each replica.
    pub number: u64,
    pub leader_epoch: LeaderEpoch,
    /// The partition epoch that the leader knows; the controller refuses if it has moved on.
    pub partition_epoch: i32,
    /// The set as it is to be.
    pub isr: Vec<BrokerId>,
    /// For each member that is to join, the registration under which it has fetched; −1 for the others. A broker that
    /// has registered anew since may have lost what it had (KIP-903).
    pub broker_epochs: Vec<i64>,
}

/// What the controller answered for one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IsrAnswer {
    /// The partition's state as it is now.
    State {
        leader_epoch: LeaderEpoch,
        partition_epoch: i32,
        isr: Vec<BrokerId>,
    },
    Refused(ErrorCode),
}

/// What an answer comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsrOutcome {
    /// The set is what the controller says; the high watermark may move.
    Adopted,
    /// The proposal was not and will not be applied; the confirmed set holds.
    Reverted,
    /// Nobody knows whether it was applied: the proposal stays pending until the controller sends a new state.
    AwaitController,
    /// The same proposal must be sent again.
    Retry,
    /// The proposal is not the pending one any more.
    Outdated,
}

impl PartitionState {
    /// The change that the in-sync set needs, which is then pending: followers that lag are dropped, else followers
    /// that have caught up are added. None while a change is under way.
    pub(crate) fn isr_change(
        &mut self,
        ends: LogEnds,
        lag: Lag,
        alive: &dyn Fn(BrokerId) -> bool,
    ) -> Option<IsrProposal> {
        if !self.is_leader() || self.pending.is_some() {
            return None;
        }
        let stays =
            |id: &BrokerId| *id == self.local || self.follower(*id).is_none_or(|f| f.is_caught_up(ends.log_end, lag));
        let remaining: Vec<BrokerId> = self.isr.iter().copied().filter(stays).collect();
        if remaining.len() < self.isr.len() {
            return Some(self.propose(remaining));
        }
        let present = self.followers().filter(|(_, f)| f.is_present(lag)).map(|(id, _)| id);
        let joining: Vec<BrokerId> = present.filter(|id| self.may_join(*id, ends) && alive(*id)).collect();
        (!joining.is_empty()).then(|| self.propose([self.isr.clone(), joining].concat()))
    }

    /// Whether a follower outside the set has everything that is committed, and the start of the leader's epoch.
    pub(crate) fn may_join(&self, id: BrokerId, ends: LogEnds) -> bool {
        self.pending.is_none()
            && !self.isr.contains(&id)
            && self.follower(id).is_some_and(|f| f.log_end >= ends.high_watermark.max(self.epoch_start))
    }

    fn propose(&mut self, isr: Vec<BrokerId>) -> IsrProposal {
        self.proposals += 1;
        let joins = |id: &&BrokerId| !self.isr.contains(id);
        let epoch =
            |id: &BrokerId| Some(id).filter(joins).and_then(|id| self.follower(*id)).map_or(-1, |f| f.broker_epoch);
        let broker_epochs = isr.iter().map(epoch).collect();
        debug_assert!(self.pending.is_none(), "one proposal at a time: {:?} is under way", self.pending);
        debug_assert!(isr.contains(&self.local) || !self.isr.contains(&self.local), "a leader drops itself: {isr:?}");
        debug_assert!(isr.len() != self.isr.len(), "a proposal changes the set: {:?} to {isr:?}", self.isr);
        let proposal = IsrProposal {
            number: self.proposals,
            leader_epoch: self.leader_epoch(),
            partition_epoch: self.partition_epoch,
            isr,
            broker_epochs,
        };
        self.pending = Some(proposal.clone());
        proposal
    }

    /// Whether this proposal still waits for its answer.
    pub fn is_pending(&self, proposal: &IsrProposal) -> bool {
        self.pending.as_ref() == Some(proposal)
    }

    /// Takes in what the controller answered to `proposal`.
    pub fn isr_answered(&mut self, proposal: &IsrProposal, answer: &IsrAnswer) -> IsrOutcome {
        if !self.is_pending(proposal) {
            return IsrOutcome::Outdated;
        }
        debug_assert_eq!(proposal.leader_epoch, self.leader_epoch(), "a proposal does not outlive its epoch");
        match answer {
            IsrAnswer::State { leader_epoch, partition_epoch, isr } => {
                if *leader_epoch != self.leader_epoch() || *partition_epoch < self.partition_epoch {
                    return IsrOutcome::AwaitController;
                }
                self.isr.clone_from(isr);
                self.partition_epoch = *partition_epoch;
                self.pending = None;
                IsrOutcome::Adopted
            }
            IsrAnswer::Refused(code) => self.isr_refused(*code),
        }
    }

    fn isr_refused(&mut self, code: ErrorCode) -> IsrOutcome {
        match code {
            // The only codes that say both that our partition epoch is the current one and that nothing was changed.
            ErrorCode::OPERATION_NOT_ATTEMPTED | ErrorCode::INELIGIBLE_REPLICA => {
                self.pending = None;
                IsrOutcome::Reverted
            }
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::UNKNOWN_TOPIC_ID
            | ErrorCode::FENCED_LEADER_EPOCH
            | ErrorCode::INVALID_REQUEST
            | ErrorCode::NEW_LEADER_ELECTED => IsrOutcome::AwaitController,
            // INVALID_UPDATE_VERSION among them: the proposal may have been applied, and the answer lost. Then the same
            // request gets the state as it is now; else it can never be applied, for its partition epoch is over.
            _ => IsrOutcome::Retry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FollowerFetch;
    use rkafka_base::Offset;
    use rkafka_protocol::messages::leader_and_isr_request::LeaderAndIsrPartitionState;

    const LAG: Lag = Lag { now_ms: 100_000, max_ms: 30_000 };
    const ALIVE: &dyn Fn(BrokerId) -> bool = &|_| true;

    fn ids(ids: &[i32]) -> Vec<BrokerId> {
        ids.iter().copied().map(BrokerId).collect()
    }

    fn ends(high_watermark: i64, log_end: i64) -> LogEnds {
        LogEnds { high_watermark: Offset(high_watermark), log_end: Offset(log_end) }
    }

    fn fetched(state: &mut PartitionState, id: i32, offset: i64, log_end: i64, now_ms: i64) {
        let fetch = FollowerFetch { offset: Offset(offset), log_start: Offset(0), broker_epoch: 70 + i64::from(id) };
        assert!(state.follower_fetched(BrokerId(id), fetch, Offset(log_end), now_ms));
    }

    /// Broker 1 leads from offset 10 on, in epoch 4 of the leader and 7 of the partition.
    fn leader(isr: &[i32]) -> PartitionState {
        let mut state = PartitionState::new(BrokerId(1));
        appoint(&mut state, 4, 7, isr);
        state
    }

    fn appoint(state: &mut PartitionState, leader_epoch: i32, partition_epoch: i32, isr: &[i32]) {
        let request = LeaderAndIsrPartitionState {
            leader: 1,
            leader_epoch,
            partition_epoch,
            isr: isr.to_vec(),
            replicas: vec![1, 2, 3],
            ..Default::default()
        };
        state.change(&request, Offset(10), LAG.now_ms).unwrap();
    }

    fn adopted(isr: &[i32], partition_epoch: i32) -> IsrAnswer {
        IsrAnswer::State { leader_epoch: LeaderEpoch(4), partition_epoch, isr: ids(isr) }
    }

    #[test]
    fn a_follower_that_lags_is_dropped_and_counts_until_the_controller_agrees() {
        let mut state = leader(&[1, 2, 3]);
        fetched(&mut state, 2, 20, 20, LAG.now_ms);
        assert_eq!(state.isr_change(ends(10, 20), LAG, ALIVE), None, "3 has the usual time");
        let later = Lag { now_ms: LAG.now_ms + 30_001, ..LAG };
        let proposal = state.isr_change(ends(10, 20), later, ALIVE).unwrap();
        assert_eq!((&proposal.isr, proposal.partition_epoch), (&ids(&[1, 2]), 7));
        assert_eq!(state.isr_change(ends(10, 20), later, ALIVE), None, "one at a time");
        fetched(&mut state, 2, 20, 20, later.now_ms);
        assert_eq!(state.high_watermark(ends(10, 20), 1, later, ALIVE), Offset(10), "3 may still be in sync");
        assert_eq!(state.isr_answered(&proposal, &adopted(&[1, 2], 8)), IsrOutcome::Adopted);
        assert_eq!(state.high_watermark(ends(10, 20), 1, later, ALIVE), Offset(20));
        assert_eq!((state.isr(), state.partition_epoch()), (&ids(&[1, 2])[..], 8));
    }

    #[test]
    fn a_follower_that_has_caught_up_joins_and_counts_at_once() {
        let mut state = leader(&[1, 2]);
        fetched(&mut state, 2, 20, 20, LAG.now_ms);
        fetched(&mut state, 3, 9, 20, LAG.now_ms);
        assert!(!state.may_join(BrokerId(3), ends(5, 20)), "the epoch begins at 10");
        fetched(&mut state, 3, 12, 20, LAG.now_ms);
        assert!(!state.may_join(BrokerId(3), ends(15, 20)), "15 is committed");
        assert_eq!(state.isr_change(ends(12, 20), LAG, &|id| id != BrokerId(3)), None, "not while it is dead");
        let proposal = state.isr_change(ends(12, 20), LAG, ALIVE).unwrap();
        assert_eq!((&proposal.isr, &proposal.broker_epochs[..]), (&ids(&[1, 2, 3]), &[-1, -1, 73][..]));
        let much_later = Lag { now_ms: LAG.now_ms * 10, ..LAG };
        assert_eq!(state.high_watermark(ends(12, 20), 3, LAG, ALIVE), Offset(12), "two are confirmed, not three");
        assert_eq!(state.high_watermark(ends(12, 20), 2, much_later, ALIVE), Offset(12), "3 counts");
        assert!(state.has_min_maximal_isr(3) && !state.has_min_isr(3));
        fetched(&mut state, 3, 18, 20, LAG.now_ms);
        assert_eq!(state.high_watermark(ends(12, 20), 2, LAG, ALIVE), Offset(18));
    }

    #[test]
    fn a_follower_that_has_gone_silent_does_not_join() {
        let mut state = leader(&[1, 2]);
        fetched(&mut state, 2, 10, 10, LAG.now_ms + 40_000);
        fetched(&mut state, 3, 10, 10, LAG.now_ms);
        let later = Lag { now_ms: LAG.now_ms + 40_000, ..LAG };
        assert_eq!(state.isr_change(ends(10, 10), later, ALIVE), None);
        fetched(&mut state, 3, 10, 10, later.now_ms);
        assert!(state.clone().isr_change(ends(10, 10), later, ALIVE).is_some());
        appoint(&mut state, 5, 8, &[1, 2]);
        assert_eq!(state.isr_change(ends(10, 10), later, ALIVE), None, "it was dropped, and may begin anew");
        assert!(state.follower(BrokerId(2)).is_some_and(|f| f.log_end == Offset(10)));
    }

    #[test]
    fn refusals() {
        let propose = |state: &mut PartitionState| {
            fetched(state, 3, 20, 20, LAG.now_ms);
            state.isr_change(ends(10, 20), LAG, ALIVE).unwrap()
        };
        for (code, outcome) in [
            (ErrorCode::INELIGIBLE_REPLICA, IsrOutcome::Reverted),
            (ErrorCode::OPERATION_NOT_ATTEMPTED, IsrOutcome::Reverted),
            (ErrorCode::INVALID_UPDATE_VERSION, IsrOutcome::Retry),
            (ErrorCode::FENCED_LEADER_EPOCH, IsrOutcome::AwaitController),
            (ErrorCode::UNKNOWN_SERVER_ERROR, IsrOutcome::Retry),
        ] {
            let mut state = leader(&[1, 2]);
            let proposal = propose(&mut state);
            assert_eq!(state.isr_answered(&proposal, &IsrAnswer::Refused(code)), outcome);
            assert_eq!(state.is_pending(&proposal), outcome != IsrOutcome::Reverted);
            assert_eq!(state.in_maximal_isr(BrokerId(3)), outcome != IsrOutcome::Reverted, "{}", code.name());
        }
    }

    #[test]
    fn an_answer_to_an_earlier_proposal_changes_nothing() {
        let mut state = leader(&[1, 2]);
        fetched(&mut state, 3, 20, 20, LAG.now_ms);
        let first = state.isr_change(ends(10, 20), LAG, ALIVE).unwrap();
        appoint(&mut state, 5, 8, &[1, 2]);
        fetched(&mut state, 3, 20, 20, LAG.now_ms);
        let second = state.isr_change(ends(10, 20), LAG, ALIVE).unwrap();
        assert_eq!(state.isr_answered(&first, &adopted(&[1, 2, 3], 8)), IsrOutcome::Outdated);
        assert_eq!(
            state.isr_answered(&second, &adopted(&[1, 2, 3], 9)),
            IsrOutcome::AwaitController,
            "epoch 4 is over"
        );
        assert!(state.is_pending(&second));
        let answer = IsrAnswer::State { leader_epoch: LeaderEpoch(5), partition_epoch: 9, isr: ids(&[1, 2, 3]) };
        assert_eq!(state.isr_answered(&second, &answer), IsrOutcome::Adopted);
    }

    #[test]
    fn leading_without_a_break() {
        let mut state = leader(&[1, 2]);
        appoint(&mut state, 5, 8, &[1, 2]);
        assert!(state.has_led_since(LeaderEpoch(4)) && state.has_led_since(LeaderEpoch(5)));
        assert!(!state.has_led_since(LeaderEpoch(3)));
        let other = LeaderAndIsrPartitionState {
            leader: 2,
            leader_epoch: 6,
            partition_epoch: 9,
            isr: vec![1, 2],
            replicas: vec![1, 2, 3],
            ..Default::default()
        };
        state.change(&other, Offset(10), 0).unwrap();
        assert!(!state.has_led_since(LeaderEpoch(4)));
        appoint(&mut state, 7, 10, &[1, 2]);
        assert!(!state.has_led_since(LeaderEpoch(5)), "what was appended in epoch 5 may be gone");
    }
}
