//! Pure: what a broker does to produced records before they go into a log (`LogValidator`, and the first half of
//! `UnifiedLog.append`).
//!
//! [`validate`] does everything that needs no lock on the log: sizes, checksum, the rules for batches and records, and
//! conversion to magic 2 or another codec. What it returns takes its offset in a few patched bytes. A batch of magic 2
//! whose codec stays goes through without a look at its records unless the topic's rules ask for one;
//! `docs/adr/0002-produce-validation.md` says what is checked when, and why.

mod batch_rules;
mod convert;
mod record_rules;
#[cfg(test)]
mod tests;

use super::{Batch, BatchHeader, Codec, RecordError, TimestampType, patch};
use crate::base::{LeaderEpoch, Offset, TimestampMs, TopicPartition};
use crate::protocol::ErrorCode;
use bytes::{Bytes, BytesMut};

/// Who appends: a client's request is checked harder than what the broker's coordinators write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Client,
    Coordinator,
}

/// `compression.type` of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TargetCompression {
    /// As the producer sent it.
    #[default]
    Producer,
    /// This codec, at this level if one is set. A batch that has the codec already is left as it is.
    Fixed(Codec, Option<i32>),
}

/// What the topic's configuration says about records.
#[derive(Clone, Debug)]
pub struct TopicRules {
    /// `compression.type`, with the level of `compression.*.level`.
    pub compression: TargetCompression,
    /// Whether `cleanup.policy` has `compact`.
    pub compacted: bool,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// `max.message.bytes`, for the whole batch.
    pub max_message_bytes: usize,
}

impl Default for TopicRules {
    fn default() -> TopicRules {
        TopicRules {
            compression: TargetCompression::Producer,
            compacted: false,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: i64::MAX,
            max_message_bytes: 1_048_588,
        }
    }
}

/// One partition's records of a produce request, and what they are judged by.
#[derive(Clone, Debug)]
pub struct ProduceInput<'a> {
    /// The only handle on these bytes, if they are to be changed without a copy.
    pub records: Bytes,
    pub partition: &'a TopicPartition,
    pub origin: Origin,
    pub rules: &'a TopicRules,
    pub now: TimestampMs,
}

/// Why records are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProduceError {
    pub code: ErrorCode,
    /// Kafka sends it to the client only with `record_errors`.
    pub message: String,
    /// The records at fault, if the others are not.
    pub record_errors: Vec<RecordFault>,
}

/// What is wrong with one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFault {
    /// Its place in the batch, from 0.
    pub batch_index: i32,
    pub code: ErrorCode,
    pub message: String,
}

impl ProduceError {
    fn new(code: ErrorCode, message: impl Into<String>) -> ProduceError {
        ProduceError { code, message: message.into(), record_errors: Vec::new() }
    }

    /// For records that cannot be read, whatever the reason: a client must not try the same again.
    fn unreadable(error: &RecordError, partition: &TopicPartition) -> ProduceError {
        let code = match error.code() {
            ErrorCode::UNSUPPORTED_COMPRESSION_TYPE => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
            _ => ErrorCode::INVALID_RECORD,
        };
        ProduceError::new(code, format!("The record batch is invalid in topic partition {partition}: {error}"))
    }
}

/// One batch of magic 2, valid but for its offset.
#[derive(Clone, Debug)]
pub struct Prepared {
    bytes: Bytes,
    timestamp_type: TimestampType,
    max_timestamp: TimestampMs,
    count: i32,
}

/// One batch of magic 2 as it goes into the log.
#[derive(Clone, Debug)]
pub struct Validated {
    pub header: BatchHeader,
    pub bytes: Bytes,
}

impl Validated {
    /// When the broker appended the batch, if `message.timestamp.type` is LogAppendTime; a produce response says so.
    pub fn append_time(&self) -> Option<TimestampMs> {
        (self.header.timestamp_type() == TimestampType::LogAppendTime).then_some(self.header.max_timestamp)
    }
}

impl Prepared {
    /// How many records the batch holds, and offsets it takes.
    pub fn count(&self) -> i32 {
        self.count
    }

    /// The batch's size in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The header as it is now, with offsets from 0.
    ///
    /// # Errors
    /// None for what [`validate`] returns.
    pub fn header(&self) -> Result<BatchHeader, RecordError> {
        parse(&self.bytes)
    }

    /// Gives the batch its offsets and its leader epoch. Copies nothing if nobody else holds the bytes.
    ///
    /// # Errors
    /// None for what [`validate`] returns.
    pub fn assign(self, first_offset: Offset, leader_epoch: LeaderEpoch) -> Result<Validated, RecordError> {
        let mut bytes = self.bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        patch::base_offset(&mut bytes, first_offset);
        patch::leader_epoch(&mut bytes, leader_epoch);
        patch::max_timestamp(&mut bytes, self.timestamp_type, self.max_timestamp);
        Ok(Validated { header: parse(&bytes)?, bytes: bytes.freeze() })
    }
}

fn parse(bytes: &[u8]) -> Result<BatchHeader, RecordError> {
    BatchHeader::parse(bytes)?.ok_or(RecordError::Malformed("the batch has no header"))
}

/// Judges the records of one partition in a produce request. `None` if there are none, which is not an error.
///
/// # Errors
/// [`ProduceError`] with the code and the text of Apache Kafka.
pub fn validate(input: ProduceInput) -> Result<Option<Prepared>, ProduceError> {
    let batches = batch_rules::split(&input)?;
    let Some(first) = batches.first() else { return Ok(None) };
    let source = batch_rules::source_codec(&batches, input.partition)?;
    if batches.len() > 1 && (first.header.magic == 2 || source != Codec::None) {
        let message = "Compressed outer record has more than one batch";
        return Err(ProduceError::new(ErrorCode::INVALID_RECORD, message));
    }
    for batch in &batches {
        batch_rules::check(batch, first.header.magic, &input)?;
    }
    let (target, level) = match input.rules.compression {
        TargetCompression::Producer => (source, None),
        TargetCompression::Fixed(codec, level) => (codec, level),
    };
    // Markers are tiny; they stay as the coordinator wrote them.
    let stays = source == target || (source == Codec::None && first.header.is_control());
    if first.header.magic == 2 && stays {
        return keep(batches, input).map(Some);
    }
    convert::rebuild(&batches, &input, target, level).map(Some)
}

/// [`validate`] and [`Prepared::assign`] in one, for those who hold the log's lock anyway.
///
/// # Errors
/// As [`validate`].
pub fn validate_and_assign(
    input: ProduceInput,
    first_offset: Offset,
    leader_epoch: LeaderEpoch,
) -> Result<Option<Validated>, ProduceError> {
    let partition = input.partition;
    let Some(prepared) = validate(input)? else { return Ok(None) };
    let assigned = prepared.assign(first_offset, leader_epoch);
    assigned.map(Some).map_err(|error| ProduceError::unreadable(&error, partition))
}

/// The one batch stays as it is, but for its offsets and timestamps.
fn keep(batches: Vec<Batch>, input: ProduceInput) -> Result<Prepared, ProduceError> {
    let rules = input.rules;
    let batch = batches.into_iter().next();
    let batch = batch.ok_or_else(|| ProduceError::new(ErrorCode::INVALID_RECORD, "There is no batch"))?;
    let found = record_rules::check(&batch, &input)?;
    let max_timestamp = match rules.timestamp_type {
        TimestampType::CreateTime => found,
        TimestampType::LogAppendTime => input.now,
    };
    // The frame's handle goes first, so that the batch's own can be the only one.
    drop(input);
    let count = batch.header.count;
    Ok(Prepared { bytes: batch.bytes, timestamp_type: rules.timestamp_type, max_timestamp, count })
}
