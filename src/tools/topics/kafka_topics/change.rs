//! `--alter` and `--delete`.

use super::{
    plan::{Alter, Growth},
    selection::Selection,
};
use crate::terminal::Terminal;
use rkafka_client::{
    Admin,
    admin::{ConfigChange, ConfigResource, NewPartitions},
};
use rkafka_protocol::messages::create_partitions_request::CreatePartitionsAssignment;
use std::sync::Arc;

/// Grows the topics. Prints nothing, as Kafka's tool does.
pub async fn alter(admin: &Admin, alter: Alter, as_0_8: bool, terminal: &mut Terminal) -> anyhow::Result<()> {
    let topics = alter.topics.names(admin).await?;
    if as_0_8 {
        alter_configs(admin, &alter.configs?, &topics, terminal).await?;
    } else {
        alter.topics.must_exist(&topics)?;
    }
    let Some(growth) = alter.growth.filter(|_| !topics.is_empty()) else { return Ok(()) };
    if as_0_8 {
        terminal.say(
            "WARNING: If partitions are increased for a topic that has a key, the partition logic or ordering of \
             the messages will be affected",
        )?;
    }
    grow(admin, &topics, &growth?).await?;
    if as_0_8 {
        terminal.say("Adding partitions succeeded!")?;
    }
    Ok(())
}

async fn grow(admin: &Admin, topics: &[Arc<str>], growth: &Growth) -> anyhow::Result<()> {
    let mut grown = Vec::new();
    for description in admin.describe_topics(topics).await? {
        let topic = description?;
        let assignments = growth.assignment.as_ref().map(|all| new_ones(all, topic.partitions.len()));
        let name = topic.name.to_string();
        grown.push(NewPartitions { name, count: growth.count, assignments, ..Default::default() });
    }
    for result in admin.create_partitions(&grown, false).await? {
        result?;
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
    changes: &[ConfigChange],
    topics: &[Arc<str>],
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let of_topic = |name: &Arc<str>| (ConfigResource::topic(name.to_string()), changes.to_vec());
    let resources: Vec<_> = topics.iter().map(of_topic).collect();
    for (result, name) in admin.incremental_alter_configs(&resources, false).await?.into_iter().zip(topics) {
        result?;
        terminal.say(format_args!("Updated config for topic \"{name}\"."))?;
    }
    Ok(())
}

/// Deletes the topics. Prints nothing, as Kafka's tool does.
pub async fn delete(admin: &Admin, selection: &Selection, as_0_8: bool, terminal: &mut Terminal) -> anyhow::Result<()> {
    let topics = selection.names(admin).await?;
    if as_0_8 && topics.is_empty() && !selection.if_exists {
        let topic = selection.topic.as_deref().unwrap_or_default();
        return Ok(terminal.say(format_args!("Topic {topic} does not exist"))?);
    }
    selection.must_exist(&topics)?;
    if topics.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = topics.iter().map(ToString::to_string).collect();
    for result in admin.delete_topics(&names).await? {
        result?;
    }
    if as_0_8 {
        for name in names {
            terminal.say(format_args!("Topic {name} is marked for deletion."))?;
            terminal.say("Note: This will have no impact if delete.topic.enable is not set to true.")?;
        }
    }
    Ok(())
}
