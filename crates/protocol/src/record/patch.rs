//! Pure: changes a batch where it lies, as a broker does on append. Nothing else of the batch is touched.
//!
//! Base offset and leader epoch stand before the checksummed part of magic 2, so changing them costs a few bytes;
//! timestamps stand inside it, so the checksum is computed anew.

use super::{Attributes, TimestampType, V2_HEADER, crc32c};
use rkafka_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};

fn put<const N: usize>(batch: &mut [u8], at: usize, bytes: [u8; N]) {
    if let Some(place) = batch.get_mut(at..at + N) {
        place.copy_from_slice(&bytes);
    }
}

/// Sets the base offset (in the old formats, the entry's offset). Any magic.
pub fn base_offset(batch: &mut [u8], offset: Offset) {
    put(batch, 0, offset.0.to_be_bytes());
}

/// Sets the leader epoch. Magic 2 only: in the old formats the checksum stands there.
pub fn leader_epoch(batch: &mut [u8], epoch: LeaderEpoch) {
    put(batch, 12, epoch.0.to_be_bytes());
}

/// Sets the timestamp type and the maximum timestamp, clears the attributes that no producer sets, and computes the
/// checksum that follows. Magic 2 only; `batch` is exactly the whole batch. Does nothing if all is so already.
pub fn max_timestamp(batch: &mut [u8], timestamp_type: TimestampType, timestamp: TimestampMs) {
    let Some(header) = batch.first_chunk::<V2_HEADER>() else { return };
    let before = Attributes(i16::from_be_bytes([header[21], header[22]]));
    let after = before.as_written().with_timestamp_type(timestamp_type);
    if after == before && header[35..43] == timestamp.0.to_be_bytes() {
        return;
    }
    put(batch, 21, after.0.to_be_bytes());
    put(batch, 35, timestamp.0.to_be_bytes());
    checksum(batch);
}

/// Sets the producer's id, epoch and base sequence, and the checksum that follows. Magic 2 only; `batch` is exactly the
/// whole batch.
pub fn producer(batch: &mut [u8], id: ProducerId, epoch: ProducerEpoch, base_sequence: i32) {
    put(batch, 43, id.0.to_be_bytes());
    put(batch, 51, epoch.0.to_be_bytes());
    put(batch, 53, base_sequence.to_be_bytes());
    checksum(batch);
}

/// Computes the checksum of a batch of magic 2 anew. `batch` is exactly the whole batch.
pub fn checksum(batch: &mut [u8]) {
    if let Some(covered) = batch.get(21..) {
        let crc = crc32c(covered);
        put(batch, 17, crc.to_be_bytes());
    }
}
