//! One segment: a stretch of the log in a file of batches, with its indexes. Only the last segment of a log grows.

use super::{
    batch::{BadBatch, Batch},
    batch_scan::{BatchScan, ScanError},
    error::LogError,
    file_names::{LOG, segment_file},
    index_file::PartitionDir,
    offset_index::OffsetIndex,
    open_files::OpenFile,
    time_index::TimeIndex,
    txn_index::TxnIndex,
    types::AbortedTxn,
};
use rkafka_runtime::{
    files::{self, OpenOptions, write_all_vectored_at},
    lock::{Mutex, Rank},
};
use std::{
    collections::VecDeque,
    fs::File,
    io::IoSlice,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::UNIX_EPOCH,
};

/// How many of the last appends are remembered by position, so that readers of the tail need no index.
const RECENT_APPENDS: usize = 64;

pub(super) struct Segment {
    pub base: i64,
    pub(super) dir: Arc<PartitionDir>,
    size: AtomicU64,
    /// Taken by readers, too. Not held while records are read, written or synced through a file that was asked for.
    pub(super) inner: Arc<Mutex<Inner>>,
}

/// What changes while a segment is written or looked into. Files are opened when they are needed, and closed when they
/// have not been needed for a while ([`super::open_files`]).
pub(super) struct Inner {
    pub(super) log: Option<OpenFile>,
    /// Somebody has used the segment since the clock's hand last pointed to it.
    pub(super) used: bool,
    /// The segment is in the ring of those that have open files.
    pub(super) in_ring: bool,
    /// The files are renamed and removed: what is closed cannot be opened any more.
    pub(super) retired: bool,
    pub offsets: OffsetIndex,
    pub times: TimeIndex,
    pub aborted: TxnIndex,
    /// The largest timestamp so far and the last offset of its batch; `None` until looked up.
    pub largest: Option<(i64, i64)>,
    /// The largest timestamp of the first batch; `None` until looked up.
    first_timestamp: Option<i64>,
    pub bytes_since_index: u64,
    /// First offset and position of the last appends.
    recent: VecDeque<(i64, u64)>,
    pub created_ms: i64,
    pub jitter_ms: i64,
}

/// How a segment is begun.
#[derive(Clone, Copy)]
pub(super) struct SegmentSettings {
    pub index_bytes: u32,
    pub created_ms: i64,
    pub jitter_ms: i64,
}

/// Where the batch lies that holds an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Located {
    pub position: u64,
    /// The batch's size, if its header had to be read.
    pub size: Option<u32>,
}

impl Segment {
    /// A segment whose log file exists and has `size` bytes.
    pub fn existing(dir: Arc<PartitionDir>, base: i64, size: u64, settings: SegmentSettings) -> Segment {
        let inner = Inner {
            log: None,
            used: false,
            in_ring: false,
            retired: false,
            offsets: OffsetIndex::new(dir.clone(), base, settings.index_bytes),
            times: TimeIndex::new(dir.clone(), base, settings.index_bytes),
            aborted: TxnIndex::new(dir.clone(), base),
            largest: None,
            first_timestamp: None,
            bytes_since_index: 0,
            recent: VecDeque::new(),
            created_ms: settings.created_ms,
            jitter_ms: settings.jitter_ms,
        };
        Segment { base, dir, size: AtomicU64::new(size), inner: Arc::new(Mutex::new(Rank::SegmentFiles, inner)) }
    }

    /// Makes the files of a new segment.
    pub fn create(dir: Arc<PartitionDir>, base: i64, settings: SegmentSettings) -> Result<Segment, LogError> {
        let segment = Segment::existing(dir, base, 0, settings);
        if let Err(error) = segment.create_files() {
            // An empty segment that nobody knows of would be taken for the end of the log at the next start.
            files::remove_file(segment.path()).ok();
            return Err(error);
        }
        Ok(segment)
    }

    fn create_files(&self) -> Result<(), LogError> {
        let mut inner = self.inner.lock();
        inner.aborted.clear()?;
        inner.offsets.file().create_empty()?;
        inner.times.file().create_empty()?;
        inner.largest = Some((-1, self.base));
        let path = self.path();
        let create = || OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path);
        self.dir.files().patiently(create).map(drop).map_err(LogError::io("create", &path))
    }

    pub fn path(&self) -> PathBuf {
        self.dir.file(&segment_file(self.base, LOG))
    }

    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    pub(super) fn set_size(&self, size: u64) {
        self.size.store(size, Ordering::Release);
    }

    /// Writes `pieces`, which hold `batches`, to the end. If that fails the segment is as before; `Err(.., false)`
    /// says that even that could not be done. `before_shown` is called once all is written, before any reader can find it.
    pub fn append(
        &self,
        pieces: &[&[u8]],
        batches: &[Batch],
        interval: u32,
        before_shown: impl FnOnce(),
    ) -> Result<(), (LogError, bool)> {
        let file = self.expect(batches.len()).map_err(|e| (e, true))?;
        let position = self.size();
        let end = position + batches.iter().map(|b| u64::from(b.size)).sum::<u64>();
        self.assert_fits(pieces, batches, position, end);
        let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|p| IoSlice::new(p)).collect();
        // Without the lock: a reader does not wait for a disk that this waits for.
        let written = write_all_vectored_at(&file, &mut slices, position);
        let indexed = match written {
            Ok(()) => self.index_batches(position, batches, interval),
            Err(e) => Err(LogError::io("write to", self.path())(e)),
        };
        if let Err(e) = indexed {
            let undone = files::set_len(&file, position).is_ok() && self.undo_index(batches).is_ok();
            return Err((e, undone));
        }
        if let Some(first) = batches.first() {
            let mut inner = self.lock();
            debug_assert!(
                is_batch_at(&file, position, first),
                "{}: the batch at byte {position} is not {first:?}",
                self.path().display()
            );
            if inner.recent.len() == RECENT_APPENDS {
                inner.recent.pop_front();
            }
            debug_assert!(
                inner.recent.back().is_none_or(|last| last.0 < first.base_offset && last.1 < position),
                "appends come in order: {:?}, then {:?}",
                inner.recent.back(),
                (first.base_offset, position)
            );
            inner.recent.push_back((first.base_offset, position));
        }
        before_shown();
        self.set_size(end);
        Ok(())
    }

    /// The bytes about to be written are the batches, and positions and offsets are such as the indexes can express.
    fn assert_fits(&self, pieces: &[&[u8]], batches: &[Batch], position: u64, end: u64) {
        let bytes: u64 = pieces.iter().map(|piece| piece.len() as u64).sum();
        assert_eq!(position + bytes, end, "{bytes} bytes are not those of {} batches", batches.len());
        assert!(u32::try_from(end).is_ok(), "a segment of {end} bytes is more than its index can tell of");
        let (Some(first), Some(last)) = (batches.first(), batches.last()) else { return };
        assert!(
            first.base_offset >= self.base && last.last_offset - self.base <= i64::from(i32::MAX),
            "the offsets from {} to {} do not belong into the segment of {}",
            first.base_offset,
            last.last_offset,
            self.base
        );
    }

    /// Opens what is needed to append so many batches: nothing may be missing once they are written.
    fn expect(&self, batches: usize) -> Result<Arc<File>, LogError> {
        let mut inner = self.lock();
        inner.expect(batches)?;
        self.file_in(&mut inner)
    }

    fn index_batches(&self, from: u64, batches: &[Batch], interval: u32) -> Result<(), LogError> {
        let (offsets, times) = {
            let mut inner = self.lock();
            let mut position = from;
            for batch in batches {
                inner.index_batch(position, batch, interval)?;
                inner.bytes_since_index += u64::from(batch.size);
                position += u64::from(batch.size);
            }
            (inner.offsets.file().due()?, inner.times.file().due()?)
        };
        if let Some(due) = offsets {
            due.write()?;
            self.lock().offsets.file().written(&due)?;
        }
        if let Some(due) = times {
            due.write()?;
            self.lock().times.file().written(&due)?;
        }
        Ok(())
    }

    fn undo_index(&self, batches: &[Batch]) -> Result<(), LogError> {
        let Some(first) = batches.first() else { return Ok(()) };
        let mut inner = self.lock();
        inner.offsets.truncate_to(first.base_offset)?;
        inner.times.truncate_to(first.base_offset)?;
        (inner.largest, inner.bytes_since_index) = (None, 0);
        inner.largest()?;
        Ok(())
    }

    /// The first batch, from the index's word on, whose last offset is not below `offset`, and that ends by byte `end`.
    pub fn locate(&self, offset: i64, end: u64) -> Result<Option<Located>, LogError> {
        let (file, from) = {
            let mut inner = self.lock();
            let near = inner.recent.partition_point(|(first, _)| *first <= offset);
            match near.checked_sub(1).and_then(|at| inner.recent.get(at)).copied() {
                Some((first, position)) if first == offset && position < end => {
                    return Ok(Some(Located { position, size: None }));
                }
                Some((_, position)) => (self.file_in(&mut inner)?, position),
                None => {
                    let position = u64::from(inner.offsets.lookup(offset)?.1);
                    (self.file_in(&mut inner)?, position)
                }
            }
        };
        match self.scan_for(&file, from, offset, end) {
            Ok(Some((located, first))) if first <= offset || from == 0 => Ok(Some(located)),
            Ok(None) if from == 0 => Ok(None),
            Ok(Some(_)) | Err(ScanError::Bad { .. }) if from > 0 => {
                // The index points somewhere it cannot: without it the way is longer, but right.
                log::warn!(target: "kafka.log.LogSegment", "The index of {} leads to byte {from} for offset {offset}, where \
                    it is not; the segment is searched from its start", self.path().display());
                let found = self.scan_for(&file, 0, offset, end).map_err(|e| self.scan_error(e))?;
                Ok(found.map(|(located, _)| located))
            }
            Ok(found) => Ok(found.map(|(located, _)| located)),
            Err(error) => Err(self.scan_error(error)),
        }
    }

    /// The first batch from byte `from` on whose last offset is not below `offset`, and the base offset of the batch
    /// at `from`. Batches that do not end at `end` are an error where the walk did not begin at the start.
    fn scan_for(&self, file: &File, from: u64, offset: i64, end: u64) -> Result<Option<(Located, i64)>, ScanError> {
        let mut first = None;
        let mut scan = BatchScan::new(file, from, end);
        while let Some((position, batch)) = scan.next()? {
            let first = *first.get_or_insert(batch.base_offset);
            if batch.last_offset >= offset {
                return Ok(Some((Located { position, size: Some(batch.size) }, first)));
            }
        }
        let position = scan.position();
        if from > 0 && position != end {
            return Err(ScanError::Bad { position, reason: BadBatch::Short });
        }
        Ok(None)
    }

    /// The size of the batch at `position`.
    pub(crate) fn batch_size_at(&self, position: u64, end: u64) -> Result<u32, LogError> {
        let file = self.file()?;
        let next = BatchScan::new(&file, position, end).next().map_err(|e| self.scan_error(e))?;
        Ok(next.map_or(0, |(_, batch)| batch.size))
    }

    pub(super) fn scan_error(&self, error: ScanError) -> LogError {
        match error {
            ScanError::Io(e) => LogError::io("read", self.path())(e),
            bad => LogError::corrupt(self.path(), bad.to_string()),
        }
    }

    /// The offset after the last batch, found from the last index entry on.
    pub fn next_offset(&self) -> Result<i64, LogError> {
        if self.size() == 0 {
            return Ok(self.base);
        }
        let (file, from) = self.glance(|inner| {
            let from = inner.offsets.last()?.1;
            Ok((self.file_in(inner)?, u64::from(from)))
        })?;
        let mut next = self.base;
        let mut scan = BatchScan::new(&file, from, self.size());
        while let Some((_, batch)) = scan.next().map_err(|e| self.scan_error(e))? {
            next = batch.last_offset + 1;
        }
        Ok(next)
    }

    /// The largest timestamp of the first batch; `None` in an empty segment.
    pub(crate) fn first_timestamp(&self) -> Result<Option<i64>, LogError> {
        if let Some(known) = self.lock().first_timestamp {
            return Ok(Some(known));
        }
        if self.size() == 0 {
            return Ok(None);
        }
        let file = self.file()?;
        let first = BatchScan::new(&file, 0, self.size()).next().map_err(|e| self.scan_error(e))?;
        let timestamp = first.map(|(_, batch)| batch.max_timestamp);
        self.lock().first_timestamp = timestamp;
        Ok(timestamp)
    }

    /// The largest timestamp of the records; if they have none, when the file was last written.
    pub(crate) fn largest_timestamp(&self) -> Result<i64, LogError> {
        let largest = self.glance(Inner::largest)?.0;
        if largest >= 0 { Ok(largest) } else { self.last_modified_ms() }
    }

    pub(crate) fn last_modified_ms(&self) -> Result<i64, LogError> {
        let path = self.path();
        let written = files::metadata(&path).and_then(|m| m.modified()).map_err(LogError::io("look at", &path))?;
        Ok(written.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64))
    }

    /// Notes an aborted transaction whose marker is in this segment.
    pub(crate) fn append_aborted(&self, txn: &AbortedTxn) -> Result<(), LogError> {
        self.lock().aborted.append(txn)
    }

    /// What is wrong with the index files, if anything. Only the last segment's are opened; the others were checked
    /// when they were the last.
    pub(crate) fn flaw(&self, last: bool, has_txn_index: bool) -> Result<Option<String>, LogError> {
        self.glance(|inner| {
            if last {
                // Two looks at the time index, one opening.
                inner.times.file().file()?;
                let offsets = inner.offsets.flaw(self.size())?;
                let times = inner.times.flaw()?;
                let offsets = offsets.map(|flaw| format!("the offset index is corrupt ({flaw})"));
                let times = times.map(|flaw| format!("the time index is corrupt ({flaw})"));
                if offsets.is_some() || times.is_some() {
                    return Ok(offsets.or(times));
                }
            }
            if !has_txn_index {
                return Ok(None);
            }
            Ok(inner.aborted.flaw()?.map(|flaw| format!("the transaction index is corrupt ({flaw})")))
        })
    }

    /// Nothing more will be appended: the last index entry is made, and the index files are cut to size.
    pub fn seal(&self) -> Result<(), LogError> {
        let mut inner = self.lock();
        inner.final_time_entry()?;
        inner.offsets.file().trim()?;
        inner.times.file().trim()?;
        inner.recent = VecDeque::new();
        Ok(())
    }

    /// Like [`Self::seal`], and closes the files. The files of a segment that nobody used stay closed.
    pub fn close(&self) -> Result<(), LogError> {
        let mut inner = self.inner.lock();
        if inner.log.is_none() && inner.offsets.file().is_untouched() && inner.times.file().is_untouched() {
            return Ok(());
        }
        inner.final_time_entry()?;
        inner.offsets.file().trim_and_close()?;
        inner.times.file().trim_and_close()?;
        inner.let_go();
        Ok(())
    }

    /// Keeps what lies wholly below `offset`, up to the batch that holds it. Returns how many bytes were cut.
    pub fn truncate_to(&self, offset: i64, now: i64) -> Result<u64, LogError> {
        let located = self.locate(offset, self.size())?;
        let mut inner = self.lock();
        inner.offsets.truncate_to(offset)?;
        inner.times.truncate_to(offset)?;
        inner.aborted.truncate_to(offset)?;
        let Some(Located { position, .. }) = located else { return Ok(0) };
        assert!(position < self.size(), "a cut at byte {position} would lengthen the segment of {} bytes", self.size());
        let cut = self.size() - position;
        let file = self.file_in(&mut inner)?;
        files::set_len(&file, position).map_err(LogError::io("truncate", self.path()))?;
        self.set_size(position);
        (inner.largest, inner.bytes_since_index, inner.recent) = (None, 0, VecDeque::new());
        if position == 0 {
            (inner.created_ms, inner.first_timestamp) = (now, None);
        }
        drop(inner);
        self.reread_largest()?;
        Ok(cut)
    }

    /// Finds the largest timestamp again: that of the last index entry, or of a batch behind it.
    fn reread_largest(&self) -> Result<(), LogError> {
        let (file, from, mut largest) = {
            let mut inner = self.lock();
            let entry = inner.times.last()?;
            let from = inner.offsets.lookup(entry.1)?.1;
            (self.file_in(&mut inner)?, u64::from(from), entry)
        };
        let mut scan = BatchScan::new(&file, from, self.size());
        while let Some((_, batch)) = scan.next().map_err(|e| self.scan_error(e))? {
            if batch.max_timestamp > largest.0 {
                largest = (batch.max_timestamp, batch.last_offset);
            }
        }
        self.lock().largest = Some(largest);
        Ok(())
    }
}

/// Whether the file has this batch's header at a position, or cannot tell. For assertions.
fn is_batch_at(file: &File, position: u64, batch: &Batch) -> bool {
    let found = BatchScan::new(file, position, position + u64::from(batch.size)).next();
    found
        .map_or_else(|error| matches!(error, ScanError::Io(_)), |found| found.is_some_and(|(_, found)| found == *batch))
}

impl Inner {
    /// Notes a batch that is about to begin at `position` (`LogSegment.append` and `recover` alike). The caller counts
    /// its bytes.
    pub(crate) fn index_batch(&mut self, position: u64, batch: &Batch, interval: u32) -> Result<(), LogError> {
        if batch.max_timestamp > self.largest()?.0 {
            self.largest = Some((batch.max_timestamp, batch.last_offset));
        }
        if self.bytes_since_index > u64::from(interval) {
            let (timestamp, offset) = self.largest()?;
            self.offsets.append(batch.last_offset, position as u32)?;
            self.times.maybe_append(timestamp, offset, false)?;
            self.bytes_since_index = 0;
        }
        Ok(())
    }

    pub fn largest(&mut self) -> Result<(i64, i64), LogError> {
        if let Some(known) = self.largest {
            return Ok(known);
        }
        let last = self.times.last()?;
        self.largest = Some(last);
        Ok(last)
    }

    pub(crate) fn final_time_entry(&mut self) -> Result<(), LogError> {
        let (timestamp, offset) = self.largest()?;
        if timestamp >= 0 { self.times.maybe_append(timestamp, offset, true) } else { Ok(()) }
    }

    pub(crate) fn forget_first_timestamp(&mut self) {
        self.first_timestamp = None;
    }
}
