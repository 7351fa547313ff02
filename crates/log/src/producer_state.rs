//! Pure: what a partition remembers of its idempotent and transactional producers, so that a batch which is sent twice
//! is written once, gaps are refused, and readers know which transactions are open (`ProducerStateManager`).
//!
//! Batches are judged by `check`, which changes nothing; once they are in the log, `apply` takes the outcome over.

use super::{
    batch::Batch,
    error::LogError,
    producer_check::{ProducerUpdate, check_batch},
    types::{AbortedTxn, AppendOrigin},
};
use rkafka_base::{Offset, ProducerId, TopicPartition};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// How many batches of each producer are remembered; a producer has at most so many requests in flight.
pub const BATCHES_REMEMBERED: usize = 5;

/// One batch of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchMeta {
    pub last_sequence: i32,
    pub last_offset: i64,
    pub offset_delta: i32,
    pub timestamp: i64,
}

impl BatchMeta {
    pub fn first_offset(&self) -> i64 {
        self.last_offset - i64::from(self.offset_delta)
    }

    /// The sequence number of the first record; the numbers wrap at the largest int.
    pub fn first_sequence(&self) -> i32 {
        let first = i64::from(self.last_sequence) - i64::from(self.offset_delta);
        (if first < 0 { first + i64::from(i32::MAX) + 1 } else { first }) as i32
    }
}

/// What is remembered of one producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerEntry {
    /// −1 if only known to exist.
    pub epoch: i16,
    /// The last batches, oldest first, at most [`BATCHES_REMEMBERED`].
    pub batches: VecDeque<BatchMeta>,
    pub coordinator_epoch: i32,
    pub last_timestamp: i64,
    pub current_txn_first_offset: Option<i64>,
}

impl ProducerEntry {
    /// A producer of which nothing is known.
    pub fn unknown() -> ProducerEntry {
        ProducerEntry {
            epoch: -1,
            batches: VecDeque::new(),
            coordinator_epoch: -1,
            last_timestamp: -1,
            current_txn_first_offset: None,
        }
    }

    /// −1 if no batch is remembered.
    pub fn last_sequence(&self) -> i32 {
        self.batches.back().map_or(-1, |b| b.last_sequence)
    }

    fn find_duplicate(&self, batch: &Batch) -> Option<BatchMeta> {
        let same =
            |b: &&BatchMeta| b.first_sequence() == batch.base_sequence && b.last_sequence == batch.last_sequence();
        self.batches.iter().filter(|_| batch.producer_epoch == self.epoch).find(same).copied()
    }

    pub fn set_epoch(&mut self, epoch: i16) {
        if self.epoch != epoch {
            self.batches.clear();
            self.epoch = epoch;
        }
    }

    pub fn push_batch(&mut self, batch: BatchMeta) {
        if self.batches.len() == BATCHES_REMEMBERED {
            self.batches.pop_front();
        }
        self.batches.push_back(batch);
        debug_assert!(self.batches.len() <= BATCHES_REMEMBERED, "{} batches are remembered", self.batches.len());
    }

    fn is_expired(&self, now: i64, expiration_ms: i64) -> bool {
        self.current_txn_first_offset.is_none() && now.saturating_sub(self.last_timestamp) >= expiration_ms
    }
}

/// A transaction whose marker was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletedTxn {
    pub producer_id: i64,
    pub first_offset: i64,
    /// The marker's offset.
    pub last_offset: i64,
    pub aborted: bool,
}

/// What `check` found out about the batches of one append.
#[derive(Debug)]
pub enum Checked {
    /// A batch with these sequence numbers is in the log already.
    Duplicate(BatchMeta),
    New(Vec<ProducerUpdate>),
}

/// The transactions that a reader of committed ones does not see yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unstable {
    /// The first offset of the oldest open one.
    first_open: Option<i64>,
    /// Those that have ended, by their first offset, with the marker's offset.
    ended: Vec<(i64, i64)>,
}

impl Unstable {
    /// The first offset of a transaction that is open, or whose marker the high watermark has not passed.
    pub fn first_offset(&self, high_watermark: i64) -> Option<i64> {
        let ended = self.ended.iter().find(|(_, marker)| *marker >= high_watermark).map(|(first, _)| *first);
        self.first_open.into_iter().chain(ended).min()
    }
}

/// All producers of one partition.
#[derive(Debug, Default)]
pub struct ProducerState {
    producers: HashMap<i64, ProducerEntry>,
    /// Open transactions by their first offset, with the producer's id.
    ongoing: BTreeMap<i64, i64>,
    /// Ended transactions by their first offset, with the marker's offset, until the high watermark passes the marker.
    unreplicated: BTreeMap<i64, i64>,
    /// Up to which offset the log was read.
    pub map_end_offset: i64,
    /// The offset of the newest snapshot.
    pub snapshot_offset: i64,
}

impl ProducerState {
    pub fn len(&self) -> usize {
        self.producers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.producers.is_empty() && self.ongoing.is_empty()
    }

    /// All producers by id, for a snapshot or for DescribeProducers.
    pub fn sorted(&self) -> Vec<(i64, &ProducerEntry)> {
        let mut all: Vec<_> = self.producers.iter().map(|(id, entry)| (*id, entry)).collect();
        all.sort_by_key(|(id, _)| *id);
        all
    }

    /// Judges the batches of one append.
    pub fn check(
        &self,
        batches: &[Batch],
        origin: AppendOrigin,
        partition: &TopicPartition,
    ) -> Result<Checked, LogError> {
        let mut updates: Vec<ProducerUpdate> = Vec::new();
        for batch in batches.iter().filter(|b| b.has_producer()) {
            let known = self.producers.get(&batch.producer_id);
            if origin == AppendOrigin::Client
                && let Some(duplicate) = known.and_then(|entry| entry.find_duplicate(batch))
            {
                return Ok(Checked::Duplicate(duplicate));
            }
            let at = match updates.iter().position(|u| u.producer_id == batch.producer_id) {
                Some(at) => at,
                None => {
                    updates.push(ProducerUpdate::new(batch.producer_id, known));
                    updates.len() - 1
                }
            };
            if let Some(update) = updates.get_mut(at) {
                check_batch(update, known, batch, origin, partition)?;
            }
        }
        Ok(Checked::New(updates))
    }

    /// Takes over what `check` found. Returns the transactions that ended, with the last stable offset that each left.
    pub fn apply(&mut self, updates: Vec<ProducerUpdate>) -> Vec<AbortedTxn> {
        let mut completed = Vec::new();
        for update in updates {
            let ProducerUpdate { producer_id, entry: next, started, completed: ended } = update;
            let entry = self.producers.entry(producer_id).or_insert_with(ProducerEntry::unknown);
            entry.set_epoch(next.epoch);
            next.batches.into_iter().for_each(|batch| entry.push_batch(batch));
            entry.coordinator_epoch = next.coordinator_epoch;
            entry.last_timestamp = next.last_timestamp;
            entry.current_txn_first_offset = next.current_txn_first_offset;
            self.ongoing.extend(started.into_iter().map(|first| (first, producer_id)));
            completed.extend(ended);
        }
        completed.sort_by_key(|txn: &CompletedTxn| txn.last_offset);
        completed.into_iter().filter_map(|txn| self.complete(txn)).collect()
    }

    /// Ends a transaction; an aborted one is returned for the transaction index.
    fn complete(&mut self, txn: CompletedTxn) -> Option<AbortedTxn> {
        let last_stable = self.ongoing.keys().find(|first| **first != txn.first_offset);
        let last_stable_offset = Offset(last_stable.copied().unwrap_or(txn.last_offset + 1));
        self.ongoing.remove(&txn.first_offset);
        self.unreplicated.insert(txn.first_offset, txn.last_offset);
        txn.aborted.then_some(AbortedTxn {
            producer_id: ProducerId(txn.producer_id),
            first_offset: Offset(txn.first_offset),
            last_offset: Offset(txn.last_offset),
            last_stable_offset,
        })
    }

    /// What keeps readers of committed transactions back; `None` if nothing does.
    pub fn unstable(&self) -> Option<Unstable> {
        let first_open = self.ongoing.keys().next().copied();
        let ended: Vec<_> = self.unreplicated.iter().map(|(first, marker)| (*first, *marker)).collect();
        (first_open.is_some() || !ended.is_empty()).then_some(Unstable { first_open, ended })
    }

    /// Forgets ended transactions that every in-sync replica has.
    pub fn on_high_watermark(&mut self, high_watermark: i64) {
        if !self.unreplicated.is_empty() {
            self.unreplicated.retain(|_, marker| *marker >= high_watermark);
        }
    }

    /// Forgets transactions below the new log start, and takes at least it as read.
    pub fn on_log_start(&mut self, log_start: i64) {
        self.unreplicated.retain(|_, marker| *marker >= log_start);
        self.map_end_offset = self.map_end_offset.max(log_start);
    }

    pub fn remove_expired(&mut self, now: i64, expiration_ms: i64) -> usize {
        let before = self.producers.len();
        self.producers.retain(|_, entry| !entry.is_expired(now, expiration_ms));
        before - self.producers.len()
    }

    /// Forgets everything; the log is read from `offset` on.
    pub fn reset(&mut self, offset: i64) {
        debug_assert!(offset >= 0, "the log is read from offset {offset} on");
        *self = ProducerState { map_end_offset: offset, snapshot_offset: offset, ..ProducerState::default() };
    }

    /// Takes over a snapshot's entries, except those that have expired.
    pub fn restore(&mut self, entries: Vec<(i64, ProducerEntry)>, offset: i64, now: i64, expiration_ms: i64) {
        self.reset(offset);
        for (id, entry) in entries.into_iter().filter(|(_, e)| !e.is_expired(now, expiration_ms)) {
            self.ongoing.extend(entry.current_txn_first_offset.map(|first| (first, id)));
            self.producers.insert(id, entry);
        }
    }
}
