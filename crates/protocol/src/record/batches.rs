//! Pure: walks the batches that lie end to end in memory, without a copy and without looking at records.

use super::{BatchHeader, RecordError};
use bytes::Bytes;

/// One batch: its header, and its bytes from the base offset to the last record, sharing the memory it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub header: BatchHeader,
    pub bytes: Bytes,
}

impl Batch {
    /// The one batch at the start of `bytes`; bytes after it are ignored.
    ///
    /// # Errors
    /// What [`BatchHeader::parse`] finds; [`RecordError::Truncated`] if the batch is not all there.
    pub fn parse(bytes: &Bytes) -> Result<Batch, RecordError> {
        let mut batches = Batches::new(bytes.clone());
        batches.next().unwrap_or(Err(RecordError::Truncated { what: "batch", needed: 1, remaining: bytes.len() }))
    }

    /// Checks the checksum.
    ///
    /// # Errors
    /// [`RecordError::CrcMismatch`].
    pub fn verify_crc(&self) -> Result<(), RecordError> {
        self.header.verify_crc(&self.bytes)
    }
}

/// Iterates over batches of any magic. It ends at the end of the bytes, before a batch that is not all there (a fetch
/// response may end so, and a torn log does), and after the first error, since what follows cannot be found.
#[derive(Clone, Debug)]
pub struct Batches {
    rest: Bytes,
    position: usize,
    failed: bool,
}

impl Batches {
    pub fn new(bytes: impl Into<Bytes>) -> Batches {
        Batches { rest: bytes.into(), position: 0, failed: false }
    }

    /// Where the next batch starts, in bytes from the start; after the end, how many bytes hold whole batches.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The bytes not walked yet: after the end, the tail of a batch that is not all there, or what could not be read.
    pub fn rest(&self) -> &Bytes {
        &self.rest
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, RecordError>;

    fn next(&mut self) -> Option<Result<Batch, RecordError>> {
        if self.failed {
            return None;
        }
        match BatchHeader::parse(&self.rest) {
            Ok(Some(header)) if header.size <= self.rest.len() => {
                self.position += header.size;
                let bytes = self.rest.split_to(header.size);
                Some(Ok(Batch { header, bytes }))
            }
            Ok(_) => None,
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}
