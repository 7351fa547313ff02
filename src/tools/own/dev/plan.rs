//! Pure: what was typed after `rkafka dev`, and what it means.

use anyhow::{Context, bail};
use clap::{Args, value_parser};
use std::path::PathBuf;

/// The ports of Kafka's and ZooKeeper's notes.
const KAFKA_PORT: u16 = 9092;
const ZOOKEEPER_PORT: u16 = 2181;
/// More brokers than this in one process help nobody.
const MOST_BROKERS: i64 = 32;

/// A topic to create before the servers are called ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTopic {
    pub name: String,
    pub partitions: i32,
    pub replication_factor: i16,
}

/// What can be typed.
#[derive(Debug, Args)]
#[command(
    about = "Run ZooKeeper and one or more brokers in one process, until Ctrl-C or for one command",
    after_help = "A command sees BOOTSTRAP_SERVERS and ZOOKEEPER_CONNECT, and finds rkafka on its PATH; dev ends with its \
                  status.\n\nExamples:\n  rkafka dev\n  rkafka dev --brokers 3 --topic orders:4:3\n  rkafka dev --port 0 \
                  --topic orders:4:1 -- ./integration-tests.sh"
)]
pub struct DevArgs {
    #[arg(
        long,
        value_name = "PORT",
        help = "Port of the broker, the further brokers' follow it; 0 picks free ports for all servers [default: 9092]"
    )]
    port: Option<u16>,
    #[arg(
        long,
        value_name = "N",
        value_parser = value_parser!(u16).range(1..=MOST_BROKERS),
        help = "How many brokers to run, with ids from 0 [default: 1]"
    )]
    brokers: Option<u16>,
    #[arg(
        long,
        value_name = "PORT",
        help = "Port of the ZooKeeper server; 0 picks a free one [default: 2181, or 0 when --port is given]"
    )]
    zookeeper_port: Option<u16>,
    #[arg(
        long = "topic",
        value_name = "NAME[:PARTITIONS[:REPLICAS]]",
        value_parser = parse_topic,
        help = "Create a topic before being ready; may be repeated"
    )]
    topics: Vec<NewTopic>,
    #[arg(long, value_name = "DIR", help = "Keep the data there [default: a temporary folder, removed at the end]")]
    dir: Option<PathBuf>,
    #[arg(long, value_name = "PATH", help = "Write the addresses there, as shell variables, once everything is ready")]
    ready_file: Option<PathBuf>,
    #[arg(
        long = "override",
        value_name = "KEY=VALUE",
        value_parser = parse_override,
        help = "Set a property of every broker; may be repeated"
    )]
    overrides: Vec<(String, String)>,
    #[arg(
        value_name = "COMMAND",
        num_args = 0..,
        allow_hyphen_values = true,
        last = true,
        help = "Run this, then stop; its exit status becomes that of dev"
    )]
    command: Vec<String>,
}

/// What one `rkafka dev` is to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// The first broker's port; 0: any free ones for all.
    pub port: u16,
    /// The ZooKeeper server's port; 0: any free one.
    pub zookeeper_port: u16,
    /// How many brokers; their ports follow each other.
    pub brokers: u16,
    pub topics: Vec<NewTopic>,
    /// Where data stays; `None`: a temporary folder, removed at the end.
    pub dir: Option<PathBuf>,
    /// Written when the servers are ready.
    pub ready_file: Option<PathBuf>,
    /// `key=value` settings of every broker.
    pub overrides: Vec<(String, String)>,
    /// The command to run; empty: run until Ctrl-C.
    pub command: Vec<String>,
}

impl Plan {
    /// Understands the options.
    pub fn of(args: DevArgs) -> Plan {
        let zookeeper_default = if args.port.is_some() { 0 } else { ZOOKEEPER_PORT };
        Plan {
            port: args.port.unwrap_or(KAFKA_PORT),
            zookeeper_port: args.zookeeper_port.unwrap_or(zookeeper_default),
            brokers: args.brokers.unwrap_or(1),
            topics: args.topics,
            dir: args.dir,
            ready_file: args.ready_file,
            overrides: args.overrides,
            command: args.command,
        }
    }
}

/// `name`, `name:partitions` or `name:partitions:replicas`.
fn parse_topic(text: &str) -> anyhow::Result<NewTopic> {
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or_default();
    let partitions = parts.next().unwrap_or("1");
    let replicas = parts.next().unwrap_or("1");
    if name.is_empty() || parts.next().is_some() {
        bail!("a topic is NAME, NAME:PARTITIONS or NAME:PARTITIONS:REPLICAS");
    }
    let topic = NewTopic {
        name: name.to_string(),
        partitions: partitions.parse().with_context(|| format!("'{partitions}' is not a number of partitions"))?,
        replication_factor: replicas.parse().with_context(|| format!("'{replicas}' is not a number of replicas"))?,
    };
    if topic.partitions < 1 || topic.replication_factor < 1 {
        bail!("a topic has at least one partition and one replica");
    }
    Ok(topic)
}

fn parse_override(text: &str) -> anyhow::Result<(String, String)> {
    let (key, value) = text.split_once('=').context("an override is KEY=VALUE")?;
    Ok((key.trim().to_string(), value.trim().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::clap_command;
    use clap::FromArgMatches;

    fn parse(words: &[&str]) -> Result<Plan, clap::Error> {
        let matches = clap_command::<DevArgs>().try_get_matches_from([&["dev"], words].concat());
        matches.and_then(|matches| DevArgs::from_arg_matches(&matches)).map(Plan::of)
    }

    #[test]
    fn ports_default_to_the_notes_and_0_frees_both() {
        let options = parse(&[]).unwrap();
        assert_eq!((options.port, options.zookeeper_port), (9092, 2181));
        let options = parse(&["--port", "0"]).unwrap();
        assert_eq!((options.port, options.zookeeper_port), (0, 0));
        let options = parse(&["--port", "9093", "--zookeeper-port", "2182"]).unwrap();
        assert_eq!((options.port, options.zookeeper_port), (9093, 2182));
    }

    #[test]
    fn brokers_are_counted() {
        assert_eq!(parse(&[]).unwrap().brokers, 1);
        assert_eq!(parse(&["--brokers", "3"]).unwrap().brokers, 3);
        assert!(parse(&["--brokers", "0"]).is_err());
    }

    #[test]
    fn topics_and_the_command_are_taken_apart() {
        let options = parse(&["--topic", "a", "--topic", "b:4:1", "--", "sh", "-c", "exit 3"]).unwrap();
        let a = NewTopic { name: "a".to_string(), partitions: 1, replication_factor: 1 };
        let b = NewTopic { name: "b".to_string(), partitions: 4, replication_factor: 1 };
        assert_eq!(options.topics, [a, b]);
        assert_eq!(options.command, ["sh", "-c", "exit 3"]);
    }

    #[test]
    fn a_bad_topic_is_named() {
        for bad in ["a:x", "a:1:1:1", ":1", "a:0"] {
            let error = parse(&["--topic", bad]).unwrap_err().to_string();
            assert!(error.contains(bad), "{error}");
        }
    }
}
