//! Transactions: those that coordinators know, the producers that write to partitions, and aborting what hangs.

use super::{Admin, ItemResult, item};
use crate::{ClientError, Topics, cluster::CoordinatorKind};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ApiKey, ErrorCode, VersionRange,
    messages::{
        DescribeProducersRequest, DescribeTransactionsRequest, InitProducerIdRequest, ListTransactionsRequest,
        WriteTxnMarkersRequest,
        describe_producers_request::TopicRequest,
        write_txn_markers_request::{WritableTxnMarker, WritableTxnMarkerTopic},
    },
};
use std::collections::BTreeMap;

/// A transaction in a listing.
pub use rkafka_protocol::messages::list_transactions_response::TransactionState as TransactionListing;

/// A producer that writes to a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionProducer {
    pub producer_id: i64,
    pub producer_epoch: i32,
    /// Negative if no marker of a coordinator was written yet.
    pub coordinator_epoch: i32,
    pub last_sequence: i32,
    pub last_timestamp: i64,
    /// Where its open transaction begins, negative if it has none.
    pub current_txn_start_offset: i64,
}

/// Which transactions to list. Empty and `None` mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionFilter {
    pub producer_ids: Vec<i64>,
    /// Those that have been running for longer, in milliseconds (brokers since 3.8).
    pub longer_than: Option<i64>,
    /// Those whose ids match a regular expression of RE2 (brokers since 4.1).
    pub pattern: Option<String>,
}

/// A transaction as its coordinator describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionDescription {
    pub coordinator: i32,
    pub state: String,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub timeout_ms: i32,
    /// `None` while none is open.
    pub started_ms: Option<i64>,
    pub partitions: Vec<TopicPartition>,
}

/// What identifies the transaction of a producer that [`Admin::abort_transaction`] ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenTransaction {
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub coordinator_epoch: i32,
}

/// The first versions of ListTransactions that know these filters.
const WITH_DURATION: i16 = 1;
const WITH_PATTERN: i16 = 2;

impl Admin {
    /// The transactions that each broker coordinates, by broker.
    pub async fn list_transactions(
        &self,
        filter: &TransactionFilter,
    ) -> Result<BTreeMap<i32, Vec<TransactionListing>>, ClientError> {
        let mut found = BTreeMap::new();
        for node in self.describe_cluster(false).await?.nodes {
            found.insert(node.id, self.transactions_of(node.id, filter).await?);
        }
        Ok(found)
    }

    async fn transactions_of(
        &self,
        broker: i32,
        filter: &TransactionFilter,
    ) -> Result<Vec<TransactionListing>, ClientError> {
        let attempt = || async {
            let connection = self.cluster.node(broker).await?;
            // 3.9 knows no pattern, so the common range is too narrow here.
            let own = ApiKey::ListTransactions.facts().versions.unwrap_or(VersionRange { min: 0, max: WITH_DURATION });
            let version = connection.versions().choose_within(ApiKey::ListTransactions, own)?;
            let too_old = |what: &str, least: i16| {
                let text = format!(
                    "{what} filter can be set only when using API version {least} or higher. If client is connected to \
                     an older broker, do not specify the {}",
                    if least == WITH_PATTERN { "pattern filter." } else { "duration filter or set it to -1." }
                );
                Err(ClientError::UnsupportedVersion(text))
            };
            if filter.longer_than.is_some() && version < WITH_DURATION {
                return too_old("Duration", WITH_DURATION);
            }
            if filter.pattern.is_some() && version < WITH_PATTERN {
                return too_old("Transactional ID pattern", WITH_PATTERN);
            }
            let request = ListTransactionsRequest {
                producer_id_filters: filter.producer_ids.clone(),
                duration_filter: filter.longer_than.unwrap_or(-1),
                transactional_id_pattern: filter.pattern.clone(),
                ..Default::default()
            };
            let response = connection.call_at(&request, version).await?;
            item(response.error_code, None, response.transaction_states)
        };
        self.cluster.retrying("listTransactions", self.deadline(), attempt).await
    }

    /// Describes a transaction. One that its coordinator does not know is a TRANSACTIONAL_ID_NOT_FOUND.
    pub async fn describe_transaction(&self, id: &str) -> ItemResult<TransactionDescription> {
        let attempt = || async {
            let (coordinator, connection) = self.cluster.coordinator(CoordinatorKind::Transaction, id).await?;
            let version = connection.versions().choose(ApiKey::DescribeTransactions)?;
            let request = DescribeTransactionsRequest { transactional_ids: vec![id.to_owned()], ..Default::default() };
            let response = connection.call_at(&request, version).await?;
            let Some(state) = response.transaction_states.into_iter().find(|state| state.transactional_id == id) else {
                return Err(ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, None));
            };
            if ErrorCode(state.error_code) == ErrorCode::TRANSACTIONAL_ID_NOT_FOUND {
                let text = format!(
                    "DescribeTransactions request for transactionalId `{id}` failed because the ID could not be found"
                );
                return Err(ClientError::broker(ErrorCode::TRANSACTIONAL_ID_NOT_FOUND, Some(&text)));
            }
            item(state.error_code, None, ())?;
            let partitions = state.topics.into_iter().flat_map(|topic| {
                topic.partitions.into_iter().map(move |partition| TopicPartition::new(topic.topic.as_str(), partition))
            });
            Ok(TransactionDescription {
                coordinator,
                state: state.transaction_state,
                producer_id: state.producer_id,
                producer_epoch: state.producer_epoch,
                timeout_ms: state.transaction_timeout_ms,
                started_ms: Some(state.transaction_start_time_ms).filter(|started| *started >= 0),
                partitions: partitions.collect(),
            })
        };
        self.cluster.retrying("describeTransactions", self.deadline(), attempt).await
    }

    /// The producers that write to a partition, as its leader or the replica on `broker` knows them.
    pub async fn describe_producers(
        &self,
        partition: &TopicPartition,
        broker: Option<i32>,
    ) -> ItemResult<Vec<PartitionProducer>> {
        let attempt = || async {
            let connection = match broker {
                Some(id) => self.cluster.node(id).await?,
                None => self.cluster.node(self.leader_of(partition).await?).await?,
            };
            let version = connection.versions().choose(ApiKey::DescribeProducers)?;
            let topic = TopicRequest {
                name: partition.topic.to_string(),
                partition_indexes: vec![partition.partition],
                ..Default::default()
            };
            let request = DescribeProducersRequest { topics: vec![topic], ..Default::default() };
            let response = connection.call_at(&request, version).await?;
            let answer = response.topics.into_iter().flat_map(|topic| topic.partitions).next();
            let answer = answer.ok_or_else(|| ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, None))?;
            match ErrorCode(answer.error_code) {
                // Waiting does not make it one.
                ErrorCode::NOT_LEADER_OR_FOLLOWER if broker.is_some() => {
                    let text = format!("The broker has no replica of {partition}");
                    Err(ClientError::State(text))
                }
                code => {
                    let producers = answer.active_producers.into_iter().map(|producer| PartitionProducer {
                        producer_id: producer.producer_id,
                        producer_epoch: producer.producer_epoch,
                        coordinator_epoch: producer.coordinator_epoch,
                        last_sequence: producer.last_sequence,
                        last_timestamp: producer.last_timestamp,
                        current_txn_start_offset: producer.current_txn_start_offset,
                    });
                    item(code.0, answer.error_message.as_deref(), producers.collect())
                }
            }
        };
        self.cluster.retrying("describeProducers", self.deadline(), attempt).await
    }

    /// Ends an open transaction of a partition by an abort marker, past its coordinator.
    pub async fn abort_transaction(&self, partition: &TopicPartition, open: OpenTransaction) -> ItemResult<()> {
        let attempt = || async {
            let connection = self.cluster.node(self.leader_of(partition).await?).await?;
            let version = connection.versions().choose(ApiKey::WriteTxnMarkers)?;
            let topic = WritableTxnMarkerTopic {
                name: partition.topic.to_string(),
                partition_indexes: vec![partition.partition],
                ..Default::default()
            };
            let marker = WritableTxnMarker {
                producer_id: open.producer_id,
                producer_epoch: open.producer_epoch,
                coordinator_epoch: open.coordinator_epoch,
                transaction_result: false,
                topics: vec![topic],
                ..Default::default()
            };
            let request = WriteTxnMarkersRequest { markers: vec![marker], ..Default::default() };
            let response = connection.call_at(&request, version).await?;
            let partitions =
                response.markers.iter().flat_map(|marker| &marker.topics).flat_map(|topic| &topic.partitions);
            let codes: Vec<i16> = partitions.map(|partition| partition.error_code).collect();
            item(codes.first().copied().unwrap_or(ErrorCode::UNKNOWN_SERVER_ERROR.0), None, ())
        };
        self.cluster.retrying("abortTransaction", self.deadline(), attempt).await
    }

    /// Has a coordinator end the open transaction of an id and fence the producer that had it.
    pub async fn fence_producer(&self, id: &str) -> ItemResult<()> {
        let attempt = || async {
            let (_, connection) = self.cluster.coordinator(CoordinatorKind::Transaction, id).await?;
            let version = connection.versions().choose(ApiKey::InitProducerId)?;
            let request = InitProducerIdRequest {
                transactional_id: Some(id.to_owned()),
                transaction_timeout_ms: self.operation_timeout_ms(),
                producer_id: -1,
                producer_epoch: -1,
                ..Default::default()
            };
            let response = connection.call_at(&request, version).await?;
            // CONCURRENT_TRANSACTIONS, while the open one is being ended, may pass.
            item(response.error_code, None, ())
        };
        self.cluster.retrying("fenceProducer", self.deadline(), attempt).await
    }

    async fn leader_of(&self, partition: &TopicPartition) -> Result<i32, ClientError> {
        let view = self.cluster.refresh_creating(&Topics::Named(vec![partition.topic.clone()]), false).await?;
        let topic = view.topics.get(&partition.topic);
        let topic = topic.ok_or_else(|| ClientError::broker(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, None))?;
        item(topic.error.0, None, ())?;
        let found = topic.partition(partition.partition);
        let found = found.ok_or_else(|| ClientError::broker(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, None))?;
        found.leader.ok_or_else(|| ClientError::broker(ErrorCode::LEADER_NOT_AVAILABLE, None))
    }
}
