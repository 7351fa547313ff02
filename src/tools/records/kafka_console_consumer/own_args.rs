//! What can be typed for `kafka-console-consumer` that Kafka's own does not know.

use crate::options::{OWN, Once};
use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = OWN)]
pub struct OwnArgs {
    #[arg(
        long = "where",
        value_name = "String: condition",
        help = "Show and count only the messages that fit: --where 'key ~ \"^a\" and value.user.id > 5 and \
                headers.trace exists'. Fields: key, value (also places in their JSON: value.items[0].name), \
                headers.NAME, topic, partition, offset, timestamp. Operators: = != < <= > >= ~ !~ contains, in (1, 2), \
                exists, is null, and, or, not. Times: 2026-11-01T08:30, -1h."
    )]
    pub filter: Once<String>,
}
