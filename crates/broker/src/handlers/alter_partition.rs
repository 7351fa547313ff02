//! AlterPartition 0–3: a leader tells the controller of another in-sync set.

use crate::{admin::AdminContext, request::RequestContext};
use rkafka_protocol::messages::{AlterPartitionRequest, AlterPartitionResponse};
use std::sync::Arc;

pub async fn handle(
    context: Arc<AdminContext>,
    request_context: RequestContext,
    request: AlterPartitionRequest,
) -> AlterPartitionResponse {
    context.controller.alter_partition(request, request_context.version).await
}
