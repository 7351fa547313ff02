//! Pure: the options of the console producer, and what they mean as a producer's properties.

use crate::{
    access::properties,
    options::argv::{Options, UsageError},
    options::flags::{flag, kafka_command, repeated, value},
};
use clap::{Arg, Command};
use rkafka_client::Properties;

/// The line above the table of options.
pub const INTRODUCTION: &str = "This tool helps to read data from standard input and publish it to Kafka.";

/// The names of the one reader there is: today's, and 4.0's.
const LINE_READERS: [&str; 2] =
    ["kafka.tools.ConsoleProducer$LineMessageReader", "org.apache.kafka.tools.LineMessageReader"];

/// Options that stand for one of the producer's properties, with their defaults here, which are not the producer's own.
/// Those without a default leave sizes to the producer and the system, which suit them to the load (Kafka's tool has 16384
/// for batches and 102400 for the socket's buffer), and the number of retries to `delivery.timeout.ms`: Kafka's three lose
/// messages when a topic was created a moment ago.
const MERGED: [(&str, &str, Option<&str>); 11] = [
    ("linger.ms", "timeout", Some("1000")),
    ("acks", "request-required-acks", Some("-1")),
    ("request.timeout.ms", "request-timeout-ms", Some("1500")),
    ("retries", "message-send-max-retries", None),
    ("retry.backoff.ms", "retry-backoff-ms", Some("100")),
    ("send.buffer.bytes", "socket-buffer-size", None),
    ("buffer.memory", "max-memory-bytes", Some("33554432")),
    ("batch.size", "batch-size", None),
    ("batch.size", "max-partition-memory-bytes", None),
    ("metadata.max.age.ms", "metadata-expiry-ms", Some("300000")),
    ("max.block.ms", "max-block-ms", Some("60000")),
];

/// The tool's options.
pub fn command() -> Command {
    kafka_command("console-producer", "Read lines from standard input and write them to a topic")
        .args(destination())
        .args(producing())
        .args(reading())
        .args(of_0_8())
}

/// Where the messages go, and how.
fn destination() -> [Arg; 5] {
    [
        value("topic", "String: topic", "REQUIRED: the topic to write to."),
        value(
            "bootstrap-server",
            "String: server to connect to",
            "REQUIRED (unless --broker-list is given): brokers to start from, HOST1:PORT1,HOST2:PORT2.",
        ),
        value(
            "broker-list",
            "String: broker-list",
            "DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.",
        ),
        flag(
            "sync",
            "Wait for the answer to each message before the next one is sent; the first failure ends the tool.",
        ),
        value(
            "compression-codec",
            "String: compression-codec",
            "How batches are compressed: none, gzip, snappy, lz4 or zstd. Without a value: gzip.",
        )
        .num_args(0..=1),
    ]
}

/// What the producer is told.
fn producing() -> [Arg; 11] {
    [
        value(
            "batch-size",
            "Integer: size",
            "Bytes of one batch when sending is not synchronous. --max-partition-memory-bytes replaces it.",
        ),
        value("message-send-max-retries", "Integer", "How often a message that could not be delivered is sent again."),
        value("retry-backoff-ms", "Long", "Milliseconds between two tries."),
        value(
            "timeout",
            "Long: timeout_ms",
            "Milliseconds that a message may wait for others to fill its batch; the producer's linger.ms.",
        ),
        value(
            "request-required-acks",
            "String: request required acks",
            "Which replicas must have a message before it counts as delivered: 0, 1, or -1 (all).",
        ),
        value("request-timeout-ms", "Integer: request timeout ms", "Milliseconds to wait for a broker's answer."),
        value(
            "metadata-expiry-ms",
            "Long: metadata expiration interval",
            "Milliseconds after which the cluster's metadata is asked for again; the producer's metadata.max.age.ms.",
        ),
        value(
            "max-block-ms",
            "Long: max block on send",
            "Milliseconds that one message may wait for metadata or for room in the buffer.",
        ),
        value(
            "max-memory-bytes",
            "Long: total memory in bytes",
            "Bytes of messages that may wait to be sent; the producer's buffer.memory.",
        ),
        value(
            "max-partition-memory-bytes",
            "Integer: memory in bytes per partition",
            "Bytes of one batch; the producer's batch.size.",
        ),
        value("socket-buffer-size", "Integer: size", "Bytes of the TCP send buffer; the producer's send.buffer.bytes."),
    ]
}

/// How lines are read, and whatever else the producer is told.
fn reading() -> [Arg; 5] {
    [
        value("line-reader", "String: reader_class", "The class that reads standard input, one message a line.")
            .default_value(LINE_READERS[0]),
        repeated(
            "property",
            "String: prop",
            "A key=value pair for the reader of lines, may be repeated: parse.key, key.separator, parse.headers, \
             headers.delimiter, headers.separator, headers.key.separator, ignore.error, null.marker.",
        ),
        value(
            "reader-config",
            "String: config file",
            "A properties file for the reader of lines; --property goes before it.",
        ),
        repeated("producer-property", "String: producer_prop", "A key=value pair for the producer, may be repeated."),
        value(
            "producer.config",
            "String: config file",
            "A properties file for the producer; --producer-property goes before it.",
        ),
    ]
}

/// Options of 0.8.2 that mean nothing to today's producer. They are taken, so that scripts of then go on to work.
fn of_0_8() -> [Arg; 6] {
    const OLD: &str = "Of times before 0.9, without effect.";
    [
        flag("new-producer", OLD),
        value("queue-size", "Integer: queue_size", OLD),
        value("queue-enqueuetimeout-ms", "Integer: queue enqueuetimeout ms", OLD),
        value("metadata-fetch-timeout-ms", "Long: metadata fetch timeout", OLD),
        value("key-serializer", "String: encoder_class", OLD),
        value("value-serializer", "String: encoder_class", OLD),
    ]
    .map(|option| option.hide(true))
}

/// What was typed, apart from the files that it names.
#[derive(Debug)]
pub struct Typed {
    pub topic: String,
    pub sync: bool,
    pub producer_config: Option<String>,
    pub reader_config: Option<String>,
    producer_properties: Properties,
    reader_properties: Properties,
    bootstrap_servers: String,
    compression: String,
    /// Property, value, whether it was typed.
    merged: Vec<(&'static str, String, bool)>,
}

/// Refuses a command line without brokers, which Kafka does before it looks at anything else.
pub fn check_brokers_given(options: &Options) -> Result<(), UsageError> {
    let given = ["bootstrap-server", "broker-list", "help", "version"].iter().any(|name| options.has(name));
    if given { Ok(()) } else { Err(UsageError::Rule("Missing required option(s) [bootstrap-server]".into())) }
}

impl Typed {
    /// Understands the options as far as no file is needed.
    pub fn read(options: &Options) -> Result<Typed, UsageError> {
        let text = |name: &str| options.value(name).map(|value| value.map(str::to_owned));
        let topic = options.required("topic")?.to_owned();
        let servers = match options.value("bootstrap-server")? {
            Some(servers) => Some(servers),
            None => options.value("broker-list")?,
        };
        let bootstrap_servers = servers.unwrap_or_default().to_owned();
        if !bootstrap_servers.split(',').all(has_port) {
            return Err(UsageError::Rule("Please provide valid host:port like host1:9091,host2:9092\n ".into()));
        }
        let reader = options.value("line-reader")?.unwrap_or_default();
        if !LINE_READERS.contains(&reader) {
            return Err(UsageError::Rule(format!(
                "The class {reader} cannot be loaded: the reader here is {}.",
                LINE_READERS[0]
            )));
        }
        Ok(Typed {
            topic,
            sync: options.has("sync"),
            producer_config: text("producer.config")?,
            reader_config: text("reader-config")?,
            producer_properties: properties::parse(options.values("producer-property")),
            reader_properties: properties::parse(options.values("property")),
            bootstrap_servers,
            compression: compression(options)?,
            merged: merged(options)?,
        })
    }

    /// The producer's properties: `file` is what `--producer.config` holds.
    pub fn producer(&self, file: Properties) -> Properties {
        let mut properties = file;
        properties.extend(self.producer_properties.clone());
        properties.insert("bootstrap.servers".into(), self.bootstrap_servers.clone());
        properties.insert("compression.type".into(), self.compression.clone());
        properties.entry("client.id".into()).or_insert_with(|| "console-producer".into());
        for (name, value, typed) in &self.merged {
            if *typed || !properties.contains_key(*name) {
                properties.insert((*name).to_owned(), value.clone());
            }
        }
        properties
    }

    /// The reader's properties: `file` is what `--reader-config` holds.
    pub fn reader(&self, file: Properties) -> Properties {
        let mut properties = file;
        properties.extend(self.reader_properties.clone());
        properties
    }
}

fn compression(options: &Options) -> Result<String, UsageError> {
    let codec = options.value("compression-codec")?.filter(|codec| !codec.is_empty());
    let default = if options.has("compression-codec") { "gzip" } else { "none" };
    Ok(codec.unwrap_or(default).to_owned())
}

fn merged(options: &Options) -> Result<Vec<(&'static str, String, bool)>, UsageError> {
    let mut merged = Vec::with_capacity(MERGED.len());
    for (property, option, default) in MERGED {
        if option != "request-required-acks" {
            options.parsed::<i64>(option)?;
        }
        let typed = options.value(option)?;
        if let Some(value) = typed.or(default) {
            merged.push((property, value.to_owned(), typed.is_some()));
        }
    }
    Ok(merged)
}

/// Whether an address ends in a port.
fn has_port(address: &str) -> bool {
    address.trim().rsplit_once(':').is_some_and(|(_, port)| port.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Typed, UsageError> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let options = Options::parse(&command(), &args)?;
        check_brokers_given(&options)?;
        Typed::read(&options)
    }

    fn property(line: &str, name: &str) -> String {
        let file = Properties::from([("acks".to_owned(), "1".to_owned()), ("client.id".to_owned(), "me".to_owned())]);
        typed(line).unwrap().producer(file)[name].clone()
    }

    #[test]
    fn options_go_before_files_and_files_before_defaults() {
        let base = "--bootstrap-server a:1 --broker-list b:2 --topic t";
        assert_eq!(property(base, "bootstrap.servers"), "a:1");
        assert_eq!(property("--broker-list b:2 --topic t", "bootstrap.servers"), "b:2");
        assert_eq!(property(base, "acks"), "1");
        assert_eq!(property(&format!("{base} --request-required-acks 0"), "acks"), "0");
        assert_eq!(property(&format!("{base} --producer-property acks=all"), "acks"), "all");
        assert_eq!(property(base, "client.id"), "me");
        assert_eq!(property(&format!("{base} --new-producer --queue-size 5"), "client.id"), "me");
        assert_eq!(property(base, "linger.ms"), "1000");
        assert_eq!(property(&format!("{base} --batch-size 10"), "batch.size"), "10");
        assert_eq!(property(&format!("{base} --batch-size 10 --max-partition-memory-bytes 20"), "batch.size"), "20");
        assert_eq!(property(base, "compression.type"), "none");
        assert_eq!(property(&format!("{base} --compression-codec"), "compression.type"), "gzip");
        assert_eq!(property(&format!("{base} --compression-codec=zstd"), "compression.type"), "zstd");
    }

    #[test]
    fn refusals() {
        for (line, message) in [
            ("--topic t", "Missing required option(s) [bootstrap-server]"),
            ("--bootstrap-server a:1", "Missing required argument \"[topic]\""),
            ("--bootstrap-server a --topic t", "Please provide valid host:port like host1:9091,host2:9092\n "),
            ("--bootstrap-server a:1 --topic t --timeout x", "Cannot parse argument 'x' of option timeout"),
        ] {
            assert_eq!(typed(line).unwrap_err().to_string(), message, "{line}");
        }
        let error = typed("--bootstrap-server a:1 --topic t --line-reader no.Such").unwrap_err();
        assert!(error.to_string().contains("no.Such"));
    }
}
