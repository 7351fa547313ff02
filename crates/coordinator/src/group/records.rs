//! Pure: the records of `__consumer_offsets`.
//!
//! Keys and values each start with an int16 version. Key versions 0 and 1 are a committed offset's (group, topic,
//! partition), 2 is a group's (group). Values that are written: offsets version 3, or 1 if the offset has an expiry time
//! of its own; groups version 3. These are what 3.9 writes with its newest metadata version; version 4 of both, flexible,
//! is read but not written.

use super::state::{CommittedOffset, Group, Member, MemberId, Protocol, Restored};
use crate::shard::LogRecord;
use bytes::Bytes;
use rkafka_base::{Offset, TopicPartition};
use rkafka_protocol::{
    Message, Reader, WireError, Writer,
    messages::{
        GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue, group_metadata_value::MemberMetadata,
    },
};
use std::{collections::BTreeMap, sync::Arc};

const OFFSET_KEY: i16 = 1;
const GROUP_KEY: i16 = 2;
const OFFSET_VALUE: i16 = 3;
const OFFSET_VALUE_WITH_EXPIRY: i16 = 1;
const GROUP_VALUE: i16 = 3;

/// What a key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Offset(Arc<str>, TopicPartition),
    Group(Arc<str>),
    /// Written by a version that knows more than this one; not ours to touch.
    Unknown(i16),
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("the value's version is {0}, which this broker does not know")]
    UnknownVersion(i16),
}

/// A record, unless something in it is too long for it.
pub type Encoded = Result<LogRecord, WireError>;

fn encode<M: Message>(version: i16, message: &M) -> Result<Bytes, WireError> {
    let mut writer = Writer::plain();
    writer.i16(version);
    message.encode(&mut writer, version)?;
    Ok(writer.into_bytes())
}

fn offset_key(group: &str, partition: &TopicPartition) -> Result<Bytes, WireError> {
    let topic = partition.topic.to_string();
    encode(OFFSET_KEY, &OffsetCommitKey { group: group.to_owned(), topic, partition: partition.partition })
}

fn group_key(group: &str) -> Result<Bytes, WireError> {
    encode(GROUP_KEY, &GroupMetadataKey { group: group.to_owned() })
}

/// A committed offset.
pub fn offset(group: &str, partition: &TopicPartition, offset: &CommittedOffset) -> Encoded {
    let version = if offset.expire_timestamp_ms.is_some() { OFFSET_VALUE_WITH_EXPIRY } else { OFFSET_VALUE };
    let value = OffsetCommitValue {
        offset: offset.offset,
        // Version 1 has no room for it.
        leader_epoch: if version == OFFSET_VALUE { offset.leader_epoch } else { -1 },
        metadata: offset.metadata.clone(),
        commit_timestamp: offset.commit_timestamp_ms,
        expire_timestamp: offset.expire_timestamp_ms.unwrap_or(-1),
        ..OffsetCommitValue::default()
    };
    Ok(LogRecord { key: offset_key(group, partition)?, value: Some(encode(version, &value)?) })
}

pub fn offset_tombstone(group: &str, partition: &TopicPartition) -> Encoded {
    Ok(LogRecord { key: offset_key(group, partition)?, value: None })
}

pub fn group_tombstone(group: &str) -> Encoded {
    Ok(LogRecord { key: group_key(group)?, value: None })
}

/// The group's generation, with these assignments or, if there are none, those that it has.
pub fn group(group: &Group, assignments: Option<&BTreeMap<MemberId, Bytes>>) -> Encoded {
    let protocol = group.protocol();
    let member = |m: &Member| MemberMetadata {
        member_id: m.id.to_string(),
        group_instance_id: m.instance.as_deref().map(str::to_owned),
        client_id: m.client_id.clone(),
        client_host: m.client_host.clone(),
        rebalance_timeout: m.rebalance_timeout_ms,
        session_timeout: m.session_timeout_ms,
        subscription: protocol.map(|p| m.metadata(p)).unwrap_or_default(),
        assignment: match assignments {
            Some(given) => given.get(&m.id).cloned().unwrap_or_default(),
            None => m.assignment.clone(),
        },
        ..MemberMetadata::default()
    };
    let value = GroupMetadataValue {
        protocol_type: group.protocol_type().unwrap_or_default().to_owned(),
        generation: group.generation(),
        protocol: protocol.map(str::to_owned),
        leader: group.leader().map(ToString::to_string),
        current_state_timestamp: group.since_ms().unwrap_or(-1),
        members: group.members().values().map(member).collect(),
        ..GroupMetadataValue::default()
    };
    Ok(LogRecord { key: group_key(group.id())?, value: Some(encode(GROUP_VALUE, &value)?) })
}

/// Reads a key.
pub fn read_key(key: Bytes) -> Result<Key, BadRecord> {
    let mut reader = Reader::new(key);
    Ok(match reader.i16()? {
        version @ 0..=OFFSET_KEY => {
            let key = OffsetCommitKey::decode(&mut reader, version)?;
            Key::Offset(key.group.into(), TopicPartition::new(key.topic, key.partition))
        }
        GROUP_KEY => Key::Group(GroupMetadataKey::decode(&mut reader, GROUP_KEY)?.group.into()),
        version => Key::Unknown(version),
    })
}

fn decode<M: Message>(value: Bytes) -> Result<(i16, M), BadRecord> {
    let mut reader = Reader::new(value);
    let version = reader.i16()?;
    if !M::VERSIONS.contains(&version) {
        return Err(BadRecord::UnknownVersion(version));
    }
    Ok((version, M::decode(&mut reader, version)?))
}

/// Reads a committed offset's value, whose batch starts at `appended_at`.
pub fn read_offset(value: Bytes, appended_at: Offset) -> Result<CommittedOffset, BadRecord> {
    let (_, value) = decode::<OffsetCommitValue>(value)?;
    Ok(CommittedOffset {
        offset: value.offset,
        leader_epoch: value.leader_epoch,
        metadata: value.metadata,
        commit_timestamp_ms: value.commit_timestamp,
        expire_timestamp_ms: (value.expire_timestamp != -1).then_some(value.expire_timestamp),
        appended_at,
    })
}

/// Reads a group's value.
pub fn read_group(value: Bytes) -> Result<Restored, BadRecord> {
    let (version, value) = decode::<GroupMetadataValue>(value)?;
    let protocol = value.protocol.clone().unwrap_or_default();
    // What a member keeps must not hold on to the buffer that the log was read into.
    let own = |bytes: Bytes| Bytes::copy_from_slice(&bytes);
    let member = |m: MemberMetadata| Member {
        id: m.member_id.into(),
        instance: m.group_instance_id.map(Arc::from),
        client_id: m.client_id,
        client_host: m.client_host,
        // Version 0 had one timeout for both.
        rebalance_timeout_ms: if version == 0 { m.session_timeout } else { m.rebalance_timeout },
        session_timeout_ms: m.session_timeout,
        protocol_type: value.protocol_type.clone(),
        protocols: vec![Protocol { name: protocol.clone(), metadata: own(m.subscription) }],
        assignment: own(m.assignment),
        is_new: false,
        join_ticket: None,
        sync_ticket: None,
    };
    Ok(Restored {
        generation: value.generation,
        leader: value.leader.map(MemberId::from),
        since_ms: (value.current_state_timestamp != -1).then_some(value.current_state_timestamp),
        members: value.members.into_iter().map(member).collect(),
        protocol_type: Some(value.protocol_type.clone()).filter(|t| !t.is_empty()),
        protocol: value.protocol,
    })
}
