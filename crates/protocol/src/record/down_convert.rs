//! Pure: old fetch versions cannot carry magic 2 (or 1), so what they fetch is written anew (`RecordsUtil.downConvert`).

use super::open_batch::MAX_DECOMPRESSED;
use super::{Batch, Batches, Codec, LegacyBuilder, RecordError, TimestampType};
use bytes::{Bytes, BytesMut};
use rkafka_base::Offset;

/// Writes the batches of `records` in `magic` 0 or 1, for a fetch that starts at `from`. Batches of that magic or an older
/// one stay as they are; control batches, which the old formats do not know, and headers of records are left out.
///
/// # Errors
/// [`RecordError::CodecNotInMagic`] for zstd, which old clients cannot read; what is wrong with a batch.
pub fn down_convert(records: &Bytes, magic: i8, from: Offset) -> Result<Bytes, RecordError> {
    let mut out = BytesMut::with_capacity(records.len());
    for batch in Batches::new(records.clone()) {
        let batch = batch?;
        if batch.header.is_control() {
            continue;
        }
        if batch.header.magic <= magic {
            out.extend_from_slice(&batch.bytes);
        } else {
            out.extend_from_slice(&convert(&batch, magic, from)?);
        }
    }
    Ok(out.freeze())
}

fn convert(batch: &Batch, magic: i8, from: Offset) -> Result<Bytes, RecordError> {
    let codec = batch.header.codec()?;
    if codec == Codec::Zstd {
        return Err(RecordError::CodecNotInMagic { codec, magic });
    }
    let timestamp_type = if magic == 0 { TimestampType::CreateTime } else { batch.header.timestamp_type() };
    let mut builder = LegacyBuilder::new(magic, codec, timestamp_type);
    for record in batch.open(MAX_DECOMPRESSED)?.records() {
        let record = record?;
        // A compressed set goes out whole, as it did when brokers kept the old formats.
        if codec != Codec::None || record.offset >= from {
            builder.append(record.offset, record.timestamp, record.key, record.value);
        }
    }
    builder.finish()
}
