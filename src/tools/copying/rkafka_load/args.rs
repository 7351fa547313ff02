//! Pure: what can be typed for `load`.

use crate::tools::copying::naming::rename;
use clap::Args;

const EXAMPLES: &str = "\
Topics that are not there are made with the partition count and the settings that the file has for them (but for \
message.timestamp.type and others that would change records). Each record goes into its partition, with its key, headers and \
timestamp; groups in the file go on at the same records.

How far it is stands in the target, as offsets of a group rkafka-load-ID. Whatever stops it, --resume goes on: it compares \
what was written last with the file, so nothing is missing, and nothing is there twice unless somebody else writes to the same \
partitions. --resume also loads what 'save --resume' has added since.

JSON lines may be written by hand: {\"value\": \"…\"} is enough with --topic. Such files cannot be gone on with.

Examples:
  rkafka load orders.rkafka
  rkafka load all.rkafka --rename orders=orders-copy --resume
  echo '{\"key\": \"k\", \"value\": \"v\"}' | rkafka load - --topic t --append";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Bring back the topics of a file that 'save' has written", after_help = EXAMPLES)]
pub struct LoadArgs {
    #[arg(value_name = "FILE", help = "The file, in either format; - is standard input")]
    pub file: String,
    #[arg(long, value_name = "HOST:PORT,...", help = "Brokers of the cluster, one is enough")]
    pub bootstrap_server: Option<String>,
    #[arg(long, value_name = "FILE", help = "Properties of the client")]
    pub command_config: Option<String>,
    #[arg(long, value_name = "TOPIC", help = "Where records go that name no topic")]
    pub topic: Option<String>,
    #[arg(long, value_name = "OLD=NEW", value_parser = rename, help = "Give a topic another name; may be repeated")]
    pub rename: Vec<(String, String)>,
    #[arg(
        long,
        value_name = "N",
        help = "Replicas of topics that are made [default: as many as they had, if there are brokers]"
    )]
    pub replication_factor: Option<i16>,
    #[arg(long, value_name = "CODEC", default_value = "none", value_parser = ["none", "gzip", "snappy", "lz4", "zstd"], help = "How batches are compressed")]
    pub compression: String,
    #[arg(long, help = "Leave out what groups have committed")]
    pub no_groups: bool,
    #[arg(long, help = "Go on where an earlier load of this file has ended")]
    pub resume: bool,
    #[arg(long, conflicts_with = "resume", help = "Add to topics that hold records already")]
    pub append: bool,
}
