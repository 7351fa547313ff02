//! Pure: what a command line of `kafka-consumer-groups` means.

use super::{
    args::GroupsArgs,
    rules::{self, Action},
};
use crate::{
    era::Era,
    java_time,
    options::{Opt, UsageError},
    tools::groups::{group_args::Groups, listed, topic_args::TopicArg},
};
use anyhow::bail;
use std::time::Duration;

/// What one call is to do.
#[derive(Debug)]
pub struct Plan {
    pub admin_file: Option<String>,
    /// Kafka's tool finds the rest out when it has begun, and so tells of it as of a failure.
    pub servers: Result<String, UsageError>,
    pub timeout: Result<Duration, UsageError>,
    pub only_shows: bool,
    pub task: anyhow::Result<Task>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    List(List),
    Describe { groups: Groups, view: View, verbose: bool },
    Delete(Groups),
    Reset(Reset),
    DeleteOffsets { group: String, topics: Vec<TopicArg> },
    ValidateRegex(String),
}

/// `--list`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct List {
    pub show_type: bool,
    pub show_state: bool,
    /// Only groups of these; empty means all.
    pub types: Vec<String>,
    pub states: Vec<String>,
}

/// What is shown of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Offsets,
    Members,
    State,
}

/// `--reset-offsets`.
#[derive(Debug, PartialEq, Eq)]
pub struct Reset {
    pub groups: Groups,
    pub scope: Scope,
    pub target: Target,
    pub execute: bool,
    pub export: bool,
}

/// Which partitions are reset.
#[derive(Debug, PartialEq, Eq)]
pub enum Scope {
    Committed,
    Topics(Vec<TopicArg>),
    AsPlanned,
}

/// Where offsets go.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    Offset(i64),
    Earliest,
    Latest,
    ShiftBy(i64),
    /// Milliseconds since 1970.
    At(i64),
    /// Nanoseconds before now.
    Ago(i128),
    File(String),
    Current,
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &GroupsArgs, era: Era) -> Result<Plan, UsageError> {
        let action = rules::check(args, era)?;
        let task = match action {
            Action::List => list(args).map(Task::List),
            Action::Describe => {
                Ok(Task::Describe { groups: groups(args), view: view(args), verbose: args.verbose.is_given() })
            }
            Action::Delete => Ok(Task::Delete(groups(args))),
            Action::ResetOffsets => reset(args).map(Task::Reset),
            Action::DeleteOffsets => delete_offsets(args),
            Action::ValidateRegex => {
                args.validate_regex.required().map(Task::ValidateRegex).map_err(anyhow::Error::from)
            }
        };
        let only_shows = match action {
            Action::Delete | Action::DeleteOffsets => false,
            Action::ResetOffsets => !args.execute.is_given(),
            Action::List | Action::Describe | Action::ValidateRegex => true,
        };
        let milliseconds = |ms: Option<i64>| u64::try_from(ms.unwrap_or_default()).unwrap_or_default();
        Ok(Plan {
            admin_file: args.command_config.value()?,
            servers: args.bootstrap_server.value().map(Option::unwrap_or_default),
            timeout: args.timeout.value().map(|ms| Duration::from_millis(milliseconds(ms))),
            only_shows,
            task,
        })
    }
}

fn groups(args: &GroupsArgs) -> Groups {
    Groups::of(&args.all_groups, &args.group)
}

fn view(args: &GroupsArgs) -> View {
    match (args.members.is_given(), args.state.is_given()) {
        (true, _) => View::Members,
        (_, true) => View::State,
        _ => View::Offsets,
    }
}

const STATES: [&str; 7] =
    ["PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling"];
const TYPES: [&str; 2] = ["Consumer", "Classic"];

fn list(args: &GroupsArgs) -> anyhow::Result<List> {
    Ok(List {
        show_type: args.kind.is_given(),
        show_state: args.state.is_given(),
        types: listed(args.kind.text()?, "types", &TYPES)?,
        states: listed(args.state.text()?, "state", &STATES)?,
    })
}

fn reset(args: &GroupsArgs) -> anyhow::Result<Reset> {
    let scope = match (args.all_topics.is_given(), args.topic.is_given(), args.from_file.is_given()) {
        (true, _, _) => Scope::Committed,
        (_, true, _) => Scope::Topics(topics(args)?),
        (_, _, true) => Scope::AsPlanned,
        _ => {
            let rule = "One of the reset scopes should be defined: --all-topics, --topic.";
            return Err(UsageError::Rule(rule.to_owned()).into());
        }
    };
    Ok(Reset {
        groups: groups(args),
        scope,
        target: target(args)?,
        execute: args.execute.is_given(),
        export: args.export.is_given(),
    })
}

fn target(args: &GroupsArgs) -> anyhow::Result<Target> {
    if let Some(offset) = args.to_offset.value()? {
        return Ok(Target::Offset(offset));
    }
    if args.to_earliest.is_given() {
        return Ok(Target::Earliest);
    }
    if args.to_latest.is_given() {
        return Ok(Target::Latest);
    }
    if let Some(by) = args.shift_by.value()? {
        return Ok(Target::ShiftBy(by));
    }
    if let Some(text) = args.to_datetime.text()? {
        return java_time::date_time(text).map(Target::At);
    }
    if let Some(text) = args.by_duration.text()? {
        return java_time::duration(text).map(Target::Ago);
    }
    if let Some(file) = args.from_file.value()? {
        return Ok(Target::File(file));
    }
    if args.to_current.is_given() {
        return Ok(Target::Current);
    }
    let names: Vec<String> = rules::targets(args).iter().map(|option| format!("[{}]", option.name())).collect();
    let names = names.join(", ");
    let rule = format!("Option '[reset-offsets]' requires one of the following scenarios: [{names}]");
    Err(UsageError::Rule(rule).into())
}

fn delete_offsets(args: &GroupsArgs) -> anyhow::Result<Task> {
    let groups = args.group.values();
    let [group] = groups.as_slice() else { bail!(UsageError::Multiple(args.group.name().to_owned())) };
    Ok(Task::DeleteOffsets { group: (*group).to_owned(), topics: topics(args)? })
}

fn topics(args: &GroupsArgs) -> Result<Vec<TopicArg>, UsageError> {
    args.topic.values().into_iter().map(TopicArg::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;
    use rkafka_base::TopicPartition;

    fn task(line: &str) -> Result<Task, String> {
        let args: GroupsArgs = typed(&format!("--bootstrap-server b {line}")).map_err(|error| error.to_string())?;
        Plan::of(&args, Era::V3_9).map_err(|error| error.to_string())?.task.map_err(|error| error.to_string())
    }

    fn named(names: &[&str]) -> Groups {
        Groups::Named(names.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lists() {
        let list = |line: &str| match task(line) {
            Ok(Task::List(list)) => Ok(list),
            Ok(other) => Err(format!("{other:?}")),
            Err(error) => Err(error),
        };
        assert_eq!(list("--list").unwrap(), List::default());
        let both = list("--list --state stable,Empty --type").unwrap();
        assert_eq!((both.states, both.show_type, both.types.len()), (vec!["Stable".into(), "Empty".into()], true, 0));
        let error = list("--list --type foo").unwrap_err();
        assert_eq!(error, "Invalid types list 'foo'. Valid types are: Consumer, Classic");
        let error = list("--list --state foo").unwrap_err();
        assert!(error.starts_with("Invalid state list 'foo'. Valid states are: PreparingRebalance"), "{error}");
    }

    #[test]
    fn views() {
        let of = |view, verbose| Ok(Task::Describe { groups: named(&["g"]), view, verbose });
        assert_eq!(task("--describe --group g --group g"), of(View::Offsets, false));
        assert_eq!(task("--describe --group g --members --verbose"), of(View::Members, true));
        assert_eq!(task("--describe --group g --state"), of(View::State, false));
        assert_eq!(task("--delete --all-groups"), Ok(Task::Delete(Groups::All)));
    }

    #[test]
    fn resets() {
        let reset = |line: &str| match task(&format!("--reset-offsets --group g {line}"))? {
            Task::Reset(reset) => Ok(reset),
            other => Err(format!("{other:?}")),
        };
        let found = reset("--topic t:0,1 --topic u --to-offset 7 --execute").unwrap();
        let partitions = vec![TopicPartition::new("t", 0), TopicPartition::new("t", 1)];
        assert_eq!(found.scope, Scope::Topics(vec![TopicArg::Partitions(partitions), TopicArg::Whole("u".into())]));
        assert_eq!((found.target, found.execute), (Target::Offset(7), true));
        assert_eq!(reset("--all-topics --shift-by -2").unwrap().target, Target::ShiftBy(-2));
        assert_eq!(reset("--from-file f").unwrap().scope, Scope::AsPlanned);
        assert_eq!(reset("--all-topics --by-duration PT1S").unwrap().target, Target::Ago(1_000_000_000));
        let error = reset("--to-earliest").unwrap_err();
        assert_eq!(error, "One of the reset scopes should be defined: --all-topics, --topic.");
        let error = reset("--topic t").unwrap_err();
        assert!(
            error.starts_with("Option '[reset-offsets]' requires one of the following scenarios: [[to-o"),
            "{error}"
        );
        let error = reset("--topic t:x --to-latest").unwrap_err();
        assert_eq!(error, "Invalid partition 'x' specified in topic arg 't:x''");
        let error = reset("--topic t:1:2 --to-latest").unwrap_err();
        assert_eq!(error, "Invalid topic arg 't:1:2', expected topic name and partitions");
        assert_eq!(reset("--topic t --to-offset x").unwrap_err(), "Cannot parse argument 'x' of option to-offset");
    }

    #[test]
    fn offsets_are_deleted_of_one_group() {
        let error = task("--delete-offsets --group a --group b --topic t").unwrap_err();
        assert_eq!(error, "Found multiple arguments for option group, but you asked for only one");
    }
}
