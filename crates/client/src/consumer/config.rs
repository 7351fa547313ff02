//! Pure: a consumer's properties, by Kafka's names and with Kafka's defaults.

use super::group::assignor::Assignor;
use crate::{
    ClientConfig, ClientError, ClientKind, Properties,
    settings::{ClientSettings, invalid},
};
use std::time::Duration;

/// Where a consumer starts when it has no position, or one that is out of range (`auto.offset.reset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetReset {
    Earliest,
    Latest,
    /// It fails.
    None,
}

/// What Kafka's `ConsumerConfig` holds. Field names are the properties' names.
#[derive(Clone, Debug)]
pub struct ConsumerConfig {
    pub client: ClientConfig,
    pub group: Option<GroupConfig>,
    pub auto_offset_reset: OffsetReset,
    /// `auto.commit.interval.ms` if `enable.auto.commit` is on.
    pub auto_commit_interval: Option<Duration>,
    pub fetch_min_bytes: i32,
    pub fetch_max_bytes: i32,
    pub fetch_max_wait: Duration,
    pub max_partition_fetch_bytes: i32,
    /// `isolation.level=read_committed`: records of open and aborted transactions are not seen.
    pub read_committed: bool,
    pub check_crcs: bool,
    pub client_rack: String,
    pub exclude_internal_topics: bool,
}

/// What a member of a consumer group is told.
#[derive(Clone, Debug)]
pub struct GroupConfig {
    pub group_id: String,
    pub group_instance_id: Option<String>,
    pub session_timeout: Duration,
    pub heartbeat_interval: Duration,
    /// How long a rebalance waits for a member, and how long a member may go without polling.
    pub max_poll_interval: Duration,
    /// In the order of preference.
    pub assignors: Vec<Assignor>,
}

impl ConsumerConfig {
    /// Reads a consumer's properties.
    ///
    /// Errors: a bad value, in Kafka's words.
    pub fn read(properties: &Properties) -> Result<ConsumerConfig, ClientError> {
        let s = ClientSettings(properties);
        let group = read_group(&s)?;
        let mut client = ClientConfig::read(ClientKind::Consumer, properties, &default_client_id(group.as_ref()))?;
        if let Some(group) = &group {
            client.log_prefix = format!("[Consumer clientId={}, groupId={}] ", client.client_id, group.group_id);
        }
        let auto_commit = s.flag("enable.auto.commit", group.is_some())? && group.is_some();
        let interval = s.millis("auto.commit.interval.ms", 5_000)?;
        let resets =
            [("latest", OffsetReset::Latest), ("earliest", OffsetReset::Earliest), ("none", OffsetReset::None)];
        Ok(ConsumerConfig {
            client,
            group,
            auto_offset_reset: s.choice("auto.offset.reset", OffsetReset::Latest, &resets)?,
            auto_commit_interval: auto_commit.then_some(interval),
            fetch_min_bytes: s.int("fetch.min.bytes", 1, 0)?,
            fetch_max_bytes: s.int("fetch.max.bytes", 52_428_800, 0)?,
            fetch_max_wait: s.millis("fetch.max.wait.ms", 500)?,
            max_partition_fetch_bytes: s.int("max.partition.fetch.bytes", 1_048_576, 0)?,
            read_committed: s.choice(
                "isolation.level",
                false,
                &[("read_committed", true), ("read_uncommitted", false)],
            )?,
            check_crcs: s.flag("check.crcs", true)?,
            client_rack: s.text("client.rack").unwrap_or_default().to_owned(),
            exclude_internal_topics: s.flag("exclude.internal.topics", true)?,
        })
    }
}

fn default_client_id(group: Option<&GroupConfig>) -> String {
    match group {
        Some(GroupConfig { group_id, group_instance_id: Some(instance), .. }) => {
            format!("consumer-{group_id}-{instance}")
        }
        Some(group) => format!("consumer-{}-1", group.group_id),
        None => "consumer-1".to_owned(),
    }
}

fn read_group(s: &ClientSettings) -> Result<Option<GroupConfig>, ClientError> {
    if s.text("group.protocol").is_some_and(|p| !p.eq_ignore_ascii_case("classic")) {
        let text = "group.protocol=consumer is not supported by this version: brokers of Kafka 3.9 in ZooKeeper mode know classic only";
        return Err(ClientError::Config(text.to_owned()));
    }
    let max_poll_interval =
        Duration::from_millis(u64::try_from(s.int("max.poll.interval.ms", 300_000, 1)?).unwrap_or(1));
    let session_timeout = s.millis("session.timeout.ms", 45_000)?;
    let heartbeat_interval = s.millis("heartbeat.interval.ms", 3_000)?;
    let assignors = match s.text("partition.assignment.strategy") {
        None => vec![Assignor::Range, Assignor::CooperativeSticky],
        Some(list) => {
            list.split(',').map(str::trim).filter(|n| !n.is_empty()).map(assignor).collect::<Result<_, _>>()?
        }
    };
    let Some(group_id) = s.text("group.id") else { return Ok(None) };
    if group_id.is_empty() {
        return Err(ClientError::Config(
            "The configured group.id should not be an empty string or whitespace.".to_owned(),
        ));
    }
    if heartbeat_interval >= session_timeout {
        let text = "Heartbeat must be set lower than the session timeout";
        return Err(ClientError::Config(text.to_owned()));
    }
    Ok(Some(GroupConfig {
        group_id: group_id.to_owned(),
        group_instance_id: s.text("group.instance.id").filter(|id| !id.is_empty()).map(str::to_owned),
        session_timeout,
        heartbeat_interval,
        max_poll_interval,
        assignors,
    }))
}

fn assignor(name: &str) -> Result<Assignor, ClientError> {
    Assignor::from_name(name).ok_or_else(|| {
        invalid(
            "partition.assignment.strategy",
            name,
            "this version has range, roundrobin, sticky and cooperative-sticky (RangeAssignor, RoundRobinAssignor, \
             StickyAssignor, CooperativeStickyAssignor)",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &[(&str, &str)]) -> Result<ConsumerConfig, ClientError> {
        let mut given: Properties = list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        given.insert("bootstrap.servers".into(), "localhost:9092".into());
        ConsumerConfig::read(&given)
    }

    #[test]
    fn names_of_client_and_group() {
        assert_eq!(read(&[]).unwrap().client.log_prefix, "[Consumer clientId=consumer-1] ");
        let config = read(&[
            ("group.id", "g"),
            ("partition.assignment.strategy", "org.apache.kafka.clients.consumer.StickyAssignor"),
        ]);
        let config = config.unwrap();
        assert_eq!(config.client.log_prefix, "[Consumer clientId=consumer-g-1, groupId=g] ");
        assert_eq!(config.group.unwrap().assignors, [Assignor::Sticky]);
        assert_eq!(config.auto_commit_interval, Some(Duration::from_secs(5)));
    }

    #[test]
    fn bad_values() {
        for (name, value, message) in [
            (
                "auto.offset.reset",
                "smallest",
                "Invalid value smallest for configuration auto.offset.reset: String must be one of: latest, earliest, none",
            ),
            ("fetch.min.bytes", "-1", "Invalid value -1 for configuration fetch.min.bytes: Value must be at least 0"),
        ] {
            assert_eq!(read(&[(name, value)]).unwrap_err().to_string(), message);
        }
        assert!(read(&[("group.id", "g"), ("heartbeat.interval.ms", "50000")]).is_err());
    }
}
