//! What other parts of a broker ask of its controller: one function per API, with the answer of a broker that is not
//! the controller.

use super::ask::{Reply, Request};
use super::driver::Controller;
use super::leader_election::ElectionKind;
use super::reassignment_requests::Targets;
use super::refusal::PartitionResults;
use crate::base::TopicPartition;
use crate::protocol::ErrorCode;
use crate::protocol::messages::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterPartitionRequest, AlterPartitionResponse,
    ControlledShutdownRequest, ControlledShutdownResponse,
};
use crate::registry::ReplicaAssignment;

impl Controller {
    /// AlterPartition 0–3 in the words of `version`.
    pub async fn alter_partition(&self, request: AlterPartitionRequest, version: i16) -> AlterPartitionResponse {
        match self.ask(Request::AlterPartition { request, version }).await {
            Some(Reply::AlterPartition(response)) => response,
            _ => AlterPartitionResponse { error_code: ErrorCode::NOT_CONTROLLER.0, ..Default::default() },
        }
    }

    /// ControlledShutdown 0–3. When it answers, what other brokers can lead is theirs.
    pub async fn controlled_shutdown(&self, request: ControlledShutdownRequest) -> ControlledShutdownResponse {
        match self.ask(Request::ControlledShutdown(request)).await {
            Some(Reply::ControlledShutdown(response)) => response,
            _ => ControlledShutdownResponse { error_code: ErrorCode::NOT_CONTROLLER.0, ..Default::default() },
        }
    }

    /// AlterPartitionReassignments: what became of each partition's request; `None` if this broker is not the controller.
    pub async fn alter_reassignments(&self, targets: Targets) -> Option<PartitionResults<()>> {
        match self.ask(Request::AlterReassignments(targets)).await? {
            Reply::AlterReassignments(results) => Some(results),
            _ => None,
        }
    }

    /// ListPartitionReassignments, of some partitions or of all; `None` if this broker is not the controller.
    pub async fn list_reassignments(
        &self,
        only: Option<Vec<TopicPartition>>,
    ) -> Option<Vec<(TopicPartition, ReplicaAssignment)>> {
        match self.ask(Request::ListReassignments(only)).await? {
            Reply::ListReassignments(under_way) => Some(under_way),
            _ => None,
        }
    }

    /// ElectLeaders: the leaders that were elected; `None` if this broker is not the controller.
    pub async fn elect_leaders(
        &self,
        kind: ElectionKind,
        partitions: Vec<TopicPartition>,
    ) -> Option<PartitionResults<i32>> {
        match self.ask(Request::ElectLeaders { kind, partitions }).await? {
            Reply::ElectLeaders(results) => Some(results),
            _ => None,
        }
    }

    /// AllocateProducerIds 0.
    pub async fn allocate_producer_ids(&self, request: AllocateProducerIdsRequest) -> AllocateProducerIdsResponse {
        match self.ask(Request::AllocateProducerIds { request, latest: None, version: 0 }).await {
            Some(Reply::AllocateProducerIds(response)) => response,
            _ => AllocateProducerIdsResponse { error_code: ErrorCode::NOT_CONTROLLER.0, ..Default::default() },
        }
    }
}
