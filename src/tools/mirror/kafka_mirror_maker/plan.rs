//! What can be typed for `kafka-mirror-maker`, and what is meant by it.

use crate::options::{Flag, Once, Opt, UsageError};
use clap::{ArgAction::SetTrue, Args};
use rkafka_client::Properties;

#[derive(Debug, Args)]
#[command(about = "Copy topics from one cluster to another, as long as it runs")]
pub struct MirrorArgs {
    #[arg(
        long = "consumer.config",
        value_name = "String: config file",
        help = "REQUIRED: a properties file for the consumers of the source cluster."
    )]
    pub consumer_config: Once<String>,
    #[arg(
        long = "producer.config",
        value_name = "String: config file",
        help = "REQUIRED: a properties file for the producer to the target cluster."
    )]
    pub producer_config: Once<String>,
    #[arg(long = "new.consumer", action = SetTrue, help = "DEPRECATED: there is no other.")]
    pub new_consumer: Flag,
    #[arg(
        long = "num.streams",
        value_name = "Integer: Number of threads",
        default_value = "1",
        help = "How many consumers."
    )]
    pub num_streams: Once<i32>,
    #[arg(long, value_name = "String: Java regex (String)", help = "DEPRECATED, use --include.")]
    pub whitelist: Once<String>,
    #[arg(long, value_name = "String: Java regex (String)", help = "The topics to copy.")]
    pub include: Once<String>,
    #[arg(
        long = "offset.commit.interval.ms",
        value_name = "Integer: offset commit interval in millisecond",
        default_value = "60000",
        help = "How often what was written is committed in the source cluster."
    )]
    pub offset_commit_interval_ms: Once<i32>,
    #[arg(
        long = "consumer.rebalance.listener",
        value_name = "String: A custom rebalance listener of type ConsumerRebalanceListener",
        help = "A class of Java, which cannot be loaded here."
    )]
    pub consumer_rebalance_listener: Once<String>,
    #[arg(
        long = "rebalance.listener.args",
        value_name = "String: Arguments passed to custom rebalance listener constructor as a string.",
        help = "What that class is given."
    )]
    pub rebalance_listener_args: Once<String>,
    #[arg(
        long = "message.handler",
        value_name = "String: A custom message handler of type MirrorMakerMessageHandler",
        help = "A class of Java, which cannot be loaded here."
    )]
    pub message_handler: Once<String>,
    #[arg(
        long = "message.handler.args",
        value_name = "String: Arguments passed to message handler constructor.",
        help = "What that class is given."
    )]
    pub message_handler_args: Once<String>,
    #[arg(
        long = "abort.on.send.failure",
        value_name = "String: Stop the entire mirror maker when a send failure occurs",
        default_value = "true",
        help = "Whether a record that cannot be written ends all, or is left out."
    )]
    pub abort_on_send_failure: Once<String>,
}

/// What is meant.
#[derive(Debug)]
pub struct Plan {
    pub consumer_config: String,
    pub producer_config: String,
    pub streams: usize,
    /// An expression for the whole name; `None` if nobody said.
    pub include: Option<String>,
    pub commit_interval_ms: i64,
    pub abort: bool,
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &MirrorArgs) -> Result<Plan, UsageError> {
        let (consumer_config, producer_config) = (args.consumer_config.required()?, args.producer_config.required()?);
        for class in [&args.message_handler, &args.consumer_rebalance_listener] {
            if let Some(name) = class.value()? {
                return Err(UsageError::Unusable(format!(
                    "The class {name} could not be found\nClasses of Java cannot be loaded here: leave --{} out, or run \
                     Apache Kafka's kafka-mirror-maker.sh.",
                    class.name()
                )));
            }
        }
        let abort = args.abort_on_send_failure.text()?.unwrap_or_default();
        let abort = match abort.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => return Err(UsageError::Unusable(format!("For input string: \"{abort}\"\nIt is true or false."))),
        };
        let include = args.include.value_or(&args.whitelist)?;
        Ok(Plan {
            consumer_config,
            producer_config,
            streams: usize::try_from(args.num_streams.value()?.unwrap_or(1)).unwrap_or(0),
            include: include.map(|text| pattern(&text)),
            commit_interval_ms: args.offset_commit_interval_ms.value()?.unwrap_or_default().into(),
            abort,
        })
    }
}

/// The producer's properties, which lose nothing unless the file says otherwise; and whether each record is waited for.
pub fn producer(file: Properties) -> (Properties, bool) {
    let mut all = file;
    let sync = all.remove("producer.type").as_deref() == Some("sync");
    for (key, value) in [
        ("delivery.timeout.ms", i32::MAX.to_string()),
        ("max.block.ms", i64::MAX.to_string()),
        ("acks", "all".to_owned()),
        ("max.in.flight.requests.per.connection", "1".to_owned()),
    ] {
        all.entry(key.to_owned()).or_insert(value);
    }
    (all, sync)
}

/// The properties of the consumer with this number.
pub fn consumer(file: &Properties, number: usize) -> Properties {
    let mut all = file.clone();
    all.entry("enable.auto.commit".into()).or_insert_with(|| "false".into());
    let group = all.get("group.id").cloned().unwrap_or_else(|| "null".to_owned());
    all.insert("client.id".into(), format!("{group}-{number}"));
    all
}

/// As Kafka's tools read lists of topics: a comma stands for "or"; blanks, and quotes around the whole, are dropped.
fn pattern(text: &str) -> String {
    let text = text.trim().replace(',', "|").replace(' ', "");
    text.trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: MirrorArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_copied() {
        let plan = |line: &str| plan(&format!("--consumer.config c --producer.config p {line}")).unwrap();
        let given = plan("--whitelist a,b --num.streams 3 --abort.on.send.failure false");
        assert_eq!((given.include.as_deref(), given.streams, given.abort), (Some("a|b"), 3, false));
        assert_eq!((plan("").include, plan("").commit_interval_ms, plan("").abort), (None, 60_000, true));
        let (properties, sync) = producer(Properties::from([("acks".to_owned(), "1".to_owned())]));
        assert_eq!(
            (properties["acks"].as_str(), properties["delivery.timeout.ms"].as_str(), sync),
            ("1", "2147483647", false)
        );
        let group = Properties::from([("group.id".to_owned(), "g".to_owned())]);
        assert_eq!(consumer(&group, 1)["client.id"], "g-1");
    }

    #[test]
    fn refusals() {
        let error = |line: &str| plan(line).unwrap_err();
        assert_eq!(error("--producer.config p"), "Missing required argument \"[consumer.config]\"");
        let both = "--consumer.config c --producer.config p";
        assert!(error(&format!("{both} --message.handler x.Y")).starts_with("The class x.Y could not be found"));
        assert!(error(&format!("{both} --abort.on.send.failure maybe")).contains("\"maybe\""));
    }
}
