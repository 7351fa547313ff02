//! Pure: which options of `kafka-streams-groups` go together, in the order and the words of Kafka 4.4's tool.

use super::args::StreamsGroupsArgs;
use crate::{
    options::{Opt, UsageError, refuse_together},
    tools::groups::{available, refuse_each_other, rule, the_only},
};

/// What the tool is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    List,
    Describe,
    Delete,
    ResetOffsets,
    DeleteOffsets,
}

/// Options that belong to some action only; Kafka's parser itself sees to it.
pub fn check_available(args: &StreamsGroupsArgs) -> Result<(), UsageError> {
    let (describe, list) = (args.describe.is_given(), args.list.is_given());
    available(&[
        (&args.state, describe || list),
        (&args.members, describe),
        (&args.offsets, describe),
        (&args.topology, describe),
        (&args.verbose, describe),
    ])
}

/// Checks the options against one another.
pub fn check(args: &StreamsGroupsArgs) -> Result<Action, UsageError> {
    if !args.bootstrap_server.is_given() {
        return Err(UsageError::missing(&args.bootstrap_server));
    }
    check_describe(args)?;
    check_deletions(args)?;
    check_reset(args)?;
    check_internal_topics(args)?;
    if (args.dry_run.is_given() || args.execute.is_given()) && !args.reset_offsets.is_given() {
        return rule("Only Option [reset-offsets] accepts [execute] or [dry-run]");
    }
    refuse_together(&args.list, &[&args.members, &args.offsets, &args.topology])?;
    refuse_together(&args.group, &[&args.all_groups])?;
    refuse_together(&args.group, &[&args.list])?;
    refuse_together(&args.input_topic, &[&args.list, &args.describe, &args.delete])?;
    action(args)
}

fn action(args: &StreamsGroupsArgs) -> Result<Action, UsageError> {
    let actions: [(&dyn Opt, Action); 5] = [
        (&args.list, Action::List),
        (&args.describe, Action::Describe),
        (&args.reset_offsets, Action::ResetOffsets),
        (&args.delete, Action::Delete),
        (&args.delete_offsets, Action::DeleteOffsets),
    ];
    match the_only(&actions) {
        Some(action) => Ok(action),
        None => rule(
            "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, or --delete-offsets.",
        ),
    }
}

fn check_describe(args: &StreamsGroupsArgs) -> Result<(), UsageError> {
    if !args.describe.is_given() {
        return Ok(());
    }
    if !has_groups(args) {
        return rule("Option [describe] takes one of these options: [all-groups], [group]");
    }
    let views: [&dyn Opt; 4] = [&args.members, &args.offsets, &args.state, &args.topology];
    if views.iter().filter(|view| view.is_given()).count() > 1 {
        return rule("Option [describe] takes at most one of these options: [members], [offsets], [state], [topology]");
    }
    if args.state.text()?.is_some() {
        return rule("Option [describe] does not take a value for [state]");
    }
    Ok(())
}

fn check_deletions(args: &StreamsGroupsArgs) -> Result<(), UsageError> {
    let has_topics = args.input_topic.is_given() || args.all_input_topics.is_given();
    if args.delete.is_given() {
        if !has_groups(args) {
            return rule("Option [delete] takes one of these options: [all-groups], [group]");
        }
        if has_topics {
            return rule("Kafka Streams does not support topic-specific offset deletion from a streams group.");
        }
    }
    if !args.delete_offsets.is_given() {
        return Ok(());
    }
    if !has_topics || !args.group.is_given() {
        return rule(
            "Option [delete-offsets] takes the [group] and one of these options: [all-input-topics], [input-topic]",
        );
    }
    let groups = args.group.values();
    if groups.len() > 1 {
        let groups = groups.join(", ");
        let text = format!("Option [delete-offsets] supports only one [group] at a time, but found: [{groups}]");
        return Err(UsageError::Rule(text));
    }
    Ok(())
}

fn check_reset(args: &StreamsGroupsArgs) -> Result<(), UsageError> {
    if !args.reset_offsets.is_given() {
        return Ok(());
    }
    match (args.dry_run.is_given(), args.execute.is_given()) {
        (true, true) => return rule("Option [reset-offsets] only accepts one of [execute] and [dry-run]"),
        (false, false) => return rule("Option [reset-offsets] takes the option: [execute] or [dry-run]"),
        _ => {}
    }
    if !has_groups(args) {
        return rule("Option [reset-offsets] takes one of these options: [all-groups], [group]");
    }
    refuse_each_other(&targets(args))
}

/// The options that say where offsets go.
pub fn targets(args: &StreamsGroupsArgs) -> [&dyn Opt; 8] {
    [
        &args.to_offset,
        &args.to_datetime,
        &args.by_duration,
        &args.to_earliest,
        &args.to_latest,
        &args.to_current,
        &args.shift_by,
        &args.from_file,
    ]
}

fn check_internal_topics(args: &StreamsGroupsArgs) -> Result<(), UsageError> {
    let resets = args.reset_offsets.is_given();
    let resets_for_good = resets && args.execute.is_given();
    if args.delete_all_internal_topics.is_given() {
        if !resets && !args.delete.is_given() {
            return rule("Option [delete-all-internal-topics] takes one of these options: [delete], [reset-offsets]");
        }
        if resets && !resets_for_good {
            return rule("Option [delete-all-internal-topics] takes [execute] when [reset-offsets] is used.");
        }
    } else if args.delete_internal_topic.is_given() && !resets_for_good {
        return rule("Option [delete-internal-topic] takes [reset-offsets] when [execute] is used.");
    }
    Ok(())
}

fn has_groups(args: &StreamsGroupsArgs) -> bool {
    args.group.is_given() || args.all_groups.is_given()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn checked(line: &str) -> Result<Action, String> {
        let args: StreamsGroupsArgs = typed(line).map_err(|error| error.to_string())?;
        check_available(&args).map_err(|error| error.to_string())?;
        check(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn one_action() {
        assert_eq!(checked("--bootstrap-server b --list --state"), Ok(Action::List));
        assert_eq!(checked("--list").unwrap_err(), "Missing required argument \"[bootstrap-server]\"");
        let none = checked("--bootstrap-server b").unwrap_err();
        assert!(none.ends_with("--delete, --reset-offsets, or --delete-offsets."), "{none}");
    }

    #[test]
    fn what_goes_together() {
        let says = |line: &str, text: &str| {
            let refused = checked(&format!("--bootstrap-server b {line}")).unwrap_err();
            assert!(refused.contains(text), "{line}: {refused}");
        };
        says("--list --topology", "Option(s) [topology] are unavailable");
        says("--describe", "takes one of these options: [all-groups], [group]");
        says("--describe --group g --members --topology", "at most one of these options: [members], [offsets], ");
        says("--delete --group g --all-input-topics", "does not support topic-specific offset deletion");
        says(
            "--delete-offsets --group g",
            "takes the [group] and one of these options: [all-input-topics], [input-topic]",
        );
        says("--delete-offsets --group g --group h --input-topic t", "only one [group] at a time, but found: [g, h]");
        says("--reset-offsets --group g", "takes the option: [execute] or [dry-run]");
        says("--reset-offsets --dry-run", "takes one of these options: [all-groups], [group]");
        says(
            "--reset-offsets --group g --dry-run --to-offset 1 --shift-by 2",
            "Option \"[to-offset]\" can't be used with option \"[shift-by]\"",
        );
        says("--list --dry-run", "Only Option [reset-offsets] accepts [execute] or [dry-run]");
        says("--list --delete-all-internal-topics", "takes one of these options: [delete], [reset-offsets]");
        says("--delete --group g --delete-internal-topic t", "takes [reset-offsets] when [execute] is used.");
    }
}
