//! AlterConfigs 0–2: replaces all settings of topics and of this broker.

use super::each_resource::{Effect, alter};
use crate::{
    admin::AdminContext,
    api_error::code_and_message,
    config_alteration::{Change, Operation},
    config_resource::ConfigResource,
    request::RequestContext,
    to_the_end::change,
};
use rkafka_protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse,
    alter_configs_request::{AlterConfigsResource, AlterableConfig},
    alter_configs_response::AlterConfigsResourceResponse,
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
    let set =
        |config: AlterableConfig| Change { name: config.name, operation: Some(Operation::Set), value: config.value };
    let wanted = request.resources.into_iter().map(|r: AlterConfigsResource| {
        let resource = ConfigResource { kind: r.resource_type, name: r.resource_name };
        (resource, r.configs.into_iter().map(set).collect())
    });
    let outcomes = alter(&context, wanted.collect(), Effect::Replace, request.validate_only).await;
    let responses = outcomes.into_iter().map(|(resource, outcome)| {
        let (error_code, error_message) = code_and_message(&outcome);
        let (resource_type, resource_name) = (resource.kind, resource.name);
        AlterConfigsResourceResponse { error_code, error_message, resource_type, resource_name, ..Default::default() }
    });
    AlterConfigsResponse { responses: responses.collect(), ..Default::default() }
}
