//! Pure: what can be typed for `save`, and what is meant by it.

use crate::tools::copying::saved::FileFormat;
use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
A file holds the records that are there when it is begun, with keys, headers, timestamps and offsets, the topics' partition \
counts and settings, and with --groups what groups have committed. Records of open and aborted transactions are left out. \
docs/formats.md tells how the formats look.

Whatever stops it, what is in the file stays good: with --resume it cuts off an entry that was not finished, and goes on \
behind the last one; so nothing is missing and nothing there twice. The same adds to a finished file what is new since.

Examples:
  rkafka save orders --to orders.rkafka
  rkafka save 'pay.*' orders --groups 'billing.*' --to all.rkafka --resume
  rkafka save orders --to - --format jsonl | jq -c 'select(.rkafka|not) | .value'";

/// The words of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatWord {
    Binary,
    Jsonl,
}

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Save topics to a file, with everything that 'load' needs to bring them back", after_help = EXAMPLES)]
pub struct SaveArgs {
    #[arg(
        value_name = "TOPIC",
        required = true,
        help = "Topics, by name or by a regular expression for the whole name"
    )]
    pub topics: Vec<String>,
    #[arg(long, value_name = "FILE", help = "The file; - is standard output")]
    pub to: String,
    #[arg(long, value_name = "HOST:PORT,...", help = "Brokers of the cluster, one is enough")]
    pub bootstrap_server: Option<String>,
    #[arg(long, value_name = "FILE", help = "Properties of the client")]
    pub command_config: Option<String>,
    #[arg(long, value_enum, help = "How it is written [default: jsonl for a file named so, otherwise binary]")]
    pub format: Option<FormatWord>,
    #[arg(long, value_name = "REGEX", help = "Save what these groups have committed, too; may be repeated")]
    pub groups: Vec<String>,
    #[arg(long, help = "Go on with a file that is there already")]
    pub resume: bool,
    #[arg(long, conflicts_with = "resume", help = "Replace a file that is there already")]
    pub overwrite: bool,
}

impl SaveArgs {
    /// Whether it goes to standard output.
    pub fn is_for_pipe(&self) -> bool {
        self.to == "-"
    }

    /// The format that is meant.
    pub fn format(&self) -> FileFormat {
        match self.format {
            Some(FormatWord::Binary) => FileFormat::Binary,
            Some(FormatWord::Jsonl) => FileFormat::Lines,
            None if self.to.ends_with(".jsonl") => FileFormat::Lines,
            None => FileFormat::Binary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::clap_command;
    use clap::FromArgMatches;

    #[test]
    fn the_name_tells_the_format() {
        for (line, format) in [
            ("t --to f", FileFormat::Binary),
            ("t --to f.jsonl", FileFormat::Lines),
            ("t --to f.jsonl --format binary", FileFormat::Binary),
            ("t u --to - --format jsonl", FileFormat::Lines),
        ] {
            let words = ["save"].into_iter().chain(line.split(' '));
            let matches = clap_command::<SaveArgs>().try_get_matches_from(words).unwrap();
            assert_eq!(SaveArgs::from_arg_matches(&matches).unwrap().format(), format, "{line}");
        }
    }
}
