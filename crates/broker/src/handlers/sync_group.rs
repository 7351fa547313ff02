//! SyncGroup 0–5: the leader brings the assignment of a generation, everybody gets theirs.
//!
//! Version 3 knows static members; 5 names protocol type and protocol, and they must be those of the group (KIP-559).

use crate::{groups::GroupContext, request::RequestContext};
use rkafka_protocol::{
    ErrorCode,
    messages::{SyncGroupRequest, SyncGroupResponse},
};
use std::sync::Arc;

pub async fn handle(
    context: Arc<GroupContext>,
    request_context: RequestContext,
    request: SyncGroupRequest,
) -> SyncGroupResponse {
    if request_context.version >= 5 && (request.protocol_type.is_none() || request.protocol_name.is_none()) {
        let error_code = ErrorCode::INCONSISTENT_GROUP_PROTOCOL.0;
        return SyncGroupResponse { error_code, ..SyncGroupResponse::default() };
    }
    context.coordinator.sync_group(request).await
}
