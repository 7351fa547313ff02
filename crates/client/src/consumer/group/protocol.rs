//! Pure: what members tell their leader, and what the leader tells them (the `consumer` protocol's embedded messages).
//!
//! Both start with their version as an int16; readers take what they know of later versions.

use super::assignor::{Assignment, Member};
use crate::ClientError;
use bytes::Bytes;
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    Message, Reader, WireError, Writer,
    messages::{
        ConsumerProtocolAssignment, ConsumerProtocolSubscription, consumer_protocol_assignment,
        consumer_protocol_subscription, sync_group_request::SyncGroupRequestAssignment,
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// The version that is written: the last one of 3.9.1.
const VERSION: i16 = 3;

/// What this member subscribes to and owns.
pub fn encode_subscription(
    topics: &[Arc<str>],
    owned: &[TopicPartition],
    generation: i32,
    rack: &str,
) -> Result<Bytes, ClientError> {
    let partitions = |(topic, partitions): (Arc<str>, Vec<i32>)| consumer_protocol_subscription::TopicPartition {
        topic: topic.to_string(),
        partitions,
    };
    let message = ConsumerProtocolSubscription {
        topics: topics.iter().map(|t| t.to_string()).collect(),
        owned_partitions: by_topic(owned).into_iter().map(partitions).collect(),
        generation_id: generation,
        rack_id: Some(rack.to_owned()).filter(|r| !r.is_empty()),
        ..Default::default()
    };
    encode(&message)
}

/// What the member `id` sent with its JoinGroup.
pub fn decode_subscription(id: String, instance_id: Option<String>, bytes: Bytes) -> Result<Member, WireError> {
    let message: ConsumerProtocolSubscription = decode(bytes)?;
    let owned = message.owned_partitions.into_iter().flat_map(|t| {
        let topic: Arc<str> = t.topic.into();
        t.partitions.into_iter().map(move |p| TopicPartition::new(topic.clone(), p))
    });
    Ok(Member {
        id,
        instance_id,
        owned: owned.collect(),
        topics: message.topics.into_iter().map(Arc::from).collect(),
        generation: message.generation_id,
    })
}

/// The leader's SyncGroup entries.
pub fn encode_assignment(assignment: &Assignment) -> Result<Vec<SyncGroupRequestAssignment>, ClientError> {
    let partitions = |(topic, partitions): (Arc<str>, Vec<i32>)| consumer_protocol_assignment::TopicPartition {
        topic: topic.to_string(),
        partitions,
    };
    let one = |(id, list): (&String, &Vec<TopicPartition>)| {
        let assigned_partitions = by_topic(list).into_iter().map(partitions).collect();
        let message = ConsumerProtocolAssignment { assigned_partitions, ..Default::default() };
        Ok(SyncGroupRequestAssignment { member_id: id.clone(), assignment: encode(&message)?, ..Default::default() })
    };
    assignment.iter().map(one).collect()
}

/// What this member got. No bytes at all mean no partitions.
pub fn decode_assignment(bytes: Bytes) -> Result<Vec<TopicPartition>, WireError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let message: ConsumerProtocolAssignment = decode(bytes)?;
    let list = message.assigned_partitions.into_iter().flat_map(|t| {
        let topic: Arc<str> = t.topic.into();
        t.partitions.into_iter().map(move |p| TopicPartition::new(topic.clone(), p))
    });
    Ok(list.collect())
}

fn by_topic(partitions: &[TopicPartition]) -> BTreeMap<Arc<str>, Vec<i32>> {
    let mut topics: BTreeMap<Arc<str>, Vec<i32>> = BTreeMap::new();
    for p in partitions {
        topics.entry(p.topic.clone()).or_default().push(p.partition);
    }
    topics
}

fn encode<M: Message>(message: &M) -> Result<Bytes, ClientError> {
    let mut writer = Writer::plain();
    writer.i16(VERSION);
    message.encode(&mut writer, VERSION).map_err(ClientError::Encode)?;
    Ok(writer.into_bytes())
}

fn decode<M: Message>(bytes: Bytes) -> Result<M, WireError> {
    let mut reader = Reader::new(bytes);
    let version = reader.i16()?;
    if version < 0 {
        return Err(WireError::UnknownVersion { name: M::NAME, version });
    }
    M::decode(&mut reader, version.min(VERSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let owned = [TopicPartition::new("a", 1), TopicPartition::new("b", 0)];
        let bytes = encode_subscription(&["a".into(), "b".into()], &owned, 4, "").unwrap();
        let member = decode_subscription("m".into(), None, bytes).unwrap();
        assert_eq!((member.owned.as_slice(), member.generation, member.topics.len()), (&owned[..], 4, 2));
        let assignment = Assignment::from([("m".to_owned(), owned.to_vec())]);
        let entry = encode_assignment(&assignment).unwrap().remove(0);
        assert_eq!(decode_assignment(entry.assignment).unwrap(), owned);
        assert_eq!(decode_assignment(Bytes::new()).unwrap(), []);
    }

    #[test]
    fn hostile_bytes() {
        let good = encode_subscription(&["topic".into()], &[TopicPartition::new("topic", 1)], 1, "r").unwrap();
        for end in 0..good.len() {
            let _ = decode_subscription("m".into(), None, good.slice(..end));
        }
        assert!(decode_subscription("m".into(), None, Bytes::from_static(&[0xff, 0xff, 0, 0])).is_err());
        assert!(decode_assignment(Bytes::from_static(&[0, 0, 0x7f, 0xff, 0xff, 0xff])).is_err());
        let later = [&[0, 9], &good[2..]].concat();
        assert!(decode_subscription("m".into(), None, later.into()).is_ok(), "later versions only add");
    }
}
