//! `kafka-features`: which levels of its features a KRaft cluster has, and changing them.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`FeatureCommand`), with the commands of 4.4. A
//! cluster on ZooKeeper has no features: of it, `describe` shows nothing.

mod plan;

use crate::{
    access::failure::with_hint,
    block_on::{block_on, block_on_for_reader},
    era::Era,
    feature_levels::{self, KnownLevel},
    options::{
        UsageError,
        argparse::{Ended, reason},
        subcommands::Refused,
    },
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use plan::{COMMANDS, Plan, Task, Update};
use rkafka_client::{
    Admin, ClientError,
    admin::{Feature, Features},
};
use rkafka_runtime::logging;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub const TOOL: Tool = Tool {
    name: "features",
    script: "kafka-features",
    command: || COMMANDS.command(),
    run,
    shows: &[&FEATURES, &CHANGES, &KNOWN],
};

/// A feature.
const FEATURES: Shape<6> = Shape::rows(
    "features describe",
    [
        Field::text("feature", "The feature's name."),
        Field::integer("supportedMinVersion", "The lowest level that the node supports."),
        Field::integer("supportedMaxVersion", "The highest level that the node supports."),
        Field::integer("finalizedVersionLevel", "The level in force; 0 for none."),
        Field::text(
            "finalizedVersionName",
            "The name of that level, which only `metadata.version` has; null without one.",
        ),
        Field::integer("epoch", "Which change was the last one; null if the node does not know."),
    ],
);

/// What became of a change.
const CHANGES: Shape<4> = Shape::rows(
    "features upgrade, downgrade and disable",
    [
        Field::text("feature", "The feature's name."),
        Field::integer("level", "The level that was asked for; 0 to disable it."),
        Field::boolean("isDryRun", "Whether it was only tried."),
        Field::text("error", "Why it failed; null if it is done, or can be."),
    ],
);

/// What goes together.
const KNOWN: Shape<3> = feature_levels::shape("features version-mapping and feature-dependencies");

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    if call.era() == Era::V4_4
        && let Err(refused) = COMMANDS.read(call.args)
    {
        return refuse_in_4_4(refused, terminal);
    }
    let ((place, typed), at) = match call.commands(&COMMANDS, terminal)? {
        Ok(typed) => typed,
        Err(exit) => return Ok(exit),
    };
    let plan = match Plan::of(&place, &typed, call.era()) {
        Ok(plan) => plan,
        Err(error) => match error.downcast_ref::<UsageError>() {
            Some(wrong) if call.era() == Era::V4_4 => {
                return refuse_in_4_4(Refused { command: None, why: Ended::Wrong(reason(wrong)) }, terminal);
            }
            // Only the numbers of a command can be unreadable; the rest is about the options before it.
            Some(wrong @ UsageError::Unparsable { .. }) => {
                return Ok(call.refuse_command(&COMMANDS, Some(at), reason(wrong), terminal));
            }
            Some(wrong) => return Ok(call.refuse_command(&COMMANDS, None, reason(wrong), terminal)),
            None => return Err(error),
        },
    };
    if call.era() == Era::V4_4 && plan::names_metadata(&typed) {
        terminal.talk(" `metadata` flag is deprecated and may be removed in a future release.");
    }
    let (door, admin_file, task) = match plan {
        Plan::Ask { door, admin_file, task } => (door, admin_file, task),
        Plan::Known(known) => {
            match terminal.format() {
                Format::Text => terminal.print(known.text)?,
                _ => terminal.show(&KNOWN, known.levels.iter().map(KnownLevel::row))?,
            }
            return Ok(Exit::OK);
        }
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let open = door.open(admin_file.as_deref());
    match task {
        Task::Describe { node } => block_on_for_reader(async {
            let features = open.await?.describe_features(node).await.map_err(|error| with_hint(&error))?;
            match terminal.format() {
                Format::Text => terminal.print(table(&features, call.era()))?,
                _ => terminal.show(&FEATURES, features.features.iter().map(|feature| row(feature, features.epoch)))?,
            }
            Ok(())
        })?,
        Task::Update(update) => block_on(async { change(&open.await?, &update, terminal).await })??,
    }
    Ok(Exit::OK)
}

fn row(feature: &Feature, epoch: Option<i64>) -> [Value; 6] {
    let Feature { name, supported: (least, most), finalized } = feature;
    let level_name =
        (name == feature_levels::METADATA_VERSION).then(|| feature_levels::metadata_name(*finalized)).flatten();
    [json!(name), json!(least), json!(most), json!(finalized), json!(level_name), json!(epoch)]
}

fn change_row(update: &Update, name: &str, result: &Result<(), ClientError>) -> [Value; 4] {
    let level = update.levels.get(name).copied().unwrap_or_default();
    [json!(name), json!(level), json!(update.dry_run), json!(result.as_ref().err().map(ToString::to_string))]
}

/// Answers a line that leads to no run as 4.4 does: without the lines that show how the tool is called.
fn refuse_in_4_4(refused: Refused, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    match refused.why {
        Ended::Wrong(reason) => {
            terminal.tell_failure(format_args!("Command line error: {reason}. Type --help for help."), None);
            Ok(Exit::FAILED)
        }
        Ended::Help | Ended::Version => {
            terminal.print(COMMANDS.help(refused.command))?;
            Ok(Exit::OK)
        }
    }
}

fn table(features: &Features, era: Era) -> String {
    let epoch = features.epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string());
    let line = |feature: &Feature| {
        let level = |level| feature_levels::shown(&feature.name, level);
        let (least, most) = feature.supported;
        let (name, least, most, finalized) = (&feature.name, level(least), level(most), level(feature.finalized));
        match era {
            Era::V3_9 => format!(
                "Feature: {name}\tSupportedMinVersion: {least}\tSupportedMaxVersion: {most}\tFinalizedVersionLevel: \
                 {finalized}\tEpoch: {epoch}\n"
            ),
            Era::V4_4 => format!(
                "Feature: {name:<40}  SupportedMinVersion: {least:<15}  SupportedMaxVersion: {most:<15}  \
                 FinalizedVersionLevel: {finalized:<15}  Epoch: {epoch}\n"
            ),
        }
    };
    features.features.iter().map(line).collect()
}

async fn change(admin: &Admin, update: &Update, terminal: &mut Terminal) -> anyhow::Result<()> {
    let results = match admin.update_features(&update.levels, update.change, update.dry_run).await {
        Ok(results) => results,
        // Kafka's tool tells it of each feature.
        Err(error) => update.levels.keys().map(|name| (name.clone(), Err(error.clone()))).collect(),
    };
    let hint = results.values().find_map(|result| result.as_ref().err()?.hint());
    let (text, failed) = told(update, &results);
    match terminal.format() {
        Format::Text => terminal.print(text)?,
        _ => terminal.show(&CHANGES, results.iter().map(|(name, result)| change_row(update, name, result)))?,
    }
    if failed > 0 {
        let hint = hint.map(|hint| format!("\n{hint}")).unwrap_or_default();
        bail!("{failed} out of {} operation(s) failed.{hint}", results.len());
    }
    Ok(())
}

/// A line for each feature, and how many failed.
fn told(update: &Update, results: &BTreeMap<String, Result<(), ClientError>>) -> (String, usize) {
    let verb = update.verb;
    let is_disable = verb == "disable";
    let mut failed = 0;
    let mut text = String::new();
    for (name, result) in results {
        let level = update.levels.get(name).copied().unwrap_or_default();
        let line = match result {
            Ok(()) => {
                let done = if update.dry_run { "can be" } else { "was" };
                let end = if is_disable { "disabled.".to_owned() } else { format!("{verb}d to {level}.") };
                format!("{name} {done} {end}\n")
            }
            Err(error) => {
                failed += 1;
                let begin = if update.dry_run { "Can not" } else { "Could not" };
                let end = if is_disable { String::new() } else { format!(" to {level}") };
                format!("{begin} {verb} {name}{end}. {error}\n")
            }
        };
        text.push_str(&line);
    }
    (text, failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_client::admin::FeatureChange;
    use rkafka_protocol::ErrorCode;

    #[test]
    fn layout() {
        let feature = |name: &str, supported, finalized| Feature { name: name.into(), supported, finalized };
        let named = feature("metadata.version", (7, 33), 21);
        let expected = [json!("metadata.version"), json!(7), json!(33), json!(21), json!("3.9-IV0"), json!(49)];
        assert_eq!(row(&named, Some(49)), expected);
        let features = vec![feature("kraft.version", (0, 1), 1), feature("metadata.version", (7, 35), 0)];
        let features = Features { features, epoch: Some(49) };
        assert_eq!(
            table(&features, Era::V4_4).lines().next(),
            Some(
                "Feature: kraft.version                             SupportedMinVersion: 0                SupportedMaxVersion: \
                 1                FinalizedVersionLevel: 1                Epoch: 49"
            )
        );
        assert_eq!(
            table(&features, Era::V3_9),
            "Feature: kraft.version\tSupportedMinVersion: 0\tSupportedMaxVersion: 1\tFinalizedVersionLevel: 1\tEpoch: 49\n\
             Feature: metadata.version\tSupportedMinVersion: 3.3-IV3\tSupportedMaxVersion: UNKNOWN \
             35\tFinalizedVersionLevel: UNKNOWN 0\tEpoch: 49\n"
        );
    }

    #[test]
    fn what_became_of_it() {
        let of = |verb, dry_run| Update {
            verb,
            levels: BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 3)]),
            change: FeatureChange::Upgrade,
            dry_run,
        };
        let failure = ClientError::broker(ErrorCode::INVALID_UPDATE_VERSION, Some("No."));
        let results = BTreeMap::from([("a".to_owned(), Ok(())), ("b".to_owned(), Err(failure))]);
        let told = |verb, dry_run| told(&of(verb, dry_run), &results);
        assert_eq!(told("upgrade", false), ("a was upgraded to 2.\nCould not upgrade b to 3. No.\n".to_owned(), 1));
        assert_eq!(told("downgrade", true).0, "a can be downgraded to 2.\nCan not downgrade b to 3. No.\n");
        assert_eq!(told("disable", false).0, "a was disabled.\nCould not disable b. No.\n");
    }
}
