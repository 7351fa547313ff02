//! What AlterConfigs and IncrementalAlterConfigs share: resource after resource, each with an outcome of its own.

use super::give_way;
use crate::{
    admin::AdminContext,
    api_error::ApiError,
    config_alteration::{self, Change},
    config_resource::{ConfigResource, ResourceType},
};
use rkafka_protocol::ErrorCode;
use rkafka_registry::{EntityConfig, configs::Fence};
use std::sync::Arc;
use tokio::task::{JoinError, JoinSet};

/// How many resources of a request are under way together.
const AT_ONCE: usize = 32;

/// What a request's settings do to those that a resource has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// They take the place of all.
    Replace,
    /// They change some.
    Merge,
}

/// Changes the settings of each resource. Some are under way together; the outcomes come in the request's order.
pub async fn alter(
    context: &Arc<AdminContext>,
    wanted: Vec<(ConfigResource, Vec<Change>)>,
    effect: Effect,
    validate_only: bool,
) -> Vec<(ConfigResource, Result<(), ApiError>)> {
    let refusals = config_alteration::check_resources(wanted.iter().map(|(resource, _)| resource));
    let fence =
        if validate_only { Ok(None) } else { Fence::read(&context.zk).await.map(|fence| Some(Arc::new(fence))) };
    let (resources, changes): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
    let mut outcomes: Vec<Result<(), ApiError>> = Vec::with_capacity(resources.len());
    let mut running = JoinSet::new();
    for (n, (changes, refusal)) in changes.into_iter().zip(refusals).enumerate() {
        give_way(n).await;
        outcomes.push(refusal.map_or(Ok(()), Err));
        let (Some(Ok(())), Some(resource)) = (outcomes.last(), resources.get(n)) else { continue };
        if running.len() == AT_ONCE {
            note(running.join_next().await, &mut outcomes);
        }
        let (context, resource, fence) = (Arc::clone(context), resource.clone(), fence.clone());
        running.spawn(async move {
            let outcome = async {
                let changed = changed(&context, &resource, changes, effect).await?;
                config_alteration::put(&context, &resource, &changed, fence?.as_deref()).await
            };
            (n, outcome.await)
        });
    }
    while !running.is_empty() {
        note(running.join_next().await, &mut outcomes);
    }
    resources.into_iter().zip(outcomes).collect()
}

/// A resource's place in the request, and what became of it.
type Ended = (usize, Result<(), ApiError>);

/// Takes in how one resource's change has ended.
fn note(ended: Option<Result<Ended, JoinError>>, outcomes: &mut [Result<(), ApiError>]) {
    match ended {
        Some(Ok((n, outcome))) => {
            if let Some(slot) = outcomes.get_mut(n) {
                *slot = outcome;
            }
        }
        // As if it had happened here.
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Some(Err(_)) | None => {}
    }
}

/// The settings of a resource as they are to be.
async fn changed(
    context: &AdminContext,
    resource: &ConfigResource,
    changes: Vec<Change>,
    effect: Effect,
) -> Result<EntityConfig, ApiError> {
    if effect == Effect::Replace && resource.kind == ResourceType::BrokerLogger as i8 {
        let message = "AlterConfigs is deprecated and does not support the resource type BROKER_LOGGER";
        return Err(ApiError::new(ErrorCode::INVALID_REQUEST, message));
    }
    config_alteration::check_changes(context, resource, &changes)?;
    match effect {
        Effect::Replace => Ok(changes.into_iter().filter_map(|change| Some((change.name, change.value?))).collect()),
        Effect::Merge => {
            let mut config = config_alteration::current(context, resource).await?;
            config_alteration::merge(resource, &mut config, &changes)?;
            Ok(config)
        }
    }
}
