//! Pure: gzip (RFC 1952), any number of members end to end.

use super::{Codec, PIECE, RecordError, corrupt};
use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};
use std::io::{Read, Write};

/// Decompresses piece by piece.
pub struct Pieces<'a>(MultiGzDecoder<&'a [u8]>);

impl<'a> Pieces<'a> {
    pub fn new(data: &'a [u8]) -> Pieces<'a> {
        Pieces(MultiGzDecoder::new(data))
    }

    /// Appends the next piece to `out`; nothing at the end.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Result<(), RecordError> {
        let start = out.len();
        out.resize(start + PIECE, 0);
        let read = self.0.read(&mut out[start..]).map_err(|error| corrupt(Codec::Gzip, error));
        out.truncate(start + read.as_ref().copied().unwrap_or(0));
        read.map(|_| ())
    }
}

pub fn compress(level: Option<i32>, data: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
    // −1 stands for zlib's default.
    let level = level.and_then(|level| u32::try_from(level).ok());
    let level = level.map_or(Compression::default(), |level| Compression::new(level.min(9)));
    let mut encoder = GzEncoder::new(out, level);
    encoder.write_all(data).map_err(|error| corrupt(Codec::Gzip, error))?;
    encoder.finish().map_err(|error| corrupt(Codec::Gzip, error))?;
    Ok(())
}
