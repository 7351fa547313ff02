//! What other parts of a broker ask of its controller: one function per API, with the answer of a broker that is not
//! the controller.

use super::ask::{Reply, Request};
use super::driver::Controller;
use crate::protocol::ErrorCode;
use crate::protocol::messages::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterPartitionRequest, AlterPartitionResponse,
    ControlledShutdownRequest, ControlledShutdownResponse,
};

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

    /// AllocateProducerIds 0.
    pub async fn allocate_producer_ids(&self, request: AllocateProducerIdsRequest) -> AllocateProducerIdsResponse {
        match self.ask(Request::AllocateProducerIds { request, latest: None, version: 0 }).await {
            Some(Reply::AllocateProducerIds(response)) => response,
            _ => AllocateProducerIdsResponse { error_code: ErrorCode::NOT_CONTROLLER.0, ..Default::default() },
        }
    }
}
