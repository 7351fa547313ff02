//! What one machine keeps of one partition: records, the leader epochs beside them, and the checkpointed high watermark.
//!
//! The end of a process loses nothing of it, since the page cache outlives it. The end of a machine (power) may lose
//! what was written after the last flush, in each segment by itself: the product's rule says what of the rest is believed.

use rkafka_base::{LeaderEpoch, Offset};
use rkafka_log::{EpochEndOffset, LeaderEpochs, recovery::continues};

/// What is read where a record is missing, if somebody believes that there is one.
const NOTHING: u64 = u64::MAX;
/// About every so many records a segment is rolled.
const SEGMENT: u64 = 5;

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
    /// Where its segments begin, but the first, which begins at 0.
    rolls: Vec<i64>,
    /// What it was before the power failed, until its broker takes part again.
    before: Option<Box<ReplicaLog>>,
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
        if self.end() > 0 && (record.value ^ (record.value >> 7)).is_multiple_of(SEGMENT) {
            self.rolls.push(self.end());
        }
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
        self.rolls.retain(|base| *base <= end);
        self.cuts.push(self.records.len());
    }

    pub fn end_offset_for(&self, epoch: LeaderEpoch) -> EpochEndOffset {
        self.epochs.end_offset_for(epoch, Offset(self.end()))
    }

    pub fn flush(&mut self) {
        self.flushed = self.end();
        self.flushed_epochs = self.epochs.clone();
    }

    /// All segments but the last are put on disk, as happens when one is rolled.
    pub fn flush_sealed(&mut self) {
        let sealed = self.rolls.last().copied().unwrap_or(0);
        if sealed > self.flushed {
            self.flushed = sealed;
            self.flushed_epochs = self.epochs.clone();
            self.flushed_epochs.truncate_from_end(sealed);
        }
    }

    /// The power fails, and of each segment a part that was not flushed happens to be on the disk, all or none of it
    /// included. Recovery believes what is unbroken, and reads the epochs of that again.
    pub fn lose_power(&mut self, random: &mut fastrand::Rng, believe_gaps: bool) {
        // What was there before the first of several failures is what luck may bring back.
        let before = self.before.take().unwrap_or_else(|| Box::new(self.clone()));
        let (flushed, end) = (self.flushed, self.end());
        let bases: Vec<i64> = std::iter::once(0).chain(self.rolls.iter().copied()).collect();
        let mut believed = flushed;
        let mut missing = Vec::new();
        for (at, base) in bases.iter().enumerate() {
            let segment_end = bases.get(at + 1).copied().unwrap_or(end);
            if segment_end <= flushed {
                continue;
            }
            let from = (*base).max(flushed);
            if !believe_gaps && *base > flushed && !continues(believed, *base, 0) {
                break;
            }
            missing.extend(believed..from);
            believed = match random.u8(..4) {
                0 => from,
                1 => segment_end,
                _ => random.i64(from..=segment_end),
            };
        }
        let kept: Vec<(i64, Record)> =
            (flushed..believed).zip(self.records.iter().skip(flushed as usize).copied()).collect();
        self.records.truncate(flushed as usize);
        self.rolls.retain(|base| *base <= believed);
        self.cuts.push(flushed as usize);
        self.epochs = self.flushed_epochs.clone();
        for (offset, record) in kept {
            let value = if missing.contains(&offset) { NOTHING } else { record.value };
            self.epochs.assign(record.epoch, offset);
            self.records.push(Record { value, ..record });
        }
        self.epochs.truncate_from_end(self.end());
        self.before = Some(before);
    }

    /// Whether the power has failed and the broker has not taken part since.
    pub fn is_unsure(&self) -> bool {
        self.before.is_some()
    }

    /// The broker takes part again; `lucky` if nothing was lost after all.
    pub fn settle(&mut self, lucky: bool) {
        if let Some(before) = self.before.take().filter(|_| lucky) {
            let cuts = std::mem::take(&mut self.cuts);
            *self = ReplicaLog { cuts, ..*before };
        }
    }
}
