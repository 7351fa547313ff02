//! Pure: from a properties file to a [`BrokerConfig`]: synonyms, checks across settings, refusals and warnings.

use super::{
    BrokerConfig, ControlledShutdownSettings, GroupSettings, Listeners, LogSettings, NetworkSettings, OffsetsSettings,
    ReplicaSelector, ReplicationSettings, SecurityProtocol, TopicSettings, TransactionSettings, ZooKeeperSettings,
};
use crate::{
    broker_table::BROKER,
    definition::{Value, split_list},
    properties::{Entry, Properties},
    settings::{ConfigError, Settings},
    topic::TopicDefaults,
};
use rkafka_base::BrokerId;

/// Keys of brokers before 3.0 that still count.
const LEGACY_KEYS: &[&str] = &["host.name", "port", "advertised.host.name", "advertised.port"];

/// Keys of older brokers that mean nothing any more; naming a "nearest" one would mislead.
const RETIRED_KEYS: &[&str] = &[
    "zookeeper.sync.time.ms",
    "log.cleaner.min.cleanable.dirty.ratio",
    "controller.message.queue.size",
    "replica.lag.max.messages",
    "log.delete.delay.ms",
    "quota.producer.default",
    "quota.consumer.default",
];

impl BrokerConfig {
    /// Reads `properties`; `file` is their name in messages.
    pub fn from_properties(file: &str, properties: &Properties) -> Result<BrokerConfig, ConfigError> {
        let properties = with_id_synonyms(properties);
        let settings = Settings::check(file, &[BROKER], &properties)?;
        refuse_unserved(&settings)?;
        let connect = settings.text("zookeeper.connect").filter(|connect| !connect.is_empty());
        let connect = connect.ok_or_else(|| settings.missing("zookeeper.connect"))?;
        let topic_defaults = TopicDefaults::of_broker(&settings);
        let default_topic = topic_defaults.with_overrides([]).map_err(|invalid| ConfigError::Invalid {
            file: file.to_owned(),
            line: 0,
            invalid: Box::new(invalid),
            allowed: None,
        })?;
        let config = BrokerConfig {
            broker_id: BrokerId(settings.int("broker.id")),
            broker_id_generation_enable: settings.flag("broker.id.generation.enable"),
            reserved_broker_max_id: settings.int("reserved.broker.max.id"),
            rack: settings.text("broker.rack"),
            listeners: Listeners::of(&settings)?,
            log_dirs: log_dirs(&settings)?,
            zookeeper: ZooKeeperSettings::of(&settings, connect),
            network: NetworkSettings::of(&settings),
            topics: TopicSettings::of(&settings),
            logs: LogSettings::of(&settings),
            replication: ReplicationSettings::of(&settings),
            groups: GroupSettings::of(&settings),
            offsets: OffsetsSettings::of(&settings),
            transactions: TransactionSettings::of(&settings),
            controlled_shutdown: ControlledShutdownSettings::of(&settings),
            topic_defaults,
            default_topic,
            warnings: warnings(&settings, &properties),
            settings,
        };
        config.check_ids()?;
        config.check_limits()?;
        config.refuse_protected_listeners()?;
        Ok(config)
    }

    fn check_ids(&self) -> Result<(), ConfigError> {
        let id = self.broker_id.0;
        if self.broker_id_generation_enable {
            let allowed = -1..=self.reserved_broker_max_id;
            let reason = "broker.id must be greater than or equal to -1 and not greater than reserved.broker.max.id";
            return if allowed.contains(&id) { Ok(()) } else { Err(self.settings.refuse("broker.id", reason)) };
        }
        let reason = "broker.id must be greater than or equal to 0";
        if id >= 0 { Ok(()) } else { Err(self.settings.refuse("broker.id", reason)) }
    }

    /// Settings that must fit together (`KafkaConfig.validateValues`), worded as there.
    fn check_limits(&self) -> Result<(), ConfigError> {
        let own_ms = self.settings.optional_number("log.retention.ms");
        let (replication, offsets) = (&self.replication, &self.offsets);
        let queued_bytes = self.settings.long("queued.max.request.bytes");
        let rules: [(bool, &str, &str); 6] = [
            (own_ms == Some(0), "log.retention.ms", "must be unlimited (-1) or, greater than or equal to 1"),
            (
                !(-1..=offsets.topic_replication_factor).contains(&offsets.commit_required_acks),
                "offsets.commit.required.acks",
                "must be greater or equal to -1 and less or equal to offsets.topic.replication.factor",
            ),
            (
                replication.fetch_wait_max_ms > replication.socket_timeout_ms,
                "replica.socket.timeout.ms",
                "should always be at least replica.fetch.wait.max.ms to prevent unnecessary socket timeouts",
            ),
            (
                i64::from(replication.fetch_wait_max_ms) > replication.lag_time_max_ms,
                "replica.fetch.wait.max.ms",
                "should always be less than or equal to replica.lag.time.max.ms to prevent frequent changes in ISR",
            ),
            (
                queued_bytes > 0 && queued_bytes < i64::from(self.network.socket_request_max_bytes),
                "queued.max.request.bytes",
                "must be larger or equal to socket.request.max.bytes",
            ),
            (
                !(0..=4).contains(&offsets.topic_compression_codec),
                "offsets.topic.compression.codec",
                "must be 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) or 4 (zstd)",
            ),
        ];
        match rules.into_iter().find(|(broken, ..)| *broken) {
            Some((_, key, reason)) => Err(self.settings.refuse(key, reason)),
            None => Ok(()),
        }
    }

    fn refuse_protected_listeners(&self) -> Result<(), ConfigError> {
        let protected = |one: &&super::Listener| one.protocol != SecurityProtocol::Plaintext;
        match self.listeners.bind.iter().find(protected) {
            None => Ok(()),
            Some(one) => {
                let reason =
                    format!("{one} needs {}, which rkafka does not serve yet; use PLAINTEXT", one.protocol.name());
                Err(self.settings.refuse("listeners", reason))
            }
        }
    }
}

/// `node.id` and `broker.id` stand for one another.
fn with_id_synonyms(properties: &Properties) -> Properties {
    let mut all = properties.clone();
    match (properties.get("broker.id"), properties.get("node.id")) {
        (Some(id), None) => all.set("node.id", id),
        (None, Some(id)) => all.set("broker.id", id),
        _ => (),
    }
    all
}

/// `log.dirs`, or `log.dir`.
fn log_dirs(settings: &Settings) -> Result<Vec<String>, ConfigError> {
    let key = if settings.given("log.dirs").is_some() { "log.dirs" } else { "log.dir" };
    let text = settings.text(key).unwrap_or_default();
    let dirs: Vec<String> = split_list(&text).into_iter().filter(|dir| !dir.is_empty()).collect();
    let mut seen: Vec<&String> = Vec::new();
    for dir in &dirs {
        if seen.contains(&dir) {
            return Err(settings.refuse(key, format!("Duplicate log directory found: {dir}")));
        }
        seen.push(dir);
    }
    match dirs.is_empty() {
        true => Err(settings.refuse(key, "At least one log directory must be defined via log.dirs or log.dir.")),
        false => Ok(dirs),
    }
}

/// Settings whose promise this broker cannot keep stop the start, so that nobody relies on what is not there.
fn refuse_unserved(settings: &Settings) -> Result<(), ConfigError> {
    let on = |key: &str| matches!(settings.given(key).map(|given| &given.value), Some(Value::Boolean(true)));
    let named = |key: &str| settings.given(key).is_some_and(|given| !given.value.to_string().is_empty());
    let rules: [(bool, &str, &str); 11] = [
        (named("process.roles"), "process.roles", "KRaft mode is not served; remove it to run with ZooKeeper"),
        (named("authorizer.class.name"), "authorizer.class.name", "access control lists are not served yet; remove it"),
        (on("zookeeper.set.acl"), "zookeeper.set.acl", "protected znodes are not served yet; set it to false"),
        (on("zookeeper.ssl.client.enable"), "zookeeper.ssl.client.enable", "TLS to ZooKeeper is not served yet"),
        (
            on("zookeeper.metadata.migration.enable"),
            "zookeeper.metadata.migration.enable",
            "the migration to KRaft is not served; remove it",
        ),
        (on("remote.log.storage.system.enable"), "remote.log.storage.system.enable", "remote storage is not served"),
        (named("create.topic.policy.class.name"), "create.topic.policy.class.name", NO_JAVA),
        (named("alter.config.policy.class.name"), "alter.config.policy.class.name", NO_JAVA),
        (named("client.quota.callback.class"), "client.quota.callback.class", NO_JAVA),
        (
            named("replica.selector.class") && ReplicaSelector::of(settings).is_none(),
            "replica.selector.class",
            "Java plug-ins cannot run in rkafka; org.apache.kafka.common.replica.RackAwareReplicaSelector is built in",
        ),
        (
            named("control.plane.listener.name"),
            "control.plane.listener.name",
            "a listener of its own for the controller is not served yet; remove it",
        ),
    ];
    match rules.into_iter().find(|(given, ..)| *given) {
        Some((_, key, reason)) => Err(settings.refuse(key, reason)),
        None => Ok(()),
    }
}

const NO_JAVA: &str = "Java plug-ins cannot run in rkafka; remove it";

fn warnings(settings: &Settings, properties: &Properties) -> Vec<String> {
    let place = |entry: &Entry| match entry.line {
        0 => settings.file().to_owned(),
        line => format!("{}:{line}", settings.file()),
    };
    let unknown = settings.unknown().iter().filter(|entry| !LEGACY_KEYS.contains(&entry.key.as_str()));
    let unknown = unknown.map(|entry| {
        let retired = RETIRED_KEYS.contains(&entry.key.as_str());
        let hint = match settings.nearest(&entry.key).filter(|_| !retired) {
            Some(near) => format!("; did you mean '{near}'?"),
            None => String::new(),
        };
        format!("{}: unknown setting '{}' is ignored{hint}", place(entry), entry.key)
    });
    let repeated = properties.duplicates().into_iter().map(|(first, last)| {
        format!("{}: '{}' is given again in line {}, which counts", place(first), first.key, last.line)
    });
    unknown.chain(repeated).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<BrokerConfig, String> {
        let properties = Properties::parse(format!("zookeeper.connect=z:2181/k\n{text}").as_bytes()).unwrap();
        BrokerConfig::from_properties("s.properties", &properties).map_err(|error| error.to_string())
    }

    #[test]
    fn every_typed_field_has_its_property() {
        let config = load("").unwrap();
        assert_eq!(config.broker_id, BrokerId::NONE);
        assert_eq!(config.log_dirs, ["/tmp/kafka-logs"]);
        assert_eq!((config.zookeeper.session_timeout_ms, config.zookeeper.connection_timeout_ms), (18_000, 18_000));
        assert_eq!(config.network.socket_request_max_bytes, 104_857_600);
        assert_eq!(config.offsets.topic_num_partitions, 50);
        assert!(config.warnings.is_empty());
    }

    #[test]
    fn the_notes_keys() {
        let config = load("broker.id=1\nport=9093\nlog.dir=/tmp/kafka-logs-1\nnode.id=1").unwrap();
        assert_eq!(config.broker_id, BrokerId(1));
        assert_eq!(config.listeners.bind[0].port, 9093);
        assert_eq!(config.log_dirs, ["/tmp/kafka-logs-1"]);
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
        assert_eq!(load("log.dir=/a\nlog.dirs=/b, /c").unwrap().log_dirs, ["/b", "/c"]);
        assert_eq!(load("node.id=7").unwrap().broker_id, BrokerId(7));
    }

    #[test]
    fn warnings_name_place_and_nearest_key() {
        let config = load("log.dris=/x\nbroker.id=1\nbroker.id=2\nzookeeper.sync.time.ms=3").unwrap();
        assert_eq!(
            config.warnings,
            [
                "s.properties:2: unknown setting 'log.dris' is ignored; did you mean 'log.dirs'?",
                "s.properties:5: unknown setting 'zookeeper.sync.time.ms' is ignored",
                "s.properties:3: 'broker.id' is given again in line 4, which counts",
            ]
        );
    }

    #[test]
    fn refusals() {
        for (text, part) in [
            ("broker.id=5000", "s.properties:2: broker.id: broker.id must be greater than or equal to -1 and not"),
            ("broker.id=-1\nbroker.id.generation.enable=false", "broker.id must be greater than or equal to 0"),
            ("log.dirs= ", "At least one log directory must be defined via log.dirs or log.dir."),
            ("log.dirs=/a,/a", "Duplicate log directory found: /a"),
            ("log.retention.ms=0", "must be unlimited (-1) or, greater than or equal to 1"),
            ("offsets.commit.required.acks=9", "must be greater or equal to -1"),
            ("replica.fetch.wait.max.ms=40000", "should always be at least replica.fetch.wait.max.ms"),
            ("queued.max.request.bytes=5", "must be larger or equal to socket.request.max.bytes"),
            ("process.roles=broker", "s.properties:2: process.roles: KRaft mode is not served"),
            ("listeners=PLAINTEXT://:1,SSL://:2", "SSL://:2 needs SSL, which rkafka does not serve yet"),
        ] {
            let error = load(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        let none = BrokerConfig::from_properties("f", &Properties::default()).unwrap_err().to_string();
        assert_eq!(none, "f: Missing required configuration `zookeeper.connect` which has no default value.");
    }
}
