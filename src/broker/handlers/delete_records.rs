//! DeleteRecords 0–2 (KIP-107): moves the log start forward; the files go with the next retention pass.

use crate::base::Offset;
use crate::broker::{
    data::{DataContext, is_internal_topic},
    request::RequestContext,
};
use crate::protocol::{
    ErrorCode,
    messages::{
        DeleteRecordsRequest, DeleteRecordsResponse,
        delete_records_request::DeleteRecordsPartition,
        delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult},
    },
};
use std::sync::Arc;

/// "Everything that is committed."
const HIGH_WATERMARK: i64 = -1;

pub async fn handle(
    context: Arc<DataContext>,
    _request_context: RequestContext,
    request: DeleteRecordsRequest,
) -> DeleteRecordsResponse {
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|p| {
            let (low_watermark, code) = match delete(&context, &topic.name, p) {
                Ok(start) => (start.0, ErrorCode::NONE),
                Err(code) => (-1, code),
            };
            DeleteRecordsPartitionResult {
                partition_index: p.partition_index,
                low_watermark,
                error_code: code.0,
                ..Default::default()
            }
        });
        DeleteRecordsTopicResult { name: topic.name.clone(), partitions: partitions.collect(), ..Default::default() }
    });
    DeleteRecordsResponse { topics: topics.collect(), ..Default::default() }
}

fn delete(context: &DataContext, topic: &str, wanted: &DeleteRecordsPartition) -> Result<Offset, ErrorCode> {
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
    partition.delete_records(Offset(wanted.offset)).map_err(|e| e.code())
}
