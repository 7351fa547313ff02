//! Pure: what a command line of `kafka-console-producer` means, and a producer's properties that follow from it.

use super::args::ProducerArgs;
use crate::{
    access::properties,
    era::Era,
    options::{
        Asked, Once, Opt, UsageError,
        renamed::{refuse_both, warnings},
    },
    schemas::schema_args::{RegistryEnvironment, SchemaPlan},
};
use rkafka_client::Properties;

/// The names of the one reader there is: today's, and 4.0's.
pub const LINE_READERS: [&str; 2] =
    ["kafka.tools.ConsoleProducer$LineMessageReader", "org.apache.kafka.tools.LineMessageReader"];

/// What one call is to do, apart from what the files say that it names.
#[derive(Debug)]
pub struct Plan {
    /// Lines of which the user is to hear first.
    pub notices: Vec<String>,
    pub topic: String,
    pub sync: bool,
    pub producer_config: Option<String>,
    pub reader_config: Option<String>,
    producer_properties: Properties,
    reader_properties: Properties,
    bootstrap_servers: String,
    compression: String,
    merged: Vec<Merged>,
    pub schemas: SchemaPlan,
}

/// A property of the producer for which there is an option.
#[derive(Debug)]
struct Merged {
    property: &'static str,
    value: String,
    /// It was typed, and so counts more than a file.
    typed: bool,
}

/// Refuses a command line without brokers, which Kafka 3.9 does before it looks at anything else.
pub fn check_brokers_given(args: &ProducerArgs, asked: Asked, era: Era) -> Result<(), UsageError> {
    if era == Era::V4_4
        || args.bootstrap_server.is_given()
        || args.broker_list.is_given()
        || asked.help
        || asked.version
    {
        return Ok(());
    }
    Err(UsageError::missing_option(&args.bootstrap_server))
}

impl Plan {
    /// Understands the options as far as no file is needed.
    pub fn of(args: &ProducerArgs, era: Era, environment: &RegistryEnvironment) -> Result<Plan, UsageError> {
        let topic = args.topic.required()?;
        let reading = &args.reading;
        refuse_both(&[
            (&reading.command_config, &reading.producer_config),
            (&reading.command_property, &reading.producer_property),
            (&reading.reader_property, &reading.property),
        ])?;
        let bootstrap_servers = args.bootstrap_server.value_or(&args.broker_list)?.unwrap_or_default();
        if bootstrap_servers.is_empty() && era == Era::V4_4 {
            return Err(UsageError::Rule("Error while validating the bootstrap address\n ".into()));
        }
        if !bootstrap_servers.split(',').all(has_port) {
            return Err(UsageError::Rule("Please provide valid host:port like host1:9091,host2:9092\n ".into()));
        }
        let reader = reading.line_reader.text()?.unwrap_or_default();
        if !LINE_READERS.contains(&reader) {
            return Err(UsageError::Rule(format!(
                "The class {reader} cannot be loaded: the reader here is {}.",
                LINE_READERS[0]
            )));
        }
        Ok(Plan {
            notices: notices(args, era),
            topic,
            sync: args.sync.is_given(),
            producer_config: reading.command_config.value_or(&reading.producer_config)?,
            reader_config: reading.reader_config.value()?,
            producer_properties: properties::parse(reading.command_property.values_or(&reading.producer_property)),
            reader_properties: properties::parse(reading.reader_property.values_or(&reading.property)),
            bootstrap_servers,
            compression: compression(args)?,
            merged: merged(args)?,
            schemas: SchemaPlan::to_write(&args.schemas, &args.encoding, environment)?,
        })
    }

    /// The producer's properties: `file` is what `--command-config` holds.
    pub fn producer(&self, file: Properties) -> Properties {
        let mut properties = properties::below(file, &self.producer_properties);
        properties.insert("bootstrap.servers".into(), self.bootstrap_servers.clone());
        properties.insert("compression.type".into(), self.compression.clone());
        properties.entry("client.id".into()).or_insert_with(|| "console-producer".into());
        for merged in &self.merged {
            if merged.typed || !properties.contains_key(merged.property) {
                properties.insert(merged.property.to_owned(), merged.value.clone());
            }
        }
        properties
    }

    /// The reader's properties: `file` is what `--reader-config` holds.
    pub fn reader(&self, file: Properties) -> Properties {
        properties::below(file, &self.reader_properties)
    }
}

/// What Kafka 4.4 says of old names.
fn notices(args: &ProducerArgs, era: Era) -> Vec<String> {
    let reading = &args.reading;
    let mut notices = warnings(
        era,
        |old, new| format!("Warning: {old} is deprecated and will be removed in a future version. Use {new} instead."),
        &[
            (&reading.producer_property, &reading.command_property),
            (&reading.producer_config, &reading.command_config),
            (&reading.property, &reading.reader_property),
        ],
    );
    notices.extend(warnings(
        era,
        |old, new| format!("Warning: {old} is deprecated and will be removed in Apache Kafka 5.0. Use {new} instead."),
        &[(&args.producing.max_partition_memory_bytes, &args.producing.batch_size)],
    ));
    notices
}

fn compression(args: &ProducerArgs) -> Result<String, UsageError> {
    let codec = args.compression_codec.text()?.filter(|codec| !codec.is_empty());
    let default = if args.compression_codec.is_given() { "gzip" } else { "none" };
    Ok(codec.unwrap_or(default).to_owned())
}

/// The properties that have options of their own, with their defaults here, which are not the producer's own. Those
/// without a default leave sizes to the producer and the system, which suit them to the load (Kafka's tool has 16384 for
/// batches and 102400 for the socket's buffer), and the number of retries to `delivery.timeout.ms`: Kafka's three lose
/// messages when a topic was created a moment ago.
fn merged(args: &ProducerArgs) -> Result<Vec<Merged>, UsageError> {
    let typed = &args.producing;
    let options = [
        ("linger.ms", number(&typed.timeout)?, Some("1000")),
        ("acks", typed.request_required_acks.text()?, Some("-1")),
        ("request.timeout.ms", number(&typed.request_timeout_ms)?, Some("1500")),
        ("retries", number(&typed.message_send_max_retries)?, None),
        ("retry.backoff.ms", number(&typed.retry_backoff_ms)?, Some("100")),
        ("send.buffer.bytes", number(&typed.socket_buffer_size)?, None),
        ("buffer.memory", number(&typed.max_memory_bytes)?, Some("33554432")),
        ("batch.size", number(&typed.batch_size)?, None),
        ("batch.size", number(&typed.max_partition_memory_bytes)?, None),
        ("metadata.max.age.ms", number(&typed.metadata_expiry_ms)?, Some("300000")),
        ("max.block.ms", number(&typed.max_block_ms)?, Some("60000")),
    ];
    let merged = options.into_iter().filter_map(|(property, given, default)| {
        Some(Merged { property, value: given.or(default)?.to_owned(), typed: given.is_some() })
    });
    Ok(merged.collect())
}

/// The text of an option that must be a number.
fn number(option: &Once<i64>) -> Result<Option<&str>, UsageError> {
    option.value()?;
    option.text()
}

/// Whether an address ends in a port.
fn has_port(address: &str) -> bool {
    address.trim().rsplit_once(':').is_some_and(|(_, port)| port.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    const NOTHING_ASKED: Asked = Asked { help: false, version: false, nothing: false };

    fn plan(line: &str) -> Result<Plan, UsageError> {
        let args = typed(line)?;
        check_brokers_given(&args, NOTHING_ASKED, Era::V3_9)?;
        Plan::of(&args, Era::V3_9, &RegistryEnvironment::default())
    }

    fn property(line: &str, name: &str) -> String {
        let file = Properties::from([("acks".to_owned(), "1".to_owned()), ("client.id".to_owned(), "me".to_owned())]);
        plan(line).unwrap().producer(file)[name].clone()
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
            (
                "--bootstrap-server a:1 --topic t --property a=b --reader-property c=d",
                "Options --reader-property and --property cannot be specified together.",
            ),
            ("--bootstrap-server a:1", "Missing required argument \"[topic]\""),
            ("--bootstrap-server a --topic t", "Please provide valid host:port like host1:9091,host2:9092\n "),
            ("--bootstrap-server a:1 --topic t --timeout x", "Cannot parse argument 'x' of option timeout"),
        ] {
            assert_eq!(plan(line).unwrap_err().to_string(), message, "{line}");
        }
        let error = plan("--bootstrap-server a:1 --topic t --line-reader no.Such").unwrap_err();
        assert!(error.to_string().contains("no.Such"));
    }

    #[test]
    fn new_names_and_old_ones() {
        let old =
            "--bootstrap-server a:1 --topic t --producer-property a=1 --producer.config f --property parse.key=true";
        let new = "--bootstrap-server a:1 --topic t --command-property a=1 --command-config f --reader-property parse.key=true";
        for line in [old, new] {
            let plan = plan(line).unwrap();
            assert_eq!((property(line, "a").as_str(), plan.producer_config.as_deref()), ("1", Some("f")));
            assert_eq!((plan.reader(Properties::new())["parse.key"].as_str(), plan.notices.len()), ("true", 0));
        }
        let in_4_4 = |line: &str| Plan::of(&typed(line).unwrap(), Era::V4_4, &RegistryEnvironment::default());
        let both_sizes = format!("{old} --max-partition-memory-bytes 5");
        assert_eq!(in_4_4(&both_sizes).unwrap().notices.len(), 4);
        assert_eq!(
            in_4_4(&both_sizes).unwrap().notices[3],
            "Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. Use --batch-size \
             instead."
        );
        assert_eq!(in_4_4("--topic t").unwrap_err().to_string(), "Error while validating the bootstrap address\n ");
    }

    #[test]
    fn how_lines_are_read() {
        let base = "--bootstrap-server a:1 --topic t";
        let reading = plan(&format!("{base} --sync --property parse.key=true --reader-config r")).unwrap();
        assert_eq!((reading.sync, reading.reader_config.as_deref(), reading.producer_config), (true, Some("r"), None));
        let file = Properties::from([("parse.key".to_owned(), "false".to_owned())]);
        assert_eq!(plan(base).unwrap().reader(file.clone())["parse.key"], "false");
        let reading = plan(&format!("{base} --property parse.key=true")).unwrap();
        assert_eq!(reading.reader(file)["parse.key"], "true");
        let help = check_brokers_given(&typed("--help").unwrap(), Asked { help: true, ..NOTHING_ASKED }, Era::V3_9);
        assert_eq!(help, Ok(()));
    }
}
