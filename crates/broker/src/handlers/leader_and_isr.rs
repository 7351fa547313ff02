//! LeaderAndIsr 0–7 (KIP-497, KIP-516, KIP-704): the controller says who leads this broker's replicas, and in which epoch.

use crate::{controller_requests::ControllerRequests, request::RequestContext};
use rkafka_protocol::messages::{LeaderAndIsrRequest, LeaderAndIsrResponse};
use std::sync::Arc;

pub async fn handle(
    context: Arc<ControllerRequests>,
    request_context: RequestContext,
    request: LeaderAndIsrRequest,
) -> LeaderAndIsrResponse {
    context.leader_and_isr(request, request_context.version).await
}
