//! DescribeConfigs 0–4: the settings of topics and of this broker, with their sources (`ConfigHelper`).
//!
//! Loggers (resource type 8) are described by the one level that is in force for all; client metrics (type 16) belong
//! to KRaft.

use super::give_way;
use crate::{
    admin::AdminContext,
    api_error::ApiError,
    config_resource::{ConfigResource, ResourceType},
    request::{ReplyBudget, RequestContext},
    topic_creation::topic_name,
};
use rkafka_config::describe::{self, Described};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        DescribeConfigsRequest, DescribeConfigsResponse,
        describe_configs_request::DescribeConfigsResource,
        describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym},
    },
};
use rkafka_registry::configs;
use std::{collections::HashSet, sync::Arc};

/// `ConfigSource` of a logger's level.
const SOURCE_LOGGER: i8 = 6;
/// `ConfigSource` of a value that nobody changed.
const SOURCE_DEFAULT: i8 = 5;

/// What the client wants to see besides the values.
#[derive(Clone, Copy)]
struct Wanted {
    /// Version 0 marks defaults; later ones give each value's source instead.
    default_marks: bool,
    synonyms: bool,
    documentation: bool,
}

pub async fn handle(
    context: Arc<AdminContext>,
    request_context: RequestContext,
    request: DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let wanted = Wanted {
        default_marks: request_context.version == 0,
        synonyms: request.include_synonyms,
        documentation: request.include_documentation,
    };
    let mut results = Vec::new();
    let mut budget = ReplyBudget::of_a_reply();
    let mut seen = HashSet::new();
    for (n, resource) in request.resources.iter().enumerate() {
        give_way(n).await;
        // What is asked for twice is answered once.
        if !seen.insert((resource.resource_type, &resource.resource_name, &resource.configuration_keys)) {
            continue;
        }
        let described = describe(&context, resource, wanted).await.and_then(|configs| {
            budget.take(configs.iter().map(length).sum())?;
            Ok(configs)
        });
        let (error, configs) = match described {
            Ok(configs) => (None, configs),
            Err(error) => (Some(error), Vec::new()),
        };
        results.push(DescribeConfigsResult {
            error_code: error.as_ref().map_or(0, |error| error.code.0),
            // Kafka leaves the schema's default, which is not null.
            error_message: Some(error.and_then(|error| error.message).unwrap_or_default()),
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            configs,
            ..Default::default()
        });
    }
    DescribeConfigsResponse { results, ..Default::default() }
}

async fn describe(
    context: &AdminContext,
    resource: &DescribeConfigsResource,
    wanted: Wanted,
) -> Result<Vec<DescribeConfigsResourceResult>, ApiError> {
    let name = resource.resource_name.as_str();
    let invalid = |message: String| Err(ApiError::new(ErrorCode::INVALID_REQUEST, message));
    let own_id = context.config.broker_id();
    let described = match ResourceType::of(resource.resource_type) {
        Some(ResourceType::Topic) => {
            topic_name::validate(name)?;
            if context.metadata.snapshot().topic(name).is_none() {
                return Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.into());
            }
            let overrides = configs::read(&context.zk, &format!("topics/{name}")).await?;
            context.config.with_layers(|layers| describe::topic(&overrides, layers))
        }
        Some(ResourceType::Broker) if name.is_empty() => context.config.with_layers(describe::broker_default),
        Some(ResourceType::Broker) if broker_id(name)? == own_id => context.config.with_layers(describe::broker),
        Some(ResourceType::Broker) => {
            return invalid(format!("Unexpected broker id, expected {own_id} or empty string, but received {name}"));
        }
        Some(ResourceType::BrokerLogger) if name.is_empty() => {
            return invalid("Broker id must not be empty".to_owned());
        }
        Some(ResourceType::BrokerLogger) if broker_id(name)? == own_id => return Ok(vec![root_logger()]),
        Some(ResourceType::BrokerLogger) => {
            return invalid(format!("Unexpected broker id, expected {own_id} but received {name}"));
        }
        Some(ResourceType::ClientMetrics) if name.is_empty() => {
            return invalid("Client metrics subscription name must not be empty".to_owned());
        }
        Some(ResourceType::ClientMetrics) => {
            return invalid("Config type client-metrics is only supported on KRaft clusters".to_owned());
        }
        None => {
            return invalid(format!(
                "Unsupported resource type: {}",
                ConfigResource::type_name(resource.resource_type)
            ));
        }
    };
    let keys = resource.configuration_keys.as_ref().filter(|keys| !keys.is_empty());
    let keys: Option<HashSet<&str>> = keys.map(|keys| keys.iter().map(String::as_str).collect());
    let asked = |described: &Described| keys.as_ref().is_none_or(|keys| keys.contains(&*described.name));
    Ok(described.into_iter().filter(asked).map(|described| entry(described, wanted)).collect())
}

/// About how much memory a setting takes.
fn length(config: &DescribeConfigsResourceResult) -> usize {
    let text = |value: &Option<String>| value.as_ref().map_or(0, String::len);
    let synonym = |s: &DescribeConfigsSynonym| size_of::<DescribeConfigsSynonym>() + s.name.len() + text(&s.value);
    let own = config.name.len() + text(&config.value) + text(&config.documentation);
    size_of::<DescribeConfigsResourceResult>() + own + config.synonyms.iter().map(synonym).sum::<usize>()
}

fn broker_id(name: &str) -> Result<i32, ApiError> {
    let message = || format!("Broker id must be an integer, but it is: {name}");
    name.parse().map_err(|_| ApiError::new(ErrorCode::INVALID_REQUEST, message()))
}

fn entry(described: Described, wanted: Wanted) -> DescribeConfigsResourceResult {
    let source = described.source as i8;
    let synonyms = if wanted.synonyms { described.synonyms } else { Vec::new() };
    let synonyms = synonyms.into_iter().map(|synonym| DescribeConfigsSynonym {
        name: synonym.name,
        value: synonym.value,
        source: synonym.source as i8,
        ..Default::default()
    });
    DescribeConfigsResourceResult {
        name: described.name,
        value: described.value,
        read_only: described.read_only,
        is_default: wanted.default_marks && source == SOURCE_DEFAULT,
        config_source: source,
        is_sensitive: described.is_sensitive,
        synonyms: synonyms.collect(),
        config_type: described.kind.map_or(0, |kind| kind as i8),
        documentation: wanted.documentation.then(|| described.doc.to_owned()),
        ..Default::default()
    }
}

/// All loggers have one level, which the start has set.
fn root_logger() -> DescribeConfigsResourceResult {
    DescribeConfigsResourceResult {
        name: "root".to_owned(),
        value: Some(log::max_level().to_string()),
        config_source: SOURCE_LOGGER,
        ..Default::default()
    }
}
