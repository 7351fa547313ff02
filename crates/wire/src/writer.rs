//! Writes primitives into a frame. Records become pieces of the frame of their own, so they are never copied.

use crate::{MAX_STRING, RawTaggedField, Records, Segment, Uuid, WireError};
use bytes::{BufMut, Bytes, BytesMut};

/// Record bytes up to this length are copied into the frame: a piece of its own costs more than the copy.
const INLINE_RECORDS: usize = 512;

enum Piece {
    Plain(BytesMut),
    Records(Segment),
}

/// A frame being written: plain bytes, with pieces of records between them.
pub struct Writer {
    pieces: Vec<Piece>,
    buf: BytesMut,
    framed: bool,
}

impl Writer {
    /// A frame that starts with its own length (int32, big-endian, not counting itself).
    pub fn framed() -> Writer {
        let mut buf = BytesMut::with_capacity(256);
        buf.put_i32(0);
        Writer { pieces: Vec::new(), buf, framed: true }
    }

    /// Bytes without a frame around them.
    pub fn plain() -> Writer {
        Writer { pieces: Vec::new(), buf: BytesMut::new(), framed: false }
    }

    /// The finished frame in pieces, to be sent in order. Fails if it is longer than an int32 can say.
    pub fn finish(mut self) -> Result<Vec<Segment>, WireError> {
        self.pieces.push(Piece::Plain(std::mem::take(&mut self.buf)));
        if self.framed {
            let total: usize = self
                .pieces
                .iter()
                .map(|p| match p {
                    Piece::Plain(b) => b.len(),
                    Piece::Records(s) => s.len(),
                })
                .sum();
            let length = i32::try_from(total - 4).map_err(|_| WireError::TooLong { what: "frame", length: total })?;
            if let Some(Piece::Plain(first)) = self.pieces.first_mut() {
                first[..4].copy_from_slice(&length.to_be_bytes());
            }
        }
        let segments = self.pieces.into_iter().map(|p| match p {
            Piece::Plain(b) => Segment::Bytes(b.freeze()),
            Piece::Records(s) => s,
        });
        Ok(segments.filter(|s| !s.is_empty()).collect())
    }

    /// Everything in one piece of memory. Only for messages without file regions, which would be left out.
    pub fn into_bytes(self) -> Bytes {
        if self.pieces.is_empty() {
            return self.buf.freeze();
        }
        let mut all = BytesMut::new();
        for segment in self.finish().unwrap_or_default() {
            if let Segment::Bytes(b) = segment {
                all.extend_from_slice(&b);
            }
        }
        all.freeze()
    }

    pub fn bool(&mut self, v: bool) {
        self.buf.put_u8(u8::from(v));
    }

    pub fn i8(&mut self, v: i8) {
        self.buf.put_i8(v);
    }

    pub fn i16(&mut self, v: i16) {
        self.buf.put_i16(v);
    }

    pub fn u16(&mut self, v: u16) {
        self.buf.put_u16(v);
    }

    pub fn i32(&mut self, v: i32) {
        self.buf.put_i32(v);
    }

    pub fn u32(&mut self, v: u32) {
        self.buf.put_u32(v);
    }

    pub fn i64(&mut self, v: i64) {
        self.buf.put_i64(v);
    }

    pub fn f64(&mut self, v: f64) {
        self.buf.put_f64(v);
    }

    pub fn uuid(&mut self, v: Uuid) {
        self.buf.put_slice(&v.0);
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.buf.put_slice(bytes);
    }

    pub(crate) fn uvarint(&mut self, mut v: u32) {
        while v >= 0x80 {
            self.buf.put_u8(v as u8 | 0x80);
            v >>= 7;
        }
        self.buf.put_u8(v as u8);
    }

    /// A string. Kafka's readers take none of more than [`MAX_STRING`] bytes, though compact lengths could say more.
    pub fn string(&mut self, flex: bool, nullable: bool, v: Option<&str>, what: &'static str) -> Result<(), WireError> {
        match v {
            Some(s) if s.len() > MAX_STRING => return Err(WireError::TooLong { what, length: s.len() }),
            Some(s) if flex => self.compact_length(s.len(), what)?,
            Some(s) => self.i16(i16::try_from(s.len()).map_err(|_| WireError::TooLong { what, length: s.len() })?),
            None if !nullable => return Err(WireError::UnexpectedNull(what)),
            None if flex => self.uvarint(0),
            None => self.i16(-1),
        }
        self.raw(v.unwrap_or_default().as_bytes());
        Ok(())
    }

    pub fn bytes(
        &mut self,
        flex: bool,
        nullable: bool,
        v: Option<&Bytes>,
        what: &'static str,
    ) -> Result<(), WireError> {
        self.length(flex, nullable, v.map(|b| b.len()), what)?;
        if let Some(b) = v {
            self.raw(b);
        }
        Ok(())
    }

    /// Writes the length and hands the records on as pieces of the frame.
    pub fn records(&mut self, flex: bool, v: Option<&Records>) {
        let length = v.map(Records::len);
        match (length, flex) {
            (Some(n), true) => self.uvarint(n as u32 + 1),
            (Some(n), false) => self.i32(n as i32),
            (None, true) => self.uvarint(0),
            (None, false) => self.i32(-1),
        }
        match v {
            Some(Records::Bytes(b)) => self.piece(Segment::Bytes(b.clone())),
            Some(Records::File(f)) => self.piece(Segment::File(f.clone())),
            Some(Records::Pieces(p)) => p.iter().for_each(|s| self.piece(s.clone())),
            None => {}
        }
    }

    fn piece(&mut self, segment: Segment) {
        match &segment {
            Segment::Bytes(b) if b.len() <= INLINE_RECORDS => self.raw(b),
            _ => {
                let before = std::mem::take(&mut self.buf);
                self.pieces.push(Piece::Plain(before));
                self.pieces.push(Piece::Records(segment));
            }
        }
    }

    pub fn nullable_struct<T>(
        &mut self,
        nullable: bool,
        v: Option<&T>,
        what: &'static str,
        write: impl FnOnce(&mut Writer, &T) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        match (v, nullable) {
            (Some(x), true) => {
                self.i8(1);
                write(self, x)
            }
            (Some(x), false) => write(self, x),
            (None, true) => {
                self.i8(-1);
                Ok(())
            }
            (None, false) => Err(WireError::UnexpectedNull(what)),
        }
    }

    /// The tagged fields at the end of a flexible struct, known and unknown, in the order of their tags.
    pub fn tagged_fields(&mut self, known: &[RawTaggedField], unknown: &[RawTaggedField]) {
        self.uvarint((known.len() + unknown.len()) as u32);
        let mut all: Vec<&RawTaggedField> = known.iter().chain(unknown).collect();
        all.sort_by_key(|f| f.tag);
        for field in all {
            self.uvarint(field.tag);
            self.uvarint(field.data.len() as u32);
            self.raw(&field.data);
        }
    }

    /// The length of bytes, or of an array, which are to follow; `None` for null.
    pub fn length(
        &mut self,
        flex: bool,
        nullable: bool,
        length: Option<usize>,
        what: &'static str,
    ) -> Result<(), WireError> {
        match length {
            Some(n) if flex => self.compact_length(n, what)?,
            Some(n) => self.i32(i32::try_from(n).map_err(|_| WireError::TooLong { what, length: n })?),
            None if !nullable => return Err(WireError::UnexpectedNull(what)),
            None if flex => self.uvarint(0),
            None => self.i32(-1),
        }
        Ok(())
    }

    fn compact_length(&mut self, n: usize, what: &'static str) -> Result<(), WireError> {
        let v = u32::try_from(n + 1).map_err(|_| WireError::TooLong { what, length: n })?;
        self.uvarint(v);
        Ok(())
    }
}

/// How many bytes an unsigned varint takes.
pub fn varint_len(v: u32) -> usize {
    (38 - v.leading_zeros().min(31) as usize) / 7
}
