//! `--reset-offsets`.

use super::{
    input_topics, internal_topics, names_of,
    plan::{InternalTopics, Reset, Scope, Target},
    shapes,
};
use crate::{
    java_order, java_time,
    terminal::{Terminal, output::Format},
    tools::groups::{
        group_args::Groups,
        moving::{self, NewOffsets, Offsets},
        planned::{self, PlannedOffsets},
        topic_args::{TopicArg, check_exist, partitions_of},
    },
};
use anyhow::{Context, bail};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin,
    admin::{OffsetSpec, StreamsGroup},
};
use rkafka_protocol::ErrorCode;
use std::collections::BTreeMap;

/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.GroupOffsetsResetter";

/// Moves the offsets of groups without members, or shows where they would go.
pub async fn run(admin: &Admin, reset: &Reset, terminal: &mut Terminal) -> anyhow::Result<()> {
    let names = match &reset.groups {
        Groups::All => names_of(admin, Groups::All).await?,
        Groups::Named(names) => names.clone(),
    };
    let is_single = reset.groups != Groups::All && names.len() == 1;
    let planned = match &reset.target {
        Target::File(file) => Some(read_plan(file, names.first().filter(|_| is_single))?),
        _ => None,
    };
    let mut described = Vec::new();
    for name in names {
        described.push(admin.describe_streams_group(&name, false).await?);
    }
    java_order::sort_by_key(&mut described, java_order::UNSIZED, |group| &group.group_id);
    let mut results = NewOffsets::new();
    for group in described {
        let (name, state) = (group.group_id.clone(), group.state.clone());
        if !["Empty", "Dead"].contains(&state.as_str()) {
            let text =
                format!("Assignments can only be reset if the group '{name}' is inactive, but the current state is");
            terminal.say_failure(format_args!("\nError: {text} {state}."))?;
            results.push((name, Vec::new()));
            continue;
        }
        let work = Work { admin, group: &group, terminal: &mut *terminal };
        results.push((name, work.reset(reset, planned.as_ref()).await?));
    }
    java_order::sort_by_key(&mut results, java_order::UNSIZED, |(name, _)| name);
    if terminal.format() != Format::Text {
        return Ok(terminal.show(&shapes::RESET, moving::rows(&results))?);
    }
    if reset.export {
        return Ok(terminal.line(planned::written(&results, !is_single))?);
    }
    print(&results, terminal)
}

fn read_plan(file: &str, group: Option<&String>) -> anyhow::Result<PlannedOffsets> {
    let text = std::fs::read_to_string(file).with_context(|| format!("Unable to read file {file}"))?;
    PlannedOffsets::read(file, &text, group.map(String::as_str))
}

/// One group's reset.
struct Work<'a> {
    admin: &'a Admin,
    group: &'a StreamsGroup,
    terminal: &'a mut Terminal,
}

impl Work<'_> {
    async fn reset(mut self, reset: &Reset, planned: Option<&PlannedOffsets>) -> anyhow::Result<Offsets> {
        let partitions = self.partitions(&reset.scope).await?;
        let mut offsets = self.new_offsets(&reset.target, partitions, planned).await?;
        java_order::sort_by_partition(&mut offsets, java_order::UNSIZED, |(partition, _)| partition);
        if reset.execute {
            self.admin.alter_group_offsets(&self.group.group_id, &moving::to_commit(&offsets)).await?;
            self.delete_topics(&reset.internal_topics).await?;
        }
        Ok(offsets)
    }

    async fn partitions(&mut self, scope: &Scope) -> anyhow::Result<Vec<TopicPartition>> {
        match scope {
            Scope::AsPlanned => Ok(Vec::new()),
            Scope::AllInputTopics => {
                let topics = input_topics::of_input(self.group);
                let committed = input_topics::committed(self.admin, &self.group.group_id, Some(&topics)).await?;
                Ok(committed.into_keys().collect())
            }
            Scope::Topics(topics) => self.named(topics).await,
        }
    }

    /// The partitions that were named, or none if the group has nothing committed for one of them.
    async fn named(&mut self, topics: &[TopicArg]) -> anyhow::Result<Vec<TopicPartition>> {
        let partitions = partitions_of(self.admin, topics).await?;
        check_exist(self.admin, &partitions).await?;
        let committed = input_topics::committed(self.admin, &self.group.group_id, None).await?;
        if partitions.iter().all(|partition| committed.contains_key(partition)) {
            return Ok(partitions);
        }
        let name = &self.group.group_id;
        self.terminal.say_failure(format_args!("\nError: One or more topics are not part of the group '{name}'."))?;
        Ok(Vec::new())
    }

    async fn new_offsets(
        &mut self,
        target: &Target,
        partitions: Vec<TopicPartition>,
        planned: Option<&PlannedOffsets>,
    ) -> anyhow::Result<Offsets> {
        match target {
            Target::Offset(offset) => {
                self.within_range(partitions.into_iter().map(|partition| (partition, *offset)).collect()).await
            }
            Target::Earliest => moving::list_offsets(self.admin, &partitions, OffsetSpec::Earliest).await,
            Target::Latest => moving::list_offsets(self.admin, &partitions, OffsetSpec::Latest).await,
            Target::ShiftBy(by) => {
                let committed = self.committed().await?;
                let shifted = partitions.into_iter().map(|p| moving::shifted(p, *by, &committed));
                self.within_range(shifted.collect::<Result<_, _>>()?).await
            }
            Target::At(time) => moving::at_time(self.admin, &partitions, *time, self.terminal).await,
            Target::Ago(nanoseconds) => {
                let time = java_time::before(moving::now_ns(), *nanoseconds)?;
                moving::at_time(self.admin, &partitions, time, self.terminal).await
            }
            Target::File(_) => self.as_planned(planned).await,
            Target::Current => moving::to_current(self.admin, partitions, &self.committed().await?).await,
        }
    }

    async fn committed(&self) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
        let topics = input_topics::of_source(self.group);
        let committed = input_topics::committed(self.admin, &self.group.group_id, Some(&topics)).await?;
        Ok(committed.into_iter().map(|(partition, committed)| (partition, committed.offset)).collect())
    }

    async fn within_range(&self, wanted: Offsets) -> anyhow::Result<Offsets> {
        let (offsets, moved) = moving::within_range(self.admin, wanted).await?;
        moved.iter().for_each(|what| log::warn!(target: LOGGER, "{what}."));
        Ok(offsets)
    }

    async fn as_planned(&mut self, planned: Option<&PlannedOffsets>) -> anyhow::Result<Offsets> {
        let Some(planned) = planned else { bail!("there is no file with a plan") };
        if let Some(doubt) = &planned.doubt {
            self.terminal.talk(format_args!("{doubt}; so the lines are read as group,topic,partition,offset"));
        }
        let name = &self.group.group_id;
        let Some(offsets) = planned.groups.get(name) else {
            self.terminal.say_failure(format_args!("\nError: No reset plan for group {name} found."))?;
            return Ok(Vec::new());
        };
        self.within_range(offsets.iter().map(|(partition, offset)| (partition.clone(), *offset)).collect()).await
    }

    async fn delete_topics(&mut self, wanted: &InternalTopics) -> anyhow::Result<()> {
        let name = &self.group.group_id;
        let topics = match wanted {
            InternalTopics::All => internal_topics::of(self.admin, name, self.terminal).await?,
            InternalTopics::Named(topics) => topics.clone(),
        };
        if topics.is_empty() {
            return Ok(());
        }
        let results = match self.admin.delete_topics(&topics).await {
            Ok(results) => results,
            Err(error) => vec![Err(error)],
        };
        let Some(error) = results.into_iter().find_map(Result::err) else { return Ok(()) };
        let why = match error.code() {
            Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => "because the topics do not exist.".to_owned(),
            _ => format!("due to {error}"),
        };
        let text = format!("Deleting internal topics for group '{name}' failed {why}");
        Ok(self.terminal.say_failure(format_args!("\nError: {text}"))?)
    }
}

fn print(results: &NewOffsets, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut row = |group: &str, topic: &str, partition: &str, offset: &str| {
        terminal.print(format_args!("\n{group:<30} {topic:<30} {partition:<10} {offset:<15}"))
    };
    if !results.is_empty() {
        row("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET")?;
    }
    for (group, offsets) in results {
        for (TopicPartition { topic, partition }, offset) in offsets {
            row(group, topic, &partition.to_string(), &offset.to_string())?;
        }
    }
    Ok(terminal.line("")?)
}
