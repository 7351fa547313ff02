//! Pure: the four codecs, each into a bound amount of memory.

mod gzip;
mod lz4;
mod snappy;
mod xxh32;
mod zstd;

use super::{Codec, RecordError};
use lz4::HeaderChecksum;
use std::io::Read;

/// How much room a decompressor takes at first, as a multiple of the compressed size.
const FIRST_GUESS: usize = 4;
/// How much it takes at most before anything has been decompressed.
const MAX_FIRST_GUESS: usize = 1 << 20;

/// Decompresses `data` into at most `limit` bytes.
///
/// # Errors
/// [`RecordError::TooMuchData`] past the limit, [`RecordError::Compression`] for corrupt data.
pub(super) fn decompress(codec: Codec, data: &[u8], limit: usize) -> Result<Vec<u8>, RecordError> {
    match codec {
        Codec::None => Ok(data.to_vec()),
        Codec::Gzip => gzip::decompress(data, limit),
        Codec::Snappy => snappy::decompress(data, limit),
        Codec::Lz4 => lz4::decompress(data, limit, HeaderChecksum::Right),
        Codec::Zstd => zstd::decompress(data, limit),
    }
}

/// As [`decompress`], for the old formats: lz4 in magic 0 has another header checksum, zstd did not exist.
pub(super) fn decompress_legacy(codec: Codec, magic: i8, data: &[u8], limit: usize) -> Result<Vec<u8>, RecordError> {
    match codec {
        Codec::Zstd => Err(RecordError::CodecNotInMagic { codec, magic }),
        Codec::Lz4 if magic == 0 => lz4::decompress(data, limit, HeaderChecksum::OfMagic0),
        _ => decompress(codec, data, limit),
    }
}

/// Appends `data`, compressed, to `out`. A `level` of `None` is Kafka's default for the codec.
///
/// # Errors
/// [`RecordError::Compression`], which only happens if the codec refuses the level.
pub(super) fn compress(codec: Codec, level: Option<i32>, data: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
    match codec {
        Codec::None => {
            out.extend_from_slice(data);
            Ok(())
        }
        Codec::Gzip => gzip::compress(level, data, out),
        Codec::Snappy => snappy::compress(data, out),
        Codec::Lz4 => lz4::compress(data, out, HeaderChecksum::Right),
        Codec::Zstd => zstd::compress(level, data, out),
    }
}

/// As [`compress`], for the old formats.
pub(super) fn compress_legacy(codec: Codec, magic: i8, data: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
    match codec {
        Codec::Zstd => Err(RecordError::CodecNotInMagic { codec, magic }),
        Codec::Lz4 if magic == 0 => lz4::compress(data, out, HeaderChecksum::OfMagic0),
        _ => compress(codec, None, data, out),
    }
}

fn corrupt(codec: Codec, reason: impl ToString) -> RecordError {
    RecordError::Compression { codec, reason: reason.to_string() }
}

/// Reads a decompressor to its end, but no further than `limit` bytes.
fn read_bounded(codec: Codec, from: impl Read, hint: usize, limit: usize) -> Result<Vec<u8>, RecordError> {
    let mut out = Vec::with_capacity(hint.saturating_mul(FIRST_GUESS).min(MAX_FIRST_GUESS).min(limit));
    from.take(limit as u64 + 1).read_to_end(&mut out).map_err(|error| corrupt(codec, error))?;
    if out.len() > limit { Err(RecordError::TooMuchData { limit }) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Vec<u8>> {
        let text: Vec<u8> = (0..40_000).flat_map(|i| format!("line {} of it\n", i % 977).into_bytes()).collect();
        let mut rng = fastrand::Rng::with_seed(7);
        let noise: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(200_000).collect();
        vec![Vec::new(), b"x".to_vec(), vec![0; 1 << 20], text, noise]
    }

    #[test]
    fn every_codec_round_trips_and_is_bounded() {
        for codec in Codec::ALL {
            for data in samples() {
                let mut out = b"before".to_vec();
                compress(codec, None, &data, &mut out).unwrap();
                let packed = out.strip_prefix(b"before").unwrap();
                assert_eq!(decompress(codec, packed, data.len()).unwrap(), data, "{codec} {}", data.len());
                if codec != Codec::None && !data.is_empty() {
                    let error = decompress(codec, packed, data.len() - 1).unwrap_err();
                    assert_eq!(error, RecordError::TooMuchData { limit: data.len() - 1 }, "{codec}");
                }
                if codec != Codec::Zstd {
                    for magic in [0, 1] {
                        let mut out = Vec::new();
                        compress_legacy(codec, magic, &data, &mut out).unwrap();
                        assert_eq!(decompress_legacy(codec, magic, &out, data.len()).unwrap(), data);
                    }
                }
            }
        }
    }

    #[test]
    fn corrupt_input_is_an_error_or_other_data_but_never_a_panic() {
        let mut rng = fastrand::Rng::with_seed(11);
        let data = &samples()[3][..3_000];
        for codec in Codec::ALL {
            let mut packed = Vec::new();
            compress(codec, None, data, &mut packed).unwrap();
            for cut in 0..packed.len().min(200) {
                let _ = decompress(codec, &packed[..cut], 1 << 20);
            }
            for _ in 0..2_000 {
                let mut mutated = packed.clone();
                for _ in 0..rng.usize(1..4) {
                    let at = rng.usize(..mutated.len());
                    mutated[at] = rng.u8(..);
                }
                let _ = decompress(codec, &mutated, 1 << 20);
                let mut noise = vec![0; rng.usize(..64)];
                rng.fill(&mut noise);
                let _ = decompress(codec, &noise, 1 << 20);
            }
        }
    }

    #[test]
    fn levels() {
        let data = &samples()[3];
        for (codec, levels) in [(Codec::Gzip, [1, 9]), (Codec::Zstd, [-5, 19])] {
            let sizes = levels.map(|level| {
                let mut out = Vec::new();
                compress(codec, Some(level), data, &mut out).unwrap();
                assert_eq!(&decompress(codec, &out, data.len()).unwrap(), data);
                out.len()
            });
            assert!(sizes[1] < sizes[0], "{codec} {sizes:?}");
        }
    }
}
