//! What can be typed for `kafka-console-share-consumer`.

use crate::{
    options::{Flag, Once, Repeated},
    tools::records::kafka_console_consumer::formatter::DEFAULT_CLASS,
};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "Read a topic in a share group and write its messages to standard output")]
pub struct ShareConsumerArgs {
    #[arg(long, value_name = "String: topic", help = "REQUIRED: The topic to read.")]
    pub topic: Once<String>,
    #[arg(long, value_name = "String: server to connect to", help = "REQUIRED: The brokers, host:port,host:port.")]
    pub bootstrap_server: Once<String>,
    #[arg(
        long,
        value_name = "String: share group id",
        help = "The share group to read in; console-share-consumer if none is named."
    )]
    pub group: Once<String>,
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
    #[arg(long, value_name = "String: config file", help = "The old name of --command-config.")]
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
        help = "A key=value pair for the formatter, may be repeated.",
        long_help = "A key=value pair for the formatter, may be repeated: print.timestamp, print.key, print.offset, \
                     print.delivery (how often the message has been delivered), print.partition, print.headers, \
                     print.value, key.separator, line.separator, headers.separator, null.literal, key.deserializer, \
                     value.deserializer, headers.deserializer."
    )]
    pub formatter_property: Repeated,
    #[arg(
        long,
        value_name = "String: config file",
        help = "A properties file for the formatter; --formatter-property goes before it."
    )]
    pub formatter_config: Once<String>,
    #[arg(long, action = Append, value_name = "String: prop", help = "The old name of --formatter-property.")]
    pub property: Repeated,
    #[arg(long, value_name = "String: deserializer for keys", help = "The class that makes text of keys.")]
    pub key_deserializer: Once<String>,
    #[arg(long, value_name = "String: deserializer for values", help = "The class that makes text of values.")]
    pub value_deserializer: Once<String>,
    #[arg(long, value_name = "Integer: num_messages", help = "End after so many messages.")]
    pub max_messages: Once<i32>,
    #[arg(long, value_name = "Integer: timeout_ms", help = "End when no message has come for so long.")]
    pub timeout_ms: Once<i32>,
    #[arg(long, action = SetTrue, help = "Reject messages: nobody gets them again.")]
    pub reject: Flag,
    #[arg(long, action = SetTrue, help = "Release messages: they are delivered again.")]
    pub release: Flag,
    #[arg(long, action = SetTrue, help = "Reject a message that cannot be shown, and go on.")]
    pub reject_message_on_error: Flag,
    #[arg(long, action = SetTrue, help = "Say when the consumer has ended, for tests.")]
    pub enable_systest_events: Flag,
}
