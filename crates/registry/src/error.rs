//! What can go wrong with a znode: ZooKeeper refuses, or what stands there is not what belongs there.

use super::json::PayloadError;
use rkafka_zookeeper_client::ZkClientError;

/// Why a read or write of the registry did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RegistryError {
    #[error(transparent)]
    ZooKeeper(#[from] ZkClientError),
    /// The node must be mended or deleted by hand.
    #[error("znode {path} holds what Kafka never writes there: {cause}")]
    Payload { path: String, cause: PayloadError },
    /// The cluster is being migrated to KRaft.
    #[error("the cluster is controlled by KRaft (epoch {0}); this broker runs in ZooKeeper mode only")]
    KRaftController(i32),
    /// Another live session holds the broker's id.
    #[error(
        "broker id {id} is registered already, by ZooKeeper session 0x{owner:x}; give this broker another broker.id or stop the other one"
    )]
    BrokerIdInUse { id: i32, owner: i64 },
}

impl RegistryError {
    /// For `map_err` on decoding what `path` holds.
    pub fn payload(path: &str) -> impl FnOnce(PayloadError) -> RegistryError {
        let path = path.to_owned();
        move |cause| RegistryError::Payload { path, cause }
    }

    pub fn is_no_node(&self) -> bool {
        matches!(self, RegistryError::ZooKeeper(error) if error.is_no_node())
    }

    pub fn is_node_exists(&self) -> bool {
        matches!(self, RegistryError::ZooKeeper(error) if error.is_node_exists())
    }

    /// Whether ZooKeeper did not take what was to be written because there is too much of it.
    pub fn is_too_large(&self) -> bool {
        matches!(self, RegistryError::ZooKeeper(ZkClientError::RequestTooLarge { .. }))
    }

    pub fn is_bad_version(&self) -> bool {
        matches!(self, RegistryError::ZooKeeper(error) if error.is_bad_version())
    }
}
