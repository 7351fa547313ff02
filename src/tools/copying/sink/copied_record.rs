//! Pure: a record to be copied, and what is kept of one that is there.

use bytes::Bytes;
use rkafka_protocol::record::{Header, RecordRef};
use std::hash::{DefaultHasher, Hash, Hasher};

/// A record to be copied.
#[derive(Clone, Copy, Debug)]
pub struct CopiedRecord<'a> {
    /// The source's.
    pub offset: i64,
    /// Milliseconds since 1970; negative: when it is written.
    pub timestamp: i64,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: &'a [Header],
}

impl<'a> CopiedRecord<'a> {
    pub fn of(record: &RecordRef<'a>, headers: &'a [Header]) -> CopiedRecord<'a> {
        let (offset, timestamp) = (record.offset.0, record.timestamp.0);
        CopiedRecord { offset, timestamp, key: record.key, value: record.value, headers }
    }
}

/// The headers of a record, as the producer takes them.
pub fn headers(record: &RecordRef<'_>) -> Vec<Header> {
    let bytes = Bytes::copy_from_slice;
    record.headers.iter().map(|(key, value)| Header { key: bytes(key), value: value.map(bytes) }).collect()
}

/// What is kept of a record for comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// `None` where the broker has set its own.
    timestamp: Option<i64>,
    hash: [u64; 2],
}

impl Mark {
    /// With the timestamp, if the record's own counts.
    pub fn of(record: &CopiedRecord<'_>, with_timestamp: bool) -> Mark {
        let hash = |seed: u64| {
            let mut hasher = DefaultHasher::new();
            (seed, record.key, record.value, record.headers.len()).hash(&mut hasher);
            record.headers.iter().for_each(|header| (&header.key, &header.value).hash(&mut hasher));
            hasher.finish()
        };
        let timestamp = Some(record.timestamp).filter(|_| with_timestamp);
        Mark { timestamp, hash: [hash(0x5bd1_e995), hash(0x9747_b28c)] }
    }

    /// Whether the record's own timestamp counts.
    pub fn has_timestamp(&self) -> bool {
        self.timestamp.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell_records_apart() {
        let header = |value: Option<&'static str>| Header { key: "h".into(), value: value.map(Bytes::from) };
        let (empty, none) = ([header(Some(""))], [header(None)]);
        let record = CopiedRecord { offset: 1, timestamp: 5, key: None, value: Some(b"v"), headers: &empty };
        let mark = |record: CopiedRecord<'_>| Mark::of(&record, true);
        assert_eq!(mark(record), mark(CopiedRecord { offset: 2, ..record }));
        assert_ne!(mark(record), mark(CopiedRecord { timestamp: 6, ..record }));
        assert_ne!(mark(record), mark(CopiedRecord { key: Some(b""), ..record }));
        assert_ne!(mark(record), mark(CopiedRecord { value: None, ..record }));
        assert_ne!(mark(record), mark(CopiedRecord { headers: &none, ..record }));
        assert_eq!(Mark::of(&record, false), Mark::of(&CopiedRecord { timestamp: 6, ..record }, false));
    }
}
