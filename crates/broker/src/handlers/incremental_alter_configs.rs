//! IncrementalAlterConfigs 0–1 (KIP-339): changes some settings of topics and of this broker.

use super::give_way;
use crate::{
    admin::AdminContext,
    api_error::{ApiError, code_and_message},
    config_alteration::{self, Change, Operation},
    config_resource::ConfigResource,
    request::RequestContext,
    to_the_end::change,
};
use rkafka_protocol::messages::{
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
    incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig},
    incremental_alter_configs_response::AlterConfigsResourceResponse,
};
use std::sync::Arc;

pub async fn handle(
    context: Arc<AdminContext>,
    _request_context: RequestContext,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    // Settings without their notification would come into force at the brokers' next start.
    change(alter_all(context, request)).await
}

async fn alter_all(
    context: Arc<AdminContext>,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let name = |r: &AlterConfigsResource| ConfigResource { kind: r.resource_type, name: r.resource_name.clone() };
    let resources: Vec<ConfigResource> = request.resources.iter().map(name).collect();
    let refusals = config_alteration::check_resources(&resources);
    let mut responses = Vec::with_capacity(resources.len());
    for (n, ((resource, refusal), wanted)) in resources.into_iter().zip(refusals).zip(request.resources).enumerate() {
        give_way(n).await;
        let outcome = match refusal {
            Some(refusal) => Err(refusal),
            None => alter(&context, &resource, wanted.configs, request.validate_only).await,
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
    IncrementalAlterConfigsResponse { responses, ..Default::default() }
}

async fn alter(
    context: &AdminContext,
    resource: &ConfigResource,
    configs: Vec<AlterableConfig>,
    validate_only: bool,
) -> Result<(), ApiError> {
    let change = |config: AlterableConfig| Change {
        name: config.name,
        operation: Operation::of(config.config_operation),
        value: config.value,
    };
    let changes: Vec<Change> = configs.into_iter().map(change).collect();
    config_alteration::check_changes(context, resource, &changes)?;
    let mut config = config_alteration::current(context, resource).await?;
    config_alteration::merge(resource, &mut config, &changes)?;
    config_alteration::put(context, resource, &config, validate_only).await
}
