//! Record bytes as they lie: in memory or in a file, never copied on the way through.

use bytes::Bytes;
use std::{any::Any, fs::File, sync::Arc};

/// A stretch of a file that is to be sent as it is (sendfile).
#[derive(Clone, Debug)]
pub struct FileRegion {
    pub file: Arc<File>,
    /// Where the region starts, in bytes from the start of the file.
    pub offset: u64,
    /// How long it is, in bytes.
    pub len: usize,
    /// What the owner of the file hands to whoever reads it: the way to its disk.
    pub disk: Option<Arc<dyn Any + Send + Sync>>,
}

impl PartialEq for FileRegion {
    fn eq(&self, other: &FileRegion) -> bool {
        Arc::ptr_eq(&self.file, &other.file) && self.offset == other.offset && self.len == other.len
    }
}

/// One piece of an outgoing frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Segment {
    Bytes(Bytes),
    File(FileRegion),
}

impl Segment {
    pub fn len(&self) -> usize {
        match self {
            Segment::Bytes(b) => b.len(),
            Segment::File(f) => f.len,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The value of a `records` field: record batches end to end, in one or several pieces.
#[derive(Clone, Debug, PartialEq)]
pub enum Records {
    Bytes(Bytes),
    File(FileRegion),
    Pieces(Vec<Segment>),
}

impl Records {
    pub const EMPTY: Records = Records::Bytes(Bytes::new());

    /// The length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Records::Bytes(b) => b.len(),
            Records::File(f) => f.len,
            Records::Pieces(p) => p.iter().map(Segment::len).sum(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, if they lie in memory in one piece: always so for records that were decoded from a frame.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match self {
            Records::Bytes(b) => Some(b),
            _ => None,
        }
    }
}

impl From<Bytes> for Records {
    fn from(b: Bytes) -> Records {
        Records::Bytes(b)
    }
}
