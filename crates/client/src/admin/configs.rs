//! Configurations of topics, brokers and broker loggers: describe and alter.

use super::{Admin, ItemResult, Route, item};
use crate::ClientError;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterConfigsRequest, DescribeConfigsRequest, IncrementalAlterConfigsRequest, ListConfigResourcesRequest,
        alter_configs_request, describe_configs_request::DescribeConfigsResource,
        describe_configs_response::DescribeConfigsResourceResult, incremental_alter_configs_request as incremental,
    },
};
use std::collections::BTreeMap;

/// What kind of thing has configurations (`ConfigResource.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}

/// One thing with configurations. The name of a broker is its id; the empty name stands for the cluster-wide default.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    pub kind: ResourceKind,
    pub name: String,
}

/// What to do with one configuration (`AlterConfigOp.OpType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigOperation {
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

impl ConfigResource {
    pub fn topic(name: impl Into<String>) -> ConfigResource {
        ConfigResource { kind: ResourceKind::Topic, name: name.into() }
    }

    /// A broker's own configurations are with that broker; all others any broker can serve.
    fn route(&self) -> Route {
        match (self.kind, self.name.parse()) {
            (ResourceKind::Broker | ResourceKind::BrokerLogger, Ok(id)) => Route::Node(id),
            _ => Route::Any,
        }
    }
}

/// The resources that go to the same broker, as positions in `resources`.
fn by_route<'a>(resources: impl Iterator<Item = &'a ConfigResource>) -> BTreeMap<Option<i32>, Vec<usize>> {
    let mut groups: BTreeMap<Option<i32>, Vec<usize>> = BTreeMap::new();
    for (i, resource) in resources.enumerate() {
        let node = if let Route::Node(id) = resource.route() { Some(id) } else { None };
        groups.entry(node).or_default().push(i);
    }
    groups
}

fn route_of(node: Option<i32>) -> Route {
    node.map_or(Route::Any, Route::Node)
}

fn no_answer() -> ClientError {
    ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some("The broker did not answer for this resource"))
}

/// One change to a resource: the configuration's name, what to do, and the value (`None` for Delete).
pub type ConfigChange = (String, ConfigOperation, Option<String>);

impl Admin {
    /// The configurations of each resource; `include_synonyms` adds where each value comes from.
    pub async fn describe_configs(
        &self,
        resources: &[ConfigResource],
        include_synonyms: bool,
        include_documentation: bool,
    ) -> Result<Vec<ItemResult<Vec<DescribeConfigsResourceResult>>>, ClientError> {
        let mut results: Vec<_> = resources.iter().map(|_| Err(no_answer())).collect();
        for (node, places) in by_route(resources.iter()) {
            let asked = |i: &usize| DescribeConfigsResource {
                resource_type: resources[*i].kind as i8,
                resource_name: resources[*i].name.clone(),
                configuration_keys: None,
                ..Default::default()
            };
            let request = |_| DescribeConfigsRequest {
                resources: places.iter().map(asked).collect(),
                include_synonyms,
                include_documentation,
                ..Default::default()
            };
            let response = self.call("describeConfigs", route_of(node), request, |_| ErrorCode::NONE).await?;
            for r in response.results {
                let place = places
                    .iter()
                    .find(|i| resources[**i].kind as i8 == r.resource_type && resources[**i].name == r.resource_name);
                if let Some(place) = place {
                    results[*place] = item(r.error_code, r.error_message.as_deref(), r.configs);
                }
            }
        }
        Ok(results)
    }

    /// The names of the subscriptions to client metrics (brokers since 3.7 that a KRaft controller leads).
    pub async fn list_client_metrics(&self) -> Result<Vec<String>, ClientError> {
        // Before version 1 there was nothing else to list.
        let only_metrics = |version| if version >= 1 { vec![ResourceKind::ClientMetrics as i8] } else { Vec::new() };
        let request =
            |version| ListConfigResourcesRequest { resource_types: only_metrics(version), ..Default::default() };
        let response =
            self.call("listClientMetricsResources", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, None, response.config_resources.into_iter().map(|r| r.resource_name).collect())
    }

    /// Changes configurations one by one, leaving the others as they are (brokers since 2.3).
    pub async fn incremental_alter_configs(
        &self,
        changes: &[(ConfigResource, Vec<ConfigChange>)],
        validate_only: bool,
    ) -> Result<Vec<ItemResult<()>>, ClientError> {
        let mut results: Vec<_> = changes.iter().map(|_| Err(no_answer())).collect();
        for (node, places) in by_route(changes.iter().map(|(r, _)| r)) {
            let request = |_| IncrementalAlterConfigsRequest {
                resources: places.iter().map(|i| incremental_resource(&changes[*i])).collect(),
                validate_only,
                ..Default::default()
            };
            let response = self.call("incrementalAlterConfigs", route_of(node), request, |_| ErrorCode::NONE).await?;
            for r in response.responses {
                let place = places.iter().find(|i| {
                    let resource = &changes[**i].0;
                    resource.kind as i8 == r.resource_type && resource.name == r.resource_name
                });
                if let Some(place) = place {
                    results[*place] = item(r.error_code, r.error_message.as_deref(), ());
                }
            }
        }
        Ok(results)
    }

    /// Replaces all dynamic configurations of one resource (the call of brokers before 2.3).
    pub async fn alter_configs(
        &self,
        resource: &ConfigResource,
        configs: &[(String, Option<String>)],
        validate_only: bool,
    ) -> Result<(), ClientError> {
        let config = |(name, value): &(String, Option<String>)| alter_configs_request::AlterableConfig {
            name: name.clone(),
            value: value.clone(),
            ..Default::default()
        };
        let request = |_| AlterConfigsRequest {
            resources: vec![alter_configs_request::AlterConfigsResource {
                resource_type: resource.kind as i8,
                resource_name: resource.name.clone(),
                configs: configs.iter().map(config).collect(),
                ..Default::default()
            }],
            validate_only,
            ..Default::default()
        };
        let response = self.call("alterConfigs", resource.route(), request, |_| ErrorCode::NONE).await?;
        match response.responses.first() {
            Some(r) => item(r.error_code, r.error_message.as_deref(), ()),
            None => Err(no_answer()),
        }
    }
}

fn incremental_resource(
    (resource, changes): &(ConfigResource, Vec<ConfigChange>),
) -> incremental::AlterConfigsResource {
    let config = |(name, operation, value): &ConfigChange| incremental::AlterableConfig {
        name: name.clone(),
        config_operation: *operation as i8,
        value: value.clone(),
        ..Default::default()
    };
    incremental::AlterConfigsResource {
        resource_type: resource.kind as i8,
        resource_name: resource.name.clone(),
        configs: changes.iter().map(config).collect(),
        ..Default::default()
    }
}
