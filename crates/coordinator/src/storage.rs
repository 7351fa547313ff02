//! The door to the internal topic's log. The broker implements it on the real partition; tests on a list in memory.

use bytes::Bytes;
use rkafka_base::Offset;
use rkafka_protocol::ErrorCode;
use rkafka_runtime::disk_lane::DiskLane;
use std::{future::Future, pin::Pin, sync::Arc};

/// A future that a trait object can return.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// An append that stands in the leader's log and may still have to reach the other replicas.
pub struct Appended {
    /// The offset of its first record.
    pub base_offset: Offset,
    /// Done when the records are committed: the high watermark has passed them (acks=-1). Fails with the code that a
    /// producer would get: NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS_AFTER_APPEND, ….
    pub committed: BoxFuture<Result<(), ErrorCode>>,
}

/// The log of one internal topic, by partition.
pub trait OffsetsLog: Send + Sync + 'static {
    /// Appends one batch (magic 2; its base offset and leader epoch are for the log to set) as the leader. Returns when
    /// the batch has its place in the log, so the order of calls is the order in the log.
    ///
    /// # Errors
    /// The code that a producer would get, for example NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS,
    /// KAFKA_STORAGE_ERROR.
    fn append(&self, partition: i32, batch: Bytes) -> Result<Appended, ErrorCode>;

    /// The way to the disk that the partition's log is on; `None` if there is none to wait for.
    fn disk(&self, partition: i32) -> Option<Arc<DiskLane>>;

    /// The first offset of the log.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER if this broker does not lead the partition.
    fn start_offset(&self, partition: i32) -> Result<Offset, ErrorCode>;

    /// Whole batches from `from` on, in all about `max_bytes` but at least one; empty at the end of the log.
    fn read(&self, partition: i32, from: Offset, max_bytes: usize) -> BoxFuture<Result<Bytes, ErrorCode>>;
}
