//! Reading the producers of a log again: from the newest snapshot, then from the headers of the batches behind it
//! (`UnifiedLog.rebuildProducerState`).

use super::{
    batch::Batch,
    batch_scan::BatchScan,
    error::LogError,
    producer_snapshot,
    producer_state::{Checked, ProducerState},
    segment::Segment,
    types::{AbortedTxn, AppendOrigin},
};
use rkafka_base::TopicPartition;
use std::{path::Path, sync::Arc};

/// What rebuilding needs to know of the log.
pub(super) struct Source {
    pub partition: TopicPartition,
    pub dir: Arc<Path>,
    pub log_start: i64,
    pub expiration_ms: i64,
    pub now: i64,
}

impl Source {
    /// Makes `state` what it was at offset `end`, and takes a snapshot there. `snapshots` are the offsets of those that
    /// exist, ascending.
    pub fn rebuild(
        &self,
        state: &mut ProducerState,
        segments: &[Arc<Segment>],
        snapshots: &[i64],
        end: i64,
    ) -> Result<(), LogError> {
        self.load_snapshot(state, snapshots, end)?;
        debug_assert!(state.map_end_offset <= end, "producers as of {} for a log end of {end}", state.map_end_offset);
        self.replay(state, segments, end)?;
        producer_snapshot::take(&self.dir, state, false)
    }

    /// Takes over the newest readable snapshot that is not above `end`; those above it are removed.
    pub fn load_snapshot(&self, state: &mut ProducerState, snapshots: &[i64], end: i64) -> Result<(), LogError> {
        state.reset(self.log_start.min(end));
        state.snapshot_offset = -1;
        for offset in snapshots.iter().rev().copied() {
            if offset > end {
                producer_snapshot::remove(&self.dir, offset)?;
                continue;
            }
            if let Some(entries) = producer_snapshot::load(&self.dir, offset)? {
                state.restore(entries, offset, self.now, self.expiration_ms);
                state.map_end_offset = offset.max(self.log_start.min(end));
                return Ok(());
            }
        }
        // An empty state at offset 0 needs no snapshot.
        state.snapshot_offset = 0;
        Ok(())
    }

    /// Reads the headers from where `state` ends up to `end`.
    pub fn replay(&self, state: &mut ProducerState, segments: &[Arc<Segment>], end: i64) -> Result<(), LogError> {
        let from = state.map_end_offset;
        for (at, segment) in segments.iter().enumerate() {
            let next_base = segments.get(at + 1).map_or(i64::MAX, |s| s.base);
            if next_base <= from || segment.base >= end {
                continue;
            }
            self.replay_segment(state, segment, from.max(segment.base), end)?;
        }
        state.map_end_offset = end;
        Ok(())
    }

    fn replay_segment(
        &self,
        state: &mut ProducerState,
        segment: &Segment,
        from: i64,
        end: i64,
    ) -> Result<(), LogError> {
        let Some(start) = segment.locate(from, segment.size())? else { return Ok(()) };
        let file = segment.file()?;
        let mut scan = BatchScan::new(&file, start.position, segment.size());
        while let Some((_, batch)) = scan.next().map_err(|e| segment.scan_error(e))? {
            if batch.base_offset >= end {
                break;
            }
            self.note(state, &batch)?;
        }
        Ok(())
    }

    /// Notes one batch of the log; returns the transaction that it aborted, if it did.
    pub fn note(&self, state: &mut ProducerState, batch: &Batch) -> Result<Vec<AbortedTxn>, LogError> {
        let mut aborted = Vec::new();
        if batch.has_producer() {
            let checked = state.check(std::slice::from_ref(batch), AppendOrigin::Replication, &self.partition)?;
            if let Checked::New(updates) = checked {
                aborted = state.apply(updates);
            }
        }
        state.map_end_offset = batch.last_offset + 1;
        Ok(aborted)
    }
}
