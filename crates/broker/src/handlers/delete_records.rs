//! DeleteRecords 0–2 (KIP-107): moves the log start forward and waits until the live followers have done the same; the
//! files go with the next retention pass.

use crate::{data::DataContext, request::RequestContext};
use rkafka_base::{Offset, is_internal_topic};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        DeleteRecordsRequest, DeleteRecordsResponse,
        delete_records_request::DeleteRecordsPartition,
        delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult},
    },
};
use rkafka_replication::Partition;
use rkafka_runtime::disk_lane::Access;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::time::Instant;

/// "Everything that is committed."
const HIGH_WATERMARK: i64 = -1;

pub async fn handle(
    context: Arc<DataContext>,
    _request_context: RequestContext,
    request: DeleteRecordsRequest,
) -> DeleteRecordsResponse {
    let deadline = Instant::now() + Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
    let request = each_once(request);
    // All are deleted before any is waited for.
    let mut started = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for p in &topic.partitions {
            partitions.push(delete(&context, &topic.name, p).await);
        }
        started.push(partitions);
    }
    let mut topics = Vec::with_capacity(request.topics.len());
    for (topic, started) in request.topics.iter().zip(started) {
        let mut partitions = Vec::with_capacity(started.len());
        for (wanted, started) in topic.partitions.iter().zip(started) {
            let (low_watermark, code) = match wait(started, deadline).await {
                Ok(low) => (low.0, ErrorCode::NONE),
                Err(code) => (-1, code),
            };
            partitions.push(DeleteRecordsPartitionResult {
                partition_index: wanted.partition_index,
                low_watermark,
                error_code: code.0,
                ..Default::default()
            });
        }
        topics.push(DeleteRecordsTopicResult { name: topic.name.clone(), partitions, ..Default::default() });
    }
    DeleteRecordsResponse { topics, ..Default::default() }
}

/// Leaves each partition once, as it is named last.
fn each_once(mut request: DeleteRecordsRequest) -> DeleteRecordsRequest {
    let mut seen: HashSet<(Arc<str>, i32)> = HashSet::new();
    for topic in request.topics.iter_mut().rev() {
        let name: Arc<str> = topic.name.as_str().into();
        topic.partitions.reverse();
        topic.partitions.retain(|p| seen.insert((name.clone(), p.partition_index)));
        topic.partitions.reverse();
    }
    request.topics.retain(|topic| !topic.partitions.is_empty());
    request
}

/// Waits for the live followers. Gives the low watermark.
async fn wait(started: Result<(Arc<Partition>, Offset), ErrorCode>, deadline: Instant) -> Result<Offset, ErrorCode> {
    let (partition, start) = started?;
    partition.deleted_everywhere(start, deadline.saturating_duration_since(Instant::now())).await
}

/// Deletes here. Gives the replica and the offset that must become every live replica's first.
async fn delete(
    context: &DataContext,
    topic: &str,
    wanted: &DeleteRecordsPartition,
) -> Result<(Arc<Partition>, Offset), ErrorCode> {
    if is_internal_topic(topic) {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    let partition = context.partition(topic, wanted.partition_index)?;
    partition.check_leader(-1)?;
    if !partition.config().delete {
        return Err(ErrorCode::POLICY_VIOLATION);
    }
    let committed = partition.log().high_watermark().0;
    if wanted.offset != HIGH_WATERMARK && !(0..=committed).contains(&wanted.offset) {
        return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    let wanted = if wanted.offset == HIGH_WATERMARK { committed } else { wanted.offset };
    let there = Arc::clone(&partition);
    let delete = move || there.delete_records(Offset(wanted));
    let start = partition.log().disk().run(Access::Write, delete).await.map_err(|e| e.code())?;
    Ok((partition, start.min(Offset(wanted))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::messages::delete_records_request::DeleteRecordsTopic;

    #[test]
    fn of_a_partition_that_is_named_twice_the_last_counts() {
        let topic = |name: &str, partitions: &[(i32, i64)]| DeleteRecordsTopic {
            name: name.to_owned(),
            partitions: partitions
                .iter()
                .map(|(partition_index, offset)| DeleteRecordsPartition {
                    partition_index: *partition_index,
                    offset: *offset,
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        };
        let topics = vec![topic("a", &[(0, 1)]), topic("b", &[(0, 1), (1, 2), (0, 3)]), topic("a", &[(0, 2), (1, 9)])];
        let request = each_once(DeleteRecordsRequest { topics, ..Default::default() });
        assert_eq!(request.topics, [topic("b", &[(1, 2), (0, 3)]), topic("a", &[(0, 2), (1, 9)])]);
    }
}
