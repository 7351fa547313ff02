//! Pure: the words that every tool understands beside its own options, taken out of a command line before the tool reads
//! it: `--output`, `--context`, `--timeout`, `--strict` and `-v`.
//!
//! All but the first are for `rkafka NAME` only: under Kafka's own names (`kafka-topics.sh`) a command line means what it
//! means to Kafka's tools. A tool's own option of the same name always goes first.

use crate::{
    moment,
    options::UsageError,
    terminal::output::{FORMATS, Format},
};
use clap::{Arg, ArgAction, Command};
use std::time::Duration;

/// The options by which a tool is told where the cluster is.
pub const SERVER_OPTIONS: [&str; 6] = [
    "bootstrap-server",
    "bootstrap-servers",
    "broker-list",
    "bootstrap-controller",
    "zookeeper",
    "authorizer-properties",
];
/// The options that name a properties file of a client, which may hold `bootstrap.servers`.
const CLIENT_FILE_OPTIONS: [&str; 6] =
    ["command-config", "consumer.config", "producer.config", "admin.config", "config-file", "config"];
/// `bootstrap.servers` among the properties that are typed.
const SERVERS_PROPERTY: &str = "bootstrap.servers=";

const OUTPUT: &str = "output";
const CONTEXT: &str = "context";
const TIMEOUT: &str = "timeout";
const STRICT: &str = "strict";
/// The long ones, as options are called.
pub const COMMON: [&str; 4] = [OUTPUT, CONTEXT, TIMEOUT, STRICT];

/// What the words mean, and what is left for the tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    pub output: Option<Format>,
    pub context: Option<String>,
    /// How long servers that cannot be reached are tried.
    pub timeout: Option<Duration>,
    /// Whether to say which servers are asked.
    pub is_verbose: bool,
    /// Whether what Kafka's tool only tells of is a failure: exit code 1 in place of 0.
    pub is_strict: bool,
    /// The command line without these words.
    pub rest: Vec<String>,
}

/// What a tool understands of these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Understood {
    /// It shows something that `--output` can lay out.
    pub output: bool,
    /// It is called by our name and asks a cluster.
    pub cluster: bool,
}

impl Invocation {
    /// Takes the words out of `args`.
    ///
    /// Errors: one of them has no value, or a bad one.
    pub fn read(command: &Command, understood: Understood, args: &[String]) -> Result<Invocation, UsageError> {
        let mut invocation = Invocation::default();
        // Options of a sub-command that is not called do not count.
        let called = chosen(command, args).unwrap_or(command);
        let knows =
            |name: &str| command.get_arguments().chain(called.get_arguments()).any(|arg| arg.get_long() == Some(name));
        let begins =
            |name: &str| arguments(command).iter().any(|arg| arg.get_long().is_some_and(|long| long.starts_with(name)));
        let short_v = arguments(command).iter().any(|arg| arg.get_short() == Some('v'));
        let mut words = args.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                invocation.rest.push(word.clone());
                break;
            }
            let (name, joined) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.as_str(), None),
            };
            let mut value = || match joined.map(str::to_owned).or_else(|| words.next().cloned()) {
                Some(value) => Ok(value),
                None => Err(UsageError::MissingArgument(name.trim_start_matches('-').to_owned())),
            };
            match name {
                "--output" if understood.output && !knows(OUTPUT) => invocation.output = Some(format(&value()?)?),
                "--context" if understood.cluster && !knows(CONTEXT) => invocation.context = Some(value()?),
                // An abbreviation of the tool's own, such as --timeout-ms.
                "--timeout" if understood.cluster && !begins(TIMEOUT) => {
                    invocation.timeout = Some(duration(&value()?).map_err(UsageError::Unusable)?);
                }
                "-v" if understood.cluster && !short_v => invocation.is_verbose = true,
                "--strict" if joined.is_none() && understood.cluster && !begins(STRICT) => invocation.is_strict = true,
                _ => {
                    invocation.rest.push(word.clone());
                    if joined.is_none() && takes_value(command, word) {
                        invocation.rest.extend(words.next().cloned());
                    }
                }
            }
        }
        invocation.rest.extend(words.cloned());
        Ok(invocation)
    }

    /// Whether the tool is to ask servers that its options do not name: it was asked to do something, it takes
    /// `--bootstrap-server`, and no option says where the cluster is.
    pub fn wants_servers(&self, command: &Command) -> bool {
        let asks = |word: &String| ["--help", "-h", "--version", "-help", "-version"].contains(&word.as_str());
        // Kafka's tools answer an empty command line with help; a tool of ours that must have servers is to run.
        let must_have = |arg: &Arg| is_bootstrap_server(arg) && arg.is_required_set();
        let is_empty = self.rest.is_empty() && !command.get_arguments().any(must_have);
        if is_empty || self.rest.iter().any(asks) {
            return false;
        }
        let Some(chosen) = chosen(command, &self.rest) else { return false };
        if !chosen.get_arguments().chain(command.get_arguments()).any(is_bootstrap_server) {
            return false;
        }
        // Servers by their place, as in 'e2e-latency localhost:9092 …'.
        let by_place = chosen.get_positionals().next().is_some();
        if by_place && self.rest.first().is_some_and(|word| !word.starts_with('-') && word.contains(':')) {
            return false;
        }
        let before_end = self.rest.iter().take_while(|word| *word != "--");
        !before_end.into_iter().any(|word| names_servers(command, word))
    }

    /// The properties files of clients that the options name.
    pub fn client_files(&self) -> Vec<&str> {
        let mut files = Vec::new();
        for (at, word) in self.rest.iter().enumerate() {
            let (name, joined) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.as_str(), None),
            };
            if CLIENT_FILE_OPTIONS.iter().any(|option| name.strip_prefix("--") == Some(option)) {
                files.extend(joined.or_else(|| self.rest.get(at + 1).map(String::as_str)));
            }
        }
        files
    }

    /// The tool's command line with `--bootstrap-server servers` in it.
    pub fn with_servers(&self, command: &Command, servers: &str) -> Vec<String> {
        // What is the tool's own has to stand before the name of a sub-command (argparse4j).
        let is_own = |arg: &Arg| is_bootstrap_server(arg) && !arg.is_global_set();
        let at = match command.has_subcommands() && command.get_arguments().any(is_own) {
            true => 0,
            false => self.rest.iter().position(|word| word == "--").unwrap_or(self.rest.len()),
        };
        let mut args = self.rest.clone();
        args.splice(at..at, ["--bootstrap-server".to_owned(), servers.to_owned()]);
        args
    }
}

/// These words as options, for help, completions and manual pages.
pub fn arguments_of(command: Command, understood: Understood) -> Command {
    let has = |name: &str| arguments(&command).iter().any(|arg| arg.get_long().is_some_and(|l| l.starts_with(name)));
    let mut added = Vec::new();
    if understood.output && !has(OUTPUT) {
        let names = FORMATS.map(|(name, _)| name);
        let help = "Lay out what is shown for a program: text, json, jsonl, csv or yaml. [default: text]";
        added.push(Arg::new(OUTPUT).long(OUTPUT).value_name("FORMAT").value_parser(names).help(help));
    }
    if understood.cluster {
        if !has(CONTEXT) {
            let help = "Take servers and settings from this context (see 'rkafka context').";
            added.push(Arg::new(CONTEXT).long(CONTEXT).value_name("NAME").help(help));
        }
        if !has(TIMEOUT) {
            let help =
                "Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]";
            added.push(Arg::new(TIMEOUT).long(TIMEOUT).value_name("TIME").help(help));
        }
        if !has(STRICT) {
            let help = "End with 1 whenever something failed, also where Kafka's tool tells of it and ends with 0.";
            added.push(Arg::new(STRICT).long(STRICT).action(ArgAction::SetTrue).help(help));
        }
    }
    command.args(added)
}

/// Whether a tool's command, or one of its sub-commands, takes `--bootstrap-server`.
pub fn asks_cluster(command: &Command) -> bool {
    arguments(command).into_iter().any(is_bootstrap_server)
}

fn is_bootstrap_server(arg: &Arg) -> bool {
    arg.get_long() == Some("bootstrap-server")
}

/// A time as people write it: `500ms`, `10s`, `1m30s`; seconds where there is no unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let ms = moment::duration_ms(text).and_then(|ms| u64::try_from(ms).ok());
    ms.map(Duration::from_millis).ok_or_else(|| format!("'{text}' is not a time: write 500ms, 10s or 1m30s"))
}

fn format(word: &str) -> Result<Format, UsageError> {
    Format::named(word).ok_or_else(|| {
        let names = FORMATS.map(|(name, _)| name).join(", ");
        UsageError::Unusable(format!("--output {word}: there is no such format; there are {names}"))
    })
}

/// The options of a command and of its sub-commands.
fn arguments(command: &Command) -> Vec<&Arg> {
    command.get_arguments().chain(command.get_subcommands().flat_map(Command::get_arguments)).collect()
}

/// The sub-command that is called, or the command itself where it has none.
fn chosen<'a>(command: &'a Command, args: &[String]) -> Option<&'a Command> {
    if command.get_subcommands().next().is_none() {
        return Some(command);
    }
    args.iter().find_map(|word| command.find_subcommand(word))
}

/// The options that `word` may stand for: by its whole name, or by a beginning of it.
fn meant<'a>(command: &'a Command, word: &str) -> Vec<&'a Arg> {
    let typed = word.split_once('=').map_or(word, |(name, _)| name);
    let Some(name) = typed.strip_prefix("--").or_else(|| typed.strip_prefix('-')).filter(|name| !name.is_empty())
    else {
        return Vec::new();
    };
    let all = arguments(command);
    let exact: Vec<&Arg> = all.iter().copied().filter(|arg| arg.get_long() == Some(name)).collect();
    if !exact.is_empty() {
        return exact;
    }
    let begins = |arg: &&Arg| arg.get_long().is_some_and(|long| long.starts_with(name));
    all.into_iter().filter(begins).collect()
}

fn takes_value(command: &Command, word: &str) -> bool {
    let meant = meant(command, word);
    let takes = |arg: &&Arg| {
        matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
            && arg.get_num_args().is_none_or(|range| range.min_values() > 0)
    };
    !meant.is_empty() && meant.iter().all(takes)
}

fn names_servers(command: &Command, word: &str) -> bool {
    let meant = meant(command, word);
    let is_server = |arg: &&Arg| arg.get_long().is_some_and(|long| SERVER_OPTIONS.contains(&long));
    (!meant.is_empty() && meant.iter().all(is_server)) || word.contains(SERVERS_PROPERTY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics() -> Command {
        let option = |name: &'static str| Arg::new(name).long(name).action(ArgAction::Set);
        let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        Command::new("topics").args([
            option("bootstrap-server"),
            option("topic"),
            option("zookeeper"),
            option("command-config"),
            flag("list"),
        ])
    }

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn read(command: &Command, line: &str) -> Result<Invocation, UsageError> {
        Invocation::read(command, Understood { output: true, cluster: true }, &words(line))
    }

    #[test]
    fn common_words_are_taken_out() {
        let invocation = read(&topics(), "--list --output=json -v --context prod --timeout 500ms").unwrap();
        assert_eq!(invocation.rest, ["--list"]);
        assert_eq!(invocation.output, Some(Format::Json));
        assert_eq!((invocation.context.as_deref(), invocation.is_verbose), (Some("prod"), true));
        assert_eq!(invocation.timeout, Some(Duration::from_millis(500)));
    }

    #[test]
    fn values_and_what_follows_two_dashes_stay() {
        let invocation = read(&topics(), "--topic --output --list -- --output json").unwrap();
        assert_eq!(invocation.rest, words("--topic --output --list -- --output json"));
        assert_eq!(invocation.output, None);
    }

    #[test]
    fn a_tools_own_options_go_first() {
        let own = topics().arg(Arg::new("timeout-ms").long("timeout-ms").action(ArgAction::Set));
        assert_eq!(read(&own, "--timeout 5").unwrap().rest, words("--timeout 5"));
    }

    #[test]
    fn bad_values_are_named() {
        assert!(read(&topics(), "--output xml").unwrap_err().to_string().contains("there are text, json"));
        assert_eq!(read(&topics(), "--output").unwrap_err(), UsageError::MissingArgument("output".to_owned()));
        assert!(read(&topics(), "--timeout soon").unwrap_err().to_string().contains("'soon' is not a time"));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert!(duration("-1s").is_err());
    }

    #[test]
    fn servers_are_wanted_where_none_are_named() {
        let wants = |line: &str| read(&topics(), line).unwrap().wants_servers(&topics());
        assert!(wants("--list") && wants("--topic b --list"));
        for line in ["", "--help", "--list --version", "--list --bootstrap-server a:1", "--boot a:1", "--zookeeper=a:1"]
        {
            assert!(!wants(line), "{line}");
        }
        assert_eq!(
            read(&topics(), "--list -- x").unwrap().with_servers(&topics(), "a:1"),
            words("--list --bootstrap-server a:1 -- x")
        );
        let plain = Command::new("x").arg(Arg::new("topic").long("topic"));
        assert!(!read(&plain, "--topic t").unwrap().wants_servers(&plain));
        // Without servers there is nothing that it could do.
        let own = Command::new("top").arg(Arg::new("bootstrap-server").long("bootstrap-server").required(true));
        assert!(read(&own, "").unwrap().wants_servers(&own) && !read(&topics(), "").unwrap().wants_servers(&topics()));
    }

    #[test]
    fn servers_of_a_sub_command() {
        let command = Command::new("cluster").subcommand(topics().name("cluster-id")).subcommand(Command::new("other"));
        assert!(read(&command, "cluster-id").unwrap().wants_servers(&command));
        assert!(!read(&command, "other").unwrap().wants_servers(&command));
    }

    #[test]
    fn servers_of_the_tool_itself_are_put_before_a_sub_command() {
        let command = topics().name("features").subcommand(Command::new("describe"));
        let invocation = read(&command, "describe --node 1").unwrap();
        assert!(invocation.wants_servers(&command));
        assert_eq!(invocation.with_servers(&command, "a:1"), words("--bootstrap-server a:1 describe --node 1"));
        assert!(!read(&command, "--bootstrap-server a:1 describe").unwrap().wants_servers(&command));
    }

    #[test]
    fn servers_that_stand_before_a_sub_command() {
        let servers = Arg::new("bootstrap-server").long("bootstrap-server").action(ArgAction::Set).global(true);
        let command = Command::new("await").arg(servers).subcommand(Command::new("brokers"));
        assert!(!read(&command, "--bootstrap-server a:1 brokers").unwrap().wants_servers(&command));
        assert!(read(&command, "brokers").unwrap().wants_servers(&command));
    }

    #[test]
    fn files_of_clients() {
        let invocation = read(&topics(), "--command-config a.properties --list --producer.config=b").unwrap();
        assert_eq!(invocation.client_files(), ["a.properties", "b"]);
    }
}
