//! AlterConfigs 0–2: replaces all settings of topics and of this broker.

use super::give_way;
use crate::{
    admin::AdminContext,
    api_error::{ApiError, code_and_message},
    config_alteration::{self, Change, Operation},
    config_resource::{ConfigResource, ResourceType},
    request::RequestContext,
    to_the_end::change,
};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterConfigsRequest, AlterConfigsResponse, alter_configs_request::AlterConfigsResource,
        alter_configs_response::AlterConfigsResourceResponse,
    },
};
use std::sync::Arc;

pub async fn handle(
    context: Arc<AdminContext>,
    _request_context: RequestContext,
    request: AlterConfigsRequest,
) -> AlterConfigsResponse {
    // Settings without their notification would come into force at the brokers' next start.
    change(alter_all(context, request)).await
}

async fn alter_all(context: Arc<AdminContext>, request: AlterConfigsRequest) -> AlterConfigsResponse {
    let name = |r: &AlterConfigsResource| ConfigResource { kind: r.resource_type, name: r.resource_name.clone() };
    let resources: Vec<ConfigResource> = request.resources.iter().map(name).collect();
    let refusals = config_alteration::check_resources(&resources);
    let mut responses = Vec::with_capacity(resources.len());
    for (n, ((resource, refusal), wanted)) in resources.into_iter().zip(refusals).zip(request.resources).enumerate() {
        give_way(n).await;
        let outcome = match refusal {
            Some(refusal) => Err(refusal),
            None => alter(&context, &resource, wanted, request.validate_only).await,
        };
        let (error_code, error_message) = code_and_message(&outcome);
        responses.push(AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type: resource.kind,
            resource_name: resource.name,
            ..Default::default()
        });
    }
    AlterConfigsResponse { responses, ..Default::default() }
}

async fn alter(
    context: &AdminContext,
    resource: &ConfigResource,
    wanted: AlterConfigsResource,
    validate_only: bool,
) -> Result<(), ApiError> {
    if resource.kind == ResourceType::BrokerLogger as i8 {
        let message = "AlterConfigs is deprecated and does not support the resource type BROKER_LOGGER";
        return Err(ApiError::new(ErrorCode::INVALID_REQUEST, message));
    }
    let set = |config: rkafka_protocol::messages::alter_configs_request::AlterableConfig| Change {
        name: config.name,
        operation: Some(Operation::Set),
        value: config.value,
    };
    let changes: Vec<Change> = wanted.configs.into_iter().map(set).collect();
    config_alteration::check_changes(context, resource, &changes)?;
    let config = changes.into_iter().filter_map(|change| Some((change.name, change.value?))).collect();
    config_alteration::put(context, resource, &config, validate_only).await
}
