//! `--alter` and `--delete`.

use super::{create::parse_assignment, listing, speaks_as_0_8};
use crate::{options::argv::Options, terminal::Terminal};
use anyhow::anyhow;
use rkafka_client::{
    Admin,
    admin::{ConfigChange, ConfigOperation, ConfigResource, NewPartitions},
};
use rkafka_protocol::messages::create_partitions_request::CreatePartitionsAssignment;
use std::sync::Arc;

/// Grows the topics. Prints nothing, as Kafka's tool does.
pub async fn alter(admin: &Admin, options: &Options, terminal: &mut Terminal) -> anyhow::Result<()> {
    let topics = listing::selected(admin, options).await?;
    if speaks_as_0_8(options) {
        alter_configs(admin, options, &topics, terminal).await?;
        if !options.has("partitions") {
            return Ok(());
        }
        if !topics.is_empty() {
            terminal.line(
                "WARNING: If partitions are increased for a topic that has a key, the partition logic or ordering of \
                 the messages will be affected",
            )?;
        }
    } else {
        listing::must_exist(&topics, options)?;
    }
    if topics.is_empty() {
        return Ok(());
    }
    let count = options.parsed::<i32>("partitions")?.ok_or_else(|| anyhow!("No value present"))?;
    let assignment = match options.value("replica-assignment")? {
        Some(text) if !text.is_empty() => Some(parse_assignment(text)?),
        _ => None,
    };
    let mut grown = Vec::new();
    for description in admin.describe_topics(&topics).await? {
        let topic = description?;
        let assignments = assignment.as_ref().map(|all| new_ones(all, topic.partitions.len()));
        let name = topic.name.to_string();
        grown.push(NewPartitions { name, count, assignments, ..Default::default() });
    }
    for result in admin.create_partitions(&grown, false).await? {
        result?;
    }
    if speaks_as_0_8(options) {
        terminal.line("Adding partitions succeeded!")?;
    }
    Ok(())
}

/// The assignment names the brokers of all partitions; those that exist stay where they are.
fn new_ones(all: &[Vec<i32>], existing: usize) -> Vec<CreatePartitionsAssignment> {
    let one = |brokers: &Vec<i32>| CreatePartitionsAssignment { broker_ids: brokers.clone(), ..Default::default() };
    all.iter().skip(existing).map(one).collect()
}

/// `--alter --zookeeper` could change settings too.
async fn alter_configs(
    admin: &Admin,
    options: &Options,
    topics: &[Arc<str>],
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let set = options.values("config").into_iter().map(|text| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            anyhow!(
                "requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\"."
            )
        })?;
        Ok((name.trim().to_owned(), ConfigOperation::Set, Some(value.trim().to_owned())))
    });
    let delete = options.values("delete-config").into_iter();
    let delete = delete.map(|name| Ok((name.trim().to_owned(), ConfigOperation::Delete, None)));
    let changes = set.chain(delete).collect::<anyhow::Result<Vec<ConfigChange>>>()?;
    if changes.is_empty() {
        return Ok(());
    }
    let of_topic = |name: &Arc<str>| (ConfigResource::topic(name.to_string()), changes.clone());
    let resources: Vec<_> = topics.iter().map(of_topic).collect();
    for (result, name) in admin.incremental_alter_configs(&resources, false).await?.into_iter().zip(topics) {
        result?;
        terminal.line(format_args!("Updated config for topic \"{name}\"."))?;
    }
    Ok(())
}

/// Deletes the topics. Prints nothing, as Kafka's tool does.
pub async fn delete(admin: &Admin, options: &Options, terminal: &mut Terminal) -> anyhow::Result<()> {
    let topics = listing::selected(admin, options).await?;
    if speaks_as_0_8(options) && topics.is_empty() && !options.has("if-exists") {
        return Ok(terminal.line(format_args!("Topic {} does not exist", options.required("topic")?))?);
    }
    listing::must_exist(&topics, options)?;
    if topics.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = topics.iter().map(ToString::to_string).collect();
    for result in admin.delete_topics(&names).await? {
        result?;
    }
    if speaks_as_0_8(options) {
        for name in names {
            terminal.line(format_args!("Topic {name} is marked for deletion."))?;
            terminal.line("Note: This will have no impact if delete.topic.enable is not set to true.")?;
        }
    }
    Ok(())
}
