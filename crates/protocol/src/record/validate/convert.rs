//! Pure: writes produced records anew, for another codec or out of an old format.

use super::{Prepared, ProduceInput, Stopped, batch_rules, record_rules};
use crate::record::{Batch, BatchBuilder, BatchOptions, Codec, TimestampType};
use bytes::Bytes;
use rkafka_base::Offset;

/// One batch of magic 2 with the records of all `batches`, which are of one magic.
pub fn rebuild(
    batches: &[Batch],
    input: &mut ProduceInput,
    codec: Codec,
    level: Option<i32>,
) -> Result<Prepared, Stopped> {
    if codec != Codec::None && !input.work.compress {
        return Err(Stopped::TooMuchWork);
    }
    let mut builder = BatchBuilder::new(options(batches, codec, level));
    for batch in batches {
        let allowed = input.batch_work();
        let open = batch.open(allowed);
        if batch.header.is_compressed() {
            // What was decompressed before an error is not known.
            let used = open.as_ref().map_or(allowed, |open| open.data().len());
            input.work.take(used.max(batch.header.size));
        }
        let open = open.map_err(|error| input.stopped(&error))?;
        record_rules::check_open(&open, input)?;
        for record in open.owned_records() {
            let record = record.map_err(|error| input.stopped(&error))?;
            builder.append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers);
        }
    }
    if input.rules.timestamp_type == TimestampType::LogAppendTime {
        builder.set_append_time(Some(input.now));
    }
    if codec != Codec::None {
        input.work.take(builder.size());
    }
    let max_timestamp = builder.max_timestamp();
    let bytes = builder.finish().map_err(|error| input.stopped(&error))?;
    batch_rules::check_size(bytes.len(), input)?;
    // The old ones are not needed any more.
    input.records = Bytes::new();
    Prepared::new(&bytes, input.rules, max_timestamp).map_err(|error| input.stopped(&error))
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
