//! Pure: the formatters of Kafka's internal topics by their old names (`GroupMetadataManager$OffsetsMessageFormatter` and
//! so on): one line a record, in the words of Scala's `toString`.

use super::api_json::{decode, split};
use rkafka_protocol::{
    messages::{
        GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue, TransactionLogKey,
        TransactionLogValue, group_metadata_value::MemberMetadata,
    },
    record::RecordRef,
};

/// Which records are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoordinatorText {
    Offsets,
    Groups,
    Transactions,
}

impl CoordinatorText {
    /// Appends the record's line. Records without a key and of another kind are passed over.
    ///
    /// Errors: bytes that are not what their version says.
    pub fn write(self, record: &RecordRef, out: &mut Vec<u8>) -> Result<(), String> {
        let Some(key) = record.key else { return Ok(()) };
        let (version, key) = split(key)?;
        let value = record.value.map(split).transpose()?;
        let (name, text) = match (self, version) {
            (CoordinatorText::Offsets, 0..=1) => {
                let key: OffsetCommitKey = decode(key, version)?;
                (format!("[{},{},{}]", key.group, key.topic, key.partition), value.map(offset).transpose()?)
            }
            (CoordinatorText::Groups, 2) => {
                let key: GroupMetadataKey = decode(key, version)?;
                let text = value.map(|value| group(&key.group, value)).transpose()?;
                (key.group, text)
            }
            (CoordinatorText::Transactions, 0) => {
                let key: TransactionLogKey = decode(key, version)?;
                let text = value.map(|value| transaction(&key.transactional_id, value)).transpose()?;
                (key.transactional_id, text)
            }
            (CoordinatorText::Transactions, _) => ("unknown".to_owned(), Some(format!("version={version}"))),
            _ => return Ok(()),
        };
        let text = text.unwrap_or_else(|| "NULL".to_owned());
        out.extend_from_slice(format!("{name}::{text}\n").as_bytes());
        Ok(())
    }
}

fn offset((version, data): (i16, &[u8])) -> Result<String, String> {
    if !(0..=4).contains(&version) {
        return Err(format!("Unknown offset message version: {version}"));
    }
    let value: OffsetCommitValue = decode(data, version)?;
    let epoch = match value.leader_epoch {
        epoch if version >= 3 && epoch >= 0 => format!("Optional[{epoch}]"),
        _ => "Optional.empty".to_owned(),
    };
    let expires = match value.expire_timestamp {
        expires if version == 1 && expires != -1 => format!("Some({expires})"),
        _ => "None".to_owned(),
    };
    Ok(format!(
        "OffsetAndMetadata(offset={}, leaderEpoch={epoch}, metadata={}, commitTimestamp={}, expireTimestamp={expires})",
        value.offset, value.metadata, value.commit_timestamp
    ))
}

fn group(id: &str, (version, data): (i16, &[u8])) -> Result<String, String> {
    if !(0..=4).contains(&version) {
        return Err(format!("Unknown group metadata message version: {version}"));
    }
    let value: GroupMetadataValue = decode(data, version)?;
    let state = if value.members.is_empty() { "Empty" } else { "Stable" };
    let kind = if value.protocol_type.is_empty() { "None".into() } else { format!("Some({})", value.protocol_type) };
    let protocol = value.protocol.as_deref().unwrap_or_default();
    let members: Vec<String> = value.members.iter().map(|m| member(m, protocol, version)).collect();
    Ok(format!(
        "GroupMetadata(groupId={id}, generation={}, protocolType={kind}, currentState={state}, members=HashMap({}))",
        value.generation,
        members.join(", ")
    ))
}

fn member(m: &MemberMetadata, protocol: &str, version: i16) -> String {
    let instance = m.group_instance_id.as_ref().map_or("None".to_owned(), |id| format!("Some({id})"));
    // Version 0 has one timeout for both.
    let rebalance = if version == 0 { m.session_timeout } else { m.rebalance_timeout };
    format!(
        "{id} -> MemberMetadata(memberId={id}, groupInstanceId={instance}, clientId={}, clientHost={}, \
         sessionTimeoutMs={}, rebalanceTimeoutMs={rebalance}, supportedProtocols=List({protocol}))",
        m.client_id,
        m.client_host,
        m.session_timeout,
        id = m.member_id,
    )
}

const TRANSACTION_STATES: [&str; 8] = [
    "Empty",
    "Ongoing",
    "PrepareCommit",
    "PrepareAbort",
    "CompleteCommit",
    "CompleteAbort",
    "Dead",
    "PrepareEpochFence",
];

fn transaction(id: &str, (version, data): (i16, &[u8])) -> Result<String, String> {
    if !(0..=1).contains(&version) {
        return Err(format!("Unknown version {version} from the transaction log message value"));
    }
    let value: TransactionLogValue = decode(data, version)?;
    let state = usize::try_from(value.transaction_status).ok().and_then(|status| TRANSACTION_STATES.get(status));
    let state = state.ok_or_else(|| format!("Unknown transaction state id {}", value.transaction_status))?;
    let topics = value.transaction_partitions.iter().flatten();
    let partitions: Vec<String> = topics
        .flat_map(|topic| topic.partition_ids.iter().map(move |partition| format!("{}-{partition}", topic.topic)))
        .collect();
    Ok(format!(
        "TransactionMetadata(transactionalId={id}, producerId={}, producerEpoch={}, txnTimeoutMs={}, state={state}, \
         pendingState=None, topicPartitions=HashSet({}), txnStartTimestamp={}, txnLastUpdateTimestamp={})",
        value.producer_id,
        value.producer_epoch,
        value.transaction_timeout_ms,
        partitions.join(", "),
        value.transaction_start_timestamp_ms,
        value.transaction_last_update_timestamp_ms
    ))
}
