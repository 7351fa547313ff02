//! `/brokers/topics/T`: topics, which brokers hold which of their partitions, and which topics are to be deleted.

use super::configs::{EntityConfig, encode_entity_config};
use super::json::{Object, PayloadError, encode};
use super::{RegistryError, nodes, paths};
use rkafka_base::Uuid;
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Watch, ZkClient};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The replicas of one partition, preferred leader first. While a reassignment runs, `adding` and `removing` name the
/// replicas of `replicas` that it brings in and takes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplicaAssignment {
    pub replicas: Vec<i32>,
    pub adding: Vec<i32>,
    pub removing: Vec<i32>,
}

impl ReplicaAssignment {
    /// An assignment without a reassignment under way.
    pub fn of(replicas: Vec<i32>) -> ReplicaAssignment {
        ReplicaAssignment { replicas, ..ReplicaAssignment::default() }
    }

    pub fn is_being_reassigned(&self) -> bool {
        !self.adding.is_empty() || !self.removing.is_empty()
    }

    /// The replicas before the reassignment.
    pub fn origin(&self) -> Vec<i32> {
        self.replicas.iter().copied().filter(|broker| !self.adding.contains(broker)).collect()
    }

    /// The replicas after the reassignment.
    pub fn target(&self) -> Vec<i32> {
        self.replicas.iter().copied().filter(|broker| !self.removing.contains(broker)).collect()
    }

    /// The assignment while a reassignment to `target` runs. It begins at the origin, also when another reassignment is
    /// under way: what that one has added and this one does not want drops out at once.
    pub fn reassign_to(&self, target: &[i32]) -> ReplicaAssignment {
        let origin = self.origin();
        let mut replicas: Vec<i32> = Vec::with_capacity(target.len() + origin.len());
        for broker in target.iter().chain(&origin) {
            if !replicas.contains(broker) {
                replicas.push(*broker);
            }
        }
        let without = |others: &[i32]| replicas.iter().copied().filter(|broker| !others.contains(broker)).collect();
        let next = ReplicaAssignment { adding: without(&origin), removing: without(target), replicas };
        debug_assert!(next.target().iter().all(|broker| target.contains(broker)), "{next:?} ends at {target:?}");
        debug_assert!(next.origin().iter().all(|broker| origin.contains(broker)), "{next:?} begins at {origin:?}");
        next
    }
}

/// The payload of `/brokers/topics/T`, written as version 3 and read from version 1 on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicAssignment {
    /// Absent in nodes that tools before 2.8 wrote; the controller adds one.
    pub topic_id: Option<Uuid>,
    pub partitions: BTreeMap<i32, ReplicaAssignment>,
}

impl TopicAssignment {
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = json!({
            "version": if self.topic_id.is_some() { 3 } else { 2 },
            "partitions": self.lists(|a| Some(&a.replicas)),
            "adding_replicas": self.lists(|a| Some(&a.adding).filter(|list| !list.is_empty())),
            "removing_replicas": self.lists(|a| Some(&a.removing).filter(|list| !list.is_empty())),
        });
        if let Some(id) = self.topic_id {
            payload["topic_id"] = Value::from(id.to_string());
        }
        encode(&payload)
    }

    fn lists(&self, pick: impl Fn(&ReplicaAssignment) -> Option<&Vec<i32>>) -> Map<String, Value> {
        let lists = self.partitions.iter().filter_map(|(n, a)| Some((n.to_string(), Value::from(pick(a)?.clone()))));
        lists.collect()
    }

    pub fn decode(bytes: &[u8]) -> Result<TopicAssignment, PayloadError> {
        let object = Object::parse(bytes)?;
        let mut partitions: BTreeMap<i32, ReplicaAssignment> =
            object.id_lists("partitions")?.into_iter().map(|(n, ids)| (n, ReplicaAssignment::of(ids))).collect();
        for (number, ids) in object.id_lists("adding_replicas")? {
            partitions.entry(number).or_default().adding = ids;
        }
        for (number, ids) in object.id_lists("removing_replicas")? {
            partitions.entry(number).or_default().removing = ids;
        }
        let topic_id = match object.get("topic_id").and_then(Value::as_str) {
            None => None,
            Some(text) => Some(Uuid::parse(text).ok_or(PayloadError::BadText {
                text: text.to_owned(),
                expected: "a topic id of 22 base64 characters",
            })?),
        };
        Ok(TopicAssignment { topic_id, partitions })
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_version_3() {
        let bytes = br#"{"partitions":{"0":[1,0,2],"1":[2,1,0]},"topic_id":"x89zsVF6RWSSMcuu11Qkrg","adding_replicas":{"0":[2]},"removing_replicas":{},"version":3}"#;
        let topic = TopicAssignment::decode(bytes).unwrap();
        assert_eq!(topic.partitions[&0].replicas, [1, 0, 2]);
        assert_eq!(topic.partitions[&0].adding, [2]);
        assert!(!topic.partitions[&1].is_being_reassigned());
        let ours: Value = serde_json::from_slice(&topic.encode()).unwrap();
        assert_eq!(ours, serde_json::from_slice::<Value>(bytes).unwrap());
    }

    #[test]
    fn a_reassignment_goes_from_origin_to_target() {
        let moving = ReplicaAssignment::of(vec![1, 0, 2]).reassign_to(&[2, 3]);
        assert_eq!(
            (&moving.replicas[..], &moving.adding[..], &moving.removing[..]),
            (&[2, 3, 1, 0][..], &[3][..], &[1, 0][..])
        );
        assert_eq!((moving.origin(), moving.target()), (vec![2, 1, 0], vec![2, 3]));
        // Another target, and back.
        let other = moving.reassign_to(&[4]);
        assert_eq!(
            (&other.replicas[..], &other.adding[..], &other.removing[..]),
            (&[4, 2, 1, 0][..], &[4][..], &[2, 1, 0][..])
        );
        let back = other.reassign_to(&other.origin());
        assert_eq!(back, ReplicaAssignment::of(vec![2, 1, 0]));
        // Only the order.
        assert!(!ReplicaAssignment::of(vec![1, 0]).reassign_to(&[0, 1]).is_being_reassigned());
    }

    #[test]
    fn reads_version_1_of_the_old_tools() {
        let topic = TopicAssignment::decode(br#"{"version":1,"partitions":{"10":[0],"2":[0]}}"#).unwrap();
        assert_eq!(topic.topic_id, None);
        assert_eq!(topic.partitions.keys().copied().collect::<Vec<_>>(), [2, 10]);
    }

    #[test]
    fn broken_payloads_are_errors() {
        for bytes in [
            &br#"{"partitions":{"x":[0]}}"#[..],
            br#"{"partitions":{"0":["a"]}}"#,
            br#"{"partitions":[]}"#,
            br#"{"partitions":{},"topic_id":"short"}"#,
            b"\xff",
        ] {
            assert!(TopicAssignment::decode(bytes).is_err());
        }
    }
}
