//! Pure: the rules for whole batches, which their headers and checksums answer.

use super::{Origin, ProduceError, ProduceInput};
use crate::ErrorCode;
use crate::record::{Batch, Batches, Codec, RecordError};
use rkafka_base::TopicPartition;

/// Takes the records apart into batches whose sizes and checksums are right. What follows the last whole batch is left
/// out, as Kafka does.
pub fn split(input: &ProduceInput) -> Result<Vec<Batch>, ProduceError> {
    let mut batches = Vec::with_capacity(1);
    for batch in Batches::new(input.records.clone()) {
        let batch = batch.map_err(|error| corrupt(&error, input.partition))?;
        check_bytes(&batch, input)?;
        batches.push(batch);
    }
    Ok(batches)
}

fn check_bytes(batch: &Batch, input: &ProduceInput) -> Result<(), ProduceError> {
    let partition = input.partition;
    let header = &batch.header;
    if input.origin == Origin::Client && header.magic == 2 && header.base_offset.0 != 0 {
        let message = format!(
            "The baseOffset of the record batch in the append to {partition} should be 0, but it is {}",
            header.base_offset
        );
        return Err(ProduceError::new(ErrorCode::INVALID_RECORD, message));
    }
    check_size(header.size, input)?;
    batch.verify_crc().map_err(|error| corrupt(&error, partition))
}

/// `max.message.bytes`.
pub fn check_size(size: usize, input: &ProduceInput) -> Result<(), ProduceError> {
    let limit = input.rules.max_message_bytes;
    if size <= limit {
        return Ok(());
    }
    let message = format!(
        "The record batch size in the append to {} is {size} bytes which exceeds the maximum configured value of {limit}.",
        input.partition
    );
    Err(ProduceError::new(ErrorCode::MESSAGE_TOO_LARGE, message))
}

fn corrupt(error: &RecordError, partition: &TopicPartition) -> ProduceError {
    let message = format!("The record batch is corrupt in topic partition {partition}: {error}");
    ProduceError::new(ErrorCode::CORRUPT_MESSAGE, message)
}

/// The codec of the records: the last one that is not "none".
pub fn source_codec(batches: &[Batch], partition: &TopicPartition) -> Result<Codec, ProduceError> {
    let mut source = Codec::None;
    for batch in batches {
        match batch.header.codec() {
            Ok(Codec::None) => {}
            Ok(codec) => source = codec,
            Err(error) => return Err(ProduceError::unreadable(&error, partition)),
        }
    }
    Ok(source)
}

/// The rules for one batch among others whose first has the magic `first_magic`.
pub fn check(batch: &Batch, first_magic: i8, input: &ProduceInput) -> Result<(), ProduceError> {
    let header = &batch.header;
    let fault = if header.magic != first_magic {
        Some(format!("Batch magic {} is not the same as the first batch's magic byte {first_magic}", header.magic))
    } else if input.origin == Origin::Client {
        client_fault(batch)
    } else {
        None
    };
    match fault {
        None => Ok(()),
        Some(fault) => {
            let message = format!("{fault} in topic partition {}", input.partition);
            Err(ProduceError::new(ErrorCode::INVALID_RECORD, message))
        }
    }
}

/// What a client may not send.
fn client_fault(batch: &Batch) -> Option<String> {
    let header = &batch.header;
    let (first, last) = (header.base_offset, header.last_offset());
    if header.magic == 2 {
        let span = i64::from(header.last_offset_delta) + 1;
        if span <= 0 {
            return Some(format!("Batch has an invalid offset range: [{first}, {last}]"));
        }
        if header.count <= 0 {
            return Some(format!("Invalid reported count for record batch: {}", header.count));
        }
        if span != i64::from(header.count) {
            return Some(format!(
                "Inconsistent batch offset range [{first}, {last}] and count of records {}",
                header.count
            ));
        }
    }
    if header.is_control() {
        return Some("Clients are not allowed to write control records".into());
    }
    if header.has_producer_id() && header.base_sequence < 0 {
        return Some(format!(
            "Invalid sequence number {} in record batch with producerId {}",
            header.base_sequence, header.producer_id
        ));
    }
    None
}
