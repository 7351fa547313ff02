//! Pure: from what was typed to what is measured.

use super::args::PerfArgs;
use crate::{
    access::properties,
    era::Era,
    options::{Opt, UsageError, refuse_together, renamed::warnings},
};
use rkafka_client::Properties;

/// What is meant.
#[derive(Debug)]
pub struct Plan {
    /// Lines of which the user is to hear first.
    pub notices: Vec<String>,
    pub source: Source,
    pub messages: u64,
    /// How long to wait for a record.
    pub timeout_ms: i64,
    pub interval_ms: i64,
    pub detailed: bool,
    pub header: bool,
    pub print_metrics: bool,
    pub date_format: String,
    pub config_file: Option<String>,
    servers: String,
    group: Option<String>,
    typed: Properties,
    socket_buffer: i32,
    fetch_size: i32,
    from_latest: bool,
}

/// What is consumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Topic(String),
    Include(String),
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &PerfArgs, era: Era) -> Result<Plan, UsageError> {
        if !args.bootstrap_server.is_given() && !args.broker_list.is_given() {
            return Err(UsageError::missing(&args.bootstrap_server));
        }
        exactly_one(&args.topic, &args.include, era)?;
        exactly_one(&args.messages, &args.num_records, era)?;
        refuse_together(&args.consumer_config, &[&args.command_config])?;
        let notices = warnings(
            era,
            |old, new| format!("Warning: {old} is deprecated. Use {new} instead."),
            &[(&args.messages, &args.num_records), (&args.consumer_config, &args.command_config)],
        );
        let source = match args.include.value()? {
            Some(pattern) => Source::Include(pattern),
            None => Source::Topic(args.topic.required()?),
        };
        let interval_ms = args.reporting_interval.value()?.unwrap_or_default();
        if interval_ms < 0 {
            let value = interval_ms.to_string();
            let option = args.reporting_interval.name().to_owned();
            return Err(UsageError::Unparsable { option, letter: None, value, kind: "Long" });
        }
        if interval_ms == 0 {
            return Err(UsageError::Unusable("Reporting interval must be greater than 0.".to_owned()));
        }
        let messages = args.num_records.value_or(&args.messages)?.unwrap_or_default();
        Ok(Plan {
            notices,
            source,
            messages: u64::try_from(messages).unwrap_or(0),
            timeout_ms: args.timeout.value()?.unwrap_or_default(),
            interval_ms,
            detailed: args.show_detailed_stats.is_given(),
            header: !args.hide_header.is_given(),
            print_metrics: args.print_metrics.is_given(),
            date_format: args.date_format.value()?.unwrap_or_default(),
            config_file: args.command_config.value_or(&args.consumer_config)?,
            servers: args.bootstrap_server.value_or(&args.broker_list)?.unwrap_or_default(),
            group: args.group.value()?,
            typed: properties::parse(args.command_property.values()),
            socket_buffer: args.socket_buffer_size.value()?.unwrap_or_default(),
            fetch_size: args.fetch_size.value()?.unwrap_or_default(),
            from_latest: args.from_latest.is_given(),
        })
    }

    /// The consumer's properties: `file` is what the properties file holds, `random` names the group if nobody else does.
    /// As in Kafka's tool, options and their defaults go before the file.
    pub fn consumer(&self, file: Properties, random: u32) -> Properties {
        let mut all = properties::below(file, &self.typed);
        let group = self.group.clone().unwrap_or_else(|| format!("perf-consumer-{random}"));
        let reset = if self.from_latest { "latest" } else { "earliest" };
        for (key, value) in [
            ("bootstrap.servers", self.servers.clone()),
            ("group.id", group),
            ("receive.buffer.bytes", self.socket_buffer.to_string()),
            ("max.partition.fetch.bytes", self.fetch_size.to_string()),
            ("auto.offset.reset", reset.to_owned()),
            ("check.crcs", "false".to_owned()),
        ] {
            all.insert(key.to_owned(), value);
        }
        all.entry("client.id".into()).or_insert_with(|| "perf-consumer-client".into());
        all
    }
}

/// One of an option and its new name or its alternative; 3.9 has only the first.
fn exactly_one(first: &dyn Opt, second: &dyn Opt, era: Era) -> Result<(), UsageError> {
    match (first.is_given(), second.is_given()) {
        (false, false) if era == Era::V3_9 => Err(UsageError::missing(first)),
        (false, false) | (true, true) => Err(UsageError::Rule(format!(
            "Exactly one of the following arguments is required: [{}], [{}]",
            first.name(),
            second.name()
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: PerfArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args, Era::V3_9).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_consumed() {
        let ok = |line: &str| plan(line).unwrap();
        let plan = ok("--bootstrap-server a:1 --broker-list b:1 --topic t --messages 5");
        assert_eq!((plan.source, plan.messages, plan.timeout_ms), (Source::Topic("t".into()), 5, 10_000));
        assert_eq!(
            ok("--bootstrap-server a:1 --include t.* --num-records 7 --timeout").source,
            Source::Include("t.*".into())
        );
        let plan =
            ok("--bootstrap-server a:1 --topic t --messages 5 --from-latest --fetch-size 9 --command-property a=b");
        let file = Properties::from([("group.id".to_owned(), "mine".to_owned()), ("client.id".into(), "me".into())]);
        let properties = plan.consumer(file, 7);
        let all: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            all.join(" "),
            "a=b auto.offset.reset=latest bootstrap.servers=a:1 check.crcs=false client.id=me group.id=perf-consumer-7 \
             max.partition.fetch.bytes=9 receive.buffer.bytes=2097152"
        );
    }

    #[test]
    fn refusals() {
        assert_eq!(plan("--messages 5").unwrap_err(), "Missing required argument \"[bootstrap-server]\"");
        let error = |line: &str| plan(&format!("--bootstrap-server a:1 {line}")).unwrap_err();
        assert_eq!(error("--messages 5"), "Missing required argument \"[topic]\"");
        assert_eq!(error("--topic t"), "Missing required argument \"[messages]\"");
        assert_eq!(
            error("--topic t --messages 5 --num-records 5"),
            "Exactly one of the following arguments is required: [messages], [num-records]"
        );
        let odd = "--topic t --messages 5 --reporting-interval";
        assert_eq!(error(&format!("{odd} -1")), "Cannot parse argument '-1' of option reporting-interval");
        assert_eq!(error(&format!("{odd} 0")), "Reporting interval must be greater than 0.");
        let both = error("--topic t --messages 5 --command-config a --consumer.config b");
        assert_eq!(both, "Option \"[consumer.config]\" can't be used with option \"[command-config]\"");
    }

    #[test]
    fn words_of_4_4() {
        let in_4_4 = |line: &str| {
            let line = format!("--bootstrap-server a:1 {line}");
            Plan::of(&typed(&line).unwrap(), Era::V4_4).map(|plan| plan.notices).map_err(|error| error.to_string())
        };
        assert_eq!(
            in_4_4("--topic t --messages 5 --consumer.config f").unwrap(),
            [
                "Warning: --messages is deprecated. Use --num-records instead.",
                "Warning: --consumer.config is deprecated. Use --command-config instead."
            ]
        );
        assert_eq!(
            in_4_4("--messages 5").unwrap_err(),
            "Exactly one of the following arguments is required: [topic], [include]"
        );
    }
}
