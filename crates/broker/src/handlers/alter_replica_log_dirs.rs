//! AlterReplicaLogDirs 0–2 (KIP-113): moves replicas of this broker into other ones of its log dirs.

use super::by_topic;
use crate::{controller_requests::ControllerRequests, request::RequestContext};
use rkafka_base::TopicPartition;
use rkafka_log::Destination;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse,
        alter_replica_log_dirs_response::{AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult},
    },
};
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// The longest topic name that leaves room for the suffix of a copy's directory.
const MAX_TOPIC: usize = 249 - 40;

pub async fn handle(
    context: Arc<ControllerRequests>,
    _request_context: RequestContext,
    request: AlterReplicaLogDirsRequest,
) -> AlterReplicaLogDirsResponse {
    // Of a partition that is named twice the last dir counts.
    let mut wanted: BTreeMap<TopicPartition, &Path> = BTreeMap::new();
    for dir in &request.dirs {
        for topic in &dir.topics {
            let name: Arc<str> = topic.name.as_str().into();
            let partitions = topic.partitions.iter().map(|index| TopicPartition::new(name.clone(), *index));
            wanted.extend(partitions.map(|partition| (partition, Path::new(&dir.path))));
        }
    }
    let altered = wanted.into_iter().map(|(partition, dir)| {
        let code = alter(&context, &partition, dir);
        (partition, code)
    });
    let results = by_topic(altered).into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(partition_index, code)| AlterReplicaLogDirPartitionResult {
            partition_index,
            error_code: code.0,
            ..Default::default()
        });
        AlterReplicaLogDirTopicResult {
            topic_name: name.to_string(),
            partitions: partitions.collect(),
            ..Default::default()
        }
    });
    AlterReplicaLogDirsResponse { results: results.collect(), ..Default::default() }
}

fn alter(context: &ControllerRequests, partition: &TopicPartition, dir: &Path) -> ErrorCode {
    if partition.topic.len() > MAX_TOPIC {
        return ErrorCode::INVALID_TOPIC_EXCEPTION;
    }
    if context.replicas.is_offline(partition) {
        return ErrorCode::KAFKA_STORAGE_ERROR;
    }
    match context.log_dirs.destination(partition, dir) {
        Destination::Unknown => ErrorCode::LOG_DIR_NOT_FOUND,
        Destination::Offline => ErrorCode::KAFKA_STORAGE_ERROR,
        Destination::NoReplica => ErrorCode::REPLICA_NOT_AVAILABLE,
        Destination::Here => {
            context.moves.stop(partition);
            ErrorCode::NONE
        }
        Destination::Elsewhere => {
            let Some(replica) = context.replicas.get(&partition.topic, partition.partition) else {
                return ErrorCode::REPLICA_NOT_AVAILABLE;
            };
            context.moves.start(replica.log(), dir).map_or_else(|e| e.code(), |()| ErrorCode::NONE)
        }
    }
}
