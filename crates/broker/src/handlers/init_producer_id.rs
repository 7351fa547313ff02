//! InitProducerId 0–5: ids for idempotent producers.
//!
//! Left out: transactions. A transactional id gets an error that the client does not retry.

use crate::{admin::AdminContext, request::RequestContext};
use rkafka_protocol::{
    ErrorCode,
    messages::{InitProducerIdRequest, InitProducerIdResponse},
};
use std::sync::Arc;

const LOG: &str = "kafka.coordinator.transaction.TransactionCoordinator";

pub async fn handle(
    context: Arc<AdminContext>,
    request_context: RequestContext,
    request: InitProducerIdRequest,
) -> InitProducerIdResponse {
    let refuse = |code: ErrorCode| InitProducerIdResponse {
        error_code: code.0,
        producer_id: -1,
        producer_epoch: -1,
        ..Default::default()
    };
    // The fields come together or not at all.
    if (request.producer_id == -1) != (request.producer_epoch == -1) {
        return refuse(ErrorCode::INVALID_REQUEST);
    }
    match request.transactional_id.as_deref() {
        Some("") => return refuse(ErrorCode::INVALID_REQUEST),
        Some(id) => {
            log::warn!(target: LOG,
                "Client {} wants transactional id {id}, but this broker does not serve transactions",
                request_context.client_id());
            return refuse(ErrorCode::UNSUPPORTED_VERSION);
        }
        None => {}
    }
    match context.producer_ids.next().await {
        Ok(producer_id) => InitProducerIdResponse { producer_id, producer_epoch: 0, ..Default::default() },
        Err(error) => {
            log::error!(target: LOG, "There is no block of producer ids: {error}");
            refuse(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS)
        }
    }
}
