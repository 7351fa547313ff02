//! What can be typed for `kafka-consumer-perf-test`.

use crate::options::{Flag, Once, Repeated};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "Measure how fast records can be consumed")]
pub struct PerfArgs {
    #[arg(
        long,
        value_name = "String: server to connect to",
        help = "REQUIRED unless --broker-list is given: brokers to start from."
    )]
    pub bootstrap_server: Once<String>,
    #[arg(
        long,
        value_name = "String: broker-list",
        help = "DEPRECATED, use --bootstrap-server. Ignored if that is given."
    )]
    pub broker_list: Once<String>,
    #[arg(long, value_name = "String: topic", help = "REQUIRED unless --include is given: the topic to consume.")]
    pub topic: Once<String>,
    #[arg(
        long,
        value_name = "String: Java regex (String)",
        help = "A regular expression: every topic whose whole name matches is consumed."
    )]
    pub include: Once<String>,
    #[arg(long, value_name = "String: gid", help = "The group to consume in; a name by chance if not given.")]
    pub group: Once<String>,
    #[arg(
        long,
        value_name = "Integer: size",
        default_value = "1048576",
        help = "The most bytes of a partition at once."
    )]
    pub fetch_size: Once<i32>,
    #[arg(long, action = SetTrue, help = "Begin with the newest record if the group has no offsets yet.")]
    pub from_latest: Flag,
    #[arg(long, value_name = "Integer: size", default_value = "2097152", help = "The size of the socket's buffer.")]
    pub socket_buffer_size: Once<i32>,
    #[arg(long, value_name = "Integer: count", default_value = "10", help = "DEPRECATED AND IGNORED.")]
    pub threads: Once<i32>,
    #[arg(long, value_name = "Integer: count", default_value = "1", help = "DEPRECATED AND IGNORED.")]
    pub num_fetch_threads: Once<i32>,
    #[arg(long = "consumer.config", value_name = "String: config file", help = "A properties file for the consumer.")]
    pub consumer_config: Once<String>,
    #[arg(long, value_name = "String: config file", help = "Today's name of --consumer.config.")]
    pub command_config: Once<String>,
    #[arg(
        long,
        action = Append,
        value_name = "String: prop1=val1",
        help = "A key=value pair for the consumer, may be repeated; goes before --command-config."
    )]
    pub command_property: Repeated,
    #[arg(long, action = SetTrue, help = "Print the consumer's metrics at the end.")]
    pub print_metrics: Flag,
    #[arg(long, action = SetTrue, help = "Print a line for each interval.")]
    pub show_detailed_stats: Flag,
    #[arg(
        long,
        num_args = 0..=1,
        value_name = "Long: milliseconds",
        default_value = "10000",
        help = "How long to wait for the next record."
    )]
    pub timeout: Once<i64>,
    #[arg(long, value_name = "Long: count", help = "REQUIRED unless --num-records is given: how many to consume.")]
    pub messages: Once<i64>,
    #[arg(long, value_name = "Long: count", help = "Today's name of --messages.")]
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
}
