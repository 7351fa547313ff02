//! Pure: what a log must know of a record batch, read from its header alone. Records are not looked at, except that a
//! transaction marker says in its only record how the transaction ended.

use rkafka_protocol::record::{BatchHeader, EndMarker, RecordError};

/// Offset and length, which all formats begin with.
pub use rkafka_protocol::record::ENTRY_PREFIX as OVERHEAD;
/// The bytes up to and including the magic byte.
pub use rkafka_protocol::record::MAGIC_PREFIX as UP_TO_MAGIC;
/// The header of format v2.
pub use rkafka_protocol::record::V2_HEADER;

/// Enough bytes for a header and a transaction marker.
pub const PREFIX: usize = 128;

/// The header of one batch (formats v0 and v1: of one message, wrapper messages included).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// v0 and v1: the same as `last_offset`.
    pub base_offset: i64,
    pub last_offset: i64,
    /// All bytes, the header included.
    pub size: u32,
    pub magic: u8,
    /// −1 in formats v0 and v1.
    pub leader_epoch: i32,
    pub crc: u32,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub transactional: bool,
    pub control: bool,
    /// The end of a transaction, if `control`.
    pub marker: Option<EndMarker>,
}

/// Why bytes are no batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBatch {
    /// The bytes end before the header does: a torn tail, or more must be read.
    #[error("the bytes end within a batch header")]
    Short,
    #[error("{0}")]
    Invalid(String),
}

impl From<RecordError> for BadBatch {
    fn from(error: RecordError) -> BadBatch {
        BadBatch::Invalid(error.to_string())
    }
}

impl Batch {
    /// Reads the header at the start of `prefix`, which holds the batch's first [`PREFIX`] bytes or all there are.
    pub fn parse(prefix: &[u8]) -> Result<Batch, BadBatch> {
        let header = BatchHeader::parse(prefix)?.ok_or(BadBatch::Short)?;
        let (base_offset, delta) = (header.base_offset.0, header.last_offset_delta);
        let last_offset = base_offset.checked_add(i64::from(delta));
        // There is an offset after the last one.
        let Some(last_offset) = last_offset.filter(|last| delta >= 0 && base_offset >= 0 && *last < i64::MAX) else {
            return Err(BadBatch::Invalid(format!("a batch at offset {base_offset} spans {delta} offsets")));
        };
        let control = header.is_control();
        let marker =
            if control && header.count > 0 { prefix.get(V2_HEADER..).and_then(EndMarker::of_record) } else { None };
        Ok(Batch {
            base_offset,
            last_offset,
            size: header.size as u32,
            magic: header.magic as u8,
            leader_epoch: header.leader_epoch.0,
            crc: header.crc,
            max_timestamp: header.max_timestamp.0,
            producer_id: header.producer_id.0,
            producer_epoch: header.producer_epoch.0,
            base_sequence: header.base_sequence,
            transactional: header.is_transactional(),
            control,
            marker,
        })
    }

    /// The first byte that the CRC covers.
    pub(crate) fn crc_from(&self) -> usize {
        rkafka_protocol::record::crc_start(self.magic as i8)
    }

    /// How many offsets the batch spans, less one.
    pub fn last_offset_delta(&self) -> i64 {
        self.last_offset - self.base_offset
    }

    /// The sequence number of the last record; it wraps at the largest int. −1 without sequence numbers.
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence < 0 {
            return -1;
        }
        let sequence = i64::from(self.base_sequence) + self.last_offset_delta();
        (sequence % (i64::from(i32::MAX) + 1)) as i32
    }

    /// Whether a producer id was given, so that producer state must follow the batch.
    pub(crate) fn has_producer(&self) -> bool {
        self.magic == 2 && self.producer_id >= 0
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A v2 batch with `count` empty records' worth of offsets and `body` bytes of rubbish as records; the CRC is right.
    pub fn v2_batch(base_offset: i64, epoch: i32, count: i32, timestamp: i64, body: usize) -> Vec<u8> {
        producer_batch(base_offset, epoch, count, timestamp, body, (-1, -1, -1))
    }

    /// The same of an idempotent producer: id, epoch and first sequence number.
    pub fn producer_batch(
        base_offset: i64,
        epoch: i32,
        count: i32,
        timestamp: i64,
        body: usize,
        producer: (i64, i16, i32),
    ) -> Vec<u8> {
        let mut b = Vec::with_capacity(V2_HEADER + body);
        b.extend(base_offset.to_be_bytes());
        b.extend(((V2_HEADER - OVERHEAD + body) as i32).to_be_bytes());
        b.extend(epoch.to_be_bytes());
        b.push(2);
        b.extend([0; 4]);
        b.extend(0i16.to_be_bytes());
        b.extend((count - 1).to_be_bytes());
        b.extend(timestamp.to_be_bytes());
        b.extend(timestamp.to_be_bytes());
        b.extend(producer.0.to_be_bytes());
        b.extend(producer.1.to_be_bytes());
        b.extend(producer.2.to_be_bytes());
        b.extend(count.to_be_bytes());
        b.extend((0..body).map(|i| (i as i64 + base_offset) as u8));
        seal(&mut b);
        b
    }

    /// Puts the right CRC into a v2 batch.
    pub fn seal(batch: &mut [u8]) {
        let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &batch[21..]) as u32;
        batch[17..21].copy_from_slice(&crc.to_be_bytes());
    }

    #[test]
    fn reads_a_header() {
        let bytes = producer_batch(1000, 7, 5, 123_456, 40, (9, 2, 100));
        let b = Batch::parse(&bytes).unwrap();
        assert_eq!((b.base_offset, b.last_offset, b.size, b.leader_epoch), (1000, 1004, 101, 7));
        assert_eq!((b.max_timestamp, b.producer_id, b.producer_epoch), (123_456, 9, 2));
        assert_eq!((b.base_sequence, b.last_sequence()), (100, 104));
    }

    #[test]
    fn sequences_wrap() {
        let bytes = producer_batch(0, 0, 3, 0, 0, (9, 0, i32::MAX - 1));
        assert_eq!(Batch::parse(&bytes).unwrap().last_sequence(), 0);
    }

    #[test]
    fn reads_a_recorded_abort_marker() {
        // A control batch of 78 bytes as Apache Kafka 3.9.1 writes it: abort, coordinator epoch 0.
        let mut bytes = v2_batch(81, 0, 1, 5, 0);
        bytes[22] = 0x30;
        bytes.extend([0x20, 0, 0, 0, 8, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Batch::parse(&bytes).unwrap().marker, Some(EndMarker { abort: true, coordinator_epoch: 0 }));
    }

    #[test]
    fn rubbish_is_refused() {
        assert_eq!(Batch::parse(&[0; 10]), Err(BadBatch::Short));
        assert_eq!(Batch::parse(&[]), Err(BadBatch::Short));
        assert!(matches!(Batch::parse(&[0; 128]), Err(BadBatch::Invalid(_))));
        let good = v2_batch(3, 0, 1, 0, 20);
        // Every byte of the header, every bit; and every length.
        for at in 0..good.len() {
            // A header that is not whole is told from a wrong one.
            let is_short = at < V2_HEADER;
            let expected = if is_short { Err(BadBatch::Short) } else { Batch::parse(&good) };
            assert_eq!(Batch::parse(&good[..at]), expected, "cut at {at}");
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                if let Ok(batch) = Batch::parse(&bad) {
                    assert!(
                        batch.size as usize > OVERHEAD && batch.base_offset >= 0,
                        "byte {at}, bit {bit}: {batch:?}"
                    );
                    assert!(batch.last_offset >= batch.base_offset, "byte {at}, bit {bit}: {batch:?}");
                }
                let is_unknown_magic = at == 16 && bad[at] > 2;
                assert!(!is_unknown_magic || Batch::parse(&bad).is_err(), "magic {}", bad[at]);
            }
        }
    }
}
