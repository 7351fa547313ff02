//! `rkafka completions bash|zsh|fish`: completions for the shell, made from the tools' own options.

use crate::{
    launcher::is_kafka_script,
    options::clap_command,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
    tools::{TOOLS, whole_command},
};
use clap::Args;
use clap_complete::Shell;
use std::io::Write;

pub const TOOL: Tool =
    Tool { name: "completions", script: "completions", command: clap_command::<CompletionsArgs>, run, shows: &[] };

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Print completions for a shell.")]
struct CompletionsArgs {
    #[arg(value_name = "SHELL", help = "bash, zsh or fish: source <(rkafka completions bash)")]
    shell: Shell,
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: CompletionsArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    terminal.data().write_all(&script(args.shell))?;
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
    TOOLS.iter().filter(|tool| is_kafka_script(tool.script))
}

fn of_rkafka(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut whole_command(), "rkafka", &mut text);
    text
}

fn of_launcher(shell: Shell, tool: &Tool) -> Vec<u8> {
    let mut text = Vec::new();
    let mut command = (tool.command)().name(tool.script);
    clap_complete::generate(shell, &mut command, format!("{}.sh", tool.script), &mut text);
    text
}
