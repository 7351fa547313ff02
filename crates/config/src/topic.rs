//! Pure: a topic's settings, typed, and how a broker's settings stand behind them.

use super::{
    definition::{Definition, InvalidValue, Value, find},
    settings::Settings,
    topic_table::TOPIC,
};
use std::collections::BTreeMap;

/// How a broker's setting becomes a topic's (`ServerTopicConfigSynonyms`): it may have another unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Same,
    MinutesToMs,
    HoursToMs,
}

impl Unit {
    /// The broker's value in the topic's unit.
    pub fn convert(self, n: i64) -> i64 {
        match self {
            Unit::Same => n,
            Unit::MinutesToMs => n.saturating_mul(60_000),
            Unit::HoursToMs => n.saturating_mul(3_600_000),
        }
    }
}

/// For a topic's setting the broker's that stand behind it, the strongest first.
pub(crate) fn broker_synonyms(topic_setting: &str) -> &'static [(&'static str, Unit)] {
    use Unit::{HoursToMs, MinutesToMs, Same};
    match topic_setting {
        "cleanup.policy" => &[("log.cleanup.policy", Same)],
        "compression.gzip.level" => &[("compression.gzip.level", Same)],
        "compression.lz4.level" => &[("compression.lz4.level", Same)],
        "compression.type" => &[("compression.type", Same)],
        "compression.zstd.level" => &[("compression.zstd.level", Same)],
        "delete.retention.ms" => &[("log.cleaner.delete.retention.ms", Same)],
        "file.delete.delay.ms" => &[("log.segment.delete.delay.ms", Same)],
        "flush.messages" => &[("log.flush.interval.messages", Same)],
        "flush.ms" => &[("log.flush.interval.ms", Same), ("log.flush.scheduler.interval.ms", Same)],
        "index.interval.bytes" => &[("log.index.interval.bytes", Same)],
        "local.retention.bytes" => &[("log.local.retention.bytes", Same)],
        "local.retention.ms" => &[("log.local.retention.ms", Same)],
        "max.compaction.lag.ms" => &[("log.cleaner.max.compaction.lag.ms", Same)],
        "max.message.bytes" => &[("message.max.bytes", Same)],
        "message.downconversion.enable" => &[("log.message.downconversion.enable", Same)],
        "message.format.version" => &[("log.message.format.version", Same)],
        "message.timestamp.after.max.ms" => &[("log.message.timestamp.after.max.ms", Same)],
        "message.timestamp.before.max.ms" => &[("log.message.timestamp.before.max.ms", Same)],
        "message.timestamp.difference.max.ms" => &[("log.message.timestamp.difference.max.ms", Same)],
        "message.timestamp.type" => &[("log.message.timestamp.type", Same)],
        "min.cleanable.dirty.ratio" => &[("log.cleaner.min.cleanable.ratio", Same)],
        "min.compaction.lag.ms" => &[("log.cleaner.min.compaction.lag.ms", Same)],
        "min.insync.replicas" => &[("min.insync.replicas", Same)],
        "preallocate" => &[("log.preallocate", Same)],
        "retention.bytes" => &[("log.retention.bytes", Same)],
        "retention.ms" => {
            &[("log.retention.ms", Same), ("log.retention.minutes", MinutesToMs), ("log.retention.hours", HoursToMs)]
        }
        "segment.bytes" => &[("log.segment.bytes", Same)],
        "segment.index.bytes" => &[("log.index.size.max.bytes", Same)],
        "segment.jitter.ms" => &[("log.roll.jitter.ms", Same), ("log.roll.jitter.hours", HoursToMs)],
        "segment.ms" => &[("log.roll.ms", Same), ("log.roll.hours", HoursToMs)],
        "unclean.leader.election.enable" => &[("unclean.leader.election.enable", Same)],
        _ => &[],
    }
}

/// What a broker's settings make of each topic setting; settings without a synonym have their own default.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicDefaults {
    values: BTreeMap<&'static str, Value>,
}

impl TopicDefaults {
    /// Kafka's own defaults, without a broker's.
    pub fn of_kafka() -> TopicDefaults {
        let preset = |d: &'static Definition| Some((d.name, d.parse(d.preset_text()?).ok()?));
        TopicDefaults { values: TOPIC.iter().filter_map(preset).collect() }
    }

    /// Takes the broker's settings over.
    pub fn of_broker(broker: &Settings) -> TopicDefaults {
        let mut values = BTreeMap::new();
        for definition in TOPIC {
            let behind = broker_synonyms(definition.name).iter().find_map(|(name, unit)| {
                let value = broker.value(name)?;
                Some(match value {
                    Value::Integer(n) => Value::Integer(unit.convert(n)),
                    other => other,
                })
            });
            let preset = || definition.preset_text().and_then(|text| definition.parse(text).ok());
            if let Some(value) = behind.or_else(preset) {
                values.insert(definition.name, value);
            }
        }
        // A broker takes every negative time for "for ever".
        if let Some(Value::Integer(n)) = values.get_mut("retention.ms") {
            *n = (*n).max(-1);
        }
        // Older brokers had one limit for both directions; it counts where the newer two are not given.
        if let Some(difference) = broker.given("log.message.timestamp.difference.max.ms") {
            for newer in ["message.timestamp.before.max.ms", "message.timestamp.after.max.ms"] {
                if broker.given(&format!("log.{newer}")).is_none() {
                    values.insert(newer, difference.value.clone());
                }
            }
        }
        TopicDefaults { values }
    }

    /// The value of one setting.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Reads a topic's own settings over these defaults. Unknown names are passed over; [`validate`] refuses them.
    pub fn with_overrides<'a>(
        &self,
        overrides: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<TopicConfig, InvalidValue> {
        let mut values = self.values.clone();
        let mut own = Vec::new();
        for (name, text) in overrides {
            if let Some(definition) = find(TOPIC, name) {
                values.insert(definition.name, definition.parse(text)?);
                own.push(definition.name);
            }
        }
        if let Some(difference) = own.contains(&OLD_LIMIT).then(|| values.get(OLD_LIMIT).cloned()).flatten() {
            for newer in ["message.timestamp.before.max.ms", "message.timestamp.after.max.ms"] {
                if !own.contains(&newer) {
                    values.insert(newer, difference.clone());
                }
            }
        }
        Ok(TopicConfig::from_values(&values))
    }
}

const OLD_LIMIT: &str = "message.timestamp.difference.max.ms";

/// Why a topic's settings are refused, worded as Kafka words it (`LogConfig.validate`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicConfigError {
    #[error("Unknown topic config name: {0}")]
    Unknown(String),
    #[error(transparent)]
    Invalid(#[from] InvalidValue),
    #[error("conflict topic config setting {0}")]
    Conflict(String),
}

/// Checks a topic's own settings.
pub fn validate<'a>(
    overrides: impl IntoIterator<Item = (&'a str, &'a str)>,
    defaults: &TopicDefaults,
) -> Result<TopicConfig, TopicConfigError> {
    let overrides: Vec<(&str, &str)> = overrides.into_iter().collect();
    if let Some((unknown, _)) = overrides.iter().find(|(name, _)| find(TOPIC, name).is_none()) {
        return Err(TopicConfigError::Unknown((*unknown).to_owned()));
    }
    let config = defaults.with_overrides(overrides)?;
    if config.min_compaction_lag_ms > config.max_compaction_lag_ms {
        return Err(TopicConfigError::Conflict(format!(
            "min.compaction.lag.ms ({}) > max.compaction.lag.ms ({})",
            config.min_compaction_lag_ms, config.max_compaction_lag_ms
        )));
    }
    Ok(config)
}

/// A topic's settings in force.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicConfig {
    /// `cleanup.policy` has `compact`.
    pub compact: bool,
    /// `cleanup.policy` has `delete`.
    pub delete: bool,
    pub compression_gzip_level: i32,
    pub compression_lz4_level: i32,
    pub compression_zstd_level: i32,
    /// `producer` (as it came), `uncompressed`, or a codec.
    pub compression_type: String,
    pub delete_retention_ms: i64,
    pub file_delete_delay_ms: i64,
    pub flush_messages: i64,
    pub flush_ms: i64,
    pub follower_replication_throttled_replicas: Vec<String>,
    pub index_interval_bytes: i32,
    pub leader_replication_throttled_replicas: Vec<String>,
    pub max_compaction_lag_ms: i64,
    /// The largest batch, header included.
    pub max_message_bytes: i32,
    pub message_downconversion_enable: bool,
    pub message_timestamp_after_max_ms: i64,
    pub message_timestamp_before_max_ms: i64,
    /// `message.timestamp.type` is `LogAppendTime`.
    pub log_append_time: bool,
    pub min_cleanable_dirty_ratio: f64,
    pub min_compaction_lag_ms: i64,
    pub min_insync_replicas: i32,
    pub preallocate: bool,
    /// −1: no limit.
    pub retention_bytes: i64,
    /// −1: no limit.
    pub retention_ms: i64,
    pub segment_bytes: i32,
    pub segment_index_bytes: i32,
    pub segment_jitter_ms: i64,
    pub segment_ms: i64,
    pub unclean_leader_election_enable: bool,
}

impl TopicConfig {
    fn from_values(values: &BTreeMap<&'static str, Value>) -> TopicConfig {
        let v = Typed(values);
        let policy = v.list("cleanup.policy");
        TopicConfig {
            compact: policy.iter().any(|one| one == "compact"),
            delete: policy.iter().any(|one| one == "delete"),
            compression_gzip_level: v.int("compression.gzip.level"),
            compression_lz4_level: v.int("compression.lz4.level"),
            compression_zstd_level: v.int("compression.zstd.level"),
            compression_type: v.text("compression.type"),
            delete_retention_ms: v.long("delete.retention.ms"),
            file_delete_delay_ms: v.long("file.delete.delay.ms"),
            flush_messages: v.long("flush.messages"),
            flush_ms: v.long("flush.ms"),
            follower_replication_throttled_replicas: v.list("follower.replication.throttled.replicas"),
            index_interval_bytes: v.int("index.interval.bytes"),
            leader_replication_throttled_replicas: v.list("leader.replication.throttled.replicas"),
            max_compaction_lag_ms: v.long("max.compaction.lag.ms"),
            max_message_bytes: v.int("max.message.bytes"),
            message_downconversion_enable: v.flag("message.downconversion.enable"),
            message_timestamp_after_max_ms: v.long("message.timestamp.after.max.ms"),
            message_timestamp_before_max_ms: v.long("message.timestamp.before.max.ms"),
            log_append_time: v.text("message.timestamp.type") == "LogAppendTime",
            min_cleanable_dirty_ratio: v.double("min.cleanable.dirty.ratio"),
            min_compaction_lag_ms: v.long("min.compaction.lag.ms"),
            min_insync_replicas: v.int("min.insync.replicas"),
            preallocate: v.flag("preallocate"),
            retention_bytes: v.long("retention.bytes"),
            retention_ms: v.long("retention.ms"),
            segment_bytes: v.int("segment.bytes"),
            segment_index_bytes: v.int("segment.index.bytes"),
            segment_jitter_ms: v.long("segment.jitter.ms"),
            segment_ms: v.long("segment.ms"),
            unclean_leader_election_enable: v.flag("unclean.leader.election.enable"),
        }
    }
}

impl Default for TopicConfig {
    /// Kafka's defaults.
    fn default() -> TopicConfig {
        TopicConfig::from_values(&TopicDefaults::of_kafka().values)
    }
}

/// Typed access to checked values that all have defaults.
struct Typed<'a>(&'a BTreeMap<&'static str, Value>);

impl Typed<'_> {
    fn long(&self, name: &str) -> i64 {
        match self.0.get(name) {
            Some(Value::Integer(n)) => *n,
            other => unreachable!("{name} is {other:?}, not a whole number"),
        }
    }

    fn int(&self, name: &str) -> i32 {
        i32::try_from(self.long(name)).unwrap_or_else(|_| unreachable!("{name} has more than 32 bits"))
    }

    fn double(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Value::Double(x)) => *x,
            other => unreachable!("{name} is {other:?}, not a fraction"),
        }
    }

    fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Boolean(b)) => *b,
            other => unreachable!("{name} is {other:?}, not a truth value"),
        }
    }

    fn text(&self, name: &str) -> String {
        self.0.get(name).map(ToString::to_string).unwrap_or_default()
    }

    fn list(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::List(list)) => list.clone(),
            other => unreachable!("{name} is {other:?}, not a list"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broker_table::BROKER, properties::Properties};

    fn defaults(text: &str) -> TopicDefaults {
        let properties = Properties::parse(text.as_bytes()).unwrap();
        TopicDefaults::of_broker(&Settings::check("f", &[BROKER], &properties).unwrap())
    }

    #[test]
    fn every_synonym_is_a_broker_setting_of_the_same_type() {
        for topic in TOPIC {
            for (name, _) in broker_synonyms(topic.name) {
                let broker = find(BROKER, name).unwrap_or_else(|| panic!("{name}"));
                let wide = |kind| {
                    if kind == crate::definition::Kind::Int { crate::definition::Kind::Long } else { kind }
                };
                assert_eq!(wide(broker.kind), wide(topic.kind), "{name}");
            }
        }
    }

    #[test]
    fn a_plain_broker_gives_kafkas_defaults() {
        assert_eq!(defaults("").with_overrides([]).unwrap(), TopicConfig::default());
        assert_eq!(TopicConfig::default().retention_ms, 604_800_000);
    }

    #[test]
    fn times_have_precedence_ms_minutes_hours() {
        let retention = |text: &str| defaults(text).with_overrides([]).unwrap().retention_ms;
        assert_eq!(retention("log.retention.hours=2"), 7_200_000);
        assert_eq!(retention("log.retention.hours=2\nlog.retention.minutes=3"), 180_000);
        assert_eq!(retention("log.retention.minutes=3\nlog.retention.ms=4"), 4);
    }

    #[test]
    fn overrides_are_checked_as_kafka_checks_them() {
        let defaults = defaults("");
        let config = validate([("retention.ms", "777"), ("cleanup.policy", "compact,delete")], &defaults).unwrap();
        assert!(config.compact && config.delete && config.retention_ms == 777);
        let error = |name, value| validate([(name, value)], &defaults).unwrap_err().to_string();
        assert_eq!(error("no.such", "1"), "Unknown topic config name: no.such");
        assert_eq!(
            error("retention.ms", "abc"),
            "Invalid value abc for configuration retention.ms: Not a number of type LONG"
        );
        assert_eq!(
            validate([("min.compaction.lag.ms", "5"), ("max.compaction.lag.ms", "4")], &defaults)
                .unwrap_err()
                .to_string(),
            "conflict topic config setting min.compaction.lag.ms (5) > max.compaction.lag.ms (4)"
        );
    }

    #[test]
    fn the_old_timestamp_limit_counts_for_both_directions() {
        let config = defaults("log.message.timestamp.difference.max.ms=9").with_overrides([]).unwrap();
        assert_eq!((config.message_timestamp_before_max_ms, config.message_timestamp_after_max_ms), (9, 9));
        let config = defaults("").with_overrides([(OLD_LIMIT, "5"), ("message.timestamp.after.max.ms", "6")]).unwrap();
        assert_eq!((config.message_timestamp_before_max_ms, config.message_timestamp_after_max_ms), (5, 6));
    }
}
