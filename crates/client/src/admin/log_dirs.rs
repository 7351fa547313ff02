//! Moving replicas between the log directories of a broker.

use super::{Admin, ItemResult, Route, item};
use crate::ClientError;
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterReplicaLogDirsRequest,
        alter_replica_log_dirs_request::{AlterReplicaLogDir, AlterReplicaLogDirTopic},
    },
};
use std::collections::BTreeMap;

impl Admin {
    /// Has one broker move its replicas of partitions to log directories. The results are in the order of the request.
    pub async fn alter_replica_log_dirs(
        &self,
        broker: i32,
        moves: &[(TopicPartition, String)],
    ) -> Result<Vec<ItemResult<()>>, ClientError> {
        let mut dirs: BTreeMap<&str, BTreeMap<&str, Vec<i32>>> = BTreeMap::new();
        for (partition, dir) in moves {
            dirs.entry(dir).or_default().entry(&partition.topic).or_default().push(partition.partition);
        }
        let topic = |(name, partitions): (&&str, &Vec<i32>)| AlterReplicaLogDirTopic {
            name: (*name).to_owned(),
            partitions: partitions.clone(),
            ..Default::default()
        };
        let dir = |(path, topics): (&&str, &BTreeMap<&str, Vec<i32>>)| AlterReplicaLogDir {
            path: (*path).to_owned(),
            topics: topics.iter().map(topic).collect(),
            ..Default::default()
        };
        let request = |_| AlterReplicaLogDirsRequest { dirs: dirs.iter().map(dir).collect(), ..Default::default() };
        let response = self.call("alterReplicaLogDirs", Route::Node(broker), request, |_| ErrorCode::NONE).await?;
        let found = |partition: &TopicPartition| {
            let topic = response.results.iter().find(|topic| *topic.topic_name == *partition.topic)?;
            topic.partitions.iter().find(|p| p.partition_index == partition.partition)
        };
        let result = |(partition, _): &(TopicPartition, String)| match found(partition) {
            Some(result) => item(result.error_code, None, ()),
            None => Err(ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, None)),
        };
        Ok(moves.iter().map(result).collect())
    }
}
