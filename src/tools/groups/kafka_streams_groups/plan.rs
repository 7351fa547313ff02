//! Pure: what a command line of `kafka-streams-groups` means.

use super::{
    args::StreamsGroupsArgs,
    rules::{self, Action},
};
use crate::{
    java_time,
    options::{Opt, UsageError},
    tools::groups::{group_args::Groups, option_list, states, topic_args::TopicArg},
};
use std::time::Duration;

/// The states that a streams group can be in.
const STATES: [&str; 6] = ["Empty", "NotReady", "Stable", "Assigning", "Reconciling", "Dead"];

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
    Delete {
        groups: Groups,
        with_internal_topics: bool,
    },
    DeleteOffsets {
        group: String,
        scope: Scope,
    },
    Reset(Reset),
}

/// What is shown of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Offsets,
    Members,
    State,
    Topology,
}

/// `--reset-offsets`.
#[derive(Debug, PartialEq, Eq)]
pub struct Reset {
    pub groups: Groups,
    pub scope: Scope,
    pub target: Target,
    pub execute: bool,
    pub export: bool,
    pub internal_topics: InternalTopics,
}

/// Which partitions.
#[derive(Debug, PartialEq, Eq)]
pub enum Scope {
    AllInputTopics,
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

/// Which of the topics that a group has made for itself are deleted with its offsets.
#[derive(Debug, PartialEq, Eq)]
pub enum InternalTopics {
    All,
    /// Maybe none.
    Named(Vec<String>),
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &StreamsGroupsArgs) -> anyhow::Result<Plan> {
        let action = rules::check(args)?;
        let task = match action {
            Action::List => Task::List { states: states(&args.state, &STATES)? },
            Action::Describe => {
                Task::Describe { groups: groups(args), view: view(args), verbose: args.verbose.is_given() }
            }
            Action::Delete => {
                Task::Delete { groups: groups(args), with_internal_topics: args.delete_all_internal_topics.is_given() }
            }
            Action::DeleteOffsets => {
                let group = args.group.values().first().map(|group| (*group).to_owned()).unwrap_or_default();
                Task::DeleteOffsets { group, scope: scope(args)? }
            }
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

fn groups(args: &StreamsGroupsArgs) -> Groups {
    Groups::of(&args.all_groups, &args.group)
}

fn view(args: &StreamsGroupsArgs) -> View {
    match (args.topology.is_given(), args.members.is_given(), args.state.is_given()) {
        (true, ..) => View::Topology,
        (_, true, _) => View::Members,
        (.., true) => View::State,
        _ => View::Offsets,
    }
}

fn scope(args: &StreamsGroupsArgs) -> Result<Scope, UsageError> {
    match (args.all_input_topics.is_given(), args.input_topic.is_given(), args.from_file.is_given()) {
        (true, ..) => Ok(Scope::AllInputTopics),
        (_, true, _) => {
            args.input_topic.values().into_iter().map(TopicArg::read).collect::<Result<_, _>>().map(Scope::Topics)
        }
        (.., true) => Ok(Scope::AsPlanned),
        _ => {
            let rule = "One of the reset scopes should be defined: --all-input-topics, --input-topic.";
            Err(UsageError::Rule(rule.to_owned()))
        }
    }
}

fn reset(args: &StreamsGroupsArgs) -> anyhow::Result<Reset> {
    let named = args.delete_internal_topic.values().into_iter().map(str::to_owned).collect();
    Ok(Reset {
        groups: groups(args),
        scope: scope(args)?,
        target: target(args)?,
        execute: args.execute.is_given(),
        export: args.export.is_given(),
        internal_topics: match args.delete_all_internal_topics.is_given() {
            true => InternalTopics::All,
            false => InternalTopics::Named(named),
        },
    })
}

fn target(args: &StreamsGroupsArgs) -> anyhow::Result<Target> {
    if let Some(offset) = args.to_offset.value()? {
        return Ok(Target::Offset(offset));
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
    match (args.to_earliest.is_given(), args.to_latest.is_given(), args.to_current.is_given()) {
        (true, ..) => Ok(Target::Earliest),
        (_, true, _) => Ok(Target::Latest),
        (.., true) => Ok(Target::Current),
        _ => {
            let scenarios = option_list(&rules::targets(args));
            let rule = format!("Option '[reset-offsets]' requires one of the following scenarios: [{scenarios}]");
            Err(UsageError::Rule(rule).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn task(line: &str) -> Result<Task, String> {
        let args: StreamsGroupsArgs =
            typed(&format!("--bootstrap-server b {line}")).map_err(|error| error.to_string())?;
        Plan::of(&args).map(|plan| plan.task).map_err(|error| error.to_string())
    }

    #[test]
    fn lists_and_views() {
        assert_eq!(task("--list"), Ok(Task::List { states: None }));
        let states = Some(vec!["NotReady".into()]);
        assert_eq!(task("--list --state notready"), Ok(Task::List { states }));
        let of = |view| Ok(Task::Describe { groups: Groups::All, view, verbose: false });
        assert_eq!(task("--describe --all-groups"), of(View::Offsets));
        assert_eq!(task("--describe --all-groups --topology"), of(View::Topology));
    }

    #[test]
    fn resets() {
        let reset = |line: &str| match task(&format!("--reset-offsets --group g --execute {line}"))? {
            Task::Reset(reset) => Ok(reset),
            other => Err(format!("{other:?}")),
        };
        let found = reset("--all-input-topics --shift-by -2 --delete-internal-topic x").unwrap();
        assert_eq!((found.scope, found.target), (Scope::AllInputTopics, Target::ShiftBy(-2)));
        assert_eq!(found.internal_topics, InternalTopics::Named(vec!["x".into()]));
        let found = reset("--from-file f --delete-all-internal-topics").unwrap();
        assert_eq!((found.scope, found.internal_topics), (Scope::AsPlanned, InternalTopics::All));
        let error = reset("--to-earliest").unwrap_err();
        assert_eq!(error, "One of the reset scopes should be defined: --all-input-topics, --input-topic.");
        let error = reset("--input-topic t").unwrap_err();
        assert!(
            error.starts_with("Option '[reset-offsets]' requires one of the following scenarios: [[by-d"),
            "{error}"
        );
    }

    #[test]
    fn deletions() {
        let expected = Task::Delete { groups: Groups::Named(vec!["g".into()]), with_internal_topics: true };
        assert_eq!(task("--delete --group g --delete-all-internal-topics"), Ok(expected));
        let scope = Scope::Topics(vec![TopicArg::Whole("t".into())]);
        let expected = Task::DeleteOffsets { group: "g".into(), scope };
        assert_eq!(task("--delete-offsets --group g --input-topic t"), Ok(expected));
    }
}
