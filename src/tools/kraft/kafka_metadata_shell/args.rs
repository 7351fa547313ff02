//! What can be typed.

use crate::{
    era::Era,
    options::{Argparse, Once, Repeated},
};
use clap::Args;

/// As 3.9's tool reads its line: the file may be missing, which it finds out later.
const OLD: Argparse =
    Argparse { program: "kafka-metadata-shell", about: "The Apache Kafka metadata shell", required: &[], one_of: &[] };
const NEW: Argparse = Argparse { required: &["snapshot"], ..OLD };

/// How the line of that generation's tool is read.
pub fn parser(era: Era) -> Argparse {
    era.pick(OLD, NEW)
}

#[derive(Debug, Args)]
#[command(about = "Look around in the metadata of a cluster that KRaft controls, in a snapshot or a log of it")]
pub struct ShellArgs {
    #[arg(
        long,
        short = 's',
        value_name = "SNAPSHOT",
        help = "A .checkpoint or .log file of __cluster_metadata-0, the metadata's own log."
    )]
    pub snapshot: Once<String>,
    #[arg(value_name = "command", help = "The command to do. Without, commands are read from stdin.")]
    pub command: Repeated,
}
