//! Pure: what can be typed for `kafka-transactions`, and what is meant by it.

use crate::options::{Argparse, Commands, Once, Opt, Subcommand, argparse_command};
use anyhow::bail;
use clap::{ArgAction::SetTrue, Args};
use rkafka_base::TopicPartition;
use rkafka_client::admin::{OpenTransaction, TransactionFilter};
use std::marker::PhantomData;

pub const COMMANDS: Commands<Place, Typed> = Commands {
    parser: Argparse {
        program: "kafka-transactions.sh",
        about: "This tool is used to analyze the transactional state of producers in the cluster. It can be used to detect \
                and recover from hanging transactions.",
        required: &["bootstrap-server"],
        one_of: &[],
    },
    commands: &[
        Subcommand {
            name: "list",
            about: "list transactions",
            required: &[],
            one_of: &[],
            command: argparse_command::<List>,
            read: |command, args| command.options(args).map(Typed::List),
        },
        Subcommand {
            name: "describe",
            about: "describe the state of an active transactional-id",
            required: &["transactional-id"],
            one_of: &[],
            command: argparse_command::<Describe>,
            read: |command, args| command.options(args).map(Typed::Describe),
        },
        Subcommand {
            name: "describe-producers",
            about: "describe the states of active producers for a topic partition",
            required: &["topic", "partition"],
            one_of: &[],
            command: argparse_command::<Producers>,
            read: |command, args| command.options(args).map(Typed::Producers),
        },
        Subcommand {
            name: "abort",
            about: "abort a hanging transaction (requires administrative privileges)",
            required: &["topic", "partition"],
            one_of: &[],
            command: argparse_command::<Abort>,
            read: |command, args| command.options(args).map(Typed::Abort),
        },
        Subcommand {
            name: "find-hanging",
            about: "find hanging transactions",
            required: &[],
            one_of: &[],
            command: argparse_command::<Hanging>,
            read: |command, args| command.options(args).map(Typed::Hanging),
        },
        Subcommand {
            name: "forceTerminateTransaction",
            about: "end the open transaction of a transactional-id",
            required: &["transactionalId"],
            one_of: &[],
            command: argparse_command::<Terminate>,
            read: |command, args| command.options(args).map(Typed::Terminate),
        },
    ],
    options: PhantomData,
};

/// What can be typed before the command.
#[derive(Debug, Args)]
#[command(about = "Show transactions and abort those that hang")]
pub struct Place {
    #[arg(long, short = 'v', action = SetTrue, help = "show the version of Kafka and exit")]
    version: crate::options::Flag,
    #[arg(long, value_name = "FILE", help = "a properties file for the admin client")]
    command_config: Once<String>,
    #[arg(long, value_name = "host:port", help = "the brokers, host:port,host:port")]
    bootstrap_server: Once<String>,
}

/// What can be typed after `list`.
#[derive(Debug, Args)]
pub struct List {
    #[arg(
        long,
        value_name = "DURATION_FILTER",
        help = "only transactions that have been running for longer, in milliseconds; all if negative"
    )]
    duration_filter: Once<i64>,
    #[arg(
        long,
        value_name = "TRANSACTIONAL_ID_PATTERN",
        help = "only transactional ids that this regular expression matches (brokers of 4.1 and later)"
    )]
    transactional_id_pattern: Once<String>,
}

/// What can be typed after `describe`.
#[derive(Debug, Args)]
pub struct Describe {
    #[arg(long, value_name = "TRANSACTIONAL_ID", help = "transactional id")]
    transactional_id: Once<String>,
}

/// What can be typed after `describe-producers`.
#[derive(Debug, Args)]
pub struct Producers {
    #[arg(long, value_name = "BROKER_ID", help = "the broker whose replica is asked; the leader if not given")]
    broker_id: Once<i32>,
    #[arg(long, value_name = "TOPIC", help = "topic name")]
    topic: Once<String>,
    #[arg(long, value_name = "PARTITION", help = "partition number")]
    partition: Once<i32>,
}

/// What can be typed after `abort`.
#[derive(Debug, Args)]
pub struct Abort {
    #[arg(long, value_name = "TOPIC", help = "topic name")]
    topic: Once<String>,
    #[arg(long, value_name = "PARTITION", help = "partition number")]
    partition: Once<i32>,
    #[arg(
        long,
        value_name = "START_OFFSET",
        help = "where the transaction begins; with brokers of 3.0 this is enough"
    )]
    start_offset: Once<i64>,
    #[arg(long, value_name = "PRODUCER_ID", help = "producer id, for brokers before 3.0")]
    producer_id: Once<i64>,
    #[arg(long, value_name = "PRODUCER_EPOCH", help = "producer epoch, for brokers before 3.0")]
    producer_epoch: Once<i16>,
    #[arg(long, value_name = "COORDINATOR_EPOCH", help = "coordinator epoch, for brokers before 3.0")]
    coordinator_epoch: Once<i32>,
}

/// What can be typed after `find-hanging`.
#[derive(Debug, Args)]
pub struct Hanging {
    #[arg(long, value_name = "BROKER_ID", help = "the broker to search")]
    broker_id: Once<i32>,
    #[arg(
        long,
        value_name = "MAX_TRANSACTION_TIMEOUT",
        default_value = "15",
        help = "how long transactions may take, in minutes"
    )]
    max_transaction_timeout: Once<i32>,
    #[arg(long, value_name = "TOPIC", help = "the topic to search (needed for --partition)")]
    topic: Once<String>,
    #[arg(long, value_name = "PARTITION", help = "partition number")]
    partition: Once<i32>,
}

/// What can be typed after `forceTerminateTransaction`.
#[derive(Debug, Args)]
pub struct Terminate {
    #[arg(long = "transactionalId", value_name = "TRANSACTIONALID", help = "transactional id")]
    transactional_id: Once<String>,
}

/// A command and what was typed after it.
#[derive(Debug)]
pub enum Typed {
    List(List),
    Describe(Describe),
    Producers(Producers),
    Abort(Abort),
    Hanging(Hanging),
    Terminate(Terminate),
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    pub servers: String,
    pub admin_file: Option<String>,
    pub task: Task,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    List(TransactionFilter),
    Describe { id: String },
    Producers { partition: TopicPartition, broker: Option<i32> },
    AbortAt { partition: TopicPartition, start: i64 },
    Abort { partition: TopicPartition, open: OpenTransaction },
    Hanging { broker: Option<i32>, topic: Option<String>, partition: Option<i32>, longer_than_ms: i64 },
    Terminate { id: String },
}

impl Plan {
    /// Understands the options.
    pub fn of(place: &Place, typed: &Typed) -> anyhow::Result<Plan> {
        let servers = place.bootstrap_server.required()?;
        Ok(Plan { servers, admin_file: place.command_config.value()?, task: task(typed)? })
    }
}

fn task(typed: &Typed) -> anyhow::Result<Task> {
    Ok(match typed {
        Typed::List(args) => Task::List(TransactionFilter {
            producer_ids: Vec::new(),
            longer_than: args.duration_filter.value()?.filter(|least| *least >= 0),
            pattern: args.transactional_id_pattern.value()?.filter(|pattern| !pattern.is_empty()),
        }),
        Typed::Describe(args) => Task::Describe { id: args.transactional_id.required()? },
        Typed::Producers(args) => {
            let partition = TopicPartition::new(args.topic.required()?.as_str(), args.partition.required()?);
            Task::Producers { partition, broker: args.broker_id.value()? }
        }
        Typed::Abort(args) => {
            let partition = TopicPartition::new(args.topic.required()?.as_str(), args.partition.required()?);
            match (args.start_offset.value()?, args.producer_id.value()?) {
                (Some(start), _) => Task::AbortAt { partition, start },
                (None, None) => bail!(
                    "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) \
                     or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)"
                ),
                (None, Some(producer_id)) => {
                    let Some(producer_epoch) = args.producer_epoch.value()? else {
                        bail!("Missing required argument --producer-epoch");
                    };
                    let Some(epoch) = args.coordinator_epoch.value()? else {
                        bail!("Missing required argument --coordinator-epoch");
                    };
                    // −1 is what a transaction shows that its coordinator has not written to yet.
                    let coordinator_epoch = epoch.max(0);
                    Task::Abort { partition, open: OpenTransaction { producer_id, producer_epoch, coordinator_epoch } }
                }
            }
        }
        Typed::Hanging(args) => {
            let (broker, topic, partition) = (args.broker_id.value()?, args.topic.value()?, args.partition.value()?);
            if broker.is_none() && topic.is_none() {
                bail!(
                    "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search"
                );
            }
            if args.partition.is_given() && topic.is_none() {
                bail!("The --partition argument requires --topic to be provided");
            }
            let minutes = i64::from(args.max_transaction_timeout.value()?.unwrap_or(15));
            Task::Hanging { broker, topic, partition, longer_than_ms: minutes * 60_000 }
        }
        Typed::Terminate(args) => Task::Terminate { id: args.transactional_id.required()? },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Result<Task, String> {
        let args: Vec<String> = format!("--bootstrap-server b {line}").split_whitespace().map(str::to_owned).collect();
        let ((place, typed), _) = COMMANDS.read(&args).map_err(|refused| format!("{:?}", refused.why))?;
        Plan::of(&place, &typed).map(|plan| plan.task).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_meant() {
        let partition = || TopicPartition::new("t", 1);
        assert_eq!(plan("list"), Ok(Task::List(TransactionFilter::default())));
        assert_eq!(plan("list --duration-filter -1"), Ok(Task::List(TransactionFilter::default())));
        let filter = TransactionFilter { longer_than: Some(5), pattern: Some("x.*".into()), ..Default::default() };
        assert_eq!(plan("list --duration-filter 5 --transactional-id-pattern x.*"), Ok(Task::List(filter)));
        assert_eq!(
            plan("abort --topic t --partition 1 --start-offset 7"),
            Ok(Task::AbortAt { partition: partition(), start: 7 })
        );
        let open = OpenTransaction { producer_id: 5, producer_epoch: 2, coordinator_epoch: 0 };
        assert_eq!(
            plan("abort --topic t --partition 1 --producer-id 5 --producer-epoch 2 --coordinator-epoch -1"),
            Ok(Task::Abort { partition: partition(), open })
        );
        assert_eq!(
            plan("find-hanging --broker-id 0"),
            Ok(Task::Hanging { broker: Some(0), topic: None, partition: None, longer_than_ms: 900_000 })
        );
        assert_eq!(plan("forceTerminateTransaction --transactionalId x"), Ok(Task::Terminate { id: "x".into() }));
    }

    #[test]
    fn what_is_refused() {
        let refused = |line: &str| plan(line).unwrap_err();
        assert!(
            refused("find-hanging").starts_with("The `find-hanging` command requires either --topic or --broker-id")
        );
        assert!(refused("find-hanging --broker-id 0 --partition 1").starts_with("The --partition argument requires"));
        assert!(refused("abort --topic t --partition 1").starts_with("The transaction to abort must be identified"));
        let old = "abort --topic t --partition 1 --producer-id 5";
        assert_eq!(refused(old), "Missing required argument --producer-epoch");
        assert_eq!(refused(&format!("{old} --producer-epoch 1")), "Missing required argument --coordinator-epoch");
        assert!(refused("describe").contains("argument --transactional-id is required"));
    }
}
