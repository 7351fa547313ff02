//! ListPartitionReassignments 0: the reassignments that are under way (KIP-455).
//!
//! Only the controller serves it.

use super::by_topic;
use crate::{admin::AdminContext, request::RequestContext};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
        list_partition_reassignments_response::{OngoingPartitionReassignment, OngoingTopicReassignment},
    },
};
use rkafka_registry::ReplicaAssignment;
use std::{collections::BTreeSet, sync::Arc};

pub async fn handle(
    context: Arc<AdminContext>,
    _request_context: RequestContext,
    request: ListPartitionReassignmentsRequest,
) -> ListPartitionReassignmentsResponse {
    let only = request.topics.map(|topics| {
        let partitions = topics.into_iter().flat_map(|topic| {
            let name: Arc<str> = topic.name.into();
            topic.partition_indexes.into_iter().map(move |number| TopicPartition::new(name.clone(), number))
        });
        partitions.collect::<BTreeSet<_>>()
    });
    match context.controller.list_reassignments(only).await {
        Some(under_way) => ListPartitionReassignmentsResponse { topics: ongoing(under_way), ..Default::default() },
        None => ListPartitionReassignmentsResponse {
            error_code: ErrorCode::NOT_CONTROLLER.0,
            error_message: Some(ErrorCode::NOT_CONTROLLER.message().to_owned()),
            ..Default::default()
        },
    }
}

fn ongoing(under_way: Vec<(TopicPartition, ReplicaAssignment)>) -> Vec<OngoingTopicReassignment> {
    let topics = by_topic(under_way).into_iter().map(|(name, partitions)| {
        let partitions = partitions.into_iter().map(|(partition_index, assignment)| OngoingPartitionReassignment {
            partition_index,
            replicas: assignment.replicas,
            adding_replicas: assignment.adding,
            removing_replicas: assignment.removing,
            ..Default::default()
        });
        let partitions = partitions.collect();
        OngoingTopicReassignment { name: name.to_string(), partitions, ..Default::default() }
    });
    topics.collect()
}
