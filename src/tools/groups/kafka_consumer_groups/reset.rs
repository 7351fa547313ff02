//! `--reset-offsets`.

use super::plan::{Reset, Scope, Target};
use crate::{
    era::Era,
    java_class, java_order, java_time,
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tools::groups::{
        group_args::Groups,
        moving::{self, NewOffsets, Offsets},
        planned::{self, PlannedOffsets},
        topic_args::partitions_of,
    },
};
use anyhow::{Context, anyhow, bail};
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, admin::OffsetSpec};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

/// Where a partition's offset goes.
pub const RESET: Shape<4> = Shape::rows(
    "consumer-groups --reset-offsets",
    [
        Field::text("group", "The group's id."),
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::integer("newOffset", "Where the group goes on; with `--execute` it has been committed."),
    ],
);

/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
const LOGGER_4_4: &str = "org.apache.kafka.tools.GroupOffsetsResetter";

/// Moves the offsets, or shows where they would go.
pub async fn run(
    admin: &Admin,
    reset: &Reset,
    groups: &[String],
    era: Era,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let planned = match &reset.target {
        Target::File(file) => Some(read_plan(file, groups, reset)?),
        _ => None,
    };
    let mut described = Vec::new();
    for group in groups {
        described.push(admin.describe_consumer_group(group).await?);
    }
    java_order::sort_by_key(&mut described, java_order::UNSIZED, |group| &group.group_id);
    let mut results = NewOffsets::new();
    for group in described {
        let (name, state) = (group.group_id, group.state);
        if !["Empty", "Dead"].contains(&state.as_str()) {
            let text =
                format!("Assignments can only be reset if the group '{name}' is inactive, but the current state is");
            terminal.say_failure(format_args!("\nError: {text} {state}."))?;
            results.push((name, Vec::new()));
            continue;
        }
        let work = Work { admin, group: &name, era, terminal: &mut *terminal };
        let mut offsets = work.new_offsets(reset, planned.as_ref()).await?;
        java_order::sort_by_partition(&mut offsets, java_order::UNSIZED, |(partition, _)| partition);
        if reset.execute {
            admin.alter_group_offsets(&name, &moving::to_commit(&offsets)).await?;
        }
        results.push((name, offsets));
    }
    if terminal.format() != Format::Text {
        return Ok(terminal.show(&RESET, moving::rows(&results))?);
    }
    if reset.export {
        return Ok(terminal.line(planned::written(&results, !is_single(groups, reset)))?);
    }
    print(&results, era, terminal)
}

/// Whether one group was named: the CSV then has no column for it.
fn is_single(groups: &[String], reset: &Reset) -> bool {
    groups.len() == 1 && reset.groups != Groups::All
}

fn read_plan(file: &str, groups: &[String], reset: &Reset) -> anyhow::Result<PlannedOffsets> {
    let text = std::fs::read_to_string(file).with_context(|| format!("Unable to read file {file}"))?;
    let group = groups.first().filter(|_| is_single(groups, reset)).map(String::as_str);
    PlannedOffsets::read(file, &text, group)
}

/// One group's reset.
struct Work<'a> {
    admin: &'a Admin,
    group: &'a str,
    era: Era,
    terminal: &'a mut Terminal,
}

impl Work<'_> {
    async fn new_offsets(mut self, reset: &Reset, planned: Option<&PlannedOffsets>) -> anyhow::Result<Offsets> {
        let partitions = self.partitions(&reset.scope).await?;
        if self.era == Era::V4_4 {
            must_exist(self.admin, &partitions).await?;
        }
        match &reset.target {
            Target::Offset(offset) => {
                self.within_range(partitions.into_iter().map(|partition| (partition, *offset)).collect()).await
            }
            Target::Earliest => moving::list_offsets(self.admin, &partitions, OffsetSpec::Earliest).await,
            Target::Latest => moving::list_offsets(self.admin, &partitions, OffsetSpec::Latest).await,
            Target::ShiftBy(by) => {
                let committed = moving::committed(self.admin, self.group).await?;
                let shifted =
                    partitions.into_iter().map(|p| moving::shifted(p, *by, &committed)).collect::<Result<_, _>>()?;
                self.within_range(shifted).await
            }
            Target::At(time) => moving::at_time(self.admin, &partitions, *time, self.terminal).await,
            Target::Ago(nanoseconds) => {
                let time = java_time::before(moving::now_ns(), *nanoseconds)?;
                moving::at_time(self.admin, &partitions, time, self.terminal).await
            }
            Target::File(_) => self.as_planned(planned).await,
            Target::Current => {
                let committed = moving::committed(self.admin, self.group).await?;
                moving::to_current(self.admin, partitions, &committed).await
            }
        }
    }

    async fn partitions(&self, scope: &Scope) -> anyhow::Result<Vec<TopicPartition>> {
        match scope {
            Scope::AsPlanned => Ok(Vec::new()),
            Scope::Committed => Ok(moving::committed(self.admin, self.group).await?.into_keys().collect()),
            Scope::Topics(topics) => partitions_of(self.admin, topics).await,
        }
    }

    async fn as_planned(&mut self, planned: Option<&PlannedOffsets>) -> anyhow::Result<Offsets> {
        let Some(planned) = planned else { bail!("there is no file with a plan") };
        if let Some(doubt) = &planned.doubt {
            self.terminal.talk(format_args!("{doubt}; so the lines are read as group,topic,partition,offset"));
        }
        let Some(offsets) = planned.groups.get(self.group) else {
            let end = self.era.pick("", ".");
            self.terminal.say_failure(format_args!("\nError: No reset plan for group {} found{end}", self.group))?;
            return Ok(Vec::new());
        };
        // order: sorted by whoever shows them.
        self.within_range(offsets.iter().map(|(partition, offset)| (partition.clone(), *offset)).collect()).await
    }

    /// The offsets, moved to where there are records.
    async fn within_range(&self, wanted: Offsets) -> anyhow::Result<Offsets> {
        let (offsets, moved) = moving::within_range(self.admin, wanted).await?;
        let (logger, end) = self.era.pick((LOGGER, ""), (LOGGER_4_4, "."));
        moved.iter().for_each(|what| log::warn!(target: logger, "{what}{end}"));
        Ok(offsets)
    }
}

/// Refuses partitions that are not there, as Kafka 4.4's tool does before it asks for their offsets.
async fn must_exist(admin: &Admin, partitions: &[TopicPartition]) -> anyhow::Result<()> {
    let topics: BTreeSet<Arc<str>> = partitions.iter().map(|partition| partition.topic.clone()).collect();
    let mut there = HashSet::new();
    for topic in admin.describe_topics(&topics.into_iter().collect::<Vec<_>>()).await? {
        let topic = topic.map_err(|error| {
            anyhow!("java.util.concurrent.ExecutionException: {}", java_class::with_message(&error))
        })?;
        there.extend(topic.partitions.iter().map(|p| TopicPartition::new(topic.name.clone(), p.partition)));
    }
    let missing: Vec<String> =
        partitions.iter().filter(|partition| !there.contains(partition)).map(ToString::to_string).collect();
    if !missing.is_empty() {
        bail!("The partitions \"{}\" do not exist", missing.join(","));
    }
    Ok(())
}

/// Kafka 3.9's tool prints the whole table as one line, which nobody can read.
fn print(results: &NewOffsets, era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.fold(15, usize::max);
    let groups = longest(&mut results.iter().map(|(group, _)| group.chars().count()));
    let topics = results.iter().flat_map(|(_, offsets)| offsets);
    let topics = longest(&mut topics.map(|(partition, _)| partition.topic.chars().count()));
    let (groups, topics, last) = era.pick((30, 30, 15), (groups, topics, 0));
    let mut row = |group: &str, topic: &str, partition: &str, offset: &str| {
        terminal.print(format_args!("\n{group:<groups$} {topic:<topics$} {partition:<10} {offset:<last$}"))
    };
    if !results.is_empty() {
        row("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET")?;
    }
    for (group, offsets) in results {
        for (TopicPartition { topic, partition }, offset) in offsets {
            row(group, topic, &partition.to_string(), &offset.to_string())?;
        }
    }
    super::end_table(era, terminal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_for_programs() {
        let results = vec![("g".to_owned(), vec![(TopicPartition::new("t", 2), 7)]), ("h".to_owned(), vec![])];
        assert_eq!(moving::rows(&results), [[json!("g"), json!("t"), json!(2), json!(7)]]);
    }
}
