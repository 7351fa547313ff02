//! Where replicas live and who leads them: reassignments and leader elections.

use super::{Admin, ItemResult, Route, item, not_controller};
use crate::ClientError;
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterPartitionReassignmentsRequest, ElectLeadersRequest, ListPartitionReassignmentsRequest,
        alter_partition_reassignments_request::{ReassignablePartition, ReassignableTopic},
        elect_leaders_request::TopicPartitions,
        list_partition_reassignments_request::ListPartitionReassignmentsTopics,
        list_partition_reassignments_response::OngoingPartitionReassignment,
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// Which replica is to lead (`ElectionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElectionKind {
    /// The first one assigned.
    Preferred = 0,
    /// Any that lives, even if it lacks records.
    Unclean = 1,
}

/// Partitions by topic, as most requests want them.
pub(super) fn by_topic(partitions: &[TopicPartition]) -> BTreeMap<Arc<str>, Vec<i32>> {
    let mut topics: BTreeMap<Arc<str>, Vec<i32>> = BTreeMap::new();
    for p in partitions {
        topics.entry(p.topic.clone()).or_default().push(p.partition);
    }
    topics
}

impl Admin {
    /// The reassignments under way, of the given partitions or (`None`) of all.
    pub async fn list_reassignments(
        &self,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<BTreeMap<TopicPartition, OngoingPartitionReassignment>, ClientError> {
        let topic = |(name, partition_indexes): (Arc<str>, Vec<i32>)| ListPartitionReassignmentsTopics {
            name: name.to_string(),
            partition_indexes,
            ..Default::default()
        };
        let request = |_| ListPartitionReassignmentsRequest {
            timeout_ms: self.operation_timeout_ms(),
            topics: partitions.map(|p| by_topic(p).into_iter().map(topic).collect()),
            ..Default::default()
        };
        let response =
            self.call("listPartitionReassignments", Route::Controller, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())?;
        let mut ongoing = BTreeMap::new();
        for topic in response.topics {
            let name: Arc<str> = topic.name.into();
            for p in topic.partitions {
                ongoing.insert(TopicPartition::new(name.clone(), p.partition_index), p);
            }
        }
        Ok(ongoing)
    }

    /// Starts reassignments (new replica lists) and cancels them (`None`). The results are in the order of the request.
    pub async fn alter_reassignments(
        &self,
        targets: &[(TopicPartition, Option<Vec<i32>>)],
    ) -> Result<Vec<ItemResult<()>>, ClientError> {
        let request = |_| {
            let mut topics: BTreeMap<Arc<str>, Vec<ReassignablePartition>> = BTreeMap::new();
            for (tp, replicas) in targets {
                let partition = ReassignablePartition {
                    partition_index: tp.partition,
                    replicas: replicas.clone(),
                    ..Default::default()
                };
                topics.entry(tp.topic.clone()).or_default().push(partition);
            }
            let topic = |(name, partitions): (Arc<str>, Vec<_>)| ReassignableTopic {
                name: name.to_string(),
                partitions,
                ..Default::default()
            };
            AlterPartitionReassignmentsRequest {
                timeout_ms: self.operation_timeout_ms(),
                topics: topics.into_iter().map(topic).collect(),
                ..Default::default()
            }
        };
        let response =
            self.call("alterPartitionReassignments", Route::Controller, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())?;
        let find = |tp: &TopicPartition| {
            let topic = response.responses.iter().find(|t| *t.name == *tp.topic)?;
            topic.partitions.iter().find(|p| p.partition_index == tp.partition)
        };
        Ok(targets
            .iter()
            .map(|(tp, _)| {
                find(tp).map_or_else(|| Err(not_answered(tp)), |p| item(p.error_code, p.error_message.as_deref(), ()))
            })
            .collect())
    }

    /// Elects leaders, of the given partitions or (`None`) of all that need it. Partitions that needed none carry
    /// ELECTION_NOT_NEEDED.
    pub async fn elect_leaders(
        &self,
        kind: ElectionKind,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<BTreeMap<TopicPartition, ItemResult<()>>, ClientError> {
        let topic = |(topic, partitions): (Arc<str>, Vec<i32>)| TopicPartitions {
            topic: topic.to_string(),
            partitions,
            ..Default::default()
        };
        let request = |_| ElectLeadersRequest {
            election_type: kind as i8,
            topic_partitions: partitions.map(|p| by_topic(p).into_iter().map(topic).collect()),
            timeout_ms: self.operation_timeout_ms(),
            ..Default::default()
        };
        let response = self
            .call("electLeaders", Route::Controller, request, |r| {
                // Kafka's brokers tell it of each partition, newer ones once.
                let results = r.replica_election_results.iter().flat_map(|topic| &topic.partition_result);
                not_controller(std::iter::once(r.error_code).chain(results.map(|p| p.error_code)))
            })
            .await?;
        item(response.error_code, None, ())?;
        let mut results = BTreeMap::new();
        for topic in response.replica_election_results {
            let name: Arc<str> = topic.topic.into();
            for p in topic.partition_result {
                let result = item(p.error_code, p.error_message.as_deref(), ());
                results.insert(TopicPartition::new(name.clone(), p.partition_id), result);
            }
        }
        Ok(results)
    }
}

fn not_answered(tp: &TopicPartition) -> ClientError {
    let message = format!("The server response did not contain a result for partition {tp}");
    ClientError::Broker { code: ErrorCode::UNKNOWN_SERVER_ERROR, message }
}
