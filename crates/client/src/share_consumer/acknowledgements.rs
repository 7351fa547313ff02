//! Pure: what becomes of records that were delivered, offset by offset, and how a broker is told.

use rkafka_protocol::messages::{share_acknowledge_request, share_fetch_request};
use std::collections::BTreeMap;

/// What becomes of a record (Kafka's `AcknowledgeType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckType {
    /// There is no record at this offset that anybody could have seen.
    Gap = 0,
    /// It has been worked on.
    Accept = 1,
    /// It is to be delivered again.
    Release = 2,
    /// It is not to be delivered again.
    Reject = 3,
    /// It is still being worked on: its lock begins anew, and it is handed out once more (KIP-1222).
    Renew = 4,
}

/// Acknowledgements of one partition, by offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledgements {
    types: BTreeMap<i64, AckType>,
}

/// A run of offsets with the same acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckRange {
    pub first: i64,
    /// The last one, not the one after it.
    pub last: i64,
    pub ack: AckType,
}

impl Acknowledgements {
    pub fn add(&mut self, offset: i64, ack: AckType) {
        self.types.insert(offset, ack);
    }

    pub fn has(&self, offset: i64) -> bool {
        self.types.contains_key(&offset)
    }

    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// Takes in those of `other`, which count where both have one.
    pub fn merge(&mut self, other: Acknowledgements) {
        self.types.extend(other.types);
    }

    /// The offsets at which there was a record.
    pub fn offsets(&self) -> Vec<i64> {
        self.types.iter().filter(|(_, ack)| **ack != AckType::Gap).map(|(offset, _)| *offset).collect()
    }

    /// The offsets whose locks are to begin anew.
    pub fn renewals(&self) -> impl Iterator<Item = i64> {
        self.types.iter().filter(|(_, ack)| **ack == AckType::Renew).map(|(offset, _)| *offset)
    }

    /// Leaves the renewals out.
    pub fn without_renewals(mut self) -> Acknowledgements {
        self.types.retain(|_, ack| *ack != AckType::Renew);
        self
    }

    /// In as few runs as can be.
    pub fn ranges(&self) -> Vec<AckRange> {
        let mut ranges: Vec<AckRange> = Vec::new();
        for (&offset, &ack) in &self.types {
            match ranges.last_mut() {
                Some(range) if range.ack == ack && range.last + 1 == offset => range.last = offset,
                _ => ranges.push(AckRange { first: offset, last: offset, ack }),
            }
        }
        ranges
    }

    /// As a fetch carries them.
    pub fn for_fetch(&self) -> Vec<share_fetch_request::AcknowledgementBatch> {
        let batch = |range: AckRange| share_fetch_request::AcknowledgementBatch {
            first_offset: range.first,
            last_offset: range.last,
            acknowledge_types: vec![range.ack as i8],
            ..Default::default()
        };
        self.ranges().into_iter().map(batch).collect()
    }

    /// As a request of their own carries them.
    pub fn alone(&self) -> Vec<share_acknowledge_request::AcknowledgementBatch> {
        let batch = |range: AckRange| share_acknowledge_request::AcknowledgementBatch {
            first_offset: range.first,
            last_offset: range.last,
            acknowledge_types: vec![range.ack as i8],
            ..Default::default()
        };
        self.ranges().into_iter().map(batch).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        let mut acks = Acknowledgements::default();
        assert!(acks.is_empty());
        for offset in [3, 4, 5, 9] {
            acks.add(offset, AckType::Accept);
        }
        acks.add(6, AckType::Gap);
        acks.add(4, AckType::Reject);
        let runs: Vec<(i64, i64, i8)> = acks.ranges().iter().map(|r| (r.first, r.last, r.ack as i8)).collect();
        assert_eq!(runs, [(3, 3, 1), (4, 4, 3), (5, 5, 1), (6, 6, 0), (9, 9, 1)]);
        assert_eq!(acks.offsets(), [3, 4, 5, 9]);
        let mut other = Acknowledgements::default();
        other.add(4, AckType::Accept);
        acks.merge(other);
        let batches = acks.for_fetch();
        assert_eq!((batches[0].first_offset, batches[0].last_offset), (3, 5));
        assert_eq!(batches[0].acknowledge_types, [1]);
        assert_eq!(acks.alone().len(), batches.len());
    }
}
