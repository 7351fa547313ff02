//! Pure: gzip (RFC 1952), any number of members end to end.

use super::{Codec, RecordError, corrupt, read_bounded};
use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};
use std::io::Write;

pub fn decompress(data: &[u8], limit: usize) -> Result<Vec<u8>, RecordError> {
    read_bounded(Codec::Gzip, MultiGzDecoder::new(data), data.len(), limit)
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
