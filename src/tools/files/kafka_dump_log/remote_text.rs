//! Pure: the records of `__remote_log_metadata` in the words of Java's `toString`.

use crate::internal_records::facts::Value;
use std::collections::BTreeMap;

const SEGMENT_STATES: [&str; 4] =
    ["COPY_SEGMENT_STARTED", "COPY_SEGMENT_FINISHED", "DELETE_SEGMENT_STARTED", "DELETE_SEGMENT_FINISHED"];
const PARTITION_STATES: [&str; 3] =
    ["DELETE_PARTITION_MARKED", "DELETE_PARTITION_STARTED", "DELETE_PARTITION_FINISHED"];

/// What `record` of the kind `name` says. Errors: a state that is none.
pub fn show(name: &str, record: &Value) -> Result<String, String> {
    let segment_state = || state(&SEGMENT_STATES, record.int("remoteLogSegmentState"));
    let (broker, time) = (record.int("brokerId"), record.int("eventTimestampMs"));
    let from_to = || format!("startOffset={}, endOffset={}", record.int("startOffset"), record.int("endOffset"));
    let (newest, size) = (record.int("maxTimestampMs"), record.int("segmentSizeInBytes"));
    Ok(match name {
        "RemoteLogSegmentMetadataRecord" => format!(
            "RemoteLogSegmentMetadata{{remoteLogSegmentId={}, {}, brokerId={broker}, maxTimestampMs={newest}, \
             eventTimestampMs={time}, segmentLeaderEpochs={}, segmentSizeInBytes={size}, customMetadata={}, state={}}}",
            segment_id(record),
            from_to(),
            epochs(record),
            custom(record),
            segment_state()?
        ),
        "RemoteLogSegmentMetadataUpdateRecord" => format!(
            "RemoteLogSegmentMetadataUpdate{{remoteLogSegmentId={}, customMetadata={}, state={}, \
             eventTimestampMs={time}, brokerId={broker}}}",
            segment_id(record),
            custom(record),
            segment_state()?
        ),
        "RemoteLogSegmentMetadataSnapshotRecord" => format!(
            "RemoteLogSegmentMetadataSnapshot{{segmentId={}, {}, maxTimestampMs={newest}, segmentLeaderEpochs={}, \
             segmentSizeInBytes={size}, customMetadata={}, state={}}}",
            text(record.get("segmentId")),
            from_to(),
            epochs(record),
            custom(record),
            segment_state()?
        ),
        _ => format!(
            "RemotePartitionDeleteMetadata{{topicPartition={}, state={}, eventTimestampMs={time}, brokerId={broker}}}",
            partition(record.get("topicIdPartition")),
            state(&PARTITION_STATES, record.int("remotePartitionDeleteState"))?
        ),
    })
}

fn state(states: &[&'static str], id: i64) -> Result<&'static str, String> {
    let known = usize::try_from(id).ok().and_then(|id| states.get(id));
    known.copied().ok_or_else(|| format!("there is no state {id}"))
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::Uuid(uuid)) => uuid.to_string(),
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn segment_id(record: &Value) -> String {
    let id = record.get("remoteLogSegmentId");
    let part = |name| id.and_then(|id| id.get(name));
    format!("RemoteLogSegmentId{{topicIdPartition={}, id={}}}", partition(part("topicIdPartition")), text(part("id")))
}

fn partition(value: Option<&Value>) -> String {
    let part = |name| text(value.and_then(|value| value.get(name)));
    format!("{}:{}-{}", part("id"), part("name"), value.map_or(0, |value| value.int("partition")))
}

/// Where each leader epoch begins, `{0=0, 2=7}`.
fn epochs(record: &Value) -> String {
    let entries = match record.get("segmentLeaderEpochs") {
        Some(Value::List(entries)) => entries.as_slice(),
        _ => &[],
    };
    let sorted: BTreeMap<i64, i64> = entries.iter().map(|e| (e.int("leaderEpoch"), e.int("offset"))).collect();
    let shown: Vec<String> = sorted.iter().map(|(epoch, offset)| format!("{epoch}={offset}")).collect();
    format!("{{{}}}", shown.join(", "))
}

fn custom(record: &Value) -> String {
    match record.get("customMetadata") {
        Some(Value::Bytes(bytes)) => format!("Optional[CustomMetadata{{{} bytes}}]", bytes.len()),
        _ => "Optional.empty".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_that_are_deleted() {
        let id = Value::Uuid(rkafka_protocol::Uuid::default());
        let of = |state| {
            Value::Struct(vec![
                (
                    "topicIdPartition",
                    Value::Struct(vec![
                        ("name", Value::Text("t".into())),
                        ("id", id.clone()),
                        ("partition", Value::Int(3)),
                    ]),
                ),
                ("brokerId", Value::Int(1)),
                ("eventTimestampMs", Value::Int(5)),
                ("remotePartitionDeleteState", Value::Int(state)),
            ])
        };
        assert_eq!(
            show("RemotePartitionDeleteMetadataRecord", &of(1)).unwrap(),
            "RemotePartitionDeleteMetadata{topicPartition=AAAAAAAAAAAAAAAAAAAAAA:t-3, state=DELETE_PARTITION_STARTED, \
             eventTimestampMs=5, brokerId=1}"
        );
        assert!(show("RemotePartitionDeleteMetadataRecord", &of(9)).is_err());
    }
}
