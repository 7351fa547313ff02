//! `--execute` and `--cancel`.

use super::{
    file::{self, Reassignment, Replicas},
    log_dirs,
    plan::Execute,
    show, throttles,
};
use crate::{
    era::Era,
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
};
use anyhow::bail;
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, ClientError};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What is being done.
pub const EXECUTED: Shape<2> = Shape::single(
    "reassign-partitions --execute",
    [
        Field::object("current", "Where the partitions are before: what a file has that takes them back."),
        Field::object(
            "proposed",
            "Where they go. It is shown before the moves begin; the exit code tells whether they did.",
        ),
    ],
);

/// Begins the moves of a file.
pub async fn execute(
    admin: &Admin,
    execute: &Execute,
    text: &str,
    era: Era,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let reassignment = Reassignment::read(text)?;
    let proposed = reassignment.checked()?;
    let ongoing = admin.list_reassignments(None).await?;
    if !execute.additional && !ongoing.is_empty() {
        bail!(super::Terse(
            "Cannot execute because there is an existing partition assignment.  Use --additional to override this and \
             create a new partition assignment in addition to the existing one. The --additional flag can also be used to \
             change the throttle by resubmitting the current reassignment."
                .to_owned()
        ));
    }
    must_be_brokers(admin, &proposed).await?;
    let current = current(admin, &proposed).await?;
    if execute.same_factor {
        must_keep_factor(&proposed, &current)?;
    }
    let dirs = log_dirs::current(admin, &current, era).await?;
    match terminal.format() {
        Format::Text => terminal.line(format_args!(
            "Current partition replica assignment\n\n{}\n\nSave this to use as the --reassignment-json-file option \
             during rollback",
            file::written(&current, &dirs)
        ))?,
        _ => terminal.show(&EXECUTED, [[file::value(&current, &dirs), file::value(&proposed, &file::Dirs::new())]])?,
    }
    if execute.throttle >= 0 || execute.dirs_throttle >= 0 {
        terminal.say(
            "Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is \
             removed.",
        )?;
    }
    if execute.throttle >= 0 {
        let moves = throttles::moves(&ongoing, &proposed, &current);
        throttles::throttle(admin, &moves, execute.throttle, terminal).await?;
    }
    if execute.dirs_throttle >= 0 {
        let brokers: BTreeSet<i32> = reassignment.dirs.keys().map(|(broker, _)| *broker).collect();
        throttles::throttle_dirs(admin, &brokers, execute.dirs_throttle, terminal).await?;
    }
    let targets: Vec<_> = proposed.iter().map(|(p, replicas)| (p.clone(), Some(replicas.clone()))).collect();
    let failed = alter(admin, &targets).await?;
    if !failed.is_empty() {
        bail!(super::Terse(format!("Error reassigning partition(s):\n{}", errors(&failed))));
    }
    let (s, names) = named(proposed.keys());
    terminal.say(format_args!("Successfully started partition reassignment{s} for {names}"))?;
    if reassignment.dirs.is_empty() {
        return Ok(());
    }
    log_dirs::begin(admin, reassignment.dirs, execute.timeout, terminal).await
}

type Failed = BTreeMap<TopicPartition, ClientError>;

async fn alter(admin: &Admin, targets: &[(TopicPartition, Option<Vec<i32>>)]) -> anyhow::Result<Failed> {
    let results = admin.alter_reassignments(targets).await?.into_iter().zip(targets);
    Ok(results.filter_map(|(result, (partition, _))| Some((partition.clone(), result.err()?))).collect())
}

fn errors(failed: &Failed) -> String {
    failed.iter().map(|(partition, error)| format!("{partition}: {error}")).collect::<Vec<_>>().join("\n")
}

/// The ending of the plural, and the names.
fn named<'a>(partitions: impl Iterator<Item = &'a TopicPartition>) -> (&'static str, String) {
    let names: Vec<String> = partitions.map(ToString::to_string).collect();
    (if names.len() == 1 { "" } else { "s" }, names.join(","))
}

async fn must_be_brokers(admin: &Admin, proposed: &Replicas) -> anyhow::Result<()> {
    let known: BTreeSet<i32> = admin.describe_cluster(false).await?.nodes.iter().map(|node| node.id).collect();
    match proposed.values().flatten().find(|id| !known.contains(id)) {
        Some(unknown) => {
            let known: Vec<i32> = known.into_iter().collect();
            bail!("Unknown broker id {unknown}\nThe brokers of the cluster: {}", show::listed(&known))
        }
        None => Ok(()),
    }
}

async fn current(admin: &Admin, proposed: &Replicas) -> anyhow::Result<Replicas> {
    let topics: BTreeSet<String> = proposed.keys().map(|partition| partition.topic.to_string()).collect();
    let mut replicas = show::replicas_of(admin, &topics).await?;
    replicas.retain(|partition, _| proposed.contains_key(partition));
    let missing: Vec<String> =
        proposed.keys().filter(|partition| !replicas.contains_key(*partition)).map(ToString::to_string).collect();
    if !missing.is_empty() {
        bail!("Unable to find partition: {}", missing.join(", "));
    }
    Ok(replicas)
}

fn must_keep_factor(proposed: &Replicas, current: &Replicas) -> anyhow::Result<()> {
    let changes = |partition: &TopicPartition, replicas: &Vec<i32>| {
        current.get(partition).is_some_and(|now| now.len() != replicas.len())
    };
    let others: Vec<String> = proposed.iter().filter(|(p, r)| changes(p, r)).map(|(p, _)| p.to_string()).collect();
    if !others.is_empty() {
        bail!(
            "The replication factor would change for: {}\nWithout --disallow-replication-factor-change that is allowed.",
            others.join(", ")
        );
    }
    Ok(())
}

/// Stops the moves of a file.
pub async fn cancel(
    admin: &Admin,
    text: &str,
    keep_throttles: bool,
    timeout: Duration,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let Reassignment { targets, dirs } = Reassignment::read(text)?;
    let wanted: BTreeSet<TopicPartition> = targets.iter().map(|(partition, _)| partition.clone()).collect();
    let wanted: Vec<TopicPartition> = wanted.into_iter().collect();
    let ongoing = admin.list_reassignments(Some(&wanted)).await?;
    let active: Vec<(TopicPartition, Option<Vec<i32>>)> = ongoing.into_keys().map(|p| (p, None)).collect();
    if active.is_empty() {
        terminal.say("None of the specified partition reassignments are active.")?;
    } else {
        let failed = alter(admin, &active).await?;
        if !failed.is_empty() {
            let s = if failed.len() == 1 { "" } else { "s" };
            bail!(super::Terse(format!("Error cancelling partition reassignment{s} for:\n{}", errors(&failed))));
        }
        let (s, names) = named(active.iter().map(|(partition, _)| partition));
        terminal.say(format_args!("Successfully cancelled partition reassignment{s} for: {names}"))?;
    }
    let mut back = file::Dirs::new();
    for (place, found) in log_dirs::find(admin, &dirs).await? {
        if let (Some(current), Some(_)) = (found.current, found.future) {
            back.insert(place, current);
        }
    }
    if back.is_empty() {
        let text = "None of the specified partition moves are active.";
        match terminal.format() {
            // Kafka's tool goes on in the same line.
            Format::Text => terminal.print(text)?,
            _ => terminal.say(text)?,
        }
    } else {
        log_dirs::begin(admin, back, timeout, terminal).await?;
    }
    if keep_throttles {
        return Ok(());
    }
    throttles::clear(admin, &targets, terminal).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_may_be_kept() {
        let p = |number| TopicPartition::new("t", number);
        let current = Replicas::from([(p(0), vec![0]), (p(1), vec![0, 1])]);
        assert!(must_keep_factor(&Replicas::from([(p(0), vec![1])]), &current).is_ok());
        let error = must_keep_factor(&Replicas::from([(p(0), vec![1, 2])]), &current).unwrap_err().to_string();
        assert!(error.starts_with("The replication factor would change for: t-0\n"), "{error}");
        assert_eq!(named([p(0), p(1)].iter()), ("s", "t-0,t-1".to_owned()));
    }
}
