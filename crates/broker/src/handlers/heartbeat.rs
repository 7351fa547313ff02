//! Heartbeat 0–4: a member is alive, and learns of a rebalance. Version 3 knows static members.

use crate::{groups::GroupContext, request::RequestContext};
use rkafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};
use std::sync::Arc;

pub async fn handle(
    context: Arc<GroupContext>,
    _request_context: RequestContext,
    request: HeartbeatRequest,
) -> HeartbeatResponse {
    HeartbeatResponse { error_code: context.coordinator.heartbeat(request).await, ..HeartbeatResponse::default() }
}
