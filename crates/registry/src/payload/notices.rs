//! Pure: what brokers leave for the controller under `/isr_change_notification` and `/log_dir_event_notification`.

use super::admin_requests::partitions;
use super::json::{Object, PayloadError};
use rkafka_base::TopicPartition;

/// Reads an `isr_change_` node: partitions whose leader changed the in-sync set by itself.
pub fn decode_isr_change(bytes: &[u8]) -> Result<Vec<TopicPartition>, PayloadError> {
    let object = Object::parse(bytes)?;
    Ok(partitions(&object)?.into_iter().map(|(tp, _)| tp).collect())
}

/// Reads a `log_dir_event_` node: the broker that has lost a log dir, which is the only event there is.
pub fn decode_log_dir_event(bytes: &[u8]) -> Result<i32, PayloadError> {
    Object::parse(bytes)?.i32("broker")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_kinds() {
        let changes = br#"{"version":1,"partitions":[{"topic":"t","partition":0}]}"#;
        assert_eq!(decode_isr_change(changes), Ok(vec![TopicPartition::new("t", 0)]));
        assert_eq!(decode_log_dir_event(br#"{"version":1,"broker":7,"event":1}"#), Ok(7));
        for bad in [&b""[..], b"{", b"[]", b"{}", br#"{"broker":"x","partitions":[1]}"#] {
            assert!(decode_isr_change(bad).is_err());
            assert!(decode_log_dir_event(bad).is_err());
        }
    }
}
