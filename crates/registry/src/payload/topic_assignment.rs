//! Pure: `/brokers/topics/T`, which brokers hold which partition of a topic.

use super::json::{Object, PayloadError, encode};
use rkafka_base::Uuid;
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
