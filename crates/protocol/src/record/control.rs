//! Pure: control records, which end transactions and which consumers never see.
//!
//! Key: version i16 0, type i16. A transaction marker's value: version i16 0, coordinator epoch i32.

use super::{BatchBuilder, BatchOptions, RecordError, varint::Cursor};
use bytes::Bytes;
use rkafka_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};

/// What a control record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlType {
    Abort,
    Commit,
    /// A type of newer releases or of KRaft, which is to be skipped.
    Other(i16),
}

impl ControlType {
    /// Reads a control record's key.
    ///
    /// # Errors
    /// [`RecordError::Malformed`] for a key that is too short or of a negative version.
    pub fn parse(key: &[u8]) -> Result<ControlType, RecordError> {
        let &[v0, v1, t0, t1, ..] = key else {
            return Err(RecordError::Malformed("a control record's key is too short"));
        };
        if i16::from_be_bytes([v0, v1]) < 0 {
            return Err(RecordError::Malformed("a control record's key has a negative version"));
        }
        Ok(match i16::from_be_bytes([t0, t1]) {
            0 => ControlType::Abort,
            1 => ControlType::Commit,
            other => ControlType::Other(other),
        })
    }

    /// The type's id on the wire.
    pub fn id(self) -> i16 {
        match self {
            ControlType::Abort => 0,
            ControlType::Commit => 1,
            ControlType::Other(id) => id,
        }
    }
}

/// How a transaction ended, and by whose word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndMarker {
    pub abort: bool,
    pub coordinator_epoch: i32,
}

impl EndMarker {
    /// Reads the only record of a control batch: `length attributes timestampDelta offsetDelta key value headers`. `None`
    /// for other control types (of KRaft), which end no transaction, and for what is no record.
    pub fn of_record(record: &[u8]) -> Option<EndMarker> {
        EndMarker::read(record).ok().flatten()
    }

    fn read(record: &[u8]) -> Result<Option<EndMarker>, RecordError> {
        let mut rest = Cursor(record);
        let _length = rest.varint()?;
        let _attributes = rest.array::<1>("attributes")?;
        let (_timestamp, _offset) = (rest.varlong()?, rest.varint()?);
        let key = rest.nullable("key")?.unwrap_or_default();
        let value = rest.nullable("value")?.unwrap_or_default();
        let (abort, Some(&[_, _, epoch @ ..])) = (ControlType::parse(key)?, value.first_chunk::<6>()) else {
            return Ok(None);
        };
        let coordinator_epoch = i32::from_be_bytes(epoch);
        Ok(match abort {
            ControlType::Abort => Some(EndMarker { abort: true, coordinator_epoch }),
            ControlType::Commit => Some(EndMarker { abort: false, coordinator_epoch }),
            ControlType::Other(_) => None,
        })
    }
}

/// A transaction marker to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub control_type: ControlType,
    pub coordinator_epoch: i32,
}

impl Marker {
    /// The marker as a batch of its own, 78 bytes.
    ///
    /// # Errors
    /// None that such a small batch can meet.
    pub fn batch(&self, at: Offset, timestamp: TimestampMs, leader_epoch: LeaderEpoch) -> Result<Bytes, RecordError> {
        let mut builder = BatchBuilder::new(BatchOptions {
            base_offset: at,
            leader_epoch,
            producer_id: self.producer_id,
            producer_epoch: self.producer_epoch,
            transactional: true,
            control: true,
            ..BatchOptions::default()
        });
        let mut key = [0; 4];
        key[2..].copy_from_slice(&self.control_type.id().to_be_bytes());
        let mut value = [0; 6];
        value[2..].copy_from_slice(&self.coordinator_epoch.to_be_bytes());
        builder.append(timestamp, Some(&key), Some(&value), &[]);
        builder.finish()
    }
}
