//! Topics: their names, who holds their partitions, who leads them, and which are to be deleted.

use super::payload::{EntityConfig, LeaderAndIsr, TopicAssignment, encode_entity_config};
use super::{RegistryError, nodes, paths};
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Watch, ZkClient};

/// The names of all topics, sorted.
pub async fn names(zk: &ZkClient, watch: Watch) -> Result<Vec<String>, RegistryError> {
    let (mut names, _) = zk.get_children(paths::BROKER_TOPICS, watch).await?;
    names.sort_unstable();
    Ok(names)
}

pub async fn exists(zk: &ZkClient, topic: &str) -> Result<bool, RegistryError> {
    Ok(zk.exists(&paths::topic(topic), Watch::No).await?.is_some())
}

/// A topic's assignment, or `None` if there is no such topic.
pub async fn read_assignment(
    zk: &ZkClient,
    topic: &str,
    watch: Watch,
) -> Result<Option<TopicAssignment>, RegistryError> {
    Ok(read(zk, topic, watch).await?.map(|(assignment, _)| assignment))
}

/// A topic's assignment and its node's version, or `None` if there is no such topic.
pub async fn read_assignment_and_version(
    zk: &ZkClient,
    topic: &str,
) -> Result<Option<(TopicAssignment, i32)>, RegistryError> {
    read(zk, topic, Watch::No).await
}

async fn read(zk: &ZkClient, topic: &str, watch: Watch) -> Result<Option<(TopicAssignment, i32)>, RegistryError> {
    let path = paths::topic(topic);
    let Some((data, stat)) = zk.get_data_if_present(&path, watch).await? else { return Ok(None) };
    let assignment = TopicAssignment::decode(&data.unwrap_or_default()).map_err(RegistryError::payload(&path))?;
    Ok(Some((assignment, stat.version)))
}

/// Makes a topic: first its settings, then its assignment, which is what the controller waits for. Fails with
/// NodeExists if the topic is there already.
pub async fn create(
    zk: &ZkClient,
    topic: &str,
    assignment: &TopicAssignment,
    config: &EntityConfig,
) -> Result<(), RegistryError> {
    let payload = encode_entity_config(config);
    let config_path = paths::topic_config(topic);
    // What a topic of the same name left behind is replaced.
    let is_new = nodes::create_with_parents(zk, &config_path, Some(payload.clone())).await?;
    if !is_new {
        zk.set_data(&config_path, Some(payload), ANY_VERSION).await?;
    }
    let created = create_assignment(zk, topic, assignment).await;
    if !created.as_ref().is_err_and(RegistryError::is_too_large) {
        return created;
    }
    // The connection may have ended for another reason, behind the request.
    if let Some((found, _)) = read_assignment_and_version(zk, topic).await? {
        return if found == *assignment { Ok(()) } else { created };
    }
    if is_new {
        // Nothing stays of a topic that there is no room for. Whoever has begun another one of this name has written
        // its settings over these.
        match zk.delete(&config_path, 0).await {
            Err(error) if !error.is_no_node() && !error.is_bad_version() => return Err(error.into()),
            _ => {}
        }
    }
    created
}

async fn create_assignment(zk: &ZkClient, topic: &str, assignment: &TopicAssignment) -> Result<(), RegistryError> {
    let path = paths::topic(topic);
    match zk.create(&path, Some(assignment.encode()), CreateMode::Persistent).await {
        Err(error) if error.is_no_node() => {
            nodes::create_with_parents(zk, paths::BROKER_TOPICS, None).await?;
            zk.create(&path, Some(assignment.encode()), CreateMode::Persistent).await?;
            Ok(())
        }
        other => Ok(other.map(drop)?),
    }
}

/// Replaces a topic's assignment, for example by one with more partitions.
pub async fn write_assignment(zk: &ZkClient, topic: &str, assignment: &TopicAssignment) -> Result<(), RegistryError> {
    zk.set_data(&paths::topic(topic), Some(assignment.encode()), ANY_VERSION).await?;
    Ok(())
}

/// A partition's state and its partition epoch; `None` if the partition never had a leader.
pub async fn read_state(
    zk: &ZkClient,
    topic: &str,
    partition: i32,
) -> Result<Option<(LeaderAndIsr, i32)>, RegistryError> {
    let path = paths::partition_state(topic, partition);
    let Some((data, stat)) = zk.get_data_if_present(&path, Watch::No).await? else { return Ok(None) };
    let state = LeaderAndIsr::decode(&data.unwrap_or_default()).map_err(RegistryError::payload(&path))?;
    Ok(Some((state, stat.version)))
}

/// Asks the controller to delete a topic. Asking twice is no error.
pub async fn request_deletion(zk: &ZkClient, topic: &str) -> Result<(), RegistryError> {
    nodes::create_with_parents(zk, &paths::delete_topic(topic), None).await?;
    Ok(())
}

/// The names of the topics that are to be deleted, sorted.
pub async fn pending_deletions(zk: &ZkClient, watch: Watch) -> Result<Vec<String>, RegistryError> {
    let (mut names, _) = zk.get_children(paths::DELETE_TOPICS, watch).await?;
    names.sort_unstable();
    Ok(names)
}
