//! Pure: goes over the records of a batch of magic 2 and checks how they are built, without a copy of keys and values.
//!
//! Compressed records are decompressed piece by piece into one buffer that is kept for the thread's next batch, so the
//! memory that a batch takes does not depend on what it decompresses to.

use super::codec::Pieces;
use super::varint::Cursor;
use super::{Batch, RecordError, V2_HEADER};
use std::cell::Cell;

/// The most bytes from a record's start to its key: size, attributes, two deltas, the key's length.
const HEAD: usize = 5 + 1 + 10 + 5 + 5;
/// The most bytes of a length.
const LENGTH: usize = 5;
/// A buffer that has grown beyond this is not kept.
const MAX_KEPT_BUFFER: usize = 1 << 20;

thread_local! {
    static KEPT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// What a record says of itself, but for its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outline {
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    /// −1 for null.
    pub key_length: i32,
    /// −1 for null.
    pub value_length: i32,
}

/// Shows `each` record of the batch, of which there are exactly as many as its header says and nothing else. At most
/// `work` bytes are decompressed, and `work` is less by as many afterwards.
///
/// # Errors
/// What is wrong with the compressed data or a record; [`RecordError::WrongCount`]; [`RecordError::TooMuchData`].
pub(super) fn walk(batch: &Batch, work: &mut usize, each: impl FnMut(Outline)) -> Result<(), RecordError> {
    let data = batch.bytes.get(V2_HEADER..).unwrap_or_default();
    let header = &batch.header;
    if !header.is_compressed() {
        return walk_source(Plain(Cursor(data)), header.count, each).map(|_| ());
    }
    let mut pieces = Pieces::new(header.codec()?, data, *work)?;
    let mut buffer = KEPT.take();
    buffer.clear();
    let packed = Packed { pieces: &mut pieces, buffer, at: 0, ended: false };
    let walked = walk_source(packed, header.count, each);
    *work = work.saturating_sub(pieces.produced());
    walked?;
    if pieces.has_tail() { Err(RecordError::Malformed("bytes follow the compressed records")) } else { Ok(()) }
}

fn walk_source<S: Source>(mut source: S, count: i32, mut each: impl FnMut(Outline)) -> Result<(), RecordError> {
    for done in 0..count {
        let here = source.peek(HEAD)?;
        if here.is_empty() {
            return Err(RecordError::WrongCount { count: done, expected: count });
        }
        match whole(here) {
            Some((outline, size)) => {
                source.advance(size);
                each(outline);
            }
            None => each(record(&mut source)?),
        }
    }
    if !source.peek(1)?.is_empty() {
        return Err(RecordError::Malformed("bytes are left over after the batch's last record"));
    }
    Ok(())
}

/// Where records are read from.
trait Source {
    /// The next bytes: `length` of them or more, fewer only before the end.
    fn peek(&mut self, length: usize) -> Result<&[u8], RecordError>;
    /// Goes on by at most as many bytes as [`Source::peek`] has shown.
    fn advance(&mut self, length: usize);
    /// Goes on by any number of bytes.
    fn skip(&mut self, length: usize) -> Result<(), RecordError>;
}

/// Records that are not compressed.
struct Plain<'a>(Cursor<'a>);

impl Source for Plain<'_> {
    #[inline]
    fn peek(&mut self, _: usize) -> Result<&[u8], RecordError> {
        Ok(self.0.0)
    }

    #[inline]
    fn advance(&mut self, length: usize) {
        self.0.0 = self.0.0.get(length..).unwrap_or_default();
    }

    #[inline]
    fn skip(&mut self, length: usize) -> Result<(), RecordError> {
        self.0.take(length, "record").map(|_| ())
    }
}

/// Records being decompressed.
struct Packed<'p, 'a> {
    pieces: &'p mut Pieces<'a>,
    /// What is decompressed and, from `at` on, not read.
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Packed<'_, '_> {
    #[cold]
    fn refill(&mut self, length: usize) -> Result<(), RecordError> {
        self.buffer.drain(..self.at);
        self.at = 0;
        while self.buffer.len() < length && !self.ended {
            self.ended = !self.pieces.next(&mut self.buffer)?;
        }
        Ok(())
    }
}

impl Source for Packed<'_, '_> {
    #[inline]
    fn peek(&mut self, length: usize) -> Result<&[u8], RecordError> {
        if self.buffer.len() - self.at < length && !self.ended {
            self.refill(length)?;
        }
        Ok(self.buffer.get(self.at..).unwrap_or_default())
    }

    #[inline]
    fn advance(&mut self, length: usize) {
        self.at = (self.at + length).min(self.buffer.len());
    }

    #[inline]
    fn skip(&mut self, length: usize) -> Result<(), RecordError> {
        let mut left = length;
        loop {
            let here = self.buffer.len() - self.at;
            if left <= here {
                self.at += left;
                return Ok(());
            }
            left -= here;
            self.at = self.buffer.len();
            self.refill(1)?;
            if self.buffer.is_empty() {
                return Err(RecordError::Truncated { what: "record", needed: left as u64, remaining: 0 });
            }
        }
    }
}

impl Drop for Packed<'_, '_> {
    fn drop(&mut self) {
        if self.buffer.capacity() <= MAX_KEPT_BUFFER {
            KEPT.set(std::mem::take(&mut self.buffer));
        }
    }
}

/// The record at the start of `bytes`, and its size, if it is whole and in order. Nearly every record is; [`record`] says
/// what is wrong with the others, and reads those that go on in the next piece.
#[inline]
fn whole(bytes: &[u8]) -> Option<(Outline, usize)> {
    let mut at = 0;
    let size = usize::try_from(varint(bytes, &mut at)?).ok()?;
    let end = at.checked_add(size)?;
    let bytes = bytes.get(..end)?;
    at += 1;
    let timestamp_delta = varlong(bytes, &mut at)?;
    let offset_delta = varint(bytes, &mut at)?;
    let key_length = field(bytes, &mut at)?;
    let value_length = field(bytes, &mut at)?;
    let headers = varint(bytes, &mut at)?;
    if headers != 0 {
        for _ in 0..u32::try_from(headers).ok()? {
            u32::try_from(field(bytes, &mut at)?).ok()?;
            field(bytes, &mut at)?;
        }
    }
    let outline = Outline { timestamp_delta, offset_delta, key_length, value_length };
    (at == end).then_some((outline, end))
}

/// A field's length, −1 for null; `at` is behind the field then, which may be past the end.
#[inline]
fn field(bytes: &[u8], at: &mut usize) -> Option<i32> {
    let length = varint(bytes, at)?;
    if length != -1 {
        *at = at.checked_add(usize::try_from(length).ok()?)?;
    }
    Some(length)
}

#[inline]
fn varint(bytes: &[u8], at: &mut usize) -> Option<i32> {
    short(bytes, at).or_else(|| read_at(bytes, at, Cursor::varint))
}

#[inline]
fn varlong(bytes: &[u8], at: &mut usize) -> Option<i64> {
    short(bytes, at).map(i64::from).or_else(|| read_at(bytes, at, Cursor::varlong))
}

/// A varint of one or two bytes, as nearly all are; `None` for any other.
#[inline]
fn short(bytes: &[u8], at: &mut usize) -> Option<i32> {
    let &first = bytes.get(*at)?;
    if first < 0x80 {
        *at += 1;
        return Some(i32::from(first >> 1) ^ -i32::from(first & 1));
    }
    let &second = bytes.get(*at + 1)?;
    if second < 0x80 {
        *at += 2;
        let raw = i32::from(first & 0x7f) | i32::from(second) << 7;
        return Some(raw >> 1 ^ -(raw & 1));
    }
    None
}

/// A varint of any length.
fn read_at<'a, T>(
    bytes: &'a [u8],
    at: &mut usize,
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T, RecordError>,
) -> Option<T> {
    let mut rest = Cursor(bytes.get(*at..)?);
    let value = read(&mut rest).ok()?;
    *at = bytes.len() - rest.len();
    Some(value)
}

const LONGER: RecordError = RecordError::Malformed("a record's fields are longer than the record");

#[cold]
fn record<S: Source>(source: &mut S) -> Result<Outline, RecordError> {
    let mut head = Cursor(source.peek(HEAD)?);
    let shown = head.len();
    let size = usize::try_from(head.varint()?).map_err(|_| RecordError::Malformed("a record's size is negative"))?;
    let body = head.len();
    head.array::<1>("record attributes")?;
    let timestamp_delta = head.varlong()?;
    let offset_delta = head.varint()?;
    let key_length = head.varint()?;
    let (body, used) = (body - head.len(), shown - head.len());
    source.advance(used);
    let mut left = size.checked_sub(body).ok_or(LONGER)?;
    skip_field(source, key_length, &mut left)?;
    let value_length = read_length(source, &mut left)?;
    skip_field(source, value_length, &mut left)?;
    let headers = read_length(source, &mut left)?;
    if headers != 0 {
        skip_headers(source, headers, &mut left)?;
    }
    if left != 0 {
        return Err(RecordError::Malformed("a record is longer than its fields"));
    }
    Ok(Outline { timestamp_delta, offset_delta, key_length, value_length })
}

fn skip_headers<S: Source>(source: &mut S, headers: i32, left: &mut usize) -> Result<(), RecordError> {
    if headers < 0 {
        return Err(RecordError::Malformed("a record's header count is negative"));
    }
    for _ in 0..headers {
        let key_length = read_length(source, left)?;
        if key_length < 0 {
            return Err(RecordError::Malformed("a record has a header without a key"));
        }
        skip_field(source, key_length, left)?;
        let value_length = read_length(source, left)?;
        skip_field(source, value_length, left)?;
    }
    Ok(())
}

#[inline]
fn read_length<S: Source>(source: &mut S, left: &mut usize) -> Result<i32, RecordError> {
    let mut bytes = Cursor(source.peek(LENGTH)?);
    let shown = bytes.len();
    let length = bytes.varint()?;
    let used = shown - bytes.len();
    source.advance(used);
    *left = left.checked_sub(used).ok_or(LONGER)?;
    Ok(length)
}

#[inline]
fn skip_field<S: Source>(source: &mut S, length: i32, left: &mut usize) -> Result<(), RecordError> {
    if length == -1 {
        return Ok(());
    }
    let length = usize::try_from(length).map_err(|_| RecordError::Malformed("a length in a record is negative"))?;
    *left = left.checked_sub(length).ok_or(LONGER)?;
    source.skip(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{BatchBuilder, BatchOptions, Codec, Header, varint::Varints};
    use bytes::Bytes;
    use rkafka_base::TimestampMs;

    /// Records of all sizes, many of which lie across the pieces of every codec.
    fn batch(codec: Codec, sizes: &[usize]) -> Batch {
        let mut rng = fastrand::Rng::with_seed(23);
        let mut builder = BatchBuilder::new(BatchOptions { codec, ..BatchOptions::default() });
        for (i, size) in sizes.iter().enumerate() {
            let value: Vec<u8> = (0..*size).map(|_| rng.u8(..4)).collect();
            let headers = [Header { key: Bytes::from_static(b"h"), value: (i % 3 == 0).then(|| Bytes::from("v")) }];
            let key = (i % 2 == 0).then_some(&b"key"[..]);
            builder.append(TimestampMs(1_000 + i as i64 * 7), key, Some(&value), &headers[..i % 2]);
        }
        Batch::parse(&builder.finish().unwrap()).unwrap()
    }

    fn outlines(batch: &Batch, mut work: usize) -> Result<Vec<Outline>, RecordError> {
        let mut seen = Vec::new();
        walk(batch, &mut work, |outline| seen.push(outline)).map(|()| seen)
    }

    #[test]
    fn varints_of_all_lengths_are_read_as_a_cursor_reads_them() {
        let around =
            |bits: u32| (-2..=2).flat_map(move |n| [(1i64 << bits).wrapping_add(n), (-1i64 << bits).wrapping_sub(n)]);
        for value in (0..64).flat_map(around) {
            let mut written = Varints::<10>::new();
            written.varlong(value);
            let bytes = [&[0xff], written.bytes(), &[0xff]].concat();
            for end in 1..=bytes.len() {
                let (mut at, mut cursor) = (1, Cursor(&bytes[1..end]));
                let expected = cursor.varlong().ok();
                assert_eq!(varlong(&bytes[..end], &mut at), expected, "{value} in {end} bytes");
                assert!(expected.is_none() || at == end - cursor.len(), "{value} in {end} bytes ends at {at}");
                let (mut at, mut cursor) = (1, Cursor(&bytes[1..end]));
                assert_eq!(varint(&bytes[..end], &mut at), cursor.varint().ok(), "{value} in {end} bytes");
            }
        }
    }

    #[test]
    fn sees_the_records_that_a_full_read_sees() {
        let mut rng = fastrand::Rng::with_seed(5);
        let mut sizes: Vec<usize> = (0..3_000).map(|_| rng.usize(..200)).collect();
        sizes.extend([0, 70_000, 1, 65_536, 300_000, 3, 0]);
        for codec in Codec::ALL {
            let batch = batch(codec, &sizes);
            let read = batch.decode().unwrap();
            let seen = outlines(&batch, 1 << 24).unwrap();
            assert_eq!(seen.len(), read.len(), "{codec}");
            for (i, (seen, read)) in seen.iter().zip(&read).enumerate() {
                let length = |field: &Option<Bytes>| field.as_ref().map_or(-1, |field| field.len() as i32);
                assert_eq!(seen.offset_delta, i as i32, "{codec}");
                assert_eq!(1_000 + seen.timestamp_delta, read.timestamp.0, "{codec}");
                assert_eq!((seen.key_length, seen.value_length), (length(&read.key), length(&read.value)), "{codec}");
            }
        }
    }

    #[test]
    fn stops_at_the_bound_and_says_what_it_has_used() {
        for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
            let batch = batch(codec, &[100_000; 3]);
            let exact = 300_000 + 3 * (4 + 1 + 2 + 1 + 1 + 3 + 1) + 5;
            let mut work = 1_000_000;
            walk(&batch, &mut work, |_| ()).unwrap();
            let used = 1_000_000 - work;
            assert!((300_000..exact).contains(&used), "{codec} {used}");
            assert_eq!(outlines(&batch, used - 1), Err(RecordError::TooMuchData { limit: used - 1 }), "{codec}");
            assert!(outlines(&batch, used).is_ok(), "{codec}");
        }
    }

    #[test]
    fn one_huge_record_takes_a_small_buffer() {
        for codec in [Codec::Gzip, Codec::Lz4, Codec::Zstd] {
            let batch = batch(codec, &[8 << 20]);
            assert_eq!(outlines(&batch, 1 << 24).unwrap().len(), 1);
            let kept = KEPT.take();
            assert!((1..=MAX_KEPT_BUFFER).contains(&kept.capacity()), "{codec}: {}", kept.capacity());
        }
    }

    /// Whatever is accepted here can be read by every reader.
    #[test]
    fn what_is_damaged_is_refused_or_can_be_read() {
        let mut rng = fastrand::Rng::with_seed(77);
        let whole = batch(Codec::None, &[3, 0, 20, 5]);
        for codec in Codec::ALL {
            for _ in 0..4_000 {
                let mut records = whole.bytes.slice(V2_HEADER..).to_vec();
                let at = rng.usize(..records.len());
                let any = rng.u8(..);
                records[at] = *rng.choice([0, 1, 2, 3, 0x7f, 0x80, 0xff, any].iter()).unwrap();
                let mut bytes = whole.bytes.slice(..V2_HEADER).to_vec();
                super::super::codec::compress(codec, None, &records, &mut bytes).unwrap();
                bytes[22] = codec as u8;
                let length = (bytes.len() - 12) as u32;
                bytes[8..12].copy_from_slice(&length.to_be_bytes());
                let batch = Batch::parse(&bytes.into()).unwrap();
                let (seen, read) = (outlines(&batch, 1 << 20), batch.decode());
                assert_eq!(seen.is_ok(), read.is_ok(), "{codec}: {seen:?} {read:?}");
            }
        }
    }
}
