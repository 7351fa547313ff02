//! What a fetch needs of one partition's disk, here or among the threads that may block.

use rkafka_base::Offset;
use rkafka_log::{AbortedTxn, LogError, ReadData};
use rkafka_protocol::Records;
use rkafka_replication::{Partition, ReadBound};
use rkafka_runtime::disk_lane::Access;
use std::{sync::Arc, time::Duration};

/// For how long a fetch waits for a disk that is slow. Then it goes on without that partition, as if it had no records,
/// since the fetch may be about other disks, too; whoever wants them asks again.
const PATIENCE: Duration = Duration::from_millis(50);

/// What is wanted of a partition.
#[derive(Clone, Copy, Debug)]
pub struct FromDisk {
    pub offset: Offset,
    pub bytes: u32,
    pub min_one_batch: bool,
    pub bound: ReadBound,
}

/// What was found.
#[derive(Debug)]
pub struct FoundOnDisk {
    pub read: ReadData,
    /// The aborted transactions among the records, for who reads committed ones.
    pub aborted: Vec<AbortedTxn>,
}

impl FromDisk {
    /// Reads where there is room for it.
    pub async fn read(self, partition: &Arc<Partition>) -> Result<FoundOnDisk, LogError> {
        let disk = partition.log().disk();
        if let Some(_inside) = disk.enter(Access::Read) {
            return self.read_here(partition);
        }
        let there = Arc::clone(partition);
        let read = disk.run_apart(Access::Read, move || self.read_here(&there));
        tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| Ok(self.nothing()))
    }

    fn read_here(self, partition: &Partition) -> Result<FoundOnDisk, LogError> {
        let upper = partition.bound(self.bound);
        let read = partition.read(self.offset, self.bytes, self.min_one_batch, self.bound)?;
        let aborted = match self.bound {
            ReadBound::LastStable => partition.log().aborted_transactions(self.offset, upper)?,
            ReadBound::LogEnd | ReadBound::HighWatermark => Vec::new(),
        };
        Ok(FoundOnDisk { read, aborted })
    }

    fn nothing(self) -> FoundOnDisk {
        let records = Records::EMPTY;
        let read = ReadData { records, first_batch_incomplete: false, segment_base: self.offset, position: 0 };
        FoundOnDisk { read, aborted: Vec::new() }
    }
}
