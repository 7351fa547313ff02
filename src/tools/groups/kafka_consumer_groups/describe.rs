//! `--list` and `--describe`.

use super::plan::{List, View};
use crate::{
    java_order,
    terminal::Terminal,
    tools::groups::{moving, named_type},
};
use anyhow::bail;
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin,
    admin::{ConsumerGroup, OffsetSpec},
};
use std::{
    collections::{BTreeMap, HashSet},
    io,
};

/// What stands where there is no value.
const MISSING: &str = "-";

/// Prints the groups' names, or a table of them.
pub async fn list(admin: &Admin, list: &List, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut groups = admin.list_groups(&list.states, &list.types).await?;
    java_order::sort_by_key(&mut groups, java_order::UNSIZED, |group| &group.group_id);
    if !list.show_type && !list.show_state {
        for group in groups {
            terminal.line(group.group_id)?;
        }
        return Ok(());
    }
    let width = groups.iter().map(|group| group.group_id.chars().count()).fold(15, usize::max) + 10;
    let known = |text: &str| if text.is_empty() { "Unknown".to_owned() } else { text.to_owned() };
    let mut row = |group: &str, kind: &str, state: &str| {
        let mut line = format!("{group:<width$}");
        for value in [(list.show_type, kind), (list.show_state, state)].iter().filter(|(show, _)| *show) {
            line.push_str(&format!(" {:<20}", value.1));
        }
        terminal.line(line)
    };
    row("GROUP", "TYPE", "STATE")?;
    for group in groups {
        row(&group.group_id, &named_type(&known(&group.group_type)), &known(&group.group_state))?;
    }
    Ok(())
}

/// Prints what `view` asks for of each group, in the order of their names.
pub async fn run(admin: &Admin, groups: &[String], view: View, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut found = BTreeMap::new();
    for group in groups {
        found.insert(group, admin.describe_consumer_group(group).await?);
    }
    if view != View::Offsets {
        for group in found.values() {
            match view {
                View::Members { with_assignment } => print_members(group, with_assignment, terminal)?,
                View::State | View::Offsets => print_state(group, terminal)?,
            }
        }
        return Ok(());
    }
    let mut all = Vec::new();
    for group in found.values() {
        all.push((group, offsets(admin, group).await?));
    }
    for (group, rows) in all {
        if has_something_to_show(group, rows.len(), terminal)? {
            print_offsets(&group.group_id, &rows, terminal)?;
        }
    }
    super::end_table(terminal)
}

/// Says what there is to say of a group's state.
fn has_something_to_show(group: &ConsumerGroup, rows: usize, terminal: &mut Terminal) -> anyhow::Result<bool> {
    let name = &group.group_id;
    match group.state.as_str() {
        "Dead" => {
            terminal.line(format_args!("\nError: Consumer group '{name}' does not exist."))?;
            return Ok(false);
        }
        "Empty" => terminal.talk(format_args!("\nConsumer group '{name}' has no active members.")),
        "PreparingRebalance" | "CompletingRebalance" | "Assigning" | "Reconciling" => {
            terminal.talk(format_args!("\nWarning: Consumer group '{name}' is rebalancing."));
        }
        "Stable" => {}
        other => bail!("Expected a valid consumer group state, but found '{other}'."),
    }
    Ok(rows > 0)
}

/// A partition of a group, and who has it.
struct Row<'a> {
    partition: TopicPartition,
    offset: Option<i64>,
    end: i64,
    /// Id, host and client id.
    consumer: Option<[&'a str; 3]>,
}

async fn offsets<'a>(admin: &Admin, group: &'a ConsumerGroup) -> anyhow::Result<Vec<Row<'a>>> {
    let committed = moving::committed(admin, &group.group_id).await?;
    let mut members: Vec<_> = group.members.iter().filter(|member| !member.assignment.is_empty()).collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.assignment.len()));
    let assigned: HashSet<&TopicPartition> = members.iter().flat_map(|member| &member.assignment).collect();
    let left: Vec<TopicPartition> = committed.keys().filter(|p| !assigned.contains(p)).cloned().collect();
    let mut parts: Vec<(Vec<TopicPartition>, Option<[&str; 3]>)> = members
        .iter()
        .map(|m| (m.assignment.clone(), Some([m.member_id.as_str(), m.host.as_str(), m.client_id.as_str()])))
        .collect();
    parts.push((left, None));
    let mut rows = Vec::new();
    for (mut partitions, consumer) in parts.into_iter().filter(|(partitions, _)| !partitions.is_empty()) {
        partitions.sort_by_key(|p| p.partition);
        java_order::sort_by_partition(&mut partitions, java_order::UNSIZED, |p| p);
        let ends = moving::list_offsets(admin, &partitions, OffsetSpec::Latest).await?;
        for (partition, end) in ends {
            let offset = committed.get(&partition).copied();
            rows.push(Row { partition, offset, end, consumer });
        }
    }
    Ok(rows)
}

fn print_offsets(group: &str, rows: &[Row<'_>], terminal: &mut Terminal) -> io::Result<()> {
    let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.fold(15, usize::max);
    let group_width = widest(&mut std::iter::once(length(group)));
    let topic_width = widest(&mut rows.iter().map(|row| length(&row.partition.topic)));
    let id_width = widest(&mut rows.iter().filter_map(|row| row.consumer).map(|[id, ..]| length(id)));
    let host_width = widest(&mut rows.iter().filter_map(|row| row.consumer).map(|[_, host, _]| length(host)));
    let mut line = |[group, topic, partition, offset, end, lag, id, host, client]: [&str; 9]| {
        terminal.print(format_args!(
            "\n{group:<group_width$} {topic:<topic_width$} {partition:<10} {offset:<15} {end:<15} {lag:<15} \
             {id:<id_width$} {host:<host_width$} {client}"
        ))
    };
    line([
        "GROUP",
        "TOPIC",
        "PARTITION",
        "CURRENT-OFFSET",
        "LOG-END-OFFSET",
        "LAG",
        "CONSUMER-ID",
        "HOST",
        "CLIENT-ID",
    ])?;
    for row in rows {
        let number = |number: Option<i64>| number.map_or_else(|| MISSING.to_owned(), |number| number.to_string());
        let [id, host, client] = row.consumer.unwrap_or([MISSING; 3]);
        let TopicPartition { topic, partition } = &row.partition;
        let lag = number(row.offset.map(|offset| row.end - offset));
        let (offset, end) = (number(row.offset), row.end.to_string());
        line([group, topic, &partition.to_string(), &offset, &end, &lag, id, host, client])?;
    }
    Ok(())
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn print_members(group: &ConsumerGroup, with_assignment: bool, terminal: &mut Terminal) -> anyhow::Result<()> {
    let members = &group.members;
    // Kafka's tool prints the header whatever there is to show.
    let has_rows = has_something_to_show(group, members.len(), terminal)?;
    let shown = if has_rows { members.as_slice() } else { &[] };
    let instance = |member: &rkafka_client::admin::GroupMember| member.instance_id.clone().unwrap_or_default();
    let with_instance = shown.iter().any(|member| !instance(member).is_empty());
    let group_width = if shown.is_empty() { 15 } else { length(&group.group_id).max(15) };
    let id_width = shown.iter().map(|m| length(&m.member_id)).fold(15, usize::max);
    let instance_width = shown.iter().map(|m| length(&instance(m))).fold(17, usize::max);
    let host_width = shown.iter().map(|m| length(&m.host)).fold(15, usize::max);
    let client_width = shown.iter().map(|m| length(&m.client_id)).fold(15, usize::max);
    let line = |[name, id, instance, host, client, count, assignment]: [&str; 7]| {
        let instance = if with_instance { format!("{instance:<instance_width$} ") } else { String::new() };
        format!(
            "{name:<group_width$} {id:<id_width$} {instance}{host:<host_width$} {client:<client_width$} {count:<15} \
             {}",
            if with_assignment { assignment } else { "" }
        )
    };
    let header = ["GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS", "ASSIGNMENT"];
    terminal.line(format_args!("\n{}", line(header)))?;
    for m in members {
        let (count, assignment) = (m.assignment.len().to_string(), assignment(&m.assignment));
        let instance = instance(m);
        terminal.line(line([&group.group_id, &m.member_id, &instance, &m.host, &m.client_id, &count, &assignment]))?;
    }
    Ok(())
}

/// The partitions of each topic as `(0,1), (2)`. Which topics they are, Kafka 3.9's tool does not tell.
fn assignment(partitions: &[TopicPartition]) -> String {
    let mut topics: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(&*partition.topic).or_default().push(partition.partition.to_string());
    }
    let one = |mut numbers: Vec<String>| {
        numbers.sort();
        format!("({})", numbers.join(","))
    };
    let mut lists: Vec<String> = topics.into_values().map(one).collect();
    lists.sort();
    if lists.is_empty() { MISSING.to_owned() } else { lists.join(", ") }
}

fn print_state(group: &ConsumerGroup, terminal: &mut Terminal) -> anyhow::Result<()> {
    if !has_something_to_show(group, 1, terminal)? {
        return Ok(());
    }
    let (id, address) = &group.coordinator;
    let coordinator = format!("{address}  ({id})");
    let width = length(&coordinator).max(25);
    let mut line = |name: &str, coordinator: &str, strategy: &str, state: &str, members: &str| {
        terminal.print(format_args!("\n{name:<width$} {coordinator:<25} {strategy:<20} {state:<15} {members}"))
    };
    line("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS")?;
    line(&group.group_id, &coordinator, &group.assignor, &group.state, &group.members.len().to_string())?;
    Ok(terminal.line("")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments() {
        let of = |list: &[(&str, i32)]| {
            let partitions: Vec<_> = list.iter().map(|(topic, p)| TopicPartition::new(*topic, *p)).collect();
            assignment(&partitions)
        };
        assert_eq!(of(&[]), "-");
        assert_eq!(of(&[("b", 1), ("a", 10), ("a", 2), ("b", 0)]), "(0,1), (10,2)");
    }
}
