//! ListOffsets 0–9: the ends of a log, and the first offset at or after a timestamp.
//!
//! Version 0 answers with a list of segment starts (`old_style_offsets`). Timestamps: −1 latest, −2 earliest, −3 the
//! record with the largest timestamp (KIP-734), −4 earliest local and −5 latest tiered (KIP-405, KIP-1005).

use crate::{data::DataContext, request::RequestContext};
use rkafka_base::Offset;
use rkafka_log::{LATEST_TIERED_TIMESTAMP, LATEST_TIMESTAMP, MAX_TIMESTAMP, OffsetAndTimestamp};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        ListOffsetsRequest, ListOffsetsResponse,
        list_offsets_request::ListOffsetsPartition,
        list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse},
    },
};
use rkafka_replication::{Partition, ReadBound};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    disk_lane::Access,
    files,
};
use std::{collections::HashSet, path::Path, sync::Arc, time::UNIX_EPOCH};

/// `isolation_level` of a consumer that skips aborted transactions.
const READ_COMMITTED: i8 = 1;
/// From this version on an offset comes with the leader epoch of its record.
const LEADER_EPOCHS_SINCE: i16 = 4;
/// The most offsets that version 0 may ask for of one partition.
const MAX_OLD_STYLE_OFFSETS: usize = 10_000;

/// `replica_id` of a consumer, and of a tool that looks at replicas (`kafka-replica-verification`).
const CONSUMER: i32 = -1;
const DEBUGGING_CONSUMER: i32 = -2;
/// From this version on a client knows OFFSET_NOT_AVAILABLE.
const NOT_AVAILABLE_SINCE: i16 = 5;

/// Who asks.
#[derive(Clone, Copy)]
struct Asker {
    bound: ReadBound,
    needs_leader: bool,
    version: i16,
}

impl Asker {
    fn check(&self, partition: &Partition, epoch: i32) -> Result<(), ErrorCode> {
        match self.needs_leader {
            true => partition.check_leader(epoch)?,
            false => partition.check_epoch(epoch)?,
        };
        Ok(())
    }

    /// A new leader may know a high watermark below what clients of the leader before have seen, until its followers
    /// have fetched (KIP-207).
    fn is_too_early(&self, partition: &Partition) -> bool {
        let is_client = self.bound != ReadBound::LogEnd;
        is_client && partition.epoch_start().is_some_and(|start| start > partition.log().high_watermark())
    }

    fn not_available(&self) -> ErrorCode {
        match self.version {
            NOT_AVAILABLE_SINCE.. => ErrorCode::OFFSET_NOT_AVAILABLE,
            _ => ErrorCode::LEADER_NOT_AVAILABLE,
        }
    }
}

pub async fn handle(
    context: Arc<DataContext>,
    request_context: RequestContext,
    request: ListOffsetsRequest,
) -> ListOffsetsResponse {
    let bound = match (request.replica_id, request.isolation_level) {
        (CONSUMER, READ_COMMITTED) => ReadBound::LastStable,
        (CONSUMER, _) => ReadBound::HighWatermark,
        _ => ReadBound::LogEnd,
    };
    let asker =
        Asker { bound, needs_leader: request.replica_id != DEBUGGING_CONSUMER, version: request_context.version };
    let mut seen = HashSet::new();
    let mut repeated = HashSet::new();
    for topic in &request.topics {
        for p in &topic.partitions {
            if !seen.insert((topic.name.as_str(), p.partition_index)) {
                repeated.insert((topic.name.as_str(), p.partition_index));
            }
        }
    }
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for p in &topic.partitions {
            let answer = if repeated.contains(&(topic.name.as_str(), p.partition_index)) {
                Err(ErrorCode::INVALID_REQUEST)
            } else if request_context.version == 0 {
                old_style(&context, &topic.name, p, asker).await
            } else {
                answer(&context, &topic.name, p, asker).await
            };
            partitions.push(answer.unwrap_or_else(|code| response(p.partition_index, code)));
        }
        topics.push(ListOffsetsTopicResponse { name: topic.name.clone(), partitions, ..Default::default() });
    }
    ListOffsetsResponse { topics, ..Default::default() }
}

async fn answer(
    context: &DataContext,
    topic: &str,
    wanted: &ListOffsetsPartition,
    asker: Asker,
) -> Result<ListOffsetsPartitionResponse, ErrorCode> {
    let partition = context.partition(topic, wanted.partition_index)?;
    asker.check(&partition, wanted.current_leader_epoch)?;
    let timestamp = wanted.timestamp;
    let found = if needs_records(timestamp) {
        let there = Arc::clone(&partition);
        let look = move || lookup(&there, timestamp, asker);
        partition.log().disk().run_apart(Access::Scan, look).await?
    } else {
        lookup(&partition, timestamp, asker)?
    };
    let mut response = response(wanted.partition_index, ErrorCode::NONE);
    if let Some(found) = found {
        response.offset = found.offset.0;
        response.timestamp = found.timestamp.0;
        if asker.version >= LEADER_EPOCHS_SINCE {
            response.leader_epoch = found.leader_epoch.map_or(-1, |e| e.0);
        }
    }
    Ok(response)
}

/// Whether records have to be read for the answer.
fn needs_records(timestamp: i64) -> bool {
    timestamp >= 0 || timestamp == MAX_TIMESTAMP
}

fn lookup(partition: &Partition, timestamp: i64, asker: Asker) -> Result<Option<OffsetAndTimestamp>, ErrorCode> {
    let end = partition.bound(asker.bound);
    match timestamp {
        LATEST_TIMESTAMP if asker.is_too_early(partition) => Err(asker.not_available()),
        LATEST_TIMESTAMP => Ok(Some(OffsetAndTimestamp {
            offset: end,
            timestamp: (-1).into(),
            leader_epoch: Some(partition.leader_epoch()),
        })),
        LATEST_TIERED_TIMESTAMP => Ok(None),
        _ => {
            let found = partition.log().offset_for_timestamp(timestamp).map_err(|e| e.code())?;
            // The log start may equal the end; everything else must lie before what the client may read.
            let seen = found.filter(|f| timestamp < 0 && f.timestamp.0 < 0 || f.offset < end);
            match seen {
                None if asker.is_too_early(partition) => Err(asker.not_available()),
                seen => Ok(seen),
            }
        }
    }
}

async fn old_style(
    context: &DataContext,
    topic: &str,
    wanted: &ListOffsetsPartition,
    asker: Asker,
) -> Result<ListOffsetsPartitionResponse, ErrorCode> {
    let partition = context.partition(topic, wanted.partition_index)?;
    asker.check(&partition, -1)?;
    let most = usize::try_from(wanted.max_num_offsets).unwrap_or(0).min(MAX_OLD_STYLE_OFFSETS);
    let log = partition.log();
    let (log_start, log_end, segments) = (log.log_start(), log.log_end(), log.segments());
    let look = move || segments.iter().map(|s| (s.base_offset.max(log_start), modified_ms(&s.path))).collect();
    let mut places: Vec<(Offset, i64)> = log.disk().run(Access::Read, look).await;
    // The end of a segment that holds something counts as written now.
    if places.last().is_some_and(|(base, _)| *base < log_end) {
        places.push((log_end, now_ms()));
    }
    let mut response = response(wanted.partition_index, ErrorCode::NONE);
    response.old_style_offsets = offsets_before(&places, partition.bound(asker.bound), wanted.timestamp, most);
    Ok(response)
}

fn now_ms() -> i64 {
    SystemClock.now().0
}

/// When a file was last written, in milliseconds since 1970; a file that has just gone counts as old.
fn modified_ms(path: &Path) -> i64 {
    let modified = files::metadata(path).and_then(|m| m.modified()).ok();
    let since = modified.and_then(|m| m.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Of `places`, each with the time when it was last written, those up to the last that was not written after `timestamp`,
/// the latest first (`UnifiedLog.legacyFetchOffsetsBefore`). `bound` stands in for those beyond it, which the client may
/// not see (`Partition.legacyFetchOffsetsForTimestamp`).
fn offsets_before(places: &[(Offset, i64)], bound: Offset, timestamp: i64, most: usize) -> Vec<i64> {
    const EARLIEST: i64 = -2;
    let count = match timestamp {
        LATEST_TIMESTAMP => places.len(),
        EARLIEST => places.len().min(1),
        t => places.iter().rposition(|(_, written)| *written <= t).map_or(0, |last| last + 1),
    };
    let mut offsets: Vec<i64> = places[..count].iter().rev().take(most).map(|(offset, _)| offset.0).collect();
    if offsets.iter().any(|offset| *offset > bound.0) {
        offsets.retain(|offset| *offset <= bound.0);
        offsets.insert(0, bound.0);
    }
    offsets
}

fn response(partition: i32, code: ErrorCode) -> ListOffsetsPartitionResponse {
    ListOffsetsPartitionResponse {
        partition_index: partition,
        error_code: code.0,
        timestamp: -1,
        offset: -1,
        leader_epoch: -1,
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_clients_get_segment_starts_and_the_end() {
        let places = [(Offset(3), 100), (Offset(10), 200), (Offset(20), 300), (Offset(25), 1_000)];
        let before = |timestamp, most| offsets_before(&places, Offset(25), timestamp, most);
        assert_eq!(before(-1, 10), [25, 20, 10, 3]);
        assert_eq!(before(-1, 1), [25]);
        assert_eq!(before(-2, 1), [3]);
        assert_eq!(before(250, 5), [10, 3]);
        assert_eq!(before(50, 5), Vec::<i64>::new());
        assert_eq!(before(999, 5), [20, 10, 3]);
        assert_eq!(before(1_000, 5), [25, 20, 10, 3], "the end was written now");
        assert_eq!(before(i64::MAX, 2), [25, 20]);
        assert_eq!(offsets_before(&[(Offset(0), 100)], Offset(0), -1, 2), [0], "an empty log");
        let touched = [(Offset(0), 500), (Offset(10), 200)];
        assert_eq!(offsets_before(&touched, Offset(10), 250, 5), [10, 0], "an old segment that was written to late");
    }

    #[test]
    fn old_clients_see_nothing_beyond_the_high_watermark() {
        let places = [(Offset(0), 100), (Offset(10), 200), (Offset(25), 300)];
        assert_eq!(offsets_before(&places, Offset(12), -1, 5), [12, 10, 0]);
        assert_eq!(offsets_before(&places, Offset(5), -1, 2), [5]);
        assert_eq!(offsets_before(&places, Offset(5), 150, 2), [0]);
    }
}
