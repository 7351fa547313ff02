//! LeaveGroup 0–5: members leave at once instead of timing out.
//!
//! Up to version 2 one member leaves, and its error is the response's; from 3 on several may (KIP-345), each with an error
//! of its own, and an administrator may name static members by their instance ids. Version 5 carries a reason.

use crate::{groups::GroupContext, request::RequestContext};
use rkafka_protocol::messages::{LeaveGroupRequest, LeaveGroupResponse, leave_group_request::MemberIdentity};
use std::sync::Arc;

pub async fn handle(
    context: Arc<GroupContext>,
    request_context: RequestContext,
    mut request: LeaveGroupRequest,
) -> LeaveGroupResponse {
    if request_context.version >= 3 {
        return context.coordinator.leave_group(request).await;
    }
    let member_id = std::mem::take(&mut request.member_id);
    request.members = vec![MemberIdentity { member_id, ..MemberIdentity::default() }];
    let mut response = context.coordinator.leave_group(request).await;
    if let Some(member) = response.members.pop()
        && response.error_code == 0
    {
        response.error_code = member.error_code;
    }
    response.members.clear();
    response
}
