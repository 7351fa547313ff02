//! Pure: snappy, in the two shapes that clients send.
//!
//! Framed, as the Java library writes it: the 16-byte header `82 53 4e 41 50 50 59 00`, version i32 1, least compatible
//! version i32 1, and then blocks of a big-endian i32 length and one raw snappy block each; the header may stand again
//! between blocks. Bare: one raw snappy block, which some clients send.

use super::{Codec, RecordError, corrupt};

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
const HEADER: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
/// How much goes into one block, as the Java library does.
const BLOCK: usize = 32 << 10;
/// An element of three bytes yields 64 at most, and none yields more for each of its own.
const MAX_RATIO: usize = 22;

/// Decompresses block by block.
pub struct Pieces<'a> {
    rest: &'a [u8],
    framed: bool,
    decoder: snap::raw::Decoder,
}

impl<'a> Pieces<'a> {
    pub fn new(data: &'a [u8]) -> Pieces<'a> {
        Pieces { rest: data, framed: data.starts_with(&MAGIC), decoder: snap::raw::Decoder::new() }
    }

    /// Appends the next block, of at most `limit` bytes, to `out`; nothing at the end.
    pub fn next(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<(), RecordError> {
        let start = out.len();
        if !self.framed {
            let packed = std::mem::take(&mut self.rest);
            self.framed = true;
            return self.block(packed, out, limit);
        }
        while !self.rest.is_empty() && out.len() == start {
            if self.rest.starts_with(&MAGIC) {
                self.rest = self.rest.get(HEADER.len()..).ok_or_else(truncated)?;
                continue;
            }
            let (length, after) = self.rest.split_first_chunk::<4>().ok_or_else(truncated)?;
            let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| truncated())?;
            let (packed, after) = after.split_at_checked(length).ok_or_else(truncated)?;
            self.rest = after;
            self.block(packed, out, limit)?;
        }
        Ok(())
    }

    fn block(&mut self, packed: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), RecordError> {
        let failed = |error: snap::Error| corrupt(Codec::Snappy, error);
        let length = snap::raw::decompress_len(packed).map_err(failed)?;
        if length > limit {
            return Err(RecordError::TooMuchData { limit });
        }
        if length > packed.len().saturating_mul(MAX_RATIO) {
            return Err(corrupt(Codec::Snappy, "a block says that it holds more than it can"));
        }
        let start = out.len();
        out.resize(start + length, 0);
        self.decoder.decompress(packed, &mut out[start..]).map_err(failed)?;
        Ok(())
    }
}

pub fn compress(data: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
    out.extend_from_slice(&HEADER);
    let mut encoder = snap::raw::Encoder::new();
    for chunk in data.chunks(BLOCK) {
        let start = out.len();
        out.resize(start + 4 + snap::raw::max_compress_len(chunk.len()), 0);
        let packed = encoder.compress(chunk, &mut out[start + 4..]).map_err(|error| corrupt(Codec::Snappy, error))?;
        out[start..start + 4].copy_from_slice(&(packed as u32).to_be_bytes());
        out.truncate(start + 4 + packed);
    }
    Ok(())
}

fn truncated() -> RecordError {
    corrupt(Codec::Snappy, "it ends inside a block")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::codec::decompress;

    #[test]
    fn a_bare_block_and_a_repeated_header() {
        let text = b"snappy snappy snappy snappy".repeat(10);
        let bare = snap::raw::Encoder::new().compress_vec(&text).unwrap();
        assert_eq!(decompress(Codec::Snappy, &bare, 1 << 20).unwrap(), text);
        let mut twice = Vec::new();
        compress(&text, &mut twice).unwrap();
        compress(&text, &mut twice).unwrap();
        assert_eq!(decompress(Codec::Snappy, &twice, 1 << 20).unwrap(), text.repeat(2));
    }

    #[test]
    fn a_lying_length_allocates_nothing() {
        let lie = [0xff, 0xff, 0xff, 0x7f, 0, 0];
        assert!(matches!(decompress(Codec::Snappy, &lie, usize::MAX), Err(RecordError::Compression { .. })));
    }

    #[test]
    fn the_ratio_is_the_most_that_snappy_reaches() {
        let zeros = vec![0; 1 << 20];
        let packed = snap::raw::Encoder::new().compress_vec(&zeros).unwrap();
        assert!(packed.len() * MAX_RATIO > zeros.len());
        assert_eq!(decompress(Codec::Snappy, &packed, zeros.len()).unwrap(), zeros);
    }
}
