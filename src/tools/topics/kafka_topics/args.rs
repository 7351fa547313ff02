//! What can be typed for `kafka-topics`.

use crate::options::{Flag, Once, Repeated};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};
use rkafka_config::topic_table::TOPIC;

#[derive(Debug, Args)]
#[command(about = "Create, delete, describe, or change a topic.")]
pub struct TopicsArgs {
    #[arg(long, action = SetTrue, help = "Change the number of partitions or the placement of new ones.")]
    pub alter: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: only partitions whose ISR is just large enough.")]
    pub at_min_isr_partitions: Flag,
    #[arg(
        long,
        value_name = "String: server to connect to",
        help = "REQUIRED: The brokers, host:port,host:port.",
        long_help = "REQUIRED: The brokers to ask first, as host:port,host:port."
    )]
    pub bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: command config property file", help = "Properties of the admin client.")]
    pub command_config: Once<String>,
    #[arg(
        long,
        action = Append,
        value_name = "String: name=value",
        help = "A setting of the topic to create.",
        long_help = help_for_config()
    )]
    pub config: Repeated,
    #[arg(long, action = SetTrue, help = "Create a topic.")]
    pub create: Flag,
    #[arg(long, action = SetTrue, help = "Delete topics.")]
    pub delete: Flag,
    #[arg(
        long,
        action = Append,
        value_name = "String: name",
        help = "A setting to take from a topic. kafka-configs does this."
    )]
    pub delete_config: Repeated,
    #[arg(long, action = SetTrue, help = "Show topics and their partitions.")]
    pub describe: Flag,
    #[arg(long, action = SetTrue, help = "With --list and --describe: leave internal topics out.")]
    pub exclude_internal: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "With --alter, --delete, --describe: no error when the topic is not there."
    )]
    pub if_exists: Flag,
    #[arg(long, action = SetTrue, help = "With --create: no error when the topic is there already.")]
    pub if_not_exists: Flag,
    #[arg(long, action = SetTrue, help = "List topics.")]
    pub list: Flag,
    #[arg(
        long,
        value_name = "Integer: maximum number of partitions in one response.",
        help = "The most partitions to ask for at a time."
    )]
    pub partition_size_limit_per_response: Once<i32>,
    // The notes of 0.8 abbreviate it; an option that came later would make that ambiguous.
    #[arg(
        long,
        alias = "partition",
        value_name = "Integer: # of partitions",
        help = "How many partitions the topic is to have.",
        long_help = "How many partitions the topic is to have; with --create the brokers' default if not given. \
                     WARNING: more partitions change where records with a key go, and so their order."
    )]
    pub partitions: Once<i32>,
    #[arg(
        long,
        value_name = "String: broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , \
                      broker_id_for_part2_replica1 : broker_id_for_part2_replica2 , ...",
        help = "The brokers of each partition, in place of the cluster's own choice."
    )]
    pub replica_assignment: Once<String>,
    #[arg(
        long,
        value_name = "Integer: replication factor",
        help = "How many brokers keep each partition.",
        long_help = "How many brokers keep each partition of the topic to create; the brokers' default if not given."
    )]
    pub replication_factor: Once<i32>,
    #[arg(
        long,
        value_name = "String: topic",
        help = "The topic.",
        long_help = "The topic. Except with --create it may be a regular expression of Java for whole names, in which a \
                     comma means \"or\"; write '\\.' for a dot, as in \"test\\.topic\"."
    )]
    pub topic: Once<String>,
    #[arg(long, value_name = "String: topic-id", help = "With --describe: the topic of this id.")]
    pub topic_id: Once<String>,
    #[arg(long, action = SetTrue, help = "With --describe: only topics with settings of their own.")]
    pub topics_with_overrides: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: only partitions without a living leader.")]
    pub unavailable_partitions: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: only partitions whose ISR is too small.")]
    pub under_min_isr_partitions: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: only partitions that lack in-sync replicas.")]
    pub under_replicated_partitions: Flag,
    #[arg(
        long,
        value_name = "String: urls",
        help = "DEPRECATED, in place of --bootstrap-server: ZooKeeper, where the brokers are looked up."
    )]
    pub zookeeper: Once<String>,
}

impl TopicsArgs {
    /// The options that narrow `--describe` to some partitions.
    pub fn reports(&self) -> [&Flag; 4] {
        [
            &self.under_replicated_partitions,
            &self.under_min_isr_partitions,
            &self.at_min_isr_partitions,
            &self.unavailable_partitions,
        ]
    }
}

fn help_for_config() -> String {
    let names: Vec<&str> = TOPIC.iter().map(|definition| definition.name).collect();
    format!(
        "A setting of the topic to create, in place of the brokers' default; may be repeated. The settings are:\n  {}\n\
         With --create only; kafka-configs changes the settings of topics that exist.",
        names.join("\n  ")
    )
}
