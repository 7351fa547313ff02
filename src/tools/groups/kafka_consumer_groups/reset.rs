//! `--reset-offsets`.

use super::{
    plan::{Reset, Scope, Target, TopicArg},
    planned::{self, PlannedOffsets},
};
use crate::{java_order, java_time, options::UsageError, terminal::Terminal};
use anyhow::{Context, bail};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin,
    admin::{CommittedOffset, OffsetSpec},
};
use std::{
    collections::{BTreeMap, HashMap},
    time::{SystemTime, UNIX_EPOCH},
};

/// By group and partition, in the order in which they are shown.
pub type NewOffsets = Vec<(String, Vec<(TopicPartition, i64)>)>;

/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";

/// Moves the offsets, or shows where they would go.
pub async fn run(admin: &Admin, reset: &Reset, groups: &[String], terminal: &mut Terminal) -> anyhow::Result<()> {
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
            terminal.line(format_args!("\nError: {text} {state}."))?;
            results.push((name, Vec::new()));
            continue;
        }
        let work = Work { admin, group: &name, terminal: &mut *terminal };
        let mut offsets = work.new_offsets(reset, planned.as_ref()).await?;
        java_order::sort_by_partition(&mut offsets, java_order::UNSIZED, |(partition, _)| partition);
        if reset.execute {
            admin.alter_group_offsets(&name, &to_commit(&offsets)).await?;
        }
        results.push((name, offsets));
    }
    if reset.export {
        return Ok(terminal.line(planned::written(&results, !is_single(groups, reset)))?);
    }
    print(&results, terminal)
}

/// Whether one group was named: the CSV then has no column for it.
fn is_single(groups: &[String], reset: &Reset) -> bool {
    groups.len() == 1 && reset.groups != super::plan::Groups::All
}

fn read_plan(file: &str, groups: &[String], reset: &Reset) -> anyhow::Result<PlannedOffsets> {
    let text = std::fs::read_to_string(file).with_context(|| format!("Unable to read file {file}"))?;
    let group = groups.first().filter(|_| is_single(groups, reset)).map(String::as_str);
    PlannedOffsets::read(file, &text, group)
}

fn to_commit(offsets: &[(TopicPartition, i64)]) -> Vec<(TopicPartition, CommittedOffset)> {
    let committed = |offset| CommittedOffset { offset, leader_epoch: -1, metadata: String::new() };
    offsets.iter().map(|(partition, offset)| (partition.clone(), committed(*offset))).collect()
}

/// One group's reset.
struct Work<'a> {
    admin: &'a Admin,
    group: &'a str,
    terminal: &'a mut Terminal,
}

type Offsets = Vec<(TopicPartition, i64)>;

impl Work<'_> {
    async fn new_offsets(mut self, reset: &Reset, planned: Option<&PlannedOffsets>) -> anyhow::Result<Offsets> {
        let partitions = self.partitions(&reset.scope).await?;
        match &reset.target {
            Target::Offset(offset) => {
                self.within_range(partitions.into_iter().map(|partition| (partition, *offset)).collect()).await
            }
            Target::Earliest => super::list_offsets(self.admin, &partitions, OffsetSpec::Earliest).await,
            Target::Latest => super::list_offsets(self.admin, &partitions, OffsetSpec::Latest).await,
            Target::ShiftBy(by) => {
                let committed = super::committed(self.admin, self.group).await?;
                let shifted = partitions.into_iter().map(|p| shifted(p, *by, &committed)).collect::<Result<_, _>>()?;
                self.within_range(shifted).await
            }
            Target::At(time) => self.at_time(&partitions, *time).await,
            Target::Ago(nanoseconds) => self.at_time(&partitions, java_time::before(now_ns(), *nanoseconds)?).await,
            Target::File(_) => self.as_planned(planned).await,
            Target::Current => self.current(partitions).await,
        }
    }

    async fn partitions(&self, scope: &Scope) -> anyhow::Result<Vec<TopicPartition>> {
        match scope {
            Scope::AsPlanned => Ok(Vec::new()),
            Scope::Committed => Ok(super::committed(self.admin, self.group).await?.into_keys().collect()),
            Scope::Topics(topics) => partitions_of(self.admin, topics).await,
        }
    }

    async fn as_planned(&mut self, planned: Option<&PlannedOffsets>) -> anyhow::Result<Offsets> {
        let Some(planned) = planned else { bail!("there is no file with a plan") };
        if let Some(doubt) = &planned.doubt {
            self.terminal.talk(format_args!("{doubt}; so the lines are read as group,topic,partition,offset"));
        }
        let Some(offsets) = planned.groups.get(self.group) else {
            self.terminal.line(format_args!("\nError: No reset plan for group {} found", self.group))?;
            return Ok(Vec::new());
        };
        // order: sorted by whoever shows them.
        self.within_range(offsets.iter().map(|(partition, offset)| (partition.clone(), *offset)).collect()).await
    }

    /// Of each partition the first record at or after a time, or the end.
    async fn at_time(&mut self, partitions: &[TopicPartition], time: i64) -> anyhow::Result<Offsets> {
        let found = super::list_offsets(self.admin, partitions, OffsetSpec::Timestamp(time)).await?;
        let (mut offsets, none): (Offsets, Offsets) = found.into_iter().partition(|(_, offset)| *offset >= 0);
        let mut none: Vec<TopicPartition> = none.into_iter().map(|(partition, _)| partition).collect();
        java_order::sort_by_partition(&mut none, java_order::UNSIZED, |partition| partition);
        for TopicPartition { topic, partition } in &none {
            self.terminal.line(format_args!(
                "\nWarn: Partition {partition} from topic {topic} is empty. Falling back to latest known offset."
            ))?;
        }
        offsets.extend(super::list_offsets(self.admin, &none, OffsetSpec::Latest).await?);
        Ok(offsets)
    }

    async fn current(&mut self, partitions: Vec<TopicPartition>) -> anyhow::Result<Offsets> {
        let committed = super::committed(self.admin, self.group).await?;
        let (known, unknown): (Vec<_>, Vec<_>) = partitions.into_iter().partition(|p| committed.contains_key(p));
        let mut offsets: Offsets =
            known.into_iter().filter_map(|p| committed.get(&p).copied().map(|offset| (p, offset))).collect();
        offsets.extend(super::list_offsets(self.admin, &unknown, OffsetSpec::Latest).await?);
        Ok(offsets)
    }

    /// The offsets, moved to where there are records.
    async fn within_range(&self, wanted: Offsets) -> anyhow::Result<Offsets> {
        let partitions: Vec<TopicPartition> = wanted.iter().map(|(partition, _)| partition.clone()).collect();
        let starts = super::list_offsets(self.admin, &partitions, OffsetSpec::Earliest).await?;
        let ends = super::list_offsets(self.admin, &partitions, OffsetSpec::Latest).await?;
        let of = |offsets: Offsets| offsets.into_iter().collect::<HashMap<_, _>>();
        let (starts, ends) = (of(starts), of(ends));
        let moved = wanted.into_iter().map(|(partition, offset)| {
            let range = (starts.get(&partition).copied(), ends.get(&partition).copied());
            let (offset, why) = clamped(offset, range);
            if let Some(why) = why {
                log::warn!(target: LOGGER, "{why} offset for topic partition {partition}. Value will be set to {offset}");
            }
            (partition, offset)
        });
        Ok(moved.collect())
    }
}

/// The nearest offset in a range, and why it is another one.
fn clamped(offset: i64, (start, end): (Option<i64>, Option<i64>)) -> (i64, Option<String>) {
    match (start, end) {
        (_, Some(end)) if offset > end => (end, Some(format!("New offset ({offset}) is higher than latest"))),
        (Some(start), _) if offset < start => (start, Some(format!("New offset ({offset}) is lower than earliest"))),
        _ => (offset, None),
    }
}

fn shifted(
    partition: TopicPartition,
    by: i64,
    committed: &BTreeMap<TopicPartition, i64>,
) -> Result<(TopicPartition, i64), UsageError> {
    let Some(offset) = committed.get(&partition) else {
        let rule = format!("Cannot shift offset for partition {partition} since there is no current committed offset");
        return Err(UsageError::Rule(rule));
    };
    Ok((partition, offset.saturating_add(by)))
}

fn now_ns() -> i128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(now.as_nanos()).unwrap_or(i128::MAX)
}

/// The partitions that `--topic` names, those of whole topics last.
async fn partitions_of(admin: &Admin, topics: &[TopicArg]) -> anyhow::Result<Vec<TopicPartition>> {
    let named = topics.iter().filter_map(|topic| match topic {
        TopicArg::Partitions(partitions) => Some(partitions.clone()),
        TopicArg::Whole(_) => None,
    });
    let mut partitions: Vec<TopicPartition> = named.flatten().collect();
    for topic in admin.describe_topics(&super::whole_topics(topics)).await? {
        let topic = topic?;
        partitions.extend(topic.partitions.iter().map(|p| TopicPartition::new(topic.name.clone(), p.partition)));
    }
    Ok(partitions)
}

/// Kafka 3.9's tool prints the whole table as one line, which nobody can read.
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
    super::end_table(terminal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_stay_in_range() {
        assert_eq!(clamped(5, (Some(0), Some(9))), (5, None));
        let (offset, why) = clamped(10, (Some(0), Some(9)));
        assert_eq!((offset, why.as_deref()), (9, Some("New offset (10) is higher than latest")));
        assert_eq!(clamped(-3, (Some(2), Some(9))).0, 2);
    }

    #[test]
    fn only_what_is_committed_shifts() {
        let p = TopicPartition::new("t", 0);
        let committed = BTreeMap::from([(p.clone(), 7)]);
        assert_eq!(shifted(p.clone(), -2, &committed).unwrap(), (p, 5));
        let error = shifted(TopicPartition::new("t", 1), 1, &committed).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Cannot shift offset for partition t-1 since there is no current committed offset"
        );
    }
}
