//! Pure: what one fetch brought for one partition, and the walk over its records without copying them.

use crate::ClientError;
use bytes::Bytes;
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    messages::fetch_response::AbortedTransaction,
    record::{Batch, Batches, ControlType, MAX_DECOMPRESSED, OpenBatch, RecordError, RecordRef, TimestampType},
};
use std::collections::HashSet;

/// The records of one partition from one fetch, in whole batches.
#[derive(Debug)]
pub struct Fetched {
    pub partition: TopicPartition,
    /// The offset that was asked for. Records before it, in the same batch, are not shown.
    pub from: i64,
    /// The offset after the last batch, where the next fetch goes on.
    pub next_offset: i64,
    /// One past the last record that every in-sync replica has.
    pub high_watermark: i64,
    batches: Batches,
    check_crcs: bool,
    /// Transactions that were aborted, if only committed records are to be seen.
    aborted: Option<AbortedFilter>,
}

/// How records of one partition are to be read.
#[derive(Clone, Copy, Debug)]
pub struct ReadRules {
    pub check_crcs: bool,
    pub read_committed: bool,
}

/// A batch of records to be looked at.
#[derive(Debug)]
pub struct FetchedBatch {
    open: OpenBatch,
    from: i64,
}

impl FetchedBatch {
    /// The records, borrowed from the fetch's own memory (or from the decompressed batch).
    #[inline]
    pub fn records(&self) -> impl Iterator<Item = Result<RecordRef<'_>, RecordError>> {
        let from = self.from;
        self.open.records().filter(move |r| !matches!(r, Ok(r) if r.offset.0 < from))
    }

    /// The first and the last offset, where the header alone tells that there is a record at each between them: in the format
    /// since 0.11, unless some have been compacted away.
    pub(crate) fn dense_offsets(&self) -> Option<(i64, i64)> {
        let header = &self.open.header;
        let (first, last) = (header.base_offset.0, header.last_offset().0);
        let is_dense = header.magic >= 2 && last.checked_sub(first) == Some(i64::from(header.count) - 1);
        is_dense.then_some((first.max(self.from), last))
    }

    pub fn timestamp_type(&self) -> TimestampType {
        self.open.header.timestamp_type()
    }

    /// Magic 0 has no timestamps at all.
    pub fn magic(&self) -> i8 {
        self.open.header.magic
    }

    /// −1 if the broker is too old to say.
    pub fn leader_epoch(&self) -> i32 {
        self.open.header.leader_epoch.0
    }
}

impl Fetched {
    /// Looks over the headers of `records`, the answer to a fetch of `partition` at `from`.
    ///
    /// Errors: a batch header that cannot be read; records that begin with a batch cut short, which means that it is
    /// larger than the fetch may be (`RecordTooLargeException`, brokers before 0.10.1).
    pub fn new(
        partition: TopicPartition,
        from: i64,
        high_watermark: i64,
        records: Bytes,
        rules: ReadRules,
        aborted: Option<Vec<AbortedTransaction>>,
    ) -> Result<Fetched, ClientError> {
        let mut next_offset = from;
        let mut walk = Batches::new(records.clone());
        for batch in &mut walk {
            let header = batch.map_err(|e| corrupt(&partition, from, &e))?.header;
            next_offset = next_offset.max(header.next_offset().0);
        }
        if walk.position() == 0 && !records.is_empty() {
            return Err(ClientError::State(format!(
                "There are some messages at [Partition=Offset]: {{{partition}={from}}} whose size is larger than the \
                 fetch size. Increase max.partition.fetch.bytes."
            )));
        }
        let batches = Batches::new(records.slice(..walk.position()));
        let aborted = rules.read_committed.then(|| AbortedFilter::new(aborted.unwrap_or_default()));
        Ok(Fetched { partition, from, next_offset, high_watermark, batches, check_crcs: rules.check_crcs, aborted })
    }

    /// How many bytes of batches are left to be walked.
    pub fn bytes(&self) -> usize {
        self.batches.rest().len()
    }

    /// The next batch that holds records to be seen. Control batches, aborted transactions and batches wholly before
    /// [`Fetched::from`] are passed over.
    pub fn next_batch(&mut self) -> Option<Result<FetchedBatch, ClientError>> {
        let batch = match self.next_closed()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        Some(self.open(&batch))
    }

    /// As [`Fetched::next_batch`], with the batch as the broker keeps it: compressed, if it is, and not checked.
    pub fn next_closed(&mut self) -> Option<Result<Batch, ClientError>> {
        loop {
            let batch = match self.batches.next()? {
                Ok(batch) => batch,
                Err(e) => return Some(Err(corrupt(&self.partition, self.from, &e))),
            };
            let hidden = self.aborted.as_mut().is_some_and(|filter| filter.hides(&batch));
            if hidden || batch.header.is_control() || batch.header.next_offset().0 <= self.from {
                continue;
            }
            return Some(Ok(batch));
        }
    }

    /// Opens a batch of [`Fetched::next_closed`].
    pub(crate) fn open(&self, batch: &Batch) -> Result<FetchedBatch, ClientError> {
        let checked = if self.check_crcs { batch.verify_crc() } else { Ok(()) };
        let opened = checked.and_then(|()| batch.open(MAX_DECOMPRESSED));
        let open = opened.map_err(|error| corrupt(&self.partition, batch.header.base_offset.0, &error))?;
        Ok(FetchedBatch { open, from: self.from })
    }
}

fn corrupt(partition: &TopicPartition, offset: i64, why: &RecordError) -> ClientError {
    ClientError::State(format!(
        "Record batch for partition {partition} at offset {offset} is invalid, cause: {why}. If needed, please seek past \
         the record to continue consumption."
    ))
}

/// Hides the records of aborted transactions (`isolation.level=read_committed`). Batches are shown to it in order.
#[derive(Debug)]
struct AbortedFilter {
    /// By first offset, the next one last.
    coming: Vec<AbortedTransaction>,
    open: HashSet<i64>,
}

impl AbortedFilter {
    fn new(mut transactions: Vec<AbortedTransaction>) -> AbortedFilter {
        transactions.sort_by_key(|t| std::cmp::Reverse(t.first_offset));
        AbortedFilter { coming: transactions, open: HashSet::new() }
    }

    fn hides(&mut self, batch: &Batch) -> bool {
        let header = &batch.header;
        if !header.has_producer_id() {
            return false;
        }
        while let Some(t) = self.coming.pop_if(|t| t.first_offset <= header.last_offset().0) {
            self.open.insert(t.producer_id);
        }
        if header.is_control() {
            if is_abort_marker(batch) {
                self.open.remove(&header.producer_id.0);
            }
            return true;
        }
        header.is_transactional() && self.open.contains(&header.producer_id.0)
    }
}

fn is_abort_marker(batch: &Batch) -> bool {
    let Ok(open) = batch.open(MAX_DECOMPRESSED) else { return false };
    let first = open.records().next();
    matches!(first, Some(Ok(r)) if r.key.is_some_and(|k| ControlType::parse(k) == Ok(ControlType::Abort)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};
    use rkafka_protocol::record::{BatchBuilder, BatchOptions, Marker};

    fn batch(base: i64, values: &[&str], producer: Option<i64>) -> Bytes {
        let mut options = BatchOptions { base_offset: Offset(base), ..Default::default() };
        if let Some(id) = producer {
            options.producer_id = ProducerId(id);
            options.producer_epoch = ProducerEpoch(0);
            options.base_sequence = 0;
            options.transactional = true;
        }
        let mut builder = BatchBuilder::new(options);
        values.iter().for_each(|v| builder.append(TimestampMs(1), None, Some(v.as_bytes()), &[]));
        builder.finish().unwrap()
    }

    fn marker(at: i64, producer: i64, control_type: ControlType) -> Bytes {
        let (producer_id, producer_epoch) = (ProducerId(producer), ProducerEpoch(0));
        let marker = Marker { producer_id, producer_epoch, control_type, coordinator_epoch: 0 };
        marker.batch(Offset(at), TimestampMs(1), LeaderEpoch(0)).unwrap()
    }

    fn values(records: &[Bytes], from: i64, aborted: Option<Vec<AbortedTransaction>>) -> (Vec<String>, i64) {
        let rules = ReadRules { check_crcs: true, read_committed: aborted.is_some() };
        let all = Bytes::from(records.concat());
        let mut fetched = Fetched::new(TopicPartition::new("t", 0), from, 0, all, rules, aborted).unwrap();
        let mut seen = Vec::new();
        while let Some(batch) = fetched.next_batch() {
            for record in batch.unwrap().records() {
                seen.push(String::from_utf8(record.unwrap().value.unwrap().to_vec()).unwrap());
            }
        }
        (seen, fetched.next_offset)
    }

    #[test]
    fn starts_inside_a_batch_and_ends_before_a_torn_one() {
        let torn = batch(5, &["x"], None).slice(..40);
        let (seen, next) = values(&[batch(0, &["a", "b", "c"], None), batch(3, &["d", "e"], None), torn], 1, None);
        assert_eq!((seen.join(""), next), ("bcde".into(), 5));
    }

    #[test]
    fn aborted_transactions_are_hidden() {
        let records = [
            batch(0, &["a"], Some(1)),
            batch(1, &["b"], Some(2)),
            marker(2, 1, ControlType::Abort),
            batch(3, &["c"], Some(1)),
            marker(4, 2, ControlType::Commit),
            marker(5, 1, ControlType::Commit),
        ];
        let aborted = vec![AbortedTransaction { producer_id: 1, first_offset: 0, ..Default::default() }];
        assert_eq!(values(&records, 0, Some(aborted)).0.join(""), "bc");
        let (all, next) = values(&records, 0, None);
        assert_eq!((all.join(""), next), ("abc".into(), 6));
    }

    #[test]
    fn a_changed_byte_is_found_only_where_it_is_looked_for() {
        let mut bytes = batch(0, &["abc"], None).to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        for check_crcs in [true, false] {
            let rules = ReadRules { check_crcs, read_committed: false };
            let tp = TopicPartition::new("t", 0);
            let mut fetched = Fetched::new(tp, 0, 0, bytes.clone().into(), rules, None).unwrap();
            assert!(fetched.next_batch().unwrap().is_err() || !check_crcs);
        }
    }

    #[test]
    fn only_a_piece_of_a_batch() {
        let rules = ReadRules { check_crcs: true, read_committed: false };
        let torn = batch(0, &["abcdef"], None).slice(..62);
        assert!(Fetched::new(TopicPartition::new("t", 0), 0, 0, torn, rules, None).is_err());
    }
}
