//! `rkafka completions bash|zsh|fish`: completions for the shell, made from the tools' own options.

use crate::{
    terminal::Terminal,
    tool::{Call, Exit, Tool},
    tools::TOOLS,
};
use clap::{Arg, Command};
use clap_complete::Shell;
use std::io::Write;

pub const TOOL: Tool = Tool { name: "completions", script: "completions", command, run };

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

/// The completions for `rkafka` and for the launchers with Kafka's names, to be sourced.
pub fn script(shell: Shell) -> Vec<u8> {
    let mut text = of_rkafka(shell);
    for tool in launched() {
        text.extend(of_launcher(shell, tool));
    }
    text
}

/// The files of `completions/` by name. zsh looks for one file per command.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("rkafka.bash".to_owned(), script(Shell::Bash)),
        ("rkafka.fish".to_owned(), script(Shell::Fish)),
        ("_rkafka".to_owned(), of_rkafka(Shell::Zsh)),
    ];
    for tool in launched() {
        files.push((format!("_{}.sh", tool.script), of_launcher(Shell::Zsh, tool)));
    }
    files
}

fn launched() -> impl Iterator<Item = &'static Tool> {
    TOOLS.iter().filter(|tool| crate::launcher::is_kafka_script(tool.script))
}

fn of_rkafka(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut crate::tools::whole_command(), "rkafka", &mut text);
    text
}

fn of_launcher(shell: Shell, tool: &Tool) -> Vec<u8> {
    let mut text = Vec::new();
    let mut command = (tool.command)().name(tool.script);
    clap_complete::generate(shell, &mut command, format!("{}.sh", tool.script), &mut text);
    text
}
