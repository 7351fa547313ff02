//! Pure: from what was typed to what is measured.

use super::args::PerfArgs;
use crate::options::{Once, Opt, UsageError, argparse::not_both};
use rkafka_client::Properties;

/// What is meant.
#[derive(Debug)]
pub struct Plan {
    pub topic: String,
    pub records: u64,
    pub throughput: f64,
    pub payload: PayloadSource,
    pub keys: Keys,
    pub seed: i64,
    pub warmup: u64,
    pub interval_ms: i64,
    pub print_metrics: bool,
    pub config_file: Option<String>,
    properties: Vec<String>,
    bootstrap_server: Option<String>,
    transactional_id: Option<String>,
}

/// What the records hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadSource {
    /// So many random capital letters.
    Size(usize),
    /// The parts of a file between matches of an expression.
    File { path: String, delimiter: String },
    /// The record's number.
    Number,
}

/// What keys the records have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    None,
    /// 0 up to a number, one after the other.
    Range(u32),
    /// One of so many by chance.
    Random(u32),
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &PerfArgs) -> Result<Plan, UsageError> {
        let records = args.num_records.required()?;
        let (records, throughput) = (positive(records, "--num-records")?, args.throughput.required()?);
        not_both(&args.command_property, &args.producer_props)?;
        not_both(&args.command_config, &args.producer_config)?;
        let configs: [&dyn Opt; 5] = [
            &args.producer_props,
            &args.producer_config,
            &args.command_property,
            &args.command_config,
            &args.bootstrap_server,
        ];
        if !configs.iter().any(|option| option.is_given()) {
            return Err(wrong("Either --producer-props or --producer.config must be specified."));
        }
        let warmup = u64::try_from(args.warmup_records.value()?.unwrap_or_default()).unwrap_or_default();
        if warmup >= records {
            return Err(wrong(
                "The value for --warmup-records must be strictly fewer than the number of records in the test, \
                 --num-records.",
            ));
        }
        let interval_ms = args.reporting_interval.value()?.unwrap_or_default();
        let interval_ms = positive(interval_ms, "--reporting-interval").map(|_| interval_ms)?;
        let mut properties = args.producer_props.values();
        properties.extend(args.command_property.values());
        let with_transactions = args.transaction_duration_ms.value()?.is_some_and(|ms| ms > 0);
        Ok(Plan {
            topic: args.topic.required()?,
            records,
            throughput,
            payload: payload(args)?,
            keys: keys(args)?,
            seed: args.random_seed.value()?.unwrap_or_default(),
            warmup,
            interval_ms,
            print_metrics: args.print_metrics.is_given(),
            config_file: args.command_config.value_or(&args.producer_config)?,
            properties: properties.into_iter().map(str::to_owned).collect(),
            bootstrap_server: args.bootstrap_server.value()?,
            transactional_id: args.transactional_id.value()?.filter(|_| with_transactions),
        })
    }

    /// The producer's properties: `file` is what the properties file holds.
    ///
    /// Errors: a pair that is none.
    pub fn producer(&self, file: Properties) -> Result<Properties, String> {
        let mut all = file;
        for pair in &self.properties {
            // As Java splits it: what is empty at the end does not count.
            match pair.trim_end_matches('=').split('=').collect::<Vec<_>>().as_slice() {
                [key, value] => all.insert((*key).to_owned(), (*value).to_owned()),
                _ => return Err(format!("Invalid property: {pair}")),
            };
        }
        if let Some(servers) = &self.bootstrap_server {
            all.insert("bootstrap.servers".into(), servers.clone());
        }
        if let Some(id) = &self.transactional_id {
            all.insert("transactional.id".into(), id.clone());
        }
        all.entry("client.id".into()).or_insert_with(|| "perf-producer-client".into());
        Ok(all)
    }
}

fn wrong(text: &str) -> UsageError {
    UsageError::Unusable(text.to_owned())
}

fn positive(number: i64, option: &str) -> Result<u64, UsageError> {
    let positive = u64::try_from(number).ok().filter(|number| *number > 0);
    positive.ok_or_else(|| UsageError::Unusable(format!("{option} should be greater than zero")))
}

fn payload(args: &PerfArgs) -> Result<PayloadSource, UsageError> {
    if let Some(size) = args.record_size.value()? {
        let size = usize::try_from(size).ok().filter(|size| *size > 0);
        return size.map(PayloadSource::Size).ok_or_else(|| wrong("--record-size should be greater than zero"));
    }
    match args.payload_file.value()? {
        None => Ok(PayloadSource::Number),
        Some(path) => {
            let delimiter = args.payload_delimiter.value()?.unwrap_or_default();
            Ok(PayloadSource::File { path, delimiter: if delimiter == "\\n" { "\n".into() } else { delimiter } })
        }
    }
}

fn keys(args: &PerfArgs) -> Result<Keys, UsageError> {
    let range = args.record_key_range.value()?;
    let count = |option: &Once<i64>| match range {
        None => Err(wrong("--record-key-range must be specified when the key distribution is 'range' or 'random'.")),
        Some(range) => u32::try_from(range)
            .ok()
            .filter(|count| (1..=i32::MAX as u32).contains(count))
            .ok_or_else(|| UsageError::Unusable(format!("--{} should be from 1 to {}", option.name(), i32::MAX))),
    };
    match args.key_distribution.text()?.unwrap_or_default() {
        "none" if range.is_some() => {
            Err(wrong("The key distribution must be 'range' or 'random' when --record-key-range is specified."))
        }
        "none" => Ok(Keys::None),
        "range" => count(&args.record_key_range).map(Keys::Range),
        "random" => count(&args.record_key_range).map(Keys::Random),
        other => Err(UsageError::Unusable(format!(
            "argument --key-distribution: invalid choice: '{other}' (choose from {{none,range,random}})"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::args::PARSER, *};

    fn plan(line: &str) -> Result<Plan, String> {
        let line = format!("--topic t --throughput -1 {line}");
        Plan::of(&PARSER.typed(&line)?).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_sent() {
        let props = "--producer-props bootstrap.servers=a:1 acks=1";
        let sent = |line: &str| plan(&format!("--num-records 9 {line} {props}")).unwrap();
        assert_eq!(sent("--record-size 5").payload, PayloadSource::Size(5));
        assert_eq!(sent("--payload-monotonic").payload, PayloadSource::Number);
        let file = PayloadSource::File { path: "f".into(), delimiter: "\n".into() };
        assert_eq!(sent("--payload-file f").payload, file);
        let keyed = "--record-size 1 --key-distribution random --record-key-range 7";
        assert_eq!(sent(keyed).keys, Keys::Random(7));
        let properties = sent("--record-size 1").producer(Properties::new()).unwrap();
        let all: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(all, ["acks=1", "bootstrap.servers=a:1", "client.id=perf-producer-client"]);
        let plan = sent("--record-size 1 --transaction-duration-ms 5 --bootstrap-server b:1");
        let properties = plan.producer(Properties::new()).unwrap();
        assert_eq!(properties["transactional.id"], "performance-producer-default-transactional-id");
        assert_eq!(properties["bootstrap.servers"], "b:1");
    }

    #[test]
    fn refusals() {
        let error = |line: &str| plan(line).unwrap_err();
        assert_eq!(
            error("--num-records 1"),
            "one of the arguments --record-size --payload-file --payload-monotonic is required"
        );
        let none = "Either --producer-props or --producer.config must be specified.";
        assert_eq!(error("--num-records 1 --record-size 1"), none);
        let with = |line: &str| error(&format!("--record-size 1 --bootstrap-server a:1 {line}"));
        assert_eq!(with("--num-records 0"), "--num-records should be greater than zero");
        assert!(with("--num-records 5 --warmup-records 5").starts_with("The value for --warmup-records must be"));
        assert!(with("--num-records 5 --key-distribution range").contains("'range' or 'random'"));
        assert!(with("--num-records 5 --record-key-range 5").ends_with("when --record-key-range is specified."));
        let both = with("--num-records 5 --command-property a=1 --producer-props a=1");
        assert_eq!(both, "--command-property and --producer-props cannot be specified together.");
        let odd = plan("--num-records 1 --record-size 1 --producer-props a=b=c").unwrap();
        assert_eq!(odd.producer(Properties::new()), Err("Invalid property: a=b=c".into()));
    }
}
