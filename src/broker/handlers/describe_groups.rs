//! DescribeGroups 0–5: state, members and assignments of groups. A group that does not exist is Dead, without an error.
//!
//! Version 3 may ask what the client may do with the group (KIP-430), 4 shows static members.

use crate::broker::{groups::GroupContext, request::RequestContext};
use crate::protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse};
use std::sync::Arc;

/// READ, DELETE and DESCRIBE: all that can be done with a group, and without an authorizer everybody may.
const ALL_OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8;

pub async fn handle(
    context: Arc<GroupContext>,
    _request_context: RequestContext,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let mut response = DescribeGroupsResponse::default();
    for group in request.groups {
        let mut group = context.coordinator.describe_group(group).await;
        if request.include_authorized_operations && group.error_code == 0 {
            group.authorized_operations = ALL_OPERATIONS;
        }
        response.groups.push(group);
    }
    response
}
