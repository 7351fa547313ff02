//! What is asked of the coordinators of a transaction and of a group, again and again as long as that may help.

use super::{
    GroupMetadata,
    state::{End, Granted, Protocol},
    verdict::{Call, Verdict, verdict},
};
use crate::{
    BrokerConnection, BrokerVersions, ClientError, Cluster, CoordinatorKind,
    admin::CommittedOffset,
    producer::{batch::ProducerIdentity, config::ProducerConfig},
};
use rkafka_base::{ProducerEpoch, ProducerId, TopicPartition};
use rkafka_protocol::{
    ApiKey, ErrorCode, VersionRange,
    messages::{
        AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest,
        TxnOffsetCommitRequest,
        add_partitions_to_txn_request::AddPartitionsToTxnTopic,
        txn_offset_commit_request::{TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic},
    },
};
use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// The feature whose level says how partitions come to be known (`TransactionVersion.FEATURE_NAME`), and from which on
/// their leaders see to it.
const FEATURE: &str = "transaction.version";
const IMPLICIT_SINCE: i16 = 2;
/// What a producer may use when it names the partitions itself; the next versions mean the other protocol, or are for
/// brokers among themselves.
const EXPLICIT_END: VersionRange = VersionRange { min: 0, max: 4 };
const EXPLICIT_OFFSETS: VersionRange = VersionRange { min: 0, max: 4 };
const ADD_PARTITIONS: VersionRange = VersionRange { min: 0, max: 3 };
/// What it has to use when their leaders do.
const IMPLICIT_END: VersionRange = VersionRange { min: 5, max: 5 };
const IMPLICIT_OFFSETS: VersionRange = VersionRange { min: 5, max: 5 };
/// Produce of that protocol; 13 names topics by ids.
pub const IMPLICIT_PRODUCE: VersionRange = VersionRange { min: 12, max: 12 };
/// The first version of InitProducerId that raises an epoch, and of TxnOffsetCommit that names a member.
const BUMP_SINCE: i16 = 3;
const MEMBERS_SINCE: i16 = 3;
/// How soon to ask again while the last transaction is still being ended (`ADD_PARTITIONS_RETRY_BACKOFF_MS`).
const CONCURRENT_BACKOFF: Duration = Duration::from_millis(20);

/// Why a call has come to nothing.
#[derive(Debug)]
pub enum Failure {
    /// Its time is over; the same call may succeed later.
    OutOfTime(ClientError),
    Final(ClientError),
}

impl Failure {
    pub fn into_error(self) -> ClientError {
        match self {
            Failure::OutOfTime(why) | Failure::Final(why) => why,
        }
    }
}

/// The way to the coordinators.
#[derive(Clone)]
pub struct TransactionCalls {
    pub cluster: Cluster,
    pub config: Arc<ProducerConfig>,
    pub transactional_id: String,
}

impl TransactionCalls {
    async fn connection(&self) -> Result<BrokerConnection, ClientError> {
        Ok(self.cluster.coordinator(CoordinatorKind::Transaction, &self.transactional_id).await?.1)
    }

    /// Repeats `attempt` as long as that may help, until `deadline`, or until `is_moot`.
    async fn retrying<T, A: Future<Output = Result<T, ClientError>>>(
        &self,
        call: Call,
        deadline: Instant,
        is_moot: impl Fn() -> bool,
        mut attempt: impl FnMut() -> A,
    ) -> Result<T, Failure> {
        let mut last = None;
        for tries in 0u32.. {
            match tokio::time::timeout_at(deadline, attempt()).await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(why)) if verdict(call, &why) == Verdict::Retry => last = Some(why),
                Ok(Err(why)) => return Err(Failure::Final(why)),
                Err(_) => return Err(out_of_time(call, last)),
            }
            let is_concurrent = last.as_ref().and_then(ClientError::code) == Some(ErrorCode::CONCURRENT_TRANSACTIONS);
            let wait = match is_concurrent {
                true => CONCURRENT_BACKOFF,
                false => self.config.client.retry_backoff.wait(tries, fastrand::f64()),
            };
            if Instant::now() + wait >= deadline || is_moot() {
                return Err(out_of_time(call, last));
            }
            sleep(wait).await;
        }
        Err(out_of_time(call, last))
    }

    /// InitProducerId: whoever else has the id is fenced, what they had open is aborted. `known`: raises the epoch of one's
    /// own instead.
    pub async fn init(&self, known: Option<ProducerIdentity>, deadline: Instant) -> Result<Granted, Failure> {
        let attempt = || async {
            let connection = self.connection().await?;
            let version = connection.versions().choose(ApiKey::InitProducerId)?;
            let none = ProducerIdentity { id: ProducerId::NONE, epoch: ProducerEpoch(-1) };
            let ProducerIdentity { id, epoch } = known.unwrap_or(none);
            let request = InitProducerIdRequest {
                transactional_id: Some(self.transactional_id.clone()),
                transaction_timeout_ms: self.config.transaction_timeout_ms,
                producer_id: id.0,
                producer_epoch: epoch.0,
                ..Default::default()
            };
            let response = connection.call_at(&request, version).await?;
            ErrorCode(response.error_code).ok().map_err(|code| ClientError::broker(code, None))?;
            let (id, epoch) = (ProducerId(response.producer_id), ProducerEpoch(response.producer_epoch));
            let protocol = protocol_of(connection.versions());
            Ok(Granted { identity: ProducerIdentity { id, epoch }, protocol, can_bump: version >= BUMP_SINCE })
        };
        self.retrying(Call::InitProducerId, deadline, || false, attempt).await
    }

    /// AddPartitionsToTxn.
    pub async fn add_partitions(
        &self,
        identity: ProducerIdentity,
        partitions: &[TopicPartition],
        deadline: Instant,
        is_moot: impl Fn() -> bool,
    ) -> Result<(), Failure> {
        let mut topics: BTreeMap<Arc<str>, Vec<i32>> = BTreeMap::new();
        for partition in partitions {
            topics.entry(partition.topic.clone()).or_default().push(partition.partition);
        }
        let topic = |(name, partitions): (Arc<str>, Vec<i32>)| AddPartitionsToTxnTopic {
            name: name.to_string(),
            partitions,
            ..Default::default()
        };
        let request = AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: self.transactional_id.clone(),
            v3_and_below_producer_id: identity.id.0,
            v3_and_below_producer_epoch: identity.epoch.0,
            v3_and_below_topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        };
        let attempt = || async {
            let connection = self.connection().await?;
            let version = connection.versions().choose_within(ApiKey::AddPartitionsToTxn, ADD_PARTITIONS)?;
            let response = connection.call_at(&request, version).await?;
            let results = response.results_by_topic_v3_and_below.into_iter().flat_map(|topic| {
                let name = topic.name;
                topic.results_by_partition.into_iter().map(move |p| (name.clone(), p))
            });
            let failed = results.filter(|(_, p)| ErrorCode(p.partition_error_code).is_error());
            let failed = failed.map(|(name, p)| {
                let (code, partition) = (ErrorCode(p.partition_error_code), p.partition_index);
                ClientError::Broker { code, message: format!("{name}-{partition}: {}", code.message()) }
            });
            first_of(Call::AddPartitions, failed)
        };
        self.retrying(Call::AddPartitions, deadline, is_moot, attempt).await
    }

    /// AddOffsetsToTxn.
    pub async fn add_offsets(&self, identity: ProducerIdentity, group: &str, deadline: Instant) -> Result<(), Failure> {
        let attempt = || async {
            let connection = self.connection().await?;
            let version = connection.versions().choose(ApiKey::AddOffsetsToTxn)?;
            let request = AddOffsetsToTxnRequest {
                transactional_id: self.transactional_id.clone(),
                producer_id: identity.id.0,
                producer_epoch: identity.epoch.0,
                group_id: group.to_owned(),
                ..Default::default()
            };
            let response = connection.call_at(&request, version).await?;
            ErrorCode(response.error_code).ok().map_err(|code| ClientError::broker(code, None))
        };
        self.retrying(Call::AddOffsets, deadline, || false, attempt).await
    }

    /// TxnOffsetCommit.
    pub async fn commit_offsets(
        &self,
        (identity, protocol): (ProducerIdentity, Protocol),
        offsets: &[(TopicPartition, CommittedOffset)],
        group: &GroupMetadata,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let mut topics: BTreeMap<Arc<str>, Vec<TxnOffsetCommitRequestPartition>> = BTreeMap::new();
        for (partition, offset) in offsets {
            topics.entry(partition.topic.clone()).or_default().push(TxnOffsetCommitRequestPartition {
                partition_index: partition.partition,
                committed_offset: offset.offset,
                committed_leader_epoch: offset.leader_epoch,
                committed_metadata: Some(offset.metadata.clone()),
                ..Default::default()
            });
        }
        let topic = |(name, partitions): (Arc<str>, Vec<_>)| TxnOffsetCommitRequestTopic {
            name: name.to_string(),
            partitions,
            ..Default::default()
        };
        let request = TxnOffsetCommitRequest {
            transactional_id: self.transactional_id.clone(),
            group_id: group.group_id.clone(),
            producer_id: identity.id.0,
            producer_epoch: identity.epoch.0,
            generation_id_or_member_epoch: group.generation_id,
            member_id: group.member_id.clone(),
            group_instance_id: group.group_instance_id.clone(),
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        };
        let is_member = !group.member_id.is_empty() || group.generation_id >= 0 || group.group_instance_id.is_some();
        let range = if protocol == Protocol::Implicit { IMPLICIT_OFFSETS } else { EXPLICIT_OFFSETS };
        let attempt = || async {
            let connection = self.cluster.coordinator(CoordinatorKind::Group, &group.group_id).await?.1;
            let version = connection.versions().choose_within(ApiKey::TxnOffsetCommit, range)?;
            if is_member && version < MEMBERS_SINCE {
                let text = "The group's coordinator is too old to know a member in a transaction: it needs 2.5";
                return Err(ClientError::UnsupportedVersion(text.to_owned()));
            }
            let response = connection.call_at(&request, version).await?;
            let partitions = response.topics.into_iter().flat_map(|topic| topic.partitions);
            let failed = partitions.map(|p| ErrorCode(p.error_code)).filter(|code| code.is_error());
            first_of(Call::CommitOffsets, failed.map(|code| ClientError::broker(code, None)))
        };
        self.retrying(Call::CommitOffsets, deadline, || false, attempt).await
    }

    /// EndTxn. Gives the identity from then on, where that is a new one.
    pub async fn end(
        &self,
        (identity, protocol): (ProducerIdentity, Protocol),
        end: End,
        deadline: Instant,
    ) -> Result<Option<ProducerIdentity>, Failure> {
        let range = if protocol == Protocol::Implicit { IMPLICIT_END } else { EXPLICIT_END };
        let request = EndTxnRequest {
            transactional_id: self.transactional_id.clone(),
            producer_id: identity.id.0,
            producer_epoch: identity.epoch.0,
            committed: end == End::Commit,
            ..Default::default()
        };
        let attempt = || async {
            let connection = self.connection().await?;
            let version = connection.versions().choose_within(ApiKey::EndTxn, range)?;
            let response = connection.call_at(&request, version).await?;
            ErrorCode(response.error_code).ok().map_err(|code| ClientError::broker(code, None))?;
            let (id, epoch) = (ProducerId(response.producer_id), ProducerEpoch(response.producer_epoch));
            let next = ProducerIdentity { id, epoch };
            Ok(Some(next).filter(|_| protocol == Protocol::Implicit && id.0 >= 0))
        };
        self.retrying(Call::EndTxn, deadline, || false, attempt).await
    }
}

/// The error that decides: one that is not worth a retry, if there is one.
fn first_of(call: Call, failed: impl Iterator<Item = ClientError>) -> Result<(), ClientError> {
    let weight = |why: &ClientError| match verdict(call, why) {
        Verdict::Fenced => 0,
        Verdict::Fatal => 1,
        // Not attempted: because of another one.
        Verdict::Abort if why.code() == Some(ErrorCode::OPERATION_NOT_ATTEMPTED) => 4,
        Verdict::Abort => 2,
        Verdict::Retry => 3,
    };
    failed.min_by_key(weight).map_or(Ok(()), Err)
}

fn protocol_of(versions: &BrokerVersions) -> Protocol {
    let has = |api, range| versions.choose_within(api, range).is_ok();
    let is_implicit = versions.finalized(FEATURE) >= IMPLICIT_SINCE
        && has(ApiKey::EndTxn, IMPLICIT_END)
        && has(ApiKey::Produce, IMPLICIT_PRODUCE)
        && has(ApiKey::TxnOffsetCommit, IMPLICIT_OFFSETS);
    if is_implicit { Protocol::Implicit } else { Protocol::Explicit }
}

fn out_of_time(call: Call, last: Option<ClientError>) -> Failure {
    let what = match call {
        Call::InitProducerId => "awaiting InitProducerId",
        Call::AddPartitions => "adding partitions to the transaction",
        Call::AddOffsets | Call::CommitOffsets => "sending offsets to the transaction",
        Call::EndTxn => "ending the transaction",
        Call::Produce => "sending a batch",
    };
    let message = format!("Timeout expired while {what}; the same call goes on with it");
    Failure::OutOfTime(ClientError::Timeout { message, cause: last.map(Box::new) })
}
