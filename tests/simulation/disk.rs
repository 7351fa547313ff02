//! What one machine keeps of one partition: records, the leader epochs beside them, and the checkpointed high watermark.
//!
//! The end of a process loses nothing of it, since the page cache outlives it. The end of a machine (power) may lose
//! what was written after the last flush.

use rkafka::base::{LeaderEpoch, Offset};
use rkafka::log::{EpochEndOffset, LeaderEpochs};

/// One record, which is a batch by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The epoch of the leader that appended it.
    pub epoch: i32,
    /// Unique in the whole simulation.
    pub value: u64,
}

#[derive(Clone, Debug, Default)]
pub struct ReplicaLog {
    pub records: Vec<Record>,
    pub epochs: LeaderEpochs,
    /// Everything before is on the disk.
    pub flushed: i64,
    /// The leader epochs as they were at the last flush.
    flushed_epochs: LeaderEpochs,
    /// `replication-offset-checkpoint`.
    pub checkpointed_watermark: i64,
    /// To which lengths it was ever cut.
    cuts: Vec<usize>,
}

/// How far somebody has looked at a log, and which cuts that takes into account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    end: usize,
    cuts: usize,
}

impl Seen {
    /// The first offset that is new, or is not what it was.
    pub fn start(&mut self, log: &ReplicaLog) -> usize {
        let least = log.cuts[self.cuts..].iter().copied().min().unwrap_or(usize::MAX);
        self.cuts = log.cuts.len();
        self.end = self.end.min(least);
        self.end
    }

    pub fn set_end(&mut self, end: usize) {
        self.end = end;
    }
}

impl ReplicaLog {
    pub fn end(&self) -> i64 {
        self.records.len() as i64
    }

    pub fn append(&mut self, record: Record) {
        self.epochs.assign(record.epoch, self.end());
        self.records.push(record);
    }

    pub fn assign_epoch_start(&mut self, epoch: LeaderEpoch, start: Offset) {
        self.epochs.assign(epoch.0, start.0);
    }

    pub fn truncate_to(&mut self, end: i64) {
        if end >= self.end() {
            self.epochs.truncate_from_end(self.end());
            return;
        }
        self.records.truncate(end.max(0) as usize);
        self.epochs.truncate_from_end(end);
        self.flushed = self.flushed.min(end);
        self.flushed_epochs.truncate_from_end(end);
        self.cuts.push(self.records.len());
    }

    pub fn end_offset_for(&self, epoch: LeaderEpoch) -> EpochEndOffset {
        self.epochs.end_offset_for(epoch, Offset(self.end()))
    }

    pub fn flush(&mut self) {
        self.flushed = self.end();
        self.flushed_epochs = self.epochs.clone();
    }

    /// The power fails while `kept` of the unflushed records happen to be on the disk. Recovery reads the epochs of
    /// those again.
    pub fn lose_power(&mut self, kept: i64) {
        let end = (self.flushed + kept).min(self.end());
        let recovered = self.records[self.flushed as usize..end as usize].to_vec();
        self.records.truncate(self.flushed as usize);
        self.cuts.push(end as usize);
        self.epochs = self.flushed_epochs.clone();
        for record in recovered {
            self.append(record);
        }
        self.epochs.truncate_from_end(self.end());
    }
}
