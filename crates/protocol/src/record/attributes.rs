//! Pure: the attribute bits of a batch, and what they say.

use super::RecordError;
use std::fmt;

/// How the records of a batch are compressed; the value is the codec's id on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Codec {
    #[default]
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    /// Only in batches of magic 2 (KIP-110).
    Zstd = 4,
}

impl Codec {
    /// Every codec, in the order of their ids.
    pub const ALL: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

    /// The codec with this id on the wire.
    pub fn from_id(id: u8) -> Result<Codec, RecordError> {
        Codec::ALL.get(usize::from(id)).copied().ok_or(RecordError::UnknownCodec(id))
    }

    /// The codec by its name in configurations (`compression.type`, `--compression-codec`).
    pub fn from_name(name: &str) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| codec.name() == name)
    }

    /// The name in configurations.
    pub fn name(self) -> &'static str {
        ["none", "gzip", "snappy", "lz4", "zstd"][self as usize]
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who set a batch's timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum TimestampType {
    /// The producer.
    #[default]
    CreateTime,
    /// The broker, at append; every record of the batch has the batch's maximum timestamp.
    LogAppendTime,
}

impl TimestampType {
    /// The value of `message.timestamp.type`, which consumers also print.
    pub fn name(self) -> &'static str {
        match self {
            TimestampType::CreateTime => "CreateTime",
            TimestampType::LogAppendTime => "LogAppendTime",
        }
    }
}

impl fmt::Display for TimestampType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The attributes of a batch (int16 in magic 2, int8 in the old formats): bits 0–2 codec, 3 timestamp type,
/// 4 transactional, 5 control, 6 the base timestamp holds a delete horizon (KIP-534).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Attributes(pub i16);

impl Attributes {
    const CODEC: i16 = 0x07;
    const LOG_APPEND_TIME: i16 = 0x08;
    const TRANSACTIONAL: i16 = 0x10;
    const CONTROL: i16 = 0x20;
    /// What whoever writes a batch may say of it.
    const WRITTEN: i16 =
        Attributes::CODEC | Attributes::LOG_APPEND_TIME | Attributes::TRANSACTIONAL | Attributes::CONTROL;

    /// Without the bits that only compaction sets, and those that mean nothing yet.
    #[must_use]
    pub fn as_written(self) -> Attributes {
        Attributes(self.0 & Attributes::WRITTEN)
    }

    /// The codec, or an error for the ids that name none.
    pub fn codec(self) -> Result<Codec, RecordError> {
        Codec::from_id((self.0 & Attributes::CODEC) as u8)
    }

    /// Whether the records are compressed, also by a codec unknown here.
    pub fn is_compressed(self) -> bool {
        self.0 & Attributes::CODEC != 0
    }

    pub fn timestamp_type(self) -> TimestampType {
        match self.0 & Attributes::LOG_APPEND_TIME {
            0 => TimestampType::CreateTime,
            _ => TimestampType::LogAppendTime,
        }
    }

    pub fn is_transactional(self) -> bool {
        self.0 & Attributes::TRANSACTIONAL != 0
    }

    /// Whether the batch holds control records (transaction markers) instead of data.
    pub fn is_control(self) -> bool {
        self.0 & Attributes::CONTROL != 0
    }

    pub fn with_codec(self, codec: Codec) -> Attributes {
        Attributes((self.0 & !Attributes::CODEC) | codec as i16)
    }

    pub fn with_timestamp_type(self, timestamp_type: TimestampType) -> Attributes {
        self.with_bit(Attributes::LOG_APPEND_TIME, timestamp_type == TimestampType::LogAppendTime)
    }

    pub fn with_transactional(self, transactional: bool) -> Attributes {
        self.with_bit(Attributes::TRANSACTIONAL, transactional)
    }

    pub fn with_control(self, control: bool) -> Attributes {
        self.with_bit(Attributes::CONTROL, control)
    }

    fn with_bit(self, bit: i16, on: bool) -> Attributes {
        Attributes(if on { self.0 | bit } else { self.0 & !bit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_round_trip() {
        let attributes = Attributes::default()
            .with_codec(Codec::Zstd)
            .with_timestamp_type(TimestampType::LogAppendTime)
            .with_transactional(true)
            .with_control(true);
        assert_eq!(attributes.0, 0x3c);
        assert_eq!(attributes.codec(), Ok(Codec::Zstd));
        assert_eq!(attributes.with_control(false).with_codec(Codec::None).0, 0x18);
        assert_eq!(Attributes(5).codec(), Err(RecordError::UnknownCodec(5)));
        assert!(Attributes(7).is_compressed());
    }

    #[test]
    fn names() {
        for codec in Codec::ALL {
            assert_eq!(Codec::from_name(codec.name()), Some(codec));
        }
        assert_eq!(Codec::from_name("brotli"), None);
    }
}
