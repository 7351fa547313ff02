//! JoinGroup 0–9: enters a consumer group, or stays in it, and waits for the next generation.
//!
//! Version 1 has a rebalance timeout of its own, 4 wants a member id before it lets anybody in (KIP-394), 5 knows static
//! members (KIP-345), 7 names the protocol type, 8 carries a reason, 9 may skip the assignment (KIP-814).

use crate::{groups::GroupContext, request::RequestContext};
use rkafka_coordinator::group::Client;
use rkafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use std::sync::Arc;

pub async fn handle(
    context: Arc<GroupContext>,
    request_context: RequestContext,
    mut request: JoinGroupRequest,
) -> JoinGroupResponse {
    let version = request_context.version;
    if version == 0 {
        request.rebalance_timeout_ms = request.session_timeout_ms;
    }
    let client = Client { id: request_context.client_id().to_owned(), host: request_context.client_host() };
    let mut response = context.coordinator.join_group(request, version, client).await;
    if version < 7 && response.protocol_name.is_none() {
        response.protocol_name = Some(String::new());
    }
    response
}
