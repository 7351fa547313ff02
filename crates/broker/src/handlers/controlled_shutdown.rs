//! ControlledShutdown 0–3: a broker that is about to stop hands its leaderships over.

use crate::{admin::AdminContext, request::RequestContext};
use rkafka_protocol::messages::{ControlledShutdownRequest, ControlledShutdownResponse};
use std::sync::Arc;

pub async fn handle(
    context: Arc<AdminContext>,
    _request_context: RequestContext,
    request: ControlledShutdownRequest,
) -> ControlledShutdownResponse {
    context.controller.controlled_shutdown(request).await
}
