//! Pure: the options of the console consumer, and what they mean as a consumer's properties.

use super::formatter::DEFAULT_CLASS;
use crate::{
    access::properties,
    options::argv::{Options, UsageError},
    options::flags::{flag, kafka_command, repeated, value},
};
use clap::Command;
use rkafka_client::Properties;

/// The line above the table of options.
pub const INTRODUCTION: &str = "This tool helps to read data from Kafka topics and outputs it to standard output.";

/// The tool's options.
pub fn command() -> Command {
    kafka_command("console-consumer", "Read a topic and write its messages to standard output")
        .arg(value("topic", "String: topic", "The topic to read."))
        .arg(value("whitelist", "String: Java regex (String)", "DEPRECATED, use --include. Ignored if --include is given."))
        .arg(value("include", "String: Java regex (String)", "A regular expression: every topic whose whole name matches is read."))
        .arg(value("partition", "Integer: partition", "The one partition to read, from its end unless --offset says otherwise."))
        .arg(value("offset", "String: consume offset",
            "Where to start in the partition: an offset, 'earliest' for its start, 'latest' for its end.").default_value("latest"))
        .arg(repeated("consumer-property", "String: consumer_prop", "A key=value pair for the consumer, may be repeated."))
        .arg(value("consumer.config", "String: config file",
            "A properties file for the consumer; --consumer-property goes before it."))
        .arg(value("formatter", "String: class", "The class that shows messages.").default_value(DEFAULT_CLASS))
        .arg(repeated("property", "String: prop",
            "A key=value pair for the formatter, may be repeated: print.timestamp, print.key, print.offset, print.partition, \
             print.headers, print.value, key.separator, line.separator, headers.separator, null.literal, key.deserializer, \
             value.deserializer, headers.deserializer."))
        .arg(value("formatter-config", "String: config file",
            "A properties file for the formatter; --property goes before it."))
        .arg(flag("from-beginning", "Start with the earliest message if the group has no offset yet, instead of the latest."))
        .arg(value("max-messages", "Integer: num_messages", "End after so many messages."))
        .arg(value("timeout-ms", "Long: timeout_ms", "End if no message comes for so many milliseconds."))
        .arg(flag("skip-message-on-error", "Go on after a message that cannot be shown, instead of ending."))
        .arg(value("bootstrap-server", "String: server to connect to", "REQUIRED: brokers to start from, HOST1:PORT1,HOST2:PORT2."))
        .arg(value("key-deserializer", "String: deserializer for key", "The class that gives keys their text."))
        .arg(value("value-deserializer", "String: deserializer for values", "The class that gives values their text."))
        .arg(flag("enable-systest-events", "Print a line when the consumer has shut down."))
        .arg(value("isolation-level", "String",
            "read_committed hides messages of transactions that are not committed; read_uncommitted shows all.")
            .default_value("read_uncommitted"))
        .arg(value("group", "String: consumer group id", "The consumer group to join. Without one all partitions are read."))
        .arg(value("zookeeper", "String: urls",
            "Of times before 2.0: finds the brokers in ZooKeeper, host:port[,host:port][/chroot].").hide(true))
        .arg(flag("new-consumer", "Of times before 2.0, when there were two consumers.").hide(true))
}

/// Where a named partition is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Earliest,
    Latest,
    At(i64),
}

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Topic(String),
    /// A regular expression for topics.
    Include(String),
    Partition(String, i32, Start),
}

/// What was typed, apart from the files that it names and the numbers that Kafka looks at late.
#[derive(Debug)]
pub struct Typed {
    pub source: Source,
    pub bootstrap_servers: Option<String>,
    pub zookeeper: Option<String>,
    pub consumer_config: Option<String>,
    pub formatter_config: Option<String>,
    pub formatter_class: String,
    pub skip_on_error: bool,
    pub systest_events: bool,
    /// Negative or `None` for "wait for ever".
    pub timeout_ms: Option<i64>,
    group: Option<String>,
    from_beginning: bool,
    isolation_level: (String, bool),
    consumer_properties: Properties,
    formatter_properties: Properties,
}

fn rule<T>(message: impl Into<String>) -> Result<T, UsageError> {
    Err(UsageError::Rule(message.into()))
}

impl Typed {
    /// Understands the options as far as no file is needed.
    pub fn read(options: &Options) -> Result<Typed, UsageError> {
        let text = |name: &str| options.value(name).map(|value| value.map(str::to_owned));
        let source = source(options)?;
        let (bootstrap_servers, zookeeper) = (text("bootstrap-server")?, text("zookeeper")?);
        if bootstrap_servers.is_none() && zookeeper.is_none() {
            return Err(UsageError::missing("bootstrap-server"));
        }
        let mut formatter_properties = properties::parse(options.values("property"));
        for (option, property) in
            [("key-deserializer", "key.deserializer"), ("value-deserializer", "value.deserializer")]
        {
            if let Some(class) = text(option)? {
                formatter_properties.insert(property.to_owned(), class);
            }
        }
        Ok(Typed {
            source,
            bootstrap_servers,
            zookeeper,
            consumer_config: text("consumer.config")?,
            formatter_config: text("formatter-config")?,
            formatter_class: text("formatter")?.unwrap_or_default(),
            skip_on_error: options.has("skip-message-on-error"),
            systest_events: options.has("enable-systest-events"),
            timeout_ms: options.parsed("timeout-ms")?,
            group: text("group")?,
            from_beginning: options.has("from-beginning"),
            isolation_level: (text("isolation-level")?.unwrap_or_default(), options.has("isolation-level")),
            consumer_properties: properties::parse(options.values("consumer-property")),
            formatter_properties,
        })
    }

    /// The consumer's properties: `file` is what `--consumer.config` holds.
    ///
    /// Without a group there is none: Kafka's tool joins a random one, whose coordinator can be out of reach when the
    /// messages are not.
    pub fn consumer(&self, file: &Properties, servers: &str) -> Result<Properties, UsageError> {
        let group = self.group_id(file)?;
        let mut properties = file.clone();
        properties.extend(self.consumer_properties.clone());
        let reset = if self.from_beginning { "earliest" } else { "latest" };
        match properties.get("auto.offset.reset") {
            Some(other) if self.from_beginning && other != "earliest" => {
                return rule(format!(
                    "Can't simultaneously specify --from-beginning and 'auto.offset.reset={other}', please remove one option"
                ));
            }
            Some(_) => {}
            None => drop(properties.insert("auto.offset.reset".into(), reset.into())),
        }
        properties.insert("bootstrap.servers".into(), servers.to_owned());
        properties.entry("client.id".into()).or_insert_with(|| "console-consumer".into());
        let (isolation_level, typed) = &self.isolation_level;
        if *typed || !properties.contains_key("isolation.level") {
            properties.insert("isolation.level".into(), isolation_level.clone());
        }
        if let Some(group) = group {
            properties.insert("group.id".into(), group);
        }
        Ok(properties)
    }

    /// The one group that was named, wherever.
    fn group_id(&self, file: &Properties) -> Result<Option<String>, UsageError> {
        let places = [self.group.as_ref(), file.get("group.id"), self.consumer_properties.get("group.id")];
        let mut ids: Vec<&String> = places.into_iter().flatten().collect();
        ids.sort();
        ids.dedup();
        if ids.len() > 1 {
            let shown: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
            return rule(format!(
                "The group ids provided in different places (directly using '--group', via '--consumer-property', or via \
                 '--consumer.config') do not match. Detected group ids: {}",
                shown.join(", ")
            ));
        }
        if !ids.is_empty() && matches!(self.source, Source::Partition(..)) {
            return rule("Options group and partition cannot be specified together.");
        }
        Ok(ids.first().map(|id| (*id).clone()))
    }

    /// The formatter's properties: `file` is what `--formatter-config` holds.
    pub fn formatter(&self, file: Properties) -> Properties {
        let mut properties = file;
        properties.extend(self.formatter_properties.clone());
        properties
    }

    /// Whether the end is worded as 0.8.2 worded it.
    pub fn speaks_as_0_8(&self) -> bool {
        self.zookeeper.is_some() && self.bootstrap_servers.is_none()
    }
}

fn source(options: &Options) -> Result<Source, UsageError> {
    let include = match options.value("include")? {
        Some(include) => Some(include),
        None => options.value("whitelist")?,
    };
    let partition: Option<i32> = options.parsed("partition")?;
    let source = match (options.value("topic")?, include, partition) {
        (Some(topic), None, Some(partition)) => {
            if options.has("from-beginning") && options.has("offset") {
                return rule("Options from-beginning and offset cannot be specified together.");
            }
            return Ok(Source::Partition(topic.to_owned(), partition, start(options)?));
        }
        (None, Some(_), Some(_)) => return rule("The topic is required when partition is specified."),
        (Some(topic), None, None) => Source::Topic(topic.to_owned()),
        (None, Some(include), None) => Source::Include(include.to_owned()),
        _ => {
            let hint = match options.has("whitelist") {
                true => "--whitelist is DEPRECATED use --include instead; ignored if --include specified.",
                false => "",
            };
            return rule(format!("Exactly one of --include/--topic is required. {hint}"));
        }
    };
    match options.has("offset") {
        true => rule("The partition is required when offset is specified."),
        false => Ok(source),
    }
}

fn start(options: &Options) -> Result<Start, UsageError> {
    if !options.has("offset") {
        return Ok(if options.has("from-beginning") { Start::Earliest } else { Start::Latest });
    }
    let text = options.value("offset")?.unwrap_or_default();
    match text.to_lowercase().as_str() {
        "earliest" => Ok(Start::Earliest),
        "latest" => Ok(Start::Latest),
        _ => match text.parse::<i64>() {
            Ok(offset) if offset >= 0 => Ok(Start::At(offset)),
            _ => rule(format!(
                "The provided offset value '{text}' is incorrect. Valid values are 'earliest', 'latest', or a \
                 non-negative long."
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Typed, UsageError> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Typed::read(&Options::parse(&command(), &args)?)
    }

    fn properties(line: &str) -> Result<Properties, String> {
        let file = Properties::from([("isolation.level".to_owned(), "read_committed".to_owned())]);
        let line = format!("--bootstrap-server a:1 {line}");
        typed(&line).and_then(|typed| typed.consumer(&file, "a:1")).map_err(|error| error.to_string())
    }

    fn refusal(line: &str) -> String {
        properties(line).unwrap_err()
    }

    #[test]
    fn groups_and_resets() {
        let given = properties("--topic t").unwrap();
        assert!(!given.contains_key("group.id"));
        assert_eq!(given["auto.offset.reset"], "latest");
        assert_eq!(given["isolation.level"], "read_committed");
        let given = properties("--topic t --group g --consumer-property group.id=g --from-beginning").unwrap();
        assert_eq!(given["group.id"], "g");
        assert!(!given.contains_key("enable.auto.commit"));
        assert_eq!(given["auto.offset.reset"], "earliest");
        let given = properties("--topic t --isolation-level read_uncommitted").unwrap();
        assert_eq!(given["isolation.level"], "read_uncommitted");
    }

    #[test]
    fn sources() {
        let source = |line: &str| typed(&format!("--bootstrap-server a:1 {line}")).unwrap().source;
        assert_eq!(source("--topic t"), Source::Topic("t".into()));
        assert_eq!(source("--whitelist w"), Source::Include("w".into()));
        assert_eq!(source("--whitelist w --include i"), Source::Include("i".into()));
        assert_eq!(source("--topic t --partition 3"), Source::Partition("t".into(), 3, Start::Latest));
        assert_eq!(source("--topic t --partition 3 --offset 5"), Source::Partition("t".into(), 3, Start::At(5)));
        assert_eq!(
            source("--topic t --partition 3 --offset EARLIEST"),
            Source::Partition("t".into(), 3, Start::Earliest)
        );
        assert_eq!(
            source("--topic t --partition 3 --from-beginning"),
            Source::Partition("t".into(), 3, Start::Earliest)
        );
    }

    #[test]
    fn refusals() {
        for (line, message) in [
            ("--group x", "Exactly one of --include/--topic is required. "),
            ("--topic t --include x", "Exactly one of --include/--topic is required. "),
            ("--topic t --offset 1", "The partition is required when offset is specified."),
            ("--partition 1 --include x", "The topic is required when partition is specified."),
            (
                "--topic t --partition 0 --offset 1 --from-beginning",
                "Options from-beginning and offset cannot be specified together.",
            ),
            ("--topic t --partition 0 --group g", "Options group and partition cannot be specified together."),
            (
                "--topic t --partition 0 --offset -1",
                "The provided offset value '-1' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.",
            ),
            (
                "--topic t --group b --consumer-property group.id=a",
                "The group ids provided in different places (directly using '--group', via '--consumer-property', or via \
                 '--consumer.config') do not match. Detected group ids: 'a', 'b'",
            ),
            (
                "--topic t --from-beginning --consumer-property auto.offset.reset=latest",
                "Can't simultaneously specify --from-beginning and 'auto.offset.reset=latest', please remove one option",
            ),
            ("--topic a --topic b", "Found multiple arguments for option topic, but you asked for only one"),
        ] {
            assert_eq!(refusal(line), message, "{line}");
        }
        assert_eq!(typed("--topic t").unwrap_err().to_string(), "Missing required argument \"[bootstrap-server]\"");
    }
}
