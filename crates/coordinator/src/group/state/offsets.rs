//! Pure: the committed offsets of one group.

use rkafka_base::{Offset, TopicPartition};
use std::collections::BTreeMap;

/// A committed position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    pub offset: i64,
    /// −1 if the client did not say.
    pub leader_epoch: i32,
    pub metadata: String,
    /// Wall-clock ms.
    pub commit_timestamp_ms: i64,
    /// Wall-clock ms; set by clients that send a retention time (OffsetCommit versions 2–4).
    pub expire_timestamp_ms: Option<i64>,
    /// Where in the log it stands: the first offset of its batch. Of two commits, the one further on in the log wins.
    pub appended_at: Offset,
}

/// Offsets by partition, and the ones that are being written.
#[derive(Clone, Debug, Default)]
pub struct Offsets {
    committed: BTreeMap<TopicPartition, CommittedOffset>,
    /// Commits that the log has not confirmed, counted per partition.
    in_flight: BTreeMap<TopicPartition, usize>,
    /// Commits within transactions that have not ended, by producer id.
    open: BTreeMap<i64, BTreeMap<TopicPartition, CommittedOffset>>,
}

impl Offsets {
    pub fn get(&self, partition: &TopicPartition) -> Option<&CommittedOffset> {
        self.committed.get(partition)
    }

    /// In the order of topic and partition.
    pub fn iter(&self) -> impl Iterator<Item = (&TopicPartition, &CommittedOffset)> {
        self.committed.iter()
    }

    pub fn len(&self) -> usize {
        self.committed.len()
    }

    pub fn is_empty(&self) -> bool {
        self.committed.is_empty()
    }

    pub(crate) fn is_in_flight(&self, partition: &TopicPartition) -> bool {
        self.in_flight.contains_key(partition)
    }

    pub fn in_flight(&self) -> impl Iterator<Item = &TopicPartition> {
        self.in_flight.keys()
    }

    /// Whether a transaction that has not ended may yet change it (KIP-447).
    pub(crate) fn is_unstable(&self, partition: &TopicPartition) -> bool {
        self.open.values().any(|offsets| offsets.contains_key(partition))
    }

    /// Whether anything is kept or on its way beyond the offsets that have taken effect.
    pub(crate) fn has_unsettled(&self) -> bool {
        !self.in_flight.is_empty() || !self.open.is_empty()
    }

    pub(super) fn open(&mut self, producer_id: i64, partition: TopicPartition, offset: CommittedOffset) {
        self.open.entry(producer_id).or_default().insert(partition, offset);
    }

    pub(super) fn begin(&mut self, partition: TopicPartition) {
        *self.in_flight.entry(partition).or_default() += 1;
    }

    pub(super) fn end(&mut self, partition: &TopicPartition) {
        if let Some(count) = self.in_flight.get_mut(partition) {
            *count -= 1;
            if *count == 0 {
                self.in_flight.remove(partition);
            }
        }
    }

    pub(super) fn put(&mut self, partition: TopicPartition, offset: CommittedOffset) {
        let newer = |old: &CommittedOffset| old.appended_at <= offset.appended_at;
        if self.committed.get(&partition).is_none_or(newer) {
            self.committed.insert(partition, offset);
        }
    }

    pub(super) fn remove(&mut self, partition: &TopicPartition, tombstone_at: Offset) {
        if self.committed.get(partition).is_some_and(|old| old.appended_at < tombstone_at) {
            self.committed.remove(partition);
        }
    }
}
