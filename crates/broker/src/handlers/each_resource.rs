//! What AlterConfigs and IncrementalAlterConfigs share: resource after resource, each with an outcome of its own.

use super::give_way;
use crate::{
    admin::AdminContext,
    api_error::ApiError,
    config_alteration::{self, Change},
    config_resource::{ConfigResource, ResourceType},
};
use rkafka_protocol::ErrorCode;

/// What a request's settings do to those that a resource has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// They take the place of all.
    Replace,
    /// They change some.
    Merge,
}

/// Changes the settings of each resource, in the request's order.
pub async fn alter(
    context: &AdminContext,
    wanted: Vec<(ConfigResource, Vec<Change>)>,
    effect: Effect,
    validate_only: bool,
) -> Vec<(ConfigResource, Result<(), ApiError>)> {
    let refusals = config_alteration::check_resources(wanted.iter().map(|(resource, _)| resource));
    let mut outcomes = Vec::with_capacity(wanted.len());
    for (n, ((resource, changes), refusal)) in wanted.into_iter().zip(refusals).enumerate() {
        give_way(n).await;
        let outcome = match refusal {
            Some(refusal) => Err(refusal),
            None => alter_one(context, &resource, changes, effect, validate_only).await,
        };
        outcomes.push((resource, outcome));
    }
    outcomes
}

async fn alter_one(
    context: &AdminContext,
    resource: &ConfigResource,
    changes: Vec<Change>,
    effect: Effect,
    validate_only: bool,
) -> Result<(), ApiError> {
    if effect == Effect::Replace && resource.kind == ResourceType::BrokerLogger as i8 {
        let message = "AlterConfigs is deprecated and does not support the resource type BROKER_LOGGER";
        return Err(ApiError::new(ErrorCode::INVALID_REQUEST, message));
    }
    config_alteration::check_changes(context, resource, &changes)?;
    let config = match effect {
        Effect::Replace => changes.into_iter().filter_map(|change| Some((change.name, change.value?))).collect(),
        Effect::Merge => {
            let mut config = config_alteration::current(context, resource).await?;
            config_alteration::merge(resource, &mut config, &changes)?;
            config
        }
    };
    config_alteration::put(context, resource, &config, validate_only).await
}
