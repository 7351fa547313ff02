//! The tools: one file or folder each, one table for all.
//!
//! # How a tool is added
//! 1. `src/cli/get_offsets.rs` (or a folder) with `pub const TOOL: Tool`: its names, `command` (a clap [`Command`] built
//!    with [`flags::kafka_command`] and the shared groups in [`flags`]) and `run`.
//! 2. One line in [`TOOLS`]. Dispatch, `rkafka --help`, completions, manual pages and launchers follow from it
//!    (`rkafka completions`, `rkafka man`; `UPDATE=1 cargo test --test generated` rewrites the committed files).
//!
//! `run` reads its options with [`tool::Call::options`], which parses as Kafka's tools do, answers `--help` and `--version`
//! with [`tool::Call::help_or_version`], and then does two things apart: from options to what is meant (pure, tested), and
//! doing it. Async work runs in [`block_on`]. Everything printed goes through [`Terminal`]. A returned
//! [`argv::UsageError::Rule`] is printed with the table of options, any other error as one line; both end with 1. When the
//! reader of stdout has gone, a tool that only shows something ends quietly with 0, at once ([`block_on_for_reader`]); one
//! that changes something does so all the same. Only `main` exits.

pub mod argv;
pub mod brokers_in_zookeeper;
pub mod closed_output;
pub mod completions;
pub mod console_consumer;
pub mod console_producer;
pub mod dev;
pub mod flags;
pub mod get_offsets;
pub mod java_options;
pub mod kafka_server_start;
pub mod key_values;
pub mod man;
pub mod server_process;
pub mod stop;
pub mod terminal;
pub mod tool;
pub mod topics;
pub mod usage;
pub mod zookeeper_access;
pub mod zookeeper_security_migration;
pub mod zookeeper_server_start;
pub mod zookeeper_shell;

use argv::UsageError;
use clap::Command;
use std::{ffi::OsString, fmt::Display, future::Future, io, path::Path};
use terminal::Terminal;
use tool::{Call, Exit, Tool};

/// The release of Apache Kafka whose tools these are; `--version` of each prints it.
pub const KAFKA_VERSION: &str = "3.9.1";

/// Every tool, sorted by name.
pub const TOOLS: &[Tool] = &[
    completions::TOOL,
    console_consumer::TOOL,
    console_producer::TOOL,
    dev::TOOL,
    get_offsets::TOOL,
    kafka_server_start::TOOL,
    stop::KAFKA,
    man::TOOL,
    topics::TOOL,
    zookeeper_security_migration::TOOL,
    zookeeper_server_start::TOOL,
    stop::ZOOKEEPER,
    zookeeper_shell::TOOL,
];

/// Kafka's scripts that have no tool here yet, so that the answer can say so.
const NOT_YET: &[&str] = &[
    "kafka-acls",
    "kafka-broker-api-versions",
    "kafka-client-metrics",
    "kafka-cluster",
    "kafka-configs",
    "kafka-consumer-groups",
    "kafka-consumer-perf-test",
    "kafka-delegation-tokens",
    "kafka-delete-records",
    "kafka-dump-log",
    "kafka-e2e-latency",
    "kafka-features",
    "kafka-leader-election",
    "kafka-log-dirs",
    "kafka-metadata-quorum",
    "kafka-mirror-maker",
    "kafka-producer-perf-test",
    "kafka-reassign-partitions",
    "kafka-replica-verification",
    "kafka-storage",
    "kafka-streams-application-reset",
    "kafka-transactions",
    "kafka-verifiable-consumer",
    "kafka-verifiable-producer",
];

/// Runs the tool that `argv` names: by its first word (`kafka-topics.sh`), or by the word after `rkafka`.
pub fn main(argv: impl Iterator<Item = OsString>) -> Exit {
    let mut terminal = Terminal::new();
    let mut words = Vec::new();
    for word in argv {
        match word.into_string() {
            Ok(word) => words.push(word),
            Err(word) => {
                terminal.talk(format_args!("rkafka: '{}' is not valid UTF-8", word.to_string_lossy()));
                return Exit::FAILED;
            }
        }
    }
    let program = words.first().map(Path::new).and_then(Path::file_name).and_then(|name| name.to_str());
    if let Some(tool) = program.and_then(find) {
        return run(&Call { tool, args: &words[1..] }, &mut terminal);
    }
    let args = words.get(1..).unwrap_or_default();
    match args.split_first() {
        None => overview(&mut terminal, Exit::FAILED),
        Some((word, rest)) => match find(word) {
            Some(tool) => run(&Call { tool, args: rest }, &mut terminal),
            None => no_tool(word, &mut terminal),
        },
    }
}

fn find(word: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.answers_to(word))
}

fn no_tool(word: &str, terminal: &mut Terminal) -> Exit {
    match word {
        "-h" | "--help" | "help" => return overview(terminal, Exit::OK),
        "-V" | "--version" => {
            let version = env!("CARGO_PKG_VERSION");
            return show(format_args!("rkafka {version} (Apache Kafka {KAFKA_VERSION})"), terminal);
        }
        _ => (),
    }
    let script = word.strip_suffix(".sh").unwrap_or(word);
    let is = |name: &&str| **name == *script || name.strip_prefix("kafka-") == Some(script);
    if let Some(name) = NOT_YET.iter().find(|name| is(name)) {
        terminal.talk(format_args!("rkafka: {name} is not part of this version; 'rkafka --help' lists what is"));
        return Exit::FAILED;
    }
    let names = TOOLS.iter().flat_map(|tool| [tool.name, tool.script]);
    let hint = match rkafka_config::settings::nearest(script, names) {
        Some(near) => format!("did you mean '{near}'?"),
        None => "'rkafka --help' lists the tools".to_owned(),
    };
    terminal.talk(format_args!("rkafka: there is no tool '{word}'; {hint}"));
    Exit::FAILED
}

/// Lists the tools: as data when that was asked for, as talk when nothing was.
fn overview(terminal: &mut Terminal, exit: Exit) -> Exit {
    let mut text = "Usage: rkafka TOOL [OPTION]...\n\n\
                    Tools (each also under Kafka's own name, as in 'rkafka kafka-topics'):"
        .to_owned();
    for tool in TOOLS {
        let about = (tool.command)().get_about().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("\n  {:<24}{about}", tool.name));
    }
    if exit != Exit::OK {
        terminal.talk(text);
        return exit;
    }
    show(text, terminal)
}

fn show(text: impl Display, terminal: &mut Terminal) -> Exit {
    match terminal.line(text).and_then(|()| terminal.flush()) {
        Ok(()) => Exit::OK,
        // Nobody reads on.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::OK,
        Err(error) => {
            terminal.talk(format_args!("rkafka: standard output: {error}"));
            Exit::FAILED
        }
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> Exit {
    let ended = (call.tool.run)(call, terminal).and_then(|exit| match terminal.flush() {
        // How it ended is known, whether anybody reads it or not.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(exit),
    });
    match ended {
        Ok(exit) => exit,
        Err(error) if terminal::is_closed_pipe(&error) => Exit::OK,
        Err(error) => {
            match error.downcast_ref::<UsageError>() {
                Some(UsageError::Rule(message)) => {
                    call.print_usage(message, terminal);
                    // The reason would have scrolled away.
                    if terminal.err_is_screen() {
                        terminal.talk(format_args!("\n{message}"));
                    }
                }
                Some(UsageError::Unrecognized(typed)) => {
                    terminal.talk(&error);
                    let command = (call.tool.command)();
                    let names = command.get_arguments().filter_map(clap::Arg::get_long);
                    if let Some(near) = rkafka_config::settings::nearest(typed, names) {
                        terminal.talk(format_args!("Did you mean --{near}?"));
                    }
                }
                _ => terminal.talk(format_args!("{error:#}")),
            }
            Exit::FAILED
        }
    }
}

/// Runs `future` on this thread alone: starting a pool of threads would cost a tool more than its work. What is still
/// under way at its end, such as a name that is looked up or a line that is awaited, nobody waits for.
pub fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(future);
    runtime.shutdown_background();
    Ok(ended)
}

/// As [`block_on`], for what only shows something: ends as a closed pipe as soon as the reader of stdout has gone.
pub fn block_on_for_reader<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    block_on(async {
        tokio::select! {
            biased;
            ended = future => ended,
            () = closed_output::closed_output() => Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
        }
    })?
}

/// All tools as one clap command: the source of completions and of the manual.
pub fn whole_command() -> Command {
    let tools = TOOLS.iter().map(|tool| {
        let command = (tool.command)().name(tool.name);
        if tool.script == tool.name { command } else { command.visible_alias(tool.script) }
    });
    Command::new("rkafka")
        .about("Apache Kafka's broker, ZooKeeper server and shell tools in one binary")
        .disable_help_subcommand(true)
        .version(env!("CARGO_PKG_VERSION"))
        .subcommands(tools)
}

/// Whether `script` is one of Kafka's own names, for which `bin/` has a launcher.
pub fn is_kafka_script(script: &str) -> bool {
    script.starts_with("kafka-") || script.starts_with("zookeeper-")
}

/// The launcher `bin/<script>.sh`. It finds `rkafka` by `$RKAFKA`, next to itself, in the build directory, or in the path.
pub fn launcher(script: &str) -> String {
    format!(
        r#"#!/bin/sh
# Runs rkafka: the one in $RKAFKA, or next to this file, or built from this directory's sources, or in the path.
case $0 in */*) base=${{0%/*}}/.. ;; *) base=.. ;; esac
export LOG_DIR="${{LOG_DIR:-$base/logs}}"
for rkafka in "$RKAFKA" "$base/bin/rkafka" "$base/target/release/rkafka" "$base/target/debug/rkafka"; do
    if [ -x "$rkafka" ]; then exec "$rkafka" {script} "$@"; fi
done
if command -v rkafka >/dev/null; then exec rkafka {script} "$@"; fi
echo "$0: cannot find rkafka: build it (cargo build --release), put it into the path, or set RKAFKA to its file" >&2
exit 1
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_sorted_and_their_options_are_sound() {
        assert!(TOOLS.is_sorted_by_key(|tool| tool.name));
        whole_command().debug_assert();
        for tool in TOOLS {
            assert!(!NOT_YET.contains(&tool.script), "{} is there", tool.script);
        }
    }

    #[test]
    fn a_tool_answers_to_all_its_names() {
        fn run(_: &Call<'_>, _: &mut Terminal) -> anyhow::Result<Exit> {
            Ok(Exit::OK)
        }
        let tool = Tool { name: "topics", script: "kafka-topics", command: || Command::new("topics"), run };
        for word in ["topics", "kafka-topics", "kafka-topics.sh"] {
            assert!(tool.answers_to(word), "{word}");
        }
        assert!(!tool.answers_to("topic"));
    }
}
