//! Reading: which bytes of which file a fetch gets. Records are not looked at and not copied.

use super::{
    error::LogError,
    partition_log::{Log, segment_at},
    segment::{Located, Segment},
    types::{AbortedTxn, ReadData},
};
use rkafka_base::Offset;
use rkafka_protocol::{FileRegion, Records};
use rkafka_runtime::files;
use std::sync::Arc;

/// How many bytes of a partition are read into memory while files are scarce. More of them make few partitions fill a
/// response.
const MAX_COPIED: usize = 1 << 20;
/// How often a read is tried beside truncations. One that waits for a disk does not end within any number of tries.
const MAX_TRIES: usize = 100;

/// A segment to read from and where its readable bytes end.
struct Source {
    segment: Arc<Segment>,
    end: u64,
}

impl Log {
    /// Batches from the one that holds `start` on, at most `max_bytes` of them, none that begins at or above
    /// `upper_bound`. With `min_one_message` the first batch comes whole even if it is larger.
    ///
    /// No records at `start` = log end, and where `upper_bound` is not above `start`.
    /// Fails with OFFSET_OUT_OF_RANGE for offsets below the log start or above the log end.
    pub fn read(
        &self,
        start: Offset,
        max_bytes: u32,
        min_one_message: bool,
        upper_bound: Offset,
    ) -> Result<ReadData, LogError> {
        self.beside_cuts(|| self.read_once(start, max_bytes, min_one_message, upper_bound))
    }

    /// Reads, and again if the log was cut meanwhile: a file that has become shorter under the reader, or holds something
    /// else where it looked, is nobody's fault.
    pub(super) fn beside_cuts<T>(&self, read: impl Fn() -> Result<T, LogError>) -> Result<T, LogError> {
        for _ in 0..MAX_TRIES {
            let before = self.truncations();
            match read() {
                Err(error) if error.is_storage() && (!before.is_multiple_of(2) || self.truncations() != before) => {
                    std::thread::yield_now();
                }
                other => return other,
            }
        }
        Err(LogError::BeingCut { partition: self.partition().clone() })
    }

    fn read_once(
        &self,
        start: Offset,
        max_bytes: u32,
        min_one_message: bool,
        upper_bound: Offset,
    ) -> Result<ReadData, LogError> {
        let mut from = start.0;
        loop {
            let Some(source) = self.source(start, from, upper_bound)? else { return Ok(self.empty_read(start)) };
            if let Some(data) = source.read(from, max_bytes, min_one_message)? {
                return Ok(data);
            }
            // All batches from here to the end of the segment were compacted away: the next segment has the next ones.
            from = match self.next_base(source.segment.base) {
                Some(base) => base,
                None => return Ok(self.empty_read(start)),
            };
        }
    }

    /// The segment that holds `from`, as much of it as lies below `upper_bound`; `None` if nothing can be read.
    fn source(&self, start: Offset, from: i64, upper_bound: Offset) -> Result<Option<Source>, LogError> {
        let (segment, end, bounded) = {
            self.0.check_usable()?;
            let segments = self.0.view.segments();
            let at = segment_at(&segments, from);
            let found = at.and_then(|at| segments.get(at)).map(|segment| (segment.clone(), segment.size()));
            // After the size: whoever appends moves the end first. Otherwise bytes above the bound would look like bytes
            // below it.
            let (log_start, log_end) = (self.log_start(), self.log_end());
            if start < log_start || start > log_end {
                let partition = self.0.partition.clone();
                return Err(LogError::OffsetOutOfRange { partition, offset: start, start: log_start, end: log_end });
            }
            if start == log_end || upper_bound <= start || upper_bound.0 <= from {
                return Ok(None);
            }
            let (Some(at), Some((segment, size))) = (at, found) else { return Ok(None) };
            let next_base = segments.get(at + 1).map_or(log_end.0, |s| s.base);
            (segment, size, upper_bound.0 < next_base)
        };
        let bound = if bounded { segment.locate(upper_bound.0, end)? } else { None };
        let end = bound.map_or(end, |found| found.position);
        Ok(Some(Source { segment, end }))
    }

    fn next_base(&self, base: i64) -> Option<i64> {
        let segments = self.0.view.segments();
        let after = segments.partition_point(|s| s.base <= base);
        segments.get(after).map(|s| s.base)
    }

    fn empty_read(&self, start: Offset) -> ReadData {
        let segments = self.0.view.segments();
        let segment = segment_at(&segments, start.0).and_then(|at| segments.get(at));
        ReadData {
            records: Records::EMPTY,
            first_batch_incomplete: false,
            segment_base: Offset(segment.map_or(0, |s| s.base)),
            position: segment.map_or(0, |s| s.size()),
        }
    }

    /// The aborted transactions that a `read_committed` reader of `[start, upper_bound)` must skip.
    pub fn aborted_transactions(&self, start: Offset, upper_bound: Offset) -> Result<Vec<AbortedTxn>, LogError> {
        self.beside_cuts(|| self.aborted_once(start, upper_bound))
    }

    fn aborted_once(&self, start: Offset, upper_bound: Offset) -> Result<Vec<AbortedTxn>, LogError> {
        let segments = {
            let segments = self.0.view.segments();
            let from = segment_at(&segments, start.0).unwrap_or(0);
            segments.get(from..).map(<[_]>::to_vec).unwrap_or_default()
        };
        let mut found = Vec::new();
        for segment in segments {
            if segment.lock().aborted.collect(start.0, upper_bound.0, &mut found)? {
                break;
            }
        }
        Ok(found)
    }
}

impl Source {
    /// `None` if the segment holds no batch at or above `from` that ends by the readable end.
    fn read(&self, from: i64, max_bytes: u32, min_one_message: bool) -> Result<Option<ReadData>, LogError> {
        let Some(Located { position, size }) = self.segment.locate(from, self.end)? else { return Ok(None) };
        debug_assert!(position < self.end, "a batch at byte {position} of {} that can be read", self.end);
        let available = self.end - position;
        let mut len = u64::from(max_bytes);
        let mut incomplete = false;
        if available > len {
            let first = match size {
                Some(size) => size,
                None => self.segment.batch_size_at(position, self.end)?,
            };
            incomplete = !min_one_message && u64::from(first) > len;
            len = if min_one_message { len.max(u64::from(first)) } else { len };
        }
        let len = len.min(available) as usize;
        let records = if len == 0 { Records::EMPTY } else { self.records(position, len)? };
        let segment_base = Offset(self.segment.base);
        Ok(Some(ReadData { records, first_batch_incomplete: incomplete, segment_base, position }))
    }

    /// A region of the file, which keeps the file open until it is sent. If that is too much, because very many
    /// partitions are being sent from, what is short is read into memory instead.
    fn records(&self, offset: u64, len: usize) -> Result<Records, LogError> {
        let file = self.segment.file()?;
        if len <= MAX_COPIED && self.segment.files_are_scarce(&file) {
            let mut bytes = vec![0; len];
            // Who cuts the file at this moment makes the region fail, too.
            if files::read_exact_at(&file, &mut bytes, offset).is_ok() {
                return Ok(Records::Bytes(bytes.into()));
            }
        }
        let disk = Some(Arc::clone(self.segment.dir.disk()) as _);
        Ok(Records::File(FileRegion { file, offset, len, disk }))
    }
}
