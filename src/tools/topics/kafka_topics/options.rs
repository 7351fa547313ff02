//! Pure: the options of `kafka-topics`, and which of them go together.

use crate::{
    options::argv::{Options, UsageError},
    options::flags::{flag, kafka_command, repeated, value},
};
use clap::Command;
use rkafka_config::topic_table::TOPIC;

/// What the tool is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Create,
    List,
    Alter,
    Describe,
    Delete,
}

const ACTIONS: [(&str, Action); 5] = [
    ("alter", Action::Alter),
    ("create", Action::Create),
    ("describe", Action::Describe),
    ("list", Action::List),
    ("delete", Action::Delete),
];

/// Options that narrow `--describe` to some partitions.
const REPORTS: [&str; 4] =
    ["under-replicated-partitions", "under-min-isr-partitions", "at-min-isr-partitions", "unavailable-partitions"];

const USE_CONFIGS: &str = "(the kafka-configs CLI supports altering topic configs with a --bootstrap-server option)";

pub fn command() -> Command {
    let names: Vec<&str> = TOPIC.iter().map(|definition| definition.name).collect();
    let configs = format!(
        "A setting of the topic to create, in place of the brokers' default; may be repeated. The settings are:\n  {}\n\
         With --create only; kafka-configs changes the settings of topics that exist.",
        names.join("\n  ")
    );
    kafka_command("topics", "Create, delete, describe, or change a topic.")
        .arg(flag("alter", "Change the number of partitions or the placement of new ones."))
        .arg(flag("at-min-isr-partitions", "With --describe: only partitions whose ISR is just large enough."))
        .arg(
            value("bootstrap-server", "String: server to connect to", "REQUIRED: The brokers, host:port,host:port.")
                .long_help("REQUIRED: The brokers to ask first, as host:port,host:port."),
        )
        .arg(value("command-config", "String: command config property file", "Properties of the admin client."))
        .arg(repeated("config", "String: name=value", "A setting of the topic to create.").long_help(configs))
        .arg(flag("create", "Create a topic."))
        .arg(flag("delete", "Delete topics."))
        .arg(repeated("delete-config", "String: name", "A setting to take from a topic. kafka-configs does this."))
        .arg(flag("describe", "Show topics and their partitions."))
        .arg(flag("exclude-internal", "With --list and --describe: leave internal topics out."))
        .arg(flag("if-exists", "With --alter, --delete, --describe: no error when the topic is not there."))
        .arg(flag("if-not-exists", "With --create: no error when the topic is there already."))
        .arg(flag("list", "List topics."))
        .arg(value(
            "partition-size-limit-per-response",
            "Integer: maximum number of partitions in one response.",
            "The most partitions to ask for at a time.",
        ))
        .arg(
            // The notes of 0.8 abbreviate it; an option that came later would make that ambiguous.
            value("partitions", "Integer: # of partitions", "How many partitions the topic is to have.")
                .alias("partition")
                .long_help(
                    "How many partitions the topic is to have; with --create the brokers' default if not given. \
                     WARNING: more partitions change where records with a key go, and so their order.",
                ),
        )
        .arg(value(
            "replica-assignment",
            "String: broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , broker_id_for_part2_replica1 : \
                 broker_id_for_part2_replica2 , ...",
            "The brokers of each partition, in place of the cluster's own choice.",
        ))
        .arg(
            value("replication-factor", "Integer: replication factor", "How many brokers keep each partition.")
                .long_help(
                    "How many brokers keep each partition of the topic to create; the brokers' default if not given.",
                ),
        )
        .arg(value("topic", "String: topic", "The topic.").long_help(
            "The topic. Except with --create it may be a regular expression of Java for whole names, in which a comma \
             means \"or\"; write '\\.' for a dot, as in \"test\\.topic\".",
        ))
        .arg(value("topic-id", "String: topic-id", "With --describe: the topic of this id."))
        .arg(flag("topics-with-overrides", "With --describe: only topics with settings of their own."))
        .arg(flag("unavailable-partitions", "With --describe: only partitions without a living leader."))
        .arg(flag("under-min-isr-partitions", "With --describe: only partitions whose ISR is too small."))
        .arg(flag("under-replicated-partitions", "With --describe: only partitions that lack in-sync replicas."))
        .arg(value(
            "zookeeper",
            "String: urls",
            "DEPRECATED, in place of --bootstrap-server: ZooKeeper, where the brokers are looked up.",
        ))
}

/// Checks the options against one another, in the order and the words of Kafka's tool.
pub fn check(options: &Options) -> Result<Action, UsageError> {
    let actions: Vec<Action> =
        ACTIONS.iter().filter(|(name, _)| options.has(name)).map(|(_, action)| *action).collect();
    let [action] = actions.as_slice() else {
        let rule = "Command must include exactly one action: --list, --describe, --create, --alter or --delete";
        return Err(UsageError::Rule(rule.to_owned()));
    };
    if !options.has("bootstrap-server") && !options.has("zookeeper") {
        // Kafka's tool prints this one without the table of options.
        return Err(UsageError::Unusable("--bootstrap-server must be specified".to_owned()));
    }
    check_required(options, *action)?;
    check_combinations(options)?;
    Ok(*action)
}

fn check_required(options: &Options, action: Action) -> Result<(), UsageError> {
    match action {
        Action::Describe if options.has("if-exists") && !options.has("topic") && !options.has("topic-id") => {
            return Err(UsageError::Rule("--topic or --topic-id is required to describe a topic".to_owned()));
        }
        Action::List | Action::Describe => (),
        _ if !options.has("topic") => return Err(UsageError::missing("topic")),
        _ => (),
    }
    if action != Action::Alter {
        return Ok(());
    }
    if options.has("config") && options.has("bootstrap-server") {
        let combination = "Option combination \"[[bootstrap-server], [config]]\"";
        return Err(UsageError::Rule(format!("{combination} can't be used with option \"[alter]\" {USE_CONFIGS}")));
    }
    if options.has("partitions") || options.has("zookeeper") {
        return Ok(());
    }
    Err(UsageError::missing("partitions"))
}

fn check_combinations(options: &Options) -> Result<(), UsageError> {
    allow_only_with(options, "config", &["alter", "create"])?;
    if options.has("delete-config") {
        options.refuse_together("delete-config", &["create", "describe", "list", "delete", "bootstrap-server"])?;
    }
    allow_only_with(options, "partitions", &["alter", "create"])?;
    allow_only_with(options, "replication-factor", &["create"])?;
    allow_only_with(options, "replica-assignment", &["alter", "create"])?;
    if options.has("create") {
        options.refuse_together("replica-assignment", &["partitions", "replication-factor"])?;
    }
    for report in REPORTS {
        allow_only_with(options, report, &["describe"])?;
        options.refuse_together(report, &["topics-with-overrides"])?;
    }
    allow_only_with(options, "topics-with-overrides", &["describe"])?;
    allow_only_with(options, "if-exists", &["alter", "delete", "describe"])?;
    allow_only_with(options, "if-not-exists", &["create"])?;
    allow_only_with(options, "exclude-internal", &["list", "describe"])
}

/// Refuses `option` with every action but those of `actions`.
fn allow_only_with(options: &Options, option: &str, actions: &[&str]) -> Result<(), UsageError> {
    let others: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).filter(|name| !actions.contains(name)).collect();
    options.refuse_together(option, &others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(line: &str) -> Result<Action, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let options = Options::parse(&command(), &args).map_err(|error| error.to_string())?;
        check(&options).map_err(|error| error.to_string())
    }

    #[test]
    fn the_notes_of_0_8() {
        let line = "--create --zookeeper localhost:2181 --replication-factor 1 --partition 1 --topic test";
        assert_eq!(checked(line), Ok(Action::Create));
        assert_eq!(checked("--list --zookeeper localhost:2181"), Ok(Action::List));
    }

    /// What Apache Kafka 3.9.1 prints.
    #[test]
    fn refusals() {
        let only = |a: &str, b: &str| Err(format!("Option \"[{a}]\" can't be used with option \"[{b}]\""));
        let missing = |a: &str| Err(format!("Missing required argument \"[{a}]\""));
        let b = "--bootstrap-server x:1";
        for (line, expected) in [
            ("--list".to_owned(), Err("--bootstrap-server must be specified".to_owned())),
            (format!("{b} --create"), missing("topic")),
            (format!("{b} --alter --topic t"), missing("partitions")),
            (format!("{b} --alter --topic t --delete-config x"), missing("partitions")),
            (format!("{b} --create --topic x --if-exists"), only("if-exists", "create")),
            (format!("{b} --delete --topic x --if-not-exists"), only("if-not-exists", "delete")),
            (format!("{b} --list --if-exists"), only("if-exists", "list")),
            (
                format!("{b} --create --topic t --replica-assignment 0 --partitions 1"),
                only("replica-assignment", "partitions"),
            ),
            (format!("{b} --describe --under-replicated-partitions --unavailable-partitions"), Ok(Action::Describe)),
            (
                format!("{b} --describe --under-replicated-partitions --topics-with-overrides"),
                only("under-replicated-partitions", "topics-with-overrides"),
            ),
        ] {
            assert_eq!(checked(&line), expected, "{line}");
        }
        let altered = checked(&format!("{b} --alter --topic t --config a=b")).unwrap_err();
        assert!(altered.starts_with("Option combination \"[[bootstrap-server], [config]]\" can't be used with option"));
        assert!(checked(&format!("{b} --list --create")).unwrap_err().starts_with("Command must include exactly one"));
    }
}
