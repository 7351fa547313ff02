//! Pure: lz4 frames of independent blocks, as Kafka's clients write them.
//!
//! Magic u32 LE `184d2204` · flags · block size · [content size u64] · header checksum u8 (second byte of XXH32 over flags
//! to content size) · blocks (length u32 LE whose top bit says "stored", bytes, [XXH32]) · zero length · [XXH32 of all].
//! Magic 0 of Kafka's formats has the header checksum computed from the frame's magic on (KAFKA-3160).

use super::{Codec, RecordError, corrupt, xxh32::xxh32};
use lz4_flex::block::{decompress_into, get_maximum_output_size};

/// From where the header checksum is computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderChecksum {
    /// From the flags, as the lz4 format says. It must be right.
    Right,
    /// From the frame's magic, as Kafka does in its magic 0. Either is accepted.
    OfMagic0,
}

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// Version 1, independent blocks, no checksums.
const FLAGS: u8 = 0x60;
/// Blocks of 64 KiB.
const BLOCK_SIZE: u8 = 0x40;
const BLOCK: usize = 64 << 10;
const STORED: u32 = 1 << 31;

const FLAG_VERSION: u8 = 0xc0;
const FLAG_INDEPENDENT: u8 = 0x20;
const FLAG_BLOCK_CHECKSUM: u8 = 0x10;
const FLAG_CONTENT_SIZE: u8 = 0x08;
const FLAG_CONTENT_CHECKSUM: u8 = 0x04;
const FLAG_DICTIONARY: u8 = 0x01;

pub fn compress(data: &[u8], out: &mut Vec<u8>, checksum: HeaderChecksum) -> Result<(), RecordError> {
    let head = [MAGIC[0], MAGIC[1], MAGIC[2], MAGIC[3], FLAGS, BLOCK_SIZE];
    let hashed = if checksum == HeaderChecksum::Right { &head[4..] } else { &head[..] };
    out.extend_from_slice(&head);
    out.push((xxh32(hashed) >> 8) as u8);
    let mut table = lz4_flex::block::CompressTable::large();
    for chunk in data.chunks(BLOCK) {
        let start = out.len();
        out.resize(start + 4 + get_maximum_output_size(chunk.len()), 0);
        let packed = lz4_flex::block::compress_into_with_table(chunk, &mut out[start + 4..], &mut table)
            .map_err(|error| corrupt(Codec::Lz4, error))?;
        let (word, kept) = if packed < chunk.len() {
            (packed as u32, packed)
        } else {
            out[start + 4..start + 4 + chunk.len()].copy_from_slice(chunk);
            (chunk.len() as u32 | STORED, chunk.len())
        };
        out[start..start + 4].copy_from_slice(&word.to_le_bytes());
        out.truncate(start + 4 + kept);
    }
    out.extend_from_slice(&[0; 4]);
    Ok(())
}

/// Decompresses block by block.
pub struct Pieces<'a> {
    /// Behind the frame, once it has ended.
    pub rest: &'a [u8],
    frame: Frame,
    ended: bool,
}

impl<'a> Pieces<'a> {
    pub fn new(data: &'a [u8], checksum: HeaderChecksum) -> Result<Pieces<'a>, RecordError> {
        let (frame, rest) = Frame::read(data, checksum)?;
        Ok(Pieces { rest, frame, ended: false })
    }

    /// Appends the next block, of at most `limit` bytes, to `out`; nothing at the end.
    pub fn next(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<(), RecordError> {
        let start = out.len();
        while !self.ended && out.len() == start {
            let (word, after) = self.rest.split_first_chunk::<4>().ok_or_else(truncated)?;
            let word = u32::from_le_bytes(*word);
            if word == 0 {
                // The checksum of all blocks is not looked at, as in Kafka.
                let checksum = if self.frame.content_checksum { 4 } else { 0 };
                self.rest = after.get(checksum..).ok_or_else(truncated)?;
                self.ended = true;
                return Ok(());
            }
            let (block, after) = after.split_at_checked((word & !STORED) as usize).ok_or_else(truncated)?;
            self.rest = if self.frame.block_checksum { verify(block, after)? } else { after };
            self.frame.unpack(block, word & STORED != 0, out, limit)?;
        }
        Ok(())
    }
}

/// What a frame's header says.
struct Frame {
    /// The most that one block holds, uncompressed.
    block_size: usize,
    block_checksum: bool,
    content_checksum: bool,
}

impl Frame {
    fn read(data: &[u8], checksum: HeaderChecksum) -> Result<(Frame, &[u8]), RecordError> {
        let bad = |reason: &str| corrupt(Codec::Lz4, reason);
        let after_magic = data.strip_prefix(&MAGIC).ok_or_else(|| bad("it is not an lz4 frame"))?;
        let &[flags, size, ..] = after_magic else { return Err(truncated()) };
        if flags & FLAG_VERSION != 0x40 || flags & FLAG_DICTIONARY != 0 {
            return Err(bad("its frame is of an unknown version or needs a dictionary"));
        }
        if flags & FLAG_INDEPENDENT == 0 {
            return Err(bad("its blocks depend on each other"));
        }
        let block_size = match size >> 4 & 7 {
            id @ 4..=7 => 1 << (8 + 2 * id),
            _ => return Err(bad("its block size is unknown")),
        };
        let described = if flags & FLAG_CONTENT_SIZE != 0 { 10 } else { 2 };
        let (descriptor, rest) = after_magic.split_at_checked(described).ok_or_else(truncated)?;
        let (&stored, rest) = rest.split_first().ok_or_else(truncated)?;
        if checksum == HeaderChecksum::Right && (xxh32(descriptor) >> 8) as u8 != stored {
            return Err(bad("its frame header's checksum is wrong"));
        }
        let block_checksum = flags & FLAG_BLOCK_CHECKSUM != 0;
        Ok((Frame { block_size, block_checksum, content_checksum: flags & FLAG_CONTENT_CHECKSUM != 0 }, rest))
    }

    fn unpack(&self, block: &[u8], stored: bool, out: &mut Vec<u8>, limit: usize) -> Result<(), RecordError> {
        let start = out.len();
        if stored {
            if block.len() > limit {
                return Err(RecordError::TooMuchData { limit });
            }
            out.extend_from_slice(block);
            return Ok(());
        }
        // A compressed byte yields 255 at most; no more room than that, nor than a block or the limit allow.
        let possible = block.len().saturating_mul(255).min(self.block_size);
        let room = possible.min(limit);
        out.resize(start + room, 0);
        match decompress_into(block, &mut out[start..]) {
            Ok(length) => {
                out.truncate(start + length);
                Ok(())
            }
            Err(_) if room < possible => Err(RecordError::TooMuchData { limit }),
            Err(error) => Err(corrupt(Codec::Lz4, error)),
        }
    }
}

fn verify<'a>(block: &[u8], after: &'a [u8]) -> Result<&'a [u8], RecordError> {
    let (stored, rest) = after.split_first_chunk::<4>().ok_or_else(truncated)?;
    if u32::from_le_bytes(*stored) != xxh32(block) {
        return Err(corrupt(Codec::Lz4, "a block's checksum is wrong"));
    }
    Ok(rest)
}

fn truncated() -> RecordError {
    corrupt(Codec::Lz4, "it ends inside a frame")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::codec::{decompress, decompress_legacy};
    use std::io::{Read, Write};

    #[test]
    fn another_implementation_reads_ours_and_the_reverse() {
        use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
        let text = b"a line of text, and another line of text\n".repeat(5_000);
        let mut ours = Vec::new();
        compress(&text, &mut ours, HeaderChecksum::Right).unwrap();
        let mut read = Vec::new();
        FrameDecoder::new(&ours[..]).read_to_end(&mut read).unwrap();
        assert!(read == text);
        for (size, checksums, content) in [
            (BlockSize::Max64KB, false, None),
            (BlockSize::Max256KB, true, None),
            (BlockSize::Max4MB, true, Some(text.len() as u64)),
        ] {
            let info = FrameInfo::new()
                .block_size(size)
                .block_mode(BlockMode::Independent)
                .block_checksums(checksums)
                .content_checksum(checksums)
                .content_size(content);
            let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
            encoder.write_all(&text).unwrap();
            let theirs = encoder.finish().unwrap();
            assert!(decompress(Codec::Lz4, &theirs, text.len()).unwrap() == text);
        }
    }

    #[test]
    fn the_header_checksum_of_magic_0() {
        let mut old = Vec::new();
        compress(b"x", &mut old, HeaderChecksum::OfMagic0).unwrap();
        assert!(decompress(Codec::Lz4, &old, 9).is_err());
        assert_eq!(decompress_legacy(Codec::Lz4, 0, &old, 9).unwrap(), b"x");
    }
}
