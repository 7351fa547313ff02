//! Pure: from what was typed to what is measured.

use super::args::SharePerfArgs;
use crate::{
    access::properties,
    era::Era,
    options::{Opt, UsageError, refuse_together, renamed::warnings},
};
use rkafka_client::Properties;

/// The most consumers of one run: each has connections of its own.
const MAX_CONSUMERS: i32 = 1_000;

/// What is meant.
#[derive(Debug)]
pub struct Plan {
    /// Lines of which the user is to hear first.
    pub notices: Vec<String>,
    pub topic: String,
    pub records: u64,
    /// How long to wait for a record.
    pub timeout_ms: i64,
    pub interval_ms: i64,
    pub detailed: bool,
    pub each_consumer: bool,
    pub header: bool,
    pub print_metrics: bool,
    pub date_format: String,
    pub config_file: Option<String>,
    pub consumers: usize,
    own: Properties,
    typed: Properties,
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &SharePerfArgs) -> Result<Plan, UsageError> {
        if !args.topic.is_given() {
            return Err(UsageError::missing(&args.topic));
        }
        if !args.bootstrap_server.is_given() {
            return Err(UsageError::missing(&args.bootstrap_server));
        }
        if args.messages.is_given() == args.num_records.is_given() {
            let text = "Exactly one of the following arguments is required: [messages], [num-records]";
            return Err(UsageError::Rule(text.to_owned()));
        }
        refuse_together(&args.consumer_config, &[&args.command_config])?;
        let notices = warnings(
            // There is no such tool before 4.1, and so no other era to speak as.
            Era::V4_4,
            |old, new| format!("Warning: {old} is deprecated. Use {new} instead."),
            &[(&args.messages, &args.num_records), (&args.consumer_config, &args.command_config)],
        );
        let interval_ms = args.reporting_interval.value()?.unwrap_or_default();
        if interval_ms < 0 {
            let (option, value) = (args.reporting_interval.name().to_owned(), interval_ms.to_string());
            return Err(UsageError::Unparsable { option, letter: None, value, kind: "Long" });
        }
        if interval_ms == 0 {
            return Err(UsageError::Unusable("Reporting interval must be greater than 0.".to_owned()));
        }
        let consumers = args.threads.value()?.unwrap_or_default();
        if !(1..=MAX_CONSUMERS).contains(&consumers) {
            let text = format!("--threads {consumers}: there can be 1 to {MAX_CONSUMERS} consumers");
            return Err(UsageError::Unusable(text));
        }
        let own = [
            ("bootstrap.servers", args.bootstrap_server.required()?),
            ("group.id", args.group.value()?.unwrap_or_default()),
            ("receive.buffer.bytes", args.socket_buffer_size.value()?.unwrap_or_default().to_string()),
            ("fetch.max.bytes", args.fetch_size.value()?.unwrap_or_default().to_string()),
            ("check.crcs", "false".to_owned()),
        ];
        Ok(Plan {
            notices,
            topic: args.topic.required()?,
            records: u64::try_from(args.num_records.value_or(&args.messages)?.unwrap_or_default()).unwrap_or(0),
            timeout_ms: args.timeout.value()?.unwrap_or_default(),
            interval_ms,
            detailed: args.show_detailed_stats.is_given(),
            each_consumer: args.show_consumer_stats.is_given(),
            header: !args.hide_header.is_given(),
            print_metrics: args.print_metrics.is_given(),
            date_format: args.date_format.value()?.unwrap_or_default(),
            config_file: args.command_config.value_or(&args.consumer_config)?,
            consumers: usize::try_from(consumers).unwrap_or(1),
            own: own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            typed: properties::parse(args.command_property.values()),
        })
    }

    /// The properties of a consumer, counted from 0: `file` is what the properties file holds. As in Kafka's tool, options
    /// and their defaults go before the file.
    pub fn consumer(&self, file: &Properties, number: usize) -> Properties {
        let mut all = properties::below(properties::below(file.clone(), &self.typed), &self.own);
        let client_id = all.remove("client.id").unwrap_or_else(|| "perf-share-consumer-client".to_owned());
        let client_id = if self.consumers == 1 { client_id } else { format!("{client_id}-{}", number + 1) };
        all.insert("client.id".to_owned(), client_id);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: SharePerfArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn consumers_and_their_properties() {
        let one = plan("--bootstrap-server a:1 --topic t --num-records 5 --fetch-size 9").unwrap();
        assert_eq!((one.records, one.timeout_ms, one.notices.len()), (5, 10_000, 0));
        let all: Vec<String> =
            one.consumer(&Properties::new(), 0).iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            all.join(" "),
            "bootstrap.servers=a:1 check.crcs=false client.id=perf-share-consumer-client fetch.max.bytes=9 \
             group.id=perf-share-consumer receive.buffer.bytes=2097152"
        );
        let two = plan("--bootstrap-server a:1 --topic t --messages 5 --threads 2 --command-property client.id=c");
        let two = two.unwrap();
        assert_eq!(two.consumer(&Properties::new(), 1)["client.id"], "c-2");
        assert_eq!(two.notices, ["Warning: --messages is deprecated. Use --num-records instead."]);
    }

    #[test]
    fn refusals() {
        assert_eq!(plan("--num-records 5").unwrap_err(), "Missing required argument \"[topic]\"");
        let error = |line: &str| plan(&format!("--bootstrap-server a:1 --topic t {line}")).unwrap_err();
        let one_of = "Exactly one of the following arguments is required: [messages], [num-records]";
        assert_eq!((error(""), error("--messages 5 --num-records 5")), (one_of.to_owned(), one_of.to_owned()));
        let both = error("--messages 5 --command-config a --consumer.config b");
        assert_eq!(both, "Option \"[consumer.config]\" can't be used with option \"[command-config]\"");
        assert!(error("--num-records 5 --threads 0").contains("there can be 1 to 1000 consumers"));
        assert_eq!(error("--num-records 5 --reporting-interval 0"), "Reporting interval must be greater than 0.");
    }
}
