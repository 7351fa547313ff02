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

pub fn decompress(data: &[u8], limit: usize) -> Result<Vec<u8>, RecordError> {
    let mut out = Vec::new();
    let mut decoder = snap::raw::Decoder::new();
    if !data.starts_with(&MAGIC) {
        block(&mut decoder, data, &mut out, limit)?;
        return Ok(out);
    }
    let mut rest = data;
    while !rest.is_empty() {
        if rest.starts_with(&MAGIC) {
            rest = rest.get(HEADER.len()..).ok_or_else(truncated)?;
            continue;
        }
        let (length, after) = rest.split_first_chunk::<4>().ok_or_else(truncated)?;
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| truncated())?;
        let (packed, after) = after.split_at_checked(length).ok_or_else(truncated)?;
        block(&mut decoder, packed, &mut out, limit)?;
        rest = after;
    }
    Ok(out)
}

fn block(decoder: &mut snap::raw::Decoder, packed: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), RecordError> {
    let failed = |error: snap::Error| corrupt(Codec::Snappy, error);
    let length = snap::raw::decompress_len(packed).map_err(failed)?;
    let start = out.len();
    if length > limit - start {
        return Err(RecordError::TooMuchData { limit });
    }
    // A snappy element of two bytes yields 64 at most, so a length beyond that is a lie.
    if length > packed.len().saturating_mul(64) {
        return Err(corrupt(Codec::Snappy, "a block says that it holds more than it can"));
    }
    out.resize(start + length, 0);
    decoder.decompress(packed, &mut out[start..]).map_err(failed)?;
    Ok(())
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

    #[test]
    fn a_bare_block_and_a_repeated_header() {
        let text = b"snappy snappy snappy snappy".repeat(10);
        let bare = snap::raw::Encoder::new().compress_vec(&text).unwrap();
        assert_eq!(decompress(&bare, 1 << 20).unwrap(), text);
        let mut twice = Vec::new();
        compress(&text, &mut twice).unwrap();
        compress(&text, &mut twice).unwrap();
        assert_eq!(decompress(&twice, 1 << 20).unwrap(), text.repeat(2));
    }

    #[test]
    fn a_lying_length_allocates_nothing() {
        let lie = [0xff, 0xff, 0xff, 0x7f, 0, 0];
        assert!(matches!(decompress(&lie, usize::MAX), Err(RecordError::Compression { .. })));
    }
}
