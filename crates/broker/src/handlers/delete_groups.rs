//! DeleteGroups 0–2 (KIP-229): deletes groups without members, and their offsets.

use crate::{groups::GroupContext, request::RequestContext, to_the_end::change};
use rkafka_protocol::messages::{
    DeleteGroupsRequest, DeleteGroupsResponse, delete_groups_response::DeletableGroupResult,
};
use std::{collections::BTreeSet, sync::Arc};

pub async fn handle(
    context: Arc<GroupContext>,
    _request_context: RequestContext,
    request: DeleteGroupsRequest,
) -> DeleteGroupsResponse {
    change(delete_all(context, request)).await
}

async fn delete_all(context: Arc<GroupContext>, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut response = DeleteGroupsResponse::default();
    let mut seen = BTreeSet::new();
    for group_id in request.groups_names {
        if seen.insert(group_id.clone()) {
            let error_code = context.coordinator.delete_group(group_id.clone()).await;
            response.results.push(DeletableGroupResult { group_id, error_code, ..DeletableGroupResult::default() });
        }
    }
    response
}
