//! ListGroups 0–5: the groups that this broker coordinates. Version 4 filters by state (KIP-518), 5 by type (KIP-848).

use crate::{groups::GroupContext, request::RequestContext};
use rkafka_protocol::messages::{ListGroupsRequest, ListGroupsResponse};
use std::sync::Arc;

pub async fn handle(
    context: Arc<GroupContext>,
    _request_context: RequestContext,
    request: ListGroupsRequest,
) -> ListGroupsResponse {
    let (error_code, groups) = context.coordinator.list_groups(&request.states_filter, &request.types_filter).await;
    ListGroupsResponse { error_code, groups, ..ListGroupsResponse::default() }
}
