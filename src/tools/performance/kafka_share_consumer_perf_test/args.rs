//! What can be typed for `kafka-share-consumer-perf-test`.

use crate::options::{Flag, Once, Repeated};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "Measure how fast records can be consumed in a share group")]
pub struct SharePerfArgs {
    #[arg(long, value_name = "String: server to connect to", help = "REQUIRED: brokers to start from.")]
    pub bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: topic", help = "REQUIRED: the topic to consume.")]
    pub topic: Once<String>,
    #[arg(
        long,
        value_name = "String: gid",
        default_value = "perf-share-consumer",
        help = "The share group to consume in."
    )]
    pub group: Once<String>,
    #[arg(long, value_name = "Integer: size", default_value = "1048576", help = "The most bytes to fetch at once.")]
    pub fetch_size: Once<i32>,
    #[arg(long, value_name = "Integer: size", default_value = "2097152", help = "The size of the socket's buffer.")]
    pub socket_buffer_size: Once<i32>,
    #[arg(long = "consumer.config", value_name = "String: config file", help = "The old name of --command-config.")]
    pub consumer_config: Once<String>,
    #[arg(long, value_name = "String: config file", help = "A properties file for the consumers.")]
    pub command_config: Once<String>,
    #[arg(
        long,
        action = Append,
        value_name = "String: prop1=val1",
        help = "A key=value pair for the consumers, may be repeated; goes before --command-config."
    )]
    pub command_property: Repeated,
    #[arg(long, action = SetTrue, help = "Print the consumers' metrics at the end.")]
    pub print_metrics: Flag,
    #[arg(long, action = SetTrue, help = "Print a line for each interval.")]
    pub show_detailed_stats: Flag,
    #[arg(long, action = SetTrue, help = "Print a line for each consumer at the end.")]
    pub show_consumer_stats: Flag,
    #[arg(
        long,
        num_args = 0..=1,
        value_name = "Long: milliseconds",
        default_value = "10000",
        help = "How long to wait for the next record."
    )]
    pub timeout: Once<i64>,
    #[arg(long, value_name = "Long: count", help = "The old name of --num-records.")]
    pub messages: Once<i64>,
    #[arg(long, value_name = "Long: count", help = "REQUIRED: how many records to consume.")]
    pub num_records: Once<i64>,
    #[arg(
        long,
        value_name = "Long: interval_ms",
        default_value = "5000",
        help = "How often a line is printed, with --show-detailed-stats."
    )]
    pub reporting_interval: Once<i64>,
    #[arg(
        long,
        value_name = "String: date format",
        default_value = "yyyy-MM-dd HH:mm:ss:SSS",
        help = "How times are shown; see java.text.SimpleDateFormat."
    )]
    pub date_format: Once<String>,
    #[arg(long, action = SetTrue, help = "Print no line of titles.")]
    pub hide_header: Flag,
    #[arg(long, value_name = "Integer: count", default_value = "1", help = "How many consumers share the records.")]
    pub threads: Once<i32>,
}
