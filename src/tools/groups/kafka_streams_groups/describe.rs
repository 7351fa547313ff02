//! `--list` and `--describe`.

use super::{input_topics, plan::View, shapes, streams_groups, topology};
use crate::{
    java_order,
    terminal::{Terminal, output::Format},
    tool::Exit,
    tools::groups::moving,
};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin,
    admin::{Assignment, GroupListing, OffsetSpec, StoredTopology, StreamsGroup, TaskIds},
};
use serde_json::{Value, json};
use std::{collections::HashMap, io};

/// What stands where there is no value.
const MISSING: &str = "-";

/// Prints the groups' names, or a table of them and their states.
pub async fn list(admin: &Admin, states: Option<&[String]>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let groups = streams_groups(admin, states.unwrap_or_default()).await?;
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

/// Prints what `view` asks for of each group, one after the other. Fails with 1 if a topology is not to be had.
pub async fn run(
    admin: &Admin,
    groups: &[String],
    view: View,
    verbose: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<Exit> {
    if terminal.format() != Format::Text {
        return show(admin, groups, view, terminal).await;
    }
    let mut exit = Exit::OK;
    for name in groups {
        let group = admin.describe_streams_group(name, view == View::Topology).await?;
        match view {
            View::Topology if !print_topology(&group, terminal)? => exit = Exit::FAILED,
            View::Topology => {}
            View::Members => print_members(&group, verbose, terminal)?,
            View::State => print_state(&group, verbose, terminal)?,
            View::Offsets => print_offsets(admin, &group, verbose, terminal).await?,
        }
    }
    Ok(exit)
}

/// What [`run`] prints, for a program.
async fn show(admin: &Admin, groups: &[String], view: View, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let mut described = Vec::new();
    for name in groups {
        described.push(admin.describe_streams_group(name, view == View::Topology).await?);
    }
    let mut exit = Exit::OK;
    match view {
        View::Topology => {
            let mut rows = Vec::new();
            for group in &described {
                match topology_of(group)? {
                    Ok(text) => rows.push([json!(group.group_id), json!(text)]),
                    Err(why) => {
                        terminal.tell_failure(why, None);
                        exit = Exit::FAILED;
                    }
                }
            }
            terminal.show(&shapes::TOPOLOGY, rows)?;
        }
        View::Members => {
            let of_group = |group: &StreamsGroup| -> Vec<[Value; 10]> {
                group.members.iter().map(|member| shapes::member(group, member)).collect()
            };
            terminal.show(&shapes::MEMBERS, described.iter().flat_map(of_group))?;
        }
        View::State => terminal.show(&shapes::STATES, described.iter().map(shapes::state))?,
        View::Offsets => {
            let mut rows = Vec::new();
            for group in &described {
                rows.extend(offsets(admin, group).await?.iter().map(|offset| offset.row(&group.group_id)));
            }
            terminal.show(&shapes::OFFSETS, rows)?;
        }
    }
    Ok(exit)
}

/// Whether there was one to print.
fn print_topology(group: &StreamsGroup, terminal: &mut Terminal) -> anyhow::Result<bool> {
    match topology_of(group)? {
        Ok(text) => {
            terminal.line(text)?;
            Ok(true)
        }
        Err(why) => {
            terminal.line(format_args!("\nError: {why}"))?;
            Ok(false)
        }
    }
}

/// The text of a group's topology, or why there is none.
fn topology_of(group: &StreamsGroup) -> anyhow::Result<Result<String, String>> {
    let name = &group.group_id;
    Ok(Err(match &group.topology {
        StoredTopology::Available(description) => return Ok(Ok(topology::text(description)?)),
        StoredTopology::NotStored => format!("No topology description is stored for streams group '{name}'."),
        StoredTopology::Failed => format!(
            "The broker failed to fetch the topology description for streams group '{name}'. See the broker logs for \
             details."
        ),
        StoredTopology::NotRequested => {
            format!("No topology description is available for streams group '{name}' (status: NOT_REQUESTED).")
        }
    }))
}

fn print_members(group: &StreamsGroup, verbose: bool, terminal: &mut Terminal) -> io::Result<()> {
    if group.state == "Dead" || group.members.is_empty() {
        return Ok(());
    }
    let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.fold(15, usize::max);
    let group_width = length(&group.group_id).max(15);
    let id_width = widest(&mut group.members.iter().map(|m| length(&m.member_id)));
    let process_width = widest(&mut group.members.iter().map(|m| length(&m.process_id)));
    let client_width = widest(&mut group.members.iter().map(|m| length(&m.client_id)));
    let mut line = |[name, target, topology, id, protocol, epoch, process, client, tasks]: [&str; 9]| {
        let (before, between) = match verbose {
            true => (format!("{target:<25} {topology:<15}"), format!("{protocol:<15} {epoch:<15} ")),
            false => (String::new(), String::new()),
        };
        terminal.line(format_args!(
            "{name:<group_width$} {before}{id:<id_width$} {between}{process:<process_width$} {client:<client_width$} {tasks}"
        ))
    };
    line([
        "GROUP",
        "TARGET-ASSIGNMENT-EPOCH",
        "TOPOLOGY-EPOCH",
        "MEMBER",
        "MEMBER-PROTOCOL",
        "MEMBER-EPOCH",
        "PROCESS",
        "CLIENT-ID",
        "ASSIGNMENTS",
    ])?;
    let (target, topology) = (group.assignment_epoch.to_string(), group.topology_epoch.to_string());
    for m in &group.members {
        let protocol = if m.is_classic { "classic" } else { "streams" };
        let mut tasks = assigned(&m.assignment, "");
        if verbose {
            tasks.push_str(&assigned(&m.target, "TARGET-"));
        }
        let epoch = m.epoch.to_string();
        let name = &group.group_id;
        line([name, &target, &topology, &m.member_id, protocol, &epoch, &m.process_id, &m.client_id, &tasks])?;
    }
    Ok(())
}

/// `ACTIVE: 0:[0,1]; 1:[0]; STANDBY: …`.
fn assigned(assignment: &Assignment, prefix: &str) -> String {
    let of = |tasks: &[TaskIds], kind: &str| {
        if tasks.is_empty() {
            return String::new();
        }
        let mut text = format!("{prefix}{kind}: ");
        for task in tasks {
            let partitions: Vec<String> = task.partitions.iter().map(ToString::to_string).collect();
            text.push_str(&format!("{}:[{}]; ", task.subtopology_id, partitions.join(",")));
        }
        text
    };
    of(&assignment.active_tasks, "ACTIVE")
        + &of(&assignment.standby_tasks, "STANDBY")
        + &of(&assignment.warmup_tasks, "WARMUP")
}

fn print_state(group: &StreamsGroup, verbose: bool, terminal: &mut Terminal) -> io::Result<()> {
    let name = &group.group_id;
    match group.state.as_str() {
        "Dead" => terminal.line(format_args!("\nError: Streams group '{name}' does not exist."))?,
        "Empty" => terminal.line(format_args!("\nError: Streams group '{name}' has no active members."))?,
        _ => {}
    }
    let (id, address) = &group.coordinator;
    let coordinator = format!("{address} ({id})");
    let assignor = group.assignor.as_deref().unwrap_or_default();
    let group_width = length(name).max(15);
    let coordinator_width = length(&coordinator).max(25);
    let assignor_width = length(assignor).max(15);
    let mut line = |[name, coordinator, assignor, state, epoch, target, members]: [&str; 7]| {
        let epochs = if verbose { format!("{epoch:<15} {target:<25} ") } else { String::new() };
        terminal.line(format_args!(
            "{name:<group_width$} {coordinator:<coordinator_width$} {assignor:<assignor_width$} {state:<25} {epochs}{members}"
        ))
    };
    line(["GROUP", "COORDINATOR (ID)", "ASSIGNOR", "STATE", "GROUP-EPOCH", "TARGET-ASSIGNMENT-EPOCH", "#MEMBERS"])?;
    let (epoch, target) = (group.group_epoch.to_string(), group.assignment_epoch.to_string());
    line([name, &coordinator, assignor, &group.state, &epoch, &target, &group.members.len().to_string()])
}

/// Where a group stands in an input partition.
struct Offset {
    partition: TopicPartition,
    current: Option<i64>,
    leader_epoch: Option<i32>,
    end: i64,
    lag: i64,
}

impl Offset {
    /// As [`shapes::OFFSETS`] has it.
    fn row(&self, group: &str) -> [Value; 7] {
        [
            json!(group),
            json!(&*self.partition.topic),
            json!(self.partition.partition),
            json!(self.current),
            json!(self.leader_epoch),
            json!(self.end),
            json!(self.lag),
        ]
    }
}

/// Those of a group that has members.
async fn offsets(admin: &Admin, group: &StreamsGroup) -> anyhow::Result<Vec<Offset>> {
    if group.state == "Dead" || group.members.is_empty() {
        return Ok(Vec::new());
    }
    let mut partitions: Vec<TopicPartition> = input_topics::partitions_read(group)?.into_iter().collect();
    java_order::sort_by_partition(&mut partitions, java_order::UNSIZED, |partition| partition);
    let starts = moving::list_offsets(admin, &partitions, OffsetSpec::Earliest).await?;
    let starts: HashMap<TopicPartition, i64> = starts.into_iter().collect();
    let ends = moving::list_offsets(admin, &partitions, OffsetSpec::Latest).await?;
    let committed = input_topics::committed(admin, &group.group_id, Some(&input_topics::of_source(group))).await?;
    let offset = |(partition, end): (TopicPartition, i64)| {
        let current = committed.get(&partition);
        let from = current.map(|c| c.offset).or_else(|| starts.get(&partition).copied()).unwrap_or_default();
        let leader_epoch = current.map(|c| c.leader_epoch).filter(|epoch| *epoch >= 0);
        Offset { current: current.map(|c| c.offset), leader_epoch, end, lag: end - from, partition }
    };
    Ok(ends.into_iter().map(offset).collect())
}

async fn print_offsets(
    admin: &Admin,
    group: &StreamsGroup,
    verbose: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    if group.state == "Dead" || group.members.is_empty() {
        return Ok(());
    }
    let offsets = offsets(admin, group).await?;
    let group_width = length(&group.group_id).max(15);
    let topic_width = offsets.iter().map(|offset| length(&offset.partition.topic)).fold(15, usize::max);
    let mut line = |[name, topic, partition, current, epoch, end, lag]: [&str; 7]| {
        let rest = match verbose {
            true => format!("{current:<15} {epoch:<15} {end:<15} {lag:<15}"),
            false => lag.to_owned(),
        };
        terminal.line(format_args!("{name:<group_width$} {topic:<topic_width$} {partition:<10} {rest}"))
    };
    line(["GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LEADER-EPOCH", "LOG-END-OFFSET", "OFFSET-LAG"])?;
    for Offset { partition, current, leader_epoch, end, lag } in &offsets {
        let known = |number: Option<String>| number.unwrap_or_else(|| MISSING.to_owned());
        let epoch = known(leader_epoch.map(|epoch| epoch.to_string()));
        let current = known(current.map(|offset| offset.to_string()));
        let (number, end, lag) = (partition.partition.to_string(), end.to_string(), lag.to_string());
        line([&group.group_id, &partition.topic, &number, &current, &epoch, &end, &lag])?;
    }
    Ok(())
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks() {
        let task = |id: &str, partitions: &[i32]| TaskIds {
            subtopology_id: id.into(),
            partitions: partitions.to_vec(),
            ..Default::default()
        };
        let assignment = Assignment {
            active_tasks: vec![task("0", &[0, 1]), task("1", &[0])],
            warmup_tasks: vec![task("0", &[2])],
            ..Default::default()
        };
        assert_eq!(assigned(&assignment, ""), "ACTIVE: 0:[0,1]; 1:[0]; WARMUP: 0:[2]; ");
        assert_eq!(assigned(&assignment, "TARGET-"), "TARGET-ACTIVE: 0:[0,1]; 1:[0]; TARGET-WARMUP: 0:[2]; ");
        assert_eq!(assigned(&Assignment::default(), ""), "");
    }
}
