//! Pure: argparse4j's lines that name a command, each of which has options of its own: `kafka-cluster unregister --id 1`.
//!
//! The tool's own options stand before the command. What is wrong with the command's options is told first.

use super::{
    argparse::{Argparse, Ended, argparse_command, explained, row, take_apart, usage_of, wrap},
    argv::Line,
};
use clap::{Args, Command};
use std::marker::PhantomData;

/// A tool with commands. `T` are the options before the command, `C` is one command with its options.
pub struct Commands<T, C: 'static> {
    pub parser: Argparse,
    pub commands: &'static [Subcommand<C>],
    pub options: PhantomData<fn() -> T>,
}

/// One command of a tool.
pub struct Subcommand<C> {
    pub name: &'static str,
    pub about: &'static str,
    pub required: &'static [&'static str],
    pub one_of: &'static [&'static [&'static str]],
    /// Its options, [`argparse_command`].
    pub command: fn() -> Command,
    /// Reads its options with [`Subcommand::options`].
    pub read: fn(&Subcommand<C>, &[String]) -> Result<C, Ended>,
}

/// What was typed before the command and after it, and the command's place.
pub type Named<T, C> = ((T, C), usize);

/// Why a line does not lead to a run, and which command (by its place) it was about.
#[derive(Debug)]
pub struct Refused {
    pub command: Option<usize>,
    pub why: Ended,
}

impl<C> Subcommand<C> {
    fn parser(&self) -> Argparse {
        Argparse { program: "", about: "", required: self.required, one_of: self.one_of }
    }

    /// Reads what was typed after the command.
    pub fn options<S: Args>(&self, args: &[String]) -> Result<S, Ended> {
        self.parser().read_words(argparse_command::<S>(), args)
    }
}

impl<T: Args, C> Commands<T, C> {
    /// The tool's clap command, with its commands below.
    pub fn command(&self) -> Command {
        let below = self.commands.iter().map(|command| (command.command)().name(command.name).about(command.about));
        argparse_command::<T>().subcommands(below)
    }

    /// Reads `args` (without the program's name); tells also which command was named, by its place.
    pub fn read(&self, args: &[String]) -> Result<Named<T, C>, Refused> {
        let refused = |why| Refused { command: None, why };
        let own = argparse_command::<T>();
        let words = take_apart(&mut Line::of(&own), args, self.parser.one_of).map_err(refused)?;
        let Some((name, rest)) = args[words..].split_first() else {
            return Err(refused(Ended::Wrong("too few arguments".to_owned())));
        };
        let Some(at) = self.commands.iter().position(|command| command.name == name) else {
            let names: Vec<String> = self.commands.iter().map(|command| format!("'{}'", command.name)).collect();
            let text = format!("invalid choice: '{name}' (choose from {})", names.join(", "));
            return Err(refused(Ended::Wrong(text)));
        };
        let command = &self.commands[at];
        let typed = (command.read)(command, rest).map_err(|why| Refused { command: Some(at), why })?;
        let options = self.parser.read_words(own, &args[..words]).map_err(refused)?;
        Ok(((options, typed), at))
    }

    /// The lines that show how the tool, or one of its commands, is called.
    pub fn usage(&self, command: Option<usize>) -> String {
        let own = argparse_command::<T>();
        let help = "[-h]".to_owned();
        let parts = match command.and_then(|at| self.commands.get(at)) {
            Some(command) => {
                let mut parts = self.parser.parts(&own, true);
                parts.extend([command.name.to_owned(), help]);
                parts.extend(command.parser().parts(&(command.command)(), false));
                parts
            }
            None => {
                let mut parts = vec![help];
                parts.extend(self.parser.parts(&own, false));
                parts.extend([self.names(), "...".to_owned()]);
                parts
            }
        };
        usage_of(self.parser.program, &parts)
    }

    /// What `--help` shows of the tool or of one of its commands.
    pub fn help(&self, command: Option<usize>) -> String {
        let usage = self.usage(command);
        if let Some(command) = command.and_then(|at| self.commands.get(at)) {
            return format!("{usage}\n{}", explained(&(command.command)()));
        }
        let mut text = format!("{usage}\n{}\n\npositional arguments:\n", wrap(self.parser.about, 75).join("\n"));
        text.push_str(&format!("  {}\n", self.names()));
        for command in self.commands {
            text.push_str(&row(&format!("    {}", command.name), command.about));
        }
        format!("{text}\n{}", explained(&argparse_command::<T>()))
    }

    fn names(&self) -> String {
        format!("{{{}}}", self.commands.iter().map(|command| command.name).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Once, Opt, Repeated};
    use clap::ArgAction::Append;

    #[derive(Debug, Args)]
    struct Own {
        #[arg(long, value_name = "SERVERS")]
        servers: Once<String>,
    }

    #[derive(Debug, Args)]
    struct Change {
        #[arg(long, short = 'i', value_name = "ID", help = "which one")]
        id: Once<i32>,
        #[arg(long, action = Append, value_name = "FEATURE")]
        feature: Repeated,
    }

    const TOOL: Commands<Own, Change> = Commands {
        parser: Argparse { program: "tool", about: "A tool.", required: &["servers"], one_of: &[] },
        commands: &[Subcommand {
            name: "change",
            about: "Change it.",
            required: &["id"],
            one_of: &[],
            command: argparse_command::<Change>,
            read: Subcommand::options::<Change>,
        }],
        options: PhantomData,
    };

    fn read(line: &str) -> Result<(Own, Change), (Option<usize>, String)> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        TOOL.read(&args).map(|(typed, _)| typed).map_err(|refused| {
            let Ended::Wrong(reason) = refused.why else { return (refused.command, format!("{:?}", refused.why)) };
            (refused.command, reason)
        })
    }

    #[test]
    fn what_is_typed() {
        for line in ["--servers a change -i 1 --feature a --feature b", "--ser=a change --feature a --feature b -i1"] {
            let (own, change) = read(line).unwrap();
            assert_eq!((own.servers.text(), change.id.value()), (Ok(Some("a")), Ok(Some(1))), "{line}");
            assert_eq!(change.feature.values(), ["a", "b"]);
        }
        assert!(!read("--servers a change -i 1").unwrap().1.feature.is_given());
    }

    #[test]
    fn what_is_wrong() {
        for (line, command, reason) in [
            ("", None, "too few arguments"),
            ("--servers a", None, "too few arguments"),
            ("-h", None, "Help"),
            ("change -h", Some(0), "Help"),
            ("nope", None, "invalid choice: 'nope' (choose from 'change')"),
            ("change", Some(0), "argument --id/-i is required"),
            ("change -x", Some(0), "unrecognized arguments: '-x'"),
            ("change -i", Some(0), "argument --id/-i: expected one argument"),
            ("change -i 1 word", Some(0), "unrecognized arguments: 'word'"),
            ("change -i 1", None, "argument --servers is required"),
        ] {
            assert_eq!(read(line).unwrap_err(), (command, reason.to_owned()), "{line}");
        }
    }

    #[test]
    fn usage_and_help() {
        assert_eq!(TOOL.usage(None), "usage: tool [-h] --servers SERVERS {change} ...\n");
        assert_eq!(TOOL.usage(Some(0)), "usage: tool --servers SERVERS change [-h] --id ID [--feature FEATURE]\n");
        assert!(TOOL.help(None).contains("\n  {change}\n    change               Change it.\n"), "{}", TOOL.help(None));
        assert!(TOOL.help(Some(0)).contains("\n  --id ID, -i ID         which one\n"), "{}", TOOL.help(Some(0)));
    }
}
