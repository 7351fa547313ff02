//! Pure: the batches that wait to be sent, by partition, within `buffer.memory`.
//!
//! Appending fills the last batch of a partition; the sender collects what is ready, one batch per partition and request.
//! A batch is ready when it has `batch.size` bytes, has waited for `linger.ms`, or when somebody flushes. While it cannot
//! be sent it may go on growing, up to the configured limit.

use super::{
    batch::{BatchFormat, ProducerIdentity, QueuedBatch, Waiter},
    config::ProducerConfig,
    partition_queue::{Exhausted, PartitionQueue},
    partitioner::Partitioner,
    transactions::TransactionManager,
};
use crate::{ClientError, ClusterView, TopicView};
use rkafka_base::{TimestampMs, TopicPartition};
use rkafka_protocol::{
    ErrorCode,
    record::{Header, record_size_bound},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Instant,
};

/// A record to send, borrowed: its bytes are copied into a batch once.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProducerRecord<'a> {
    pub topic: &'a str,
    /// `None`: by key, or wherever it is convenient.
    pub partition: Option<i32>,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: &'a [Header],
    /// Milliseconds; `None`: now.
    pub timestamp: Option<i64>,
}

/// Why a record was not taken at once.
#[derive(Debug, PartialEq)]
pub enum Refused {
    /// `buffer.memory` is used up.
    Full,
    /// The topic (or its partition of that number) is not known yet.
    UnknownPartition,
    /// It never will be taken.
    Failed(ClientError),
}

/// A record was taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whether the sender has something to do that it did not have before.
    pub wake: bool,
}

/// What can be sent now.
#[derive(Default)]
pub struct Collected {
    /// One request per broker.
    pub by_node: BTreeMap<i32, Vec<QueuedBatch>>,
    /// Batches that ran out of `delivery.timeout.ms`.
    pub expired: Vec<QueuedBatch>,
    /// When the next batch will be ready or run out of time.
    pub next: Option<Instant>,
    /// Whether a ready batch's partition has no leader.
    pub leaderless: bool,
    /// Brokers that lead a partition no more whose batches they have not answered yet; its other batches wait for that.
    pub deposed: BTreeSet<i32>,
    /// Whether a partition has used up all epochs of the producer's id.
    pub exhausted: bool,
}

#[derive(Default)]
struct TopicQueues {
    partitions: Vec<PartitionQueue>,
    /// Those that have a leader.
    available: Vec<i32>,
    partitioner: Partitioner,
    error: Option<ErrorCode>,
}

/// See the module.
pub struct Accumulator {
    config: Arc<ProducerConfig>,
    topics: HashMap<Arc<str>, TopicQueues>,
    used: usize,
    next_id: u64,
    incomplete: BTreeSet<u64>,
    /// Batches up to this id are ready at once.
    flushed: u64,
    turn: usize,
    /// Random enough to spread topics' sticky partitions.
    seed: u64,
    /// A topic was registered since the sender last looked.
    fresh: bool,
    pub closing: bool,
    /// Why nothing will ever be sent.
    pub failed: Option<ClientError>,
    /// Of a transactional producer.
    pub transactions: Option<TransactionManager>,
    /// The sender has died: nobody hears what becomes of what was under way.
    pub dead: bool,
}

impl Accumulator {
    pub fn new(config: Arc<ProducerConfig>, seed: u64) -> Accumulator {
        let transactions = config.transactional_id.as_deref().map(TransactionManager::new);
        Accumulator {
            config,
            transactions,
            topics: HashMap::new(),
            used: 0,
            next_id: 1,
            incomplete: BTreeSet::new(),
            flushed: 0,
            turn: 0,
            seed: seed | 1,
            fresh: false,
            closing: false,
            failed: None,
            dead: false,
        }
    }

    fn format(&self) -> BatchFormat {
        BatchFormat {
            codec: self.config.compression,
            level: self.config.compression_level,
            transactional: self.transactions.is_some(),
        }
    }

    /// Takes a record in. `now` gives the time when a batch is begun, `wall` the record's timestamp if it has none.
    pub fn append(
        &mut self,
        record: &ProducerRecord,
        wall: TimestampMs,
        now: impl FnOnce() -> Instant,
        waiter: Option<Waiter>,
    ) -> Result<Taken, Refused> {
        let format = self.format();
        let bound = record_size_bound(record.key, record.value, record.headers);
        if let Some(why) = &self.failed {
            return Err(Refused::Failed(why.clone()));
        }
        if self.closing {
            let text = "Cannot perform operation after producer has been closed";
            return Err(Refused::Failed(ClientError::State(text.to_owned())));
        }
        if let Some(transactions) = &self.transactions {
            transactions.check_send().map_err(Refused::Failed)?;
        }
        self.check_size(bound)?;
        let config = &self.config;
        let topic = self.topics.get_mut(record.topic).ok_or(Refused::UnknownPartition)?;
        let partition = topic.place(record, config, &mut self.seed)?;
        let full = self.used > 0 && self.used + bound > config.buffer_memory;
        let queue = topic.partitions.get_mut(partition as usize).ok_or(Refused::UnknownPartition)?;
        if full {
            return Err(Refused::Full);
        }
        let fits = |b: &mut QueuedBatch| {
            b.open().is_some_and(|b| {
                b.is_empty() || b.size_with(record.key, record.value, record.headers) <= config.batch_limit
            })
        };
        let fresh = !queue.waiting.back_mut().is_some_and(fits);
        if fresh {
            let tp = TopicPartition::new(Arc::<str>::from(record.topic), partition);
            queue.waiting.push_back(QueuedBatch::new(self.next_id, tp, now(), format));
            self.incomplete.insert(self.next_id);
            self.next_id += 1;
        }
        let Some(batch) = queue.waiting.back_mut() else { return Err(Refused::UnknownPartition) };
        let before = batch.size;
        if let Some(waiter) = waiter {
            batch.wait_for(batch.count, waiter);
        }
        let Some(builder) = batch.open() else { return Err(Refused::UnknownPartition) };
        let timestamp = record.timestamp.map_or(wall, TimestampMs);
        builder.append(timestamp, record.key, record.value, record.headers);
        batch.size = builder.size();
        batch.count += 1;
        let grown = batch.size - before;
        self.used += grown;
        let became_ready = before < config.batch_size && batch.size >= config.batch_size;
        topic.partitioner.sent(partition, grown, config.batch_size);
        Ok(Taken { wake: fresh || became_ready })
    }

    fn check_size(&self, bound: usize) -> Result<(), Refused> {
        let largest = self.config.max_request_size.min(self.config.buffer_memory);
        if bound <= largest {
            return Ok(());
        }
        let (limit, name) = match self.config.max_request_size <= self.config.buffer_memory {
            true => (self.config.max_request_size, "max.request.size"),
            false => (self.config.buffer_memory, "buffer.memory"),
        };
        let message = format!(
            "The message is {bound} bytes when serialized which is larger than {limit}, which is the value of the {name} \
             configuration."
        );
        Err(Refused::Failed(ClientError::Broker { code: ErrorCode::MESSAGE_TOO_LARGE, message }))
    }

    /// Makes a topic known by name, so that the sender asks about it. Whether it was not.
    pub fn register(&mut self, name: &str) -> bool {
        if self.topics.contains_key(name) {
            return false;
        }
        self.topics.insert(name.into(), TopicQueues::default());
        self.fresh = true;
        true
    }

    /// Whether any topic was ever named.
    pub fn is_used(&self) -> bool {
        !self.topics.is_empty()
    }

    /// Whether topics were registered since this was last asked.
    pub fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }

    /// Takes in what is known of a topic. Partitions never become fewer while batches wait in them.
    pub fn update_topic(&mut self, name: &Arc<str>, view: Option<&TopicView>) {
        let topic = self.topics.entry(name.clone()).or_default();
        let Some(view) = view else { return };
        topic.error = Some(view.error)
            .filter(|e| matches!(*e, ErrorCode::INVALID_TOPIC_EXCEPTION | ErrorCode::TOPIC_AUTHORIZATION_FAILED));
        let count = view.partitions.last().map_or(0, |p| p.partition as usize + 1);
        while topic.partitions.len() < count {
            topic.partitions.push(PartitionQueue::default());
        }
        topic.available = view.partitions.iter().filter(|p| p.leader.is_some()).map(|p| p.partition).collect();
    }

    /// The topics that were ever asked for.
    pub fn topics(&self) -> Vec<Arc<str>> {
        // order: they are asked for together.
        self.topics.keys().cloned().collect()
    }

    /// How many partitions a topic has; 0 if that is not known.
    pub fn partition_count(&self, topic: &str) -> usize {
        self.topics.get(topic).map_or(0, |t| t.partitions.len())
    }

    /// Collects what can be sent: at most one batch of each partition, in requests of at most `max.request.size`, for
    /// brokers that `free` lets through. An idempotent producer's are numbered here as `identity`'s.
    pub fn collect(
        &mut self,
        view: &ClusterView,
        now: Instant,
        identity: Option<ProducerIdentity>,
        mut free: impl FnMut(i32) -> bool,
    ) -> Collected {
        // Under this lock: the transaction may have ended since the sender asked.
        let identity = match &self.transactions {
            Some(transactions) => transactions.sends_as().filter(|_| identity.is_some()),
            None => identity,
        };
        let is_closed = self.transactions.is_some() && identity.is_none();
        let mut collected = Collected::default();
        let mut sizes: BTreeMap<i32, usize> = BTreeMap::new();
        let all_ready = self.closing || self.used * 2 > self.config.buffer_memory;
        self.turn += 1;
        // order: any; a full request leaves the rest for the next turn, and fairness is among a topic's partitions.
        for (name, topic) in &mut self.topics {
            let count = topic.partitions.len();
            for i in 0..count {
                let number = (i + self.turn) % count;
                let queue = &mut topic.partitions[number];
                queue
                    .expire(now, &self.config, &mut collected.expired)
                    .into_iter()
                    .for_each(|end| collected.wake_at(end));
                let several = queue.waiting.len() > 1;
                let Some(first) = queue.waiting.front() else { continue };
                let at_once = all_ready || several || first.id <= self.flushed;
                let due = first.due(at_once, &self.config);
                if due > now {
                    collected.wake_at(due);
                    continue;
                }
                let Some((leader, _)) = view.leader(name, number as i32) else {
                    collected.leaderless = true;
                    continue;
                };
                // A broker tells repeats by a producer's last five batches. Were more of them to reach the new leader
                // before the old one has answered, a batch that it had already replicated would be refused when it comes
                // again, as out of order.
                if let Some(identity) = identity.filter(|_| self.transactions.is_some()) {
                    queue.adopt(identity);
                }
                let deposed = queue.deposed(leader.id).filter(|_| identity.is_some());
                collected.deposed.extend(deposed);
                if deposed.is_some() || is_closed || queue.must_wait(identity.is_some()) || !free(leader.id) {
                    continue;
                }
                let size = sizes.entry(leader.id).or_default();
                let Some(first) = queue.waiting.front() else { continue };
                if *size > 0 && *size + first.size > self.config.max_request_size {
                    continue;
                }
                if self.transactions.as_mut().is_some_and(|transactions| !transactions.admits(&first.partition)) {
                    continue;
                }
                match queue.dispatch(leader.id, identity) {
                    Ok(Some(batch)) => {
                        *size += batch.size;
                        collected.by_node.entry(leader.id).or_default().push(batch);
                    }
                    Ok(None) => {}
                    Err(Exhausted) => collected.exhausted = true,
                }
            }
        }
        collected
    }

    /// Puts a batch that was sent back in its place.
    pub fn put_back(&mut self, batch: QueuedBatch) {
        if let Some(queue) = self.queue_of(&batch.partition) {
            queue.put_back(batch);
        }
    }

    /// Puts a batch that was to be sent, and was not, back in its place.
    pub fn put_back_unsent(&mut self, mut batch: QueuedBatch) {
        batch.attempts = batch.attempts.saturating_sub(1);
        self.put_back(batch);
    }

    /// Puts a batch back whose number the broker refused, as [`PartitionQueue::put_back_refused`] says.
    pub fn put_back_refused(&mut self, batch: QueuedBatch) {
        if let Some(queue) = self.queue_of(&batch.partition) {
            queue.put_back_refused(batch);
        }
    }

    /// See [`PartitionQueue::is_behind`].
    pub fn is_behind(&mut self, batch: &QueuedBatch) -> bool {
        self.queue_of(&batch.partition).is_some_and(|queue| queue.is_behind(batch))
    }

    /// Cuts a batch that the broker found too large and puts the pieces back in its place.
    pub fn split(&mut self, batch: QueuedBatch) {
        let (format, limit) = (self.format(), self.config.batch_size.min(batch.size / 2));
        let (tp, key, old_size) = (batch.partition.clone(), batch.key(), batch.size);
        let mut pieces = batch.split(limit, format);
        self.used = (self.used + pieces.iter().map(|p| p.size).sum::<usize>()).saturating_sub(old_size);
        // One after the other: the next may have to be cut again, too.
        pieces.iter_mut().for_each(|piece| piece.attempts = 1);
        if let Some(queue) = self.queue_of(&tp) {
            queue.replace(key, pieces);
        }
    }

    /// Takes note that a batch is written, as far as anybody can know.
    pub fn written(&mut self, batch: &QueuedBatch) {
        self.done(batch, PartitionQueue::written);
    }

    /// Takes note that a batch, sent or not, will not be sent again.
    pub fn failed(&mut self, batch: &QueuedBatch) {
        self.done(batch, PartitionQueue::failed);
    }

    /// A transactional producer's batch was not written, and why.
    pub fn note_failure(&mut self, batch: &QueuedBatch, why: &ClientError) {
        if let Some(transactions) = &mut self.transactions {
            transactions.batch_failed(batch.number.is_some(), why);
        }
    }

    /// Takes out what waits if the transaction that it belongs to is lost, and says why.
    pub fn discard(&mut self) -> Option<(ClientError, Vec<QueuedBatch>)> {
        let why = self.transactions.as_ref()?.discards()?;
        Some((why, self.abandon()))
    }

    fn done(&mut self, batch: &QueuedBatch, note: impl FnOnce(&mut PartitionQueue, &QueuedBatch)) {
        self.used = self.used.saturating_sub(batch.size);
        let Some(queue) = self.queue_of(&batch.partition) else { return };
        note(queue, batch);
        if !queue.holds(batch.id) {
            self.incomplete.remove(&batch.id);
        }
    }

    fn queue_of(&mut self, tp: &TopicPartition) -> Option<&mut PartitionQueue> {
        self.topics.get_mut(&tp.topic)?.partitions.get_mut(usize::try_from(tp.partition).ok()?)
    }

    /// Makes everything that waits now ready. Returns what [`Accumulator::is_flushed`] wants to know.
    pub fn flush(&mut self) -> u64 {
        self.flushed = self.next_id - 1;
        self.flushed
    }

    /// Whether every batch up to `id` is done with, as far as will ever be known.
    pub fn is_flushed(&self, id: u64) -> bool {
        self.dead || self.incomplete.first().is_none_or(|first| *first > id)
    }

    /// Takes out all that waits, to be failed.
    pub fn abandon(&mut self) -> Vec<QueuedBatch> {
        // order: of topics none; a partition's batches stay in theirs.
        let queues = self.topics.values_mut().flat_map(|t| &mut t.partitions);
        queues.flat_map(|q| q.waiting.drain(..)).collect()
    }
}

impl TopicQueues {
    fn place(&mut self, record: &ProducerRecord, config: &ProducerConfig, seed: &mut u64) -> Result<i32, Refused> {
        if let Some(code) = self.error {
            let message = format!("{}: {}", record.topic, code.message());
            return Err(Refused::Failed(ClientError::Broker { code, message }));
        }
        let count = i32::try_from(self.partitions.len()).unwrap_or(i32::MAX);
        match record.partition {
            _ if count == 0 => Err(Refused::UnknownPartition),
            Some(p) if p < 0 => Err(Refused::Failed(ClientError::State(format!(
                "Invalid partition: {p}. Partition number should always be non-negative or null."
            )))),
            Some(p) if p >= count => Err(Refused::UnknownPartition),
            Some(p) => Ok(p),
            None => {
                let random = |n: usize| (next_random(seed) % n.max(1) as u64) as usize;
                Ok(self.partitioner.pick(config.partitioning, record.key, count, &self.available, random))
            }
        }
    }
}

impl QueuedBatch {
    /// From when on the batch is ready.
    fn due(&self, at_once: bool, config: &ProducerConfig) -> Instant {
        let full = self.size >= config.batch_size;
        let lingered = if at_once || full || self.is_sealed() || self.attempts > 0 {
            self.created
        } else {
            self.created + config.linger
        };
        self.not_before.map_or(lingered, |t| t.max(lingered))
    }
}

impl Collected {
    fn wake_at(&mut self, time: Instant) {
        self.next = Some(self.next.map_or(time, |t| t.min(time)));
    }
}

/// Xorshift: the next of a row of numbers that look random.
fn next_random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed >> 11
}

#[cfg(test)]
pub mod tests;
