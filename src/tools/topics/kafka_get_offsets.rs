//! `kafka-get-offsets`: the earliest, latest or another offset of partitions, one `topic:partition:offset` a line.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1 (`GetOffsetShell`). Partitions without an answer are left out.

use crate::{
    access::properties,
    options::argv::{Options, UsageError},
    options::flags::{flag, kafka_command, value},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use clap::Command;
use regex_lite::Regex;
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, ClientError, Properties,
    admin::{OffsetSpec, TopicListing},
};
use rkafka_runtime::logging;
use std::{collections::BTreeSet, sync::Arc};

pub const TOOL: Tool = Tool { name: "get-offsets", script: "kafka-get-offsets", command, run };

const INTRODUCTION: &str = "An interactive shell for getting topic-partition offsets.";

fn command() -> Command {
    kafka_command("get-offsets", "Print the offsets of partitions")
        .arg(value(
            "broker-list",
            "String: HOST1:PORT1,...,HOST3:PORT3",
            "DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.",
        ))
        .arg(value("bootstrap-server", "String: HOST1:PORT1,...,HOST3:PORT3", "REQUIRED: brokers to start from."))
        .arg(value(
            "topic-partitions",
            "String: topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3",
            "Topics (regular expressions) and their partitions: one, or a range whose end is not part of it. Not with \
             --topic or --partitions.",
        ))
        .arg(value("topic", "String: topic", "The topic, or a regular expression for topics. All topics if not given."))
        .arg(value("partitions", "String: partition ids", "Partitions, comma separated. All partitions if not given."))
        .arg(
            value(
                "time",
                "String: <timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or \
                 latest-tiered",
                "Which offset: that of the first record at or after a time in milliseconds, or one of the names.",
            )
            .default_value("latest"),
        )
        .arg(value("command-config", "String: config file", "A properties file for the admin client."))
        .arg(flag("exclude-internal-topics", "Leave Kafka's internal topics out."))
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let options = call.options()?;
    if let Some(exit) = call.help_or_version(&options, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    if !options.has("bootstrap-server") && !options.has("broker-list") {
        return Err(UsageError::Rule("Missing required option(s) [bootstrap-server]".into()).into());
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    match print_offsets(&options, terminal) {
        Ok(()) => Ok(Exit::OK),
        Err(error) if crate::terminal::is_closed_pipe(&error) => Err(error),
        Err(error) => {
            terminal.talk(format_args!("Error occurred: {error:#}"));
            if let Some(hint) = error.downcast_ref::<ClientError>().and_then(ClientError::hint) {
                terminal.talk(hint);
            }
            Ok(Exit::FAILED)
        }
    }
}

fn print_offsets(options: &Options, terminal: &mut Terminal) -> anyhow::Result<()> {
    let filters = filters(options)?;
    let spec = offset_spec(options.value("time")?.unwrap_or_default())?;
    let properties = properties(options)?;
    crate::block_on::block_on_for_reader(async {
        let admin = Admin::new(&properties).await?;
        let wanted = partitions(&admin, &filters, options.has("exclude-internal-topics")).await?;
        let asked: Vec<(TopicPartition, OffsetSpec)> = wanted.into_iter().map(|partition| (partition, spec)).collect();
        for (partition, found) in admin.list_offsets(&asked, false).await? {
            match found {
                Ok(found) if found.offset >= 0 => {
                    terminal.line(format_args!("{}:{}:{}", partition.topic, partition.partition, found.offset))?;
                }
                Ok(_) => {}
                Err(error) => terminal
                    .talk(format_args!("Skip getting offsets for topic-partition {partition} due to error: {error}")),
            }
        }
        Ok(())
    })
}

fn properties(options: &Options) -> anyhow::Result<Properties> {
    let mut properties = properties::load(options.value("command-config")?)?;
    let servers = match options.value("bootstrap-server")? {
        Some(servers) => Some(servers),
        None => options.value("broker-list")?,
    };
    properties.insert("bootstrap.servers".into(), servers.unwrap_or_default().to_owned());
    properties.entry("client.id".into()).or_insert_with(|| "GetOffsetShell".into());
    Ok(properties)
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
    /// A regular expression for the whole name; `None` for every topic.
    topic: Option<Regex>,
    partitions: Partitions,
}

impl Filter {
    fn new(topic: &str, partitions: Partitions) -> anyhow::Result<Filter> {
        // As elsewhere in Kafka's tools, a comma stands for "or", and quotes around the expression are dropped.
        let expression = topic.trim().replace(',', "|").replace(' ', "");
        let expression = expression.trim_matches(['"', '\'']);
        let topic = match expression {
            "" => None,
            _ => Some(
                Regex::new(&format!("^(?:{expression})$")).map_err(|_| anyhow!("{expression} is an invalid regex."))?,
            ),
        };
        Ok(Filter { topic, partitions })
    }

    fn has_topic(&self, name: &str) -> bool {
        self.topic.as_ref().is_none_or(|expression| expression.is_match(name))
    }
}

fn filters(options: &Options) -> anyhow::Result<Vec<Filter>> {
    if let Some(specs) = options.value("topic-partitions")? {
        if options.has("topic") || options.has("partitions") {
            bail!("--topic-partitions cannot be used with --topic or --partitions");
        }
        return specs.split(',').map(topic_partitions).collect();
    }
    let partitions = match options.value("partitions")? {
        None => Partitions::ALL,
        Some(text) => Partitions::Listed(listed(text)?),
    };
    Ok(vec![Filter::new(options.value("topic")?.unwrap_or_default(), partitions)?])
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

fn offset_spec(text: &str) -> anyhow::Result<OffsetSpec> {
    Ok(match text {
        "earliest" | "-2" => OffsetSpec::Earliest,
        "latest" | "-1" => OffsetSpec::Latest,
        "max-timestamp" | "-3" => OffsetSpec::MaxTimestamp,
        "earliest-local" | "-4" => OffsetSpec::EarliestLocal,
        "latest-tiered" | "-5" => OffsetSpec::LatestTiered,
        _ => OffsetSpec::Timestamp(text.parse().map_err(|_| {
            anyhow!(
                "Malformed time argument {text}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or \
                 earliest-local / -5 or latest-tiered, or a specified long format timestamp"
            )
        })?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(line: &str) -> Result<String, String> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let options = Options::parse(&command(), &args).map_err(|error| error.to_string())?;
        let filters = filters(&options).map_err(|error| error.to_string())?;
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
}
