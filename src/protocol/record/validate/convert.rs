//! Pure: writes produced records anew, for another codec or out of an old format.

use super::{Prepared, ProduceError, ProduceInput, batch_rules, record_rules};
use crate::base::Offset;
use crate::protocol::record::open_batch::MAX_DECOMPRESSED;
use crate::protocol::record::{Batch, BatchBuilder, BatchOptions, Codec, TimestampType};

/// One batch of magic 2 with the records of all `batches`, which are of one magic.
pub fn rebuild(
    batches: &[Batch],
    input: &ProduceInput,
    codec: Codec,
    level: Option<i32>,
) -> Result<Prepared, ProduceError> {
    let unreadable = |error| ProduceError::unreadable(&error, input.partition);
    let timestamp_type = input.rules.timestamp_type;
    let append_time = (timestamp_type == TimestampType::LogAppendTime).then_some(input.now);
    let mut builder = BatchBuilder::new(options(batches, codec, level));
    for batch in batches {
        let open = batch.open(MAX_DECOMPRESSED).map_err(unreadable)?;
        record_rules::check_open(&open, input)?;
        for record in open.owned_records() {
            let record = record.map_err(unreadable)?;
            builder.append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers);
        }
    }
    builder.set_append_time(append_time);
    let count = builder.count();
    let max_timestamp = builder.max_timestamp();
    let bytes = builder.finish().map_err(unreadable)?;
    batch_rules::check_size(bytes.len(), input)?;
    Ok(Prepared { bytes, timestamp_type, max_timestamp, count })
}

/// What the new batch takes over from the first old one.
fn options(batches: &[Batch], codec: Codec, level: Option<i32>) -> BatchOptions {
    let Some(first) = batches.first().map(|batch| &batch.header) else { return BatchOptions::default() };
    BatchOptions {
        codec,
        level,
        base_offset: Offset(0),
        producer_id: first.producer_id,
        producer_epoch: first.producer_epoch,
        base_sequence: first.base_sequence,
        transactional: first.is_transactional(),
        control: first.is_control(),
        ..BatchOptions::default()
    }
}
