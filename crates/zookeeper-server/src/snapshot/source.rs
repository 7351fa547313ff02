//! Pure: the bytes of a snapshot as they come from a reader, with the checksum of what was taken so far. A snapshot may
//! be larger than the memory that is free, so only a window of it is held.

use std::io::{self, Read};

use adler2::Adler32;

use super::decode::SnapshotError;
use rkafka_jute::JuteError;

/// How many bytes are read at a time, and so the most that a wrong length can make the window grow beyond the file.
const STEP: usize = 64 * 1024;

/// A reader with a window.
#[derive(Debug)]
pub struct Source<R> {
    reader: R,
    window: Vec<u8>,
    /// What was taken of the window.
    taken: usize,
    /// What of that is in the checksum.
    summed: usize,
    checksum: Adler32,
}

impl<R: Read> Source<R> {
    pub fn new(reader: R) -> Source<R> {
        Source { reader, window: Vec::new(), taken: 0, summed: 0, checksum: Adler32::new() }
    }

    /// Brings bytes into the window until `wanted` are there that were not taken; false if there are fewer.
    fn fill(&mut self, wanted: usize) -> io::Result<bool> {
        while self.window.len() - self.taken < wanted {
            self.sum();
            self.window.drain(..self.taken);
            (self.taken, self.summed) = (0, 0);
            // What is there is enough: the rest of a step may take its time.
            let had = self.window.len();
            self.window.resize(had + STEP, 0);
            let step = self.reader.read(&mut self.window[had..]);
            self.window.truncate(had + step.as_ref().map_or(0, |step| *step));
            match step {
                Ok(0) => return Ok(false),
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
        Ok(true)
    }

    fn sum(&mut self) {
        self.checksum.write_slice(&self.window[self.summed..self.taken]);
        self.summed = self.taken;
    }

    /// The next `count` bytes, which are not taken yet.
    pub fn peek(&mut self, count: usize) -> Result<&[u8], SnapshotError> {
        if !self.fill(count)? {
            let left = self.window.len() - self.taken;
            return Err(JuteError::Truncated { wanted: count, left }.into());
        }
        Ok(&self.window[self.taken..self.taken + count])
    }

    /// The i32 that begins `offset` bytes from here, not taken.
    pub(crate) fn peek_i32(&mut self, offset: usize) -> Result<i32, SnapshotError> {
        let bytes = self.peek(offset + 4)?;
        let four = bytes.get(offset..).and_then(<[u8]>::first_chunk::<4>).copied().unwrap_or_default();
        Ok(i32::from_be_bytes(four))
    }

    /// Takes `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&[u8], SnapshotError> {
        self.peek(count)?;
        let start = self.taken;
        self.taken += count;
        Ok(&self.window[start..self.taken])
    }

    /// Takes bytes with their length in front; −1 is no bytes.
    pub(crate) fn take_buffer(&mut self) -> Result<&[u8], SnapshotError> {
        let count = usize::try_from(self.peek_i32(0)?).unwrap_or(0);
        Ok(&self.take(4 + count)?[4..])
    }

    /// Whether everything is taken.
    pub fn is_empty(&mut self) -> io::Result<bool> {
        Ok(!self.fill(1)?)
    }

    /// The checksum of everything taken.
    pub fn checksum(&mut self) -> u32 {
        self.sum();
        self.checksum.checksum()
    }
}
