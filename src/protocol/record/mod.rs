//! Pure: record batches, the bytes that producers send, logs hold and consumers read.
//!
//! A *batch* is the unit on the wire and on disk. In the current format (magic 2, KIP-98) it is a 61-byte header and its
//! records, compressed as a whole; in the two old formats (magic 0 and 1) each record is an entry of its own, and a
//! compressed set is one wrapper entry with the set inside. [`BatchHeader`] and [`Batches`] read both alike and look no
//! further than the header, which is all that a log needs.

mod attributes;
mod batches;
mod crc;
mod error;
mod header;
pub mod patch;

pub use attributes::{Attributes, Codec, TimestampType};
pub use batches::{Batch, Batches};
pub use crc::crc32c;
pub use error::RecordError;
pub use header::{BatchHeader, ENTRY_PREFIX, LEGACY_V0_HEADER, LEGACY_V1_HEADER, MAGIC_PREFIX, V2_HEADER};
