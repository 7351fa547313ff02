//! Pure: the records of `__transaction_state` in the words of Kafka 3.9's tool.

use bytes::Bytes;
use rkafka_base::java_string_hash;
use rkafka_protocol::{
    Message, Reader,
    messages::{TransactionLogKey, TransactionLogValue, transaction_log_value::PartitionsSchema},
};

const STATES: [&str; 8] = [
    "Empty",
    "Ongoing",
    "PrepareCommit",
    "PrepareAbort",
    "CompleteCommit",
    "CompleteAbort",
    "Dead",
    "PrepareEpochFence",
];

/// A transaction's state by its number.
pub fn state(id: i64) -> Option<&'static str> {
    usize::try_from(id).ok().and_then(|id| STATES.get(id)).copied()
}

/// Key and payload as they are shown. Errors: bytes that are not what their version says.
pub fn show(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<(String, Option<String>), String> {
    let (version, data) = split(key.ok_or("it has no key")?)?;
    if version != 0 {
        return Ok((format!("unknown::version={version}"), None));
    }
    let key: TransactionLogKey = decode(data, version)?;
    let key = format!("transaction_metadata::transactionalId={}", key.transactional_id);
    let Some(value) = value else { return Ok((key, Some("<DELETE>".into()))) };
    let (version, data) = split(value)?;
    if !(0..=1).contains(&version) {
        return Err(format!("Unknown version {version} from the transaction log message value"));
    }
    let value: TransactionLogValue = decode(data, version)?;
    let state = state(value.transaction_status.into())
        .ok_or_else(|| format!("Unknown transaction state id {}", value.transaction_status))?;
    // A transaction that has not begun has no partitions, whatever the record says.
    let topics = value.transaction_partitions.filter(|_| state != "Empty").unwrap_or_default();
    let shown = format!(
        "producerId:{},producerEpoch:{},state={state},partitions=[{}],txnLastUpdateTimestamp={},txnTimeoutMs={}",
        value.producer_id,
        value.producer_epoch,
        partitions(&topics).join(","),
        value.transaction_last_update_timestamp_ms,
        value.transaction_timeout_ms
    );
    Ok((key, Some(shown)))
}

fn split(bytes: &[u8]) -> Result<(i16, &[u8]), String> {
    let (version, data) = bytes.split_first_chunk().ok_or("it is too short to have a version")?;
    Ok((i16::from_be_bytes(*version), data))
}

fn decode<M: Message>(data: &[u8], version: i16) -> Result<M, String> {
    M::decode(&mut Reader::new(Bytes::copy_from_slice(data)), version).map_err(|error| format!("{}: {error}", M::NAME))
}

/// The partitions in the order in which a `mutable.HashSet` of Scala's gives them back.
///
/// Its table has 16 slots at first, makes room for all partitions of a topic before they are put in, and doubles when
/// three quarters would be filled; it is walked slot by slot, and by rising hash within one.
fn partitions(topics: &[PartitionsSchema]) -> Vec<String> {
    let mut found: Vec<(i32, String)> = Vec::new();
    let mut slots: usize = 16;
    for topic in topics {
        let wanted = (topic.partition_ids.len() + 1) * 4 / 3;
        slots = slots.max(wanted.next_power_of_two());
        for partition in &topic.partition_ids {
            if (found.len() + 1) * 4 >= slots * 3 {
                slots *= 2;
            }
            let hash = 31i32.wrapping_add(*partition).wrapping_mul(31).wrapping_add(java_string_hash(&topic.topic));
            let hash = hash ^ ((hash as u32) >> 16) as i32;
            found.push((hash, format!("{}-{partition}", topic.topic)));
        }
    }
    found.sort_by_key(|(hash, _)| (*hash as u32 as usize & (slots - 1), *hash));
    found.dedup();
    found.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_records_say_why() {
        assert_eq!(show(Some(&[0, 9]), None), Ok(("unknown::version=9".into(), None)));
        assert!(show(None, None).is_err());
        assert!(show(Some(&[0]), None).is_err());
        let key: &[u8] = &[0, 0, 0, 1, b'x'];
        assert_eq!(show(Some(key), None).unwrap().1.as_deref(), Some("<DELETE>"));
        assert!(show(Some(key), Some(&[0, 1, 3])).is_err());
        assert!(show(Some(key), Some(&[0, 7, 3])).unwrap_err().contains("Unknown version 7"));
    }

    #[test]
    fn partitions_stand_once_in_the_order_of_their_hashes() {
        let topic = |name: &str, ids: &[i32]| PartitionsSchema {
            topic: name.into(),
            partition_ids: ids.to_vec(),
            ..PartitionsSchema::default()
        };
        // "a" hashes to 97, partition n of it to (31 + n) * 31 + 97.
        assert_eq!(partitions(&[topic("a", &[0, 1, 2])]), ["a-2", "a-1", "a-0"]);
        assert_eq!(partitions(&[topic("a", &[1, 1])]), ["a-1"]);
    }
}
