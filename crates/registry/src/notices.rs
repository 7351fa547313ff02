//! The notifications that brokers leave for the controller: `/isr_change_notification` by leaders of releases before
//! 2.7, and `/log_dir_event_notification` by brokers that have lost a log dir.

use super::payload::{decode_isr_change, decode_log_dir_event};
use super::{PayloadError, RegistryError, paths};
use rkafka_base::TopicPartition;
use rkafka_zookeeper_client::{Watch, ZkClient};

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
