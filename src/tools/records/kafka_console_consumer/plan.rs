//! Pure: what a command line of `kafka-console-consumer` means, and a consumer's properties that follow from it.

use super::{
    args::ConsumerArgs,
    range::{Begin, Range},
};
use crate::{
    access::properties,
    era::Era,
    options::{
        Opt, UsageError,
        renamed::{refuse_both, warnings},
    },
    record_filter::RecordFilter,
    schemas::schema_args::{RegistryEnvironment, SchemaPlan},
};
use rkafka_client::Properties;

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

/// What one call is to do, apart from what the files say that it names.
#[derive(Debug)]
pub struct Plan {
    /// Lines of which the user is to hear first.
    pub notices: Vec<String>,
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
    /// Kafka's tool looks at it when the consumer is there already, and only then tells what is wrong with it.
    pub max_messages: Result<Option<i32>, UsageError>,
    group: Option<String>,
    from_beginning: bool,
    isolation_level: (String, bool),
    consumer_properties: Properties,
    formatter_properties: Properties,
    filter: Option<String>,
    /// What is read, if rkafka's own options say so.
    pub range: Option<Range>,
    /// How messages are shown, if not by a formatter class.
    pub format: Option<String>,
    pub schemas: SchemaPlan,
}

fn rule<T>(message: impl Into<String>) -> Result<T, UsageError> {
    Err(UsageError::Rule(message.into()))
}

impl Plan {
    /// Understands the options as far as no file is needed. Times count back from `now_ms`, milliseconds since 1970.
    pub fn of(
        args: &ConsumerArgs,
        era: Era,
        now_ms: i64,
        environment: &RegistryEnvironment,
    ) -> Result<Plan, UsageError> {
        let source = source(args, era)?;
        let (bootstrap_servers, zookeeper) = (args.bootstrap_server.value()?, args.zookeeper.value()?);
        if bootstrap_servers.is_none() && zookeeper.is_none() {
            return Err(UsageError::missing(&args.bootstrap_server));
        }
        let renamed: [(&dyn Opt, &dyn Opt); 3] = [
            (&args.consumer_property, &args.command_property),
            (&args.consumer_config, &args.command_config),
            (&args.property, &args.formatter_property),
        ];
        refuse_both(&renamed)?;
        let notices = warnings(
            era,
            |old, new| {
                format!("Option {old} is deprecated and will be removed in a future version. Use {new} instead.")
            },
            &renamed,
        );
        let mut formatter_properties = properties::parse(args.formatter_property.values_or(&args.property));
        for (option, property) in
            [(&args.key_deserializer, "key.deserializer"), (&args.value_deserializer, "value.deserializer")]
        {
            if let Some(class) = option.value()? {
                formatter_properties.insert(property.to_owned(), class);
            }
        }
        Ok(Plan {
            notices,
            source,
            bootstrap_servers,
            zookeeper,
            consumer_config: args.command_config.value_or(&args.consumer_config)?,
            formatter_config: args.formatter_config.value()?,
            formatter_class: args.formatter.value()?.unwrap_or_default(),
            skip_on_error: args.skip_message_on_error.is_given(),
            systest_events: args.enable_systest_events.is_given(),
            timeout_ms: args.timeout_ms.value()?,
            max_messages: args.max_messages.value(),
            group: args.group.value()?,
            from_beginning: args.from_beginning.is_given(),
            isolation_level: (args.isolation_level.value()?.unwrap_or_default(), args.isolation_level.is_given()),
            consumer_properties: properties::parse(args.command_property.values_or(&args.consumer_property)),
            formatter_properties,
            filter: args.own.filter.value()?,
            range: Range::of(args, now_ms)?,
            format: format(args)?,
            schemas: schemas(args, environment)?,
        })
    }

    /// The consumer's properties: `file` is what `--command-config` holds.
    ///
    /// Without a group there is none: Kafka's tool joins a random one, whose coordinator can be out of reach when the
    /// messages are not.
    pub fn consumer(&self, file: &Properties, servers: &str) -> Result<Properties, UsageError> {
        let group = self.group_id(file)?;
        let mut properties = properties::below(file.clone(), &self.consumer_properties);
        // Whoever named a place wants to go on behind what is deleted meanwhile, and to see partitions that come later.
        let names_a_place = self.range.is_some_and(|range| range.begin != Begin::AsKafka);
        let reset = if self.from_beginning || names_a_place { "earliest" } else { "latest" };
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
        if !ids.is_empty() && self.range.is_some() {
            return Err(UsageError::Unusable(
                "--from, --to, --tail and --follow no are for reading without a group: its members begin where the group \
                 has committed, and consumer-groups --reset-offsets changes that"
                    .into(),
            ));
        }
        Ok(ids.first().map(|id| (*id).clone()))
    }

    /// The formatter's properties: `file` is what `--formatter-config` holds.
    pub fn formatter(&self, file: Properties) -> Properties {
        properties::below(file, &self.formatter_properties)
    }

    /// What `--where` asks for; times in it count back from `now_ms`.
    pub fn filter(&self, now_ms: i64) -> Result<Option<RecordFilter>, UsageError> {
        let Some(text) = &self.filter else { return Ok(None) };
        let wrong = |error| UsageError::Unusable(format!("--where: {error}"));
        RecordFilter::parse(text, now_ms).map(Some).map_err(wrong)
    }

    /// Whether the end is worded as 0.8.2 worded it.
    pub fn speaks_as_0_8(&self) -> bool {
        self.zookeeper.is_some() && self.bootstrap_servers.is_none()
    }
}

/// `--format` takes the place of what formatters are told.
fn format(args: &ConsumerArgs) -> Result<Option<String>, UsageError> {
    let format = &args.own.format;
    let formatters: [&dyn Opt; 4] = [&args.formatter, &args.formatter_config, &args.property, &args.formatter_property];
    match formatters.into_iter().find(|option| format.is_given() && option.is_given()) {
        Some(other) => Err(UsageError::Unusable(format!(
            "--format and --{} both say how messages are shown: give one of them",
            other.name()
        ))),
        None => format.value(),
    }
}

/// A schema takes the place of a deserializer.
fn schemas(args: &ConsumerArgs, environment: &RegistryEnvironment) -> Result<SchemaPlan, UsageError> {
    let plan = SchemaPlan::of(&args.schemas, environment)?;
    for (field, name, class) in
        [(&plan.key, "key", &args.key_deserializer), (&plan.value, "value", &args.value_deserializer)]
    {
        let property = format!("{name}.deserializer");
        let typed = properties::parse(args.formatter_property.values_or(&args.property));
        let is_typed = typed.contains_key(&property);
        if !field.is_plain() && (class.is_given() || is_typed) {
            let text = format!("a schema of the {name} and {property} both say how it is read: give one of them");
            return Err(UsageError::Unusable(text));
        }
    }
    Ok(plan)
}

fn source(args: &ConsumerArgs, era: Era) -> Result<Source, UsageError> {
    let include = args.include.value_or(&args.whitelist)?;
    let partition = args.partition.value()?;
    let source = match (args.topic.value()?, include, partition) {
        (Some(topic), None, Some(partition)) => {
            if args.from_beginning.is_given() && args.offset.is_given() {
                return rule("Options from-beginning and offset cannot be specified together.");
            }
            return Ok(Source::Partition(topic, partition, start(args)?));
        }
        (None, Some(_), Some(_)) => return rule("The topic is required when partition is specified."),
        (Some(topic), None, None) => Source::Topic(topic),
        (None, Some(include), None) => Source::Include(include),
        _ => {
            let hint = match args.whitelist.is_given() {
                true => "--whitelist is DEPRECATED use --include instead; ignored if --include specified.",
                false => "",
            };
            return rule(match era {
                Era::V3_9 => format!("Exactly one of --include/--topic is required. {hint}"),
                Era::V4_4 => "Exactly one of the following arguments is required: [topic], [include]".to_owned(),
            });
        }
    };
    match args.offset.is_given() {
        true => rule("The partition is required when offset is specified."),
        false => Ok(source),
    }
}

fn start(args: &ConsumerArgs) -> Result<Start, UsageError> {
    if !args.offset.is_given() {
        return Ok(if args.from_beginning.is_given() { Start::Earliest } else { Start::Latest });
    }
    let text = args.offset.text()?.unwrap_or_default();
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
    use crate::{options::typed, tools::records::kafka_console_consumer::formatter::DEFAULT_CLASS};

    fn plan_in(era: Era, line: &str) -> Result<Plan, UsageError> {
        typed(line).and_then(|args| Plan::of(&args, era, 1_793_500_000_000, &RegistryEnvironment::default()))
    }

    fn plan(line: &str) -> Result<Plan, UsageError> {
        plan_in(Era::V3_9, line)
    }

    fn properties(line: &str) -> Result<Properties, String> {
        let file = Properties::from([("isolation.level".to_owned(), "read_committed".to_owned())]);
        let line = format!("--bootstrap-server a:1 {line}");
        plan(&line).and_then(|plan| plan.consumer(&file, "a:1")).map_err(|error| error.to_string())
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
        let reset = |line: &str| properties(line).unwrap()["auto.offset.reset"].clone();
        assert_eq!([reset("--topic t --from latest"), reset("--topic t --to -0")], ["earliest", "latest"]);
        let given = properties("--topic t --isolation-level read_uncommitted").unwrap();
        assert_eq!(given["isolation.level"], "read_uncommitted");
    }

    #[test]
    fn sources() {
        let source = |line: &str| plan(&format!("--bootstrap-server a:1 {line}")).unwrap().source;
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
            (
                "--topic t --consumer.config a --command-config b",
                "Options --consumer.config and --command-config cannot be specified together.",
            ),
            (
                "--topic t --property a=b --formatter-property c=d",
                "Options --property and --formatter-property cannot be specified together.",
            ),
            (
                "--topic t --tail 5 --group g",
                "--from, --to, --tail and --follow no are for reading without a group: its members begin where the group \
                 has committed, and consumer-groups --reset-offsets changes that",
            ),
            (
                "--topic t --format %s --property print.key=true",
                "--format and --property both say how messages are shown: give one of them",
            ),
            (
                "--topic t --value-schema v.avsc --value-deserializer D",
                "a schema of the value and value.deserializer both say how it is read: give one of them",
            ),
            ("--topic a --topic b", "Found multiple arguments for option topic, but you asked for only one"),
        ] {
            assert_eq!(refusal(line), message, "{line}");
        }
        assert_eq!(plan("--topic t").unwrap_err().to_string(), "Missing required argument \"[bootstrap-server]\"");
    }

    #[test]
    fn what_is_shown_and_for_how_long() {
        let base = "--bootstrap-server a:1 --topic t";
        let shown = plan(&format!("{base} --property print.key=true --key-deserializer K --formatter F")).unwrap();
        let formatter = shown.formatter(Properties::from([("print.key".to_owned(), "false".to_owned())]));
        assert_eq!((formatter["print.key"].as_str(), formatter["key.deserializer"].as_str()), ("true", "K"));
        assert_eq!((shown.formatter_class.as_str(), shown.skip_on_error, shown.timeout_ms), ("F", false, None));
        assert_eq!(plan(base).unwrap().formatter_class, DEFAULT_CLASS);
        let limits = plan(&format!("{base} --max-messages 3 --timeout-ms -1 --skip-message-on-error")).unwrap();
        assert_eq!((limits.max_messages, limits.timeout_ms, limits.skip_on_error), (Ok(Some(3)), Some(-1), true));
        let late = plan(&format!("{base} --max-messages x")).unwrap().max_messages.unwrap_err();
        assert_eq!(late.to_string(), "Cannot parse argument 'x' of option max-messages");
    }

    #[test]
    fn new_names_and_old_ones() {
        let old = "--bootstrap-server a:1 --topic t --consumer-property a=1 --consumer.config f --property b=2";
        let new = "--bootstrap-server a:1 --topic t --command-property a=1 --command-config f --formatter-property b=2";
        for line in [old, new] {
            let plan = plan(line).unwrap();
            assert_eq!(plan.consumer(&Properties::new(), "").unwrap()["a"], "1");
            assert_eq!(
                (plan.formatter(Properties::new())["b"].as_str(), plan.consumer_config.as_deref()),
                ("2", Some("f"))
            );
            assert!(plan.notices.is_empty());
        }
        let notices = |line: &str| plan_in(Era::V4_4, line).unwrap().notices;
        assert_eq!((notices(old).len(), notices(new).len()), (3, 0));
        let none = plan_in(Era::V4_4, "--group x").unwrap_err();
        assert_eq!(none.to_string(), "Exactly one of the following arguments is required: [topic], [include]");
    }

    #[test]
    fn times_of_zookeeper() {
        let plan = |line: &str| plan(&format!("--topic t {line}")).unwrap();
        assert!(plan("--zookeeper z:1 --new-consumer").speaks_as_0_8());
        assert!(!plan("--zookeeper z:1 --bootstrap-server a:1").speaks_as_0_8());
    }
}
