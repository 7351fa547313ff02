//! The leader epochs of a log that is opened: what of their file is believed.

use super::{
    atomic_file,
    batch::Batch,
    batch_scan::BatchScan,
    error::LogError,
    file_names::LEADER_EPOCH_CHECKPOINT,
    leader_epochs::LeaderEpochs,
    load::{Loading, TARGET},
    open_files::briefly,
    segment::Segment,
};
use rkafka_runtime::files;
use std::fs::File;

impl Loading<'_> {
    /// Reads the file, and makes an empty one if there is none. After an unclean stop a damaged file is as good as none.
    pub(super) fn read_epochs(&mut self) -> Result<(), LogError> {
        let path = self.path.join(LEADER_EPOCH_CHECKPOINT);
        let Some(text) = atomic_file::read_text(&path)? else {
            briefly(|| files::write(&path, "")).map_err(LogError::io("create", &path))?;
            self.epochs_on_disk = Some(LeaderEpochs::default());
            return Ok(());
        };
        match LeaderEpochs::parse(&text) {
            Ok(epochs) => (self.epochs, self.epochs_on_disk) = (epochs.clone(), Some(epochs)),
            Err(reason) if !self.open.clean => {
                log::warn!(target: TARGET, "{} is damaged, the leader epochs are read from the log: {reason}", path.display());
            }
            Err(reason) => return Err(LogError::corrupt(&path, reason)),
        }
        Ok(())
    }

    /// After an unclean stop: what the file says of the segments from `unflushed` on is forgotten, since their batches,
    /// which are read anyway, say it themselves. What it says of those below is on disk as they are, unless the power
    /// went while a newer file took its place; the first batch of each segment that can be read tells.
    pub(super) fn doubt_epochs(&mut self, unflushed: usize) -> Result<(), LogError> {
        let Some(first) = self.segments.get(unflushed) else { return Ok(()) };
        self.epochs.truncate_from_end(first.base);
        let sealed = self.segments.get(..unflushed).unwrap_or_default();
        let mut agree = self.epochs_on_disk.is_some();
        for segment in sealed.get(self.below_log_start()..).unwrap_or_default() {
            let from = segment.base.max(self.open.log_start.0);
            let first = batch_at(segment, from)?.filter(|batch| batch.magic >= 2 && batch.leader_epoch >= 0);
            let said = |batch: &Batch| self.epochs.epoch_of(batch.base_offset.max(from)).map(|epoch| epoch.0);
            agree &= first.is_none_or(|batch| said(&batch) == Some(batch.leader_epoch));
        }
        if agree {
            return Ok(());
        }
        log::warn!(target: TARGET, "{}: the leader epochs in {LEADER_EPOCH_CHECKPOINT} are not those of the log, which is \
            read again", self.open.partition);
        self.epochs.clear();
        for segment in sealed {
            let file = open(segment)?;
            let mut scan = BatchScan::new(&file, 0, segment.size());
            while let Some((_, batch)) = scan.next().map_err(|e| segment.scan_error(e))? {
                self.epochs.note(&batch);
            }
        }
        Ok(())
    }

    /// Whether the epochs have to be written now, and else what the file holds if that is more than they are: what was
    /// only cut can wait until something is appended, since loading would cut it again.
    pub(super) fn epochs_to_save(&mut self, log_start: i64, log_end: i64) -> (bool, Option<LeaderEpochs>) {
        let Some(on_disk) = self.epochs_on_disk.take() else { return (true, None) };
        if on_disk == self.epochs {
            return (false, None);
        }
        let mut cut = on_disk.clone();
        cut.truncate_from_end(log_end);
        cut.truncate_from_start(log_start);
        if cut == self.epochs { (false, Some(on_disk)) } else { (true, None) }
    }
}

/// The segment's log file, opened for this once.
fn open(segment: &Segment) -> Result<File, LogError> {
    briefly(|| files::open(segment.path())).map_err(LogError::io("open", segment.path()))
}

/// The batch of the segment that holds `offset`, or the first one behind it.
fn batch_at(segment: &Segment, offset: i64) -> Result<Option<Batch>, LogError> {
    let position = match offset > segment.base {
        true => segment.locate(offset, segment.size())?.map_or(segment.size(), |found| found.position),
        false => 0,
    };
    let file = open(segment)?;
    let first = BatchScan::new(&file, position, segment.size()).next().map_err(|e| segment.scan_error(e))?;
    Ok(first.map(|(_, batch)| batch))
}
