//! The offsets that consumers of 0.8 and 0.9 keep in ZooKeeper, `/consumers/GROUP/offsets/TOPIC/PARTITION`, and that
//! version 0 of OffsetCommit and OffsetFetch reads and writes for them.

use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use rkafka_registry::{RegistryError, consumer_offsets};
use rkafka_zookeeper_client::ZkClient;
use std::{future::Future, pin::Pin};

/// A future that a trait object can return.
pub type ZooKeeperOffsetsFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, ErrorCode>> + Send + 'a>>;

/// Offsets in ZooKeeper.
pub trait ZooKeeperOffsets: Send + Sync + 'static {
    fn commit<'a>(
        &'a self,
        group: &'a str,
        partition: &'a TopicPartition,
        offset: i64,
    ) -> ZooKeeperOffsetsFuture<'a, ()>;

    /// `None` if the group has committed nothing for the partition.
    fn fetch<'a>(&'a self, group: &'a str, partition: &'a TopicPartition) -> ZooKeeperOffsetsFuture<'a, Option<i64>>;
}

impl ZooKeeperOffsets for ZkClient {
    fn commit<'a>(
        &'a self,
        group: &'a str,
        partition: &'a TopicPartition,
        offset: i64,
    ) -> ZooKeeperOffsetsFuture<'a, ()> {
        Box::pin(async move { consumer_offsets::write(self, group, partition, offset).await.map_err(code) })
    }

    fn fetch<'a>(&'a self, group: &'a str, partition: &'a TopicPartition) -> ZooKeeperOffsetsFuture<'a, Option<i64>> {
        Box::pin(async move { consumer_offsets::read(self, group, partition).await.map_err(code) })
    }
}

fn code(error: RegistryError) -> ErrorCode {
    log::error!(target: "kafka.server.KafkaApis", "An offset in ZooKeeper could not be read or written: {error}");
    ErrorCode::UNKNOWN_SERVER_ERROR
}
