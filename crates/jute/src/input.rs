//! Pure: reads jute primitives from a byte slice.

use bytes::Bytes;
use rkafka_wire::text::java_text;

/// What stands for a string that is null on the wire. Java's servers treat null otherwise than any string, and no path,
/// scheme or id can be this one: they hold no zero characters.
pub const NULL_STRING: &str = "\0null";

/// Why bytes are not a jute value. Nothing is allocated for a length that the input cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JuteError {
    /// The input ends inside a value.
    #[error("{wanted} bytes wanted, {left} left")]
    Truncated { wanted: usize, left: usize },
    /// A length or count that is negative (and not −1) or larger than the input.
    #[error("length {length} with {left} bytes left")]
    BadLength { length: i32, left: usize },
    /// The parts of a multi do not belong into one request.
    #[error("a multi of {0}")]
    BadMulti(&'static str),
    /// The creation of a node in a multi has a null for its ACL.
    #[error("a creation with a null ACL")]
    NullAcl,
    /// An operation or transaction type that has no record.
    #[error("type {0} is not known here")]
    UnknownType(i32),
}

/// A cursor over the bytes of one record.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Input<'a> {
        Input { rest: bytes }
    }

    /// Bytes not yet read.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// What has not been read yet, without reading it.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Takes `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], JuteError> {
        match self.rest.split_at_checked(count) {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(head)
            }
            None => Err(JuteError::Truncated { wanted: count, left: self.rest.len() }),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], JuteError> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(*head)
            }
            None => Err(JuteError::Truncated { wanted: N, left: self.rest.len() }),
        }
    }

    pub fn bool(&mut self) -> Result<bool, JuteError> {
        Ok(self.array::<1>()?[0] != 0)
    }

    pub fn i32(&mut self) -> Result<i32, JuteError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub fn i64(&mut self) -> Result<i64, JuteError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// An i32 length that the rest of the input can hold; −1 is null.
    fn length(&mut self) -> Result<Option<usize>, JuteError> {
        let length = self.i32()?;
        match usize::try_from(length) {
            Ok(count) if count <= self.rest.len() => Ok(Some(count)),
            Err(_) if length == -1 => Ok(None),
            _ => Err(JuteError::BadLength { length, left: self.rest.len() }),
        }
    }

    /// Passes over a string or a buffer.
    pub fn skip(&mut self) -> Result<(), JuteError> {
        let count = self.length()?.unwrap_or(0);
        self.take(count).map(drop)
    }

    /// A buffer (copied out, so that it does not keep the frame alive); null is `None`.
    pub fn buffer(&mut self) -> Result<Option<Bytes>, JuteError> {
        match self.length()? {
            Some(count) => Ok(Some(Bytes::copy_from_slice(self.take(count)?))),
            None => Ok(None),
        }
    }

    /// A string; null reads as [`NULL_STRING`], ill-formed UTF-8 is replaced as Java does it.
    pub fn string(&mut self) -> Result<String, JuteError> {
        match self.length()? {
            Some(count) => Ok(java_text(self.take(count)?).into_owned()),
            None => Ok(NULL_STRING.to_owned()),
        }
    }

    /// The count of a vector, at most one per remaining byte; null and everything negative count as 0.
    pub fn count(&mut self) -> Result<usize, JuteError> {
        let count = self.i32()?;
        match usize::try_from(count) {
            Ok(count) if count > self.rest.len() => Err(JuteError::Truncated { wanted: count, left: self.rest.len() }),
            Ok(count) => Ok(count),
            Err(_) => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ill_formed_text_reads_as_in_java() {
        assert_eq!(Input::new(b"\0\0\0\x05/\xed\xa0\x80x").string().unwrap(), "/\u{fffd}x");
    }

    #[test]
    fn null_and_negative_lengths() {
        assert_eq!(Input::new(&[255; 4]).string().unwrap(), NULL_STRING);
        assert_eq!(Input::new(&[255, 255, 255, 0]).count(), Ok(0));
        assert!(Input::new(&[255, 255, 255, 0]).string().is_err() && Input::new(&[0, 0, 0, 1]).count().is_err());
    }
}
