//! `rkafka completions bash|zsh|fish`: completions for the shell, made from the tools' own options.

use super::{
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use clap::{Arg, Command};
use clap_complete::Shell;
use std::io::Write;

pub const TOOL: Tool = Tool { name: "completions", script: "completions", command, run };

/// The shells whose completions are in `completions/`, with the names of the files.
pub const FILES: &[(Shell, &str)] =
    &[(Shell::Bash, "rkafka.bash"), (Shell::Zsh, "_rkafka"), (Shell::Fish, "rkafka.fish")];

fn command() -> Command {
    let shell = Arg::new("shell").required(true).value_name("SHELL").value_parser(clap::value_parser!(Shell));
    Command::new("completions")
        .about("Print completions for a shell.")
        .arg(shell.help("bash, zsh or fish: source <(rkafka completions bash)"))
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let matches = match call.clap_matches(terminal) {
        Ok(matches) => matches,
        Err(exit) => return Ok(exit),
    };
    if let Some(shell) = matches.get_one::<Shell>("shell") {
        terminal.data().write_all(&script(*shell))?;
    }
    Ok(Exit::OK)
}

/// The completions for `rkafka` and for the launchers with Kafka's names.
pub fn script(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut super::whole_command(), "rkafka", &mut text);
    text
}
