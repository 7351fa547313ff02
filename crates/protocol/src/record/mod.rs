//! Pure: record batches, the bytes that producers send, logs hold and consumers read.
//!
//! A *batch* is the unit on the wire and on disk. In the current format (magic 2, KIP-98) it is a 61-byte header and its
//! records, compressed as a whole; in the two old formats (magic 0 and 1) each record is an entry of its own, and a
//! compressed set is one wrapper entry with the set inside. [`BatchHeader`] and [`Batches`] read both alike and look no
//! further than the header, which is all that a log needs; [`Batch::open`] goes on to the records.

mod attributes;
mod batches;
mod builder;
mod codec;
mod control;
mod crc;
mod down_convert;
mod error;
#[cfg(test)]
mod golden_tests;
mod header;
mod legacy;
mod open_batch;
pub mod patch;
#[allow(clippy::module_inception)]
mod record;
pub mod validate;
mod varint;
mod walk;

pub use attributes::{Attributes, Codec, TimestampType};
pub use batches::{Batch, Batches};
pub use builder::{BatchBuilder, BatchOptions, record_size_bound};
pub use control::{ControlType, EndMarker, Marker};
pub use crc::crc32c;
pub use down_convert::down_convert;
pub use error::RecordError;
pub use header::{BatchHeader, ENTRY_PREFIX, LEGACY_V0_HEADER, LEGACY_V1_HEADER, MAGIC_PREFIX, V2_HEADER, crc_start};
pub use legacy::LegacyBuilder;
pub use open_batch::{MAX_DECOMPRESSED, OpenBatch, RecordIter};
pub use record::{Header, HeadersRef, Record, RecordRef};
