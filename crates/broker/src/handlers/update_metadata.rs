//! UpdateMetadata 0–8: the controller tells this broker who is alive and who leads what.

use crate::{controller_requests::ControllerRequests, request::RequestContext};
use rkafka_protocol::messages::{UpdateMetadataRequest, UpdateMetadataResponse};
use std::sync::Arc;

pub async fn handle(
    context: Arc<ControllerRequests>,
    _request_context: RequestContext,
    request: UpdateMetadataRequest,
) -> UpdateMetadataResponse {
    context.update_metadata(request).await
}
