//! What a produce request writes: partition after partition, until it is done or would take too long where it runs.

use crate::{data::DataContext, request::RequestContext, topic_creation::topic_name};
use bytes::Bytes;
use rkafka_base::{LeaderEpoch, Offset, TopicPartition, is_internal_topic};
use rkafka_config::topic::TopicConfig;
use rkafka_log::AppendOrigin;
use rkafka_protocol::{
    ErrorCode, Records,
    messages::{
        ProduceRequest,
        produce_request::{PartitionProduceData, TopicProduceData},
        produce_response::{BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse},
    },
    record::{
        Batches, Codec, TimestampType,
        validate::{self, Prepared, ProduceError, ProduceInput, Stopped, TargetCompression, TopicRules, Work},
    },
};
use rkafka_replication::{AppendError, LeaderAppend, Partition};
use rkafka_runtime::disk_lane::{Access, DiskLane};
use std::{convert::Infallible, sync::Arc, vec};

/// From this version on a partition's records are exactly one batch of magic 2.
const ONE_BATCH_SINCE: i16 = 3;
/// From this version on zstd is known.
const ZSTD_SINCE: i16 = 7;
/// The tool that may write into Kafka's own topics (`AdminUtils.ADMIN_CLIENT_ID`).
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// The answer for one partition.
type Answer = PartitionProduceResponse;

/// Where an answer stands: which topic's, which partition's.
pub type Place = (usize, usize);

/// An append that has succeeded and may have to wait for its followers.
pub struct Written {
    pub partition: Arc<Partition>,
    pub end: Offset,
    pub epoch: LeaderEpoch,
}

/// Why a partition's records are not in its log.
enum NotWritten {
    Refused(ProduceError),
    /// It takes more work than there is to spare here; the records are as before.
    PutOff(Bytes),
    /// Its disk must be waited for elsewhere; the records are as before.
    Disk(Bytes, Arc<DiskLane>),
}

/// Where [`Writing::write`] has stopped.
pub enum Stop {
    /// All is written.
    Done,
    /// What is next would take too long, or what was done has taken long.
    Long,
    /// What is next has to wait for this disk.
    Disk(Arc<DiskLane>),
}

impl From<ProduceError> for NotWritten {
    fn from(error: ProduceError) -> NotWritten {
        NotWritten::Refused(error)
    }
}

/// A produce request being written.
pub struct Writing {
    context: Arc<DataContext>,
    request: RequestContext,
    acks: i16,
    topics: vec::IntoIter<TopicProduceData>,
    /// The partitions of the last topic in `responses` that are not written yet.
    partitions: vec::IntoIter<PartitionProduceData>,
    topic: Arc<str>,
    /// What would have taken too long, to go on with.
    put_off: Option<PartitionProduceData>,
    responses: Vec<TopicProduceResponse>,
    /// What was written, and where its answer stands.
    waiting: Vec<(Written, Place)>,
}

impl Writing {
    pub fn new(context: Arc<DataContext>, request: RequestContext, asked: ProduceRequest) -> Writing {
        Writing {
            context,
            request,
            acks: asked.acks,
            responses: Vec::with_capacity(asked.topic_data.len()),
            topics: asked.topic_data.into_iter(),
            partitions: Vec::new().into_iter(),
            topic: Arc::from(""),
            put_off: None,
            waiting: Vec::new(),
        }
    }

    /// The answers, and what is to be waited for.
    pub fn finish(self) -> (Vec<TopicProduceResponse>, Vec<(Written, Place)>) {
        (self.responses, self.waiting)
    }

    /// Writes one partition after the other while `goes_on` says so of the work that is left. The next call goes on where
    /// this one has stopped. `waits_for` is the disk that this thread may wait for, if any.
    pub fn write(
        &mut self,
        work: &mut Work,
        goes_on: impl Fn(&Work) -> bool,
        waits_for: Option<&Arc<DiskLane>>,
    ) -> Stop {
        loop {
            if let Some(data) = self.put_off.take().or_else(|| self.partitions.next()) {
                if let Some(disk) = self.write_partition(data, work, waits_for) {
                    return Stop::Disk(disk);
                }
            } else if let Some(topic) = self.topics.next() {
                let partition_responses = Vec::with_capacity(topic.partition_data.len());
                self.topic = Arc::from(&*topic.name);
                self.partitions = topic.partition_data.into_iter();
                self.responses.push(TopicProduceResponse {
                    name: topic.name,
                    partition_responses,
                    ..Default::default()
                });
                continue;
            } else {
                return Stop::Done;
            }
            if self.put_off.is_some() || !goes_on(work) {
                return Stop::Long;
            }
        }
    }

    /// Refuses what was put off, if anything was.
    pub(crate) fn refuse_put_off(&mut self) -> bool {
        let Some(data) = self.put_off.take() else { return false };
        self.answer(refused(data.index, only(ErrorCode::MESSAGE_TOO_LARGE)));
        true
    }

    /// Gives the disk that must be waited for elsewhere, if there is one.
    fn write_partition(
        &mut self,
        data: PartitionProduceData,
        work: &mut Work,
        waits_for: Option<&Arc<DiskLane>>,
    ) -> Option<Arc<DiskLane>> {
        let index = data.index;
        let name = TopicPartition { topic: Arc::clone(&self.topic), partition: index };
        let put_off = |records| {
            Some(PartitionProduceData { index, records: Some(Records::Bytes(records)), ..Default::default() })
        };
        match self.try_write(&name, data.records, work, waits_for) {
            Ok((written, answer)) => {
                let place = self.responses.last().map_or(0, |topic| topic.partition_responses.len());
                self.waiting.push((written, (self.responses.len().saturating_sub(1), place)));
                self.answer(answer);
            }
            Err(NotWritten::Refused(error)) => self.answer(refused(index, error)),
            Err(NotWritten::PutOff(records)) => self.put_off = put_off(records),
            Err(NotWritten::Disk(records, disk)) => {
                self.put_off = put_off(records);
                return Some(disk);
            }
        }
        None
    }

    fn answer(&mut self, answer: Answer) {
        if let Some(topic) = self.responses.last_mut() {
            topic.partition_responses.push(answer);
        }
    }

    fn try_write(
        &self,
        name: &TopicPartition,
        records: Option<Records>,
        work: &mut Work,
        waits_for: Option<&Arc<DiskLane>>,
    ) -> Result<(Written, Answer), NotWritten> {
        if !matches!(self.acks, -1..=1) {
            return Err(only(ErrorCode::INVALID_REQUIRED_ACKS).into());
        }
        if name.topic.len() > topic_name::MAX_LENGTH {
            // Not looked for, since each look reads all of the name.
            return Err(only(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).into());
        }
        if is_internal_topic(&name.topic) && self.request.client_id() != ADMIN_CLIENT_ID {
            return Err(only(ErrorCode::INVALID_TOPIC_EXCEPTION).into());
        }
        let partition = self.context.partition(&name.topic, name.partition).map_err(only)?;
        let Some(Records::Bytes(records)) = records else { return Err(only(ErrorCode::INVALID_RECORD).into()) };
        let disk = partition.log().disk();
        let here = waits_for.is_some_and(|waits_for| Arc::ptr_eq(waits_for, &disk));
        let inside = if here { None } else { disk.enter(Access::Write) };
        if !here && inside.is_none() {
            return Err(NotWritten::Disk(records, Arc::clone(&disk)));
        }
        check_format(self.request.version, &records)?;
        let config = partition.config();
        let rules = rules(&config);
        let now = self.context.now();
        let origin = validate::Origin::Client;
        let mut input = ProduceInput { records, partition: name, origin, rules: &rules, now, work };
        let prepared = match validate::validate(&mut input) {
            Ok(Some(prepared)) => prepared,
            Ok(None) => {
                let (end, epoch) = (partition.log().log_end(), partition.leader_epoch());
                return Ok((Written { partition, end, epoch }, answer(name.partition, Offset(-1), -1, Offset(-1))));
            }
            Err(Stopped::Refused(error)) => return Err(error.into()),
            Err(Stopped::TooMuchWork) => return Err(NotWritten::PutOff(input.records)),
        };
        if prepared.header().is_transactional() {
            return Err(only(ErrorCode::INVALID_TXN_STATE).into());
        }
        let append_time = if config.log_append_time { now.0 } else { -1 };
        let LeaderAppend { appended, epoch } = self.append(&partition, prepared)?;
        let answer = answer(name.partition, appended.first_offset, append_time, appended.log_start);
        Ok((Written { partition, end: appended.last_offset.plus(1), epoch }, answer))
    }

    fn append(&self, partition: &Partition, prepared: Prepared) -> Result<LeaderAppend, ProduceError> {
        let assign = |first, epoch| Ok::<_, Infallible>(prepared.assign(first, epoch).into_records());
        let appended = partition.append(self.context.now(), AppendOrigin::Client, self.acks, assign);
        appended.map_err(|error| {
            let code = match &error {
                AppendError::Refused(code) => *code,
                AppendError::Log(e) => e.code(),
                AppendError::Records(never) => match *never {},
            };
            if code == ErrorCode::KAFKA_STORAGE_ERROR || code == ErrorCode::UNKNOWN_SERVER_ERROR {
                log::error!(target: "kafka.server.ReplicaManager", "[ReplicaManager broker={}] Error processing append operation on partition {}: {error}", self.context.local, partition.name());
            }
            only(code)
        })
    }
}

/// What the request's version says of the records' format (`ProduceRequest.validateRecords`).
fn check_format(version: i16, records: &Bytes) -> Result<(), ProduceError> {
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

/// An error that is told by its code alone.
pub fn only(code: ErrorCode) -> ProduceError {
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

/// The answer for a partition whose records were refused.
pub fn refused(index: i32, error: ProduceError) -> Answer {
    let faults = error.record_errors.into_iter();
    let record_errors: Vec<_> = faults
        .map(|fault| BatchIndexAndErrorMessage {
            batch_index: fault.batch_index,
            batch_index_error_message: Some(fault.message),
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
