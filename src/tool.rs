//! What a tool is: its names, its options, and the function that runs it.

use crate::{
    era::Era,
    options::{
        self, Argparse, Asked, Commands, UsageError,
        argparse::Ended,
        subcommands::{Named, Refused},
    },
    terminal::{Terminal, output::Described},
};
use clap::{Args, Command};

/// How a tool ended. Kafka's tools know 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    pub const OK: Exit = Exit(0);
    pub const FAILED: Exit = Exit(1);
}

/// One tool. [`crate::tools::TOOLS`] is the list of all.
pub struct Tool {
    /// The word after `rkafka`: `topics`.
    pub name: &'static str,
    /// Kafka's name without `.sh`: `kafka-topics`. There is a launcher of that name in `bin/`, unless it equals `name`.
    pub script: &'static str,
    /// The options, from which help, completions and manual pages come.
    pub command: fn() -> Command,
    pub run: fn(&Call<'_>, &mut Terminal) -> anyhow::Result<Exit>,
    /// What it can show for a program (`--output json`); nothing for a tool that has no such thing.
    pub shows: &'static [&'static dyn Described],
}

impl Tool {
    /// Whether `word` calls this tool: `topics`, `kafka-topics`, `kafka-topics.sh`.
    pub fn answers_to(&self, word: &str) -> bool {
        let word = word.strip_suffix(".sh").unwrap_or(word);
        word == self.name || word == self.script
    }
}

/// One call of a tool.
pub struct Call<'a> {
    pub tool: &'a Tool,
    /// What was typed after the tool's name.
    pub args: &'a [String],
    era: Era,
}

impl<'a> Call<'a> {
    pub fn new(tool: &'a Tool, args: &'a [String], era: Era) -> Call<'a> {
        Call { tool, args, era }
    }

    /// The generation whose texts the tool is to speak.
    pub fn era(&self) -> Era {
        self.era
    }

    /// The options, read as Kafka's tools read them.
    pub fn typed<T: Args>(&self) -> Result<(T, Asked), UsageError> {
        options::read(self.args)
    }

    /// The options, read as clap reads them: for tools that are not Kafka's. `Err` has been answered on the screen.
    pub fn clap<T: Args>(&self, terminal: &mut Terminal) -> Result<T, Exit> {
        let name = format!("rkafka {}", self.tool.name);
        let words = std::iter::once(name.clone()).chain(self.args.iter().cloned());
        let matches = options::clap_command::<T>().name(self.tool.name).bin_name(name).try_get_matches_from(words);
        matches.and_then(|mut matches| T::from_arg_matches_mut(&mut matches)).map_err(|error| {
            let told = error.render().to_string();
            if !error.use_stderr() {
                terminal.talk(told.trim_end());
                return Exit::OK;
            }
            match terminal.format().is_json() {
                true => terminal.tell_failure(told.trim().trim_start_matches("error: "), None),
                false => terminal.talk(told.trim_end()),
            }
            Exit::FAILED
        })
    }

    /// The options, read as Kafka's tools with argparse4j read them. `Err` has been answered on the screen.
    pub fn argparse<T: Args>(&self, parser: &Argparse, terminal: &mut Terminal) -> anyhow::Result<Result<T, Exit>> {
        match parser.read(self.args) {
            Ok(args) => Ok(Ok(args)),
            Err(Ended::Help) => {
                terminal.print(parser.help(&(self.tool.command)()))?;
                Ok(Err(if self.args.is_empty() { Exit::OK } else { Exit::FAILED }))
            }
            Err(Ended::Version) => {
                terminal.line(self.era.version())?;
                Ok(Err(Exit::OK))
            }
            Err(Ended::Wrong(reason)) => Ok(Err(self.refuse(parser, reason, terminal))),
        }
    }

    /// As [`Call::argparse`], for a tool with commands: what was typed, and the command's place.
    pub fn commands<T: Args, C>(
        &self,
        commands: &Commands<T, C>,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Result<Named<T, C>, Exit>> {
        self.commands_with_help(commands, Exit::FAILED, terminal)
    }

    /// As [`Call::commands`], for the tools that end with `help` where it was asked for.
    pub fn commands_with_help<T: Args, C>(
        &self,
        commands: &Commands<T, C>,
        help: Exit,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Result<Named<T, C>, Exit>> {
        let Refused { command, why } = match commands.read(self.args) {
            Ok(typed) => return Ok(Ok(typed)),
            Err(refused) => refused,
        };
        match why {
            Ended::Help => {
                terminal.print(commands.help(command))?;
                Ok(Err(help))
            }
            Ended::Version => {
                terminal.line(self.era.version())?;
                Ok(Err(Exit::OK))
            }
            Ended::Wrong(reason) => Ok(Err(self.refuse_command(commands, command, reason, terminal))),
        }
    }

    /// As [`Call::refuse`], for a tool with commands: for the one at a place, or for the options before it.
    pub fn refuse_command<T: Args, C>(
        &self,
        commands: &Commands<T, C>,
        command: Option<usize>,
        reason: impl std::fmt::Display,
        terminal: &mut Terminal,
    ) -> Exit {
        refuse(commands.parser.program, &commands.usage(command), reason, terminal)
    }

    /// Says what is wrong with the options, in argparse4j's layout.
    pub fn refuse(&self, parser: &Argparse, reason: impl std::fmt::Display, terminal: &mut Terminal) -> Exit {
        refuse(parser.program, &parser.usage(&(self.tool.command)()), reason, terminal)
    }

    /// Answers `--help`, `--version`, and an empty command line, which Kafka's tools answer with help.
    ///
    /// `introduction` is the line above the table of options. Help goes to stderr and ends with 1, as Kafka's does.
    pub fn help_or_version(
        &self,
        asked: Asked,
        introduction: &str,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Option<Exit>> {
        if asked.nothing || asked.help {
            self.print_usage(introduction, terminal);
            return Ok(Some(Exit::FAILED));
        }
        if asked.version {
            terminal.line(self.era.version())?;
            return Ok(Some(Exit::OK));
        }
        Ok(None)
    }

    /// Prints `message` and the table of options to stderr.
    pub fn print_usage(&self, message: &str, terminal: &mut Terminal) {
        terminal.talk(message);
        terminal.talk(options::table::table(&(self.tool.command)()).trim_end_matches('\n'));
    }
}

/// In argparse4j's layout: how a program is used, and what is wrong.
fn refuse(program: &str, usage: &str, reason: impl std::fmt::Display, terminal: &mut Terminal) -> Exit {
    if terminal.format().is_json() {
        terminal.tell_failure(reason, Some(usage.trim()));
    } else {
        terminal.talk(usage.trim_end());
        terminal.talk(format_args!("{program}: error: {reason}"));
    }
    Exit::FAILED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_answers_to_all_its_names() {
        fn run(_: &Call<'_>, _: &mut Terminal) -> anyhow::Result<Exit> {
            Ok(Exit::OK)
        }
        let tool = Tool { name: "topics", script: "kafka-topics", command: || Command::new("topics"), run, shows: &[] };
        for word in ["topics", "kafka-topics", "kafka-topics.sh"] {
            assert!(tool.answers_to(word), "{word}");
        }
        assert!(!tool.answers_to("topic"));
    }
}
