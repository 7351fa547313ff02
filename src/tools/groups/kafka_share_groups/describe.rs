//! `--list` and `--describe`.

use super::{plan::View, shapes, share_groups};
use crate::{
    java_order,
    terminal::{Terminal, output::Format},
};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin,
    admin::{GroupListing, ShareGroup, ShareOffset},
};
use serde_json::json;
use std::{collections::BTreeMap, fmt::Display, io};

/// What stands where there is no value.
const MISSING: &str = "-";

/// Prints the groups' names, or a table of them and their states.
pub async fn list(admin: &Admin, states: Option<&[String]>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let groups = share_groups(admin, states.unwrap_or_default()).await?;
    if terminal.format() != Format::Text {
        let known = |state: String| Some(state).filter(|state| !state.is_empty());
        let row = |group: GroupListing| [json!(group.group_id), json!(known(group.group_state))];
        return Ok(terminal.show(&shapes::LISTED, groups.into_iter().map(row))?);
    }
    if states.is_none() {
        for group in groups {
            terminal.line(group.group_id)?;
        }
        return Ok(());
    }
    let width = groups.iter().map(|group| length(&group.group_id)).fold(15, usize::max);
    terminal.line(format_args!("{:<width$} STATE", "GROUP"))?;
    for group in groups {
        let state = if group.group_state.is_empty() { "Unknown" } else { group.group_state.as_str() };
        terminal.line(format_args!("{:<width$} {state}", group.group_id))?;
    }
    Ok(())
}

/// Prints what `view` asks for of each group, in the order of their names.
pub async fn run(
    admin: &Admin,
    groups: &[String],
    view: View,
    verbose: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let mut names = groups.to_vec();
    java_order::sort_by_key(&mut names, java_order::UNSIZED, |name| name);
    let mut found = BTreeMap::new();
    for name in names {
        found.insert(name.clone(), admin.describe_share_group(&name).await?);
    }
    let mut offsets = BTreeMap::new();
    if view == View::Offsets {
        for name in found.keys() {
            offsets.insert(name, admin.share_group_offsets(name).await?);
        }
    }
    if terminal.format() != Format::Text {
        return Ok(show(&found, &offsets, view, terminal)?);
    }
    for (name, group) in &found {
        match view {
            View::Offsets => print_offsets(name, offsets.remove(name).unwrap_or_default(), verbose, terminal)?,
            View::Members => print_members(group, verbose, terminal)?,
            View::State => print_state(group, verbose, terminal)?,
        }
    }
    Ok(())
}

type Offsets = BTreeMap<TopicPartition, Option<ShareOffset>>;

/// What [`run`] prints, for a program.
fn show(
    groups: &BTreeMap<String, ShareGroup>,
    offsets: &BTreeMap<&String, Offsets>,
    view: View,
    terminal: &mut Terminal,
) -> io::Result<()> {
    match view {
        View::Offsets => {
            for (group, _) in offsets.iter().filter(|(_, offsets)| offsets.is_empty()) {
                terminal.say(format_args!("Share group '{group}' has no offset information."))?;
            }
            let of_group = |(group, offsets): (&&String, &Offsets)| -> Vec<_> {
                offsets.iter().map(|(partition, offset)| shapes::offset(group, partition, *offset)).collect()
            };
            terminal.show(&shapes::OFFSETS, offsets.iter().flat_map(of_group))
        }
        View::Members => {
            let mut rows = Vec::new();
            for (name, group) in groups {
                if has_something_to_show(group, group.members.len(), terminal)? {
                    let mut members: Vec<_> = group.members.iter().collect();
                    members.sort_by(|a, b| a.member_id.cmp(&b.member_id));
                    rows.extend(members.into_iter().map(|member| shapes::member(name, member)));
                }
            }
            terminal.show(&shapes::MEMBERS, rows)
        }
        View::State => terminal.show(&shapes::STATES, groups.values().map(shapes::state)),
    }
}

fn print_offsets(group: &str, offsets: Offsets, verbose: bool, terminal: &mut Terminal) -> io::Result<()> {
    if offsets.is_empty() {
        return terminal.line(format_args!("\nShare group '{group}' has no offset information."));
    }
    let group_width = length(group).max(15);
    let topic_width = offsets.keys().map(|partition| length(&partition.topic)).fold(15, usize::max);
    let mut line = |[group, topic, partition, epoch, start, lag]: [&str; 6]| {
        let epoch = if verbose { format!("{epoch:<13} ") } else { String::new() };
        let row = format!("{group:<group_width$} {topic:<topic_width$} {partition:<10} {epoch}{start:<13} {lag}");
        terminal.print(format_args!("\n{row}"))
    };
    line(["GROUP", "TOPIC", "PARTITION", "LEADER-EPOCH", "START-OFFSET", "LAG"])?;
    for (TopicPartition { topic, partition }, offset) in &offsets {
        let epoch = shown(offset.and_then(|offset| offset.leader_epoch));
        let start = shown(offset.map(|offset| offset.start));
        let lag = shown(offset.and_then(|offset| offset.lag));
        line([group, topic, &partition.to_string(), &epoch, &start, &lag])?;
    }
    terminal.line("")
}

fn shown(value: Option<impl Display>) -> String {
    value.map_or_else(|| MISSING.to_owned(), |value| value.to_string())
}

/// Says what there is to say of a group's state; whether there is more to show.
fn has_something_to_show(group: &ShareGroup, rows: usize, terminal: &mut Terminal) -> io::Result<bool> {
    let name = &group.group_id;
    match group.state.as_str() {
        "Dead" => terminal.say_failure(format_args!("\nError: Share group '{name}' does not exist."))?,
        "Empty" => terminal.talk(format_args!("\nShare group '{name}' has no active members.")),
        _ => {}
    }
    Ok(group.state != "Dead" && rows > 0)
}

fn print_members(group: &ShareGroup, verbose: bool, terminal: &mut Terminal) -> io::Result<()> {
    if !has_something_to_show(group, group.members.len(), terminal)? {
        return Ok(());
    }
    let mut members: Vec<_> = group.members.iter().collect();
    members.sort_by(|a, b| a.member_id.cmp(&b.member_id));
    let group_width = length(&group.group_id).max(15);
    let id_width = members.iter().map(|m| length(&m.member_id)).fold(15, usize::max);
    let host_width = members.iter().map(|m| length(&m.host)).fold(15, usize::max);
    let client_width = members.iter().map(|m| length(&m.client_id)).fold(15, usize::max);
    let mut line = |[group, id, host, client, count, epoch, assignment]: [&str; 7]| {
        let epoch = if verbose { format!("{epoch:<13} ") } else { String::new() };
        let who = format!("{group:<group_width$} {id:<id_width$} {host:<host_width$} {client:<client_width$}");
        terminal.print(format_args!("\n{who} {count:<12} {epoch}{assignment}"))
    };
    line(["GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS", "MEMBER-EPOCH", "ASSIGNMENT"])?;
    for m in members {
        let (count, epoch) = (m.assignment.len().to_string(), m.epoch.to_string());
        line([&group.group_id, &m.member_id, &m.host, &m.client_id, &count, &epoch, &assignment(&m.assignment)])?;
    }
    terminal.line("")
}

/// `t:0,1;u:2`.
fn assignment(partitions: &[TopicPartition]) -> String {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(&*partition.topic).or_default().push(partition.partition);
    }
    let one = |(topic, mut numbers): (&str, Vec<i32>)| {
        numbers.sort();
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        format!("{topic}:{}", numbers.join(","))
    };
    let mut lists: Vec<String> = topics.into_iter().map(one).collect();
    lists.sort();
    lists.join(";")
}

fn print_state(group: &ShareGroup, verbose: bool, terminal: &mut Terminal) -> io::Result<()> {
    has_something_to_show(group, 1, terminal)?;
    let group_width = length(&group.group_id).max(15);
    let (id, address) = &group.coordinator;
    let coordinator = format!("{address}  ({id})");
    let coordinator_width = length(&coordinator).max(25);
    let mut line = |[name, coordinator, state, epoch, assignment_epoch, members]: [&str; 6]| {
        let epochs = if verbose { format!("{epoch:<12} {assignment_epoch:<17} ") } else { String::new() };
        terminal.print(format_args!(
            "\n{name:<group_width$} {coordinator:<coordinator_width$} {state:<15} {epochs}{members}"
        ))
    };
    line(["GROUP", "COORDINATOR (ID)", "STATE", "GROUP-EPOCH", "ASSIGNMENT-EPOCH", "#MEMBERS"])?;
    let (epoch, assignment_epoch) = (group.group_epoch.to_string(), group.assignment_epoch.to_string());
    let members = group.members.len().to_string();
    line([&group.group_id, &coordinator, &group.state, &epoch, &assignment_epoch, &members])?;
    terminal.line("")
}

fn length(text: &str) -> usize {
    text.chars().count()
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
        assert_eq!(of(&[]), "");
        assert_eq!(of(&[("b", 1), ("a", 10), ("a", 2), ("b", 0)]), "a:2,10;b:0,1");
    }

    #[test]
    fn what_is_not_known() {
        assert_eq!((shown(None::<i64>), shown(Some(3))), ("-".to_owned(), "3".to_owned()));
    }
}
