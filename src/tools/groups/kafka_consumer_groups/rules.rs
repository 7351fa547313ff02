//! Pure: which options of `kafka-consumer-groups` go together, in the order and the words of Kafka's tool.

use super::args::GroupsArgs;
use crate::{
    era::Era,
    options::{Opt, UsageError, refuse_together},
    tools::groups::{available, rule, the_only},
};

/// What the tool is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    List,
    Describe,
    Delete,
    ResetOffsets,
    DeleteOffsets,
    ValidateRegex,
}

/// What `--reset-offsets` without `--execute` and `--dry-run` is told.
fn nothing_is_done(era: Era) -> String {
    let future = era.pick(
        "In a future major release, the default behavior of this command will be to prompt the user before executing the \
         reset rather than doing a dry run.",
        " In version 5.0, this command will require either --dry-run or --execute to be specified.",
    );
    format!(
        "WARN: No action will be performed as the --execute option is missing.{future} You should add the --dry-run option \
         explicitly if you are scripting this command and want to keep the current default behavior without prompting."
    )
}

/// Options that belong to some action only; Kafka's parser itself sees to it.
pub fn check_available(args: &GroupsArgs) -> Result<(), UsageError> {
    let (describe, list) = (args.describe.is_given(), args.list.is_given());
    available(&[
        (&args.members, describe),
        (&args.offsets, describe),
        (&args.state, describe || list),
        (&args.verbose, describe),
        (&args.kind, list),
    ])
}

/// What is told before the options are checked, whatever comes of that.
pub fn notice(args: &GroupsArgs, era: Era) -> Option<String> {
    let undecided = args.reset_offsets.is_given() && !args.dry_run.is_given() && !args.execute.is_given();
    undecided.then(|| nothing_is_done(era))
}

/// Checks the options against one another.
pub fn check(args: &GroupsArgs, era: Era) -> Result<Action, UsageError> {
    if !args.bootstrap_server.is_given() && !args.validate_regex.is_given() {
        return Err(UsageError::missing(&args.bootstrap_server));
    }
    check_describe(args, era)?;
    check_deletions(args, era)?;
    check_reset(args)?;
    refuse_together(&args.group, &[&args.all_groups])?;
    refuse_together(&args.group, &[&args.list])?;
    refuse_together(&args.topic, &[&args.describe, &args.list])?;
    action(args, era)
}

fn action(args: &GroupsArgs, era: Era) -> Result<Action, UsageError> {
    let actions: [(&dyn Opt, Action); 6] = [
        (&args.list, Action::List),
        (&args.describe, Action::Describe),
        (&args.delete, Action::Delete),
        (&args.reset_offsets, Action::ResetOffsets),
        (&args.delete_offsets, Action::DeleteOffsets),
        (&args.validate_regex, Action::ValidateRegex),
    ];
    match the_only(&actions) {
        Some(action) => Ok(action),
        None => rule(&format!(
            "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets{}",
            era.pick("", ", --validate-regex")
        )),
    }
}

fn check_describe(args: &GroupsArgs, era: Era) -> Result<(), UsageError> {
    if !args.describe.is_given() {
        return Ok(());
    }
    if !has_groups(args) {
        return rule(era.pick(
            "Option [describe] takes one of these options: [reset-offsets], [describe], [delete], [list]\n\
             Name groups with --group, or all with --all-groups.",
            "Option [describe] takes one of these options: [group], [all-groups]",
        ));
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

fn check_deletions(args: &GroupsArgs, era: Era) -> Result<(), UsageError> {
    if args.delete.is_given() {
        if !has_groups(args) {
            return rule("Option [delete] takes one of these options: [all-groups], [group]");
        }
        if args.topic.is_given() {
            return rule("The consumer does not support topic-specific offset deletion from a consumer group.");
        }
    }
    if args.delete_offsets.is_given() && !(args.group.is_given() && args.topic.is_given()) {
        return rule(era.pick(
            "Option [delete-offsets] takes the following options: [all-groups], [group]\n\
             Name one group with --group and its topics with --topic.",
            "Option [delete-offsets] takes the following options: [topic], [group]",
        ));
    }
    Ok(())
}

fn check_reset(args: &GroupsArgs) -> Result<(), UsageError> {
    if !args.reset_offsets.is_given() {
        return Ok(());
    }
    if args.dry_run.is_given() && args.execute.is_given() {
        return rule("Option [reset-offsets] only accepts one of [execute] and [dry-run]");
    }
    if !has_groups(args) {
        return rule("Option [reset-offsets] takes one of these options: [all-groups], [group]");
    }
    // As Kafka's tool goes through them, and as its set of them is ordered.
    let asked: [&dyn Opt; 8] = [
        &args.to_offset,
        &args.to_datetime,
        &args.by_duration,
        &args.to_earliest,
        &args.to_latest,
        &args.to_current,
        &args.shift_by,
        &args.from_file,
    ];
    for option in asked {
        let others: Vec<&dyn Opt> = targets(args).into_iter().filter(|other| other.name() != option.name()).collect();
        refuse_together(option, &others)?;
    }
    Ok(())
}

/// The options that say where offsets go.
pub fn targets(args: &GroupsArgs) -> [&dyn Opt; 8] {
    [
        &args.to_offset,
        &args.to_current,
        &args.to_datetime,
        &args.from_file,
        &args.by_duration,
        &args.to_earliest,
        &args.to_latest,
        &args.shift_by,
    ]
}

fn has_groups(args: &GroupsArgs) -> bool {
    args.group.is_given() || args.all_groups.is_given()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn checked(line: &str) -> Result<Action, String> {
        let args: GroupsArgs = typed(line).map_err(|error| error.to_string())?;
        check_available(&args).map_err(|error| error.to_string())?;
        check(&args, Era::V3_9).map_err(|error| error.to_string())
    }

    #[test]
    fn one_action() {
        assert_eq!(checked("--bootstrap-server b --list"), Ok(Action::List));
        assert_eq!(checked("--validate-regex a"), Ok(Action::ValidateRegex));
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
        says("--describe --group g --type", "Option(s) [type] are unavailable");
        says("--describe", "Option [describe] takes one of these options");
        says("--describe --group g --members --offsets", "at most one of these options: [members], [offsets], [state]");
        says("--describe --group g --state x", "does not take a value for [state]");
        says("--list --describe --group x", "Option \"[group]\" can't be used with option \"[list]\"");
        says("--describe --all-groups --group x", "Option \"[group]\" can't be used with option \"[all-groups]\"");
        says("--describe --all-groups --topic x", "Option \"[topic]\" can't be used with option \"[describe]\"");
        says("--delete --group g --topic t", "does not support topic-specific offset deletion");
        says("--delete-offsets --group g", "[delete-offsets] takes the following options");
        says("--reset-offsets --group g --dry-run --execute", "only accepts one of [execute] and [dry-run]");
        let several = "--reset-offsets --group g --dry-run --to-offset 1 --shift-by 2 --to-earliest";
        says(several, "Option \"[to-offset]\" can't be used with option \"[to-earliest]\"");
        let several = "--reset-offsets --group g --dry-run --to-latest --from-file x --to-current";
        says(several, "Option \"[to-latest]\" can't be used with option \"[to-current]\"");
    }

    #[test]
    fn a_reset_that_is_neither_is_told_about() {
        let told = |line: &str| notice(&typed::<GroupsArgs>(line).unwrap(), Era::V3_9).is_some();
        assert!(told("--reset-offsets") && !told("--reset-offsets --execute") && !told("--list"));
    }
}
