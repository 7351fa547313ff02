//! Many reads at once: over one connection they share their round trips.

use super::RegistryError;
use rkafka_runtime::tasks::watched;
use rkafka_zookeeper_client::ZkClientError;
use std::future::Future;
use tokio::task::JoinSet;

/// Runs all of `futures` at once; results come in their order. The first error ends it.
pub async fn all<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = Result<T, RegistryError>> + Send + 'static>,
) -> Result<Vec<T>, RegistryError> {
    let mut running = JoinSet::new();
    for (at, future) in futures.enumerate() {
        running.spawn(async move { (at, future.await) });
    }
    let mut results = Vec::new();
    while let Some(finished) = running.join_next().await {
        let (at, result) = watched::joined(finished).ok_or(ZkClientError::Closed)?;
        results.push((at, result?));
    }
    results.sort_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
