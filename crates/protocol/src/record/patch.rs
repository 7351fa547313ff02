//! Pure: changes a batch where it lies, as a broker does on append. Nothing else of the batch is touched.
//!
//! Base offset and leader epoch stand before the checksummed part of magic 2, so changing them costs a few bytes;
//! timestamps stand inside it, so the checksum is computed anew.

use super::{Attributes, ENTRY_PREFIX, TimestampType, V2_HEADER, crc::crc32c_of_both, crc32c};
use rkafka_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};

fn put<const N: usize>(batch: &mut [u8], at: usize, bytes: [u8; N]) {
    let length = batch.len();
    let place = batch.get_mut(at..at + N);
    assert!(place.is_some(), "a batch of {length} bytes has no header with bytes {at} to {}", at + N);
    place.into_iter().for_each(|place| place.copy_from_slice(&bytes));
}

/// Only batches of magic 2 have what is about to be set, and only whole ones have the checksum.
fn assert_v2(batch: &[u8]) {
    assert!(batch.len() >= V2_HEADER, "{} bytes are no batch", batch.len());
    assert_eq!(batch[16], 2, "the batch's magic");
}

/// The header is that of exactly so many bytes, as its length says. For assertions.
fn is_of(head: &[u8], rest: &[u8]) -> bool {
    let length = head.get(8..).and_then(|rest| rest.first_chunk()).map_or(-1, |length| i32::from_be_bytes(*length));
    usize::try_from(length).is_ok_and(|length| length + ENTRY_PREFIX == head.len() + rest.len())
}

/// Sets the base offset (in the old formats, the entry's offset). Any magic.
pub fn base_offset(batch: &mut [u8], offset: Offset) {
    debug_assert!(offset.0 >= 0, "a batch at offset {offset}");
    put(batch, 0, offset.0.to_be_bytes());
}

/// Sets the leader epoch. Magic 2 only: in the old formats the checksum stands there.
pub fn leader_epoch(batch: &mut [u8], epoch: LeaderEpoch) {
    assert_v2(batch);
    put(batch, 12, epoch.0.to_be_bytes());
}

/// Sets the timestamp type and the maximum timestamp, clears the attributes that no producer sets, and computes the
/// checksum that follows. Magic 2 only; `head` is the header, or more, and `rest` all of the batch that comes behind it.
/// Does nothing if all is so already.
pub fn max_timestamp(head: &mut [u8], rest: &[u8], timestamp_type: TimestampType, timestamp: TimestampMs) {
    assert_v2(head);
    let before = Attributes(i16::from_be_bytes([head[21], head[22]]));
    let after = before.as_written().with_timestamp_type(timestamp_type);
    if after == before && head[35..43] == timestamp.0.to_be_bytes() {
        return;
    }
    put(head, 21, after.0.to_be_bytes());
    put(head, 35, timestamp.0.to_be_bytes());
    debug_assert!(is_of(head, rest), "{} and {} bytes are not one batch", head.len(), rest.len());
    let crc = crc32c_of_both(&head[21..], rest);
    put(head, 17, crc.to_be_bytes());
}

/// Sets the producer's id, epoch and base sequence, and the checksum that follows. Magic 2 only; `batch` is exactly the
/// whole batch.
pub fn producer(batch: &mut [u8], id: ProducerId, epoch: ProducerEpoch, base_sequence: i32) {
    assert_v2(batch);
    put(batch, 43, id.0.to_be_bytes());
    put(batch, 51, epoch.0.to_be_bytes());
    put(batch, 53, base_sequence.to_be_bytes());
    checksum(batch);
}

/// Computes the checksum of a batch of magic 2 anew. `batch` is exactly the whole batch.
pub fn checksum(batch: &mut [u8]) {
    assert!(batch.len() >= V2_HEADER, "{} bytes are no batch", batch.len());
    let crc = crc32c(&batch[21..]);
    put(batch, 17, crc.to_be_bytes());
}
