//! Pure: from what was typed to what is measured.

use super::args::PerfArgs;
use crate::{
    era::Era,
    options::{
        Opt, UsageError,
        argparse::not_both,
        renamed::{has_been_deprecated, warnings},
    },
};
use rkafka_client::Properties;
use std::time::Duration;

/// `DEFAULT_TRANSACTION_DURATION_MS`, since 4.0.
const DEFAULT_DURATION: Duration = Duration::from_secs(3);

/// What is meant.
#[derive(Debug)]
pub struct Plan {
    /// Lines of which the user is to hear first.
    pub notices: Vec<String>,
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
    transactions: Transactions,
}

/// When records are sent in transactions, and for how long one is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transactions {
    /// In any case.
    Always(Duration),
    /// If the properties name an id.
    WithId(Duration),
    Never,
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
    pub fn of(args: &PerfArgs, era: Era) -> Result<Plan, UsageError> {
        let records = args.num_records.required()?;
        let (records, throughput) = (positive(records, "--num-records")?, args.throughput.required()?);
        not_both(&args.command_property, &args.producer_props)?;
        not_both(&args.command_config, &args.producer_config)?;
        let warmup = u64::try_from(args.warmup_records.value()?.unwrap_or_default()).unwrap_or_default();
        if warmup >= records {
            return Err(wrong(
                "The value for --warmup-records must be strictly fewer than the number of records in the test, \
                 --num-records.",
            ));
        }
        let configs: [&dyn Opt; 5] = [
            &args.producer_props,
            &args.producer_config,
            &args.command_property,
            &args.command_config,
            &args.bootstrap_server,
        ];
        if !configs.iter().any(|option| option.is_given()) {
            return Err(wrong(era.pick(
                "Either --producer-props or --producer.config must be specified.",
                "At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or \
                 --command-config must be specified.",
            )));
        }
        let interval_ms = args.reporting_interval.value()?.unwrap_or_default();
        let interval_ms = positive(interval_ms, "--reporting-interval").map(|_| interval_ms)?;
        let mut properties = args.producer_props.values();
        properties.extend(args.command_property.values());
        let notices = warnings(
            era,
            has_been_deprecated,
            &[(&args.producer_props, &args.command_property), (&args.producer_config, &args.command_config)],
        );
        let transactions = transactions(args, era)?;
        Ok(Plan {
            notices,
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
            transactional_id: args.transactional_id.value()?.filter(|_| transactions.0),
            transactions: transactions.1,
        })
    }

    /// The producer's properties: `file` is what the properties file holds, `fresh` an id that nobody has.
    ///
    /// Errors: a pair that is none.
    pub fn producer(&self, file: Properties, fresh: &str) -> Result<Properties, String> {
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
        } else if matches!(self.transactions, Transactions::Always(_)) {
            all.entry("transactional.id".into()).or_insert_with(|| format!("performance-producer-{fresh}"));
        }
        all.entry("client.id".into()).or_insert_with(|| "perf-producer-client".into());
        Ok(all)
    }

    /// For how long a transaction is open before it is committed; `None`: records are sent without. `properties` are the
    /// producer's.
    pub fn transaction_duration(&self, properties: &Properties) -> Option<Duration> {
        match self.transactions {
            Transactions::Always(duration) => Some(duration),
            Transactions::WithId(duration) => Some(duration).filter(|_| properties.contains_key("transactional.id")),
            Transactions::Never => None,
        }
    }
}

fn wrong(text: &str) -> UsageError {
    UsageError::Unusable(text.to_owned())
}

fn positive(number: i64, option: &str) -> Result<u64, UsageError> {
    let positive = u64::try_from(number).ok().filter(|number| *number > 0);
    positive.ok_or_else(|| UsageError::Unusable(format!("{option} should be greater than zero.")))
}

/// Whether the id counts that was typed or goes without saying, and when there are transactions. In 3.9 only a duration makes
/// them; in 4.4 an id does so, too, wherever it stands.
fn transactions(args: &PerfArgs, era: Era) -> Result<(bool, Transactions), UsageError> {
    let duration = &args.transaction_duration_ms;
    let lasts = duration.value()?.and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms > 0).map(Duration::from_millis);
    if era == Era::V3_9 {
        return Ok((lasts.is_some(), lasts.map_or(Transactions::Never, Transactions::Always)));
    }
    if duration.is_given() && lasts.is_none() {
        return Err(wrong("--transaction-duration-ms should be greater than zero."));
    }
    let typed = args.transactional_id.is_given();
    let transactions = match lasts {
        Some(lasts) => Transactions::Always(lasts),
        None if typed => Transactions::Always(DEFAULT_DURATION),
        None => Transactions::WithId(DEFAULT_DURATION),
    };
    Ok((typed, transactions))
}

fn payload(args: &PerfArgs) -> Result<PayloadSource, UsageError> {
    if let Some(size) = args.record_size.value()? {
        let size = usize::try_from(size).ok().filter(|size| *size > 0);
        return size.map(PayloadSource::Size).ok_or_else(|| wrong("--record-size should be greater than zero."));
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
    let count = || match range {
        None => Err(wrong("--record-key-range is required when --key-distribution is 'range' or 'random'.")),
        Some(range) => {
            let count = positive(range, "--record-key-range")?;
            let count = u32::try_from(count).ok().filter(|count| *count <= i32::MAX as u32);
            count.ok_or_else(|| UsageError::Unusable(format!("--record-key-range may be at most {}", i32::MAX)))
        }
    };
    match args.key_distribution.text()?.unwrap_or_default() {
        "none" if range.is_some() => {
            Err(wrong("--key-distribution must be 'range' or 'random' when --record-key-range is specified."))
        }
        "none" => Ok(Keys::None),
        "range" => count().map(Keys::Range),
        "random" => count().map(Keys::Random),
        other => Err(UsageError::Unusable(format!(
            "argument --key-distribution: invalid choice: '{other}' (choose from {{none,range,random}})"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::args::parser, *};

    fn plan(line: &str) -> Result<Plan, String> {
        let line = format!("--topic t --throughput -1 {line}");
        Plan::of(&parser(Era::V3_9).typed(&line)?, Era::V3_9).map_err(|error| error.to_string())
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
        let properties = sent("--record-size 1").producer(Properties::new(), "x").unwrap();
        let all: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(all, ["acks=1", "bootstrap.servers=a:1", "client.id=perf-producer-client"]);
        let plan = sent("--record-size 1 --transaction-duration-ms 5 --bootstrap-server b:1");
        let properties = plan.producer(Properties::new(), "x").unwrap();
        assert_eq!(properties["transactional.id"], "performance-producer-default-transactional-id");
        assert_eq!(properties["bootstrap.servers"], "b:1");
        assert_eq!(plan.transaction_duration(&properties), Some(Duration::from_millis(5)));
        let without = sent("--record-size 1 --transactional-id x");
        assert_eq!(without.transaction_duration(&without.producer(Properties::new(), "x").unwrap()), None);
    }

    #[test]
    fn words_of_4_4() {
        let in_4_4 = |line: &str| {
            let line = format!("--topic t --throughput -1 --num-records 9 --record-size 1 {line}");
            let args = parser(Era::V4_4).typed(&line).unwrap();
            Plan::of(&args, Era::V4_4).map_err(|error| error.to_string())
        };
        assert!(in_4_4("").unwrap_err().starts_with("At least one of --bootstrap-server, "));
        let old = in_4_4("--producer-props a=1 --producer.config f").unwrap().notices;
        assert_eq!(
            old[0],
            "Option --producer-props has been deprecated and will be removed in a future version. Use --command-property \
             instead."
        );
        assert_eq!((old.len(), in_4_4("--bootstrap-server a:1").unwrap().notices.len()), (2, 0));
        let zero = in_4_4("--bootstrap-server a:1 --transaction-duration-ms 0").unwrap_err();
        assert_eq!(zero, "--transaction-duration-ms should be greater than zero.");
        let id = |line: &str| in_4_4(line).unwrap().transactional_id;
        assert_eq!(id("--bootstrap-server a:1 --transactional-id x").as_deref(), Some("x"));
        assert_eq!(id("--bootstrap-server a:1"), None);
        let lasts = |line: &str| {
            let plan = in_4_4(&format!("--bootstrap-server a:1 {line}")).unwrap();
            let properties = plan.producer(Properties::new(), "fresh").unwrap();
            let ms = plan.transaction_duration(&properties).map(|duration| duration.as_millis());
            (properties.get("transactional.id").cloned(), ms)
        };
        assert_eq!(lasts(""), (None, None));
        assert_eq!(lasts("--transaction-duration-ms 50"), (Some("performance-producer-fresh".into()), Some(50)));
        assert_eq!(lasts("--transactional-id x"), (Some("x".into()), Some(3000)));
        assert_eq!(lasts("--command-property transactional.id=y"), (Some("y".into()), Some(3000)));
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
        assert_eq!(with("--num-records 0"), "--num-records should be greater than zero.");
        assert!(with("--num-records 5 --warmup-records 5").starts_with("The value for --warmup-records must be"));
        assert!(with("--num-records 5 --key-distribution range").contains("'range' or 'random'"));
        assert!(with("--num-records 5 --record-key-range 5").ends_with("when --record-key-range is specified."));
        let both = with("--num-records 5 --command-property a=1 --producer-props a=1");
        assert_eq!(both, "--command-property and --producer-props cannot be specified together.");
        let odd = plan("--num-records 1 --record-size 1 --producer-props a=b=c").unwrap();
        assert_eq!(odd.producer(Properties::new(), "x"), Err("Invalid property: a=b=c".into()));
    }
}
