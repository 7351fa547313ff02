//! What can be typed for `copy`.

use crate::tools::copying::{naming::rename, place::TwoClusters};
use clap::Args;

const EXAMPLES: &str = "\
Copies what is there when it begins, partition to partition, in order, with keys, headers and timestamps, and ends; 'rkafka \
mirror' goes on for ever. Records of open and aborted transactions are left out. Topics that are not there are made with the \
source's partition count and settings.

How far it is stands in the target, as offsets of a group rkafka-copy-ID (ID: the source cluster's). Whatever stops it, \
--resume goes on: it compares what was written last with the source, so nothing is missing, and nothing is there twice unless \
somebody else writes to the same partitions. Later, --resume copies what is new since.

With --exactly-once, records and that progress are written in one transaction, several times a second: whoever reads with \
isolation.level=read_committed sees each record once, however often the copy was killed and resumed. Where the target has no \
transactions, as rkafka's own brokers today, one line says so, and the copy is made as without it.

Examples:
  rkafka copy orders 'pay.*' --from-server prod:9092 --to-server localhost:9092 --groups 'billing.*'
  rkafka copy orders --from-context prod --to-context test --exactly-once --resume
  rkafka copy orders --from-server localhost:9092 --to-server localhost:9092 --rename orders=orders-2";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Copy topics from one cluster to another, or within one under another name", after_help = EXAMPLES)]
pub struct CopyArgs {
    #[arg(
        value_name = "TOPIC",
        required = true,
        help = "Topics, by name or by a regular expression for the whole name"
    )]
    pub topics: Vec<String>,
    #[command(flatten)]
    pub clusters: TwoClusters,
    #[arg(long, value_name = "OLD=NEW", value_parser = rename, help = "Give a topic another name; may be repeated")]
    pub rename: Vec<(String, String)>,
    #[arg(
        long,
        value_name = "REGEX",
        help = "Let these groups go on at the same records in the copies; may be repeated"
    )]
    pub groups: Vec<String>,
    #[arg(
        long,
        value_name = "N",
        help = "Replicas of topics that are made [default: as many as the source's, if there are brokers]"
    )]
    pub replication_factor: Option<i16>,
    #[arg(
        long,
        value_name = "CODEC",
        default_value = "none",
        value_parser = ["none", "gzip", "snappy", "lz4", "zstd"],
        help = "How batches are compressed"
    )]
    pub compression: String,
    #[arg(long, help = "Write records and progress in transactions, if the target has some")]
    pub exactly_once: bool,
    #[arg(long, help = "Go on where an earlier copy has ended")]
    pub resume: bool,
    #[arg(long, conflicts_with = "resume", help = "Add to topics that hold records already")]
    pub append: bool,
}
