//! Pure: why bytes are not the batch that they claim to be.

use super::Codec;
use crate::ErrorCode;

/// Why a batch or a record cannot be read. [`RecordError::code`] is what a client is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error("an entry of {size} bytes is smaller than the minimum of {minimum} bytes for its format")]
    TooSmall { size: i64, minimum: usize },
    #[error("{what} needs {needed} bytes, {remaining} remain")]
    Truncated { what: &'static str, needed: u64, remaining: usize },
    #[error("unknown magic {0} (known: 0, 1, 2)")]
    UnknownMagic(i8),
    #[error("stored crc {stored:#010x} differs from the computed crc {computed:#010x}")]
    CrcMismatch { stored: u32, computed: u32 },
    #[error("unknown compression codec {0}")]
    UnknownCodec(u8),
    #[error("the {codec} data is corrupt: {reason}")]
    Compression { codec: Codec, reason: String },
    #[error("the records decompress to more than {limit} bytes")]
    TooMuchData { limit: usize },
    #[error("{0}")]
    Malformed(&'static str),
    #[error("{count} records stand in the batch, its header says {expected}")]
    WrongCount { count: i32, expected: i32 },
    #[error("codec {codec} cannot be used with magic {magic}")]
    CodecNotInMagic { codec: Codec, magic: i8 },
}

impl RecordError {
    /// The error code that answers a request with such records.
    pub fn code(&self) -> ErrorCode {
        match self {
            RecordError::CodecNotInMagic { .. } => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
            RecordError::WrongCount { .. } | RecordError::Malformed(_) | RecordError::UnknownCodec(_) => {
                ErrorCode::INVALID_RECORD
            }
            _ => ErrorCode::CORRUPT_MESSAGE,
        }
    }
}
