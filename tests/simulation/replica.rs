//! A partition's replica in a process: the product's state machines, and whoever waits at them.

use super::disk::ReplicaLog;
use super::message::{Endpoint, Fetch};
use rkafka::base::{BrokerId, LeaderEpoch, Offset};
use rkafka::replication::fetch_state::{FetchState, Question};
use rkafka::replication::{LogEnds, PartitionState};

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
        }
    }

    pub fn ends(&self, log: &ReplicaLog) -> LogEnds {
        LogEnds { log_end: Offset(log.end()), high_watermark: Offset(self.watermark) }
    }
}
