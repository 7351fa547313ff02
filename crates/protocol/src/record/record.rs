//! Pure: one record, borrowed from its batch or sharing its memory.

use super::varint::Cursor;
use super::{BatchHeader, RecordError};
use bytes::Bytes;
use rkafka_base::{Offset, TimestampMs};

/// A header of a record (KIP-82). Kafka's keys are UTF-8; the bytes are kept as they came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    pub key: Bytes,
    pub value: Option<Bytes>,
}

/// A record that shares its batch's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub offset: Offset,
    /// −1 in magic 0.
    pub timestamp: TimestampMs,
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
    pub headers: Vec<Header>,
}

/// A record as it lies in its batch.
#[derive(Clone, Copy, Debug)]
pub struct RecordRef<'a> {
    pub offset: Offset,
    /// −1 in magic 0.
    pub timestamp: TimestampMs,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: HeadersRef<'a>,
}

/// The headers of a record, checked when the record was read and taken apart when asked for.
#[derive(Clone, Copy, Debug)]
pub struct HeadersRef<'a> {
    data: Cursor<'a>,
    count: usize,
}

impl<'a> HeadersRef<'a> {
    pub(super) const NONE: HeadersRef<'static> = HeadersRef { data: Cursor(&[]), count: 0 };

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Key and value of each header, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + use<'a> {
        let mut data = self.data;
        (0..self.count).map_while(move |_| read_header(&mut data).ok())
    }

    fn read(cursor: &mut Cursor<'a>) -> Result<HeadersRef<'a>, RecordError> {
        let count = cursor.varint()?;
        let count =
            usize::try_from(count).map_err(|_| RecordError::Malformed("a record's header count is negative"))?;
        // A header takes two bytes at least.
        if count > cursor.len() {
            return Err(RecordError::Malformed("a record has more headers than bytes"));
        }
        let data = *cursor;
        for _ in 0..count {
            read_header(cursor)?;
        }
        Ok(HeadersRef { data, count })
    }
}

fn read_header<'a>(cursor: &mut Cursor<'a>) -> Result<(&'a [u8], Option<&'a [u8]>), RecordError> {
    let key = cursor.nullable("header key")?.ok_or(RecordError::Malformed("a record has a header without a key"))?;
    Ok((key, cursor.nullable("header value")?))
}

/// Iterates over the records of one batch of magic 2.
#[derive(Clone, Debug)]
pub(super) struct V2Records<'a> {
    rest: Cursor<'a>,
    left: i32,
    base_offset: i64,
    base_timestamp: i64,
    /// The one timestamp of all records, if the broker set it.
    append_time: Option<TimestampMs>,
}

impl<'a> V2Records<'a> {
    /// `data` is the batch's records, decompressed.
    pub fn new(header: &BatchHeader, data: &'a [u8]) -> V2Records<'a> {
        let append_time = header.timestamp_type() == super::TimestampType::LogAppendTime;
        V2Records {
            rest: Cursor(data),
            left: header.count,
            base_offset: header.base_offset.0,
            base_timestamp: header.base_timestamp.0,
            append_time: append_time.then_some(header.max_timestamp),
        }
    }

    /// The next record, or an error for one that is broken and for bytes after the last. After an error nothing comes.
    pub fn next(&mut self) -> Option<Result<RecordRef<'a>, RecordError>> {
        if self.left <= 0 {
            if self.rest.is_empty() {
                return None;
            }
            self.rest = Cursor(&[]);
            return Some(Err(RecordError::Malformed("bytes are left over after the batch's last record")));
        }
        self.left -= 1;
        let record = self.read();
        if record.is_err() {
            (self.left, self.rest) = (0, Cursor(&[]));
        }
        Some(record)
    }

    #[inline]
    fn read(&mut self) -> Result<RecordRef<'a>, RecordError> {
        let size = self.rest.varint()?;
        let size = usize::try_from(size).map_err(|_| RecordError::Malformed("a record's size is negative"))?;
        let mut body = Cursor(self.rest.take(size, "record")?);
        body.array::<1>("record attributes")?;
        let timestamp_delta = body.varlong()?;
        let offset_delta = body.varint()?;
        let key = body.nullable("key")?;
        let value = body.nullable("value")?;
        let headers = HeadersRef::read(&mut body)?;
        if !body.is_empty() {
            return Err(RecordError::Malformed("a record is longer than its fields"));
        }
        let timestamp = self.append_time.unwrap_or(TimestampMs(self.base_timestamp.wrapping_add(timestamp_delta)));
        let offset = Offset(self.base_offset.wrapping_add(i64::from(offset_delta)));
        Ok(RecordRef { offset, timestamp, key, value, headers })
    }
}
