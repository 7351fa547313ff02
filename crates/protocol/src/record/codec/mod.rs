//! Pure: the four codecs, each into a bound amount of memory.

mod gzip;
mod lz4;
mod snappy;
mod xxh32;
mod zstd;

use super::{Codec, RecordError};
use lz4::HeaderChecksum;

/// How much gzip and zstd decompress at a time. Snappy and lz4 do so by their own blocks.
const PIECE: usize = 64 << 10;
/// How much room is taken at first for all that is decompressed, as a multiple of the compressed size.
const FIRST_GUESS: usize = 4;
/// How much is taken at most before anything has been decompressed.
const MAX_FIRST_GUESS: usize = 1 << 20;

/// Decompressed data, piece by piece: no more of it need be in memory than one piece. A piece is 64 KiB, with lz4 up to
/// 4 MiB, and with snappy up to 22 times the compressed size.
pub(super) struct Pieces<'a> {
    of: Of<'a>,
    /// How many bytes may still come.
    left: usize,
    limit: usize,
}

enum Of<'a> {
    None(&'a [u8]),
    Gzip(Box<gzip::Pieces<'a>>),
    Snappy(snappy::Pieces<'a>),
    Lz4(lz4::Pieces<'a>),
    Zstd(zstd::Pieces<'a>),
}

impl<'a> Pieces<'a> {
    /// At most `limit` bytes in all.
    ///
    /// # Errors
    /// [`RecordError::Compression`] for a bad frame header.
    pub fn new(codec: Codec, data: &'a [u8], limit: usize) -> Result<Pieces<'a>, RecordError> {
        let of = match codec {
            Codec::None => Of::None(data),
            Codec::Gzip => Of::Gzip(Box::new(gzip::Pieces::new(data))),
            Codec::Snappy => Of::Snappy(snappy::Pieces::new(data)),
            Codec::Lz4 => Of::Lz4(lz4::Pieces::new(data, HeaderChecksum::Right)?),
            Codec::Zstd => Of::Zstd(zstd::Pieces::new(data)),
        };
        Ok(Pieces { of, left: limit, limit })
    }

    /// As [`Pieces::new`], for the old formats: lz4 in magic 0 has another header checksum, zstd did not exist.
    fn legacy(codec: Codec, magic: i8, data: &'a [u8], limit: usize) -> Result<Pieces<'a>, RecordError> {
        match codec {
            Codec::Zstd => Err(RecordError::CodecNotInMagic { codec, magic }),
            Codec::Lz4 if magic == 0 => {
                let of = Of::Lz4(lz4::Pieces::new(data, HeaderChecksum::OfMagic0)?);
                Ok(Pieces { of, left: limit, limit })
            }
            _ => Pieces::new(codec, data, limit),
        }
    }

    /// Appends the next piece to `out`. Nothing is appended, and the answer is false, at the end.
    ///
    /// # Errors
    /// [`RecordError::TooMuchData`] past the limit, [`RecordError::Compression`] for corrupt data.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, RecordError> {
        let start = out.len();
        let done = match &mut self.of {
            Of::None(rest) => {
                out.extend_from_slice(std::mem::take(rest));
                Ok(())
            }
            Of::Gzip(pieces) => pieces.next(out),
            Of::Snappy(pieces) => pieces.next(out, self.left),
            Of::Lz4(pieces) => pieces.next(out, self.left),
            Of::Zstd(pieces) => pieces.next(out),
        };
        let too_much = RecordError::TooMuchData { limit: self.limit };
        done.map_err(|error| if matches!(error, RecordError::TooMuchData { .. }) { too_much.clone() } else { error })?;
        let grown = out.len().saturating_sub(start);
        self.left = self.left.checked_sub(grown).ok_or(too_much)?;
        Ok(grown > 0)
    }

    /// How many bytes have come so far.
    pub(crate) fn produced(&self) -> usize {
        self.limit - self.left
    }

    /// After the end: whether bytes follow the compressed ones. The other codecs take them for a piece of their own.
    pub(crate) fn has_tail(&self) -> bool {
        matches!(&self.of, Of::Lz4(pieces) if !pieces.rest.is_empty())
    }

    fn all(mut self, hint: usize) -> Result<Vec<u8>, RecordError> {
        let mut out = Vec::with_capacity(hint.saturating_mul(FIRST_GUESS).min(MAX_FIRST_GUESS).min(self.limit));
        while self.next(&mut out)? {}
        Ok(out)
    }
}

/// Decompresses `data` into at most `limit` bytes.
///
/// # Errors
/// [`RecordError::TooMuchData`] past the limit, [`RecordError::Compression`] for corrupt data.
pub(super) fn decompress(codec: Codec, data: &[u8], limit: usize) -> Result<Vec<u8>, RecordError> {
    Pieces::new(codec, data, limit)?.all(data.len())
}

/// As [`decompress`], for the old formats.
pub(super) fn decompress_legacy(codec: Codec, magic: i8, data: &[u8], limit: usize) -> Result<Vec<u8>, RecordError> {
    Pieces::legacy(codec, magic, data, limit)?.all(data.len())
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
