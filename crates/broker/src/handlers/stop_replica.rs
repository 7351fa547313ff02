//! StopReplica 0–4 (KIP-380, KIP-570): the controller has this broker give up replicas, and delete them if it says so.

use crate::{controller_requests::ControllerRequests, request::RequestContext};
use rkafka_protocol::messages::{StopReplicaRequest, StopReplicaResponse};
use std::sync::Arc;

pub async fn handle(
    context: Arc<ControllerRequests>,
    _request_context: RequestContext,
    request: StopReplicaRequest,
) -> StopReplicaResponse {
    context.stop_replica(request).await
}
