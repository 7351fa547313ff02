//! ZooKeeper's session while a broker starts: whoever is suspended for longer than it lasts begins another one and goes on.

use rkafka_registry::RegistryError;
use rkafka_zookeeper_client::{ZkClient, ZkClientError};

/// Does `work`, and does it again in another session for as long as sessions expire under it. It holds nothing that belongs
/// to a session.
///
/// # Errors
/// Those of `work`; no other session begins.
pub(super) async fn in_session<T, E: Into<anyhow::Error>>(
    zk: &ZkClient,
    work: impl AsyncFn() -> Result<T, E>,
) -> anyhow::Result<T> {
    loop {
        match work().await.map_err(Into::into) {
            Err(error) if has_expired(&error) => {
                tell_of_expiry();
                zk.new_session().await?;
            }
            done => return done,
        }
    }
}

/// The line that Kafka logs.
pub(super) fn tell_of_expiry() {
    log::info!(target: "kafka.zookeeper.ZooKeeperClient", "[ZooKeeperClient Kafka server] Session expired.");
}

fn has_expired(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let by_registry = cause.downcast_ref().and_then(|error| match error {
            RegistryError::ZooKeeper(error) => Some(error),
            _ => None,
        });
        matches!(cause.downcast_ref().or(by_registry), Some(ZkClientError::SessionExpired))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn an_expired_session_is_found_below_other_words() {
        let expired = || ZkClientError::SessionExpired;
        let by_registry = anyhow::Error::from(RegistryError::from(expired())).context("reading the configuration");
        assert!(has_expired(&expired().into()) && has_expired(&by_registry));
        let other = Err::<(), _>(ZkClientError::Closed).context("the session has expired").unwrap_err();
        assert!(!has_expired(&other));
    }
}
