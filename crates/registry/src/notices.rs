//! The notifications that brokers leave for the controller: `/isr_change_notification` by leaders of releases before
//! 2.7, and `/log_dir_event_notification` by brokers that have lost a log dir.

use super::admin_requests::partitions;
use super::json::{Object, PayloadError};
use super::{RegistryError, paths};
use rkafka_base::TopicPartition;
use rkafka_zookeeper_client::{CreateMode, Watch, ZkClient};

/// The event of a failed log dir, the only one there is.
const LOG_DIR_FAILURE: i32 = 1;

/// Reads an `isr_change_` node: partitions whose leader changed the in-sync set by itself.
pub(crate) fn decode_isr_change(bytes: &[u8]) -> Result<Vec<TopicPartition>, PayloadError> {
    let object = Object::parse(bytes)?;
    Ok(partitions(&object)?.into_iter().map(|(tp, _)| tp).collect())
}

/// Reads a `log_dir_event_` node: the broker that has lost a log dir, which is the only event there is.
pub(crate) fn decode_log_dir_event(bytes: &[u8]) -> Result<i32, PayloadError> {
    Object::parse(bytes)?.i32("broker")
}

/// Notifications of one kind.
#[derive(Debug, Default)]
pub struct Notices<T> {
    /// Their nodes, to be removed when they are dealt with.
    pub paths: Vec<String>,
    /// What they say; one that cannot be read says nothing.
    pub contents: Vec<T>,
}

/// The partitions whose in-sync sets were changed. Watches for more.
pub async fn isr_changes(zk: &ZkClient) -> Result<Notices<TopicPartition>, RegistryError> {
    let found = read(zk, paths::ISR_CHANGE_NOTIFICATION, decode_isr_change).await?;
    Ok(Notices { paths: found.paths, contents: found.contents.into_iter().flatten().collect() })
}

/// The brokers that have lost a log dir. Watches for more.
pub async fn log_dir_failures(zk: &ZkClient) -> Result<Notices<i32>, RegistryError> {
    read(zk, paths::LOG_DIR_EVENT_NOTIFICATION, decode_log_dir_event).await
}

async fn read<T>(
    zk: &ZkClient,
    directory: &str,
    decode: impl Fn(&[u8]) -> Result<T, PayloadError>,
) -> Result<Notices<T>, RegistryError> {
    let (names, _) = zk.get_children(directory, Watch::Yes).await?;
    let mut notices = Notices { paths: Vec::new(), contents: Vec::new() };
    for name in names {
        let path = format!("{directory}/{name}");
        let Some((data, _)) = zk.get_data_if_present(&path, Watch::No).await? else { continue };
        match decode(&data.unwrap_or_default()) {
            Ok(content) => notices.contents.push(content),
            Err(error) => log::error!(target: "kafka.controller.KafkaController", "{path} is passed over: {error}"),
        }
        notices.paths.push(path);
    }
    Ok(notices)
}

/// Leaves a notification that a log dir of `broker` has failed: `{"version":1,"broker":<id>,"event":1}`.
pub async fn report_log_dir_failure(zk: &ZkClient, broker: i32) -> Result<(), RegistryError> {
    let payload = format!("{{\"version\":1,\"broker\":{broker},\"event\":{LOG_DIR_FAILURE}}}");
    let prefix = format!("{}/log_dir_event_", paths::LOG_DIR_EVENT_NOTIFICATION);
    zk.create(&prefix, Some(payload.into_bytes()), CreateMode::PersistentSequential).await?;
    Ok(())
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
