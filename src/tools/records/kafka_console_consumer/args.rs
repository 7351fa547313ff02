//! What can be typed for `kafka-console-consumer`.

use super::{formatter::DEFAULT_CLASS, own_args::OwnArgs};
use crate::{
    options::{Flag, Once, Repeated},
    schemas::schema_args::SchemaArgs,
};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "Read a topic and write its messages to standard output")]
pub struct ConsumerArgs {
    #[arg(long, value_name = "String: topic", help = "The topic to read.")]
    pub topic: Once<String>,
    #[arg(
        long,
        value_name = "String: Java regex (String)",
        help = "DEPRECATED, use --include. Ignored if --include is given."
    )]
    pub whitelist: Once<String>,
    #[arg(
        long,
        value_name = "String: Java regex (String)",
        help = "A regular expression: every topic whose whole name matches is read."
    )]
    pub include: Once<String>,
    #[arg(
        long,
        value_name = "Integer: partition",
        help = "The one partition to read, from its end unless --offset says otherwise."
    )]
    pub partition: Once<i32>,
    #[arg(
        long,
        value_name = "String: consume offset",
        help = "Where to start in the partition: an offset, 'earliest' for its start, 'latest' for its end.",
        default_value = "latest"
    )]
    pub offset: Once<String>,
    #[arg(
        long,
        action = Append,
        value_name = "String: consumer_prop",
        help = "A key=value pair for the consumer, may be repeated."
    )]
    pub command_property: Repeated,
    #[arg(
        long,
        value_name = "String: config file",
        help = "A properties file for the consumer; --command-property goes before it."
    )]
    pub command_config: Once<String>,
    #[arg(long, action = Append, value_name = "String: consumer_prop", help = "The old name of --command-property.")]
    pub consumer_property: Repeated,
    #[arg(long = "consumer.config", value_name = "String: config file", help = "The old name of --command-config.")]
    pub consumer_config: Once<String>,
    #[arg(
        long,
        value_name = "String: class",
        help = "The class that shows messages.",
        default_value = DEFAULT_CLASS
    )]
    pub formatter: Once<String>,
    #[arg(
        long,
        action = Append,
        value_name = "String: prop",
        help = "A key=value pair for the formatter, may be repeated: print.timestamp, print.key, print.offset, \
                print.partition, print.headers, print.value, key.separator, line.separator, headers.separator, \
                print.epoch, print.delivery, null.literal, key.deserializer, value.deserializer, headers.deserializer."
    )]
    pub formatter_property: Repeated,
    #[arg(long, action = Append, value_name = "String: prop", help = "The old name of --formatter-property.")]
    pub property: Repeated,
    #[arg(
        long,
        value_name = "String: config file",
        help = "A properties file for the formatter; --formatter-property goes before it."
    )]
    pub formatter_config: Once<String>,
    #[arg(
        long,
        action = SetTrue,
        help = "Start with the earliest message if the group has no offset yet, instead of the latest."
    )]
    pub from_beginning: Flag,
    #[arg(long, value_name = "Integer: num_messages", help = "End after so many messages.")]
    pub max_messages: Once<i32>,
    #[arg(long, value_name = "Long: timeout_ms", help = "End if no message comes for so many milliseconds.")]
    pub timeout_ms: Once<i64>,
    #[arg(long, action = SetTrue, help = "Go on after a message that cannot be shown, instead of ending.")]
    pub skip_message_on_error: Flag,
    #[arg(
        long,
        value_name = "String: server to connect to",
        help = "REQUIRED: brokers to start from, HOST1:PORT1,HOST2:PORT2."
    )]
    pub bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: deserializer for key", help = "The class that gives keys their text.")]
    pub key_deserializer: Once<String>,
    #[arg(long, value_name = "String: deserializer for values", help = "The class that gives values their text.")]
    pub value_deserializer: Once<String>,
    #[arg(long, action = SetTrue, help = "Print a line when the consumer has shut down.")]
    pub enable_systest_events: Flag,
    #[arg(
        long,
        value_name = "String",
        help = "read_committed hides messages of transactions that are not committed; read_uncommitted shows all.",
        default_value = "read_uncommitted"
    )]
    pub isolation_level: Once<String>,
    #[arg(
        long,
        value_name = "String: consumer group id",
        help = "The consumer group to join. Without one all partitions are read."
    )]
    pub group: Once<String>,
    #[arg(
        long,
        value_name = "String: urls",
        help = "Of times before 2.0: finds the brokers in ZooKeeper, host:port[,host:port][/chroot].",
        hide = true
    )]
    pub zookeeper: Once<String>,
    #[arg(
        long = "new-consumer",
        action = SetTrue,
        help = "Of times before 2.0, when there were two consumers.",
        hide = true
    )]
    _new_consumer: Flag,
    #[command(flatten)]
    pub own: OwnArgs,
    #[command(flatten)]
    pub schemas: SchemaArgs,
}
