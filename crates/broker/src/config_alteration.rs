//! Changing settings: checks, and the znodes that tell every broker (`ConfigAdminManager`, `ZkAdminManager`).
//!
//! Any broker serves it. AlterConfigs replaces all settings of a resource, IncrementalAlterConfigs some of them; both
//! end in [`put`].

use crate::{
    admin::AdminContext,
    api_error::ApiError,
    config_resource::{ConfigResource, ResourceType},
    dynamic_config::DynamicConfig,
};
use rkafka_config::{
    broker_table::BROKER,
    definition::{Definition, Kind, Update, find, split_list},
    topic::{self, TopicConfigError},
    topic_table::TOPIC,
};
use rkafka_protocol::ErrorCode;
use rkafka_registry::{
    EntityConfig,
    configs::{self, Fence},
};
use std::collections::{HashMap, HashSet};

/// What a request does with one setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Set,
    Delete,
    Append,
    Subtract,
}

impl Operation {
    /// The operation of the wire's number.
    pub fn of(number: i8) -> Option<Operation> {
        [Operation::Set, Operation::Delete, Operation::Append, Operation::Subtract]
            .get(usize::try_from(number).ok()?)
            .copied()
    }
}

/// One setting of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    /// `None`: a number that is no operation.
    pub operation: Option<Operation>,
    pub value: Option<String>,
}

fn invalid_request(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::INVALID_REQUEST, message)
}

/// The refusals that hold for a request as a whole, one per resource.
pub fn check_resources<'a>(resources: impl Iterator<Item = &'a ConfigResource> + Clone) -> Vec<Option<ApiError>> {
    let mut occurrences: HashMap<&ConfigResource, usize> = HashMap::new();
    for resource in resources.clone() {
        *occurrences.entry(resource).or_default() += 1;
    }
    let twice = |one: &ConfigResource| occurrences.get(one).is_some_and(|times| *times > 1);
    let refusal = || invalid_request("Each resource must appear at most once.");
    resources.map(|resource| twice(resource).then(refusal)).collect()
}

/// Checks the changes of one resource before anything is read.
pub fn check_changes(context: &AdminContext, resource: &ConfigResource, changes: &[Change]) -> Result<(), ApiError> {
    let mut seen = HashSet::with_capacity(changes.len());
    if !changes.iter().all(|change| seen.insert(&*change.name)) {
        return Err(invalid_request("Error due to duplicate config keys"));
    }
    let is_null = |change: &&Change| change.operation != Some(Operation::Delete) && change.value.is_none();
    let nulls: Vec<&str> = changes.iter().filter(is_null).map(|change| change.name.as_str()).collect();
    if !nulls.is_empty() {
        return Err(invalid_request(format!("Null value not supported for : {}", nulls.join(", "))));
    }
    match ResourceType::of(resource.kind) {
        Some(ResourceType::Topic) => Ok(()),
        Some(ResourceType::Broker) if resource.name.is_empty() => Ok(()),
        Some(ResourceType::Broker) => check_own_id(context, &resource.name),
        Some(ResourceType::BrokerLogger) => {
            check_own_id(context, &resource.name)?;
            Err(invalid_request("The log levels of this broker are set at its start, by RKAFKA_LOG."))
        }
        Some(ResourceType::ClientMetrics) => {
            let kind = ConfigResource::type_name(resource.kind);
            Err(invalid_request(format!(
                "AlterConfigs is only supported for topics and brokers, but resource type is {kind}"
            )))
        }
        None => Err(invalid_request(format!("Unknown resource type {}", resource.kind))),
    }
}

fn check_own_id(context: &AdminContext, name: &str) -> Result<(), ApiError> {
    let own = context.config.broker_id();
    match name.parse::<i32>() {
        Err(_) => Err(invalid_request(format!("Node id must be an integer, but it is: {name}"))),
        Ok(id) if id == own => Ok(()),
        Ok(_) => Err(invalid_request(format!("Unexpected broker id, expected {own}, but received {name}"))),
    }
}

/// Where ZooKeeper keeps a resource's settings. Only topics and brokers come here.
fn entity_path(context: &AdminContext, resource: &ConfigResource) -> Result<String, ApiError> {
    match ResourceType::of(resource.kind) {
        Some(ResourceType::Topic) if resource.name.is_empty() => {
            Err(invalid_request("Default topic resources are not allowed."))
        }
        Some(ResourceType::Topic) => Ok(format!("topics/{}", resource.name)),
        _ if resource.name.is_empty() => Ok(DynamicConfig::shared_entity()),
        _ => Ok(context.config.own_entity()),
    }
}

/// The settings of a resource as they stand in ZooKeeper.
pub async fn current(context: &AdminContext, resource: &ConfigResource) -> Result<EntityConfig, ApiError> {
    Ok(configs::read(&context.zk, &entity_path(context, resource)?).await?)
}

/// Changes `config` as a request says.
pub fn merge(resource: &ConfigResource, config: &mut EntityConfig, changes: &[Change]) -> Result<(), ApiError> {
    let table = if resource.kind == ResourceType::Topic as i8 { TOPIC } else { BROKER };
    for change in changes {
        let value = change.value.clone().unwrap_or_default();
        match change.operation {
            Some(Operation::Set) => {
                config.insert(change.name.clone(), value);
            }
            Some(Operation::Delete) => {
                config.remove(&change.name);
            }
            Some(operation @ (Operation::Append | Operation::Subtract)) => {
                let changed = list_change(table, change, operation, config.get(&change.name), &value)?;
                config.insert(change.name.clone(), changed);
            }
            None => return Err(invalid_request("Unknown operations type")),
        }
    }
    Ok(())
}

fn list_change(
    table: &[Definition],
    change: &Change,
    operation: Operation,
    old: Option<&String>,
    value: &str,
) -> Result<String, ApiError> {
    let bad = |message: String| ApiError::new(ErrorCode::INVALID_CONFIG, message);
    let name = &change.name;
    let definition = find(table, name).ok_or_else(|| bad(format!("Unknown config name: {name}")))?;
    if definition.kind != Kind::List {
        let verb = if operation == Operation::Append { "append" } else { "subtract" };
        return Err(bad(format!("Config value {verb} is not allowed for config key: {name}")));
    }
    let old = old.map_or_else(|| definition.preset_text().unwrap_or_default(), String::as_str);
    let mut list = split_list(old);
    let given = split_list(value);
    if operation == Operation::Append {
        let mut seen: HashSet<String> = list.iter().cloned().collect();
        list.extend(given.into_iter().filter(|one| seen.insert(one.clone())));
    } else {
        // As often as it is named there, its first occurrences go.
        let mut less: HashMap<String, usize> = HashMap::new();
        given.into_iter().for_each(|one| *less.entry(one).or_default() += 1);
        list.retain(|one| match less.get_mut(one) {
            Some(times) if *times > 0 => {
                *times -= 1;
                false
            }
            _ => true,
        });
    }
    Ok(list.join(","))
}

/// Checks the settings of a resource as they are to be and, unless they are only to be checked, writes them, behind the
/// fence that the request has read.
pub async fn put(
    context: &AdminContext,
    resource: &ConfigResource,
    config: &EntityConfig,
    fence: Option<&Fence>,
) -> Result<(), ApiError> {
    let path = entity_path(context, resource)?;
    match ResourceType::of(resource.kind) {
        Some(ResourceType::Topic) => check_topic(context, resource, config)?,
        _ => check_broker(resource, config)?,
    }
    if let Some(fence) = fence {
        configs::write(&context.zk, fence, &path, config).await?;
    }
    Ok(())
}

fn check_topic(context: &AdminContext, resource: &ConfigResource, config: &EntityConfig) -> Result<(), ApiError> {
    if context.metadata.snapshot().topic(&resource.name).is_none() {
        let message = format!("The topic '{}' does not exist.", resource.name);
        return Err(ApiError::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message));
    }
    let pairs = config.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    match topic::validate(pairs, &context.config.topic_defaults()) {
        Ok(_) => Ok(()),
        Err(TopicConfigError::Invalid(invalid)) => {
            let message = format!("Invalid config value for resource {resource}: {invalid}");
            Err(ApiError::new(ErrorCode::INVALID_CONFIG, message))
        }
        Err(other) => Err(ApiError::new(ErrorCode::INVALID_CONFIG, other.to_string())),
    }
}

/// A broker's settings must be known to change at run time; names that nobody knows are for plug-ins.
fn check_broker(resource: &ConfigResource, config: &EntityConfig) -> Result<(), ApiError> {
    let of = |update: Update| -> Vec<&str> {
        let names = config.keys().filter(|name| find(BROKER, name).is_some_and(|d| d.update == update));
        names.map(String::as_str).collect()
    };
    let fixed = of(Update::ReadOnly);
    if !fixed.is_empty() {
        let reason = format!("Cannot update these configs dynamically: Set({})", fixed.join(", "));
        return Err(invalid_request(reason));
    }
    let per_broker = of(Update::PerBroker);
    if resource.name.is_empty() && !per_broker.is_empty() {
        let reason = format!(
            "Cannot update these configs at default cluster level, broker id must be specified: Set({})",
            per_broker.join(", ")
        );
        return Err(invalid_request(reason));
    }
    for (name, value) in config {
        let Some(definition) = find(BROKER, name) else { continue };
        definition.parse(value).map_err(|invalid| invalid_request(invalid.to_string()))?;
        if definition.is_sensitive() {
            // Kafka encrypts these with password.encoder.secret before they go to ZooKeeper.
            let reason = format!("{name} is a password, which this broker takes from its properties file only");
            return Err(invalid_request(reason));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic() -> ConfigResource {
        ConfigResource { kind: 2, name: "t".to_owned() }
    }

    fn change(name: &str, operation: Operation, value: &str) -> Change {
        Change { name: name.to_owned(), operation: Some(operation), value: Some(value.to_owned()) }
    }

    fn merged(changes: &[Change]) -> Result<EntityConfig, ApiError> {
        let mut config: EntityConfig = [("retention.ms".to_owned(), "1".to_owned())].into();
        merge(&topic(), &mut config, changes).map(|()| config)
    }

    #[test]
    fn lists_grow_and_shrink() {
        let config = merged(&[change("cleanup.policy", Operation::Append, "compact,delete")]).unwrap();
        assert_eq!(config["cleanup.policy"], "delete,compact");
        let config = merged(&[change("cleanup.policy", Operation::Subtract, "delete")]).unwrap();
        assert_eq!(config["cleanup.policy"], "");
        assert_eq!(
            merged(&[change("retention.ms", Operation::Append, "1")]).unwrap_err().to_string(),
            "Config value append is not allowed for config key: retention.ms"
        );
        assert_eq!(
            merged(&[change("no.such", Operation::Subtract, "1")]).unwrap_err().to_string(),
            "Unknown config name: no.such"
        );
        let config = merged(&[change("retention.ms", Operation::Delete, "")]).unwrap();
        assert!(config.is_empty());
    }

    #[test]
    fn broker_settings_must_be_dynamic() {
        let check = |name: &str, key: &str, value: &str| {
            let resource = ConfigResource { kind: 4, name: name.to_owned() };
            check_broker(&resource, &[(key.to_owned(), value.to_owned())].into()).err().map(|e| e.to_string())
        };
        assert_eq!(check("0", "log.cleaner.threads", "2"), None);
        assert_eq!(check("0", "some.plugin.key", "x"), None);
        assert_eq!(
            check("0", "num.partitions", "2").as_deref(),
            Some("Cannot update these configs dynamically: Set(num.partitions)")
        );
        assert!(check("", "log.cleaner.threads", "x").unwrap().ends_with("Not a number of type INT"));
    }

    #[test]
    fn a_resource_appears_once() {
        let other = ConfigResource { kind: 2, name: "u".to_owned() };
        let refusals = check_resources([topic(), other, topic()].iter());
        assert_eq!(refusals.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    }
}
