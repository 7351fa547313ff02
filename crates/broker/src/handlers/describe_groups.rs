//! DescribeGroups 0–5: state, members and assignments of groups. A group that does not exist is Dead, without an error.
//!
//! Version 3 may ask what the client may do with the group (KIP-430), 4 shows static members.

use crate::{
    groups::GroupContext,
    request::{ReplyBudget, RequestContext},
};
use rkafka_protocol::messages::{
    DescribeGroupsRequest, DescribeGroupsResponse,
    describe_groups_response::{DescribedGroup, DescribedGroupMember},
};
use std::{collections::HashSet, sync::Arc};

/// READ, DELETE and DESCRIBE: all that can be done with a group, and without an authorizer everybody may.
const ALL_OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8;

pub async fn handle(
    context: Arc<GroupContext>,
    _request_context: RequestContext,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let mut response = DescribeGroupsResponse::default();
    let mut budget = ReplyBudget::of_a_reply();
    let mut seen = HashSet::new();
    for id in request.groups {
        // What is asked for twice is answered once.
        if !seen.insert(id.clone()) {
            continue;
        }
        let mut group = context.coordinator.describe_group(id).await;
        if let Err(error) = budget.take(length(&group)) {
            group = DescribedGroup {
                error_code: error.code.0,
                group_id: group.group_id,
                authorized_operations: group.authorized_operations,
                ..Default::default()
            };
        }
        if request.include_authorized_operations && group.error_code == 0 {
            group.authorized_operations = ALL_OPERATIONS;
        }
        response.groups.push(group);
    }
    response
}

/// About how much memory a group takes in the answer.
fn length(group: &DescribedGroup) -> usize {
    let member = |m: &DescribedGroupMember| {
        let text = m.member_id.len() + m.client_id.len() + m.client_host.len();
        size_of::<DescribedGroupMember>() + text + m.member_metadata.len() + m.member_assignment.len()
    };
    size_of::<DescribedGroup>() + group.members.iter().map(member).sum::<usize>()
}
