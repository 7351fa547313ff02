//! Pure: what a command line of `kafka-share-groups` means.

use super::{
    args::ShareGroupsArgs,
    rules::{self, Action},
};
use crate::{
    java_time,
    options::{Opt, UsageError},
    tools::groups::{group_args::Groups, states, topic_args::TopicArg},
};
use std::{collections::HashSet, time::Duration};

/// The states that a share group can be in.
const STATES: [&str; 3] = ["Empty", "Stable", "Dead"];

/// What one call is to do.
#[derive(Debug)]
pub struct Plan {
    pub servers: String,
    pub admin_file: Option<String>,
    pub timeout: Duration,
    pub only_shows: bool,
    pub task: Task,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    /// With states, only groups in these, if any are named.
    List {
        states: Option<Vec<String>>,
    },
    Describe {
        groups: Groups,
        view: View,
        verbose: bool,
    },
    Delete(Groups),
    DeleteOffsets {
        group: String,
        topics: Vec<String>,
    },
    Reset(Reset),
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
    pub group: String,
    /// Of which topics; `None`: of all that the group stands in.
    pub topics: Option<Vec<TopicArg>>,
    pub target: Target,
    pub execute: bool,
    pub export: bool,
}

/// Where offsets go.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    Offset(i64),
    Earliest,
    Latest,
    /// Milliseconds since 1970.
    At(i64),
    File(String),
    Current,
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &ShareGroupsArgs) -> anyhow::Result<Plan> {
        let action = rules::check(args)?;
        let task = match action {
            Action::List => Task::List { states: states(&args.state, &STATES)? },
            Action::Describe => {
                Task::Describe { groups: groups(args), view: view(args), verbose: args.verbose.is_given() }
            }
            Action::Delete => Task::Delete(groups(args)),
            Action::DeleteOffsets => Task::DeleteOffsets { group: one_group(args)?, topics: distinct(args) },
            Action::ResetOffsets => Task::Reset(reset(args)?),
        };
        let changes = matches!(action, Action::Delete | Action::DeleteOffsets) || args.execute.is_given();
        let timeout = args.timeout.value()?.unwrap_or_default();
        Ok(Plan {
            servers: args.bootstrap_server.required()?,
            admin_file: args.command_config.value()?,
            timeout: Duration::from_millis(u64::try_from(timeout).unwrap_or_default()),
            only_shows: !changes,
            task,
        })
    }
}

fn groups(args: &ShareGroupsArgs) -> Groups {
    Groups::of(&args.all_groups, &args.group)
}

fn one_group(args: &ShareGroupsArgs) -> Result<String, UsageError> {
    match args.group.values().as_slice() {
        [group] => Ok((*group).to_owned()),
        _ => Err(UsageError::Multiple(args.group.name().to_owned())),
    }
}

fn distinct(args: &ShareGroupsArgs) -> Vec<String> {
    let mut seen = HashSet::new();
    args.topic.values().into_iter().filter(|topic| seen.insert(*topic)).map(str::to_owned).collect()
}

fn view(args: &ShareGroupsArgs) -> View {
    match (args.members.is_given(), args.state.is_given()) {
        (true, _) => View::Members,
        (_, true) => View::State,
        _ => View::Offsets,
    }
}

fn reset(args: &ShareGroupsArgs) -> anyhow::Result<Reset> {
    let topics = args.topic.values().into_iter().map(TopicArg::read).collect::<Result<Vec<_>, _>>()?;
    Ok(Reset {
        group: one_group(args)?,
        topics: args.topic.is_given().then_some(topics),
        target: target(args)?,
        execute: args.execute.is_given(),
        export: args.export.is_given(),
    })
}

/// The rules have seen to it that there is one.
fn target(args: &ShareGroupsArgs) -> anyhow::Result<Target> {
    if let Some(offset) = args.to_offset.value()? {
        return Ok(Target::Offset(offset));
    }
    if let Some(text) = args.to_datetime.text()? {
        return java_time::date_time(text).map(Target::At);
    }
    if let Some(file) = args.from_file.value()? {
        return Ok(Target::File(file));
    }
    Ok(match (args.to_earliest.is_given(), args.to_latest.is_given()) {
        (true, _) => Target::Earliest,
        (_, true) => Target::Latest,
        _ => Target::Current,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;
    use rkafka_base::TopicPartition;

    fn task(line: &str) -> Result<Task, String> {
        let args: ShareGroupsArgs =
            typed(&format!("--bootstrap-server b {line}")).map_err(|error| error.to_string())?;
        Plan::of(&args).map(|plan| plan.task).map_err(|error| error.to_string())
    }

    #[test]
    fn lists() {
        assert_eq!(task("--list"), Ok(Task::List { states: None }));
        assert_eq!(task("--list --state"), Ok(Task::List { states: Some(vec![]) }));
        let states = Some(vec!["Empty".into(), "Stable".into()]);
        assert_eq!(task("--list --state empty,Stable"), Ok(Task::List { states }));
        let error = task("--list --state foo").unwrap_err();
        assert_eq!(error, "Invalid state list 'foo'. Valid states are: Empty, Stable, Dead");
    }

    #[test]
    fn resets() {
        let reset = |line: &str| match task(&format!("--reset-offsets --group g --dry-run {line}"))? {
            Task::Reset(reset) => Ok(reset),
            other => Err(format!("{other:?}")),
        };
        let found = reset("--topic t:1 --topic u --to-offset 7").unwrap();
        let some = TopicArg::Partitions(vec![TopicPartition::new("t", 1)]);
        assert_eq!(found.topics, Some(vec![some, TopicArg::Whole("u".into())]));
        assert_eq!((found.target, found.execute), (Target::Offset(7), false));
        assert_eq!(reset("--all-topics --to-current").unwrap().target, Target::Current);
        let file = reset("--from-file f").unwrap();
        assert_eq!((file.topics, file.target), (None, Target::File("f".into())));
        assert!(reset("--all-topics --to-datetime yesterday").is_err());
        let error = reset("--group h --all-topics --to-latest").unwrap_err();
        assert_eq!(error, "Found multiple arguments for option group, but you asked for only one");
    }

    #[test]
    fn what_only_shows() {
        let only_shows =
            |line: &str| Plan::of(&typed(&format!("--bootstrap-server b {line}")).unwrap()).unwrap().only_shows;
        assert!(
            only_shows("--describe --group g")
                && only_shows("--reset-offsets --group g --topic t --to-latest --dry-run")
        );
        assert!(!only_shows("--delete --all-groups"));
        assert!(!only_shows("--reset-offsets --group g --topic t --to-latest --execute"));
    }
}
