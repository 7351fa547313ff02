//! Reads primitives off a frame. Every length is checked against what remains before anything is allocated.

use crate::{RawTaggedField, Records, Uuid, WireError, text};
use bytes::Bytes;

/// How many array elements one frame may hold in all. The largest honest requests (metadata of a hundred thousand
/// partitions) stay far below; a hostile frame of empty elements must not grow into gigabytes.
pub const MAX_ARRAY_ELEMENTS: usize = 4 << 20;
/// The longest array, as in the readers of Apache Kafka 4.4.
pub const MAX_ARRAY_LENGTH: usize = 1_000_000;
/// The most tagged fields of one struct, as in the readers of Apache Kafka 4.4.
pub const MAX_TAGGED_FIELDS: usize = 10_000;
/// The longest string, in bytes. Compact lengths could say more, but Kafka refuses it, and plain ones cannot: what came
/// in must be fit to be written again, into a reply or a coordinator's record.
pub const MAX_STRING: usize = i16::MAX as usize;
/// How much an array reserves before its first element has been read.
const MAX_RESERVED_ELEMENTS: usize = 256;

/// A cursor over one frame. Byte strings and records that it returns share the frame's memory.
#[derive(Clone, Debug)]
pub struct Reader {
    buf: Bytes,
    at: usize,
    elements: usize,
}

impl Reader {
    pub fn new(buf: Bytes) -> Reader {
        Reader { buf, at: 0, elements: 0 }
    }

    /// Bytes not read yet.
    pub fn remaining(&self) -> usize {
        self.buf.len() - self.at
    }

    /// How many array elements have been read, those within elements as well.
    pub fn elements(&self) -> usize {
        self.elements
    }

    /// Everything not read yet, sharing memory.
    pub fn rest(&self) -> Bytes {
        self.buf.slice(self.at..)
    }

    /// Fails if anything is left over.
    pub fn finish(&self) -> Result<(), WireError> {
        match self.remaining() {
            0 => Ok(()),
            n => Err(WireError::TrailingBytes(n)),
        }
    }

    fn take<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], WireError> {
        let bytes = self.buf[self.at..].first_chunk::<N>().copied();
        let bytes = bytes.ok_or(WireError::Truncated { what, needed: N, remaining: self.remaining() })?;
        self.at += N;
        Ok(bytes)
    }

    pub fn bool(&mut self) -> Result<bool, WireError> {
        Ok(self.take::<1>("bool")?[0] != 0)
    }

    pub fn i8(&mut self) -> Result<i8, WireError> {
        Ok(i8::from_be_bytes(self.take("int8")?))
    }

    pub fn i16(&mut self) -> Result<i16, WireError> {
        Ok(i16::from_be_bytes(self.take("int16")?))
    }

    pub fn u16(&mut self) -> Result<u16, WireError> {
        Ok(u16::from_be_bytes(self.take("uint16")?))
    }

    pub fn i32(&mut self) -> Result<i32, WireError> {
        Ok(i32::from_be_bytes(self.take("int32")?))
    }

    pub fn u32(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_be_bytes(self.take("uint32")?))
    }

    pub fn i64(&mut self) -> Result<i64, WireError> {
        Ok(i64::from_be_bytes(self.take("int64")?))
    }

    pub fn f64(&mut self) -> Result<f64, WireError> {
        Ok(f64::from_be_bytes(self.take("float64")?))
    }

    pub fn uuid(&mut self) -> Result<Uuid, WireError> {
        Ok(Uuid(self.take("uuid")?))
    }

    /// An unsigned varint of at most five bytes.
    pub(crate) fn uvarint(&mut self) -> Result<u32, WireError> {
        let mut value: u32 = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.take::<1>("varint")?[0];
            value |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(WireError::VarintTooLong(5))
    }

    /// `len` bytes, sharing the frame's memory.
    pub fn slice(&mut self, len: usize, what: &'static str) -> Result<Bytes, WireError> {
        if len > self.remaining() {
            return Err(WireError::BadLength { what, length: len as i64, remaining: self.remaining() });
        }
        let bytes = self.buf.slice(self.at..self.at + len);
        self.at += len;
        Ok(bytes)
    }

    /// A compact length (the value plus one, zero for null) or a plain one (`plain`, −1 for null).
    fn length(
        &mut self,
        flex: bool,
        nullable: bool,
        what: &'static str,
        plain: fn(&mut Reader) -> Result<i32, WireError>,
    ) -> Result<Option<usize>, WireError> {
        let length = if flex { i64::from(self.uvarint()?) - 1 } else { i64::from(plain(self)?) };
        match length {
            -1 if nullable => Ok(None),
            -1 => Err(WireError::UnexpectedNull(what)),
            n if n < 0 || n as u64 > self.remaining() as u64 => {
                Err(WireError::BadLength { what, length: n, remaining: self.remaining() })
            }
            n => Ok(Some(n as usize)),
        }
    }

    /// A string of at most [`MAX_STRING`] bytes. What is not UTF-8 is replaced as Java does it; where that makes it
    /// longer, it is cut to that length.
    pub fn string(&mut self, flex: bool, nullable: bool, what: &'static str) -> Result<Option<String>, WireError> {
        let Some(len) = self.length(flex, nullable, what, |r| r.i16().map(i32::from))? else { return Ok(None) };
        if len > MAX_STRING {
            return Err(WireError::BadLength { what, length: len as i64, remaining: self.remaining() });
        }
        let text = text::java_text(&self.buf[self.at..self.at + len]);
        self.at += len;
        // Replacements may be longer than what they stand for.
        let text = if text.len() > MAX_STRING { text::cut(&text, MAX_STRING).to_owned() } else { text.into_owned() };
        Ok(Some(text))
    }

    pub fn bytes(&mut self, flex: bool, nullable: bool, what: &'static str) -> Result<Option<Bytes>, WireError> {
        let Some(len) = self.length(flex, nullable, what, Reader::i32)? else { return Ok(None) };
        self.slice(len, what).map(Some)
    }

    pub fn records(&mut self, flex: bool) -> Result<Option<Records>, WireError> {
        Ok(self.bytes(flex, true, "records")?.map(Records::Bytes))
    }

    /// Counts elements off what a frame may hold.
    fn count(&mut self, elements: usize) -> Result<(), WireError> {
        self.elements += elements;
        match self.elements {
            ..=MAX_ARRAY_ELEMENTS => Ok(()),
            _ => Err(WireError::TooManyElements(MAX_ARRAY_ELEMENTS)),
        }
    }

    /// The length of an array, counted off what the frame may hold; `None` for null.
    fn array_length(&mut self, flex: bool, nullable: bool, what: &'static str) -> Result<Option<usize>, WireError> {
        let Some(len) = self.length(flex, nullable, what, Reader::i32)? else { return Ok(None) };
        if len > MAX_ARRAY_LENGTH {
            return Err(WireError::ArrayTooLong { what, length: len, max: MAX_ARRAY_LENGTH });
        }
        self.count(len)?;
        Ok(Some(len))
    }

    /// An array. `element` reads one of its elements, given `argument`: a plain function, so that all arrays of a type
    /// are read by the same code.
    pub fn array<T, A: Copy>(
        &mut self,
        flex: bool,
        nullable: bool,
        what: &'static str,
        argument: A,
        element: fn(&mut Reader, A) -> Result<T, WireError>,
    ) -> Result<Option<Vec<T>>, WireError> {
        let Some(len) = self.array_length(flex, nullable, what)? else { return Ok(None) };
        let mut list = Vec::with_capacity(len.min(MAX_RESERVED_ELEMENTS));
        while list.len() < len {
            list.push(element(self, argument)?);
        }
        Ok(Some(list))
    }

    /// A string in an array.
    pub fn string_element(&mut self, flex: bool) -> Result<String, WireError> {
        Ok(self.string(flex, false, "element")?.unwrap_or_default())
    }

    /// Bytes in an array.
    pub fn bytes_element(&mut self, flex: bool) -> Result<Bytes, WireError> {
        Ok(self.bytes(flex, false, "element")?.unwrap_or_default())
    }

    /// A struct that may be null: one byte −1, or 1 and the struct.
    pub fn nullable_struct<T>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&mut Reader) -> Result<T, WireError>,
    ) -> Result<Option<T>, WireError> {
        match self.i8()? {
            n if n < 0 => Ok(None),
            1 => read(self).map(Some),
            n => Err(WireError::BadLength { what, length: i64::from(n), remaining: self.remaining() }),
        }
    }

    /// The tagged fields at the end of a flexible struct. `known` reads a field that it has a name for and says so;
    /// the others are returned.
    pub fn tagged_fields(
        &mut self,
        known: &mut dyn FnMut(u32, &mut Reader) -> Result<bool, WireError>,
    ) -> Result<Vec<RawTaggedField>, WireError> {
        let count = self.uvarint()? as usize;
        if count > MAX_TAGGED_FIELDS {
            let what = "tagged fields";
            return Err(WireError::ArrayTooLong { what, length: count, max: MAX_TAGGED_FIELDS });
        }
        let mut unknown = Vec::new();
        let mut last: Option<u32> = None;
        for _ in 0..count {
            let tag = self.uvarint()?;
            if last.is_some_and(|l| tag <= l) {
                return Err(WireError::BadTag(tag));
            }
            last = Some(tag);
            let len = self.uvarint()? as usize;
            let data = self.slice(len, "tagged field")?;
            self.count(1)?;
            let mut inner = Reader { buf: data.clone(), at: 0, elements: self.elements };
            if !known(tag, &mut inner)? {
                unknown.push(RawTaggedField { tag, data });
            } else if inner.remaining() > 0 {
                return Err(WireError::BadTag(tag));
            }
            self.elements = inner.elements;
        }
        Ok(unknown)
    }

    /// The tagged fields at the end of a flexible struct that knows none.
    pub fn unknown_tagged_fields(&mut self) -> Result<Vec<RawTaggedField>, WireError> {
        self.tagged_fields(&mut |_, _| Ok(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compact_string_is_no_longer_than_a_plain_one_can_be() {
        for (length, fits) in [(32_767usize, true), (32_768, false), (40_000, false)] {
            let mut w = crate::Writer::plain();
            w.uvarint(length as u32 + 1);
            w.raw(&vec![b'a'; length]);
            let read = Reader::new(w.into_bytes()).string(true, false, "GroupId");
            assert_eq!(read.is_ok(), fits, "{length}");
        }
    }

    #[test]
    fn a_string_that_is_not_utf8_is_replaced_and_still_fits_its_length() {
        for flex in [false, true] {
            for (bytes, read) in
                [(&b"caf\xe9"[..], "caf\u{fffd}".to_owned()), (&[0xff; 32_767], "\u{fffd}".repeat(10_922))]
            {
                let mut w = crate::Writer::plain();
                if flex {
                    w.uvarint(bytes.len() as u32 + 1)
                } else {
                    w.i16(bytes.len() as i16)
                }
                w.raw(bytes);
                let mut reader = Reader::new(w.into_bytes());
                assert_eq!(reader.string(flex, false, "GroupId"), Ok(Some(read.clone())));
                assert_eq!(reader.finish(), Ok(()));
                assert_eq!(crate::Writer::plain().string(flex, false, Some(&read), "GroupId"), Ok(()));
            }
        }
    }

    #[test]
    fn arrays_and_tagged_sections_are_no_longer_than_apaches_readers_take_them() {
        let array = |len: usize| {
            let mut w = crate::Writer::plain();
            w.i32(len as i32);
            w.raw(&vec![0; len]);
            Reader::new(w.into_bytes())
                .array(false, false, "Topics", (), |r, ()| r.i8())
                .map(|list| list.map(|l| l.len()))
        };
        assert_eq!(array(MAX_ARRAY_LENGTH), Ok(Some(MAX_ARRAY_LENGTH)));
        assert_eq!(
            array(MAX_ARRAY_LENGTH + 1).unwrap_err().to_string(),
            "Topics has 1000001 elements, more than 1000000"
        );
        let fields = |count: usize| {
            let mut w = crate::Writer::plain();
            w.uvarint(count as u32);
            (0..count as u32).for_each(|tag| {
                w.uvarint(tag);
                w.uvarint(0);
            });
            Reader::new(w.into_bytes()).unknown_tagged_fields().map(|unknown| unknown.len())
        };
        assert_eq!(fields(MAX_TAGGED_FIELDS), Ok(MAX_TAGGED_FIELDS));
        assert!(matches!(fields(MAX_TAGGED_FIELDS + 1), Err(WireError::ArrayTooLong { length: 10_001, .. })));
    }
}
