//! `/brokers/topics/T/partitions/P/state`, who leads a partition and who is in sync.

use super::json::{Object, PayloadError, encode};
use super::{RegistryError, paths};
use rkafka_zookeeper_client::{Watch, ZkClient};
use serde_json::{Value, json};

/// "No leader" in a partition's state.
pub const NO_LEADER: i32 = -1;

/// The payload of a partition's state node. Its partition epoch is not in the payload: it is the node's version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaderAndIsr {
    /// [`NO_LEADER`] while nobody may lead.
    pub leader: i32,
    pub leader_epoch: i32,
    pub isr: Vec<i32>,
    pub controller_epoch: i32,
    /// True after an unclean election until the new leader has settled what its log holds (KIP-704).
    pub recovering: bool,
}

impl LeaderAndIsr {
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = json!({
            "version": 1,
            "leader": self.leader,
            "leader_epoch": self.leader_epoch,
            "isr": self.isr,
            "controller_epoch": self.controller_epoch,
        });
        if self.recovering {
            payload["leader_recovery_state"] = Value::from(1);
        }
        encode(&payload)
    }

    pub fn decode(bytes: &[u8]) -> Result<LeaderAndIsr, PayloadError> {
        let object = Object::parse(bytes)?;
        Ok(LeaderAndIsr {
            leader: object.i32("leader")?,
            leader_epoch: object.i32("leader_epoch")?,
            isr: object.i32_list("isr")?,
            controller_epoch: object.i32("controller_epoch")?,
            recovering: object.i32_or("leader_recovery_state", 0)? == 1,
        })
    }
}

/// A partition's state and its partition epoch; `None` if the partition never had a leader.
pub async fn read(zk: &ZkClient, topic: &str, partition: i32) -> Result<Option<(LeaderAndIsr, i32)>, RegistryError> {
    let path = paths::partition_state(topic, partition);
    let Some((data, stat)) = zk.get_data_if_present(&path, Watch::No).await? else { return Ok(None) };
    let state = LeaderAndIsr::decode(&data.unwrap_or_default()).map_err(RegistryError::payload(&path))?;
    Ok(Some((state, stat.version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_both_recovery_states() {
        for bytes in [
            &br#"{"controller_epoch":1,"leader":2,"version":1,"leader_epoch":3,"isr":[1,2]}"#[..],
            br#"{"controller_epoch":6,"leader":1,"version":1,"leader_recovery_state":1,"leader_epoch":9,"isr":[1]}"#,
        ] {
            let state = LeaderAndIsr::decode(bytes).unwrap();
            let ours: Value = serde_json::from_slice(&state.encode()).unwrap();
            assert_eq!(ours, serde_json::from_slice::<Value>(bytes).unwrap());
        }
        assert!(LeaderAndIsr::decode(br#"{"leader":99999999999}"#).is_err());
    }
}
