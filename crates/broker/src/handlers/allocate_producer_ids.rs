//! AllocateProducerIds 0: the controller gives a broker a block of producer ids.

use crate::{admin::AdminContext, request::RequestContext};
use rkafka_protocol::messages::{AllocateProducerIdsRequest, AllocateProducerIdsResponse};
use std::sync::Arc;

pub async fn handle(
    context: Arc<AdminContext>,
    _request_context: RequestContext,
    request: AllocateProducerIdsRequest,
) -> AllocateProducerIdsResponse {
    context.controller.allocate_producer_ids(request).await
}
