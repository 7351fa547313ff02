//! Pure: Zstandard frames (RFC 8878).

use super::{Codec, RecordError, corrupt, read_bounded};
use std::io::Write;

/// The level of `compression.zstd.level` when it is not set.
const DEFAULT_LEVEL: i32 = 3;

pub fn decompress(data: &[u8], limit: usize) -> Result<Vec<u8>, RecordError> {
    let decoder = zstd::stream::read::Decoder::with_buffer(data).map_err(|error| corrupt(Codec::Zstd, error))?;
    read_bounded(Codec::Zstd, decoder, data.len(), limit)
}

pub fn compress(level: Option<i32>, data: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
    let failed = |error| corrupt(Codec::Zstd, error);
    let mut encoder = zstd::stream::write::Encoder::new(out, level.unwrap_or(DEFAULT_LEVEL)).map_err(failed)?;
    encoder.write_all(data).map_err(failed)?;
    encoder.finish().map_err(failed)?;
    Ok(())
}
