//! The notifications under `/log_dir_event_notification`: a broker tells the controller that a log dir has failed.
//! Payload: `{"version":1,"broker":<id>,"event":1}`.

use super::{RegistryError, paths};
use rkafka_zookeeper_client::{CreateMode, ZkClient};

/// The event of a failed log dir, the only one there is.
const LOG_DIR_FAILURE: i32 = 1;

/// Leaves a notification that a log dir of `broker` has failed.
pub async fn notify(zk: &ZkClient, broker: i32) -> Result<(), RegistryError> {
    let payload = format!("{{\"version\":1,\"broker\":{broker},\"event\":{LOG_DIR_FAILURE}}}");
    let prefix = format!("{}/log_dir_event_", paths::LOG_DIR_EVENT_NOTIFICATION);
    zk.create(&prefix, Some(payload.into_bytes()), CreateMode::PersistentSequential).await?;
    Ok(())
}
