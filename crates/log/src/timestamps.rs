//! Offsets by time. The time index leads to the batch; only that batch's records are read.

use super::{
    batch::Batch,
    batch_scan::BatchScan,
    error::LogError,
    partition_log::Log,
    segment::Segment,
    types::{
        EARLIEST_LOCAL_TIMESTAMP, EARLIEST_TIMESTAMP, LATEST_TIERED_TIMESTAMP, LATEST_TIMESTAMP, MAX_TIMESTAMP,
        OffsetAndTimestamp,
    },
};
use bytes::Bytes;
use rkafka_base::{LeaderEpoch, Offset, TimestampMs};
use rkafka_protocol::record::{Batch as RecordBatch, MAX_DECOMPRESSED};
use rkafka_runtime::files;
use std::sync::Arc;

const NO_TIMESTAMP: TimestampMs = TimestampMs(-1);

impl Log {
    /// The first record whose timestamp is not smaller, or what one of the negative special values asks for
    /// ([`LATEST_TIMESTAMP`] and so on). `None` if there is no such record.
    ///
    /// Knows nothing of the high watermark: narrowing the answer for consumers is up to the caller.
    pub fn offset_for_timestamp(&self, timestamp: i64) -> Result<Option<OffsetAndTimestamp>, LogError> {
        match timestamp {
            EARLIEST_TIMESTAMP | EARLIEST_LOCAL_TIMESTAMP => {
                let (offset, epochs) = (self.log_start(), self.0.view.epochs());
                let leader_epoch = epochs.earliest().filter(|(_, start)| *start <= offset).map(|(epoch, _)| epoch);
                Ok(Some(OffsetAndTimestamp { offset, timestamp: NO_TIMESTAMP, leader_epoch }))
            }
            LATEST_TIMESTAMP => {
                let (offset, leader_epoch) = (self.log_end(), self.latest_epoch());
                Ok(Some(OffsetAndTimestamp { offset, timestamp: NO_TIMESTAMP, leader_epoch }))
            }
            LATEST_TIERED_TIMESTAMP => Ok(Some(OffsetAndTimestamp {
                offset: Offset(-1),
                timestamp: NO_TIMESTAMP,
                leader_epoch: Some(LeaderEpoch::NONE),
            })),
            MAX_TIMESTAMP => self.beside_cuts(|| self.largest_timestamp()),
            target => self.beside_cuts(|| self.first_at_or_after(target)),
        }
    }

    fn readable_segments(&self) -> Result<Vec<Arc<Segment>>, LogError> {
        self.0.check_usable()?;
        Ok(self.0.view.segments().to_vec())
    }

    /// The first record with the largest timestamp of the log.
    fn largest_timestamp(&self) -> Result<Option<OffsetAndTimestamp>, LogError> {
        let mut newest: Option<(Arc<Segment>, (i64, i64))> = None;
        for segment in self.readable_segments()? {
            let largest = segment.lock().largest()?;
            if newest.as_ref().is_none_or(|(_, known)| largest.0 > known.0) {
                newest = Some((segment, largest));
            }
        }
        let Some((segment, (timestamp, offset))) = newest.filter(|(_, largest)| largest.0 >= 0) else {
            return Ok(None);
        };
        segment.first_record(offset, |batch| batch.max_timestamp == timestamp, |_, at| at == timestamp)
    }

    fn first_at_or_after(&self, target: i64) -> Result<Option<OffsetAndTimestamp>, LogError> {
        let start = self.log_start().0;
        for segment in self.readable_segments()? {
            if segment.size() == 0 || segment.largest_timestamp()? < target {
                continue;
            }
            let near = segment.lock().times.lookup(target)?.1;
            let holds = |batch: &Batch| batch.max_timestamp >= target;
            return segment.first_record(near.max(start), holds, |offset, at| at >= target && offset >= start);
        }
        Ok(None)
    }
}

impl Segment {
    /// The first record that is `wanted`, by offset and timestamp, in a batch that `may_hold` one, from the index's
    /// word for `near` on.
    fn first_record(
        &self,
        near: i64,
        may_hold: impl Fn(&Batch) -> bool,
        wanted: impl Fn(i64, i64) -> bool,
    ) -> Result<Option<OffsetAndTimestamp>, LogError> {
        let from = self.lock().offsets.lookup(near)?.1;
        let file = self.file()?;
        let mut scan = BatchScan::new(&file, u64::from(from), self.size());
        while let Some((position, batch)) = scan.next().map_err(|e| self.scan_error(e))? {
            if !may_hold(&batch) {
                continue;
            }
            let mut bytes = vec![0; batch.size as usize];
            files::read_exact_at(&file, &mut bytes, position).map_err(LogError::io("read", self.path()))?;
            if let Some((offset, timestamp)) = self.search_batch(bytes.into(), &wanted)? {
                let leader_epoch = Some(LeaderEpoch(batch.leader_epoch)).filter(|epoch| epoch.0 >= 0);
                return Ok(Some(OffsetAndTimestamp { offset, timestamp, leader_epoch }));
            }
        }
        Ok(None)
    }

    fn search_batch(
        &self,
        bytes: Bytes,
        wanted: impl Fn(i64, i64) -> bool,
    ) -> Result<Option<(Offset, TimestampMs)>, LogError> {
        let bad = |e| LogError::corrupt(self.path(), format!("a batch cannot be read: {e}"));
        let opened = RecordBatch::parse(&bytes).and_then(|batch| batch.open(MAX_DECOMPRESSED)).map_err(bad)?;
        for record in opened.records() {
            let record = record.map_err(bad)?;
            if wanted(record.offset.0, record.timestamp.0) {
                return Ok(Some((record.offset, record.timestamp)));
            }
        }
        Ok(None)
    }
}
