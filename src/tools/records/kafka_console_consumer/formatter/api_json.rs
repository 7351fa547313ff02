//! Pure: the formatters that show the records of Kafka's internal topics as JSON (`ApiMessageFormatter`).
//!
//! `{"key":{"version":V,"data":{…}},"value":{"version":V,"data":{…}}}` without a newline, as Kafka prints them; in 4.4 the key has a `type` instead of a version. Records of
//! another kind in the same topic are passed over; an unknown version's data is `"unknown"`.

use crate::era::Era;
use base64::Engine as _;
use bytes::Bytes;
use rkafka_protocol::{
    Message, Reader, Uuid,
    messages::{
        GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue, TransactionLogKey,
        TransactionLogValue, group_metadata_value::MemberMetadata, transaction_log_value::PartitionsSchema,
    },
    record::RecordRef,
};

/// Which records are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiJson {
    Offsets,
    Groups,
    Transactions,
}

impl ApiJson {
    /// Appends the record's JSON.
    ///
    /// Errors: bytes that are not what their version says.
    pub fn write(self, record: &RecordRef, era: Era, out: &mut Vec<u8>) -> Result<(), String> {
        let key = match record.key {
            None => "null".to_owned(),
            Some(key) => {
                let (version, data) = split(key)?;
                match self.key(version, data)? {
                    Some(json) => numbered(era.pick("version", "type"), version, &json),
                    None => return Ok(()),
                }
            }
        };
        let value = match record.value {
            None => "null".to_owned(),
            Some(value) => {
                let (version, data) = split(value)?;
                numbered("version", version, &self.value(version, data)?)
            }
        };
        out.extend_from_slice(format!("{{\"key\":{key},\"value\":{value}}}").as_bytes());
        Ok(())
    }

    /// `None` for a record of the other kind in the same topic.
    fn key(self, version: i16, data: &[u8]) -> Result<Option<String>, String> {
        Ok(Some(match (self, version) {
            (ApiJson::Offsets, 0..=1) => {
                let key: OffsetCommitKey = decode(data, version)?;
                object(&[
                    ("group", string(&key.group)),
                    ("topic", string(&key.topic)),
                    ("partition", key.partition.to_string()),
                ])
            }
            (ApiJson::Groups, 2) => {
                let key: GroupMetadataKey = decode(data, version)?;
                object(&[("group", string(&key.group))])
            }
            (ApiJson::Transactions, 0) => {
                let key: TransactionLogKey = decode(data, version)?;
                object(&[("transactionalId", string(&key.transactional_id))])
            }
            (ApiJson::Offsets, 2) | (ApiJson::Groups, 0..=1) => return Ok(None),
            _ => UNKNOWN.to_owned(),
        }))
    }

    fn value(self, version: i16, data: &[u8]) -> Result<String, String> {
        Ok(match (self, version) {
            (ApiJson::Offsets, 0..=4) => offset(&decode(data, version)?, version),
            (ApiJson::Groups, 0..=4) => group(&decode(data, version)?, version),
            (ApiJson::Transactions, 0..=1) => transaction(&decode(data, version)?),
            _ => UNKNOWN.to_owned(),
        })
    }
}

const UNKNOWN: &str = "\"unknown\"";

/// The version that a record's key or value starts with, and the rest.
pub(super) fn split(bytes: &[u8]) -> Result<(i16, &[u8]), String> {
    let (version, data) = bytes.split_first_chunk().ok_or("a record is too short to have a version")?;
    Ok((i16::from_be_bytes(*version), data))
}

pub(super) fn decode<M: Message>(data: &[u8], version: i16) -> Result<M, String> {
    M::decode(&mut Reader::new(Bytes::copy_from_slice(data)), version).map_err(|error| format!("{}: {error}", M::NAME))
}

fn numbered(what: &str, number: i16, data: &str) -> String {
    format!("{{\"{what}\":{number},\"data\":{data}}}")
}

fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

fn array<T>(items: &[T], one: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(one).collect();
    format!("[{}]", items.join(","))
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn nullable(text: Option<&str>) -> String {
    text.map_or("null".to_owned(), string)
}

fn binary(bytes: &[u8]) -> String {
    string(&base64::engine::general_purpose::STANDARD.encode(bytes))
}

fn offset(value: &OffsetCommitValue, version: i16) -> String {
    let mut fields = vec![("offset", value.offset.to_string())];
    if version >= 3 {
        fields.push(("leaderEpoch", value.leader_epoch.to_string()));
    }
    fields.push(("metadata", string(&value.metadata)));
    fields.push(("commitTimestamp", value.commit_timestamp.to_string()));
    if version == 1 {
        fields.push(("expireTimestamp", value.expire_timestamp.to_string()));
    }
    if value.topic_id != Uuid::default() {
        fields.push(("topicId", string(&value.topic_id.to_string())));
    }
    object(&fields)
}

fn group(value: &GroupMetadataValue, version: i16) -> String {
    let mut fields = vec![
        ("protocolType", string(&value.protocol_type)),
        ("generation", value.generation.to_string()),
        ("protocol", nullable(value.protocol.as_deref())),
        ("leader", nullable(value.leader.as_deref())),
    ];
    if version >= 2 {
        fields.push(("currentStateTimestamp", value.current_state_timestamp.to_string()));
    }
    fields.push(("members", array(&value.members, |m| member(m, version))));
    object(&fields)
}

fn member(value: &MemberMetadata, version: i16) -> String {
    let mut fields = vec![("memberId", string(&value.member_id))];
    if version >= 3 {
        fields.push(("groupInstanceId", nullable(value.group_instance_id.as_deref())));
    }
    fields.push(("clientId", string(&value.client_id)));
    fields.push(("clientHost", string(&value.client_host)));
    if version >= 1 {
        fields.push(("rebalanceTimeout", value.rebalance_timeout.to_string()));
    }
    fields.push(("sessionTimeout", value.session_timeout.to_string()));
    fields.push(("subscription", binary(&value.subscription)));
    fields.push(("assignment", binary(&value.assignment)));
    object(&fields)
}

fn transaction(value: &TransactionLogValue) -> String {
    let partition = |p: &PartitionsSchema| {
        object(&[("topic", string(&p.topic)), ("partitionIds", array(&p.partition_ids, i32::to_string))])
    };
    let partitions = value.transaction_partitions.as_deref().map_or("null".to_owned(), |all| array(all, partition));
    object(&[
        ("producerId", value.producer_id.to_string()),
        ("producerEpoch", value.producer_epoch.to_string()),
        ("transactionTimeoutMs", value.transaction_timeout_ms.to_string()),
        ("transactionStatus", value.transaction_status.to_string()),
        ("transactionPartitions", partitions),
        ("transactionLastUpdateTimestampMs", value.transaction_last_update_timestamp_ms.to_string()),
        ("transactionStartTimestampMs", value.transaction_start_timestamp_ms.to_string()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::TimestampMs;
    use rkafka_protocol::record::{Batch, BatchBuilder, BatchOptions};

    fn show(json: ApiJson, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<String, String> {
        let mut builder = BatchBuilder::new(BatchOptions::default());
        builder.append(TimestampMs(0), key, value, &[]);
        let open = Batch::parse(&builder.finish().unwrap()).unwrap().open(1 << 20).unwrap();
        let mut out = Vec::new();
        json.write(&open.records().next().unwrap().unwrap(), Era::V3_9, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    /// What Kafka 3.9.1's own formatter prints for such records.
    #[test]
    fn versions_and_kinds() {
        let key: &[u8] = &[0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 3];
        let v1: &[u8] = &[0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1, b'm', 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 8];
        let offsets = |key, value| show(ApiJson::Offsets, key, value);
        assert_eq!(
            offsets(Some(key), Some(v1)).unwrap(),
            r#"{"key":{"version":1,"data":{"group":"g","topic":"t","partition":3}},"value":{"version":1,"data":{"offset":5,"metadata":"m","commitTimestamp":7,"expireTimestamp":8}}}"#
        );
        assert_eq!(offsets(None, None).unwrap(), r#"{"key":null,"value":null}"#);
        assert_eq!(offsets(Some(&[0, 2, 0, 1, b'g']), None).unwrap(), "");
        assert_eq!(
            offsets(Some(&[0, 9, 1]), Some(&[0, 9, 1])).unwrap(),
            r#"{"key":{"version":9,"data":"unknown"},"value":{"version":9,"data":"unknown"}}"#
        );
        assert!(offsets(Some(key), Some(&[0, 4, 1])).is_err());
        assert!(offsets(Some(&[0]), None).is_err());
        assert_eq!(show(ApiJson::Groups, Some(key), None).unwrap(), "");
    }
}
