//! Reading a segment again from its first byte, because nobody can vouch for it: after a crash, or when an index is
//! missing or damaged (`LogSegment.recover`).

use super::{
    batch::Batch,
    batch_scan::{BatchScan, ScanError, crc_holds},
    error::LogError,
    fsync::sync_file,
    segment::Segment,
};
use rkafka_runtime::files;

/// What a recovery found behind the last good batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Torn {
    /// How many bytes were cut off.
    pub bytes: u64,
    /// What was wrong with them.
    pub reason: String,
}

impl Segment {
    /// Checks every batch, rebuilds the indexes, and cuts the file behind the last good batch. `each` is called for
    /// every good batch, in order.
    pub(crate) fn recover(
        &self,
        interval: u32,
        mut each: impl FnMut(&Segment, &Batch) -> Result<(), LogError>,
    ) -> Result<Option<Torn>, LogError> {
        let file = {
            let mut inner = self.lock();
            inner.offsets.file().restart()?;
            inner.times.file().restart()?;
            inner.aborted.clear()?;
            (inner.largest, inner.bytes_since_index) = (Some((-1, self.base)), 0);
            inner.forget_first_timestamp();
            self.file_in(&mut inner)?
        };
        let size = file.metadata().map_err(LogError::io("look at", self.path()))?.len();
        let (mut valid, mut buffer) = (0, Vec::new());
        let mut next_offset = self.base;
        let mut scan = BatchScan::new(&file, 0, size);
        let reason = loop {
            let (position, batch) = match scan.next() {
                Ok(Some(found)) => found,
                Ok(None) if valid == size => break None,
                Ok(None) => break Some("the last batch is cut off".to_string()),
                Err(ScanError::Io(e)) => return Err(LogError::io("read", self.path())(e)),
                Err(bad) => break Some(bad.to_string()),
            };
            if let Some(flaw) = self.flaw_of(&batch, next_offset) {
                break Some(format!("at byte {position}: {flaw}"));
            }
            if !crc_holds(&file, position, &batch, &mut buffer).map_err(LogError::io("read", self.path()))? {
                break Some(format!("at byte {position}: the batch at offset {} has a wrong CRC", batch.base_offset));
            }
            self.index_recovered(position, &batch, interval)?;
            each(self, &batch)?;
            next_offset = batch.last_offset + 1;
            valid = position + u64::from(batch.size);
        };
        assert!(valid <= size, "{valid} bytes of good batches were read in a file of {size}");
        if valid < size {
            files::set_len(&file, valid).map_err(LogError::io("truncate", self.path()))?;
            // What is appended next must not be followed by what was cut off, after another power cut.
            sync_file(&file).map_err(LogError::io("sync", self.path()))?;
        }
        debug_assert!(
            valid == 0 || self.base < next_offset,
            "the segment of {} ends at offset {next_offset}",
            self.base
        );
        self.set_size(valid);
        let mut inner = self.lock();
        inner.offsets.file().trim()?;
        inner.final_time_entry()?;
        inner.times.file().trim()?;
        Ok(reason.map(|reason| Torn { bytes: size - valid, reason }))
    }

    /// Why a whole batch cannot stand where it stands: its offsets.
    fn flaw_of(&self, batch: &Batch, next_offset: i64) -> Option<String> {
        let delta = batch.last_offset - self.base;
        if batch.last_offset < self.base || delta > i64::from(i32::MAX) {
            return Some(format!("offset {} does not belong into the segment of {}", batch.last_offset, self.base));
        }
        (batch.base_offset < next_offset)
            .then(|| format!("offset {} comes after offset {}", batch.base_offset, next_offset - 1))
    }

    fn index_recovered(&self, position: u64, batch: &Batch, interval: u32) -> Result<(), LogError> {
        let mut inner = self.lock();
        inner.index_batch(position, batch, interval)?;
        inner.bytes_since_index += u64::from(batch.size);
        inner.offsets.file().write_due()?;
        inner.times.file().write_due()
    }
}
