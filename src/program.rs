//! From a command line to a tool and back to an exit status: which tool is called, what is said when none is, and how
//! failures are told. [`crate::tools`] is the table of all tools.

use crate::{
    background,
    era::{self, Era},
    options::UsageError,
    prepare, scripts,
    terminal::{self, Terminal},
    tool::{Call, Exit, Tool},
    tools::{self, TOOLS},
};
use std::{env, ffi::OsString, fmt::Display, io, path::Path};

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
    let era = match era() {
        Ok(era) => era,
        Err(reason) => {
            terminal.talk(format_args!("rkafka: {reason}"));
            return Exit::FAILED;
        }
    };
    let program = words.first().map(Path::new).and_then(Path::file_name).and_then(|name| name.to_str());
    if let Some((name, tool)) = program.and_then(|name| Some((name, find(name)?))) {
        return prepare_and_run(tool, name, &words[1..], era, &mut terminal);
    }
    // A link by one of Kafka's names.
    if let Some(script) = program.and_then(scripts::named) {
        terminal.talk(scripts::excuse(script));
        return Exit::FAILED;
    }
    let args = words.get(1..).unwrap_or_default();
    match args.split_first() {
        None => overview(&mut terminal, Exit::FAILED),
        Some((word, rest)) => match find(word) {
            Some(tool) => prepare_and_run(tool, word, rest, era, &mut terminal),
            None if word == "help" && !rest.is_empty() => help_for(&rest[0], era, &mut terminal),
            None => no_tool(word, era.unwrap_or_default(), &mut terminal),
        },
    }
}

/// The generation of tools that the environment asks for.
fn era() -> Result<Option<Era>, String> {
    let variable = env::var_os(era::VARIABLE);
    let asked_for = variable.as_deref().map(|text| text.to_string_lossy()).filter(|text| !text.is_empty());
    asked_for.map(|text| Era::of(Some(&text), Era::default())).transpose()
}

/// Runs `tool`, which was called by the name `word`.
fn prepare_and_run(tool: &Tool, word: &str, args: &[String], era: Option<Era>, terminal: &mut Terminal) -> Exit {
    let asks_help = args.iter().any(|arg| ["--help", "-h"].contains(&arg.as_str()));
    if word == tool.name && terminal.out_is_screen() && asks_help {
        return help_for(word, era, terminal);
    }
    let prepared = match prepare::prepare(tool, word, args, terminal) {
        Ok(prepared) => prepared,
        Err(error) => {
            terminal.tell_failure(format_args!("rkafka {}: {error:#}", tool.name), None);
            return Exit::FAILED;
        }
    };
    prepared.tell(terminal);
    background::leave_terminal();
    let call = Call::new(tool, &prepared.args, era.unwrap_or(prepared.era));
    let ended = (tool.run)(&call, terminal);
    let is_usage = ended.as_ref().is_err_and(|error| error.is::<UsageError>());
    let exit = prepared.judge(tell(&call, ended, terminal), terminal);
    if !is_usage {
        prepared.tell_failed(exit, terminal);
    }
    exit
}

/// `rkafka help NAME`: clap's help, with examples.
fn help_for(word: &str, era: Option<Era>, terminal: &mut Terminal) -> Exit {
    let Some(tool) = find(word) else { return no_tool(word, era.unwrap_or_default(), terminal) };
    let mut command = tools::described(tool).bin_name(format!("rkafka {}", tool.name)).disable_version_flag(true);
    let help = command.render_long_help();
    let is_screen = terminal.out_is_screen();
    show(if is_screen { help.ansi().to_string() } else { help.to_string() }.trim_end(), terminal)
}

fn find(word: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.answers_to(word))
}

fn no_tool(word: &str, era: Era, terminal: &mut Terminal) -> Exit {
    match word {
        "-h" | "--help" | "help" => return overview(terminal, Exit::OK),
        "-V" | "--version" => {
            let version = env!("CARGO_PKG_VERSION");
            return show(format_args!("rkafka {version} (Apache Kafka {})", era.version()), terminal);
        }
        _ => (),
    }
    if let Some(script) = scripts::named(word) {
        terminal.talk(scripts::excuse(script));
        return Exit::FAILED;
    }
    let script = word.strip_suffix(".sh").unwrap_or(word);
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
    if exit != Exit::OK {
        terminal.talk(list_of_tools());
        return exit;
    }
    show(list_of_tools(), terminal)
}

/// What stands below the list, where a screen shows it.
const FIRST_STEPS: &str = "

First steps, each in a terminal of its own:
 rkafka dev                                            a broker and ZooKeeper, ready at once, gone with Ctrl-C
 rkafka topics --create --topic t                      finds it: no --bootstrap-server needed
 rkafka console-consumer --topic t
 rkafka console-producer --topic t                     each line that you type is a message
'rkafka help TOOL' explains a tool, with examples. Kafka's own scripts and flags work word for word.";

fn list_of_tools() -> String {
    let mut text = "Usage: rkafka TOOL [OPTION]...\n\n\
                    Tools (each also under Kafka's own name, as in 'rkafka kafka-topics'):"
        .to_owned();
    let column = TOOLS.iter().map(|tool| tool.name.len()).max().unwrap_or_default() + 2;
    for tool in TOOLS {
        let about = (tool.command)().get_about().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("\n  {:<column$}{}", tool.name, about.trim_end_matches('.')));
    }
    text.push_str(FIRST_STEPS);
    text
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

/// Runs a tool and tells how it failed.
pub fn run(call: &Call<'_>, terminal: &mut Terminal) -> Exit {
    background::leave_terminal();
    tell(call, (call.tool.run)(call, terminal), terminal)
}

/// Tells how a tool has failed.
fn tell(call: &Call<'_>, ended: anyhow::Result<Exit>, terminal: &mut Terminal) -> Exit {
    let ended = ended.and_then(|exit| match terminal.flush() {
        // How it ended is known, whether anybody reads it or not.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(exit),
    });
    match ended {
        Ok(exit) => exit,
        Err(error) if terminal::is_closed_pipe(&error) => Exit::OK,
        Err(error) => {
            tell_failure(&error, call, terminal);
            Exit::FAILED
        }
    }
}

fn tell_failure(error: &anyhow::Error, call: &Call<'_>, terminal: &mut Terminal) {
    let hint = match error.downcast_ref::<UsageError>() {
        Some(UsageError::Rule(message)) if !terminal.format().is_json() => {
            call.print_usage(message, terminal);
            // The reason would have scrolled away.
            if terminal.err_is_screen() {
                terminal.talk(format_args!("\n{message}"));
            }
            return;
        }
        Some(UsageError::Rule(_)) => Some(format!("'rkafka help {}' shows the options", call.tool.name)),
        Some(UsageError::Unrecognized(typed)) => {
            let command = (call.tool.command)();
            let names = command.get_arguments().filter_map(clap::Arg::get_long);
            rkafka_config::settings::nearest(typed, names).map(|near| format!("Did you mean --{near}?"))
        }
        _ => None,
    };
    terminal.tell_failure(format_args!("{error:#}"), hint.as_deref());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_are_for_stands_in_one_column() {
        let list = list_of_tools();
        let lines: Vec<&str> = list.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        assert_eq!(lines.len(), TOOLS.len());
        let column = |line: &&str| line.find("  ").map(|at| at + line[at..].len() - line[at..].trim_start().len());
        let columns: std::collections::BTreeSet<_> = lines.iter().map(column).collect();
        assert!(columns.len() == 1 && !columns.contains(&None), "{list}");
    }
}
