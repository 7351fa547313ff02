//! Options that many tools share, with Kafka's names and value names.

use clap::{Arg, ArgAction};

/// A flag without a value.
pub fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// An option that takes a value and may stand once.
pub fn value(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value_name).action(ArgAction::Set).help(help)
}

/// An option that takes a value and may be repeated.
pub fn repeated(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    value(name, value_name, help).action(ArgAction::Append)
}

/// `--help` and `--version` of Kafka's tools. clap's own `-h` and `-V` must be off (`Command::disable_help_flag`).
pub fn help_and_version() -> [Arg; 2] {
    [flag("help", "Print usage information."), flag("version", "Display Kafka version.")]
}

/// A command for one of Kafka's tools: no clap flags of its own, `--help` and `--version` as Kafka has them.
pub fn kafka_command(name: &'static str, about: &'static str) -> clap::Command {
    clap::Command::new(name)
        .about(about)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .args(help_and_version())
}
