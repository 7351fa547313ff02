//! Pure: what was typed, read the way Kafka's tools read it (jopt-simple), into the struct that a tool's options derive.
//!
//! One grammar for all of Kafka's own tools: `--opt value`, `--opt=value`, `-opt value` and `-opt=value` are the same; a
//! value may start with a dash (`--partitions -1`); a flag takes no value and ignores `=true`; words that belong to no
//! option are passed over; `--` ends the options. Like Kafka's tools up to 0.10, an unambiguous beginning of a name
//! stands for it (`--partition` for `--partitions`): today's refuse that, so nothing that works there changes. Options
//! below the heading [`OWN`] have to be typed in full.
//!
//! clap defines the options and fills the struct, but only sees a command line in one fixed form: every option once, by
//! its full name, with all that was typed for it.

use super::{
    OWN,
    kinds::{Once, pack},
    refusal::UsageError,
};
use clap::{Arg, ArgAction, ArgMatches, Args, Command};
use std::any::TypeId;

/// What every one of Kafka's tools may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub help: bool,
    pub version: bool,
    /// Nothing at all was typed.
    pub nothing: bool,
}

const HELP: &str = "help";
const VERSION: &str = "version";

/// A command for one of Kafka's tools: no clap flags of its own, `--help` and `--version` as Kafka has them, and the
/// options of `T`.
pub fn kafka_command<T: Args>() -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let command = Command::new(env!("CARGO_PKG_NAME"))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .arg(flag(HELP, "Print usage information."))
        .arg(flag(VERSION, "Display Kafka version."));
    // What must be given, the tools say themselves, in Kafka's words.
    T::augment_args(command).mut_args(|arg| arg.required(false))
}

/// Reads `args` (without the program's name).
pub fn read<T: Args>(args: &[String]) -> Result<(T, Asked), UsageError> {
    let command = kafka_command::<T>();
    let line = Line::read(&command, args)?;
    let nothing = line.given.is_empty() && line.words.is_empty();
    let words = line.in_one_form();
    fill(command, words, |matches| Asked { help: matches.get_flag(HELP), version: matches.get_flag(VERSION), nothing })
}

/// Has clap fill the struct from a line in the one form that it sees.
pub(super) fn fill<T: Args, A>(
    command: Command,
    words: Vec<String>,
    also: impl FnOnce(&ArgMatches) -> A,
) -> Result<(T, A), UsageError> {
    let typed = |mut matches: ArgMatches| {
        let also = also(&matches);
        T::from_arg_matches_mut(&mut matches).map(|options| (options, also))
    };
    let matches = for_packed(command).try_get_matches_from(words);
    matches.and_then(typed).map_err(|error| UsageError::Unusable(error.to_string()))
}

/// The full names of the options in `args` as often as they were typed and in that order, for the tools that look at it.
pub fn order_of<T: Args>(args: &[String]) -> Result<Vec<String>, UsageError> {
    let command = kafka_command::<T>();
    let line = Line::read(&command, args)?;
    Ok(line.given.iter().map(|(at, _)| line.name(*at)).collect())
}

/// The command whose options that take values take all of them at once, and are always there.
fn for_packed(command: Command) -> Command {
    command.no_binary_name(true).mut_args(|arg| match takes(&arg) {
        Takes::Nothing => arg,
        Takes::Value | Takes::MaybeValue => {
            let has_default = !arg.get_default_values().is_empty();
            let arg = arg.action(ArgAction::Set).num_args(1);
            if has_default { arg } else { arg.default_value("") }
        }
    })
}

/// Whether an option takes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
    MaybeValue,
}

pub(super) fn takes(arg: &Arg) -> Takes {
    match arg.get_action() {
        ArgAction::Set | ArgAction::Append => match arg.get_num_args() {
            Some(range) if range.min_values() == 0 => Takes::MaybeValue,
            _ => Takes::Value,
        },
        _ => Takes::Nothing,
    }
}

/// Whether an option's value is a whole number, which may begin with a dash.
fn is_number(arg: &Arg) -> bool {
    let kind = arg.get_value_parser().type_id();
    kind == TypeId::of::<Once<i32>>() || kind == TypeId::of::<Once<i64>>()
}

/// A command line, taken apart.
pub(super) struct Line<'a> {
    pub options: Vec<&'a Arg>,
    /// Each option that was typed, as a place in `options`, in the order of the line.
    pub given: Vec<(usize, Option<&'a str>)>,
    /// Words that belong to no option.
    pub words: Vec<&'a str>,
    pub wants_words: bool,
}

impl<'a> Line<'a> {
    /// A line on which nothing stands yet.
    pub fn of(command: &'a Command) -> Line<'a> {
        let options = command.get_arguments().filter(|arg| arg.get_long().is_some()).collect();
        let wants_words = command.get_positionals().next().is_some();
        Line { options, given: Vec::new(), words: Vec::new(), wants_words }
    }

    fn read(command: &'a Command, args: &'a [String]) -> Result<Line<'a>, UsageError> {
        let mut line = Line::of(command);
        let mut args = args.iter().map(String::as_str).peekable();
        while let Some(arg) = args.next() {
            if arg == "--" {
                line.words.extend(args);
                break;
            }
            let Some(typed) = option_part(arg) else {
                line.words.push(arg);
                continue;
            };
            let (name, value) = match typed.split_once('=') {
                Some((name, value)) => (name, Some(value).filter(|value| !value.is_empty())),
                None => (typed, None),
            };
            let at = line.resolve(name, arg.starts_with("--"))?;
            let value = match (takes(line.options[at]), value) {
                (Takes::Nothing, _) => None,
                (_, Some(value)) => Some(value),
                (Takes::Value, None) => Some(args.next().ok_or_else(|| UsageError::MissingArgument(line.name(at)))?),
                (Takes::MaybeValue, None) => {
                    let number = is_number(line.options[at]);
                    args.next_if(|word| option_part(word).is_none() || number && word.parse::<i64>().is_ok())
                }
            };
            line.given.push((at, value));
        }
        Ok(line)
    }

    pub fn name(&self, at: usize) -> String {
        self.options[at].get_long().unwrap_or_default().to_owned()
    }

    /// The place of the option that was typed.
    pub fn resolve(&self, typed: &str, is_long: bool) -> Result<usize, UsageError> {
        let is = |arg: &&Arg| {
            arg.get_long() == Some(typed) || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&typed))
        };
        if let Some(at) = self.options.iter().position(is) {
            return Ok(at);
        }
        // What Kafka's tools do not have changes no beginning of what they have.
        let is_kafkas = |at: &usize| self.options[*at].get_help_heading() != Some(OWN);
        let begins = |at: &usize| self.name(*at).starts_with(typed) && is_kafkas(at);
        let near: Vec<usize> = (0..self.options.len()).filter(begins).collect();
        match near.as_slice() {
            [one] if !typed.is_empty() => Ok(*one),
            [] if is_long => Err(UsageError::Unrecognized(typed.to_owned())),
            // One dash may also open a cluster of one-letter options; none of Kafka's tools has any.
            [] => Err(UsageError::Unrecognized(typed.chars().take(1).collect())),
            several => {
                let candidates = several.iter().map(|at| format!("--{}", self.name(*at))).collect();
                Err(UsageError::Ambiguous { typed: typed.to_owned(), candidates })
            }
        }
    }

    /// The line as clap sees it.
    pub fn in_one_form(&self) -> Vec<String> {
        let mut words = Vec::new();
        for (at, arg) in self.options.iter().enumerate() {
            let times: Vec<Option<&str>> =
                self.given.iter().filter(|(given, _)| *given == at).map(|(_, value)| *value).collect();
            match takes(arg) {
                _ if times.is_empty() => {}
                Takes::Nothing => words.push(format!("--{}", self.name(at))),
                Takes::Value | Takes::MaybeValue => words.push(format!("--{}={}", self.name(at), pack(times))),
            }
        }
        if self.wants_words && !self.words.is_empty() {
            words.push("--".to_owned());
            words.push(pack(self.words.iter().map(|word| Some(*word))));
        }
        words
    }
}

/// What follows the dashes of an option; `None` for plain words and for `-`.
fn option_part(arg: &str) -> Option<&str> {
    let typed = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-'))?;
    (!typed.is_empty()).then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Flag, Once, Opt, Repeated, refuse_together, typed};
    use clap::ArgAction::{Append, SetTrue};

    #[derive(Debug, Args)]
    struct Example {
        #[arg(long, alias = "partition")]
        partitions: Once<i32>,
        #[arg(long)]
        partition_size_limit_per_response: Once<i32>,
        #[arg(long)]
        topic: Once<String>,
        #[arg(long, default_value = "5000")]
        timeout: Once<i64>,
        #[arg(long = "a.config", action = Append)]
        config: Repeated,
        #[arg(long, num_args = 0..=1)]
        state: Once<String>,
        #[arg(long, num_args = 0..=1, default_value = "gzip")]
        codec: Once<String>,
        #[arg(long, num_args = 0..=1)]
        wait: Once<i64>,
        #[arg(long, action = SetTrue)]
        list: Flag,
        #[arg(long, action = SetTrue)]
        create: Flag,
        #[arg(long, help_heading = OWN)]
        state_of_ours: Once<String>,
    }

    #[derive(Debug, Args)]
    struct WithWords {
        #[arg(value_name = "FILE")]
        file: Repeated,
        #[arg(long, action = Append)]
        set: Repeated,
    }

    fn parse(line: &str) -> Result<Example, UsageError> {
        typed(line)
    }

    fn refusal(line: &str) -> String {
        parse(line).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn every_way_to_write_an_option() {
        for line in
            ["--partitions 3", "--partitions=3", "-partitions 3", "-partitions=3", "--partition 3", "--partitions= 3"]
        {
            assert_eq!(parse(line).unwrap().partitions.value(), Ok(Some(3)), "{line}");
        }
        assert_eq!(parse("--partitions -1").unwrap().partitions.value(), Ok(Some(-1)));
        assert_eq!(parse("--topic --list").unwrap().topic.text(), Ok(Some("--list")));
        for line in ["--list", "-list", "--list=true", "--li", "foo --list bar", "--list -- --create", "--list -list"] {
            let options = parse(line).unwrap();
            assert!(options.list.is_given() && !options.create.is_given(), "{line}");
        }
    }

    #[test]
    fn our_own_options_take_no_beginning_from_kafkas() {
        assert_eq!(parse("--stat x").unwrap().state.text(), Ok(Some("x")));
        assert_eq!(parse("--state-of-ours x").unwrap().state_of_ours.text(), Ok(Some("x")));
        assert_eq!(refusal("--state-of x"), "state-of is not a recognized option");
    }

    #[test]
    fn optional_values_and_defaults() {
        let state = |line: &str| parse(line).unwrap().state;
        assert_eq!((state("--state").is_given(), state("--state").value()), (true, Ok(None)));
        assert_eq!(state("--state Stable --list").value(), Ok(Some("Stable".to_owned())));
        assert_eq!(state("--state --state Stable").value(), Ok(Some("Stable".to_owned())));
        assert!(parse("--state --list").unwrap().list.is_given());
        assert_eq!(parse("--wait -5 --list").unwrap().wait.value(), Ok(Some(-5)));
        assert!(parse("--wait --list").unwrap().list.is_given());
        let codec = |line: &str| parse(line).unwrap().codec;
        assert_eq!((codec("--codec").is_given(), codec("--codec").value()), (true, Ok(Some("gzip".to_owned()))));
        assert_eq!(codec("--codec zstd").value(), Ok(Some("zstd".to_owned())));
        assert_eq!((codec("").is_given(), codec("").value()), (false, Ok(Some("gzip".to_owned()))));
        let nothing = parse("").unwrap();
        assert_eq!((nothing.timeout.is_given(), nothing.timeout.value()), (false, Ok(Some(5000))));
        assert_eq!((nothing.topic.is_given(), nothing.topic.value()), (false, Ok(None)));
        assert_eq!(nothing.topic.required().unwrap_err().to_string(), "Missing required argument \"[topic]\"");
        let empty: Vec<String> = vec!["--topic".into(), String::new()];
        assert_eq!(read::<Example>(&empty).unwrap().0.topic.text(), Ok(Some("")));
    }

    #[test]
    fn what_every_tool_may_be_asked_for() {
        let asked = |args: &[String]| read::<Example>(args).unwrap().1;
        assert_eq!(asked(&[]), Asked { help: false, version: false, nothing: true });
        assert_eq!(asked(&["--help".into()]), Asked { help: true, version: false, nothing: false });
        assert_eq!(asked(&["-vers".into()]), Asked { help: false, version: true, nothing: false });
    }

    #[test]
    fn repeated_options() {
        assert_eq!(parse("--a.config a=1 --a.config b=2").unwrap().config.values(), ["a=1", "b=2"]);
        let error = parse("--topic a --topic b").unwrap().topic.value().unwrap_err();
        assert_eq!(error.to_string(), "Found multiple arguments for option topic, but you asked for only one");
    }

    #[test]
    fn words_are_kept_where_they_are_wanted() {
        let words = |line: &str| typed::<WithWords>(line).unwrap();
        assert_eq!(words("a --set x b -- --set").file.values(), ["a", "b", "--set"]);
        assert_eq!(words("a --set x b").set.values(), ["x"]);
        assert!(!words("--set x").file.is_given());
    }

    /// What Apache Kafka 3.9.1's tools print.
    #[test]
    fn refusals() {
        assert_eq!(refusal("--lst"), "lst is not a recognized option");
        assert_eq!(refusal("-foo"), "f is not a recognized option");
        assert_eq!(refusal("--topic"), "Option topic requires an argument");
        assert_eq!(
            refusal("--parti 1"),
            "parti is not a recognized option; it may stand for --partitions or --partition-size-limit-per-response"
        );
        let error = parse("--partitions abc").unwrap().partitions.value().unwrap_err();
        assert_eq!(error.to_string(), "Cannot parse argument 'abc' of option partitions");
        let both = parse("--list --create").unwrap();
        let error = refuse_together(&both.create, &[&both.topic, &both.list]).unwrap_err();
        assert_eq!(error.to_string(), "Option \"[create]\" can't be used with option \"[list]\"");
    }
}
