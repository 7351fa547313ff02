//! Pure: what a log must know of a record batch, read from its header alone. Records are not looked at, except that a
//! transaction marker says in its only record how the transaction ended.
//!
//! ```text
//! v2:    base offset 8 | length 4 | leader epoch 4 | magic 1 | crc 4 | attributes 2 | last offset delta 4 |
//!        base timestamp 8 | max timestamp 8 | producer id 8 | producer epoch 2 | base sequence 4 | count 4
//! v0,v1: offset 8 | size 4 | crc 4 | magic 1 | attributes 1 | v1: timestamp 8
//! ```

/// Offset and length, which all formats begin with.
pub const OVERHEAD: usize = 12;
/// The bytes up to and including the magic byte.
pub const UP_TO_MAGIC: usize = 17;
/// The header of format v2.
pub const V2_HEADER: usize = 61;
/// Enough bytes for a header and a transaction marker.
pub const PREFIX: usize = 128;
/// Where the CRC of format v2 starts to count.
pub const V2_CRC_FROM: usize = 21;
/// Where the CRC of formats v0 and v1 starts to count.
pub const LEGACY_CRC_FROM: usize = 16;
const LEGACY_MIN_LENGTH: i32 = 14;
const LEGACY_V1_MIN_LENGTH: i32 = 22;

const TRANSACTIONAL: u16 = 1 << 4;
const CONTROL: u16 = 1 << 5;

/// How a transaction ended, and by whose word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndMarker {
    pub abort: bool,
    pub coordinator_epoch: i32,
}

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

impl Batch {
    /// Reads the header at the start of `prefix`, which holds the batch's first [`PREFIX`] bytes or all there are.
    pub fn parse(prefix: &[u8]) -> Result<Batch, BadBatch> {
        let head = Fields(prefix);
        let length = head.i32(8)?;
        let magic = head.u8(16)?;
        let minimum = match magic {
            0 => LEGACY_MIN_LENGTH,
            1 => LEGACY_V1_MIN_LENGTH,
            2 => (V2_HEADER - OVERHEAD) as i32,
            _ => return Err(BadBatch::Invalid(format!("a batch has the unknown magic {magic}"))),
        };
        if length < minimum {
            return Err(BadBatch::Invalid(format!("a batch of magic {magic} claims a length of {length} bytes")));
        }
        if magic == 2 { Batch::parse_v2(head, length) } else { Batch::parse_legacy(head, length, magic) }
    }

    fn parse_legacy(head: Fields<'_>, length: i32, magic: u8) -> Result<Batch, BadBatch> {
        let offset = head.i64(0)?;
        if !(0..i64::MAX).contains(&offset) {
            return Err(BadBatch::Invalid(format!("a message has offset {offset}")));
        }
        Ok(Batch {
            base_offset: offset,
            last_offset: offset,
            size: length as u32 + OVERHEAD as u32,
            magic,
            leader_epoch: -1,
            crc: head.i32(12)? as u32,
            max_timestamp: if magic == 1 { head.i64(18)? } else { -1 },
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            transactional: false,
            control: false,
            marker: None,
        })
    }

    fn parse_v2(head: Fields<'_>, length: i32) -> Result<Batch, BadBatch> {
        let (base_offset, delta) = (head.i64(0)?, head.i32(23)?);
        let last_offset = base_offset.checked_add(i64::from(delta));
        // There is an offset after the last one.
        let Some(last_offset) = last_offset.filter(|last| delta >= 0 && base_offset >= 0 && *last < i64::MAX) else {
            return Err(BadBatch::Invalid(format!("a batch at offset {base_offset} spans {delta} offsets")));
        };
        let attributes = head.i16(21)? as u16;
        let control = attributes & CONTROL != 0;
        Ok(Batch {
            base_offset,
            last_offset,
            size: length as u32 + OVERHEAD as u32,
            magic: 2,
            leader_epoch: head.i32(12)?,
            crc: head.i32(17)? as u32,
            max_timestamp: head.i64(35)?,
            producer_id: head.i64(43)?,
            producer_epoch: head.i16(51)?,
            base_sequence: head.i32(53)?,
            transactional: attributes & TRANSACTIONAL != 0,
            control,
            marker: if control && head.i32(57)? > 0 { head.0.get(V2_HEADER..).and_then(parse_marker) } else { None },
        })
    }

    /// The first byte that the CRC covers.
    pub(crate) fn crc_from(&self) -> usize {
        if self.magic == 2 { V2_CRC_FROM } else { LEGACY_CRC_FROM }
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

/// Big-endian fields of bytes that may be too few.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn at<const N: usize>(&self, from: usize) -> Result<[u8; N], BadBatch> {
        self.0.get(from..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or(BadBatch::Short)
    }
    fn u8(&self, from: usize) -> Result<u8, BadBatch> {
        self.at::<1>(from).map(|b| b[0])
    }
    fn i16(&self, from: usize) -> Result<i16, BadBatch> {
        self.at(from).map(i16::from_be_bytes)
    }
    fn i32(&self, from: usize) -> Result<i32, BadBatch> {
        self.at(from).map(i32::from_be_bytes)
    }
    fn i64(&self, from: usize) -> Result<i64, BadBatch> {
        self.at(from).map(i64::from_be_bytes)
    }
}

/// Reads the only record of a control batch: `length attributes timestampDelta offsetDelta key value headers`, with
/// the key `version i16, type i16` (0 abort, 1 commit) and the value `version i16, coordinator epoch i32`. Other
/// control types (of KRaft) end no transaction.
fn parse_marker(record: &[u8]) -> Option<EndMarker> {
    let mut rest = record;
    varint(&mut rest)?;
    rest = rest.get(1..)?;
    varint(&mut rest)?;
    varint(&mut rest)?;
    if varint(&mut rest)? < 4 {
        return None;
    }
    let kind = Fields(rest).i16(2).ok()?;
    rest = rest.get(4..)?;
    let value_length = varint(&mut rest)?;
    let coordinator_epoch = Fields(rest).i32(2).ok()?;
    match kind {
        0 | 1 if value_length >= 6 => Some(EndMarker { abort: kind == 0, coordinator_epoch }),
        _ => None,
    }
}

fn varint(rest: &mut &[u8]) -> Option<i64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    None
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
        let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &batch[V2_CRC_FROM..]) as u32;
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
            // A header that is not whole is told from a wrong one. Its last field, the number of records, is looked at in
            // control batches only.
            let is_short = at < V2_HEADER - size_of::<i32>();
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
