//! A partition's replica in a process: the product's state machines, and whoever waits at them.

use super::disk::ReplicaLog;
use super::message::{Endpoint, Fetch};
use rkafka_base::{BrokerId, LeaderEpoch, Offset};
use rkafka_replication::fetch_state::{FetchState, Question};
use rkafka_replication::{IsrAnswer, IsrProposal, LogEnds, PartitionState};

/// `min.insync.replicas`.
pub const MIN_IN_SYNC: usize = 2;

/// A producer that waits for its record to be committed.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    pub client: Endpoint,
    pub call: u64,
    pub value: u64,
    pub offset: i64,
    /// The leader's epoch when it was appended.
    pub epoch: LeaderEpoch,
}

pub struct Replica {
    pub state: PartitionState,
    pub watermark: i64,
    /// Fetches that wait for records.
    pub held: Vec<(Endpoint, Fetch)>,
    pub waiting: Vec<Waiting>,
    /// Grows with every change of the leader; timers of earlier turns mean nothing.
    pub turn: u64,
    pub follow: Option<FetchState>,
    /// What the leader was asked and has not answered.
    pub question: Option<(u64, Question)>,
    /// The last change of the in-sync set that it proposed.
    pub proposal: Option<IsrProposal>,
}

impl Replica {
    /// The replica of a log that nobody has opened since the process began.
    pub fn open(broker: i32, log: &ReplicaLog) -> Replica {
        Replica {
            state: PartitionState::new(BrokerId(broker)),
            watermark: log.checkpointed_watermark.min(log.end()),
            held: Vec::new(),
            waiting: Vec::new(),
            turn: 0,
            follow: None,
            question: None,
            proposal: None,
        }
    }

    /// The state as it would be if the controller had granted the proposal that is under way.
    pub fn with_proposal_granted(&self) -> Option<PartitionState> {
        let proposal = self.proposal.as_ref().filter(|proposal| self.state.is_pending(proposal))?;
        let mut state = self.state.clone();
        let (leader_epoch, partition_epoch) = (proposal.leader_epoch, proposal.partition_epoch + 1);
        let granted = IsrAnswer::State { leader_epoch, partition_epoch, isr: proposal.isr.clone() };
        state.isr_answered(proposal, &granted);
        Some(state)
    }

    pub fn ends(&self, log: &ReplicaLog) -> LogEnds {
        LogEnds { log_end: Offset(log.end()), high_watermark: Offset(self.watermark) }
    }
}
