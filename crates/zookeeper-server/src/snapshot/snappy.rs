//! Pure: the stream that snappy-java's SnappyOutputStream writes: a header, then blocks: i32 compressed length, and a raw
//! Snappy block.

use std::io::{self, Read, Write};

/// Name, version 1, compatible with version 1.
const HEADER: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
/// The plain bytes of a block that is written; what snappy-java does.
const BLOCK: usize = 32 * 1024;
/// The most plain or compressed bytes of a block that is read; Java's writers may be set to larger blocks than theirs.
const MAX_BLOCK: usize = 64 * 1024 * 1024;

/// Plain bytes from a compressed stream.
#[derive(Debug)]
pub struct SnappyReader<R> {
    reader: R,
    has_header: bool,
    plain: Vec<u8>,
    given: usize,
}

impl<R: Read> SnappyReader<R> {
    pub fn new(reader: R) -> SnappyReader<R> {
        SnappyReader { reader, has_header: false, plain: Vec::new(), given: 0 }
    }

    /// Decompresses the next block; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        if !self.has_header {
            let mut header = [0; HEADER.len()];
            self.reader.read_exact(&mut header)?;
            if header[..8] != HEADER[..8] {
                return Err(garbled("it does not begin like a Snappy stream"));
            }
            self.has_header = true;
        }
        let mut length = Vec::with_capacity(4);
        (&mut self.reader).take(4).read_to_end(&mut length)?;
        let Some(four) = length.first_chunk::<4>() else {
            return if length.is_empty() { Ok(false) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        };
        let length = usize::try_from(i32::from_be_bytes(*four)).ok().filter(|length| *length <= MAX_BLOCK);
        let length = length.ok_or_else(|| garbled("the length of a Snappy block is out of bounds"))?;
        let mut block = Vec::new();
        (&mut self.reader).take(length as u64).read_to_end(&mut block)?;
        if block.len() < length || snap::raw::decompress_len(&block).map_err(io::Error::other)? > MAX_BLOCK {
            return Err(garbled("a Snappy block is cut off or too long"));
        }
        self.plain = snap::raw::Decoder::new().decompress_vec(&block).map_err(io::Error::other)?;
        self.given = 0;
        Ok(true)
    }
}

impl<R: Read> Read for SnappyReader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.given == self.plain.len() {
            if !self.advance()? {
                return Ok(0);
            }
        }
        let mut rest = &self.plain[self.given..];
        let count = rest.read(target)?;
        self.given += count;
        Ok(count)
    }
}

fn garbled(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Compresses what is written to it. [`SnappyWriter::finish`] writes the last block.
#[derive(Debug)]
pub struct SnappyWriter<W> {
    writer: W,
    plain: Vec<u8>,
}

impl<W: Write> SnappyWriter<W> {
    /// Writes the header.
    pub fn new(mut writer: W) -> io::Result<SnappyWriter<W>> {
        writer.write_all(&HEADER)?;
        Ok(SnappyWriter { writer, plain: Vec::with_capacity(BLOCK) })
    }

    fn write_block(&mut self) -> io::Result<()> {
        if self.plain.is_empty() {
            return Ok(());
        }
        let block = snap::raw::Encoder::new().compress_vec(&self.plain).map_err(io::Error::other)?;
        let length = u32::try_from(block.len()).map_err(io::Error::other)?;
        self.plain.clear();
        self.writer.write_all(&length.to_be_bytes())?;
        self.writer.write_all(&block)
    }

    /// Gives the writer back when everything is written.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_block()?;
        Ok(self.writer)
    }
}

impl<W: Write> Write for SnappyWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = bytes.get(..BLOCK - self.plain.len()).unwrap_or(bytes);
        self.plain.extend_from_slice(part);
        if self.plain.len() == BLOCK {
            self.write_block()?;
        }
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let plain: Vec<u8> = (0..100_000_u32).flat_map(|at| (at / 7).to_be_bytes()).collect();
        let mut writer = SnappyWriter::new(Vec::new()).unwrap();
        writer.write_all(&plain).unwrap();
        let bytes = writer.finish().unwrap();
        let read = |bytes: &[u8]| {
            let mut found = Vec::new();
            SnappyReader::new(bytes).read_to_end(&mut found).map(|_| found)
        };
        assert_eq!(read(&bytes).unwrap(), plain);
        assert!(read(&bytes[..bytes.len() - 1]).is_err() && read(&bytes[..18]).is_err() && read(b"\x82SN").is_err());
        let mut huge = bytes[..16].to_vec();
        huge.extend([0x7f, 0xff, 0xff, 0xff, 1]);
        assert!(read(&huge).is_err());
        let mut rng = fastrand::Rng::new();
        for _ in 0..200 {
            let mut bad = bytes[..600].to_vec();
            bad[rng.usize(..600)] ^= 1 << rng.u8(..8);
            let _survived = read(&bad);
        }
    }
}
