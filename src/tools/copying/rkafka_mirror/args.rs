//! What can be typed for `mirror`.

use crate::{moment, tools::copying::place::TwoClusters};
use clap::Args;
use std::time::Duration;

const EXAMPLES: &str = "\
Copies every topic whose whole name matches, partition to partition, in order, with keys, headers and timestamps, as long as \
it runs; also topics and partitions that come later. Topics are made with the source's partition count and settings. Records \
of open and aborted transactions are left out.

At least once, by default: the target acknowledges with all replicas before progress is stored, in the target itself, as \
offsets of a group rkafka-mirror-ID (ID: the source cluster's). After kill -9 it goes on there and compares what it finds \
behind with the source: nothing is missing, and nothing is there twice as long as nobody else writes to the same partitions.

With --exactly-once, records and progress are written in one transaction, several times a second: whoever reads with \
isolation.level=read_committed sees each record once, whatever is killed when, and whoever else writes there. The \
transactional.id is rkafka-mirror-ID/PREFIX/TOPICS; a mirror with the same one that still runs somewhere is fenced, and ends. \
Markers of transactions take offsets of the target, too. A target that is away for longer than transaction.timeout.ms (60 s; \
--to-config) ends the mirror: start it again. Where the target has no transactions, as rkafka's own brokers today, one line \
says so, and the copy is made at least once.

With --groups, what these groups have committed in the source is committed in the target for the same records, unless they \
have members there or are further already; a group that moves over misses nothing, and may read a few records again.

SIGINT and SIGTERM end it in order.

Examples:
  rkafka mirror 'orders|pay.*' --from-server prod:9092 --to-server backup:9092 --groups '.*'
  rkafka mirror '.*' --from-server eu:9092 --to-server us:9092 --prefix eu.
  rkafka mirror orders --from-server prod:9092 --to-server backup:9092 --exactly-once";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Copy topics from one cluster to another, and go on with what comes", after_help = EXAMPLES)]
pub struct MirrorArgs {
    #[arg(
        value_name = "TOPIC",
        required = true,
        help = "Topics, by name or by a regular expression for the whole name"
    )]
    pub topics: Vec<String>,
    #[command(flatten)]
    pub clusters: TwoClusters,
    #[arg(long, value_name = "TEXT", default_value = "", help = "What stands before the names of the copies")]
    pub prefix: String,
    #[arg(
        long,
        value_name = "REGEX",
        help = "Let these groups go on at the same records in the copies; may be repeated"
    )]
    pub groups: Vec<String>,
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "5s",
        value_parser = every,
        help = "How often new topics are looked for, and offsets of groups carried over"
    )]
    pub every: Duration,
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
}

/// A duration of some length: looking costs something.
fn every(text: &str) -> Result<Duration, String> {
    let ms = moment::duration_ms(text).and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms >= 100);
    ms.map(Duration::from_millis).ok_or_else(|| "a duration of at least 100ms looks like 500ms, 5s or 1m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(every("1m30s"), Ok(Duration::from_secs(90)));
        for wrong in ["5", "0s", "99ms", "-5s"] {
            assert!(every(wrong).is_err(), "{wrong}");
        }
    }
}
