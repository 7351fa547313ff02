//! Pure: the zigzag varints of records, and a cursor over record bytes.

use super::RecordError;

/// The most bytes an int32 takes as a varint.
const MAX_VARINT: usize = 5;
/// The most bytes an int64 takes as a varint.
const MAX_VARLONG: usize = 10;

fn zigzag32(v: i32) -> u32 {
    (v << 1 ^ v >> 31) as u32
}

fn zigzag64(v: i64) -> u64 {
    (v << 1 ^ v >> 63) as u64
}

/// How many bytes `v` takes as a zigzag varint.
pub fn varint_len(v: i32) -> usize {
    varlong_len(i64::from(v))
}

/// How many bytes `v` takes as a zigzag varint.
pub fn varlong_len(v: i64) -> usize {
    (70 - (zigzag64(v) | 1).leading_zeros() as usize) / 7
}

/// A few varints in a row, put together on the stack and appended at once.
pub(super) struct Varints<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Varints<N> {
    pub fn new() -> Varints<N> {
        Varints { bytes: [0; N], len: 0 }
    }

    pub fn byte(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    pub fn varint(&mut self, v: i32) {
        let mut rest = zigzag32(v);
        while rest >= 0x80 {
            self.byte(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }

    pub fn varlong(&mut self, v: i64) {
        let mut rest = zigzag64(v);
        while rest >= 0x80 {
            self.byte(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Appends `v` as a zigzag varint.
pub(super) fn put_varint(to: &mut Vec<u8>, v: i32) {
    let mut rest = zigzag32(v);
    while rest >= 0x80 {
        to.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    to.push(rest as u8);
}

/// Reads off the front of a slice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], RecordError> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(RecordError::Truncated {
            what,
            needed: len as u64,
            remaining: self.0.len(),
        })?;
        self.0 = rest;
        Ok(head)
    }

    #[inline]
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], RecordError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(RecordError::Truncated {
            what,
            needed: N as u64,
            remaining: self.0.len(),
        })?;
        self.0 = rest;
        Ok(*head)
    }

    #[inline]
    pub fn varint(&mut self) -> Result<i32, RecordError> {
        if let Some((&byte, rest)) = self.0.split_first()
            && byte < 0x80
        {
            self.0 = rest;
            return Ok(i32::from(byte >> 1) ^ -i32::from(byte & 1));
        }
        let raw = self.raw_varint(MAX_VARINT)?;
        let raw = raw as u32;
        Ok((raw >> 1) as i32 ^ -((raw & 1) as i32))
    }

    #[inline]
    pub fn varlong(&mut self) -> Result<i64, RecordError> {
        if let Some((&byte, rest)) = self.0.split_first()
            && byte < 0x80
        {
            self.0 = rest;
            return Ok(i64::from(byte >> 1) ^ -i64::from(byte & 1));
        }
        let raw = self.raw_varint(MAX_VARLONG)?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    fn raw_varint(&mut self, max_len: usize) -> Result<u64, RecordError> {
        let mut value = 0u64;
        for (i, &byte) in self.0.iter().take(max_len).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                self.0 = &self.0[i + 1..];
                return Ok(value);
            }
        }
        if self.0.len() < max_len {
            return Err(RecordError::Truncated { what: "varint", needed: 1, remaining: 0 });
        }
        Err(RecordError::Malformed("a varint in a record is too long"))
    }

    /// A length as varint, then that many bytes; −1 is null.
    #[inline]
    pub fn nullable(&mut self, what: &'static str) -> Result<Option<&'a [u8]>, RecordError> {
        match self.varint()? {
            -1 => Ok(None),
            len => {
                let len =
                    usize::try_from(len).map_err(|_| RecordError::Malformed("a length in a record is negative"))?;
                self.take(len, what).map(Some)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_lengths() {
        let mut values = vec![0i64, -1, 1, i64::MIN, i64::MAX, i64::from(i32::MIN), i64::from(i32::MAX)];
        for shift in 0..63 {
            values.extend([1i64 << shift, -(1i64 << shift), (1i64 << shift) - 1]);
        }
        for v in values {
            let mut long = Varints::<10>::new();
            long.varlong(v);
            assert_eq!(long.bytes().len(), varlong_len(v), "{v}");
            assert_eq!(Cursor(long.bytes()).varlong(), Ok(v));
            if let Ok(v) = i32::try_from(v) {
                let mut to = Vec::new();
                put_varint(&mut to, v);
                assert_eq!(to, long.bytes());
                let mut cursor = Cursor(&to);
                assert_eq!(cursor.varint(), Ok(v));
                assert!(cursor.is_empty());
            }
        }
    }

    #[test]
    fn hostile_varints() {
        assert!(Cursor(&[]).varint().is_err());
        assert!(Cursor(&[0x80, 0x80]).varint().is_err());
        assert!(Cursor(&[0xff; 20]).varint().is_err());
        assert!(Cursor(&[0xff; 20]).varlong().is_err());
        assert!(Cursor(&[0x03]).nullable("key").is_err());
        assert!(Cursor(&[0x08, 1, 2]).nullable("key").is_err());
        assert_eq!(Cursor(&[0x01]).nullable("key"), Ok(None));
    }
}
