//! `/controller` and `/controller_epoch`, who controls the cluster and how often that has changed: reading it, and standing
//! for election.

use super::json::{Object, PayloadError, encode};
use super::{RegistryError, paths};
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Stat, Watch, ZkClient, ZkOp, ZkOpResult};
use serde_json::json;

/// The payload of `/controller`, version 2; version 1 lacks the KRaft epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControllerRegistration {
    pub broker_id: i32,
    /// When the controller was elected, milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Above 0 when a KRaft quorum controls the cluster (migration); brokers must then keep their hands off.
    pub kraft_controller_epoch: i32,
}

impl ControllerRegistration {
    pub fn encode(&self) -> Vec<u8> {
        encode(&json!({
            "version": 2,
            "brokerid": self.broker_id,
            "timestamp": self.timestamp_ms.to_string(),
            "kraftControllerEpoch": self.kraft_controller_epoch,
        }))
    }

    pub fn decode(bytes: &[u8]) -> Result<ControllerRegistration, PayloadError> {
        let object = Object::parse(bytes)?;
        Ok(ControllerRegistration {
            broker_id: object.i32("brokerid")?,
            timestamp_ms: if object.get("timestamp").is_some() { object.i64_text("timestamp")? } else { -1 },
            kraft_controller_epoch: object.i32_or("kraftControllerEpoch", -1)?,
        })
    }
}

/// Reads `/controller_epoch`: the epoch as decimal text.
pub fn decode_controller_epoch(bytes: &[u8]) -> Result<i32, PayloadError> {
    let text = String::from_utf8_lossy(bytes);
    let expected = "a controller epoch";
    text.trim().parse().map_err(|_| PayloadError::BadText { text: text.into_owned(), expected })
}

/// A won election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elected {
    pub controller_epoch: i32,
    /// The version of `/controller_epoch`; every write of the controller checks it, so that a controller that was
    /// replaced without knowing writes nothing.
    pub epoch_zk_version: i32,
}

/// How an election ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    Won(Elected),
    /// Another broker controls the cluster.
    Lost(i32),
    /// Nobody does at the moment; the watch on [`paths::CONTROLLER`] tells more.
    Open,
}

/// The broker that controls the cluster; a watch also tells of its coming.
pub async fn read(zk: &ZkClient, watch: Watch) -> Result<Option<ControllerRegistration>, RegistryError> {
    if watch == Watch::Yes && zk.exists(paths::CONTROLLER, Watch::Yes).await?.is_none() {
        return Ok(None);
    }
    match zk.get_data_if_present(paths::CONTROLLER, watch).await? {
        None => Ok(None),
        Some((data, _)) => ControllerRegistration::decode(&data.unwrap_or_default())
            .map(Some)
            .map_err(RegistryError::payload(paths::CONTROLLER)),
    }
}

/// The broker that controls the cluster, and the czxid of its node, which tells one election from another. Sets no watch.
pub async fn incumbent(zk: &ZkClient) -> Result<Option<(ControllerRegistration, i64)>, RegistryError> {
    let Some((data, stat)) = zk.get_data_if_present(paths::CONTROLLER, Watch::No).await? else { return Ok(None) };
    let registration = ControllerRegistration::decode(&data.unwrap_or_default());
    Ok(Some((registration.map_err(RegistryError::payload(paths::CONTROLLER))?, stat.czxid)))
}

/// Lets `broker_id` take the place of the controller whose node has `czxid`, in one transaction: of several brokers that
/// try this, one succeeds, and whoever was elected in between stays. Watches `/controller` in every case.
pub async fn replace(zk: &ZkClient, czxid: i64, broker_id: i32, timestamp_ms: i64) -> Result<Election, RegistryError> {
    // The epoch is read first: every election after this moment changes its version.
    let (epoch, stat) = read_or_create_epoch(zk).await?;
    match incumbent(zk).await? {
        Some((controller, found)) if found == czxid && controller.kraft_controller_epoch <= 0 => {}
        _ => return stand(zk, broker_id, timestamp_ms).await,
    }
    let next = epoch.saturating_add(1);
    let me = ControllerRegistration { broker_id, timestamp_ms, kraft_controller_epoch: -1 };
    let ops = vec![
        ZkOp::set_data(paths::CONTROLLER_EPOCH, Some(next.to_string().into_bytes()), stat.version),
        ZkOp::delete(paths::CONTROLLER, ANY_VERSION),
        ZkOp::create(paths::CONTROLLER, Some(me.encode()), CreateMode::Ephemeral),
    ];
    match zk.multi(ops).await {
        Ok(_) => {
            // Sets the watch.
            read(zk, Watch::Yes).await?;
            Ok(Election::Won(Elected { controller_epoch: next, epoch_zk_version: stat.version + 1 }))
        }
        Err(error) if error.is_node_exists() || error.is_bad_version() || error.is_no_node() => {
            match outcome(zk, broker_id, next).await? {
                Election::Open => stand(zk, broker_id, timestamp_ms).await,
                decided => Ok(decided),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives `/controller` up, unless another broker has been elected since.
pub async fn abdicate(zk: &ZkClient, elected: Elected) -> Result<(), RegistryError> {
    let ops = vec![
        ZkOp::check(paths::CONTROLLER_EPOCH, elected.epoch_zk_version),
        ZkOp::delete(paths::CONTROLLER, ANY_VERSION),
    ];
    match zk.multi(ops).await {
        Err(error) if !error.is_bad_version() && !error.is_no_node() => Err(error.into()),
        _ => Ok(()),
    }
}

/// Lets `broker_id` stand for election, if nobody is elected. Watches `/controller` in every case.
pub async fn stand(zk: &ZkClient, broker_id: i32, timestamp_ms: i64) -> Result<Election, RegistryError> {
    if let Some(other) = read(zk, Watch::Yes).await? {
        return Ok(Election::Lost(other.broker_id));
    }
    let (epoch, stat) = read_or_create_epoch(zk).await?;
    let next = epoch.saturating_add(1);
    let me = ControllerRegistration { broker_id, timestamp_ms, kraft_controller_epoch: -1 };
    let ops = vec![
        ZkOp::create(paths::CONTROLLER, Some(me.encode()), CreateMode::Ephemeral),
        ZkOp::set_data(paths::CONTROLLER_EPOCH, Some(next.to_string().into_bytes()), stat.version),
    ];
    match zk.multi(ops).await {
        Ok(results) => {
            let version = results.iter().find_map(|result| match result {
                ZkOpResult::DataSet(stat) => Some(stat.version),
                _ => None,
            });
            let epoch_zk_version = version.unwrap_or(stat.version + 1);
            Ok(Election::Won(Elected { controller_epoch: next, epoch_zk_version }))
        }
        Err(error) if error.is_node_exists() || error.is_bad_version() => outcome(zk, broker_id, next).await,
        Err(error) => Err(error.into()),
    }
}

/// Reads how an election ended that did not end with our own transaction: another broker was faster, or ours was
/// applied although its answer was lost.
async fn outcome(zk: &ZkClient, broker_id: i32, wanted_epoch: i32) -> Result<Election, RegistryError> {
    let Some(controller) = read(zk, Watch::Yes).await? else { return Ok(Election::Open) };
    let (epoch, stat) = read_or_create_epoch(zk).await?;
    if controller.broker_id == broker_id && epoch == wanted_epoch {
        return Ok(Election::Won(Elected { controller_epoch: epoch, epoch_zk_version: stat.version }));
    }
    Ok(Election::Lost(controller.broker_id))
}

async fn read_or_create_epoch(zk: &ZkClient) -> Result<(i32, Stat), RegistryError> {
    let path = paths::CONTROLLER_EPOCH;
    let (data, stat) = match zk.get_data_if_present(path, Watch::No).await? {
        Some(found) => found,
        None => {
            super::nodes::create_with_parents(zk, path, Some(b"0".to_vec())).await?;
            zk.get_data(path, Watch::No).await?
        }
    };
    let epoch = decode_controller_epoch(&data.unwrap_or_default()).map_err(RegistryError::payload(path))?;
    Ok((epoch, stat))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn reads_and_writes() {
        let bytes = br#"{"version":2,"brokerid":2,"timestamp":"1795373996567","kraftControllerEpoch":-1}"#;
        let controller = ControllerRegistration::decode(bytes).unwrap();
        let ours: Value = serde_json::from_slice(&controller.encode()).unwrap();
        assert_eq!(ours, serde_json::from_slice::<Value>(bytes).unwrap());
        let old = ControllerRegistration::decode(br#"{"version":1,"brokerid":0,"timestamp":"1"}"#).unwrap();
        assert_eq!(old.kraft_controller_epoch, -1);
        assert_eq!(decode_controller_epoch(b"17"), Ok(17));
        assert!(decode_controller_epoch(b"x").is_err());
    }
}
