//! Pure: what DescribeConfigs tells of a topic's or a broker's settings: each value, where it comes from, and what stands
//! behind it (`ConfigHelper`, KIP-226).

use super::{
    definition::{Definition, Kind, find},
    settings::Settings,
    topic::{TopicDefaults, broker_synonyms},
    topic_table::TOPIC,
};
use std::collections::BTreeMap;

/// Settings that were changed at run time: name to value, as ZooKeeper keeps them.
pub type Overrides = BTreeMap<String, String>;

/// Where a value comes from, with the numbers of `DescribeConfigsResponse.ConfigSource`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum Source {
    Topic = 1,
    DynamicBroker = 2,
    DynamicDefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
}

/// A broker's settings in layers, the strongest first.
#[derive(Clone, Copy)]
pub struct BrokerLayers<'a> {
    /// `/config/brokers/<id>`.
    pub dynamic: &'a Overrides,
    /// `/config/brokers/<default>`.
    pub dynamic_default: &'a Overrides,
    /// The properties file, over Kafka's defaults.
    pub file: &'a Settings,
}

/// One setting as it is described.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    pub name: String,
    /// `None`: no value, or one that must not be shown.
    pub value: Option<String>,
    pub source: Source,
    pub read_only: bool,
    pub is_sensitive: bool,
    /// All values that were given, the one in force first.
    pub synonyms: Vec<Synonym>,
    /// `None`: a name that Kafka does not know.
    pub kind: Option<Kind>,
    pub doc: &'static str,
}

/// A value that stands, or would stand, for a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    pub name: String,
    pub value: Option<String>,
    pub source: Source,
}

/// Settings of the same meaning in other units, the strongest first (`DynamicBrokerConfig.brokerConfigSynonyms`).
const UNIT_FAMILIES: &[&[&str]] = &[
    &["log.roll.ms", "log.roll.hours"],
    &["log.roll.jitter.ms", "log.roll.jitter.hours"],
    &["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
    &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
];

impl BrokerLayers<'_> {
    /// The settings in force.
    pub fn effective(&self) -> Settings {
        self.file.overlaid(self.dynamic_default).overlaid(self.dynamic)
    }

    /// All values given for `name` and its other units, the strongest first.
    fn synonyms(&self, name: &str, is_sensitive: bool) -> Vec<Synonym> {
        let family = UNIT_FAMILIES.iter().find(|family| family.contains(&name)).copied();
        let own = [name];
        let names = family.unwrap_or(&own);
        let mut found = Vec::new();
        let mut add = |source: Source, value_of: &dyn Fn(&str) -> Option<String>| {
            for name in names {
                if let Some(value) = value_of(name) {
                    let value = Some(value).filter(|_| !is_sensitive);
                    found.push(Synonym { name: (*name).to_owned(), value, source });
                }
            }
        };
        add(Source::DynamicBroker, &|name| self.dynamic.get(name).cloned());
        add(Source::DynamicDefaultBroker, &|name| self.dynamic_default.get(name).cloned());
        add(Source::StaticBroker, &|name| self.file.given(name).map(|given| given.value.to_string()));
        add(Source::Default, &|name| self.file.definition(name).and_then(Definition::preset_text).map(str::to_owned));
        // Kafka starts at the first that has the very name, whatever stands before it.
        let start = found.iter().position(|synonym| synonym.name == name).unwrap_or(found.len());
        found.split_off(start)
    }
}

/// All settings of a topic whose own ones are `overrides`, in the order in which Apache Kafka 3.9.1 sends them: what
/// `kafka-topics --describe` prints depends on it.
pub fn topic(overrides: &Overrides, broker: BrokerLayers<'_>) -> Vec<Described> {
    let defaults = TopicDefaults::of_broker(&broker.effective());
    let definitions = TOPIC_ORDER.iter().filter_map(|name| find(TOPIC, name));
    definitions.map(|definition| topic_setting(definition, overrides, broker, &defaults)).collect()
}

fn topic_setting(
    definition: &'static Definition,
    overrides: &Overrides,
    broker: BrokerLayers<'_>,
    defaults: &TopicDefaults,
) -> Described {
    let name = definition.name;
    let is_sensitive = definition.is_sensitive();
    let own = overrides.get(name).map(|text| definition.parse(text).map_or(text.clone(), |value| value.to_string()));
    let value = own.clone().or_else(|| defaults.value(name).map(ToString::to_string));
    let value = value.filter(|_| !is_sensitive);
    let mut synonyms = match broker_synonyms(name).first() {
        Some((first, _)) => broker.synonyms(first, is_sensitive),
        None => Vec::new(),
    };
    if own.is_some() {
        synonyms.insert(0, Synonym { name: name.to_owned(), value: value.clone(), source: Source::Topic });
    }
    Described {
        name: name.to_owned(),
        value,
        source: synonyms.first().map_or(Source::Default, |first| first.source),
        read_only: false,
        is_sensitive,
        synonyms,
        kind: Some(definition.kind),
        doc: definition.doc,
    }
}

/// All settings of a broker; those of its file that Kafka does not know are named, but not shown.
pub fn broker(layers: BrokerLayers<'_>) -> Vec<Described> {
    let effective = layers.effective();
    let known = layers.file.definitions().filter(|definition| !INTERNAL.contains(&definition.name));
    let known = known.map(|definition| broker_setting(definition.name, &effective, layers));
    let mut unknown: Vec<Described> = Vec::new();
    let dynamic = layers.dynamic.keys().map(|name| (name, Source::DynamicBroker));
    let shared = layers.dynamic_default.keys().map(|name| (name, Source::DynamicDefaultBroker));
    let file = layers.file.unknown().iter().map(|entry| (&entry.key, Source::StaticBroker));
    for (name, source) in dynamic.chain(shared).chain(file) {
        if layers.file.definition(name).is_none() && unknown.iter().all(|other| other.name != *name) {
            unknown.push(unknown_setting(name, source));
        }
    }
    known.chain(unknown).collect()
}

/// The settings that all brokers share by a change at run time (the resource of the empty name).
pub fn broker_default(layers: BrokerLayers<'_>) -> Vec<Described> {
    let effective = layers.file.overlaid(layers.dynamic_default);
    let shared = layers.dynamic_default.keys().map(|name| {
        let mut described = broker_setting(name, &effective, layers);
        described.synonyms.retain(|synonym| synonym.source == Source::DynamicDefaultBroker);
        described.source = Source::DynamicDefaultBroker;
        described
    });
    shared.collect()
}

fn broker_setting(name: &str, effective: &Settings, layers: BrokerLayers<'_>) -> Described {
    let Some(definition) = layers.file.definition(name) else {
        return unknown_setting(name, Source::DynamicDefaultBroker);
    };
    let is_sensitive = definition.is_sensitive();
    let synonyms = layers.synonyms(name, is_sensitive);
    Described {
        name: name.to_owned(),
        value: effective.text(name).filter(|_| !is_sensitive),
        source: synonyms.first().map_or(Source::Default, |first| first.source),
        read_only: definition.update == super::definition::Update::ReadOnly,
        is_sensitive,
        synonyms,
        kind: Some(definition.kind),
        doc: definition.doc,
    }
}

/// A value under a name that nobody knows may be a secret.
fn unknown_setting(name: &str, source: Source) -> Described {
    let synonym = Synonym { name: name.to_owned(), value: None, source };
    Described {
        name: name.to_owned(),
        value: None,
        source,
        read_only: true,
        is_sensitive: true,
        synonyms: vec![synonym],
        kind: None,
        doc: "",
    }
}

/// Settings that Kafka keeps to itself.
const INTERNAL: &[&str] = &[
    "group.consumer.migration.policy",
    "group.coordinator.new.enable",
    "group.share.enable",
    "log.initial.task.delay.ms",
    "metadata.log.segment.min.bytes",
    "producer.id.expiration.check.interval.ms",
    "remote.log.manager.task.retry.backoff.max.ms",
    "remote.log.manager.task.retry.backoff.ms",
    "remote.log.manager.task.retry.jitter",
    "server.max.startup.time.ms",
    "unclean.leader.election.interval.ms",
    "unstable.api.versions.enable",
    "unstable.feature.versions.enable",
    "zookeeper.metadata.migration.min.batch.size",
];

/// The order of a hash map in Apache Kafka 3.9.1's broker.
const TOPIC_ORDER: &[&str] = &[
    "compression.type",
    "remote.log.delete.on.disable",
    "leader.replication.throttled.replicas",
    "remote.storage.enable",
    "message.downconversion.enable",
    "min.insync.replicas",
    "segment.jitter.ms",
    "remote.log.copy.disable",
    "local.retention.ms",
    "cleanup.policy",
    "flush.ms",
    "follower.replication.throttled.replicas",
    "compression.lz4.level",
    "segment.bytes",
    "retention.ms",
    "compression.gzip.level",
    "flush.messages",
    "compression.zstd.level",
    "message.format.version",
    "max.compaction.lag.ms",
    "file.delete.delay.ms",
    "max.message.bytes",
    "min.compaction.lag.ms",
    "message.timestamp.type",
    "local.retention.bytes",
    "preallocate",
    "min.cleanable.dirty.ratio",
    "index.interval.bytes",
    "unclean.leader.election.enable",
    "retention.bytes",
    "delete.retention.ms",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "segment.ms",
    "message.timestamp.difference.max.ms",
    "segment.index.bytes",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broker_table::BROKER, properties::Properties};

    fn overrides(pairs: &[(&str, &str)]) -> Overrides {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn file(text: &str) -> Settings {
        Settings::check("f", &[BROKER], &Properties::parse(text.as_bytes()).unwrap()).unwrap()
    }

    fn one(all: Vec<Described>, name: &str) -> Described {
        all.into_iter().find(|described| described.name == name).unwrap()
    }

    fn shown(described: &Described) -> Vec<(&str, &str, Source)> {
        let text = |s: &Synonym| s.value.clone().unwrap_or_default();
        described.synonyms.iter().map(|s| (s.name.as_str(), &*text(s).leak(), s.source)).collect()
    }

    #[test]
    fn a_topic_setting_with_all_layers() {
        let file = file("log.segment.bytes=2000\nlog.retention.hours=1");
        let (dynamic, dynamic_default) =
            (overrides(&[("log.segment.bytes", "4000")]), overrides(&[("log.segment.bytes", "3000")]));
        let layers = BrokerLayers { dynamic: &dynamic, dynamic_default: &dynamic_default, file: &file };
        let size = one(topic(&overrides(&[("segment.bytes", "5000")]), layers), "segment.bytes");
        assert_eq!((size.value.as_deref(), size.source, size.kind), (Some("5000"), Source::Topic, Some(Kind::Int)));
        assert_eq!(
            shown(&size),
            [
                ("segment.bytes", "5000", Source::Topic),
                ("log.segment.bytes", "4000", Source::DynamicBroker),
                ("log.segment.bytes", "3000", Source::DynamicDefaultBroker),
                ("log.segment.bytes", "2000", Source::StaticBroker),
                ("log.segment.bytes", "1073741824", Source::Default),
            ]
        );
        let none = overrides(&[]);
        assert_eq!(one(topic(&none, layers), "segment.bytes").value.as_deref(), Some("4000"));
        let retention = one(topic(&none, layers), "retention.ms");
        assert_eq!((retention.value.as_deref(), retention.source), (Some("3600000"), Source::Default));
    }

    #[test]
    fn a_broker_hides_secrets_and_unknown_settings() {
        let file = file("ssl.key.password=p\nmy.secret=s\nnum.partitions=3");
        let none = overrides(&[]);
        let all = broker(BrokerLayers { dynamic: &none, dynamic_default: &none, file: &file });
        assert!(all.iter().all(|described| described.name != "unstable.api.versions.enable"));
        let key = one(all.clone(), "ssl.key.password");
        assert!(key.is_sensitive && key.value.is_none() && key.source == Source::StaticBroker && !key.read_only);
        let custom = one(all.clone(), "my.secret");
        assert!(custom.is_sensitive && custom.value.is_none() && custom.kind.is_none());
        let partitions = one(all, "num.partitions");
        assert!(partitions.read_only);
        let (of_file, preset) = (Source::StaticBroker, Source::Default);
        assert_eq!(shown(&partitions), [("num.partitions", "3", of_file), ("num.partitions", "1", preset)]);
    }

    #[test]
    fn every_topic_setting_is_described() {
        let (file, none) = (file(""), overrides(&[]));
        let all = topic(&none, BrokerLayers { dynamic: &none, dynamic_default: &none, file: &file });
        assert_eq!(all.len(), TOPIC.len());
        for definition in TOPIC {
            let described = one(all.clone(), definition.name);
            assert_eq!((described.kind, described.doc), (Some(definition.kind), definition.doc), "{}", described.name);
            assert_eq!((described.source, described.read_only), (Source::Default, false), "{}", described.name);
            let preset = definition.preset_text().map(|text| definition.parse(text).unwrap().to_string());
            assert_eq!(described.value, preset, "{}", described.name);
        }
    }

    #[test]
    fn shared_broker_settings() {
        let (file, none) = (file(""), overrides(&[]));
        let dynamic_default = overrides(&[("log.cleaner.threads", "2")]);
        let all = broker_default(BrokerLayers { dynamic: &none, dynamic_default: &dynamic_default, file: &file });
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].value.as_deref(), all[0].source), (Some("2"), Source::DynamicDefaultBroker));
    }
}
