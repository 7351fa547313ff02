//! Pure: where Kafka keeps what in ZooKeeper.

pub const BROKER_IDS: &str = "/brokers/ids";
pub const BROKER_TOPICS: &str = "/brokers/topics";
pub(crate) const BROKER_SEQUENCE: &str = "/brokers/seqid";
pub const CONTROLLER: &str = "/controller";
pub const CONTROLLER_EPOCH: &str = "/controller_epoch";
pub(crate) const CLUSTER_ID: &str = "/cluster/id";
pub const FEATURE: &str = "/feature";
pub const DELETE_TOPICS: &str = "/admin/delete_topics";
pub const PREFERRED_REPLICA_ELECTION: &str = "/admin/preferred_replica_election";
pub const REASSIGN_PARTITIONS: &str = "/admin/reassign_partitions";
pub const CONFIG_CHANGES: &str = "/config/changes";
pub const ISR_CHANGE_NOTIFICATION: &str = "/isr_change_notification";
pub const LOG_DIR_EVENT_NOTIFICATION: &str = "/log_dir_event_notification";
pub const LATEST_PRODUCER_ID_BLOCK: &str = "/latest_producer_id_block";

/// What the names of config change notifications start with; ZooKeeper adds ten digits.
pub(crate) const CONFIG_CHANGE_PREFIX: &str = "/config/changes/config_change_";

/// The nodes that every broker creates at start, with null data, in this order.
pub const PERSISTENT: [&str; 14] = [
    "/consumers",
    BROKER_IDS,
    BROKER_TOPICS,
    CONFIG_CHANGES,
    DELETE_TOPICS,
    BROKER_SEQUENCE,
    ISR_CHANGE_NOTIFICATION,
    LATEST_PRODUCER_ID_BLOCK,
    LOG_DIR_EVENT_NOTIFICATION,
    "/config/topics",
    "/config/clients",
    "/config/users",
    "/config/brokers",
    "/config/ips",
];

pub fn broker_id(id: i32) -> String {
    format!("{BROKER_IDS}/{id}")
}

pub fn topic(name: &str) -> String {
    format!("{BROKER_TOPICS}/{name}")
}

pub fn topic_partitions(name: &str) -> String {
    format!("{BROKER_TOPICS}/{name}/partitions")
}

pub fn partition(name: &str, partition: i32) -> String {
    format!("{BROKER_TOPICS}/{name}/partitions/{partition}")
}

pub fn partition_state(name: &str, partition: i32) -> String {
    format!("{BROKER_TOPICS}/{name}/partitions/{partition}/state")
}

pub fn delete_topic(name: &str) -> String {
    format!("{DELETE_TOPICS}/{name}")
}

/// `/config/<entity_path>`, for example of `topics/T` or `brokers/0`.
pub fn config(entity_path: &str) -> String {
    format!("/config/{entity_path}")
}

pub fn topic_config(name: &str) -> String {
    format!("/config/topics/{name}")
}

/// The sequence number that ends the name of a sequential node.
pub(crate) fn sequence_number(name: &str) -> Option<u64> {
    name.get(name.len().checked_sub(10)?..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers() {
        assert_eq!(sequence_number("config_change_0000000012"), Some(12));
        assert_eq!(sequence_number("0000000012"), Some(12));
        assert_eq!(sequence_number("config_change"), None);
        assert_eq!(sequence_number("x"), None);
        assert_eq!(sequence_number("äöüäöüä"), None);
    }
}
