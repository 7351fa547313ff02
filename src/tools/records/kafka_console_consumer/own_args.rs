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
    #[arg(
        long,
        value_name = "String: place",
        help = "Begin in every partition at a time (2026-11-01T08:30+01:00, UTC without a zone; -1h30m for so long ago), \
                an offset, N offsets before the end (-N), earliest or latest. Not with --group."
    )]
    pub from: Once<String>,
    #[arg(
        long,
        value_name = "String: place",
        help = "End in every partition before a place, as --from names it; -0 is what is there now."
    )]
    pub to: Once<String>,
    #[arg(
        long,
        value_name = "Integer: messages",
        help = "Begin with the last so many messages of all partitions together, in the order of their times, and go on \
                from there: --tail 20 --follow no. --where then passes over those that do not fit."
    )]
    pub tail: Once<u64>,
    #[arg(
        long,
        value_name = "yes|no",
        help = "Whether to wait for more at the end that each partition has at the start (default: yes, unless --to)."
    )]
    pub follow: Once<String>,
    #[arg(
        long,
        value_name = "String: format",
        help = "How a message is shown, as kcat's -f has it: %s value, %S its length (-1 for null), %R the same as 4 \
                bytes, %k key, %K its length, %t topic, %p partition, %o offset, %T timestamp, %h headers, %%, and \
                escapes \\n \\t \\r \\xNN: --format '%T %k: %s\\n'. Nothing stands between messages unless the format \
                says so."
    )]
    pub format: Once<String>,
}
