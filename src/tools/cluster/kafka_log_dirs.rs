//! `kafka-log-dirs`: which replicas are in which log directory of which broker, and how large they are, as JSON.
//!
//! Texts, the order of JSON's keys and exit codes are those of Apache Kafka 3.9.1 (`LogDirsCommand`).

use crate::{
    access::{admin, properties},
    block_on::block_on_for_reader,
    java_order,
    options::{Flag, Once, Opt, UsageError, kafka_command},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use clap::{ArgAction::SetTrue, Args};
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, admin::LogDirs};
use rkafka_protocol::{ErrorCode, messages::describe_log_dirs_response::DescribeLogDirsPartition};
use rkafka_runtime::logging;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub const TOOL: Tool =
    Tool { name: "log-dirs", script: "kafka-log-dirs", command: kafka_command::<LogDirsArgs>, run, shows: &[] };

const INTRODUCTION: &str = "This tool helps to query log directory usage on the specified brokers.";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Show what is in the log directories of brokers")]
struct LogDirsArgs {
    #[arg(
        long,
        value_name = "String: The server(s) to use for bootstrapping",
        help = "REQUIRED: The brokers, host:port,host:port."
    )]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: Broker list", help = "The brokers to ask: 0,1,2. All if not given.")]
    broker_list: Once<String>,
    #[arg(long, value_name = "String: Admin client property file", help = "A properties file for the admin client.")]
    command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "REQUIRED: Show the log directories.")]
    describe: Flag,
    #[arg(long, value_name = "String: Topic list", help = "The topics to show: topic1,topic2. All if not given.")]
    topic_list: Once<String>,
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    servers: String,
    admin_file: Option<String>,
    /// Empty means all.
    brokers: BTreeSet<i32>,
    topics: BTreeSet<String>,
}

impl Plan {
    /// Understands the options.
    fn of(args: &LogDirsArgs) -> anyhow::Result<Plan> {
        let required: [&dyn Opt; 2] = [&args.bootstrap_server, &args.describe];
        if let Some(missing) = required.into_iter().find(|option| !option.is_given()) {
            return Err(UsageError::missing(missing).into());
        }
        let parts = |text: Option<&str>| -> Vec<String> {
            text.unwrap_or_default().split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let id = |text: String| {
            text.parse().map_err(|_| anyhow!("For input string: \"{text}\"\n--broker-list wants broker ids: 0,1,2"))
        };
        Ok(Plan {
            servers: args.bootstrap_server.required()?,
            admin_file: args.command_config.value()?,
            brokers: parts(args.broker_list.text()?).into_iter().map(id).collect::<anyhow::Result<_>>()?,
            topics: parts(args.topic_list.text()?).into_iter().collect(),
        })
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<LogDirsArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    block_on_for_reader(describe(&plan, terminal)).map(|()| Exit::OK).map_err(admin::explained)
}

async fn describe(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut properties = properties::load(plan.admin_file.as_deref())?;
    properties.insert("bootstrap.servers".to_owned(), plan.servers.clone());
    properties.entry("client.id".to_owned()).or_insert_with(|| "log-dirs-tool".to_owned());
    let admin = Admin::new(&properties).await?;
    let known: BTreeSet<i32> = admin.describe_cluster(false).await?.nodes.iter().map(|node| node.id).collect();
    let unknown: Vec<i32> = plan.brokers.difference(&known).copied().collect();
    if !unknown.is_empty() {
        let known: Vec<i32> = known.into_iter().collect();
        let (unknown, known) = (listed(&unknown), listed(&known));
        bail!("ERROR: The given brokers do not exist from --broker-list: {unknown}. Current existent brokers: {known}");
    }
    let mut brokers: Vec<i32> = if plan.brokers.is_empty() { &known } else { &plan.brokers }.iter().copied().collect();
    java_order::sort_by_hash(&mut brokers, java_order::UNSIZED, |id| *id);
    terminal.line("Querying brokers for log directories information")?;
    terminal.flush()?;
    let mut shown = Vec::new();
    for id in &brokers {
        let dirs = admin.describe_log_dirs(*id, None).await?;
        shown.push(broker(*id, dirs, &plan.topics));
    }
    terminal.line(format_args!("Received log directory information from brokers {}", listed(&brokers)))?;
    let brokers = shown.join(",");
    Ok(terminal.line(format_args!("{{\"brokers\":[{brokers}],\"version\":1}}"))?)
}

fn listed(ids: &[i32]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// One broker's object. Kafka's tool has the keys in the order of Java's maps, so they are written one by one.
fn broker(id: i32, mut dirs: Vec<LogDirs>, topics: &BTreeSet<String>) -> String {
    let expected = dirs.len();
    java_order::sort_by_key(&mut dirs, expected, |dir| &dir.log_dir);
    let dirs: Vec<String> = dirs.iter().map(|dir| log_dir(dir, topics)).collect();
    format!("{{\"broker\":{id},\"logDirs\":[{}]}}", dirs.join(","))
}

fn log_dir(dir: &LogDirs, topics: &BTreeSet<String>) -> String {
    let wanted = dir.topics.iter().filter(|topic| topics.is_empty() || topics.contains(&topic.name));
    let mut partitions: Vec<_> = wanted
        .flat_map(|topic| {
            topic.partitions.iter().map(|p| (TopicPartition::new(topic.name.as_str(), p.partition_index), p))
        })
        .collect();
    java_order::sort_by_partition(&mut partitions, java_order::UNSIZED, |(partition, _)| partition);
    let partitions: Vec<String> = partitions.iter().map(|(partition, replica)| shown(partition, replica)).collect();
    let error = match ErrorCode(dir.error_code) {
        ErrorCode::NONE => Value::Null,
        code => json!(java_class(code.name())),
    };
    let (partitions, path) = (partitions.join(","), Value::from(dir.log_dir.as_str()));
    format!("{{\"partitions\":[{partitions}],\"error\":{error},\"logDir\":{path}}}")
}

fn shown(partition: &TopicPartition, replica: &DescribeLogDirsPartition) -> String {
    let name = Value::from(partition.to_string());
    let (size, lag, future) = (replica.partition_size, replica.offset_lag, replica.is_future_key);
    format!("{{\"partition\":{name},\"size\":{size},\"offsetLag\":{lag},\"isFuture\":{future}}}")
}

/// The exception of Kafka's that stands for an error: `KAFKA_STORAGE_ERROR` is a `KafkaStorageException`.
fn java_class(code: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_string() + &letters.as_str().to_ascii_lowercase()).unwrap_or_default()
    };
    let name: String = code.trim_end_matches("_ERROR").split('_').map(word).collect();
    format!("org.apache.kafka.common.errors.{name}Exception")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;
    use rkafka_protocol::messages::describe_log_dirs_response::DescribeLogDirsTopic;

    #[test]
    fn options() {
        let plan = |line: &str| Plan::of(&typed(line).unwrap()).map_err(|error| error.to_string());
        assert_eq!(plan("--bootstrap-server b").unwrap_err(), "Missing required argument \"[describe]\"");
        let both = plan("--bootstrap-server b --describe --broker-list 2,,1 --topic-list a,b").unwrap();
        assert_eq!((both.brokers.len(), both.topics.len()), (2, 2));
        let wrong = plan("--bootstrap-server b --describe --broker-list x").unwrap_err();
        assert!(wrong.starts_with("For input string: \"x\""), "{wrong}");
    }

    #[test]
    fn layout() {
        let partition = DescribeLogDirsPartition { partition_size: 70, ..Default::default() };
        let topic = |name: &str| DescribeLogDirsTopic {
            name: name.into(),
            partitions: vec![partition.clone()],
            ..Default::default()
        };
        let dir = LogDirs { log_dir: "/d".into(), topics: vec![topic("a"), topic("b")], ..Default::default() };
        let expected = "{\"broker\":3,\"logDirs\":[{\"partitions\":[{\"partition\":\"b-0\",\"size\":70,\"offsetLag\":0,\
                        \"isFuture\":false}],\"error\":null,\"logDir\":\"/d\"}]}";
        assert_eq!(broker(3, vec![dir], &BTreeSet::from(["b".to_owned()])), expected);
        assert_eq!(java_class("KAFKA_STORAGE_ERROR"), "org.apache.kafka.common.errors.KafkaStorageException");
    }
}
