//! `--reset-offsets`.

use super::{
    Refused,
    plan::{Reset, Target},
    shapes,
};
use crate::{
    java_order,
    terminal::{Terminal, output::Format},
    tools::groups::{
        moving::{self, NewOffsets, Offsets},
        planned::{self, PlannedOffsets},
        topic_args::{check_exist, partitions_of},
    },
};
use anyhow::Context;
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, ClientError, admin::OffsetSpec};
use rkafka_protocol::ErrorCode;

/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.GroupOffsetsResetter";

/// Moves the offsets of a group, which need not exist, or shows where they would go.
pub async fn run(admin: &Admin, reset: &Reset, terminal: &mut Terminal) -> anyhow::Result<()> {
    match admin.describe_share_group(&reset.group).await {
        Ok(group) if !["Empty", "Dead"].contains(&group.state.as_str()) => {
            return Err(Refused(format!("Share group '{}' is not empty.", reset.group)).into());
        }
        Ok(_) => {}
        Err(error) if error.code() == Some(ErrorCode::GROUP_ID_NOT_FOUND) => {}
        Err(error) => return Err(refused(&error).into()),
    }
    let partitions = partitions(admin, reset).await?;
    check_exist(admin, &partitions).await?;
    let mut offsets = new_offsets(admin, reset, partitions, terminal).await?;
    java_order::sort_by_partition(&mut offsets, java_order::UNSIZED, |(partition, _)| partition);
    if reset.execute && !offsets.is_empty() {
        admin.alter_share_group_offsets(&reset.group, &offsets).await?;
    }
    let results = if offsets.is_empty() { NewOffsets::new() } else { vec![(reset.group.clone(), offsets)] };
    if terminal.format() != Format::Text {
        return Ok(terminal.show(&shapes::RESET, moving::rows(&results))?);
    }
    if reset.export {
        return Ok(terminal.line(planned::written(&results, false))?);
    }
    print(&results, terminal)
}

fn refused(error: &ClientError) -> Refused {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    Refused(format!("{error}{hint}"))
}

async fn partitions(admin: &Admin, reset: &Reset) -> anyhow::Result<Vec<TopicPartition>> {
    match &reset.topics {
        Some(topics) => partitions_of(admin, topics).await,
        None => Ok(admin.share_group_offsets(&reset.group).await?.into_keys().collect()),
    }
}

async fn new_offsets(
    admin: &Admin,
    reset: &Reset,
    partitions: Vec<TopicPartition>,
    terminal: &mut Terminal,
) -> anyhow::Result<Offsets> {
    match &reset.target {
        Target::Offset(offset) => {
            within_range(admin, partitions.into_iter().map(|partition| (partition, *offset)).collect()).await
        }
        Target::Earliest => moving::list_offsets(admin, &partitions, OffsetSpec::Earliest).await,
        Target::Latest => moving::list_offsets(admin, &partitions, OffsetSpec::Latest).await,
        Target::At(time) => moving::at_time(admin, &partitions, *time, terminal).await,
        Target::Current => {
            let stands = admin.share_group_offsets(&reset.group).await?;
            let stands =
                stands.into_iter().filter_map(|(partition, offset)| Some((partition, offset?.start))).collect();
            moving::to_current(admin, partitions, &stands).await
        }
        Target::File(file) => as_planned(admin, &reset.group, file, terminal).await,
    }
}

async fn within_range(admin: &Admin, wanted: Offsets) -> anyhow::Result<Offsets> {
    let (offsets, moved) = moving::within_range(admin, wanted).await?;
    moved.iter().for_each(|what| log::warn!(target: LOGGER, "{what}."));
    Ok(offsets)
}

async fn as_planned(admin: &Admin, group: &str, file: &str, terminal: &mut Terminal) -> anyhow::Result<Offsets> {
    let text = std::fs::read_to_string(file).with_context(|| format!("Unable to read file {file}"))?;
    let mut planned = PlannedOffsets::read(file, &text, Some(group))?;
    if let Some(doubt) = &planned.doubt {
        terminal.talk(format_args!("{doubt}; so the lines are read as group,topic,partition,offset"));
    }
    match planned.groups.remove(group) {
        Some(offsets) => within_range(admin, offsets.into_iter().collect()).await,
        None => {
            terminal.say_failure(format_args!("\nError: No reset plan for group {group} found."))?;
            Ok(Vec::new())
        }
    }
}

fn print(results: &NewOffsets, terminal: &mut Terminal) -> anyhow::Result<()> {
    let group_width = results.iter().map(|(group, _)| group.chars().count()).fold(15, usize::max);
    let topics = results.iter().flat_map(|(_, offsets)| offsets).map(|(partition, _)| &partition.topic);
    let topic_width = topics.map(|topic| topic.chars().count()).fold(15, usize::max);
    let mut row = |group: &str, topic: &str, partition: &str, offset: &str| {
        terminal.print(format_args!("\n{group:<group_width$} {topic:<topic_width$} {partition:<10} {offset}"))
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
