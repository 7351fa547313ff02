//! `kafka-log-dirs`: which replicas are in which log directory of which broker, and how large they are, as JSON.
//!
//! Texts, the order of JSON's keys and exit codes are those of Apache Kafka 3.9.1 (`LogDirsCommand`).

use crate::{
    access::{admin, properties},
    block_on::block_on_for_reader,
    java_order,
    options::{Flag, Once, Opt, UsageError, kafka_command},
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
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

pub const TOOL: Tool = Tool {
    name: "log-dirs",
    script: "kafka-log-dirs",
    command: kafka_command::<LogDirsArgs>,
    run,
    shows: &[&LOG_DIRS],
};

/// A log directory.
const LOG_DIRS: Shape<6> = Shape::rows(
    "log-dirs",
    [
        Field::integer("broker", "The broker's id."),
        Field::text("logDir", "The directory's path."),
        Field::text("error", "The error's name if it is not in use, such as `KAFKA_STORAGE_ERROR`; null if it is."),
        Field::integer("totalBytes", "The size of its volume in bytes; null if it is not known."),
        Field::integer("usableBytes", "How much of it is free for Kafka, in bytes; null if it is not known."),
        Field::list(
            "replicas",
            "Objects: `topic`, `partition`, `size` in bytes, `offsetLag` in records behind the high watermark (or, of a \
             future replica, behind the current one), and `isFuture`: it is being moved here.",
        ),
    ],
);

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
    terminal.say("Querying brokers for log directories information")?;
    terminal.flush()?;
    let is_text = terminal.format() == Format::Text;
    let (mut shown, mut rows) = (Vec::new(), Vec::new());
    for id in &brokers {
        let dirs = admin.describe_log_dirs(*id, None).await?;
        match is_text {
            true => shown.push(broker(*id, dirs, &plan.topics)),
            false => rows.extend(dirs.iter().map(|dir| row(*id, dir, &plan.topics))),
        }
    }
    terminal.say(format_args!("Received log directory information from brokers {}", listed(&brokers)))?;
    if !is_text {
        return Ok(terminal.show(&LOG_DIRS, rows)?);
    }
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

/// The replicas of those topics.
fn replicas<'a>(dir: &'a LogDirs, topics: &BTreeSet<String>) -> Vec<(TopicPartition, &'a DescribeLogDirsPartition)> {
    let wanted = dir.topics.iter().filter(|topic| topics.is_empty() || topics.contains(&topic.name));
    let replicas = wanted.flat_map(|topic| {
        topic.partitions.iter().map(|p| (TopicPartition::new(topic.name.as_str(), p.partition_index), p))
    });
    replicas.collect()
}

fn row(broker: i32, dir: &LogDirs, topics: &BTreeSet<String>) -> [Value; 6] {
    let error = Some(ErrorCode(dir.error_code)).filter(|code| code.is_error()).map(|code| code.name().to_owned());
    let bytes = |bytes: i64| Some(bytes).filter(|bytes| *bytes >= 0);
    let mut replicas = replicas(dir, topics);
    replicas.sort_by(|(a, _), (b, _)| a.cmp(b));
    let replica = |(TopicPartition { topic, partition }, replica): &(TopicPartition, &DescribeLogDirsPartition)| {
        let (size, lag, future) = (replica.partition_size, replica.offset_lag, replica.is_future_key);
        json!({ "topic": &**topic, "partition": partition, "size": size, "offsetLag": lag, "isFuture": future })
    };
    [
        json!(broker),
        json!(dir.log_dir),
        json!(error),
        json!(bytes(dir.total_bytes)),
        json!(bytes(dir.usable_bytes)),
        replicas.iter().map(replica).collect(),
    ]
}

fn log_dir(dir: &LogDirs, topics: &BTreeSet<String>) -> String {
    let mut partitions = replicas(dir, topics);
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
        let only_b = BTreeSet::from(["b".to_owned()]);
        let replica = json!({ "topic": "b", "partition": 0, "size": 70, "offsetLag": 0, "isFuture": false });
        let dir = LogDirs { total_bytes: -1, usable_bytes: 5, ..dir };
        let null = Value::Null;
        let expected_row = [json!(3), json!("/d"), null.clone(), null, json!(5), json!([replica])];
        assert_eq!(row(3, &dir, &only_b), expected_row);
        assert_eq!(broker(3, vec![dir], &only_b), expected);
        assert_eq!(java_class("KAFKA_STORAGE_ERROR"), "org.apache.kafka.common.errors.KafkaStorageException");
    }
}
