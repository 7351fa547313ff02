//! Files that hold topics: what stands in them, in two formats (docs/formats.md).

pub mod frames;
pub mod lines;
pub mod reader;
pub mod writer;

use super::facts::{GroupFacts, Head, Reached, TopicFacts};
use bytes::Bytes;
use rkafka_protocol::record::Header;
use std::sync::Arc;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Frames with checksums, which hold record batches as the broker keeps them.
    Binary,
    /// JSON lines, a record a line.
    Lines,
}

/// One thing in a file.
#[derive(Debug)]
pub enum Entry {
    Head(Head),
    Topic(TopicFacts),
    Group(GroupFacts),
    /// A partition has been read up to here.
    Reached(Reached),
    /// A record batch; its records before `from` do not count.
    Batch {
        topic: Arc<str>,
        partition: i32,
        from: i64,
        batch: Bytes,
    },
    Record(Box<SavedRecord>),
    /// Everything that was to be saved is there.
    End,
}

/// A record as a line has it; people may write such lines, so much may be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SavedRecord {
    pub topic: Option<String>,
    pub partition: Option<i32>,
    pub offset: Option<i64>,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Header>,
}
