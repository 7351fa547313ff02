//! DescribeLogDirs 0–4 (KIP-113, KIP-827): the log dirs, the size of each replica in them, and the room on their disks.

use crate::{data::DataContext, request::RequestContext};
use rkafka_log::{Log, LogDirDescription};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        DescribeLogDirsRequest, DescribeLogDirsResponse,
        describe_log_dirs_request::DescribableLogDirTopic,
        describe_log_dirs_response::{DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic},
    },
};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

pub async fn handle(
    context: Arc<DataContext>,
    _request_context: RequestContext,
    request: DescribeLogDirsRequest,
) -> DescribeLogDirsResponse {
    let dirs = context.log_dirs.describe();
    let wanted = request.topics.as_deref().map(wanted);
    let results = dirs.iter().map(|dir| describe(dir, wanted.as_ref()));
    DescribeLogDirsResponse { results: results.collect(), ..Default::default() }
}

/// The partitions that a request names.
type Wanted<'a> = HashSet<(&'a str, i32)>;

fn wanted(topics: &[DescribableLogDirTopic]) -> Wanted<'_> {
    topics.iter().flat_map(|topic| topic.partitions.iter().map(|number| (&*topic.topic, *number))).collect()
}

fn is_wanted(wanted: Option<&Wanted<'_>>, log: &Log) -> bool {
    let name = log.partition();
    wanted.is_none_or(|wanted| wanted.contains(&(&*name.topic, name.partition)))
}

fn describe(dir: &LogDirDescription, wanted: Option<&Wanted<'_>>) -> DescribeLogDirsResult {
    let mut topics: BTreeMap<&str, Vec<DescribeLogDirsPartition>> = BTreeMap::new();
    for log in dir.replicas.iter().filter(|log| is_wanted(wanted, log)) {
        topics.entry(&log.partition().topic).or_default().push(DescribeLogDirsPartition {
            partition_index: log.partition().partition,
            partition_size: i64::try_from(log.size()).unwrap_or(i64::MAX),
            offset_lag: (log.high_watermark().0 - log.log_end().0).max(0),
            is_future_key: false,
            ..Default::default()
        });
    }
    for (copy, current) in dir.futures.iter().filter(|(log, _)| is_wanted(wanted, log)) {
        topics.entry(&copy.partition().topic).or_default().push(DescribeLogDirsPartition {
            partition_index: copy.partition().partition,
            partition_size: i64::try_from(copy.size()).unwrap_or(i64::MAX),
            offset_lag: current.as_ref().map_or(-1, |log| (log.log_end().0 - copy.log_end().0).max(0)),
            is_future_key: true,
            ..Default::default()
        });
    }
    let topics = topics.into_iter().map(|(name, mut partitions)| {
        partitions.sort_by_key(|p| p.partition_index);
        DescribeLogDirsTopic { name: name.to_owned(), partitions, ..Default::default() }
    });
    let code = if dir.offline.is_some() { ErrorCode::KAFKA_STORAGE_ERROR } else { ErrorCode::NONE };
    DescribeLogDirsResult {
        error_code: code.0,
        log_dir: dir.path.display().to_string(),
        topics: topics.collect(),
        total_bytes: dir.total_bytes,
        usable_bytes: dir.usable_bytes,
        ..Default::default()
    }
}
