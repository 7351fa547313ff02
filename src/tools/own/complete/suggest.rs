//! Pure: which words may stand at the cursor, as far as the tools' own options tell.

use crate::{
    invocation::COMMON,
    tool::Tool,
    tools::{TOOLS, described},
};
use clap::{Arg, ArgAction, Command};
use rkafka_config::{
    broker_table::BROKER,
    definition::{Check, Definition, Kind},
    topic_table::TOPIC,
};

/// A word that may stand there, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub word: String,
    pub about: String,
}

impl Suggestion {
    pub fn plain(word: String) -> Suggestion {
        Suggestion { word, about: String::new() }
    }

    fn told(word: &str, about: &str) -> Suggestion {
        Suggestion { word: word.to_owned(), about: about.to_owned() }
    }

    /// As zsh's `_describe` reads it: a colon parts word and description.
    pub fn for_zsh(&self) -> String {
        let word = self.word.replace(':', "\\:");
        if self.about.is_empty() { word } else { format!("{word}:{}", self.about) }
    }
}

/// What a cluster has names of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfCluster {
    Topics,
    Groups,
    Brokers,
}

/// What may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Words(Vec<Suggestion>),
    Files,
    Contexts,
    OfCluster(OfCluster),
}

/// A command line up to the cursor.
#[derive(Clone)]
pub struct Words<'a> {
    /// The tool, if it is named already.
    tool: Option<&'static Tool>,
    /// What follows the tool's name, without the last word.
    pub before: &'a [String],
    /// The word to be completed, or its part behind `--option=`.
    pub current: &'a str,
    /// The option of `--option=`.
    joined: Option<&'a str>,
    /// What stands before the part that is completed and has to stay.
    head: String,
}

impl<'a> Words<'a> {
    /// Understands a line. `None`: it has no program, or names a tool that there is not.
    pub fn of(words: &'a [String]) -> Option<Words<'a>> {
        let (program, rest) = words.split_first()?;
        let program = program.rsplit('/').next().unwrap_or(program);
        let (last, before) = rest.split_last()?;
        let find = |word: &str| TOOLS.iter().find(|tool| tool.answers_to(word));
        let (tool, before) = match (find(program), before.split_first()) {
            (Some(tool), _) => (Some(tool), before),
            (None, None) => (None, before),
            (None, Some((name, before))) => (Some(find(name)?), before),
        };
        let (joined, current) = match last.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (Some(option), value),
            _ => (None, last.as_str()),
        };
        let head = joined.map(|option| format!("{option}=")).unwrap_or_default();
        Some(Words { tool, before, current, joined, head })
    }

    /// The value that an option before the cursor has.
    pub fn value_of(&self, option: &str) -> Option<&str> {
        let mut words = self.before.iter();
        let mut found = None;
        while let Some(word) = words.next() {
            if word == option {
                found = words.next().map(String::as_str);
            } else if let Some(value) = word.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
                found = Some(value);
            }
        }
        found
    }

    /// The tool, if it is named.
    pub fn tool(&self) -> Option<&'static Tool> {
        self.tool
    }

    /// What may stand at the cursor.
    pub fn wanted(&self) -> Wanted {
        let Some(tool) = self.tool else {
            return Wanted::Words(tools());
        };
        let mut whole = described(tool);
        whole.build();
        let sub = self.before.iter().find_map(|word| whole.find_subcommand(word));
        let command = sub.unwrap_or(&whole);
        let previous = self.joined.or_else(|| self.before.last().map(String::as_str));
        if let Some(arg) = previous.and_then(|word| option(command, &whole, word)).filter(|arg| takes_value(arg)) {
            return self.value(arg);
        }
        if self.current.starts_with('-') {
            return Wanted::Words(options(command, &whole));
        }
        if sub.is_none() && whole.has_subcommands() {
            let subs = whole.get_subcommands().filter(|sub| sub.get_name() != "help");
            let told = |sub: &Command| Suggestion::told(sub.get_name(), &first_line(sub.get_about()));
            return Wanted::Words(subs.map(told).collect());
        }
        match (tool.name, command.get_name()) {
            ("context", "use" | "show" | "remove") => Wanted::Contexts,
            _ => match command.get_positionals().find(|arg| !arg.get_possible_values().is_empty()) {
                Some(arg) => Wanted::Words(possible(arg)),
                None if command.get_positionals().next().is_some() => Wanted::Files,
                None => Wanted::Words(options(command, &whole)),
            },
        }
    }

    /// What the value of an option may be.
    fn value(&self, arg: &Arg) -> Wanted {
        let words = |list: &[&str]| Wanted::Words(list.iter().map(|word| Suggestion::told(word, "")).collect());
        let possible = possible(arg);
        if !possible.is_empty() {
            return Wanted::Words(possible);
        }
        match arg.get_long().unwrap_or_default() {
            "topic" | "input-topic" | "input-topics" | "include" | "topics-include" => {
                Wanted::OfCluster(OfCluster::Topics)
            }
            "group" | "group-id" | "application-id" => Wanted::OfCluster(OfCluster::Groups),
            "broker" | "broker-id" | "node-id" => Wanted::OfCluster(OfCluster::Brokers),
            "broker-list" if self.tool.is_some_and(|tool| tool.name == "log-dirs") => {
                Wanted::OfCluster(OfCluster::Brokers)
            }
            "context" => Wanted::Contexts,
            "config" if self.tool.is_some_and(|tool| tool.name == "topics") => self.settings(TOPIC, true),
            "add-config" => self.settings(self.table(), true),
            "delete-config" => self.settings(self.table(), false),
            "entity-type" => {
                words(&["topics", "brokers", "clients", "users", "ips", "broker-loggers", "client-metrics", "groups"])
            }
            "entity-name" => match self.value_of("--entity-type") {
                Some("topics") => Wanted::OfCluster(OfCluster::Topics),
                Some("brokers" | "broker-loggers") => Wanted::OfCluster(OfCluster::Brokers),
                Some("groups") => Wanted::OfCluster(OfCluster::Groups),
                _ => words(&[]),
            },
            "isolation-level" => words(&["read_committed", "read_uncommitted"]),
            "election-type" => words(&["preferred", "unclean"]),
            "resource-pattern-type" => words(&["literal", "prefixed", "match", "any"]),
            "compression-codec" => words(&["none", "gzip", "snappy", "lz4", "zstd"]),
            "offset" => words(&["earliest", "latest"]),
            "acks" | "request-required-acks" | "producer-acks" => words(&["0", "1", "-1", "all"]),
            name if is_file(name) => Wanted::Files,
            _ => words(&[]),
        }
    }

    /// The settings of what `--entity-type`, or one of its short forms, names.
    fn table(&self) -> &'static [Definition] {
        let is_broker = self.value_of("--entity-type").is_some_and(|kind| kind.starts_with("broker"))
            || self.before.iter().any(|word| ["--broker", "--broker-defaults"].contains(&word.as_str()));
        if is_broker { BROKER } else { TOPIC }
    }

    /// Names of settings; behind `NAME=` the values that it may have.
    fn settings(&self, table: &[Definition], with_value: bool) -> Wanted {
        let named =
            self.current.split_once('=').and_then(|(name, _)| table.iter().find(|setting| setting.name == name));
        let word = |text: String| Suggestion::plain(text);
        let Some(setting) = named.filter(|_| with_value) else {
            let end = if with_value { "=" } else { "" };
            return Wanted::Words(table.iter().map(|setting| word(format!("{}{end}", setting.name))).collect());
        };
        let values: &[&str] = match (&setting.check, setting.kind) {
            (Check::OneOf(values) | Check::OneOfIgnoringCase(values) | Check::EachOf(values), _) => values,
            (_, Kind::Boolean) => &["true", "false"],
            _ => &[],
        };
        Wanted::Words(values.iter().map(|value| word(format!("{}={value}", setting.name))).collect())
    }

    /// Those of `found` that begin as the current word does, whole: with what stands before them.
    pub fn fitting(&self, found: &[Suggestion]) -> Vec<Suggestion> {
        let mut fitting: Vec<Suggestion> = found.iter().filter(|s| s.word.starts_with(self.current)).cloned().collect();
        fitting.sort_by(|a, b| a.word.cmp(&b.word));
        fitting.dedup_by(|a, b| a.word == b.word);
        fitting.iter_mut().for_each(|suggestion| suggestion.word.insert_str(0, &self.head));
        fitting
    }
}

/// The words of bash, which breaks them at '=' and ':', as they were typed.
pub fn rejoined(words: &[String]) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in words {
        let is_break = word == "=" || word == ":";
        match whole.last_mut() {
            Some(last) if is_break || is_open => last.push_str(word),
            _ => whole.push(word.clone()),
        }
        is_open = is_break;
    }
    whole
}

/// The part of a word that bash still has to put there: behind the last '=' or ':' of what was typed.
pub fn behind_break<'a>(word: &'a str, current: &str) -> &'a str {
    let in_current = current.rfind(['=', ':']).map_or(0, |at| at + 1);
    // What stands before `current` ends with a '=', if anything does.
    let head = word.find('=').filter(|_| word.starts_with("--")).map_or(0, |at| at + 1);
    word.get(head + in_current..).unwrap_or(word)
}

/// Whether bash reads a word as it stands. It puts words into the line without quotes, and groups have whatever names
/// strangers gave them, such as `$(reboot)`. Zsh and fish quote.
pub fn is_plain_in_bash(word: &str) -> bool {
    word.chars().all(|c| c.is_alphanumeric() || "-_.,:=/@%+".contains(c))
}

fn tools() -> Vec<Suggestion> {
    let about = |tool: &Tool| first_line((tool.command)().get_about());
    TOOLS.iter().map(|tool| Suggestion::told(tool.name, &about(tool))).collect()
}

fn options(command: &Command, whole: &Command) -> Vec<Suggestion> {
    let global = whole.get_arguments().filter(|arg| arg.is_global_set() || is_common(arg));
    let all = command.get_arguments().chain(global).filter(|arg| !arg.is_hide_set());
    let long = |arg: &Arg| Some(Suggestion::told(&format!("--{}", arg.get_long()?), &first_line(arg.get_help())));
    all.filter_map(long).collect()
}

/// Whether all tools have the option, also behind the name of a sub-command.
fn is_common(arg: &Arg) -> bool {
    arg.get_long().is_some_and(|long| COMMON.contains(&long))
}

fn option<'a>(command: &'a Command, whole: &'a Command, word: &str) -> Option<&'a Arg> {
    let name = word.strip_prefix("--")?;
    command.get_arguments().chain(whole.get_arguments()).find(|arg| arg.get_long() == Some(name))
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

fn possible(arg: &Arg) -> Vec<Suggestion> {
    let values = arg.get_possible_values();
    values.iter().map(|value| Suggestion::told(value.get_name(), &first_line(value.get_help()))).collect()
}

/// Whether an option of that name wants a file or a folder.
fn is_file(name: &str) -> bool {
    ["file", "files", "config", "path", "dir", "dirs", "snapshot", "payload-file"]
        .iter()
        .any(|end| name == *end || name.ends_with(&format!("-{end}")) || name.ends_with(&format!(".{end}")))
}

fn first_line(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn fitting(text: &str) -> Vec<String> {
        let words = line(text);
        let words = Words::of(&words).unwrap();
        match words.wanted() {
            Wanted::Words(found) => words.fitting(&found).into_iter().map(|suggestion| suggestion.word).collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn tools_and_their_options() {
        assert_eq!(fitting("rkafka get"), ["get-offsets"]);
        assert_eq!(fitting("rkafka topics --repl"), ["--replica-assignment", "--replication-factor"]);
        assert_eq!(fitting("/usr/bin/kafka-topics.sh --desc"), ["--describe"]);
        assert_eq!(fitting("rkafka context re"), ["remove"]);
        assert!(Words::of(&line("rkafka nosuch x")).is_none());
    }

    #[test]
    fn values() {
        for (text, wanted) in [
            ("rkafka topics --topic ", Wanted::OfCluster(OfCluster::Topics)),
            ("kafka-topics.sh --topic=a", Wanted::OfCluster(OfCluster::Topics)),
            ("rkafka consumer-groups --group ", Wanted::OfCluster(OfCluster::Groups)),
            ("rkafka configs --entity-type brokers --entity-name ", Wanted::OfCluster(OfCluster::Brokers)),
            ("rkafka topics --command-config ", Wanted::Files),
            ("rkafka topics --context ", Wanted::Contexts),
            ("rkafka context use ", Wanted::Contexts),
            ("rkafka kafka-server-start ", Wanted::Files),
        ] {
            assert_eq!(Words::of(&line(text)).unwrap().wanted(), wanted, "{text}");
        }
        assert_eq!(fitting("rkafka groups --output j"), ["json", "jsonl"]);
        assert_eq!(fitting("rkafka groups --output=y"), ["--output=yaml"]);
    }

    #[test]
    fn settings_and_their_values() {
        assert_eq!(fitting("rkafka topics --create --config cleanup"), ["cleanup.policy="]);
        assert_eq!(
            fitting("rkafka topics --config cleanup.policy="),
            ["cleanup.policy=compact", "cleanup.policy=delete"]
        );
        assert_eq!(fitting("rkafka configs --topic t --delete-config retention.m"), ["retention.ms"]);
        assert!(
            fitting("rkafka configs --broker 0 --add-config log.cleaner.th").contains(&"log.cleaner.threads=".into())
        );
    }

    #[test]
    fn bash_breaks_words() {
        let words = rejoined(&line("rkafka topics --config cleanup.policy = comp"));
        assert_eq!(words, line("rkafka topics --config cleanup.policy=comp"));
        let last = Words::of(&words).unwrap();
        assert_eq!(last.current, "cleanup.policy=comp");
        assert_eq!(behind_break("cleanup.policy=compact", last.current), "compact");
        assert_eq!(behind_break("--output=yaml", "y"), "yaml");
        assert_eq!(behind_break("User:alice", "User:a"), "alice");
        assert_eq!(behind_break("--output", "--out"), "--output");
    }

    #[test]
    fn bash_gets_nothing_that_it_would_run_or_take_apart() {
        for word in ["--config", "cleanup.policy=delete", "User:alice", "käse_1", "a/b"] {
            assert!(is_plain_in_bash(word), "{word}");
        }
        for word in ["$(reboot)", "a b", "a;b", "`x`", "*", "a\nb", "a'b", "~", "\u{1b}[2J"] {
            assert!(!is_plain_in_bash(word), "{word}");
        }
    }

    #[test]
    fn zsh_needs_its_colons_escaped() {
        assert_eq!(Suggestion::told("User:a", "a: b").for_zsh(), "User\\:a:a: b");
    }
}
