//! Pure: a share consumer's properties, by Kafka's names and with Kafka's defaults (`ShareConsumerConfig`).

use crate::{ClientConfig, ClientError, ClientKind, Properties, settings::ClientSettings};
use std::time::Duration;

/// Properties that mean nothing in a share group, where the group decides (KIP-932).
const OF_OTHER_GROUPS: [&str; 10] = [
    "auto.offset.reset",
    "enable.auto.commit",
    "group.instance.id",
    "isolation.level",
    "partition.assignment.strategy",
    "interceptor.classes",
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "group.protocol",
    "group.remote.assignor",
];

/// Who says what becomes of a record (`share.acknowledgement.mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcknowledgementMode {
    /// Records are accepted by the next poll or the next commit.
    Implicit,
    /// The user acknowledges each record before the next poll.
    Explicit,
}

/// What Kafka's `ShareConsumerConfig` holds. Field names are the properties' names.
#[derive(Clone, Debug)]
pub struct ShareConsumerConfig {
    pub client: ClientConfig,
    pub group_id: String,
    pub acknowledgement_mode: AcknowledgementMode,
    /// `share.acquire.mode=record_limit`: never more than `max.poll.records` at once, instead of whole batches.
    pub record_limit: bool,
    pub max_poll_records: i32,
    /// How long a member may go without polling.
    pub max_poll_interval: Duration,
    pub fetch_min_bytes: i32,
    pub fetch_max_bytes: i32,
    pub fetch_max_wait: Duration,
    pub check_crcs: bool,
    pub client_rack: Option<String>,
}

impl ShareConsumerConfig {
    /// Reads a share consumer's properties.
    ///
    /// Errors, in Kafka's words: a bad value, one that is for other groups, no group.
    pub fn read(properties: &Properties) -> Result<ShareConsumerConfig, ClientError> {
        let others: Vec<&str> = OF_OTHER_GROUPS.into_iter().filter(|name| properties.contains_key(*name)).collect();
        if !others.is_empty() {
            let names = others.join(", ");
            return Err(ClientError::Config(format!("{names} cannot be set when using a share group.")));
        }
        let s = ClientSettings(properties);
        let group_id = s.text("group.id").unwrap_or_default().to_owned();
        if group_id.is_empty() {
            let text = "You must provide a valid group.id in the consumer configuration.";
            return Err(ClientError::Config(text.to_owned()));
        }
        let mut client = ClientConfig::read(ClientKind::Consumer, properties, &format!("consumer-{group_id}-1"))?;
        client.log_prefix = format!("[ShareConsumer clientId={}, groupId={group_id}] ", client.client_id);
        let modes = [("implicit", AcknowledgementMode::Implicit), ("explicit", AcknowledgementMode::Explicit)];
        let acquiring = [("batch_optimized", false), ("record_limit", true)];
        let poll_interval_ms = s.int("max.poll.interval.ms", 300_000, 1)?;
        Ok(ShareConsumerConfig {
            client,
            group_id,
            acknowledgement_mode: s.choice("share.acknowledgement.mode", AcknowledgementMode::Implicit, &modes)?,
            record_limit: s.choice("share.acquire.mode", false, &acquiring)?,
            max_poll_records: s.int("max.poll.records", 500, 1)?,
            max_poll_interval: Duration::from_millis(u64::try_from(poll_interval_ms).unwrap_or(1)),
            fetch_min_bytes: s.int("fetch.min.bytes", 1, 0)?,
            fetch_max_bytes: s.int("fetch.max.bytes", 52_428_800, 0)?,
            fetch_max_wait: s.millis("fetch.max.wait.ms", 500)?,
            check_crcs: s.flag("check.crcs", true)?,
            client_rack: s.text("client.rack").filter(|rack| !rack.is_empty()).map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &[(&str, &str)]) -> Result<ShareConsumerConfig, String> {
        let mut given: Properties = list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        given.insert("bootstrap.servers".into(), "localhost:9092".into());
        ShareConsumerConfig::read(&given).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_kafkas() {
        let config = read(&[("group.id", "g")]).unwrap();
        assert_eq!(config.acknowledgement_mode, AcknowledgementMode::Implicit);
        assert_eq!((config.max_poll_records, config.record_limit), (500, false));
        assert_eq!(config.client.log_prefix, "[ShareConsumer clientId=consumer-g-1, groupId=g] ");
        let explicit = read(&[("group.id", "g"), ("share.acknowledgement.mode", "explicit")]).unwrap();
        assert_eq!(explicit.acknowledgement_mode, AcknowledgementMode::Explicit);
    }

    #[test]
    fn what_is_for_other_groups() {
        let given = [("group.id", "g"), ("isolation.level", "read_committed"), ("auto.offset.reset", "earliest")];
        let expected = "auto.offset.reset, isolation.level cannot be set when using a share group.";
        assert_eq!(read(&given).unwrap_err(), expected);
        assert!(read(&[]).unwrap_err().starts_with("You must provide a valid group.id"));
    }
}
