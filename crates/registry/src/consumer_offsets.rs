//! Offsets of the old consumers: `/consumers/GROUP/offsets/TOPIC/PARTITION` holds a number in decimal.

use super::{RegistryError, nodes};
use rkafka_base::TopicPartition;
use rkafka_zookeeper_client::{ANY_VERSION, Watch, ZkClient};

fn path(group: &str, partition: &TopicPartition) -> String {
    format!("/consumers/{group}/offsets/{}/{}", partition.topic, partition.partition)
}

/// The committed offset; `None` if there is none, or if the node holds something else.
pub async fn read(zk: &ZkClient, group: &str, partition: &TopicPartition) -> Result<Option<i64>, RegistryError> {
    let Some((data, _)) = zk.get_data_if_present(&path(group, partition), Watch::No).await? else { return Ok(None) };
    let data = data.unwrap_or_default();
    Ok(std::str::from_utf8(&data).ok().and_then(|text| text.parse().ok()))
}

/// Commits `offset`, making the nodes above it if they are missing.
pub async fn write(zk: &ZkClient, group: &str, partition: &TopicPartition, offset: i64) -> Result<(), RegistryError> {
    let (path, payload) = (path(group, partition), offset.to_string().into_bytes());
    match zk.set_data(&path, Some(payload.clone()), ANY_VERSION).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_no_node() => {
            // Somebody may make it at the same time: the later write counts.
            if !nodes::create_with_parents(zk, &path, Some(payload.clone())).await? {
                zk.set_data(&path, Some(payload), ANY_VERSION).await?;
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
