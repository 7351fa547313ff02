//! Pure: which options of `kafka-share-groups` go together, in the order and the words of Kafka 4.4's tool.

use super::args::ShareGroupsArgs;
use crate::{
    options::{Opt, UsageError, refuse_together},
    tools::groups::{available, option_list, refuse_each_other, rule, the_only},
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
pub fn check_available(args: &ShareGroupsArgs) -> Result<(), UsageError> {
    let (describe, list) = (args.describe.is_given(), args.list.is_given());
    available(&[
        (&args.members, describe),
        (&args.offsets, describe),
        (&args.state, describe || list),
        (&args.verbose, describe),
    ])
}

/// Checks the options against one another.
pub fn check(args: &ShareGroupsArgs) -> Result<Action, UsageError> {
    if !args.bootstrap_server.is_given() {
        return Err(UsageError::missing(&args.bootstrap_server));
    }
    check_describe(args)?;
    check_deletions(args)?;
    check_reset(args)?;
    refuse_together(&args.group, &[&args.all_groups])?;
    refuse_together(&args.group, &[&args.list])?;
    refuse_together(&args.topic, &[&args.list, &args.describe, &args.delete])?;
    action(args)
}

fn action(args: &ShareGroupsArgs) -> Result<Action, UsageError> {
    let actions: [(&dyn Opt, Action); 5] = [
        (&args.list, Action::List),
        (&args.describe, Action::Describe),
        (&args.delete, Action::Delete),
        (&args.reset_offsets, Action::ResetOffsets),
        (&args.delete_offsets, Action::DeleteOffsets),
    ];
    match the_only(&actions) {
        Some(action) => Ok(action),
        None => rule(
            "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets.",
        ),
    }
}

fn check_describe(args: &ShareGroupsArgs) -> Result<(), UsageError> {
    if !args.describe.is_given() {
        return Ok(());
    }
    if !has_groups(args) {
        return rule("Option [describe] takes one of these options: [all-groups], [group]");
    }
    let views: [&dyn Opt; 3] = [&args.members, &args.offsets, &args.state];
    if views.iter().filter(|view| view.is_given()).count() > 1 {
        return rule("Option [describe] takes at most one of these options: [members], [offsets], [state]");
    }
    if args.state.text()?.is_some() {
        return rule("Option [describe] does not take a value for [state]");
    }
    Ok(())
}

fn check_deletions(args: &ShareGroupsArgs) -> Result<(), UsageError> {
    if args.delete.is_given() {
        if !has_groups(args) {
            return rule("Option [delete] takes the options [group] or [all-groups].");
        }
        if args.all_groups.is_given() && args.group.is_given() {
            return rule("Option [delete] takes either [group] or [all-groups], not both.");
        }
        if args.all_topics.is_given() || args.topic.is_given() {
            return rule("Option [delete] does not take the options [topic] or [all-topics].");
        }
    }
    if args.delete_offsets.is_given() && !(args.group.is_given() && args.topic.is_given()) {
        return rule("Option [delete-offsets] takes the following options: [group], [topic]");
    }
    Ok(())
}

fn check_reset(args: &ShareGroupsArgs) -> Result<(), UsageError> {
    if !args.reset_offsets.is_given() {
        return Ok(());
    }
    match (args.dry_run.is_given(), args.execute.is_given()) {
        (true, true) => return rule("Option [reset-offsets] only accepts one of [execute] and [dry-run]"),
        (false, false) => return rule("Option [reset-offsets] takes the option: [execute] or [dry-run]"),
        _ => {}
    }
    if !args.group.is_given() {
        return rule("Option [reset-offsets] takes the option: [group]");
    }
    one_of(&[&args.topic, &args.all_topics, &args.from_file])?;
    one_of(&[&args.to_offset, &args.to_datetime, &args.to_earliest, &args.to_latest, &args.to_current, &args.from_file])
}

/// Exactly one of these must be given.
fn one_of(options: &[&dyn Opt]) -> Result<(), UsageError> {
    if !options.iter().any(|option| option.is_given()) {
        let list = option_list(options);
        return Err(UsageError::Rule(format!("Option [reset-offsets] takes one of these options: {list}")));
    }
    refuse_each_other(options)
}

fn has_groups(args: &ShareGroupsArgs) -> bool {
    args.group.is_given() || args.all_groups.is_given()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn checked(line: &str) -> Result<Action, String> {
        let args: ShareGroupsArgs = typed(line).map_err(|error| error.to_string())?;
        check_available(&args).map_err(|error| error.to_string())?;
        check(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn one_action() {
        assert_eq!(checked("--bootstrap-server b --list --state"), Ok(Action::List));
        assert_eq!(checked("--list").unwrap_err(), "Missing required argument \"[bootstrap-server]\"");
        let none = checked("--bootstrap-server b").unwrap_err();
        assert!(none.starts_with("Command must include exactly one action"), "{none}");
    }

    #[test]
    fn what_goes_together() {
        let says = |line: &str, text: &str| {
            let refused = checked(&format!("--bootstrap-server b {line}")).unwrap_err();
            assert!(refused.contains(text), "{line}: {refused}");
        };
        says("--list --members", "Option(s) [members] are unavailable");
        says("--describe", "takes one of these options: [all-groups], [group]");
        says("--describe --group g --members --offsets", "at most one of these options: [members], [offsets], [state]");
        says("--describe --group g --state x", "does not take a value for [state]");
        says("--delete", "Option [delete] takes the options [group] or [all-groups].");
        says("--delete --group g --all-groups", "takes either [group] or [all-groups], not both.");
        says("--delete --group g --topic t", "does not take the options [topic] or [all-topics].");
        says("--delete-offsets --group g", "takes the following options: [group], [topic]");
        let reset = "--reset-offsets --group g";
        says(reset, "takes the option: [execute] or [dry-run]");
        says(&format!("{reset} --dry-run --execute"), "only accepts one of [execute] and [dry-run]");
        says("--reset-offsets --dry-run", "takes the option: [group]");
        says(&format!("{reset} --dry-run"), "takes one of these options: [all-topics], [from-file], [topic]");
        says(
            &format!("{reset} --dry-run --topic t"),
            "takes one of these options: [from-file], [to-current], [to-datetime], [to-earliest], [to-latest], \
             [to-offset]",
        );
        says(
            &format!("{reset} --dry-run --topic t --to-latest --to-earliest"),
            "Option \"[to-earliest]\" can't be used with option \"[to-latest]\"",
        );
        says(
            &format!("{reset} --dry-run --topic t --from-file f"),
            "Option \"[topic]\" can't be used with option \"[from-file]\"",
        );
    }
}
