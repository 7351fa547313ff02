//! Pure: the batches of one partition, waiting and in flight, and the numbers that an idempotent producer gives them.
//!
//! Numbers are given when a batch is first sent, and stay with it while nobody knows whether the broker has it: only the
//! same number again makes the broker recognize it. When a batch fails for good, its numbers never come, and the broker
//! refuses what was sent behind it as out of order. That leaves a *gap*. From then on nothing new is sent until every
//! batch under way has been answered: what the broker has is done, what it refused loses its number. Then the rest starts
//! over at 0 in a new epoch, in order (`TransactionManager.requestEpochBumpForPartition`). The old numbers are not used
//! again, as the broker would take a new batch under one of them for a repeat and drop it. Each partition counts its epochs
//! alone; to a broker, producers are a matter of one partition, too.

use super::{
    batch::{BatchKey, Number, ProducerIdentity, QueuedBatch, advance},
    config::ProducerConfig,
};
use rkafka_base::ProducerEpoch;
use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

/// By how many of a producer's last batches a broker recognizes repeats (`ProducerStateEntry.NUM_BATCHES_TO_RETAIN`).
const REMEMBERED: u64 = 5;

/// A batch under way.
struct Flight {
    node: i32,
    /// [`QueuedBatch::turn`].
    turn: u64,
}

/// See the module.
#[derive(Default)]
pub struct PartitionQueue {
    /// In order. Those that were sent before are in front.
    pub waiting: VecDeque<QueuedBatch>,
    /// Batches sent and not answered.
    in_flight: BTreeMap<BatchKey, Flight>,
    /// How many batches were sent.
    turns: u64,
    /// Under which id and epoch the numbers are counted. `None` before the first.
    identity: Option<ProducerIdentity>,
    next_sequence: i32,
    /// The first batch whose numbers never come.
    gap: Option<BatchKey>,
    /// Whether the broker has taken a batch under this id. Before that it would take any number for the first, and a
    /// batch that overtook another could not be told.
    known: bool,
}

impl PartitionQueue {
    /// A broker other than `leader` that has not answered all it was sent.
    pub fn deposed(&self, leader: i32) -> Option<i32> {
        self.in_flight.values().map(|flight| flight.node).find(|node| *node != leader)
    }

    /// Whether the first batch has to wait for answers. `numbered`: the producer is idempotent.
    pub fn must_wait(&self, numbered: bool) -> bool {
        let Some(first) = self.waiting.front() else { return true };
        // To keep the order, a batch that is sent again waits for all that were sent.
        let overtaken = self.in_flight.last_key_value().is_some_and(|(key, _)| *key > first.key());
        if overtaken || first.attempts > 0 {
            return !self.in_flight.is_empty();
        }
        let Some(oldest) = self.in_flight.values().map(|flight| flight.turn).min().filter(|_| numbered) else {
            return false;
        };
        // The oldest may have to be sent again, and must be recognized then.
        let forgotten = self.turns - oldest >= REMEMBERED;
        forgotten || (first.number.is_none() && (self.gap.is_some() || !self.known))
    }

    /// Takes out the first batch, to be sent to a broker, and numbers it as `identity`'s; after [`Self::must_wait`].
    ///
    /// Errors: all epochs of `identity` are used up.
    pub fn dispatch(
        &mut self,
        node: i32,
        identity: Option<ProducerIdentity>,
    ) -> Result<Option<QueuedBatch>, Exhausted> {
        let Some(first) = self.waiting.front() else { return Ok(None) };
        let mut number = first.number;
        if let (None, Some(identity)) = (number, identity) {
            let count = first.count;
            let by = self.current_epoch(identity)?;
            number = Some(Number { by, sequence: self.next_sequence });
            self.next_sequence = advance(self.next_sequence, count);
        }
        let Some(mut batch) = self.waiting.pop_front() else { return Ok(None) };
        batch.number = number;
        batch.attempts += 1;
        // An earlier attempt that was not answered with success may have been taken: what follows is counted from there.
        let turn = *batch.turn.get_or_insert(self.turns);
        self.in_flight.insert(batch.key(), Flight { node, turn });
        self.turns += 1;
        Ok(Some(batch))
    }

    /// Numbers what comes as a transactional producer's, whose identity the coordinator gives: a new one begins at 0.
    pub fn adopt(&mut self, identity: ProducerIdentity) {
        if self.identity != Some(identity) && self.in_flight.is_empty() {
            self.known &= self.identity.is_some_and(|own| own.id == identity.id);
            (self.identity, self.next_sequence, self.gap) = (Some(identity), 0, None);
        }
    }

    /// The identity to number the next batch under; behind a gap, its next epoch.
    fn current_epoch(&mut self, producer: ProducerIdentity) -> Result<ProducerIdentity, Exhausted> {
        let next = match self.identity {
            Some(own) if self.gap.is_none() => return Ok(own),
            Some(own) if own.epoch < ProducerEpoch(i16::MAX) => {
                ProducerIdentity { epoch: ProducerEpoch(own.epoch.0 + 1), ..own }
            }
            Some(own) if own.id == producer.id => return Err(Exhausted),
            _ => producer,
        };
        self.known &= self.identity.is_some_and(|own| own.id == next.id);
        (self.identity, self.next_sequence, self.gap) = (Some(next), 0, None);
        // What waits behind the first one was refused, or it could not have been: the broker takes numbers in order.
        self.waiting.iter_mut().for_each(|batch| batch.number = None);
        Ok(next)
    }

    /// Puts a batch that was sent back in its place.
    pub fn put_back(&mut self, batch: QueuedBatch) {
        self.in_flight.remove(&batch.key());
        let at = self.waiting.iter().position(|b| b.key() > batch.key()).unwrap_or(self.waiting.len());
        self.waiting.insert(at, batch);
    }

    /// Puts the pieces of a batch in its place.
    pub fn replace(&mut self, old: BatchKey, pieces: Vec<QueuedBatch>) {
        self.in_flight.remove(&old);
        pieces.into_iter().for_each(|piece| self.put_back(piece));
    }

    /// Whether the broker refuses `batch`'s number because of a batch before it: one that failed, or one that has yet to
    /// be sent again. If not, the broker has lost what it had.
    pub fn is_behind(&self, batch: &QueuedBatch) -> bool {
        let key = batch.key();
        let unanswered = self.in_flight.first_key_value().is_some_and(|(first, _)| *first < key);
        let to_be_repeated = self.waiting.front().is_some_and(|first| first.key() < key);
        self.gap.is_some_and(|gap| gap < key) || unanswered || to_be_repeated
    }

    /// Puts a batch back whose number the broker refused as out of order: it is not written. If its number can never be
    /// right it loses it, and those behind it do, too.
    pub fn put_back_refused(&mut self, mut batch: QueuedBatch) {
        let key = batch.key();
        batch.turn = None;
        match self.is_behind(&batch) {
            // Not its own fault: that does not count as an attempt.
            true => batch.attempts = batch.attempts.saturating_sub(1),
            false => self.note_gap(key),
        }
        if self.gap.is_some_and(|gap| gap <= key) {
            batch.number = None;
            self.waiting.iter_mut().filter(|b| b.key() > key).for_each(|b| b.number = None);
        }
        self.put_back(batch);
    }

    /// Takes note that the broker has a batch.
    pub fn written(&mut self, batch: &QueuedBatch) {
        self.in_flight.remove(&batch.key());
        self.known |= batch.number.is_some();
    }

    /// Takes note that a batch, sent or not, will not be sent again.
    pub fn failed(&mut self, batch: &QueuedBatch) {
        self.in_flight.remove(&batch.key());
        if batch.number.is_some() {
            self.note_gap(batch.key());
        }
    }

    fn note_gap(&mut self, key: BatchKey) {
        self.gap = Some(self.gap.map_or(key, |gap| gap.min(key)));
    }

    /// Whether a piece of batch `id` is neither written nor failed.
    pub fn holds(&self, id: u64) -> bool {
        self.waiting.iter().take_while(|b| b.id <= id).any(|b| b.id == id)
            || self.in_flight.range(BatchKey::of(id)).next().is_some()
    }

    /// Takes out batches that ran out of time. Returns when the first of the others will.
    pub fn expire(&mut self, now: Instant, config: &ProducerConfig, expired: &mut Vec<QueuedBatch>) -> Option<Instant> {
        while let Some(first) = self.waiting.front() {
            let end = first.created + config.delivery_timeout;
            if end > now {
                return Some(end);
            }
            expired.extend(self.waiting.pop_front());
        }
        None
    }
}

/// All epochs of a producer id are used up: another id is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;
