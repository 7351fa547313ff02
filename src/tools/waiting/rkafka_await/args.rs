//! Pure: what can be typed for `await`, and what is meant by it.

use crate::moment;
use clap::{Args, Subcommand, value_parser};
use regex_lite::Regex;
use std::time::Duration;

/// The states of consumer groups, of both protocols.
const STATES: [&str; 7] =
    ["Stable", "Empty", "Assigning", "Reconciling", "PreparingRebalance", "CompletingRebalance", "Dead"];

const EXAMPLES: &str = "\
Brokers need not be up yet: what refuses connections is waited for, too.

Exit status: 0 when it is so, 1 when it is not so within --timeout (stderr says what is missing), 2 when the options are \
wrong or it cannot be known (no permission, no Kafka broker at that address).

Examples:
  rkafka await brokers 3 --timeout 2m
  rkafka await topic orders --partitions 6
  rkafka await group billing --lag 0
  rkafka await group billing --state Stable
  rkafka await records 100 --topic orders --from -1h --where 'value.status = \"paid\"'
  rkafka await leader-change --topic orders --partition 0 --from 1";

/// What can be typed.
#[derive(Debug, Args)]
#[command(
    about = "Wait until brokers, a topic, a group or records are there, instead of sleeping in a loop",
    after_help = EXAMPLES
)]
pub struct AwaitArgs {
    #[command(subcommand)]
    pub what: What,
    #[arg(
        long,
        global = true,
        value_name = "HOST:PORT,...",
        help = "Brokers of the cluster, one is enough; they need not be up yet"
    )]
    pub bootstrap_server: Option<String>,
    #[arg(long, global = true, value_name = "FILE", help = "Properties of the client")]
    pub command_config: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = "DURATION",
        default_value = "60s",
        value_parser = duration,
        help = "How long to wait at the most, as in 500ms, 30s, 2m30s; 0s looks once"
    )]
    pub timeout: Duration,
}

/// What is waited for.
#[derive(Debug, Subcommand)]
pub enum What {
    #[command(about = "So many brokers answer, and each knows them all")]
    Brokers {
        #[arg(value_name = "N", value_parser = value_parser!(u32).range(1..), help = "How many brokers, at least")]
        count: u32,
    },
    #[command(about = "A topic exists; each of its partitions has a leader, and all replicas are in sync")]
    Topic {
        #[arg(value_name = "TOPIC", help = "The topic")]
        topic: String,
        #[arg(
            long,
            value_name = "N",
            value_parser = value_parser!(u32).range(1..),
            help = "It has so many partitions, at least"
        )]
        partitions: Option<u32>,
    },
    #[command(about = "A group of consumers exists, is in a state, or has read what there is")]
    Group {
        #[arg(value_name = "GROUP", help = "The group")]
        group: String,
        #[arg(
            long,
            value_name = "N",
            help = "It has at most so many records left to read: those behind what it has committed, in all its partitions"
        )]
        lag: Option<u64>,
        #[arg(long, value_name = "STATE", value_parser = state, help = "It is in this state, such as Stable or Empty")]
        state: Option<&'static str>,
    },
    #[command(about = "So many records are in a topic; records of open and aborted transactions do not count")]
    Records {
        #[arg(value_name = "N", value_parser = value_parser!(u64).range(1..), help = "How many records, at least")]
        count: u64,
        #[arg(long, value_name = "TOPIC", help = "The topic; it need not exist yet")]
        topic: String,
        #[arg(
            long = "where",
            value_name = "EXPR",
            conflicts_with = "matching",
            help = "Count those that fit, as in: key ~ \"^a\" and value.user.id > 5"
        )]
        expression: Option<String>,
        #[arg(long, value_name = "REGEX", value_parser = Regex::new, help = "Count those in whose value this is found")]
        matching: Option<Regex>,
        #[arg(
            long,
            value_name = "WHERE",
            default_value = "earliest",
            allow_hyphen_values = true,
            help = "Where to begin: earliest, latest, -1h (so long ago), 2026-11-01T08:30 (UTC without a zone)"
        )]
        from: String,
    },
    #[command(about = "Another broker leads a partition")]
    LeaderChange {
        #[arg(long, value_name = "TOPIC", help = "The topic")]
        topic: String,
        #[arg(
            long,
            value_name = "P",
            value_parser = value_parser!(i32).range(0..),
            help = "The partition"
        )]
        partition: i32,
        #[arg(
            long,
            value_name = "ID",
            help = "Another one than this broker [default: than the one at the first look]"
        )]
        from: Option<i32>,
    },
}

/// Where counting begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Earliest,
    /// Where the topic ends at the first look; in a topic that comes later, at its beginning.
    Latest,
    /// Milliseconds since 1970.
    At(i64),
}

impl Start {
    /// Understands `--from`; `now_ms` is now, in milliseconds since 1970.
    pub fn read(text: &str, now_ms: i64) -> Result<Start, String> {
        match text {
            "earliest" => Ok(Start::Earliest),
            "latest" => Ok(Start::Latest),
            time => moment::read(time, now_ms)
                .map(Start::At)
                .map_err(|reason| format!("--from: {reason}, or earliest or latest")),
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let ms = moment::duration_ms(text).and_then(|ms| u64::try_from(ms).ok());
    ms.map(Duration::from_millis).ok_or_else(|| "a duration looks like 500ms, 30s, 2m30s or 1h".to_owned())
}

fn state(text: &str) -> Result<&'static str, String> {
    let found = STATES.into_iter().find(|state| state.eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("the states are {}", STATES.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::clap_command;
    use clap::FromArgMatches;

    fn parse(line: &str) -> Result<AwaitArgs, String> {
        let words = ["await"].into_iter().chain(line.split(' '));
        let matches = clap_command::<AwaitArgs>().try_get_matches_from(words);
        matches.and_then(|matches| AwaitArgs::from_arg_matches(&matches)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_stand_before_and_after_what_is_waited_for() {
        for line in
            ["brokers 3 --bootstrap-server b:1 --timeout 1m30s", "--bootstrap-server b:1 --timeout 90s brokers 3"]
        {
            let args = parse(line).unwrap();
            assert_eq!((args.bootstrap_server.as_deref(), args.timeout), (Some("b:1"), Duration::from_secs(90)));
            assert!(matches!(args.what, What::Brokers { count: 3 }));
        }
        assert_eq!(parse("topic t").unwrap().timeout, Duration::from_secs(60));
    }

    #[test]
    fn what_is_refused_says_why() {
        for (line, why) in [
            ("brokers 0", "not in 1.."),
            ("brokers 3 --timeout 30", "30s, 2m30s"),
            ("group g --state Happy", "Stable, Empty"),
            ("records 1 --topic t --matching (", "invalid value '('"),
            ("records 1 --topic t --matching a --where b", "cannot be used with"),
            ("records 1", "--topic <TOPIC>"),
            ("leader-change --topic t --partition -1", "partition"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
        assert!(matches!(parse("group g --state empty").unwrap().what, What::Group { state: Some("Empty"), .. }));
    }

    #[test]
    fn where_to_begin() {
        assert_eq!(Start::read("earliest", 5), Ok(Start::Earliest));
        assert_eq!(Start::read("-1h", 4_000_000), Ok(Start::At(400_000)));
        assert!(Start::read("soon", 0).unwrap_err().contains("or earliest or latest"));
        let args = parse("records 1 --topic t --from -1h").unwrap();
        assert!(matches!(args.what, What::Records { from, .. } if from == "-1h"));
    }
}
