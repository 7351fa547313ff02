//! Produce 0–11: appends record batches as the leader, in the order of a connection's requests.
//!
//! Batches of magic 2 go into the log as they came, with their offsets patched in; older formats are converted.
//! acks 0, 1 and all; idempotent producers. Left out: transactional batches, which are refused until there is a
//! transaction coordinator.

use crate::base::{BrokerId, LeaderEpoch, Offset, TopicPartition};
use crate::broker::{
    data::{DataContext, is_internal_topic},
    request::{Reply, RequestContext},
};
use crate::config::topic::TopicConfig;
use crate::log::AppendOrigin;
use crate::protocol::{
    ErrorCode, Records,
    messages::{
        ProduceRequest, ProduceResponse,
        produce_request::PartitionProduceData,
        produce_response::{
            BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceResponse, TopicProduceResponse,
        },
    },
    record::{
        Batches, Codec, TimestampType,
        validate::{self, Prepared, ProduceError, ProduceInput, TargetCompression, TopicRules},
    },
};
use crate::replication::{AppendError, LeaderAppend, Partition};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// From this version on a partition's records are exactly one batch of magic 2.
const ONE_BATCH_SINCE: i16 = 3;
/// From this version on zstd is known.
const ZSTD_SINCE: i16 = 7;
/// From this version on a reply that says "not the leader" says who is (KIP-951).
const NEW_LEADER_SINCE: i16 = 10;
/// The tool that may write into Kafka's own topics (`AdminUtils.ADMIN_CLIENT_ID`).
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// The answer for one partition.
type Answer = PartitionProduceResponse;

/// An append that has succeeded and may have to wait for its followers.
struct Written {
    partition: Arc<Partition>,
    end: Offset,
    epoch: LeaderEpoch,
}

pub async fn handle(
    context: Arc<DataContext>,
    request_context: RequestContext,
    request: ProduceRequest,
) -> Reply<ProduceResponse> {
    let acks = request.acks;
    let timeout = Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
    let mut writer = Writer { context: &context, request: &request_context, acks, waiting: Vec::new() };
    let mut responses = Vec::with_capacity(request.topic_data.len());
    for topic in request.topic_data {
        let mut answers = Vec::with_capacity(topic.partition_data.len());
        let name: Arc<str> = Arc::from(topic.name);
        for data in topic.partition_data {
            let place = (responses.len(), answers.len());
            answers.push(writer.write(&name, data, place));
        }
        responses.push(TopicProduceResponse {
            name: name.to_string(),
            partition_responses: answers,
            ..Default::default()
        });
    }
    let waiting = writer.waiting;
    if acks == 0 {
        return answer_nothing(&responses);
    }
    if acks == -1 {
        wait_for_followers(waiting, timeout, &mut responses).await;
    }
    let node_endpoints = match request_context.version {
        NEW_LEADER_SINCE.. => name_leaders(&context, request_context.listener(), &mut responses),
        _ => Vec::new(),
    };
    Reply::Send(ProduceResponse { responses, node_endpoints, ..Default::default() })
}

/// With acks=0 the only way to tell of an error is to close the connection.
fn answer_nothing(responses: &[TopicProduceResponse]) -> Reply<ProduceResponse> {
    let failed = responses.iter().find_map(|t| {
        let partition = t.partition_responses.iter().find(|p| p.error_code != 0)?;
        let code = ErrorCode(partition.error_code).name();
        Some(format!("produce with acks=0 to {}-{} failed: {code}", t.name, partition.index))
    });
    failed.map_or(Reply::Nothing, Reply::Close)
}

/// Writes the partitions of one request.
struct Writer<'a> {
    context: &'a DataContext,
    request: &'a RequestContext,
    acks: i16,
    /// What was written, and where in the response its answer stands.
    waiting: Vec<(Written, (usize, usize))>,
}

impl Writer<'_> {
    fn write(&mut self, topic: &Arc<str>, data: PartitionProduceData, place: (usize, usize)) -> Answer {
        let name = TopicPartition { topic: Arc::clone(topic), partition: data.index };
        match self.try_write(&name, data.records) {
            Ok((written, answer)) => {
                self.waiting.push((written, place));
                answer
            }
            Err(error) => refused(data.index, error),
        }
    }

    fn try_write(&self, name: &TopicPartition, records: Option<Records>) -> Result<(Written, Answer), ProduceError> {
        if !matches!(self.acks, -1..=1) {
            return Err(only(ErrorCode::INVALID_REQUIRED_ACKS));
        }
        if is_internal_topic(&name.topic) && self.request.client_id() != ADMIN_CLIENT_ID {
            return Err(only(ErrorCode::INVALID_TOPIC_EXCEPTION));
        }
        let partition = self.context.partition(&name.topic, name.partition).map_err(only)?;
        let Some(Records::Bytes(records)) = records else { return Err(only(ErrorCode::INVALID_RECORD)) };
        check_format(self.request.version, &records)?;
        let config = partition.config();
        let rules = rules(&config);
        let now = self.context.now();
        let input = ProduceInput { records, partition: name, origin: validate::Origin::Client, rules: &rules, now };
        let Some(prepared) = validate::validate(input)? else {
            let (end, epoch) = (partition.log().log_end(), partition.leader_epoch());
            return Ok((Written { partition, end, epoch }, answer(name.partition, Offset(-1), -1, Offset(-1))));
        };
        let header = prepared.header().map_err(|e| only(e.code()))?;
        if header.is_transactional() {
            return Err(only(ErrorCode::INVALID_TXN_STATE));
        }
        let append_time = if config.log_append_time { now.0 } else { -1 };
        let LeaderAppend { appended, epoch } = self.append(&partition, prepared)?;
        let answer = answer(name.partition, appended.first_offset, append_time, appended.log_start);
        Ok((Written { partition, end: appended.last_offset.plus(1), epoch }, answer))
    }

    fn append(&self, partition: &Partition, prepared: Prepared) -> Result<LeaderAppend, ProduceError> {
        let assign = |first, epoch| prepared.assign(first, epoch).map(|v| Records::Bytes(v.bytes));
        let appended = partition.append(self.context.now(), AppendOrigin::Client, self.acks, assign);
        appended.map_err(|error| {
            let code = match &error {
                AppendError::Refused(code) => *code,
                AppendError::Log(e) => e.code(),
                AppendError::Records(e) => e.code(),
            };
            if code == ErrorCode::KAFKA_STORAGE_ERROR || code == ErrorCode::UNKNOWN_SERVER_ERROR {
                log::error!(target: "kafka.server.ReplicaManager", "[ReplicaManager broker={}] Error processing append operation on partition {}: {error}", self.context.local, partition.name());
            }
            only(code)
        })
    }
}

/// What the request's version says of the records' format (`ProduceRequest.validateRecords`).
fn check_format(version: i16, records: &bytes::Bytes) -> Result<(), ProduceError> {
    if version < ONE_BATCH_SINCE {
        return Ok(());
    }
    let mut batches = Batches::new(records.clone());
    let first = match batches.next() {
        Some(Ok(first)) if first.header.magic == 2 => first,
        Some(Err(e)) => return Err(only(e.code())),
        _ => return Err(only(ErrorCode::INVALID_RECORD)),
    };
    if batches.next().is_some() {
        return Err(only(ErrorCode::INVALID_RECORD));
    }
    if version < ZSTD_SINCE && first.header.codec() == Ok(Codec::Zstd) {
        return Err(only(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE));
    }
    Ok(())
}

/// The topic's settings as the records' rules have them.
fn rules(config: &TopicConfig) -> TopicRules {
    let compression = match Codec::from_name(&config.compression_type) {
        _ if config.compression_type == "producer" => TargetCompression::Producer,
        Some(Codec::Gzip) => TargetCompression::Fixed(Codec::Gzip, Some(config.compression_gzip_level)),
        Some(Codec::Lz4) => TargetCompression::Fixed(Codec::Lz4, Some(config.compression_lz4_level)),
        Some(Codec::Zstd) => TargetCompression::Fixed(Codec::Zstd, Some(config.compression_zstd_level)),
        Some(codec) => TargetCompression::Fixed(codec, None),
        None => TargetCompression::Fixed(Codec::None, None),
    };
    TopicRules {
        compression,
        compacted: config.compact,
        timestamp_type: match config.log_append_time {
            true => TimestampType::LogAppendTime,
            false => TimestampType::CreateTime,
        },
        timestamp_before_max_ms: config.message_timestamp_before_max_ms,
        timestamp_after_max_ms: config.message_timestamp_after_max_ms,
        max_message_bytes: usize::try_from(config.max_message_bytes).unwrap_or(0),
    }
}

/// Replaces the answers of what does not become committed in time.
async fn wait_for_followers(
    waiting: Vec<(Written, (usize, usize))>,
    timeout: Duration,
    responses: &mut [TopicProduceResponse],
) {
    let deadline = tokio::time::Instant::now() + timeout;
    for (written, (topic, partition)) in waiting {
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        let Err(code) = written.partition.committed(written.end, written.epoch, left).await else { continue };
        let answer = responses.get_mut(topic).and_then(|t| t.partition_responses.get_mut(partition));
        if let Some(answer) = answer {
            *answer = refused(answer.index, only(code));
        }
    }
}

/// KIP-951: whoever is not the leader says who is, and where.
fn name_leaders(context: &DataContext, listener: &str, responses: &mut [TopicProduceResponse]) -> Vec<NodeEndpoint> {
    let mut nodes = BTreeMap::new();
    let partitions = responses.iter_mut().flat_map(|t| {
        let name = t.name.clone();
        t.partition_responses.iter_mut().map(move |p| (name.clone(), p))
    });
    for (topic, answer) in partitions.filter(|(_, p)| ErrorCode(p.error_code) == ErrorCode::NOT_LEADER_OR_FOLLOWER) {
        let snapshot = context.metadata.snapshot();
        let Some(partition) = snapshot.partition(&topic, answer.index) else { continue };
        answer.current_leader = LeaderIdAndEpoch {
            leader_id: partition.leader,
            leader_epoch: partition.leader_epoch,
            ..Default::default()
        };
        if let Some(endpoint) = snapshot.endpoint(BrokerId(partition.leader), listener) {
            let (host, port) = (endpoint.host.clone(), endpoint.port);
            let rack = snapshot.brokers.get(&BrokerId(partition.leader)).and_then(|b| b.rack.clone());
            let node = NodeEndpoint { node_id: partition.leader, host, port, rack, ..Default::default() };
            nodes.insert(partition.leader, node);
        }
    }
    nodes.into_values().collect()
}

/// An error that is told by its code alone.
fn only(code: ErrorCode) -> ProduceError {
    ProduceError { code, message: String::new(), record_errors: Vec::new() }
}

fn answer(index: i32, base_offset: Offset, log_append_time_ms: i64, log_start: Offset) -> Answer {
    PartitionProduceResponse {
        index,
        base_offset: base_offset.0,
        log_append_time_ms,
        log_start_offset: log_start.0,
        ..Default::default()
    }
}

fn refused(index: i32, error: ProduceError) -> Answer {
    let record_errors: Vec<_> = error
        .record_errors
        .iter()
        .map(|fault| BatchIndexAndErrorMessage {
            batch_index: fault.batch_index,
            batch_index_error_message: Some(fault.message.clone()),
            ..Default::default()
        })
        .collect();
    PartitionProduceResponse {
        index,
        error_code: error.code.0,
        base_offset: -1,
        log_append_time_ms: -1,
        log_start_offset: -1,
        error_message: (!record_errors.is_empty()).then_some(error.message),
        record_errors,
        ..Default::default()
    }
}
