//! Pure: the message sets of magic 0 and 1, read and written.
//!
//! Each record is an entry: offset i64 · length i32 · crc u32 · magic i8 · attributes i8 · [timestamp i64, magic 1] · key
//! length i32 · key · value length i32 · value. A compressed set is one such entry, the wrapper, whose value is the set;
//! its offset is the last record's, and in magic 1 the offsets inside are relative.

use super::record::{HeadersRef, RecordRef};
use super::varint::Cursor;
use super::{Attributes, BatchHeader, Codec, ENTRY_PREFIX, RecordError, TimestampType, codec, crc};
use bytes::Bytes;
use rkafka_base::{Offset, TimestampMs};

/// One entry, taken apart.
struct Entry<'a> {
    offset: i64,
    magic: i8,
    compressed: bool,
    timestamp: i64,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
}

impl<'a> Entry<'a> {
    fn read(rest: &mut Cursor<'a>) -> Result<Entry<'a>, RecordError> {
        let offset = i64::from_be_bytes(rest.array("offset")?);
        let length = i32::from_be_bytes(rest.array("entry length")?);
        let length = usize::try_from(length).map_err(|_| RecordError::Malformed("an entry's length is negative"))?;
        let mut body = Cursor(rest.take(length, "entry")?);
        body.array::<4>("crc")?;
        let [magic, attributes] = body.array("magic and attributes")?;
        let timestamp = match magic {
            0 => -1,
            1 => i64::from_be_bytes(body.array("timestamp")?),
            _ => return Err(RecordError::UnknownMagic(magic as i8)),
        };
        let key = nullable(&mut body, "key")?;
        let value = nullable(&mut body, "value")?;
        let compressed = Attributes(i16::from(attributes)).is_compressed();
        Ok(Entry { offset, magic: magic as i8, compressed, timestamp, key, value })
    }
}

/// A length as int32, then that many bytes; a negative length is null, as Kafka reads it.
fn nullable<'a>(body: &mut Cursor<'a>, what: &'static str) -> Result<Option<&'a [u8]>, RecordError> {
    match usize::try_from(i32::from_be_bytes(body.array(what)?)) {
        Ok(length) => body.take(length, what).map(Some),
        Err(_) => Ok(None),
    }
}

/// The entries that the entry `bytes` stands for: itself, or the set that it wraps.
pub(super) fn entries(header: &BatchHeader, bytes: &Bytes, limit: usize) -> Result<Bytes, RecordError> {
    if !header.is_compressed() {
        return Ok(bytes.clone());
    }
    let wrapper = Entry::read(&mut Cursor(bytes))?;
    let value = wrapper.value.ok_or(RecordError::Malformed("a compressed set is null"))?;
    let data = codec::decompress_legacy(header.codec()?, header.magic, value, limit)?;
    if data.is_empty() {
        return Err(RecordError::Malformed("a compressed set is empty"));
    }
    Ok(Bytes::from(data))
}

/// Checks the checksum of every entry inside a compressed set.
pub(super) fn verify_entries(data: &Bytes) -> Result<(), RecordError> {
    let mut entries = super::Batches::new(data.clone());
    for entry in &mut entries {
        entry?.verify_crc()?;
    }
    match entries.rest().len() {
        0 => Ok(()),
        remaining => Err(RecordError::Truncated { what: "entry", needed: remaining as u64 + 1, remaining }),
    }
}

/// Iterates over the records of one entry, or of the set that it wraps.
#[derive(Clone, Debug)]
pub(super) struct LegacyRecords<'a> {
    rest: Cursor<'a>,
    wrapped: bool,
    wrapper_magic: i8,
    wrapper_offset: i64,
    /// What is added to the offsets inside; known once the last one has been looked at.
    base: Option<i64>,
    append_time: Option<TimestampMs>,
}

impl<'a> LegacyRecords<'a> {
    /// `data` is what [`entries`] returned for `header`.
    pub fn new(header: &BatchHeader, data: &'a [u8]) -> LegacyRecords<'a> {
        let append_time = header.magic == 1 && header.timestamp_type() == TimestampType::LogAppendTime;
        let relative = header.magic == 1 && header.is_compressed();
        LegacyRecords {
            rest: Cursor(data),
            wrapped: header.is_compressed(),
            wrapper_magic: header.magic,
            wrapper_offset: header.base_offset.0,
            base: (!relative).then_some(0),
            append_time: append_time.then_some(header.max_timestamp),
        }
    }

    pub fn next(&mut self) -> Option<Result<RecordRef<'a>, RecordError>> {
        if self.rest.is_empty() {
            return None;
        }
        let record = self.read();
        if record.is_err() {
            self.rest = Cursor(&[]);
        }
        Some(record)
    }

    fn read(&mut self) -> Result<RecordRef<'a>, RecordError> {
        let base = match self.base {
            Some(base) => base,
            None => *self.base.insert(base_offset(self.rest, self.wrapper_offset)?),
        };
        let entry = Entry::read(&mut self.rest)?;
        if self.wrapped && entry.compressed {
            return Err(RecordError::Malformed("a compressed set holds a compressed set"));
        }
        if self.wrapper_magic == 1 && entry.magic != 1 {
            return Err(RecordError::Malformed("an entry's magic differs from its wrapper's"));
        }
        Ok(RecordRef {
            offset: Offset(entry.offset.wrapping_add(base)),
            timestamp: self.append_time.unwrap_or(TimestampMs(entry.timestamp)),
            key: entry.key,
            value: entry.value,
            headers: HeadersRef::NONE,
        })
    }
}

/// What the relative offsets of a set in magic 1 are relative to. A wrapper that no broker has given an offset yet
/// stands at 0.
fn base_offset(set: Cursor, wrapper_offset: i64) -> Result<i64, RecordError> {
    let mut rest = set;
    let mut last = 0;
    while !rest.is_empty() {
        last = Entry::read(&mut rest)?.offset;
    }
    match wrapper_offset {
        0 => Ok(0),
        _ if wrapper_offset < last => Err(RecordError::Malformed("a wrapper's offset is below its last entry's")),
        _ => Ok(wrapper_offset.wrapping_sub(last)),
    }
}

/// Writes a message set of magic 0 or 1, each record an entry, or all of them in one wrapper.
#[derive(Debug)]
pub struct LegacyBuilder {
    magic: i8,
    codec: Codec,
    timestamp_type: TimestampType,
    buf: Vec<u8>,
    first_offset: Option<i64>,
    last_offset: i64,
    max_timestamp: i64,
}

impl LegacyBuilder {
    pub fn new(magic: i8, codec: Codec, timestamp_type: TimestampType) -> LegacyBuilder {
        let (buf, first_offset) = (Vec::new(), None);
        LegacyBuilder { magic, codec, timestamp_type, buf, first_offset, last_offset: 0, max_timestamp: -1 }
    }

    pub fn append(&mut self, offset: Offset, timestamp: TimestampMs, key: Option<&[u8]>, value: Option<&[u8]>) {
        let first = *self.first_offset.get_or_insert(offset.0);
        let relative = self.magic == 1 && self.codec != Codec::None;
        let written = if relative { offset.0 - first } else { offset.0 };
        self.last_offset = offset.0;
        self.max_timestamp = self.max_timestamp.max(timestamp.0);
        let attributes = self.attributes(Codec::None);
        put_entry(&mut self.buf, self.magic, attributes, (written, timestamp.0), (key, value));
    }

    /// The set. Empty without records.
    ///
    /// # Errors
    /// [`RecordError::CodecNotInMagic`] for zstd.
    pub fn finish(self) -> Result<Bytes, RecordError> {
        if self.codec == Codec::None || self.first_offset.is_none() {
            return Ok(Bytes::from(self.buf));
        }
        let mut value = Vec::with_capacity(self.buf.len() / 2);
        codec::compress_legacy(self.codec, self.magic, &self.buf, &mut value)?;
        let mut wrapper = Vec::with_capacity(value.len() + super::LEGACY_V1_HEADER);
        let place = (self.last_offset, self.max_timestamp);
        put_entry(&mut wrapper, self.magic, self.attributes(self.codec), place, (None, Some(&value)));
        Ok(Bytes::from(wrapper))
    }

    fn attributes(&self, codec: Codec) -> u8 {
        let attributes = Attributes::default().with_codec(codec);
        // Magic 0 has no timestamps, so no type of them either.
        let attributes = if self.magic == 0 { attributes } else { attributes.with_timestamp_type(self.timestamp_type) };
        attributes.0 as u8
    }
}

fn put_entry(
    buf: &mut Vec<u8>,
    magic: i8,
    attributes: u8,
    (offset, timestamp): (i64, i64),
    (key, value): (Option<&[u8]>, Option<&[u8]>),
) {
    let start = buf.len();
    buf.extend_from_slice(&offset.to_be_bytes());
    buf.extend_from_slice(&[0; 8]);
    buf.extend_from_slice(&[magic as u8, attributes]);
    if magic == 1 {
        buf.extend_from_slice(&timestamp.to_be_bytes());
    }
    for field in [key, value] {
        let length = field.map_or(-1, |field| field.len() as i32);
        buf.extend_from_slice(&length.to_be_bytes());
        buf.extend_from_slice(field.unwrap_or_default());
    }
    let length = (buf.len() - start - ENTRY_PREFIX) as u32;
    let crc = crc::crc32(&buf[start + 16..]);
    buf[start + 8..start + 12].copy_from_slice(&length.to_be_bytes());
    buf[start + 12..start + 16].copy_from_slice(&crc.to_be_bytes());
}
