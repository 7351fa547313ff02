//! Pure: the rules for single records.

use super::{ProduceError, ProduceInput, Stopped, TopicRules, faults::Faults};
use crate::ErrorCode;
use crate::record::open_batch::OpenBatch;
use crate::record::{Batch, BatchHeader, TimestampType, legacy, walk};
use rkafka_base::TopicPartition;
use rkafka_base::{Offset, TimestampMs};

/// What a look at every record of a batch has found.
pub struct Found {
    /// −1 if no record has a timestamp.
    pub max_timestamp: TimestampMs,
    /// Whether the offsets count from 0.
    pub in_order: bool,
}

/// Checks every record of a batch of magic 2 that stays as it is.
pub fn check(batch: &Batch, input: &mut ProduceInput) -> Result<Found, Stopped> {
    let header = &batch.header;
    let rules_ask = may_refuse(header, input.rules);
    let base = header.base_timestamp.0;
    let (mut index, mut in_order, mut max_timestamp) = (0, true, -1);
    let mut faults = Faults::new(input.work.record_errors);
    let allowed = input.batch_work();
    let mut left = allowed;
    if header.is_compressed() && header.size > allowed {
        return Err(Stopped::TooMuchWork);
    }
    let walked = walk::walk(batch, &mut left, |outline| {
        in_order &= outline.offset_delta == index;
        let timestamp = base.wrapping_add(outline.timestamp_delta);
        max_timestamp = max_timestamp.max(timestamp);
        if rules_ask {
            let record = Judged {
                offset: Offset(header.base_offset.0.wrapping_add(i64::from(outline.offset_delta))),
                timestamp: TimestampMs(timestamp),
                has_key: outline.key_length >= 0,
                lengths: (outline.key_length.max(0) as usize, outline.value_length.max(0) as usize),
            };
            judge(index, &record, header, input, &mut faults);
        }
        index = index.wrapping_add(1);
    });
    if header.is_compressed() {
        // What yields nothing is read all the same.
        input.work.take((allowed - left).max(header.size));
    }
    walked.map_err(|error| input.stopped(&error))?;
    refuse(faults, input)?;
    Ok(Found { max_timestamp: TimestampMs(max_timestamp), in_order })
}

/// Checks every record of a batch of any magic that is going to be written anew.
pub fn check_open(open: &OpenBatch, input: &mut ProduceInput) -> Result<(), Stopped> {
    let header = &open.header;
    if header.magic < 2 && header.is_compressed() {
        legacy::verify_entries(open.data()).map_err(|error| {
            let message = format!("{error} in topic partition {}", input.partition);
            ProduceError::new(ErrorCode::CORRUPT_MESSAGE, message)
        })?;
    }
    let mut faults = Faults::new(input.work.record_errors);
    for (index, record) in open.records().enumerate() {
        let record = record.map_err(|error| input.stopped(&error))?;
        let length = |field: Option<&[u8]>| field.map_or(0, <[u8]>::len);
        let lengths = (length(record.key), length(record.value));
        let (offset, timestamp, has_key) = (record.offset, record.timestamp, record.key.is_some());
        let judged = Judged { offset, timestamp, has_key, lengths };
        judge(index as i32, &judged, header, input, &mut faults);
    }
    refuse(faults, input)
}

fn refuse(faults: Faults, input: &mut ProduceInput) -> Result<(), Stopped> {
    input.work.record_errors = input.work.record_errors.saturating_sub(faults.named());
    Ok(faults.refusal()?)
}

/// Whether a rule of the topic can refuse a single record of the batch.
fn may_refuse(header: &BatchHeader, rules: &TopicRules) -> bool {
    let bounded = rules.timestamp_before_max_ms != i64::MAX || rules.timestamp_after_max_ms != i64::MAX;
    let append_time = header.timestamp_type() == TimestampType::LogAppendTime;
    rules.compacted || append_time || (bounded && rules.timestamp_type == TimestampType::CreateTime)
}

/// What the rules for records look at.
struct Judged {
    offset: Offset,
    /// The record's own, even if the batch says that the broker has set the timestamps.
    timestamp: TimestampMs,
    has_key: bool,
    /// Of key and value.
    lengths: (usize, usize),
}

fn judge(index: i32, record: &Judged, header: &BatchHeader, input: &ProduceInput, faults: &mut Faults) {
    let rules = input.rules;
    if rules.compacted && !record.has_key {
        return faults.add(index, ErrorCode::INVALID_RECORD, || no_key(input.partition));
    }
    let append_time = header.timestamp_type() == TimestampType::LogAppendTime;
    let declared = if append_time { header.max_timestamp } else { record.timestamp };
    if rules.timestamp_type == TimestampType::CreateTime && declared.0 != -1 {
        let age = input.now.0.wrapping_sub(record.timestamp.0);
        let in_bounds = age <= rules.timestamp_before_max_ms && age.wrapping_neg() <= rules.timestamp_after_max_ms;
        if !in_bounds && record.timestamp.0 != -1 {
            faults.add(index, ErrorCode::INVALID_TIMESTAMP, || out_of_range(record, input));
        }
    } else if append_time {
        faults.add(index, ErrorCode::INVALID_TIMESTAMP, || not_for_producers(record, declared));
    }
}

fn no_key(partition: &TopicPartition) -> String {
    format!("Compacted topic cannot accept message without key in topic partition {partition}")
}

fn out_of_range(record: &Judged, input: &ProduceInput) -> String {
    format!(
        "Timestamp {} of message with offset {} is out of range. The timestamp should be within [{}, {}]",
        record.timestamp,
        record.offset,
        input.now.0.wrapping_sub(input.rules.timestamp_before_max_ms),
        input.now.0.wrapping_add(input.rules.timestamp_after_max_ms)
    )
}

fn not_for_producers(record: &Judged, declared: TimestampMs) -> String {
    format!(
        "Invalid timestamp type in message DefaultRecord(offset={}, timestamp={declared}, key={} bytes, value={} bytes). \
         Producer should not set timestamp type to LogAppendTime.",
        record.offset, record.lengths.0, record.lengths.1
    )
}
