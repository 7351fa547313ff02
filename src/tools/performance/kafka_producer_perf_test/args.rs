//! What can be typed for `kafka-producer-perf-test`.

use crate::{
    era::Era,
    options::{Argparse, Flag, Once, Repeated},
};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

pub fn parser(era: Era) -> Argparse {
    Argparse {
        program: era.pick("producer-performance", "kafka-producer-perf-test"),
        about: "This tool is used to verify the producer performance.",
        // In the order in which the one that is missing is told of.
        required: &["topic", "num-records", "throughput"],
        one_of: &[&["record-size", "payload-file", "payload-monotonic"]],
    }
}

#[derive(Debug, Args)]
#[command(about = "Measure how fast records can be produced")]
pub struct PerfArgs {
    #[arg(long, value_name = "TOPIC", help = "produce messages to this topic")]
    pub topic: Once<String>,
    #[arg(long, value_name = "NUM-RECORDS", help = "number of messages to produce")]
    pub num_records: Once<i64>,
    #[arg(
        long,
        value_name = "PAYLOAD-DELIMITER",
        default_value = "\\n",
        help = "regular expression between the messages of --payload-file"
    )]
    pub payload_delimiter: Once<String>,
    #[arg(long, value_name = "THROUGHPUT", help = "messages a second, approximately; -1 for as many as possible")]
    pub throughput: Once<f64>,
    #[arg(
        long,
        action = Append,
        num_args = 1..,
        value_name = "PROP-NAME=PROP-VALUE",
        help = "producer properties such as bootstrap.servers=HOST:PORT; they go before those of --producer.config"
    )]
    pub producer_props: Repeated,
    #[arg(long = "producer.config", value_name = "CONFIG-FILE", help = "properties file for the producer")]
    pub producer_config: Once<String>,
    #[arg(long, value_name = "BOOTSTRAP-SERVER", help = "brokers to start from; goes before all properties")]
    pub bootstrap_server: Once<String>,
    #[arg(
        long,
        action = Append,
        num_args = 1..,
        value_name = "PROP-NAME=PROP-VALUE",
        help = "today's name of --producer-props"
    )]
    pub command_property: Repeated,
    #[arg(long, value_name = "CONFIG-FILE", help = "today's name of --producer.config")]
    pub command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "print the producer's metrics at the end")]
    pub print_metrics: Flag,
    #[arg(
        long,
        value_name = "TRANSACTIONAL-ID",
        default_value = "performance-producer-default-transactional-id",
        help = "id of the transactions, if --transaction-duration-ms is positive"
    )]
    pub transactional_id: Once<String>,
    #[arg(
        long,
        value_name = "TRANSACTION-DURATION",
        default_value = "0",
        help = "how old a transaction may become before it is committed; 0 for no transactions"
    )]
    pub transaction_duration_ms: Once<i64>,
    #[arg(
        long,
        value_name = "WARMUP-RECORDS",
        default_value = "0",
        help = "how many of the messages do not count for the second, steady state result"
    )]
    pub warmup_records: Once<i64>,
    #[arg(long, value_name = "INTERVAL-MS", default_value = "5000", help = "how often a line of progress is printed")]
    pub reporting_interval: Once<i64>,
    #[arg(long, value_name = "RANDOM-SEED", default_value = "0", help = "where the random numbers begin")]
    pub random_seed: Once<i64>,
    #[arg(
        long,
        value_name = "KEY-DISTRIBUTION",
        default_value = "none",
        help = "keys of the messages: none, range (one after the other) or random"
    )]
    pub key_distribution: Once<String>,
    #[arg(long, value_name = "KEY-RANGE", help = "how many keys there are")]
    pub record_key_range: Once<i64>,
    #[arg(long, value_name = "RECORD-SIZE", help = "message size in bytes")]
    pub record_size: Once<i32>,
    #[arg(
        long,
        value_name = "PAYLOAD-FILE",
        help = "UTF-8 file of messages, of which one is taken by chance each time"
    )]
    pub payload_file: Once<String>,
    #[arg(long, action = SetTrue, help = "messages are the numbers from 0 on")]
    pub payload_monotonic: Flag,
}
