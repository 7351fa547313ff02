//! Pure: from a coordinator's records to the batch that its log keeps, and back.

use super::shard::{BatchFacts, Loader, LogRecord};
use bytes::Bytes;
use rkafka_base::{Offset, ProducerEpoch, ProducerId, TimestampMs};
use rkafka_protocol::record::{
    Batch, BatchBuilder, BatchOptions, Batches, Codec, ControlType, MAX_DECOMPRESSED, RecordError,
};

/// One batch of magic 2 with these records, all of the same time, without a producer.
///
/// # Errors
/// If the records are longer than a batch can be.
pub fn build(records: &[LogRecord], base_sequence: i32, codec: Codec, wall_ms: i64) -> Result<Bytes, RecordError> {
    let mut builder = BatchBuilder::new(BatchOptions { codec, ..BatchOptions::default() });
    builder.set_producer(ProducerId::NONE, ProducerEpoch(-1), base_sequence);
    for record in records {
        builder.append(TimestampMs(wall_ms), Some(&record.key), record.value.as_deref(), &[]);
    }
    let batch = builder.finish()?;
    debug_assert!(is_made_of(&batch, records), "the batch reads as {} records that were not written", records.len());
    Ok(batch)
}

/// Whether the batch is read as these records. For assertions.
fn is_made_of(batch: &Bytes, records: &[LogRecord]) -> bool {
    let read = Batch::parse(batch).and_then(|batch| batch.verify_crc().and_then(|()| batch.decode()));
    read.is_ok_and(|read| {
        let read = read.into_iter().map(|r| r.key.map(|key| LogRecord { key, value: r.value }));
        read.eq(records.iter().cloned().map(Some))
    })
}

/// Feeds every whole batch of `bytes` to `loader`. Returns the offset after the last one; `None` if there was none.
/// A batch whose records cannot be read is reported to `complain` and passed over.
///
/// # Errors
/// If a batch's header cannot be read, since what follows cannot be found.
pub fn load<L: Loader>(
    bytes: Bytes,
    loader: &mut L,
    mut complain: impl FnMut(Offset, RecordError),
) -> Result<Option<Offset>, RecordError> {
    let mut next = None;
    for batch in Batches::new(bytes) {
        let batch = batch?;
        next = Some(batch.header.next_offset());
        if let Err(e) = load_batch(&batch, loader) {
            complain(batch.header.base_offset, e);
        }
    }
    Ok(next)
}

fn load_batch<L: Loader>(batch: &Batch, loader: &mut L) -> Result<(), RecordError> {
    batch.verify_crc()?;
    let header = &batch.header;
    let transaction = header.is_transactional().then_some(header.producer_id.0);
    let facts = BatchFacts { base_offset: header.base_offset, transaction };
    for record in batch.open(MAX_DECOMPRESSED)?.owned_records() {
        let record = record?;
        let Some(key) = record.key else { continue };
        if header.is_control() {
            match ControlType::parse(&key)? {
                ControlType::Commit => loader.marker(header.producer_id.0, true),
                ControlType::Abort => loader.marker(header.producer_id.0, false),
                ControlType::Other(_) => {}
            }
        } else {
            loader.record(facts, LogRecord { key, value: record.value });
        }
    }
    Ok(())
}
