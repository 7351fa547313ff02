//! Many reads at once: over one connection they share their round trips.

use super::RegistryError;
use rkafka_runtime::tasks::watched;
use rkafka_zookeeper_client::ZkClientError;
use std::future::Future;
use tokio::task::JoinSet;

/// How many reads wait for their answers at a time: several times what a client has on the wire. The thousands of a large
/// cluster would only take room.
const AT_ONCE: usize = 64;

/// Runs all of `futures`, many at once; results come in their order. The first error ends it.
pub async fn all<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = Result<T, RegistryError>> + Send + 'static>,
) -> Result<Vec<T>, RegistryError> {
    let mut waiting = futures.enumerate();
    let mut running = JoinSet::new();
    let mut results = Vec::new();
    loop {
        while running.len() < AT_ONCE
            && let Some((at, future)) = waiting.next()
        {
            running.spawn(async move { (at, future.await) });
        }
        let Some(finished) = running.join_next().await else { break };
        let (at, result) = watched::joined(finished).ok_or(ZkClientError::Closed)?;
        results.push((at, result?));
    }
    results.sort_by_key(|(at, _)| *at);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
