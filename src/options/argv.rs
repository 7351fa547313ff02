//! Pure: what was typed, read the way Kafka's tools read it (jopt-simple), against options that clap defines.
//!
//! One grammar for all of Kafka's own tools: `--opt value`, `--opt=value`, `-opt value` and `-opt=value` are the same; a
//! value may start with a dash (`--partitions -1`); a flag takes no value and ignores `=true`; words that belong to no
//! option are passed over; `--` ends the options. Like Kafka's tools up to 0.10, an unambiguous beginning of a name
//! stands for it (`--partition` for `--partitions`): today's refuse that, so nothing that works there changes.

use clap::{Arg, ArgAction, Command};
use std::str::FromStr;

/// What is wrong with a command line. Displays as Kafka's tools word it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    #[error("{0} is not a recognized option")]
    Unrecognized(String),
    #[error("{typed} is not a recognized option; it may stand for {}", .candidates.join(" or "))]
    Ambiguous { typed: String, candidates: Vec<String> },
    #[error("Option {0} requires an argument")]
    MissingArgument(String),
    #[error("Found multiple arguments for option {0}, but you asked for only one")]
    Multiple(String),
    #[error("Cannot parse argument '{value}' of option {option}")]
    Unparsable { option: String, value: String },
    /// A rule of one tool, told without the table of options.
    #[error("{0}")]
    Unusable(String),
    /// A rule of one tool. The table of options follows it on the screen.
    #[error("{0}")]
    Rule(String),
}

impl UsageError {
    /// `Missing required argument "[name]"`.
    pub fn missing(option: &str) -> UsageError {
        UsageError::Rule(format!("Missing required argument \"[{option}]\""))
    }

    /// `Option "[a]" can't be used with option "[b]"`.
    pub fn conflict(option: &str, other: &str) -> UsageError {
        UsageError::Rule(format!("Option \"[{option}]\" can't be used with option \"[{other}]\""))
    }
}

/// Whether an option takes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    MaybeValue,
}

/// An option as the command line needs to know it.
struct Spec {
    name: String,
    aliases: Vec<String>,
    takes: Takes,
    /// The value when the option is given without one, or not at all.
    default: Option<String>,
}

impl Spec {
    fn of(arg: &Arg) -> Option<Spec> {
        let takes = match arg.get_action() {
            ArgAction::Set | ArgAction::Append => match arg.get_num_args() {
                Some(range) if range.min_values() == 0 => Takes::MaybeValue,
                _ => Takes::Value,
            },
            _ => Takes::Nothing,
        };
        let aliases = arg.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned).collect();
        let default = arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
        Some(Spec {
            name: arg.get_long()?.to_owned(),
            aliases,
            takes,
            default: default.filter(|_| takes != Takes::Nothing),
        })
    }

    fn has_name(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// The options of one command line, in the order in which they were typed.
pub struct Options {
    specs: Vec<Spec>,
    given: Vec<(String, Option<String>)>,
    words: Vec<String>,
}

impl Options {
    /// Reads `args` (without the program's name) against the options that `command` defines.
    pub fn parse(command: &Command, args: &[String]) -> Result<Options, UsageError> {
        let specs: Vec<Spec> = command.get_arguments().filter_map(Spec::of).collect();
        let mut options = Options { specs, given: Vec::new(), words: Vec::new() };
        let mut at = 0;
        while at < args.len() {
            let arg = &args[at];
            at += 1;
            if arg == "--" {
                options.words.extend_from_slice(&args[at..]);
                break;
            }
            let Some(typed) = option_part(arg) else {
                options.words.push(arg.clone());
                continue;
            };
            let (name, value) = match typed.split_once('=') {
                Some((name, value)) => (name, Some(value).filter(|value| !value.is_empty())),
                None => (typed, None),
            };
            let is_long = arg.starts_with("--");
            let (name, takes) = options.resolve(name, is_long)?;
            let next = args.get(at);
            let value = match (takes, value) {
                (Takes::Nothing, _) => None,
                (_, Some(value)) => Some(value.to_owned()),
                (Takes::Value, None) => {
                    at += 1;
                    Some(next.ok_or_else(|| UsageError::MissingArgument(name.clone()))?.clone())
                }
                (Takes::MaybeValue, None) => {
                    let word = next.filter(|word| option_part(word).is_none());
                    at += usize::from(word.is_some());
                    word.cloned()
                }
            };
            options.given.push((name, value));
        }
        Ok(options)
    }

    /// The full name of what was typed, and whether it takes a value.
    fn resolve(&self, typed: &str, is_long: bool) -> Result<(String, Takes), UsageError> {
        let found = |spec: &Spec| (spec.name.clone(), spec.takes);
        if let Some(spec) = self.specs.iter().find(|spec| spec.has_name(typed)) {
            return Ok(found(spec));
        }
        let near: Vec<&Spec> = self.specs.iter().filter(|spec| spec.name.starts_with(typed)).collect();
        match near.as_slice() {
            [one] if !typed.is_empty() => Ok(found(one)),
            [] if is_long => Err(UsageError::Unrecognized(typed.to_owned())),
            // One dash may also open a cluster of one-letter options; none of Kafka's tools has any.
            [] => Err(UsageError::Unrecognized(typed.chars().take(1).collect())),
            several => {
                let candidates = several.iter().map(|spec| format!("--{}", spec.name)).collect();
                Err(UsageError::Ambiguous { typed: typed.to_owned(), candidates })
            }
        }
    }

    /// Whether nothing at all was typed.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.words.is_empty()
    }

    /// Whether the option was given.
    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// The options given, each once, in the order of their definition.
    pub fn names(&self) -> Vec<&str> {
        self.specs.iter().map(|spec| spec.name.as_str()).filter(|name| self.has(name)).collect()
    }

    /// All values of an option that may be repeated.
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.given.iter().filter(|(given, _)| given == name).filter_map(|(_, value)| value.as_deref()).collect()
    }

    /// The value of an option that may stand once, or its default.
    pub fn value(&self, name: &str) -> Result<Option<&str>, UsageError> {
        match self.values(name).as_slice() {
            [] => Ok(self.specs.iter().find(|spec| spec.name == name).and_then(|spec| spec.default.as_deref())),
            [one] => Ok(Some(one)),
            _ => Err(UsageError::Multiple(name.to_owned())),
        }
    }

    /// The value of an option that must be given.
    pub fn required(&self, name: &str) -> Result<&str, UsageError> {
        self.value(name)?.ok_or_else(|| UsageError::missing(name))
    }

    /// The value read as a number or another type.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, UsageError> {
        let Some(text) = self.value(name)? else { return Ok(None) };
        let wrong = |_| UsageError::Unparsable { option: name.to_owned(), value: text.to_owned() };
        text.parse().map(Some).map_err(wrong)
    }

    /// Words that belong to no option.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Refuses `option` together with any of `others`, the first that was given.
    pub fn refuse_together(&self, option: &str, others: &[&str]) -> Result<(), UsageError> {
        match others.iter().find(|other| self.has(option) && self.has(other)) {
            Some(other) => Err(UsageError::conflict(option, other)),
            None => Ok(()),
        }
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

    fn parse(line: &str) -> Result<Options, UsageError> {
        let set = |name: &'static str| Arg::new(name).long(name).action(ArgAction::Set);
        let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        let command = Command::new("x")
            .arg(set("partitions").alias("partition"))
            .arg(set("partition-size-limit-per-response"))
            .arg(set("topic"))
            .arg(set("timeout").default_value("5000"))
            .arg(set("config").action(ArgAction::Append))
            .arg(set("state").num_args(0..=1))
            .arg(flag("list"))
            .arg(flag("create"));
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&command, &args)
    }

    fn refusal(line: &str) -> String {
        parse(line).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn every_way_to_write_an_option() {
        for line in
            ["--partitions 3", "--partitions=3", "-partitions 3", "-partitions=3", "--partition 3", "--partitions= 3"]
        {
            assert_eq!(parse(line).unwrap().parsed::<i32>("partitions"), Ok(Some(3)), "{line}");
        }
        assert_eq!(parse("--partitions -1").unwrap().parsed::<i32>("partitions"), Ok(Some(-1)));
        assert_eq!(parse("--topic --list").unwrap().value("topic"), Ok(Some("--list")));
        for line in ["--list", "-list", "--list=true", "--li", "foo --list bar", "--list -- --create"] {
            let options = parse(line).unwrap();
            assert!(options.has("list") && !options.has("create"), "{line}");
        }
    }

    #[test]
    fn optional_values_and_defaults() {
        assert_eq!(parse("--state").unwrap().values("state"), Vec::<&str>::new());
        assert_eq!(parse("--state Stable --list").unwrap().values("state"), ["Stable"]);
        assert!(parse("--state --list").unwrap().has("list"));
        assert_eq!(parse("").unwrap().parsed::<i64>("timeout"), Ok(Some(5000)));
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn repeated_options() {
        assert_eq!(parse("--config a=1 --config b=2").unwrap().values("config"), ["a=1", "b=2"]);
        let error = parse("--topic a --topic b").unwrap().value("topic").unwrap_err();
        assert_eq!(error.to_string(), "Found multiple arguments for option topic, but you asked for only one");
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
        let error = parse("--partitions abc").unwrap().parsed::<i32>("partitions").unwrap_err();
        assert_eq!(error.to_string(), "Cannot parse argument 'abc' of option partitions");
        let error = parse("--list --create").unwrap().refuse_together("create", &["topic", "list"]).unwrap_err();
        assert_eq!(error.to_string(), "Option \"[create]\" can't be used with option \"[list]\"");
    }
}
