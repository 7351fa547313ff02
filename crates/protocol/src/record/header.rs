//! Pure: the header of one batch, of any magic.
//!
//! Magic 2, 61 bytes, big-endian: base offset i64 · length i32 (of what follows it) · leader epoch i32 · magic i8 ·
//! crc u32 (CRC-32C from the attributes on) · attributes i16 · last offset delta i32 · base timestamp i64 · max timestamp
//! i64 · producer id i64 · producer epoch i16 · base sequence i32 · record count i32.
//! Magic 0 and 1: offset i64 · length i32 · crc u32 (CRC-32 from the magic on) · magic i8 · attributes i8 ·
//! timestamp i64 (magic 1 only) · key · value.

use super::{Attributes, Codec, RecordError, TimestampType, crc, crc32c};
use rkafka_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};

/// Offset and length, which every entry starts with; the length does not count these 12 bytes.
pub const ENTRY_PREFIX: usize = 12;
/// How many bytes must be there before the magic is known.
pub const MAGIC_PREFIX: usize = 17;
/// The header of magic 2.
pub const V2_HEADER: usize = 61;
/// The least size of an entry of magic 0, including its key's and value's lengths.
pub const LEGACY_V0_HEADER: usize = 26;
/// The least size of an entry of magic 1.
pub const LEGACY_V1_HEADER: usize = 34;

/// What the header of a batch says. Parsing copies it out; [`super::patch`] changes it where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// The first record's offset. In the old formats the entry's own offset, which for a compressed set is that of its
    /// **last** record.
    pub base_offset: Offset,
    /// The whole batch in bytes, header included.
    pub size: usize,
    /// [`LeaderEpoch::NONE`] in the old formats.
    pub leader_epoch: LeaderEpoch,
    /// 0, 1 or 2.
    pub magic: i8,
    pub crc: u32,
    pub attributes: Attributes,
    /// The last record's offset minus the base offset; 0 in the old formats. Compaction keeps it as it was.
    pub last_offset_delta: i32,
    /// What the records' timestamp deltas are relative to; a delete horizon if the attributes say so.
    pub base_timestamp: TimestampMs,
    /// −1 in magic 0 and for an empty batch.
    pub max_timestamp: TimestampMs,
    /// −1 for producers that are not idempotent, and in the old formats.
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    /// −1 for producers that are not idempotent, and for control batches.
    pub base_sequence: i32,
    /// How many records the batch holds; 1 in the old formats, where a wrapper does not say how many are in it.
    pub count: i32,
}

impl BatchHeader {
    /// Reads the header at the start of `bytes`, which need not hold the whole batch: 61 bytes are enough for any magic.
    /// `None` if they end before the header does.
    ///
    /// # Errors
    /// [`RecordError::TooSmall`] for a length below the format's header, [`RecordError::UnknownMagic`].
    pub fn parse(bytes: &[u8]) -> Result<Option<BatchHeader>, RecordError> {
        let Some(prefix) = bytes.first_chunk::<ENTRY_PREFIX>() else { return Ok(None) };
        let length = i32_at(prefix, 8);
        check_size(length, LEGACY_V0_HEADER)?;
        let Some(head) = bytes.first_chunk::<MAGIC_PREFIX>() else { return Ok(None) };
        match head[16] as i8 {
            2 => {
                check_size(length, V2_HEADER)?;
                Ok(bytes.first_chunk::<V2_HEADER>().map(BatchHeader::v2))
            }
            1 => {
                check_size(length, LEGACY_V1_HEADER)?;
                Ok(bytes.first_chunk::<LEGACY_V0_HEADER>().map(BatchHeader::legacy))
            }
            0 => Ok(bytes.first_chunk::<LEGACY_V0_HEADER>().map(BatchHeader::legacy)),
            magic => Err(RecordError::UnknownMagic(magic)),
        }
    }

    fn v2(b: &[u8; V2_HEADER]) -> BatchHeader {
        BatchHeader {
            base_offset: Offset(i64_at(b, 0)),
            size: i32_at(b, 8) as usize + ENTRY_PREFIX,
            leader_epoch: LeaderEpoch(i32_at(b, 12)),
            magic: 2,
            crc: i32_at(b, 17) as u32,
            attributes: Attributes(i16_at(b, 21)),
            last_offset_delta: i32_at(b, 23),
            base_timestamp: TimestampMs(i64_at(b, 27)),
            max_timestamp: TimestampMs(i64_at(b, 35)),
            producer_id: ProducerId(i64_at(b, 43)),
            producer_epoch: ProducerEpoch(i16_at(b, 51)),
            base_sequence: i32_at(b, 53),
            count: i32_at(b, 57),
        }
    }

    /// The first 26 bytes of an entry of magic 1 hold its timestamp, too.
    fn legacy(b: &[u8; LEGACY_V0_HEADER]) -> BatchHeader {
        let magic = b[16] as i8;
        let timestamp = TimestampMs(if magic == 1 { i64_at(b, 18) } else { -1 });
        BatchHeader {
            base_offset: Offset(i64_at(b, 0)),
            size: i32_at(b, 8) as usize + ENTRY_PREFIX,
            leader_epoch: LeaderEpoch::NONE,
            magic,
            crc: i32_at(b, 12) as u32,
            attributes: Attributes(i16::from(b[17] & 0x0f)),
            last_offset_delta: 0,
            base_timestamp: timestamp,
            max_timestamp: timestamp,
            producer_id: ProducerId::NONE,
            producer_epoch: ProducerEpoch(-1),
            base_sequence: -1,
            count: 1,
        }
    }

    /// The last record's offset.
    pub fn last_offset(&self) -> Offset {
        Offset(self.base_offset.0.saturating_add(i64::from(self.last_offset_delta)))
    }

    /// The offset after the last record.
    pub fn next_offset(&self) -> Offset {
        Offset(self.last_offset().0.saturating_add(1))
    }

    /// The last record's sequence number, which wraps around to 0 after `i32::MAX`; −1 without a base sequence.
    pub fn last_sequence(&self) -> i32 {
        match self.base_sequence {
            -1 => -1,
            base => ((i64::from(base) + i64::from(self.last_offset_delta)) & i64::from(i32::MAX)) as i32,
        }
    }

    /// The codec, or an error for an unknown one.
    pub fn codec(&self) -> Result<Codec, RecordError> {
        self.attributes.codec()
    }

    pub fn timestamp_type(&self) -> TimestampType {
        self.attributes.timestamp_type()
    }

    pub(crate) fn is_compressed(&self) -> bool {
        self.attributes.is_compressed()
    }

    pub fn is_transactional(&self) -> bool {
        self.attributes.is_transactional()
    }

    pub fn is_control(&self) -> bool {
        self.attributes.is_control()
    }

    /// Whether the producer is idempotent.
    pub fn has_producer_id(&self) -> bool {
        self.producer_id != ProducerId::NONE
    }

    /// Whether the checksum of the batch at the start of `batch` is right. `batch` holds the whole batch.
    ///
    /// # Errors
    /// [`RecordError::CrcMismatch`]; [`RecordError::Truncated`] if `batch` ends too early.
    pub fn verify_crc(&self, batch: &[u8]) -> Result<(), RecordError> {
        let covered = batch.get(crc_start(self.magic)..self.size).ok_or(RecordError::Truncated {
            what: "batch",
            needed: self.size as u64,
            remaining: batch.len(),
        })?;
        let computed = if self.magic == 2 { crc32c(covered) } else { crc::crc32(covered) };
        if computed == self.crc { Ok(()) } else { Err(RecordError::CrcMismatch { stored: self.crc, computed }) }
    }
}

/// The first byte of a batch that its checksum covers.
pub fn crc_start(magic: i8) -> usize {
    if magic == 2 { 21 } else { 16 }
}

fn check_size(length: i32, minimum: usize) -> Result<(), RecordError> {
    let size = i64::from(length) + ENTRY_PREFIX as i64;
    if size < minimum as i64 { Err(RecordError::TooSmall { size, minimum }) } else { Ok(()) }
}

fn i16_at<const N: usize>(b: &[u8; N], at: usize) -> i16 {
    i16::from_be_bytes([b[at], b[at + 1]])
}

fn i32_at<const N: usize>(b: &[u8; N], at: usize) -> i32 {
    i32::from_be_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]])
}

fn i64_at<const N: usize>(b: &[u8; N], at: usize) -> i64 {
    i64::from(i32_at(b, at)) << 32 | i64::from(i32_at(b, at + 4) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(magic: i8, length: i32) -> [u8; 61] {
        let mut b = [0u8; 61];
        b[8..12].copy_from_slice(&length.to_be_bytes());
        b[16] = magic as u8;
        b
    }

    #[test]
    fn every_field_of_magic_2() {
        let mut b = [0u8; 61];
        for (i, byte) in b.iter_mut().enumerate() {
            *byte = i as u8;
        }
        b[8..12].copy_from_slice(&100i32.to_be_bytes());
        b[16] = 2;
        let header = BatchHeader::parse(&b).unwrap().unwrap();
        assert_eq!(header.base_offset, Offset(0x0001_0203_0405_0607));
        assert_eq!(header.size, 112);
        assert_eq!(header.leader_epoch, LeaderEpoch(0x0c0d_0e0f));
        assert_eq!(header.crc, 0x1112_1314);
        assert_eq!(header.attributes, Attributes(0x1516));
        assert_eq!(header.last_offset_delta, 0x1718_191a);
        assert_eq!(header.base_timestamp, TimestampMs(0x1b1c_1d1e_1f20_2122));
        assert_eq!(header.max_timestamp, TimestampMs(0x2324_2526_2728_292a));
        assert_eq!(header.producer_id, ProducerId(0x2b2c_2d2e_2f30_3132));
        assert_eq!(header.producer_epoch, ProducerEpoch(0x3334));
        assert_eq!(header.base_sequence, 0x3536_3738);
        assert_eq!(header.count, 0x393a_3b3c);
    }

    #[test]
    fn sizes_and_magic_are_checked() {
        assert_eq!(BatchHeader::parse(&[0; 11]), Ok(None));
        assert_eq!(BatchHeader::parse(&head(2, 49)[..60]), Ok(None));
        assert_eq!(BatchHeader::parse(&head(2, 48)), Err(RecordError::TooSmall { size: 60, minimum: 61 }));
        assert_eq!(BatchHeader::parse(&head(2, -1)), Err(RecordError::TooSmall { size: 11, minimum: 26 }));
        assert_eq!(BatchHeader::parse(&head(1, 21)), Err(RecordError::TooSmall { size: 33, minimum: 34 }));
        assert_eq!(BatchHeader::parse(&head(3, 100)), Err(RecordError::UnknownMagic(3)));
        assert_eq!(BatchHeader::parse(&head(-1, i32::MAX)), Err(RecordError::UnknownMagic(-1)));
        assert_eq!(BatchHeader::parse(&head(2, i32::MAX)).unwrap().unwrap().size, i32::MAX as usize + 12);
    }

    #[test]
    fn the_last_sequence_wraps() {
        let mut header = BatchHeader::parse(&head(2, 49)).unwrap().unwrap();
        header.base_sequence = i32::MAX - 1;
        header.last_offset_delta = 3;
        assert_eq!(header.last_sequence(), 1);
        header.base_sequence = -1;
        assert_eq!(header.last_sequence(), -1);
    }
}
