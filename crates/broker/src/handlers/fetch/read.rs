//! Reads the partitions of one fetch, in order, within its byte limits.

use super::{
    REPLICA_STATE_SINCE,
    from_disk::{FoundOnDisk, FromDisk},
};
use crate::{
    data::DataContext,
    fetch_session::{PartitionFetch, TopicKey},
    region,
};
use rkafka_base::{BrokerId, LeaderEpoch, Offset};
use rkafka_config::broker::ReplicaSelector;
use rkafka_log::{EpochEndOffset, LogError};
use rkafka_protocol::{
    ErrorCode, Records,
    messages::{
        FetchRequest,
        fetch_response::{AbortedTransaction, EpochEndOffset as DivergingEpoch, PartitionData},
    },
    record::down_convert,
};
use rkafka_replication::{FollowerFetch, Partition, ReadBound, WaitsFor};
use rkafka_runtime::disk_lane::Access;
use std::sync::Arc;

/// `isolation_level` of a consumer that skips aborted transactions.
const READ_COMMITTED: i8 = 1;
/// From this version on a response always makes progress, even past its byte limit.
const SOFT_LIMIT_SINCE: i16 = 3;

/// From this version on batches of magic 2 are understood.
const CURRENT_FORMAT_SINCE: i16 = 4;

/// From this version on zstd is understood (KIP-110): what a topic's own codec says is refused to older clients. What
/// producers have compressed in a topic that leaves the codec to them is not looked at.
const ZSTD_SINCE: i16 = 10;
/// From this version on a consumer says where it is, and may be served by a follower.
const RACKS_SINCE: i16 = 11;
/// `replica_id` of a consumer, and of a tool that looks at replicas (`kafka-replica-verification`).
const CONSUMER: i32 = -1;
const DEBUGGING_CONSUMER: i32 = -2;

/// How many bytes of records are converted for one answer, unless its first batch is larger.
const MAX_CONVERTED: u32 = 1 << 20;

/// Who fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetcherKind {
    Follower(BrokerId),
    /// Reads what is committed. An old one only from leaders.
    Consumer {
        only_leaders: bool,
    },
    /// Reads any replica to its end.
    Debugger,
}

impl FetcherKind {
    pub fn of(replica_id: i32, version: i16) -> FetcherKind {
        match replica_id {
            0.. => FetcherKind::Follower(BrokerId(replica_id)),
            DEBUGGING_CONSUMER => FetcherKind::Debugger,
            ..=CONSUMER => FetcherKind::Consumer { only_leaders: version < RACKS_SINCE },
        }
    }

    fn needs_leader(self) -> bool {
        matches!(self, FetcherKind::Follower(_) | FetcherKind::Consumer { only_leaders: true })
    }
}

/// Whether a fetch is looked at for the first time or after a wait: what it says of the follower is noted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    First,
    Again,
}

/// What applies to all partitions of one fetch.
pub struct Reading {
    pub min_bytes: usize,
    max_bytes: u32,
    version: i16,
    /// One batch is sent even if it is larger than the limits.
    min_one_batch: bool,
    bound: ReadBound,
    fetcher: FetcherKind,
    /// The follower's registration; −1 if it does not say.
    broker_epoch: i64,
    /// Where the consumer is, if consumers are to read from a replica near them; else empty.
    rack: String,
}

/// What of a fetch is left for one partition.
struct Limit {
    bytes: u32,
    min_one_batch: bool,
    /// How many bytes may be converted, if that must be.
    convertible: u32,
}

/// What a pass over all partitions found.
pub struct ReadAll {
    pub data: Vec<PartitionData>,
    pub bytes: usize,
    /// There is something to say that does not wait for more bytes.
    urgent: bool,
}

impl ReadAll {
    pub fn is_enough(&self, reading: &Reading) -> bool {
        self.urgent || self.bytes >= reading.min_bytes
    }
}

impl Reading {
    pub fn new(context: &DataContext, request: &FetchRequest, version: i16, fetcher: FetcherKind) -> Reading {
        let size = |n: i32| u32::try_from(n).unwrap_or(0);
        let max_bytes = size(request.max_bytes).min(size(context.config.network.fetch_max_bytes));
        let bound = match (fetcher, request.isolation_level) {
            (FetcherKind::Follower(_) | FetcherKind::Debugger, _) => ReadBound::LogEnd,
            (FetcherKind::Consumer { .. }, READ_COMMITTED) => ReadBound::LastStable,
            (FetcherKind::Consumer { .. }, _) => ReadBound::HighWatermark,
        };
        let selects = context.config.replication.selector == ReplicaSelector::RackAware;
        let is_new_consumer = fetcher == FetcherKind::Consumer { only_leaders: false };
        Reading {
            min_bytes: size(request.min_bytes).min(max_bytes) as usize,
            max_bytes,
            version,
            min_one_batch: version >= SOFT_LIMIT_SINCE,
            bound,
            fetcher,
            broker_epoch: if version >= REPLICA_STATE_SINCE { request.replica_state.replica_epoch } else { -1 },
            rack: if selects && is_new_consumer { request.rack_id.clone() } else { String::new() },
        }
    }

    /// What a fetch that finds too little waits for.
    pub fn waits_for(&self) -> WaitsFor {
        if self.bound == ReadBound::LogEnd { WaitsFor::Append } else { WaitsFor::Commit }
    }

    /// Reads every partition as far as the limits go.
    pub async fn read_all(&self, context: &DataContext, partitions: &[PartitionFetch], pass: Pass) -> ReadAll {
        let mut all = ReadAll { data: Vec::with_capacity(partitions.len()), bytes: 0, urgent: false };
        let mut left = self.max_bytes;
        let mut min_one_batch = self.min_one_batch;
        let mut convertible = MAX_CONVERTED;
        for fetch in partitions {
            let bytes = left.min(u32::try_from(fetch.params.max_bytes).unwrap_or(0));
            let limit = Limit { bytes, min_one_batch, convertible };
            let read = match self.find(context, fetch) {
                Ok(partition) => self.read(context, &partition, fetch, limit, pass).await,
                Err(code) => Err(code),
            };
            let data = read.unwrap_or_else(|code| failed(fetch.partition, code));
            let bytes = data.records.as_ref().map_or(0, Records::len);
            all.bytes += bytes;
            all.urgent |= data.error_code != 0 || data.diverging_epoch.epoch >= 0 || data.preferred_read_replica >= 0;
            let taken = u32::try_from(bytes).unwrap_or(u32::MAX);
            (left, convertible) = (left.saturating_sub(taken), convertible.saturating_sub(taken));
            min_one_batch &= bytes == 0;
            all.data.push(data);
        }
        all
    }

    /// The replica that a fetch means.
    pub fn find(&self, context: &DataContext, fetch: &PartitionFetch) -> Result<Arc<Partition>, ErrorCode> {
        match &fetch.topic {
            TopicKey::Name(name) => context.partition(name, fetch.partition),
            TopicKey::Id(id) => {
                // The controller's LeaderAndIsr comes before its UpdateMetadata, and followers come at once.
                let known = context.metadata.snapshot().topic_name(*id).cloned();
                let name = known.or_else(|| context.replicas.topic_name(*id)).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?;
                let partition = context.partition(&name, fetch.partition)?;
                match partition.topic_id() {
                    Some(own) if own != *id => Err(ErrorCode::INCONSISTENT_TOPIC_ID),
                    _ => Ok(partition),
                }
            }
        }
    }

    async fn read(
        &self,
        context: &DataContext,
        partition: &Arc<Partition>,
        fetch: &PartitionFetch,
        limit: Limit,
        pass: Pass,
    ) -> Result<PartitionData, ErrorCode> {
        let params = &fetch.params;
        let epoch = match self.fetcher.needs_leader() {
            true => partition.check_leader(params.current_leader_epoch)?,
            false => partition.check_epoch(params.current_leader_epoch)?,
        };
        let offset = Offset(params.offset);
        if let Some(preferred) = self.preferred_replica(context, partition, offset) {
            let mut data = self.facts(partition, fetch.partition);
            data.preferred_read_replica = preferred.0;
            return Ok(data);
        }
        if let Some(diverging) = divergence(partition, params.last_fetched_epoch, offset)? {
            let mut data = self.facts(partition, fetch.partition);
            data.diverging_epoch = diverging;
            return Ok(data);
        }
        if self.version < ZSTD_SINCE && partition.config().compression_type == "zstd" {
            return Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
        }
        let FoundOnDisk { read, aborted } = self.look(partition, offset, &limit).await.map_err(|e| e.code())?;
        if let (FetcherKind::Follower(id), Pass::First) = (self.fetcher, pass) {
            let fetched =
                FollowerFetch { offset, log_start: Offset(params.log_start), broker_epoch: self.broker_epoch };
            partition.follower_fetched(id, epoch, fetched, context.now())?;
        }
        let mut data = self.facts(partition, fetch.partition);
        if let FetcherKind::Follower(id) = self.fetcher
            && !read.records.is_empty()
        {
            if partition.holds_back(id, context.now()) {
                return Ok(data);
            }
            partition.sent_to_follower(read.records.len(), context.now());
        }
        // Clients of version 3 on take a batch that was cut off for a broken one.
        let whole = !(read.first_batch_incomplete && self.version >= SOFT_LIMIT_SINCE);
        data.records =
            Some(if whole { self.converted(partition, read.records, offset).await? } else { Records::EMPTY });
        if self.bound == ReadBound::LastStable {
            let list = aborted.iter().map(|t| AbortedTransaction {
                producer_id: t.producer_id.0,
                first_offset: t.first_offset.0,
                ..Default::default()
            });
            data.aborted_transactions = Some(list.collect());
        }
        Ok(data)
    }

    async fn look(&self, partition: &Arc<Partition>, offset: Offset, limit: &Limit) -> Result<FoundOnDisk, LogError> {
        let wanted = FromDisk { offset, bytes: limit.bytes, min_one_batch: limit.min_one_batch, bound: self.bound };
        if self.version >= CURRENT_FORMAT_SINCE {
            return wanted.read(partition).await;
        }
        // Memory for what is converted is bounded, but a batch that the client has room for comes whole.
        let bytes = limit.bytes.min(limit.convertible);
        let some = FromDisk { bytes, min_one_batch: limit.convertible > 0, ..wanted }.read(partition).await?;
        let fits = limit.min_one_batch || some.read.records.len() <= limit.bytes as usize;
        if fits { Ok(some) } else { wanted.read(partition).await }
    }

    /// The follower that the consumer should read from instead, if any.
    fn preferred_replica(&self, context: &DataContext, partition: &Partition, offset: Offset) -> Option<BrokerId> {
        if self.rack.is_empty() {
            return None;
        }
        let snapshot = context.metadata.snapshot();
        let rack_of = |broker| snapshot.brokers.get(&broker).and_then(|b| b.rack.clone());
        partition.preferred_replica(&self.rack, offset, context.now(), rack_of)
    }

    /// Versions 0 to 3 cannot carry batches of magic 2: what they fetch is written anew.
    async fn converted(&self, partition: &Partition, records: Records, from: Offset) -> Result<Records, ErrorCode> {
        let magic = match self.version {
            CURRENT_FORMAT_SINCE.. => return Ok(records),
            2..CURRENT_FORMAT_SINCE => 1,
            _ => 0,
        };
        if records.is_empty() {
            return Ok(records);
        }
        if !partition.config().message_downconversion_enable {
            return Err(ErrorCode::UNSUPPORTED_VERSION);
        }
        let convert = move || {
            let bytes = region::read(&records).map_err(|_| ErrorCode::KAFKA_STORAGE_ERROR)?;
            down_convert(&bytes, magic, from).map(Records::Bytes).map_err(|e| e.code())
        };
        partition.log().disk().run_apart(Access::Scan, convert).await
    }

    fn facts(&self, partition: &Partition, index: i32) -> PartitionData {
        let log = partition.log();
        PartitionData {
            partition_index: index,
            high_watermark: log.high_watermark().0,
            last_stable_offset: if self.bound == ReadBound::LogEnd { -1 } else { log.last_stable_offset().0 },
            log_start_offset: log.log_start().0,
            aborted_transactions: None,
            records: Some(Records::EMPTY),
            ..Default::default()
        }
    }
}

/// Whether the fetcher's log and ours part ways before its fetch offset, and where (KIP-595).
fn divergence(partition: &Partition, last_epoch: i32, offset: Offset) -> Result<Option<DivergingEpoch>, ErrorCode> {
    if last_epoch < 0 {
        return Ok(None);
    }
    let ours = partition.log().end_offset_for_epoch(LeaderEpoch(last_epoch));
    if ours == EpochEndOffset::UNDEFINED {
        return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    let diverges = ours.leader_epoch.0 < last_epoch || ours.end_offset < offset;
    Ok(diverges.then(|| DivergingEpoch {
        epoch: ours.leader_epoch.0,
        end_offset: ours.end_offset.0,
        ..Default::default()
    }))
}

fn failed(partition: i32, code: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: partition,
        error_code: code.0,
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        aborted_transactions: None,
        records: Some(Records::EMPTY),
        ..Default::default()
    }
}
