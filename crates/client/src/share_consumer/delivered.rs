//! Pure: the records of one partition that were delivered to this member, and how often each was.

use super::acknowledgements::{AckType, Acknowledgements};
use crate::{
    ClientError,
    consumer::{Fetched, FetchedBatch, ReadRules},
};
use bytes::Bytes;
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    messages::share_fetch_response::AcquiredRecords,
    record::{RecordError, RecordRef},
};
use std::{collections::BTreeSet, ops::RangeInclusive, sync::Arc};

/// The most offsets that a broker may lock for a member in one answer; it locks thousands at most
/// (`group.share.partition.max.record.locks`).
const MAX_ACQUIRED: i64 = 1_000_000;

/// Records of one partition, locked for this member until it acknowledges them or the lock runs out.
#[derive(Debug)]
pub struct Delivered {
    pub partition: TopicPartition,
    batches: Arc<Vec<FetchedBatch>>,
    /// In order, not overlapping.
    acquired: Vec<AcquiredRecords>,
    /// The offsets of the records.
    offsets: BTreeSet<i64>,
    /// Acquired offsets in batches that cannot be read: they are rejected.
    unreadable: BTreeSet<i64>,
}

impl Delivered {
    /// Takes in what a fetch brought. Control records, and records for other members, are not among what is delivered.
    ///
    /// A batch that cannot be read takes no other with it: its offsets are to be rejected ([`Delivered::gaps`]), and why is
    /// given back. A record that cannot be is found when it is looked at.
    ///
    /// Errors: what is no sequence of batches; ranges that cannot be.
    pub fn new(
        partition: TopicPartition,
        records: Bytes,
        mut acquired: Vec<AcquiredRecords>,
        check_crcs: bool,
    ) -> Result<(Delivered, Option<ClientError>), ClientError> {
        acquired.sort_by_key(|range| range.first_offset);
        let length = |range: &AcquiredRecords| range.last_offset.saturating_sub(range.first_offset).saturating_add(1);
        let locked = acquired.iter().map(length).fold(0, i64::saturating_add);
        if locked > MAX_ACQUIRED || acquired.iter().any(|range| range.first_offset < 0 || length(range) < 1) {
            let text = format!("The broker delivered {locked} offsets of {partition} at once, which cannot be");
            return Err(ClientError::State(text));
        }
        let from = acquired.first().map_or(0, |range| range.first_offset);
        let rules = ReadRules { check_crcs, read_committed: false };
        let mut fetched = Fetched::new(partition.clone(), from, -1, records, rules, None)?;
        let (offsets, unreadable) = (BTreeSet::new(), BTreeSet::new());
        let mut delivered = Delivered { partition, batches: Arc::default(), acquired, offsets, unreadable };
        let (mut batches, mut wrong) = (Vec::new(), None);
        while let Some(closed) = fetched.next_closed() {
            let closed = closed?;
            let opened = fetched.open(&closed).and_then(|batch| delivered.note_offsets(&batch).map(|()| batch));
            match opened {
                Ok(batch) => batches.push(batch),
                Err(error) => {
                    let within = delivered.acquired_in(closed.header.base_offset.0, closed.header.last_offset().0);
                    let unreadable: BTreeSet<i64> = within.into_iter().flatten().collect();
                    delivered.offsets.retain(|offset| !unreadable.contains(offset));
                    delivered.unreadable.extend(unreadable);
                    wrong.get_or_insert(error);
                }
            }
        }
        delivered.batches = Arc::new(batches);
        Ok((delivered, wrong))
    }

    /// The acquired offsets from `first` to `last`.
    fn acquired_in(&self, first: i64, last: i64) -> Vec<RangeInclusive<i64>> {
        let at = self.acquired.partition_point(|range| range.last_offset < first);
        let within = self.acquired[at..].iter().take_while(|range| range.first_offset <= last);
        within.map(|range| range.first_offset.max(first)..=range.last_offset.min(last)).collect()
    }

    /// Notes at which of the acquired offsets the batch has a record. Records are only read where its header leaves it open.
    fn note_offsets(&mut self, batch: &FetchedBatch) -> Result<(), ClientError> {
        if let Some((first, last)) = batch.dense_offsets() {
            let within = self.acquired_in(first, last);
            self.offsets.extend(within.into_iter().flatten());
            return Ok(());
        }
        for record in batch.records() {
            let offset = record.map_err(|error| self.cannot_be_read(&error))?.offset.0;
            if self.count_of(offset).is_some() {
                self.offsets.insert(offset);
            }
        }
        Ok(())
    }

    /// The same records, of which those at `offsets` are delivered; each as often as it was.
    pub fn part(&self, offsets: BTreeSet<i64>) -> Delivered {
        let range = |offset: &i64| {
            let delivery_count = self.count_of(*offset)?;
            Some(AcquiredRecords { first_offset: *offset, last_offset: *offset, delivery_count, ..Default::default() })
        };
        let acquired: Vec<AcquiredRecords> = offsets.iter().filter_map(range).collect();
        let offsets = acquired.iter().map(|range| range.first_offset).collect();
        Delivered {
            partition: self.partition.clone(),
            batches: self.batches.clone(),
            acquired,
            offsets,
            unreadable: BTreeSet::new(),
        }
    }

    /// What [`Delivered::part`] can be taken of later.
    pub(super) fn retained(&self) -> Delivered {
        let (partition, batches) = (self.partition.clone(), self.batches.clone());
        let (acquired, offsets, unreadable) = (self.acquired.clone(), BTreeSet::new(), BTreeSet::new());
        Delivered { partition, batches, acquired, offsets, unreadable }
    }

    fn cannot_be_read(&self, error: &RecordError) -> ClientError {
        ClientError::State(format!("Records of {} cannot be read: {error}", self.partition))
    }

    /// The batches, in which there may be records that were not delivered.
    pub fn batches(&self) -> &[FetchedBatch] {
        &self.batches
    }

    /// The records of `batch` that were delivered, each with how often it has been delivered, this time included.
    pub fn records_of<'a>(
        &'a self,
        batch: &'a FetchedBatch,
    ) -> impl Iterator<Item = Result<(RecordRef<'a>, i16), RecordError>> {
        batch.records().filter_map(|record| match record {
            Ok(record) => self.count_of(record.offset.0).map(|count| Ok((record, count))),
            Err(error) => Some(Err(error)),
        })
    }

    /// The offsets of the records that were delivered.
    pub fn offsets(&self) -> &BTreeSet<i64> {
        &self.offsets
    }

    fn count_of(&self, offset: i64) -> Option<i16> {
        let after = self.acquired.partition_point(|range| range.first_offset <= offset);
        let range = self.acquired.get(after.checked_sub(1)?)?;
        (offset <= range.last_offset).then_some(range.delivery_count)
    }

    /// The offsets that were locked for this member and have no record to see: what was compacted away, control records;
    /// rejected is what is in a batch that cannot be read, which the next delivery would not change.
    pub fn gaps(&self) -> Acknowledgements {
        let mut gaps = Acknowledgements::default();
        for range in &self.acquired {
            for offset in (range.first_offset..=range.last_offset).filter(|offset| !self.offsets.contains(offset)) {
                let is_unreadable = self.unreadable.contains(&offset);
                gaps.add(offset, if is_unreadable { AckType::Reject } else { AckType::Gap });
            }
        }
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::{Offset, TimestampMs};
    use rkafka_protocol::record::{BatchBuilder, BatchOptions};

    fn batch(base: i64, values: &[&str]) -> Bytes {
        let mut builder = BatchBuilder::new(BatchOptions { base_offset: Offset(base), ..Default::default() });
        values.iter().for_each(|v| builder.append(TimestampMs(1), None, Some(v.as_bytes()), &[]));
        builder.finish().unwrap()
    }

    fn range(first_offset: i64, last_offset: i64, delivery_count: i16) -> AcquiredRecords {
        AcquiredRecords { first_offset, last_offset, delivery_count, ..Default::default() }
    }

    #[test]
    fn only_what_is_this_members() {
        let records = Bytes::from([batch(0, &["a", "b", "c"]), batch(5, &["d", "e"])].concat());
        let acquired = vec![range(4, 5, 2), range(1, 2, 1)];
        let (delivered, _) = Delivered::new(TopicPartition::new("t", 0), records, acquired, true).unwrap();
        let mut seen = Vec::new();
        for batch in delivered.batches() {
            for record in delivered.records_of(batch) {
                let (record, count) = record.unwrap();
                seen.push((record.offset.0, record.value.unwrap().to_vec(), count));
            }
        }
        let expected = [(1, b"b".to_vec(), 1), (2, b"c".to_vec(), 1), (5, b"d".to_vec(), 2)];
        assert_eq!(seen, expected);
        assert_eq!(delivered.offsets().iter().copied().collect::<Vec<_>>(), [1, 2, 5]);
        let gaps: Vec<i64> = delivered.gaps().ranges().iter().map(|range| range.first).collect();
        assert_eq!(gaps, [4]);
    }

    #[test]
    fn a_part_of_it() {
        let tp = TopicPartition::new("t", 0);
        let acquired = vec![range(0, 1, 1), range(2, 2, 4)];
        let (whole, _) = Delivered::new(tp, batch(0, &["a", "b", "c"]), acquired, true).unwrap();
        let part = whole.part(BTreeSet::from([0, 2, 9]));
        let seen: Vec<(i64, i16)> =
            part.records_of(&part.batches()[0]).map(|found| found.unwrap()).map(|(r, n)| (r.offset.0, n)).collect();
        assert_eq!(seen, [(0, 1), (2, 4)]);
        assert!(part.gaps().is_empty());
    }

    #[test]
    fn ranges_that_cannot_be() {
        for wrong in [range(0, i64::MAX - 1, 1), range(5, 3, 1), range(-1, 3, 1)] {
            assert!(Delivered::new(TopicPartition::new("t", 0), Bytes::new(), vec![wrong], true).is_err());
        }
    }

    /// Where the batch's header tells the offsets, no record is read before somebody looks at it: reading twice costs twice.
    #[test]
    fn records_are_read_once() {
        let mut records = batch(3, &["a", "b"]).to_vec();
        // The length of the first record.
        records[61] = 1;
        let tp = TopicPartition::new("t", 0);
        let (delivered, _) = Delivered::new(tp, records.into(), vec![range(3, 4, 1)], false).unwrap();
        assert_eq!(delivered.offsets().iter().copied().collect::<Vec<_>>(), [3, 4]);
        assert!(delivered.records_of(&delivered.batches()[0]).next().unwrap().is_err());
    }

    #[test]
    fn a_changed_byte_is_found_and_takes_no_other_batch_along() {
        let mut records = batch(0, &["abc", "def"]).to_vec();
        *records.last_mut().unwrap() ^= 1;
        records.extend_from_slice(&batch(2, &["ghi"]));
        let tp = TopicPartition::new("t", 0);
        let (delivered, wrong) = Delivered::new(tp, records.into(), vec![range(1, 3, 1)], true).unwrap();
        assert!(wrong.unwrap().to_string().contains("at offset 0 is invalid"));
        assert_eq!(delivered.offsets().iter().copied().collect::<Vec<_>>(), [2]);
        let told: Vec<_> = delivered.gaps().ranges().iter().map(|range| (range.first, range.ack)).collect();
        assert_eq!(told, [(1, AckType::Reject), (3, AckType::Gap)]);
    }
}
