//! Pure: the rules for single records, and when they are asked at all.

use super::{ProduceError, ProduceInput, RecordFault, TopicRules};
use crate::base::{TimestampMs, TopicPartition};
use crate::protocol::ErrorCode;
use crate::protocol::record::open_batch::{MAX_DECOMPRESSED, OpenBatch};
use crate::protocol::record::{Batch, BatchHeader, RecordRef, TimestampType, V2_HEADER, legacy, record};

/// Checks the records of a batch of magic 2 as far as the topic's rules demand. Returns the largest timestamp.
///
/// Without such rules, records that are not compressed are counted by their lengths, and compressed ones not touched.
pub fn check(batch: &Batch, input: &ProduceInput) -> Result<TimestampMs, ProduceError> {
    let unreadable = |error| ProduceError::unreadable(&error, input.partition);
    let header = &batch.header;
    if needs_records(header, input.rules) {
        return check_open(&batch.open(MAX_DECOMPRESSED).map_err(unreadable)?, input);
    }
    if header.is_compressed() {
        return Ok(header.max_timestamp);
    }
    let records = batch.bytes.get(V2_HEADER..).unwrap_or_default();
    let largest = record::walk(records, header.count, header.base_timestamp).map_err(unreadable)?;
    Ok(match header.timestamp_type() {
        TimestampType::CreateTime => largest,
        TimestampType::LogAppendTime => header.max_timestamp,
    })
}

/// Whether a rule of the topic can refuse a single record of the batch.
fn needs_records(header: &BatchHeader, rules: &TopicRules) -> bool {
    let bounded = rules.timestamp_before_max_ms != i64::MAX || rules.timestamp_after_max_ms != i64::MAX;
    match rules.timestamp_type {
        _ if rules.compacted => true,
        TimestampType::CreateTime => bounded,
        TimestampType::LogAppendTime => header.timestamp_type() == TimestampType::LogAppendTime,
    }
}

/// Checks every record of a batch of any magic. Returns the largest timestamp.
pub fn check_open(open: &OpenBatch, input: &ProduceInput) -> Result<TimestampMs, ProduceError> {
    let unreadable = |error| ProduceError::unreadable(&error, input.partition);
    let header = &open.header;
    if header.magic < 2 && header.is_compressed() {
        legacy::verify_entries(open.data()).map_err(|error| {
            let message = format!("{error} in topic partition {}", input.partition);
            ProduceError::new(ErrorCode::CORRUPT_MESSAGE, message)
        })?;
    }
    let mut faults = Vec::new();
    let mut largest = TimestampMs(-1);
    for (index, record) in open.records().enumerate() {
        let record = record.map_err(unreadable)?;
        match fault(&record, header, input) {
            None => largest = largest.max(record.timestamp),
            Some((code, message)) => faults.push(RecordFault { batch_index: index as i32, code, message }),
        }
    }
    if faults.is_empty() { Ok(largest) } else { Err(refuse(faults)) }
}

fn fault(record: &RecordRef, header: &BatchHeader, input: &ProduceInput) -> Option<(ErrorCode, String)> {
    let rules = input.rules;
    if rules.compacted && record.key.is_none() {
        return Some((ErrorCode::INVALID_RECORD, no_key(input.partition)));
    }
    let timestamp = record.timestamp.0;
    if rules.timestamp_type == TimestampType::CreateTime && timestamp != -1 {
        let age = input.now.0.wrapping_sub(timestamp);
        let in_bounds = age <= rules.timestamp_before_max_ms && age.wrapping_neg() <= rules.timestamp_after_max_ms;
        return (!in_bounds).then(|| (ErrorCode::INVALID_TIMESTAMP, out_of_range(record, input)));
    }
    if header.timestamp_type() == TimestampType::LogAppendTime {
        return Some((ErrorCode::INVALID_TIMESTAMP, append_time(record)));
    }
    None
}

fn no_key(partition: &TopicPartition) -> String {
    format!("Compacted topic cannot accept message without key in topic partition {partition}")
}

fn out_of_range(record: &RecordRef, input: &ProduceInput) -> String {
    format!(
        "Timestamp {} of message with offset {} is out of range. The timestamp should be within [{}, {}]",
        record.timestamp,
        record.offset,
        input.now.0.wrapping_sub(input.rules.timestamp_before_max_ms),
        input.now.0.wrapping_add(input.rules.timestamp_after_max_ms)
    )
}

fn append_time(record: &RecordRef) -> String {
    let len = |field: Option<&[u8]>| field.map_or(0, <[u8]>::len);
    format!(
        "Invalid timestamp type in message DefaultRecord(offset={}, timestamp={}, key={} bytes, value={} bytes). \
         Producer should not set timestamp type to LogAppendTime.",
        record.offset,
        record.timestamp,
        len(record.key),
        len(record.value)
    )
}

fn refuse(faults: Vec<RecordFault>) -> ProduceError {
    if faults.iter().any(|fault| fault.code == ErrorCode::INVALID_TIMESTAMP) {
        let message = "One or more records have been rejected due to invalid timestamp".into();
        return ProduceError { code: ErrorCode::INVALID_TIMESTAMP, message, record_errors: faults };
    }
    let shown = faults.iter().take(3);
    let shown: Vec<String> =
        shown.map(|f| format!("RecordError(batchIndex={}, message='{}')", f.batch_index, f.message)).collect();
    let message = format!(
        "One or more records have been rejected due to {} record errors in total, and only showing the first three \
         errors at most: [{}]",
        faults.len(),
        shown.join(", ")
    );
    ProduceError { code: ErrorCode::INVALID_RECORD, message, record_errors: faults }
}
