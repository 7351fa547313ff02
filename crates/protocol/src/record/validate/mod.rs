//! Pure: what a broker does to produced records before they go into a log (`LogValidator`, and the first half of
//! `UnifiedLog.append`).
//!
//! [`validate`] does everything that needs no lock on the log: sizes, checksum, the rules for batches and records, and
//! conversion to magic 2 or another codec. What it returns takes its offset in a few patched bytes. Every record is looked
//! at, compressed or not; `docs/adr/0009-every-record-is-checked.md` says what for, and what it costs.

mod batch_rules;
mod convert;
mod faults;
#[cfg(test)]
mod lies_tests;
mod record_rules;
#[cfg(test)]
mod tests;

use super::{Batch, BatchHeader, Codec, MAGIC_PREFIX, MAX_DECOMPRESSED, RecordError, TimestampType, V2_HEADER, patch};
use crate::{ErrorCode, Records, Segment};
use bytes::Bytes;
use rkafka_base::{LeaderEpoch, Offset, TimestampMs, TopicPartition};

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
#[derive(Debug)]
pub struct ProduceInput<'a> {
    /// The only handle on these bytes, if they are to be changed without a copy. Taken when they are found good.
    pub records: Bytes,
    pub partition: &'a TopicPartition,
    pub origin: Origin,
    pub rules: &'a TopicRules,
    pub now: TimestampMs,
    pub work: &'a mut Work,
}

/// How many records that are refused are named in an answer, whatever the request holds. Kafka names all of them.
pub(crate) const MAX_RECORD_ERRORS: usize = 1_000;
/// How far all batches of one request may decompress. A request is 100 MiB at most unless the broker is told otherwise,
/// and those of honest producers are a few.
pub(crate) const MAX_WORK: usize = 1 << 30;

/// What one request may still cost; it is taken off as it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// In bytes, with those that are compressed anew; a compressed batch costs at least its size. No batch may decompress to more than [`MAX_DECOMPRESSED`],
    /// whatever is left here.
    pub decompressed: usize,
    /// Whether records may be compressed anew, which takes many times as long.
    pub compress: bool,
    /// How many refused records may be named. The others are counted only.
    pub record_errors: usize,
}

impl Default for Work {
    fn default() -> Work {
        Work { decompressed: MAX_WORK, compress: true, record_errors: MAX_RECORD_ERRORS }
    }
}

impl Work {
    fn take(&mut self, bytes: usize) {
        self.decompressed = self.decompressed.saturating_sub(bytes);
    }
}

/// Why there is nothing to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The records break a rule.
    Refused(ProduceError),
    /// They would take more than [`ProduceInput::work`] allows, and are as before. With more of it they may be good.
    TooMuchWork,
}

impl From<ProduceError> for Stopped {
    fn from(error: ProduceError) -> Stopped {
        Stopped::Refused(error)
    }
}

/// Why records are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProduceError {
    pub code: ErrorCode,
    /// Kafka sends it to the client only with `record_errors`.
    pub message: String,
    /// The records at fault, if the others are not; [`Work::record_errors`] at most.
    pub record_errors: Vec<RecordFault>,
}

/// What is wrong with one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFault {
    /// Its place in the batch, from 0.
    pub batch_index: i32,
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
            // Producers split such a batch and try again.
            _ if matches!(error, RecordError::TooMuchData { .. }) => ErrorCode::MESSAGE_TOO_LARGE,
            _ => ErrorCode::INVALID_RECORD,
        };
        ProduceError::new(code, format!("The record batch is invalid in topic partition {partition}: {error}"))
    }
}

impl ProduceInput<'_> {
    /// What records that cannot be read mean. Too much data is not the records' fault if one batch may have as much.
    fn stopped(&self, error: &RecordError) -> Stopped {
        match error {
            RecordError::TooMuchData { limit } if *limit < MAX_DECOMPRESSED => Stopped::TooMuchWork,
            _ => Stopped::Refused(ProduceError::unreadable(error, self.partition)),
        }
    }

    /// How far the next batch may decompress.
    fn batch_work(&self) -> usize {
        self.work.decompressed.min(MAX_DECOMPRESSED)
    }
}

/// One batch of magic 2, valid but for its offset. Its header is a copy; the records stay where they are, since the frame
/// that they came in may hold other partitions' as well.
#[derive(Debug)]
pub struct Prepared {
    header: BatchHeader,
    head: [u8; V2_HEADER],
    rest: Bytes,
}

/// One batch of magic 2 as it goes into the log.
#[derive(Clone, Debug)]
pub struct Validated {
    pub header: BatchHeader,
    head: Bytes,
    rest: Bytes,
}

impl Prepared {
    /// A batch with the timestamps that the log is to have.
    fn new(bytes: &Bytes, rules: &TopicRules, max_timestamp: TimestampMs) -> Result<Prepared, RecordError> {
        let head = bytes.first_chunk::<V2_HEADER>().ok_or(RecordError::Malformed("the batch has no header"))?;
        let (mut head, rest) = (*head, bytes.slice(V2_HEADER..));
        patch::max_timestamp(&mut head, &rest, rules.timestamp_type, max_timestamp);
        let header = BatchHeader::parse(&head)?.ok_or(RecordError::Malformed("the batch has no header"))?;
        Ok(Prepared { header, head, rest })
    }

    /// The header as it is now, with offsets from 0.
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// Gives the batch its offsets and its leader epoch, in a few bytes.
    pub fn assign(self, first_offset: Offset, leader_epoch: LeaderEpoch) -> Validated {
        let Prepared { header, mut head, rest } = self;
        patch::base_offset(&mut head, first_offset);
        patch::leader_epoch(&mut head, leader_epoch);
        let header = BatchHeader { base_offset: first_offset, leader_epoch, ..header };
        debug_assert_eq!(BatchHeader::parse(&head), Ok(Some(header.clone())), "the header is what was put into it");
        Validated { header, head: Bytes::copy_from_slice(&head), rest }
    }
}

impl Validated {
    /// The batch's bytes, in pieces.
    pub fn into_records(self) -> Records {
        Records::Pieces(vec![Segment::Bytes(self.head), Segment::Bytes(self.rest)])
    }
}

/// Judges the records of one partition in a produce request. `None` if there are none, which is not an error.
///
/// # Errors
/// [`Stopped::Refused`] with the code and the text of Apache Kafka; [`Stopped::TooMuchWork`].
pub fn validate(input: &mut ProduceInput) -> Result<Option<Prepared>, Stopped> {
    // All of the old formats is written anew, compressed or not, and each of their records may count as a batch.
    let is_old = input.records.get(MAGIC_PREFIX - 1).is_some_and(|magic| *magic < 2);
    if is_old && !input.work.compress && input.records.len() > input.work.decompressed {
        return Err(Stopped::TooMuchWork);
    }
    let batches = batch_rules::split(input)?;
    let Some(first) = batches.first() else { return Ok(None) };
    let source = batch_rules::source_codec(&batches, input.partition)?;
    if batches.len() > 1 && (first.header.magic == 2 || source != Codec::None) {
        let message = "Compressed outer record has more than one batch";
        return Err(ProduceError::new(ErrorCode::INVALID_RECORD, message).into());
    }
    for batch in &batches {
        batch_rules::check(batch, first.header.magic, input)?;
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
    convert::rebuild(&batches, input, target, level).map(Some)
}

/// The one batch stays as it is, but for its offsets and timestamps.
fn keep(batches: Vec<Batch>, input: &mut ProduceInput) -> Result<Prepared, Stopped> {
    let batch = batches.into_iter().next();
    let batch = batch.ok_or_else(|| ProduceError::new(ErrorCode::INVALID_RECORD, "There is no batch"))?;
    let found = record_rules::check(&batch, input)?;
    if !found.in_order {
        return put_in_order(batch, input);
    }
    let max_timestamp = match input.rules.timestamp_type {
        TimestampType::CreateTime => found.max_timestamp,
        TimestampType::LogAppendTime => input.now,
    };
    // Only what is put off is kept by the caller.
    input.records = Bytes::new();
    Prepared::new(&batch.bytes, input.rules, max_timestamp).map_err(|error| input.stopped(&error))
}

/// The offsets of a batch's records do not count from 0. Readers would see offsets that other records have, so they are
/// written anew where Apache Kafka takes them as they are. It fails where they are compressed, so no client does that.
fn put_in_order(batch: Batch, input: &mut ProduceInput) -> Result<Prepared, Stopped> {
    if batch.header.is_compressed() {
        let message =
            format!("The offsets of the records in a batch do not count from 0 in topic partition {}", input.partition);
        return Err(ProduceError::new(ErrorCode::INVALID_RECORD, message).into());
    }
    convert::rebuild(&[batch], input, Codec::None, None)
}
