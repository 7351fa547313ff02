//! The live brokers: registering one, and reading those of others.

use super::payload::BrokerRegistration;
use super::{RegistryError, paths};
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Stat, Watch, ZkClient, ZkClientError, ZkOp, ZkOpResult};

/// A broker that is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveBroker {
    pub id: i32,
    /// The czxid of the broker's node: another one means that the broker was restarted.
    pub epoch: i64,
    pub registration: BrokerRegistration,
}

/// Registers a broker under the client's session and returns its broker epoch. A node that our own earlier session
/// left behind is replaced; one of a foreign session is an error.
pub async fn register(zk: &ZkClient, id: i32, registration: &BrokerRegistration) -> Result<i64, RegistryError> {
    let path = paths::broker_id(id);
    match create_registration(zk, &path, registration).await {
        Ok(epoch) => return Ok(epoch),
        Err(error) if error.is_node_exists() => {}
        Err(error) => return Err(error.into()),
    }
    // A request that was repeated after a lost connection finds its own node.
    match zk.exists(&path, Watch::No).await? {
        Some(stat) if stat.ephemeral_owner == zk.session_id() => Ok(stat.czxid),
        Some(stat) => Err(RegistryError::BrokerIdInUse { id, owner: stat.ephemeral_owner }),
        None => Ok(create_registration(zk, &path, registration).await?),
    }
}

/// The node comes into being by a create and a setData in one transaction, as Kafka does it, so that the answer has
/// the czxid.
async fn create_registration(
    zk: &ZkClient,
    path: &str,
    registration: &BrokerRegistration,
) -> Result<i64, ZkClientError> {
    let ops =
        vec![ZkOp::create(path, None, CreateMode::Ephemeral), ZkOp::set_data(path, Some(registration.encode()), 0)];
    let results = zk.multi(ops).await?;
    let stat = results.iter().find_map(|result| match result {
        ZkOpResult::DataSet(stat) => Some(*stat),
        _ => None,
    });
    Ok(stat.map_or(-1, |stat| stat.czxid))
}

/// Replaces the broker's node if the session that owns it is `previous_session`, one of ours that ended without being
/// closed. Returns whether it did.
pub async fn remove_stale_registration(zk: &ZkClient, id: i32, previous_session: i64) -> Result<bool, RegistryError> {
    let path = paths::broker_id(id);
    match zk.exists(&path, Watch::No).await? {
        Some(stat) if previous_session != 0 && stat.ephemeral_owner == previous_session => {
            match zk.delete(&path, stat.version).await {
                Ok(()) => Ok(true),
                Err(error) if error.is_no_node() => Ok(false),
                Err(error) => Err(error.into()),
            }
        }
        _ => Ok(false),
    }
}

/// The ids of the live brokers, sorted. Nodes whose name is no number are passed over.
pub async fn ids(zk: &ZkClient, watch: Watch) -> Result<Vec<i32>, RegistryError> {
    let (names, _) = zk.get_children(paths::BROKER_IDS, watch).await?;
    let mut ids: Vec<i32> = names.iter().filter_map(|name| name.parse().ok()).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// One broker, or `None` if it is not registered.
pub async fn read(zk: &ZkClient, id: i32) -> Result<Option<LiveBroker>, RegistryError> {
    let path = paths::broker_id(id);
    let Some((data, stat)) = zk.get_data_if_present(&path, Watch::No).await? else { return Ok(None) };
    let registration = BrokerRegistration::decode(&data.unwrap_or_default()).map_err(RegistryError::payload(&path))?;
    Ok(Some(LiveBroker { id, epoch: stat.czxid, registration }))
}

/// All live brokers, sorted by id.
pub async fn read_all(zk: &ZkClient, watch_ids: Watch) -> Result<Vec<LiveBroker>, RegistryError> {
    let mut brokers = Vec::new();
    for id in ids(zk, watch_ids).await? {
        brokers.extend(read(zk, id).await?);
    }
    Ok(brokers)
}

/// A broker id that nobody has had: the count of these calls above `reserved_max` (`broker.id.generation.enable`).
pub async fn generate_id(zk: &ZkClient, reserved_max: i32) -> Result<i32, RegistryError> {
    super::nodes::create_with_parents(zk, paths::BROKER_SEQUENCE, None).await?;
    let stat = zk.set_data(paths::BROKER_SEQUENCE, Some(Vec::new()), ANY_VERSION).await?;
    Ok(stat.version.saturating_add(reserved_max))
}
