//! Pure: one batch on its way: filled, sealed, sent, perhaps sent again or split.

use crate::ClientError;
use bytes::Bytes;
use rkafka_base::{ProducerEpoch, ProducerId, TopicPartition};
use rkafka_protocol::record::{
    Batch, BatchBuilder, BatchOptions, Codec, LegacyBuilder, MAX_DECOMPRESSED, RecordError, RecordRef, TimestampType,
    patch,
};
use std::{ops::RangeInclusive, time::Instant};

/// Where a record went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// −1 if the broker does not say (acks=0, a duplicate).
    pub offset: i64,
    /// The broker's append time, or −1 if the record's own timestamp counts.
    pub append_time: i64,
}

/// Who sends: id and epoch of an idempotent producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdentity {
    pub id: ProducerId,
    pub epoch: ProducerEpoch,
}

/// The number of a batch's first record, and whose count it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    pub by: ProducerIdentity,
    pub sequence: i32,
}

/// Orders a partition's batches, and the pieces of one that was split: its id, and which of its records comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchKey(u64, i32);

impl BatchKey {
    /// The keys that the pieces of a batch can have.
    pub fn of(id: u64) -> RangeInclusive<BatchKey> {
        BatchKey(id, 0)..=BatchKey(id, i32::MAX)
    }
}

/// Told what became of one record.
pub type Waiter = Box<dyn FnOnce(Result<Sent, ClientError>) + Send>;

/// How a producer's batches are written.
#[derive(Clone, Copy, Debug)]
pub struct BatchFormat {
    pub codec: Codec,
    pub level: Option<i32>,
    pub transactional: bool,
}

/// A batch of records for one partition.
pub struct QueuedBatch {
    /// Grows with every batch of the producer, so it orders a partition's batches. The pieces of a split batch keep it.
    pub id: u64,
    /// Which record of the batch that was split comes first here.
    begins: i32,
    pub partition: TopicPartition,
    pub created: Instant,
    /// No attempt before this: the last one failed.
    pub not_before: Option<Instant>,
    pub attempts: u32,
    /// What it takes of `buffer.memory`.
    pub size: usize,
    pub count: i32,
    /// An idempotent producer's, once it has been sent.
    pub number: Option<Number>,
    /// How many of the partition's batches were sent before it was first sent in a way that the broker may have taken.
    pub turn: Option<u64>,
    filling: Option<BatchBuilder>,
    sealed: Option<(Bytes, Option<Number>)>,
    /// By the record's place in the batch.
    waiters: Vec<(i32, Waiter)>,
}

impl QueuedBatch {
    pub fn new(id: u64, partition: TopicPartition, created: Instant, format: BatchFormat) -> QueuedBatch {
        let BatchFormat { codec, level, transactional } = format;
        let options = BatchOptions { codec, level, transactional, ..Default::default() };
        let builder = BatchBuilder::new(options);
        QueuedBatch {
            id,
            begins: 0,
            partition,
            created,
            not_before: None,
            attempts: 0,
            size: 0,
            count: 0,
            number: None,
            turn: None,
            filling: Some(builder),
            sealed: None,
            waiters: Vec::new(),
        }
    }

    pub fn key(&self) -> BatchKey {
        BatchKey(self.id, self.begins)
    }

    /// Whether no record can come in any more.
    pub fn is_sealed(&self) -> bool {
        self.filling.is_none()
    }

    /// The builder while records may still come in: not once later batches may be under way, or later numbers given out.
    pub fn open(&mut self) -> Option<&mut BatchBuilder> {
        self.filling.as_mut().filter(|_| self.attempts == 0 && self.number.is_none())
    }

    pub fn wait_for(&mut self, index: i32, waiter: Waiter) {
        self.waiters.push((index, waiter));
    }

    /// The finished bytes, under the batch's number. Repeated attempts under the same number get the same bytes.
    pub fn seal(&mut self) -> Result<Bytes, RecordError> {
        let number = self.number;
        if let Some(mut builder) = self.filling.take() {
            if let Some(Number { by, sequence }) = number {
                builder.set_producer(by.id, by.epoch, sequence);
            }
            self.sealed = Some((builder.finish()?, number));
        }
        match &mut self.sealed {
            Some((bytes, at)) if *at == number => Ok(bytes.clone()),
            Some((bytes, at)) => {
                let none = ProducerIdentity { id: ProducerId::NONE, epoch: ProducerEpoch(-1) };
                let Number { by, sequence } = number.unwrap_or(Number { by: none, sequence: -1 });
                let mut copy = bytes.to_vec();
                patch::producer(&mut copy, by.id, by.epoch, sequence);
                (*bytes, *at) = (copy.into(), number);
                Ok(bytes.clone())
            }
            None => Err(RecordError::Malformed("a batch without records")),
        }
    }

    /// The records as brokers before 0.11 want them (magic 1), and before 0.10 (magic 0).
    pub fn seal_as(&mut self, magic: i8) -> Result<Bytes, RecordError> {
        let bytes = self.seal()?;
        let batch = Batch::parse(&bytes)?;
        let mut old = LegacyBuilder::new(magic, batch.header.codec()?, TimestampType::CreateTime);
        for record in batch.open(MAX_DECOMPRESSED)?.records() {
            let record = record?;
            old.append(record.offset, record.timestamp, record.key, record.value);
        }
        old.finish()
    }

    /// Cuts a batch that the broker found too large into pieces of at most `limit` bytes each (uncompressed; a single
    /// record may be more). Numbers and waiters go along. No record can come into a piece.
    pub fn split(mut self, limit: usize, format: BatchFormat) -> Vec<QueuedBatch> {
        let Ok(records) = self.seal_bytes().and_then(|b| Batch::parse(&b)).and_then(|b| b.decode()) else {
            return vec![self];
        };
        let mut pieces: Vec<QueuedBatch> = Vec::new();
        let (mut waiters, mut done) = (std::mem::take(&mut self.waiters).into_iter().peekable(), 0);
        for record in records {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            let fits = pieces
                .last_mut()
                .and_then(|p| p.filling.as_mut())
                .is_some_and(|b| b.size_with(key, value, &record.headers) <= limit);
            if !fits {
                let mut piece = QueuedBatch::new(self.id, self.partition.clone(), self.created, format);
                piece.begins = self.begins + done;
                piece.number = self.number.map(|n| Number { sequence: advance(n.sequence, done), ..n });
                pieces.push(piece);
            }
            let Some(piece) = pieces.last_mut() else { continue };
            let Some(builder) = piece.filling.as_mut() else { continue };
            builder.append(record.timestamp, key, value, &record.headers);
            piece.size = builder.size();
            while let Some((_, waiter)) = waiters.next_if(|(index, _)| *index == done) {
                piece.waiters.push((piece.count, waiter));
            }
            piece.count += 1;
            done += 1;
        }
        for piece in &mut pieces {
            // What cannot be written says so again when it is to be sent.
            let _ = piece.seal();
        }
        pieces
    }

    fn seal_bytes(&mut self) -> Result<Bytes, RecordError> {
        match &self.sealed {
            Some((bytes, _)) => Ok(bytes.clone()),
            None => self.seal(),
        }
    }

    /// Tells those who wait, and gives back what a report about the batch needs.
    pub fn finish(mut self, result: Result<Sent, ClientError>) -> DeliveryReport {
        for (index, waiter) in self.waiters.drain(..) {
            let one = result.clone().map(|sent| Sent {
                offset: if sent.offset < 0 { sent.offset } else { sent.offset + i64::from(index) },
                ..sent
            });
            waiter(one);
        }
        let records = self.seal_bytes().unwrap_or_default();
        DeliveryReport { partition: self.partition, count: self.count, records, result }
    }
}

/// What became of one batch.
#[derive(Clone, Debug)]
pub struct DeliveryReport {
    pub partition: TopicPartition,
    /// How many records it held.
    pub count: i32,
    /// The batch itself.
    pub records: Bytes,
    /// The place of its first record, or why all of them were not written.
    pub result: Result<Sent, ClientError>,
}

impl DeliveryReport {
    /// Calls `each` with every record.
    pub fn for_each(&self, each: impl FnMut(RecordRef<'_>)) {
        let Ok(open) = Batch::parse(&self.records).and_then(|b| b.open(MAX_DECOMPRESSED)) else { return };
        open.records().map_while(Result::ok).for_each(each);
    }
}

/// The sequence `by` records on; it wraps from 2³¹ − 1 to 0 (`DefaultRecordBatch.incrementSequence`).
pub fn advance(sequence: i32, by: i32) -> i32 {
    ((i64::from(sequence) + i64::from(by)) % (i64::from(i32::MAX) + 1)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::TimestampMs;

    fn batch(values: &[&str]) -> QueuedBatch {
        let format = BatchFormat { codec: Codec::None, level: None, transactional: false };
        let mut batch = QueuedBatch::new(1, TopicPartition::new("t", 0), Instant::now(), format);
        for v in values {
            batch.open().unwrap().append(TimestampMs(5), None, Some(v.as_bytes()), &[]);
            batch.count += 1;
        }
        batch
    }

    fn values(bytes: &Bytes) -> Vec<String> {
        let records = Batch::parse(bytes).unwrap().decode().unwrap();
        records.iter().map(|r| String::from_utf8(r.value.clone().unwrap().to_vec()).unwrap()).collect()
    }

    #[test]
    fn a_second_attempt_is_the_same_unless_the_identity_changes() {
        let mut b = batch(&["a", "b"]);
        let one = ProducerIdentity { id: ProducerId(9), epoch: ProducerEpoch(0) };
        b.number = Some(Number { by: one, sequence: 3 });
        let first = b.seal().unwrap();
        assert_eq!(b.seal().unwrap(), first);
        b.number = Some(Number { by: ProducerIdentity { epoch: ProducerEpoch(1), ..one }, sequence: 0 });
        let second = b.seal().unwrap();
        let parsed = Batch::parse(&second).unwrap();
        parsed.verify_crc().unwrap();
        assert_eq!((parsed.header.producer_epoch, parsed.header.base_sequence), (ProducerEpoch(1), 0));
    }

    #[test]
    fn splitting_keeps_order_sequences_and_waiters() {
        let mut b = batch(&["aaaa", "bbbb", "cccc"]);
        let by = ProducerIdentity { id: ProducerId(9), epoch: ProducerEpoch(0) };
        b.number = Some(Number { by, sequence: 7 });
        let (waiter, answer) = std::sync::mpsc::channel();
        b.wait_for(2, Box::new(move |sent| waiter.send(sent).unwrap()));
        let format = BatchFormat { codec: Codec::None, level: None, transactional: false };
        let mut pieces = b.split(0, format);
        assert_eq!(
            pieces.iter().map(|p| (p.key(), p.number.unwrap().sequence, p.count)).collect::<Vec<_>>(),
            [(BatchKey(1, 0), 7, 1), (BatchKey(1, 1), 8, 1), (BatchKey(1, 2), 9, 1)]
        );
        assert_eq!(values(&pieces[2].seal().unwrap()), ["cccc"]);
        pieces.pop().unwrap().finish(Ok(Sent { offset: 40, append_time: -1 }));
        assert_eq!(answer.recv().unwrap().unwrap().offset, 40);
    }

    #[test]
    fn sequences_wrap() {
        assert_eq!(advance(i32::MAX, 1), 0);
        assert_eq!(advance(i32::MAX - 1, 1), i32::MAX);
    }

    #[test]
    fn old_formats() {
        let bytes = batch(&["a", "b"]).seal_as(0).unwrap();
        let records: Vec<_> = rkafka_protocol::record::Batches::new(bytes).map(|b| b.unwrap().header.magic).collect();
        assert_eq!(records, [0, 0]);
    }
}
