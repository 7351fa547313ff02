//! What can be typed for `kafka-console-producer`.

use super::plan::LINE_READERS;
use crate::{
    options::{Flag, Once, Repeated},
    schemas::schema_args::{EncodingArgs, SchemaArgs},
};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "Read lines from standard input and write them to a topic")]
pub struct ProducerArgs {
    #[arg(long, value_name = "String: topic", help = "REQUIRED: the topic to write to.")]
    pub topic: Once<String>,
    #[arg(
        long,
        value_name = "String: server to connect to",
        help = "REQUIRED (unless --broker-list is given): brokers to start from, HOST1:PORT1,HOST2:PORT2."
    )]
    pub bootstrap_server: Once<String>,
    #[arg(
        long,
        value_name = "String: broker-list",
        help = "DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given."
    )]
    pub broker_list: Once<String>,
    #[arg(
        long,
        action = SetTrue,
        help = "Wait for the answer to each message before the next one is sent; the first failure ends the tool."
    )]
    pub sync: Flag,
    #[arg(
        long,
        num_args = 0..=1,
        value_name = "String: compression-codec",
        help = "How batches are compressed: none, gzip, snappy, lz4 or zstd. Without a value: gzip."
    )]
    pub compression_codec: Once<String>,
    #[command(flatten)]
    pub producing: Producing,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    _of_0_8: Of08,
    #[command(flatten)]
    pub schemas: SchemaArgs,
    #[command(flatten)]
    pub encoding: EncodingArgs,
}

/// What the producer is told.
#[derive(Debug, Args)]
pub struct Producing {
    #[arg(
        long,
        value_name = "Integer: size",
        help = "Bytes of one batch when sending is not synchronous. --max-partition-memory-bytes replaces it."
    )]
    pub batch_size: Once<i64>,
    #[arg(long, value_name = "Integer", help = "How often a message that could not be delivered is sent again.")]
    pub message_send_max_retries: Once<i64>,
    #[arg(long, value_name = "Long", help = "Milliseconds between two tries.")]
    pub retry_backoff_ms: Once<i64>,
    #[arg(
        long,
        value_name = "Long: timeout_ms",
        help = "Milliseconds that a message may wait for others to fill its batch; the producer's linger.ms."
    )]
    pub timeout: Once<i64>,
    #[arg(
        long,
        value_name = "String: request required acks",
        help = "Which replicas must have a message before it counts as delivered: 0, 1, or -1 (all)."
    )]
    pub request_required_acks: Once<String>,
    #[arg(long, value_name = "Integer: request timeout ms", help = "Milliseconds to wait for a broker's answer.")]
    pub request_timeout_ms: Once<i64>,
    #[arg(
        long,
        value_name = "Long: metadata expiration interval",
        help = "Milliseconds after which the cluster's metadata is asked for again; the producer's metadata.max.age.ms."
    )]
    pub metadata_expiry_ms: Once<i64>,
    #[arg(
        long,
        value_name = "Long: max block on send",
        help = "Milliseconds that one message may wait for metadata or for room in the buffer."
    )]
    pub max_block_ms: Once<i64>,
    #[arg(
        long,
        value_name = "Long: total memory in bytes",
        help = "Bytes of messages that may wait to be sent; the producer's buffer.memory."
    )]
    pub max_memory_bytes: Once<i64>,
    #[arg(
        long,
        value_name = "Integer: memory in bytes per partition",
        help = "Bytes of one batch; the producer's batch.size."
    )]
    pub max_partition_memory_bytes: Once<i64>,
    #[arg(
        long,
        value_name = "Integer: size",
        help = "Bytes of the TCP send buffer; the producer's send.buffer.bytes."
    )]
    pub socket_buffer_size: Once<i64>,
}

/// How lines are read, and whatever else the producer is told.
#[derive(Debug, Args)]
pub struct Reading {
    #[arg(
        long,
        value_name = "String: reader_class",
        help = "The class that reads standard input, one message a line.",
        default_value = LINE_READERS[0]
    )]
    pub line_reader: Once<String>,
    #[arg(
        long,
        action = Append,
        value_name = "String: prop",
        help = "A key=value pair for the reader of lines, may be repeated: parse.key, key.separator, parse.headers, \
                headers.delimiter, headers.separator, headers.key.separator, ignore.error, null.marker."
    )]
    pub reader_property: Repeated,
    #[arg(long, action = Append, value_name = "String: prop", help = "The old name of --reader-property.")]
    pub property: Repeated,
    #[arg(
        long,
        value_name = "String: config file",
        help = "A properties file for the reader of lines; --reader-property goes before it."
    )]
    pub reader_config: Once<String>,
    #[arg(
        long,
        action = Append,
        value_name = "String: producer_prop",
        help = "A key=value pair for the producer, may be repeated."
    )]
    pub command_property: Repeated,
    #[arg(
        long,
        value_name = "String: config file",
        help = "A properties file for the producer; --command-property goes before it."
    )]
    pub command_config: Once<String>,
    #[arg(long, action = Append, value_name = "String: producer_prop", help = "The old name of --command-property.")]
    pub producer_property: Repeated,
    #[arg(long = "producer.config", value_name = "String: config file", help = "The old name of --command-config.")]
    pub producer_config: Once<String>,
}

/// Options of 0.8.2 that mean nothing to today's producer. They are taken, so that scripts of then go on to work.
#[derive(Debug, Args)]
struct Of08 {
    #[arg(long = "new-producer", action = SetTrue, help = OLD, hide = true)]
    _new_producer: Flag,
    #[arg(long = "queue-size", value_name = "Integer: queue_size", help = OLD, hide = true)]
    _queue_size: Once<i32>,
    #[arg(
        long = "queue-enqueuetimeout-ms",
        value_name = "Integer: queue enqueuetimeout ms",
        help = OLD,
        hide = true
    )]
    _queue_enqueuetimeout_ms: Once<i32>,
    #[arg(long = "metadata-fetch-timeout-ms", value_name = "Long: metadata fetch timeout", help = OLD, hide = true)]
    _metadata_fetch_timeout_ms: Once<i64>,
    #[arg(long = "key-serializer", value_name = "String: encoder_class", help = OLD, hide = true)]
    _key_serializer: Once<String>,
    #[arg(long = "value-serializer", value_name = "String: encoder_class", help = OLD, hide = true)]
    _value_serializer: Once<String>,
}

const OLD: &str = "Of times before 0.9, without effect.";
