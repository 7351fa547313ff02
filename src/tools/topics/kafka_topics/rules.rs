//! Pure: which options of `kafka-topics` go together, in the order and the words of Kafka's tool.

use super::args::TopicsArgs;
use crate::{
    era::Era,
    options::{Flag, Opt, UsageError, refuse_together},
};

/// What the tool is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Create,
    List,
    Alter,
    Describe,
    Delete,
}

/// Checks the options against one another.
pub fn check(args: &TopicsArgs, era: Era) -> Result<Action, UsageError> {
    let given: Vec<Action> =
        actions(args).into_iter().filter(|(flag, _)| flag.is_given()).map(|(_, action)| action).collect();
    let [action] = given.as_slice() else {
        let rule = "Command must include exactly one action: --list, --describe, --create, --alter or --delete";
        return Err(UsageError::Rule(rule.to_owned()));
    };
    if !args.bootstrap_server.is_given() && !args.zookeeper.is_given() {
        // Kafka's tool prints this one without the table of options.
        return Err(UsageError::Unusable("--bootstrap-server must be specified".to_owned()));
    }
    check_required(args, *action, era)?;
    check_combinations(args, era)?;
    Ok(*action)
}

fn actions(args: &TopicsArgs) -> [(&Flag, Action); 5] {
    [
        (&args.alter, Action::Alter),
        (&args.create, Action::Create),
        (&args.describe, Action::Describe),
        (&args.list, Action::List),
        (&args.delete, Action::Delete),
    ]
}

fn check_required(args: &TopicsArgs, action: Action, era: Era) -> Result<(), UsageError> {
    match action {
        Action::Describe if args.if_exists.is_given() && !args.topic.is_given() && !args.topic_id.is_given() => {
            return Err(UsageError::Rule("--topic or --topic-id is required to describe a topic".to_owned()));
        }
        Action::List | Action::Describe => (),
        _ if !args.topic.is_given() => return Err(UsageError::missing(&args.topic)),
        _ => (),
    }
    if action != Action::Alter {
        return Ok(());
    }
    if args.config.is_given() && args.bootstrap_server.is_given() {
        let combination = "Option combination \"[[bootstrap-server], [config]]\"";
        let instead = era.pick(
            "the kafka-configs CLI supports altering topic configs with a --bootstrap-server option",
            "To alter topic configurations, the kafka-configs tool can be used.",
        );
        return Err(UsageError::Rule(format!("{combination} can't be used with option \"[alter]\" ({instead})")));
    }
    if args.partitions.is_given() || args.zookeeper.is_given() {
        return Ok(());
    }
    Err(UsageError::missing(&args.partitions))
}

fn check_combinations(args: &TopicsArgs, era: Era) -> Result<(), UsageError> {
    use Action::{Alter, Create, Delete, Describe, List};
    let only_with = |option: &dyn Opt, allowed: &[Action]| allow_only_with(args, option, allowed);
    only_with(&args.config, &[Alter, Create])?;
    if era == Era::V3_9 {
        refuse_together(
            &args.delete_config,
            &[&args.create, &args.describe, &args.list, &args.delete, &args.bootstrap_server],
        )?;
    }
    only_with(&args.partitions, &[Alter, Create])?;
    only_with(&args.replication_factor, &[Create])?;
    only_with(&args.replica_assignment, &[Alter, Create])?;
    if args.create.is_given() {
        refuse_together(&args.replica_assignment, &[&args.partitions, &args.replication_factor])?;
    }
    for report in args.reports() {
        only_with(report, &[Describe])?;
        refuse_together(report, &[&args.topics_with_overrides])?;
    }
    only_with(&args.topics_with_overrides, &[Describe])?;
    only_with(&args.if_exists, &[Alter, Delete, Describe])?;
    only_with(&args.if_not_exists, &[Create])?;
    only_with(&args.exclude_internal, &[List, Describe])
}

/// Refuses `option` with every action but those of `allowed`.
fn allow_only_with(args: &TopicsArgs, option: &dyn Opt, allowed: &[Action]) -> Result<(), UsageError> {
    let others = actions(args).into_iter().filter(|(_, action)| !allowed.contains(action));
    let others: Vec<&dyn Opt> = others.map(|(flag, _)| flag as &dyn Opt).collect();
    refuse_together(option, &others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn checked(line: &str) -> Result<Action, String> {
        typed(line).and_then(|args| check(&args, Era::V3_9)).map_err(|error| error.to_string())
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
            (
                format!("{b} --alter --topic t --partitions 1 --delete-config x"),
                only("delete-config", "bootstrap-server"),
            ),
            (format!("{b} --create --topic x --if-exists"), only("if-exists", "create")),
            (format!("{b} --delete --topic x --if-not-exists"), only("if-not-exists", "delete")),
            (format!("{b} --list --if-exists"), only("if-exists", "list")),
            (format!("{b} --delete --topic x --exclude-internal"), only("exclude-internal", "delete")),
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
        let described = checked(&format!("{b} --describe --if-exists"));
        assert_eq!(described, Err("--topic or --topic-id is required to describe a topic".to_owned()));
    }
}
