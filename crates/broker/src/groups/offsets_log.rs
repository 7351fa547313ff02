//! The group coordinator's log: the partitions of `__consumer_offsets` that this broker leads.

use crate::region;
use bytes::{Bytes, BytesMut};
use rkafka_base::{OFFSETS_TOPIC, Offset};
use rkafka_coordinator::{Appended, OffsetsLog, storage::BoxFuture};
use rkafka_log::AppendOrigin;
use rkafka_protocol::{ErrorCode, Records, record::patch};
use rkafka_replication::{AppendError, LeaderAppend, Partition, ReadBound, Replicas};
use rkafka_runtime::{
    clock::Clock,
    disk_lane::{Access, DiskLane},
};
use std::{convert::Infallible, sync::Arc, time::Duration};

/// Offsets are acknowledged when all in-sync replicas have them.
const ALL_REPLICAS: i16 = -1;

/// The partitions of `__consumer_offsets` on this broker.
pub struct OffsetsPartitions {
    pub replicas: Arc<Replicas>,
    pub clock: Arc<dyn Clock>,
    /// `offsets.commit.timeout.ms`.
    pub commit_timeout: Duration,
}

impl OffsetsPartitions {
    fn leading(&self, partition: i32) -> Result<Arc<Partition>, ErrorCode> {
        let found = self.replicas.get(OFFSETS_TOPIC, partition).ok_or(ErrorCode::NOT_LEADER_OR_FOLLOWER)?;
        found.check_leader(-1)?;
        Ok(found)
    }
}

impl OffsetsLog for OffsetsPartitions {
    fn append(&self, partition: i32, batch: Bytes) -> Result<Appended, ErrorCode> {
        let partition = self.leading(partition)?;
        let assign = |first: Offset, epoch| {
            let mut batch = batch.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
            patch::base_offset(&mut batch, first);
            patch::leader_epoch(&mut batch, epoch);
            Ok::<_, Infallible>(Records::Bytes(batch.freeze()))
        };
        let now = self.clock.now();
        let written = partition.append(now, AppendOrigin::Coordinator, ALL_REPLICAS, assign).map_err(|e| match e {
            AppendError::Refused(code) => code,
            AppendError::Log(e) => e.code(),
            AppendError::Records(never) => match never {},
        })?;
        let LeaderAppend { appended, epoch } = written;
        let (end, timeout) = (appended.last_offset.plus(1), self.commit_timeout);
        Ok(Appended {
            base_offset: appended.first_offset,
            committed: Box::pin(async move { partition.committed(end, epoch, timeout).await }),
        })
    }

    fn disk(&self, partition: i32) -> Option<Arc<DiskLane>> {
        self.replicas.get(OFFSETS_TOPIC, partition).map(|partition| partition.log().disk())
    }

    fn start_offset(&self, partition: i32) -> Result<Offset, ErrorCode> {
        Ok(self.leading(partition)?.log().log_start())
    }

    fn read(&self, partition: i32, from: Offset, max_bytes: usize) -> BoxFuture<Result<Bytes, ErrorCode>> {
        let leading = self.leading(partition);
        Box::pin(async move {
            let partition = leading?;
            if from >= partition.log().log_end() {
                return Ok(Bytes::new());
            }
            let disk = partition.log().disk();
            let max_bytes = u32::try_from(max_bytes).unwrap_or(u32::MAX);
            let read = move || {
                let records = partition.read(from, max_bytes, true, ReadBound::LogEnd).map_err(|e| e.code())?.records;
                region::read(&records).map_err(|_| ErrorCode::KAFKA_STORAGE_ERROR)
            };
            disk.run_apart(Access::Scan, read).await
        })
    }
}
