//! Pure: a batch with its records at hand, decompressed if need be.

use super::legacy::{self, LegacyRecords};
use super::record::{Record, RecordRef, V2Records};
use super::{Batch, BatchHeader, Header, RecordError, V2_HEADER, codec};
use bytes::Bytes;

/// How far one batch may decompress unless the caller says otherwise. Honest producers bound the uncompressed size by
/// `max.request.size` (1 MiB); what is beyond this is a bomb.
pub const MAX_DECOMPRESSED: usize = 256 << 20;

/// A batch whose records can be read.
#[derive(Clone, Debug)]
pub struct OpenBatch {
    pub header: BatchHeader,
    /// Magic 2: the records. The old formats: the entries.
    data: Bytes,
}

impl Batch {
    /// Decompresses the records, if they are compressed, into at most `limit` bytes. Does not check the checksum.
    ///
    /// # Errors
    /// Whatever is wrong with the compressed data; [`RecordError::TooMuchData`].
    pub fn open(&self, limit: usize) -> Result<OpenBatch, RecordError> {
        let header = self.header.clone();
        if header.magic == 2 && self.bytes.len() < V2_HEADER {
            // Not from a reader of batches, which sees to that.
            return Err(RecordError::TooSmall { size: self.bytes.len() as i64, minimum: V2_HEADER });
        }
        let data = match header.magic {
            2 if !header.is_compressed() => self.bytes.slice(V2_HEADER..),
            2 => Bytes::from(codec::decompress(header.codec()?, &self.bytes[V2_HEADER..], limit)?),
            _ => legacy::entries(&header, &self.bytes, limit)?,
        };
        Ok(OpenBatch { header, data })
    }

    /// Every record of the batch, sharing its memory, or the first error. For callers to whom a batch is small.
    ///
    /// # Errors
    /// As [`Batch::open`], and for broken records.
    pub fn decode(&self) -> Result<Vec<Record>, RecordError> {
        self.open(MAX_DECOMPRESSED)?.owned_records().collect()
    }
}

impl OpenBatch {
    /// The records, borrowed. Nothing is copied or allocated.
    pub fn records(&self) -> RecordIter<'_> {
        RecordIter(match self.header.magic {
            2 => Inner::V2(V2Records::new(&self.header, &self.data)),
            _ => Inner::Legacy(LegacyRecords::new(&self.header, &self.data)),
        })
    }

    /// The records, sharing the batch's memory.
    pub fn owned_records(&self) -> impl Iterator<Item = Result<Record, RecordError>> + '_ {
        self.records().map(|record| record.map(|record| self.own(&record)))
    }

    /// The bytes of the records, decompressed.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    fn own(&self, record: &RecordRef) -> Record {
        let share = |bytes: &[u8]| self.data.slice_ref(bytes);
        let headers = record.headers.iter().map(|(key, value)| Header { key: share(key), value: value.map(share) });
        Record {
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(share),
            value: record.value.map(share),
            headers: headers.collect(),
        }
    }
}

/// Iterates over the records of one batch of any magic. After an error nothing comes.
#[derive(Clone, Debug)]
pub struct RecordIter<'a>(Inner<'a>);

#[derive(Clone, Debug)]
enum Inner<'a> {
    V2(V2Records<'a>),
    Legacy(LegacyRecords<'a>),
}

impl<'a> Iterator for RecordIter<'a> {
    type Item = Result<RecordRef<'a>, RecordError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Inner::V2(records) => records.next(),
            Inner::Legacy(records) => records.next(),
        }
    }
}
