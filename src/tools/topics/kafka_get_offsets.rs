//! `kafka-get-offsets`: the earliest, latest or another offset of partitions, one `topic:partition:offset` a line.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`GetOffsetShell`). Partitions without an answer are left out.

use super::topic_filter::TopicFilter;
use crate::{
    access::properties,
    block_on::block_on_for_reader,
    era::Era,
    options::{Flag, Once, Opt, UsageError, kafka_command},
    terminal::{
        Terminal, is_closed_pipe,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use clap::{ArgAction::SetTrue, Args};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, ClientError, Properties,
    admin::{FoundOffset, OffsetSpec, TopicListing},
};
use rkafka_runtime::logging;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

pub const TOOL: Tool = Tool {
    name: "get-offsets",
    script: "kafka-get-offsets",
    command: kafka_command::<OffsetsArgs>,
    run,
    shows: &[&OFFSETS],
};

/// A partition's offset.
const OFFSETS: Shape<5> = Shape::rows(
    "get-offsets",
    [
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::integer("offset", "The offset that was asked for."),
        Field::integer(
            "timestamp",
            "That of the record with this offset, in ms since 1970; null unless a record was looked for by its time.",
        ),
        Field::integer("leaderEpoch", "The leader epoch of the record with this offset; null if it is not known."),
    ],
);

const INTRODUCTION: &str = "An interactive shell for getting topic-partition offsets.";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Print the offsets of partitions")]
struct OffsetsArgs {
    #[arg(
        long,
        value_name = "String: HOST1:PORT1,...,HOST3:PORT3",
        help = "DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given."
    )]
    broker_list: Once<String>,
    #[arg(long, value_name = "String: HOST1:PORT1,...,HOST3:PORT3", help = "REQUIRED: brokers to start from.")]
    bootstrap_server: Once<String>,
    #[arg(
        long,
        value_name = "String: topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3",
        help = "Topics (regular expressions) and their partitions: one, or a range whose end is not part of it. Not with \
                --topic or --partitions."
    )]
    topic_partitions: Once<String>,
    #[arg(
        long,
        value_name = "String: topic",
        help = "The topic, or a regular expression for topics. All topics if not given."
    )]
    topic: Once<String>,
    #[arg(
        long,
        value_name = "String: partition ids",
        help = "Partitions, comma separated. All partitions if not given."
    )]
    partitions: Once<String>,
    #[arg(
        long,
        value_name = "String: <timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / \
                      -5 or latest-tiered",
        help = "Which offset: that of the first record at or after a time in milliseconds, or one of the names.",
        default_value = "latest"
    )]
    time: Once<String>,
    #[arg(long, value_name = "String: config file", help = "A properties file for the admin client.")]
    command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "Leave Kafka's internal topics out.")]
    exclude_internal_topics: Flag,
}

/// What is meant.
#[derive(Debug)]
struct Plan {
    filters: Vec<Filter>,
    spec: OffsetSpec,
    admin_file: Option<String>,
    /// Looked at when the file has been read.
    servers: Result<String, UsageError>,
    no_internal: bool,
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = match call.typed::<OffsetsArgs>() {
        Ok(typed) => typed,
        Err(wrong) => return Ok(failed(&wrong.into(), terminal)),
    };
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    if !args.bootstrap_server.is_given() && !args.broker_list.is_given() {
        return match call.era() {
            Era::V3_9 => Ok(failed(&UsageError::missing_option(&args.bootstrap_server).into(), terminal)),
            Era::V4_4 => Err(UsageError::missing(&args.bootstrap_server).into()),
        };
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    match Plan::of(&args, call.era()).and_then(|plan| print_offsets(&plan, terminal)) {
        Ok(()) => Ok(Exit::OK),
        Err(error) if is_closed_pipe(&error) => Err(error),
        Err(error) => Ok(failed(&error, terminal)),
    }
}

/// Whatever is wrong is told in one line, without the table of options.
fn failed(error: &anyhow::Error, terminal: &mut Terminal) -> Exit {
    let hint = error.downcast_ref::<ClientError>().and_then(ClientError::hint);
    terminal.tell_failure(format_args!("Error occurred: {error:#}"), hint.as_deref());
    Exit::FAILED
}

fn print_offsets(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let properties = plan.properties(properties::load(plan.admin_file.as_deref())?)?;
    block_on_for_reader(async {
        let admin = Admin::new(&properties).await?;
        let wanted = partitions(&admin, &plan.filters, plan.no_internal).await?;
        let asked: Vec<(TopicPartition, OffsetSpec)> =
            wanted.into_iter().map(|partition| (partition, plan.spec)).collect();
        let mut rows = Vec::new();
        let mut offsets: Vec<_> = match admin.list_offsets(&asked, false).await {
            Ok(found) => found.into_iter().collect(),
            // Kafka's tool tells it of each partition.
            Err(error @ ClientError::UnsupportedVersion(_)) => {
                asked.iter().map(|(partition, _)| (partition.clone(), Err(error.clone()))).collect()
            }
            Err(error) => return Err(error.into()),
        };
        // As text, in which 10 comes before 2.
        offsets.sort_by_key(|(partition, _)| partition.to_string());
        for (partition, found) in offsets {
            match found {
                Ok(found) if found.offset < 0 => {}
                Ok(found) if terminal.format() == Format::Text => {
                    terminal.line(format_args!("{}:{}:{}", partition.topic, partition.partition, found.offset))?;
                }
                Ok(found) => rows.push(row(&partition, found)),
                Err(error) => {
                    terminal.note_failure();
                    terminal.talk(format_args!(
                        "Skip getting offsets for topic-partition {partition} due to error: {error}"
                    ));
                }
            }
        }
        if terminal.format() != Format::Text {
            terminal.show(&OFFSETS, rows)?;
        }
        Ok(())
    })
}

fn row(partition: &TopicPartition, found: FoundOffset) -> [Value; 5] {
    let timestamp = Some(found.timestamp).filter(|timestamp| *timestamp >= 0);
    let epoch = Some(found.leader_epoch).filter(|epoch| *epoch >= 0);
    [json!(&*partition.topic), json!(partition.partition), json!(found.offset), json!(timestamp), json!(epoch)]
}

/// The existing partitions that some filter lets through, sorted.
async fn partitions(admin: &Admin, filters: &[Filter], no_internal: bool) -> anyhow::Result<BTreeSet<TopicPartition>> {
    let topics: Vec<TopicListing> = admin.list_topics().await?;
    let visible = topics.into_iter().filter(|topic| !(no_internal && topic.internal));
    let names: Vec<Arc<str>> =
        visible.map(|topic| topic.name).filter(|n| filters.iter().any(|f| f.has_topic(n))).collect();
    let mut wanted = BTreeSet::new();
    for topic in admin.describe_topics(&names).await? {
        let topic = topic?;
        let numbers = topic.partitions.iter().map(|partition| partition.partition);
        let numbers =
            numbers.filter(|number| filters.iter().any(|f| f.has_topic(&topic.name) && f.partitions.has(*number)));
        wanted.extend(numbers.map(|number| TopicPartition::new(topic.name.clone(), number)));
    }
    if wanted.is_empty() {
        bail!("Could not match any topic-partitions with the specified filters");
    }
    Ok(wanted)
}

/// Which partitions of a topic are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Partitions {
    /// From the first number, and before the second.
    Range(i32, i32),
    Listed(BTreeSet<i32>),
}

impl Partitions {
    const ALL: Partitions = Partitions::Range(0, i32::MAX);

    fn has(&self, number: i32) -> bool {
        match self {
            Partitions::Range(from, before) => (*from..*before).contains(&number),
            Partitions::Listed(numbers) => numbers.contains(&number),
        }
    }
}

#[derive(Clone, Debug)]
struct Filter {
    /// `None` for every topic.
    topic: Option<TopicFilter>,
    partitions: Partitions,
}

impl Filter {
    fn new(topic: &str, partitions: Partitions) -> anyhow::Result<Filter> {
        let topic = Some(TopicFilter::new(topic)?).filter(|topic| !topic.is_empty());
        Ok(Filter { topic, partitions })
    }

    fn has_topic(&self, name: &str) -> bool {
        self.topic.as_ref().is_none_or(|topic| topic.matches(name))
    }
}

impl Plan {
    /// Understands the options.
    fn of(args: &OffsetsArgs, era: Era) -> anyhow::Result<Plan> {
        let filters = filters(args)?;
        let spec = offset_spec(args.time.text()?.unwrap_or_default(), era)?;
        let admin_file = args.command_config.value()?;
        let no_internal = args.exclude_internal_topics.is_given();
        Ok(Plan { filters, spec, admin_file, servers: servers(args), no_internal })
    }

    /// The admin client's properties: `file` is what `--command-config` holds.
    fn properties(&self, file: Properties) -> Result<Properties, UsageError> {
        let mut properties = file;
        properties.insert("bootstrap.servers".into(), self.servers.clone()?);
        properties.entry("client.id".into()).or_insert_with(|| "GetOffsetShell".into());
        Ok(properties)
    }
}

fn servers(args: &OffsetsArgs) -> Result<String, UsageError> {
    Ok(args.bootstrap_server.value_or(&args.broker_list)?.unwrap_or_default())
}

fn filters(args: &OffsetsArgs) -> anyhow::Result<Vec<Filter>> {
    if let Some(specs) = args.topic_partitions.text()? {
        if args.topic.is_given() || args.partitions.is_given() {
            bail!("--topic-partitions cannot be used with --topic or --partitions");
        }
        return specs.split(',').map(topic_partitions).collect();
    }
    let partitions = match args.partitions.text()? {
        None => Partitions::ALL,
        Some(text) => Partitions::Listed(listed(text)?),
    };
    Ok(vec![Filter::new(args.topic.text()?.unwrap_or_default(), partitions)?])
}

fn listed(text: &str) -> anyhow::Result<BTreeSet<i32>> {
    let number = |part: &str| {
        part.parse().map_err(|_| {
            anyhow!("--partitions expects a comma separated list of numeric partition ids, but received: {text}")
        })
    };
    text.split(',').filter(|part| !part.is_empty()).map(number).collect()
}

/// One of `topic`, `topic:3`, `topic:0-3`, `topic:5-`, `topic:-3`, `:3`.
fn topic_partitions(spec: &str) -> anyhow::Result<Filter> {
    let invalid = || anyhow!("Invalid rule specification: {spec}");
    let (topic, numbers) = spec.split_once(':').unwrap_or((spec, ""));
    let number = |text: &str, default: i32| match text {
        "" => Ok(default),
        text => text.parse::<u32>().ok().and_then(|n| i32::try_from(n).ok()).ok_or_else(invalid),
    };
    let partitions = match numbers.split_once('-') {
        Some((from, before)) => Partitions::Range(number(from, 0)?, number(before, i32::MAX)?),
        None if numbers.is_empty() => Partitions::ALL,
        None => Partitions::Listed(BTreeSet::from([number(numbers, 0)?])),
    };
    Filter::new(topic, partitions)
}

fn offset_spec(text: &str, era: Era) -> anyhow::Result<OffsetSpec> {
    Ok(match text {
        "earliest" | "-2" => OffsetSpec::Earliest,
        "latest" | "-1" => OffsetSpec::Latest,
        "max-timestamp" | "-3" => OffsetSpec::MaxTimestamp,
        "earliest-local" | "-4" => OffsetSpec::EarliestLocal,
        "latest-tiered" | "-5" => OffsetSpec::LatestTiered,
        "earliest-pending-upload" | "-6" if era == Era::V4_4 => OffsetSpec::EarliestPendingUpload,
        _ => OffsetSpec::Timestamp(text.parse().map_err(|_| {
            anyhow!(
                "Malformed time argument {text}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or \
                 earliest-local / -5 or latest-tiered{}, or a specified long format timestamp",
                era.pick("", " / -6 or earliest-pending-upload")
            )
        })?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: OffsetsArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args, Era::V3_9).map_err(|error| error.to_string())
    }

    fn chosen(line: &str) -> Result<String, String> {
        let filters = plan(line)?.filters;
        let mut shown = Vec::new();
        for topic in ["a", "ab", "b"] {
            for number in 0..5 {
                if filters.iter().any(|f| f.has_topic(topic) && f.partitions.has(number)) {
                    shown.push(format!("{topic}{number}"));
                }
            }
        }
        Ok(shown.join(" "))
    }

    #[test]
    fn filters_of_topics_and_partitions() {
        assert_eq!(chosen("--topic a --partitions 1,3"), Ok("a1 a3".into()));
        assert_eq!(chosen("--topic a,b --partitions 4"), Ok("a4 b4".into()));
        assert_eq!(chosen("--topic-partitions a:0-2,b:3-,ab:-1"), Ok("a0 a1 ab0 b3 b4".into()));
        assert_eq!(chosen("--topic-partitions a.+:2"), Ok("ab2".into()));
        assert_eq!(chosen("--topic-partitions :4"), Ok("a4 ab4 b4".into()));
        assert_eq!(
            chosen("--topic a --partitions x"),
            Err("--partitions expects a comma separated list of numeric partition ids, but received: x".into())
        );
        assert_eq!(
            chosen("--topic a --topic-partitions a:1"),
            Err("--topic-partitions cannot be used with --topic or --partitions".into())
        );
    }

    #[test]
    fn times_and_brokers() {
        for (time, spec) in [
            ("", OffsetSpec::Latest),
            ("--time -2", OffsetSpec::Earliest),
            ("--time max-timestamp", OffsetSpec::MaxTimestamp),
            ("--time 5", OffsetSpec::Timestamp(5)),
        ] {
            assert_eq!(plan(time).unwrap().spec, spec, "{time}");
        }
        let in_4_4 =
            |line: &str| Plan::of(&typed(line).unwrap(), Era::V4_4).map(|plan| plan.spec).map_err(|e| e.to_string());
        assert_eq!(in_4_4("--time -6"), Ok(OffsetSpec::EarliestPendingUpload));
        assert!(in_4_4("--time soon").unwrap_err().contains("/ -6 or earliest-pending-upload, or a specified"));
        assert!(plan("--time soon").unwrap_err().starts_with("Malformed time argument soon."));
        let properties = |line: &str, file| plan(line).unwrap().properties(file).unwrap();
        let given = properties("--broker-list a:1", Properties::new());
        assert_eq!((given["bootstrap.servers"].as_str(), given["client.id"].as_str()), ("a:1", "GetOffsetShell"));
        let file = Properties::from([("client.id".to_owned(), "me".to_owned())]);
        let given = properties("--broker-list a:1 --bootstrap-server b:1", file);
        assert_eq!((given["bootstrap.servers"].as_str(), given["client.id"].as_str()), ("b:1", "me"));
        let twice = plan("--command-config a --command-config b").unwrap_err();
        assert_eq!(twice, "Found multiple arguments for option command-config, but you asked for only one");
    }
}
