//! DescribeCluster 0–1 (KIP-700): the cluster's id, its controller, and the live brokers on the client's listener.
//!
//! Controllers as endpoints belong to KRaft; a request for them is refused.

use crate::{admin::AdminContext, authorized_operations, request::RequestContext};
use rkafka_protocol::{
    ErrorCode,
    messages::{DescribeClusterRequest, DescribeClusterResponse, describe_cluster_response::DescribeClusterBroker},
};
use std::sync::Arc;

/// Endpoint types of the request.
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;
/// "Not asked for."
const NO_OPERATIONS: i32 = i32::MIN;

pub async fn handle(
    context: Arc<AdminContext>,
    request_context: RequestContext,
    request: DescribeClusterRequest,
) -> DescribeClusterResponse {
    if request.endpoint_type != BROKERS {
        let (code, message) = if request.endpoint_type == CONTROLLERS {
            let message =
                "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
            (ErrorCode::MISMATCHED_ENDPOINT_TYPE, message.to_owned())
        } else {
            let message = format!("Unsupported endpoint type {}", request.endpoint_type);
            (ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, message)
        };
        return DescribeClusterResponse {
            error_code: code.0,
            error_message: Some(message),
            cluster_authorized_operations: NO_OPERATIONS,
            ..Default::default()
        };
    }
    let snapshot = context.metadata.snapshot();
    let brokers = snapshot.brokers.values().filter_map(|broker| {
        let endpoint = broker.endpoint(request_context.listener())?;
        Some(DescribeClusterBroker {
            broker_id: broker.id.0,
            host: endpoint.host.clone(),
            port: endpoint.port,
            rack: broker.rack.clone(),
            ..Default::default()
        })
    });
    let asked = request.include_cluster_authorized_operations;
    DescribeClusterResponse {
        endpoint_type: BROKERS,
        cluster_id: context.cluster_id.clone(),
        controller_id: snapshot.controller.map_or(-1, |controller| controller.0),
        brokers: brokers.collect(),
        cluster_authorized_operations: if asked { authorized_operations::CLUSTER } else { NO_OPERATIONS },
        ..Default::default()
    }
}
