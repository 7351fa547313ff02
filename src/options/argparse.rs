//! Pure: command lines of those of Kafka's tools that read them with argparse4j, and what that says of them.
//!
//! It is stricter than jopt-simple: every word belongs to an option unless the tool takes words of its own, a value that begins with a dash is a negative number,
//! options have two dashes or are a letter after one, and the last of a repeated option counts unless it collects. A name
//! may be shortened here, too. [`super::subcommands`] reads the lines that name a command.

use super::{
    argv::{Line, Takes, fill, takes},
    kinds::Opt,
    refusal::UsageError,
};
use clap::{Arg, ArgAction, Args, Command};

/// What argparse4j knows of a tool besides its options.
#[derive(Clone, Copy, Debug)]
pub struct Argparse {
    /// As the tool calls itself.
    pub program: &'static str,
    pub about: &'static str,
    /// Options that must be given.
    pub required: &'static [&'static str],
    /// Groups of options of which exactly one must be given.
    pub one_of: &'static [&'static [&'static str]],
}

/// Why a line does not lead to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Help was asked for, or nothing typed.
    Help,
    Version,
    Wrong(String),
}

/// How wide the text is.
const WIDTH: usize = 75;
/// Where explanations begin.
const COLUMN: usize = 25;
const HELP: &str = "help";
const VERSION: &str = "version";

/// A command for a tool that reads its line with argparse4j.
pub fn argparse_command<T: Args>() -> Command {
    let help = Arg::new(HELP).long(HELP).action(ArgAction::SetTrue).help("show this help message and exit");
    let command = Command::new(env!("CARGO_PKG_NAME"))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .arg(help);
    T::augment_args(command).mut_args(|arg| arg.required(false))
}

impl Argparse {
    /// Reads `args` (without the program's name).
    pub fn read<T: Args>(&self, args: &[String]) -> Result<T, Ended> {
        if args.is_empty() {
            return Err(Ended::Help);
        }
        self.read_words(argparse_command::<T>(), args)
    }

    /// As [`Argparse::read`], also where nothing is typed.
    pub(super) fn read_words<T: Args>(&self, command: Command, args: &[String]) -> Result<T, Ended> {
        let mut line = Line::of(&command);
        take_all(&mut line, args, self.one_of)?;
        let given = |name: &str| line.given.iter().any(|(at, _)| line.name(*at) == name);
        let full = |name: &str| {
            line.options.iter().find(|arg| arg.get_long() == Some(name)).map_or_else(String::new, |arg| flags(arg))
        };
        // argparse4j tells of the last one.
        if let Some(name) = self.required.iter().rfind(|name| !given(name)) {
            return Err(Ended::Wrong(format!("argument {} is required", full(name))));
        }
        for group in self.one_of {
            if !group.iter().any(|name| given(name)) {
                let names: Vec<String> = group.iter().map(|name| full(name)).collect();
                return Err(Ended::Wrong(format!("one of the arguments {} is required", names.join(" "))));
            }
        }
        let words = line.in_one_form();
        let filled = fill(command, words, |_| ());
        filled.map(|(args, ())| args).map_err(|error| Ended::Wrong(error.to_string()))
    }

    /// The lines that show how the tool is called.
    pub fn usage(&self, command: &Command) -> String {
        let mut parts = vec!["[-h]".to_owned()];
        parts.extend(self.parts(command, false));
        usage_of(self.program, &parts)
    }

    /// The options as [`Argparse::usage`] shows them, or only what must be given.
    pub(super) fn parts(&self, command: &Command, only_required: bool) -> Vec<String> {
        let grouped = |name: &str| self.one_of.iter().any(|group| group.contains(&name));
        let mut parts = Vec::new();
        for arg in options(command) {
            let name = arg.get_long().unwrap_or_default();
            let is_required = self.required.contains(&name);
            if name == HELP || grouped(name) || (only_required && !is_required) {
                continue;
            }
            let text = shown(arg);
            parts.push(if is_required { text } else { format!("[{text}]") });
        }
        for group in self.one_of {
            let members = options(command).filter(|arg| arg.get_long().is_some_and(|name| group.contains(&name)));
            let members = members.map(shown).collect::<Vec<_>>().join(" |\0");
            parts.extend(format!("({members})").split('\0').map(str::to_owned));
        }
        parts.extend(command.get_positionals().map(|arg| format!("[{0} [{0} ...]]", name(arg))));
        parts
    }

    /// What `--help` shows.
    pub fn help(&self, command: &Command) -> String {
        let mut text = format!("{}\n{}\n\n", self.usage(command), wrap(self.about, WIDTH).join("\n"));
        if command.get_positionals().next().is_some() {
            text.push_str("positional arguments:\n");
            for arg in command.get_positionals() {
                let explained = arg.get_help().map(ToString::to_string).unwrap_or_default();
                text.push_str(&row(&format!("  {}", name(arg)), &explained));
            }
            text.push('\n');
        }
        text + &explained(command)
    }
}

/// The table of a command's options.
pub(super) fn explained(command: &Command) -> String {
    let mut text = "optional arguments:\n".to_owned();
    for arg in options(command) {
        let left = match (arg.get_long(), arg.get_short()) {
            (Some(HELP), _) => "  -h, --help".to_owned(),
            (Some(_), Some(letter)) => format!("  {}, -{letter}{}", shown(arg), value(arg)),
            _ => format!("  {}", shown(arg)),
        };
        let default = arg.get_default_values().first().filter(|_| takes(arg) != Takes::Nothing);
        let default = default.map(|value| format!(" (default: {})", value.to_string_lossy())).unwrap_or_default();
        let explained = arg.get_help().map(ToString::to_string).unwrap_or_default() + &default;
        text.push_str(&row(&left, &explained));
    }
    text
}

/// A row of the table: an explanation beside what it explains.
pub fn row(left: &str, explained: &str) -> String {
    let mut text = String::new();
    let mut lines = wrap(explained, WIDTH - COLUMN).into_iter();
    if left.len() + 2 <= COLUMN {
        text.push_str(&format!("{left:<COLUMN$}{}\n", lines.next().unwrap_or_default()));
    } else {
        text.push_str(&format!("{left}\n"));
    }
    lines.for_each(|line| text.push_str(&format!("{:COLUMN$}{line}\n", "")));
    text
}

/// The lines that show how `program` is called with `parts`.
pub(super) fn usage_of(program: &str, parts: &[String]) -> String {
    let begin = format!("usage: {program}");
    let mut text = begin.clone();
    let mut column = text.len();
    for part in parts {
        if column + 1 + part.len() > WIDTH {
            text.push('\n');
            text.push_str(&" ".repeat(begin.len()));
            column = begin.len();
        }
        text.push(' ');
        text.push_str(part);
        column += 1 + part.len();
    }
    text.push('\n');
    text
}

/// A mistake that was found later, in argparse4j's words.
pub fn reason(error: &UsageError) -> String {
    match error {
        UsageError::Unparsable { option, letter, value, kind } => {
            let letter = letter.map(|letter| format!("/-{letter}")).unwrap_or_default();
            format!(
                "argument --{option}{letter}: could not convert '{value}' to {kind} (For input string: \"{value}\")"
            )
        }
        other => other.to_string(),
    }
}

fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| arg.get_long().is_some() && !arg.is_hide_set())
}

fn is_list(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|range| range.max_values() > 1)
}

/// Whether each time that an option is typed counts.
fn collects(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append) && !is_list(arg)
}

/// All names of an option, `--topic/-t`.
fn flags(arg: &Arg) -> String {
    let letter = arg.get_short().map(|letter| format!("/-{letter}")).unwrap_or_default();
    format!("--{}{letter}", arg.get_long().unwrap_or_default())
}

/// An option and its value, `--topic TOPIC`.
fn shown(arg: &Arg) -> String {
    format!("--{}{}", arg.get_long().unwrap_or_default(), value(arg))
}

/// What follows an option's name.
fn value(arg: &Arg) -> String {
    let value = name(arg);
    match takes(arg) {
        Takes::Nothing => String::new(),
        _ if is_list(arg) => format!(" {value} [{value} ...]"),
        _ => format!(" {value}"),
    }
}

/// What stands for a value.
fn name(arg: &Arg) -> String {
    arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default()
}

pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A word that belongs to no option.
fn unknown(word: &str) -> Ended {
    Ended::Wrong(format!("unrecognized arguments: '{word}'"))
}

/// Takes options, and words if the tool has use for them: they may stand anywhere, and after `--` there is nothing else.
fn take_all<'a>(line: &mut Line<'a>, args: &'a [String], one_of: &[&[&str]]) -> Result<(), Ended> {
    let end = args.iter().position(|arg| arg == "--").filter(|_| line.wants_words).unwrap_or(args.len());
    let mut at = 0;
    loop {
        at += take_apart(line, &args[at..end], one_of)?;
        match args[at..end].first() {
            None => break,
            Some(word) if !line.wants_words => return Err(unknown(word)),
            Some(word) => line.words.push(word),
        }
        at += 1;
    }
    line.words.extend(args.iter().skip(end + 1).map(String::as_str));
    Ok(())
}

/// Takes the options at the beginning of `args`; gives back how many words those are. Of each group in `one_of` there may be
/// one.
pub(super) fn take_apart<'a>(line: &mut Line<'a>, args: &'a [String], one_of: &[&[&str]]) -> Result<usize, Ended> {
    let mut at_word = 0;
    while let Some(arg) = args.get(at_word) {
        if arg == "-h" {
            return Err(Ended::Help);
        }
        let Some((at, value)) = option_of(line, arg)? else { return Ok(at_word) };
        at_word += 1;
        let (option, full) = (line.options[at], line.name(at));
        match full.as_str() {
            HELP => return Err(Ended::Help),
            VERSION => return Err(Ended::Version),
            _ => {}
        }
        if let Some(other) = line.given.iter().map(|(given, _)| *given).find(|given| excludes(line, one_of, *given, at))
        {
            let text = format!("argument {}: not allowed with argument {}", flags(option), flags(line.options[other]));
            return Err(Ended::Wrong(text));
        }
        if !collects(option) {
            line.given.retain(|(given, _)| *given != at);
        }
        match (takes(option), value) {
            (Takes::Nothing, None) => line.given.push((at, None)),
            (Takes::Nothing, Some(value)) => {
                let text = format!("argument {}: ignore implicit argument '{value}'", flags(option));
                return Err(Ended::Wrong(text));
            }
            (_, Some(value)) => line.given.push((at, Some(value))),
            (_, None) => {
                let most = if is_list(option) { usize::MAX } else { 1 };
                let values: Vec<&String> =
                    args[at_word..].iter().take_while(|word| !is_flag(word)).take(most).collect();
                if values.is_empty() {
                    let wanted = if is_list(option) { "at least one argument" } else { "one argument" };
                    return Err(Ended::Wrong(format!("argument {}: expected {wanted}", flags(option))));
                }
                at_word += values.len();
                line.given.extend(values.into_iter().map(|value| (at, Some(value.as_str()))));
            }
        }
    }
    Ok(at_word)
}

/// Whether two options, by their places, are of one group.
fn excludes(line: &Line<'_>, one_of: &[&[&str]], at: usize, other: usize) -> bool {
    let holds = |group: &[&str], at: usize| group.contains(&line.name(at).as_str());
    at != other && one_of.iter().any(|group| holds(group, at) && holds(group, other))
}

/// The option that a word is, and the value that is part of the word; `None` for a word that is none.
fn option_of<'a>(line: &Line<'a>, word: &'a str) -> Result<Option<(usize, Option<&'a str>)>, Ended> {
    if let Some(typed) = word.strip_prefix("--").filter(|typed| !typed.is_empty()) {
        let (name, value) = match typed.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (typed, None),
        };
        let at = line.resolve(name, true).map_err(|error| match error {
            UsageError::Ambiguous { candidates, .. } => {
                Ended::Wrong(format!("ambiguous option: --{name} could match {}", candidates.join(", ")))
            }
            _ => unknown(word),
        })?;
        return Ok(Some((at, value)));
    }
    let mut rest = word.strip_prefix('-').unwrap_or_default().chars();
    let Some(letter) = rest.next().filter(|_| is_flag(word)) else { return Ok(None) };
    let at = line.options.iter().position(|arg| arg.get_short() == Some(letter)).ok_or_else(|| unknown(word))?;
    let value = Some(rest.as_str()).filter(|value| !value.is_empty());
    Ok(Some((at, value.map(|value| value.strip_prefix('=').unwrap_or(value)))))
}

/// Whether a word is an option rather than a value.
fn is_flag(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && word.parse::<f64>().is_err()
}

/// What `line` says, as the tests of tools type it.
#[cfg(test)]
impl Argparse {
    pub fn typed<T: Args>(&self, line: &str) -> Result<T, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        self.read(&args).map_err(|ended| match ended {
            Ended::Help | Ended::Version => "help".to_owned(),
            Ended::Wrong(reason) => reason,
        })
    }
}

/// An old option and the one in its place cannot both be given.
pub fn not_both(new: &dyn Opt, old: &dyn Opt) -> Result<(), UsageError> {
    match new.is_given() && old.is_given() {
        true => {
            Err(UsageError::Unusable(format!("--{} and --{} cannot be specified together.", new.name(), old.name())))
        }
        false => Ok(()),
    }
}

/// As [`not_both`], in the words of the verifiable tools.
pub fn exclusive(old: &dyn Opt, new: &dyn Opt) -> Result<(), UsageError> {
    match new.is_given() && old.is_given() {
        true => {
            Err(UsageError::Unusable(format!("Options --{} and --{} are mutually exclusive.", old.name(), new.name())))
        }
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Flag, Once, Repeated};
    use clap::ArgAction::{Append, SetTrue};

    #[derive(Debug, Args)]
    struct Example {
        #[arg(long, value_name = "TOPIC", help = "produce messages to this topic")]
        topic: Once<String>,
        #[arg(long, value_name = "THROUGHPUT")]
        throughput: Once<f64>,
        #[arg(long, action = Append, num_args = 1.., value_name = "PROP")]
        props: Repeated,
        #[arg(long, value_name = "SIZE")]
        size: Once<i32>,
        #[arg(long, action = SetTrue)]
        monotonic: Flag,
    }

    const PARSER: Argparse =
        Argparse { program: "example", about: "An example.", required: &["topic"], one_of: &[&["size", "monotonic"]] };

    fn read(line: &str) -> Result<Example, String> {
        PARSER.typed(line)
    }

    #[test]
    fn what_is_typed() {
        let args = read("--topic a --throughput -1 --props a=1 b=2 --size=3 --topic b").unwrap();
        assert_eq!((args.topic.text(), args.throughput.value()), (Ok(Some("b")), Ok(Some(-1.0))));
        assert_eq!((args.props.values(), args.size.value()), (vec!["a=1", "b=2"], Ok(Some(3))));
        assert_eq!(read("--top a --size 1").unwrap().topic.text(), Ok(Some("a")));
        for line in ["", "-h", "--topic a --help"] {
            assert_eq!(read(line).unwrap_err(), "help", "{line}");
        }
    }

    #[test]
    fn what_is_wrong() {
        for (line, reason) in [
            ("--size 1", "argument --topic is required"),
            ("--topic a", "one of the arguments --size --monotonic is required"),
            ("--size 1 --monotonic", "argument --monotonic: not allowed with argument --size"),
            ("--topic a --size 1 --monotonic", "argument --monotonic: not allowed with argument --size"),
            ("--topic a --wrong", "unrecognized arguments: '--wrong'"),
            ("--topic a word", "unrecognized arguments: 'word'"),
            ("--topic --size 1", "argument --topic: expected one argument"),
            ("--topic a --props", "argument --props: expected at least one argument"),
            ("--t a", "ambiguous option: --t could match --topic, --throughput"),
        ] {
            assert_eq!(read(line).unwrap_err(), reason, "{line}");
        }
    }

    #[test]
    fn usage_and_help() {
        let command = argparse_command::<Example>();
        assert_eq!(
            PARSER.usage(&command),
            "usage: example [-h] --topic TOPIC [--throughput THROUGHPUT]\n               [--props PROP [PROP ...]] (--size \
             SIZE | --monotonic)\n"
        );
        let help = PARSER.help(&command);
        assert!(help.contains("\n  -h, --help             show this help message and exit\n"), "{help}");
        assert!(help.contains("\n  --topic TOPIC          produce messages to this topic\n"), "{help}");
    }
}
