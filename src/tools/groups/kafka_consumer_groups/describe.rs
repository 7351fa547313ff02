//! `--list` and `--describe`.

use super::{
    plan::{List, View},
    shapes::{LISTED, MEMBERS, OFFSETS, STATES},
};
use crate::{
    era::Era,
    java_order, partition_json,
    terminal::{Terminal, output::Format},
    tools::groups::{moving, named_type},
};
use anyhow::bail;
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin,
    admin::{CommittedOffset, ConsumerGroup, GroupListing, GroupMember, OffsetSpec},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    io,
};

/// What stands where there is no value.
const MISSING: &str = "-";

/// Prints the groups' names, or a table of them.
pub async fn list(admin: &Admin, list: &List, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut groups = admin.list_groups(&list.states, &list.types).await?;
    java_order::sort_by_key(&mut groups, java_order::UNSIZED, |group| &group.group_id);
    if terminal.format() != Format::Text {
        return Ok(terminal.show(&LISTED, groups.iter().map(listed))?);
    }
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

fn listed(group: &GroupListing) -> [Value; 4] {
    let known = |text: &str| Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
    [
        json!(group.group_id),
        json!(known(&group.group_type).map(|kind| named_type(&kind))),
        json!(group.protocol_type),
        json!(known(&group.group_state)),
    ]
}

/// How tables are laid out: what is said of a group in full differs between the eras, and only 4.4 says more with
/// `--verbose` of offsets and states.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub era: Era,
    pub verbose: bool,
}

impl Layout {
    /// Whether there are the columns that 4.4 adds.
    fn in_full(self) -> bool {
        self.verbose && self.era == Era::V4_4
    }
}

/// Prints what `view` asks for of each group, in the order of their names.
pub async fn run(
    admin: &Admin,
    groups: &[String],
    view: View,
    layout: Layout,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let mut found = BTreeMap::new();
    for group in groups {
        found.insert(group, admin.describe_consumer_group(group).await?);
    }
    let is_text = terminal.format() == Format::Text;
    let mut all = Vec::new();
    match view {
        View::Members if is_text => {
            return found.values().try_for_each(|group| print_members(group, layout, terminal));
        }
        View::State if is_text => return found.values().try_for_each(|group| print_state(group, layout, terminal)),
        View::Members => {
            let found = with_something(found.values(), |group| group.members.len(), terminal)?;
            let rows = found.iter().flat_map(|group| group.members.iter().map(move |member| member_row(group, member)));
            return Ok(terminal.show(&MEMBERS, rows)?);
        }
        View::State => {
            let found = with_something(found.values(), |_| 1, terminal)?;
            return Ok(terminal.show(&STATES, found.into_iter().map(state_row))?);
        }
        View::Offsets => {
            for group in found.values() {
                all.push((group, offsets(admin, group).await?));
            }
        }
    }
    let mut shown = Vec::new();
    for (group, rows) in &mut all {
        if layout.era == Era::V4_4 {
            rows.sort_by(|one, other| one.partition.cmp(&other.partition));
        }
        if !has_something_to_show(group, rows.len(), terminal)? {
            continue;
        }
        if !is_text {
            shown.extend(rows.iter().map(|row| row.fields(&group.group_id)));
            continue;
        }
        print_offsets(&group.group_id, rows, layout, terminal)?;
        if layout.era == Era::V4_4 {
            super::end_table(layout.era, terminal)?;
        }
    }
    match layout.era {
        _ if !is_text => Ok(terminal.show(&OFFSETS, shown)?),
        Era::V3_9 => super::end_table(layout.era, terminal),
        Era::V4_4 => Ok(()),
    }
}

/// The groups of which there is something to show; of the others it is said why not.
fn with_something<'a>(
    groups: impl Iterator<Item = &'a ConsumerGroup>,
    rows: impl Fn(&ConsumerGroup) -> usize,
    terminal: &mut Terminal,
) -> anyhow::Result<Vec<&'a ConsumerGroup>> {
    let mut shown = Vec::new();
    for group in groups {
        if has_something_to_show(group, rows(group), terminal)? {
            shown.push(group);
        }
    }
    Ok(shown)
}

fn member_row(group: &ConsumerGroup, member: &GroupMember) -> [Value; 7] {
    [
        json!(group.group_id),
        json!(member.member_id),
        json!(member.instance_id),
        json!(member.host),
        json!(member.client_id),
        json!(member.assignment.len()),
        partition_json::list(&member.assignment),
    ]
}

fn state_row(group: &ConsumerGroup) -> [Value; 6] {
    let (id, address) = &group.coordinator;
    [
        json!(group.group_id),
        json!(id),
        json!(address),
        json!(group.assignor),
        json!(group.state),
        json!(group.members.len()),
    ]
}

/// Says what there is to say of a group's state.
fn has_something_to_show(group: &ConsumerGroup, rows: usize, terminal: &mut Terminal) -> anyhow::Result<bool> {
    let name = &group.group_id;
    // The empty line sets it off from tables.
    let is_text = terminal.format() == Format::Text;
    let mut talk = |text: String| terminal.talk(if is_text { &text } else { text.trim() });
    match group.state.as_str() {
        "Dead" => {
            terminal.say_failure(format_args!("\nError: Consumer group '{name}' does not exist."))?;
            return Ok(false);
        }
        "Empty" => talk(format!("\nConsumer group '{name}' has no active members.")),
        "PreparingRebalance" | "CompletingRebalance" | "Assigning" | "Reconciling" => {
            talk(format!("\nWarning: Consumer group '{name}' is rebalancing."));
        }
        "Stable" => {}
        other => bail!("Expected a valid consumer group state, but found '{other}'."),
    }
    Ok(rows > 0)
}

/// A partition of a group, and who has it.
struct Row<'a> {
    partition: TopicPartition,
    committed: Option<CommittedOffset>,
    end: i64,
    /// Id, host and client id.
    consumer: Option<[&'a str; 3]>,
}

impl Row<'_> {
    /// What the group has committed.
    fn offset(&self) -> Option<i64> {
        self.committed.as_ref().map(|committed| committed.offset)
    }

    fn lag(&self) -> Option<i64> {
        self.offset().map(|offset| self.end - offset)
    }

    fn fields(&self, group: &str) -> [Value; 9] {
        let TopicPartition { topic, partition } = &self.partition;
        let [id, host, client] = self.consumer.map_or([None; 3], |consumer| consumer.map(Some));
        [
            json!(group),
            json!(&**topic),
            json!(partition),
            json!(self.offset()),
            json!(self.end),
            json!(self.lag()),
            json!(id),
            json!(host),
            json!(client),
        ]
    }
}

async fn offsets<'a>(admin: &Admin, group: &'a ConsumerGroup) -> anyhow::Result<Vec<Row<'a>>> {
    let mut committed = moving::committed_offsets(admin, &group.group_id).await?;
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
            let committed = committed.remove(&partition);
            rows.push(Row { partition, committed, end, consumer });
        }
    }
    Ok(rows)
}

fn print_offsets(group: &str, rows: &[Row<'_>], layout: Layout, terminal: &mut Terminal) -> io::Result<()> {
    let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.fold(15, usize::max);
    let group_width = widest(&mut std::iter::once(length(group)));
    let topic_width = widest(&mut rows.iter().map(|row| length(&row.partition.topic)));
    let id_width = widest(&mut rows.iter().filter_map(|row| row.consumer).map(|[id, ..]| length(id)));
    let host_width = widest(&mut rows.iter().filter_map(|row| row.consumer).map(|[_, host, _]| length(host)));
    let mut line = |[group, topic, partition, epoch, offset, end, lag, id, host, client]: [&str; 10]| {
        let epoch = if layout.in_full() { format!("{epoch:<15} ") } else { String::new() };
        terminal.print(format_args!(
            "\n{group:<group_width$} {topic:<topic_width$} {partition:<10} {epoch}{offset:<15} {end:<15} {lag:<15} \
             {id:<id_width$} {host:<host_width$} {client}"
        ))
    };
    line([
        "GROUP",
        "TOPIC",
        "PARTITION",
        "LEADER-EPOCH",
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
        let epoch = row.committed.as_ref().map(|committed| i64::from(committed.leader_epoch));
        let (epoch, lag) = (number(epoch.filter(|epoch| *epoch >= 0)), number(row.lag()));
        let (offset, end) = (number(row.offset()), row.end.to_string());
        line([group, topic, &partition.to_string(), &epoch, &offset, &end, &lag, id, host, client])?;
    }
    Ok(())
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn print_members(group: &ConsumerGroup, layout: Layout, terminal: &mut Terminal) -> anyhow::Result<()> {
    let members = &group.members;
    // Kafka's tool prints the header whatever there is to show.
    let has_rows = has_something_to_show(group, members.len(), terminal)?;
    let shown = if has_rows { members.as_slice() } else { &[] };
    let instance = |member: &GroupMember| member.instance_id.clone().unwrap_or_default();
    let with_instance = shown.iter().any(|member| !instance(member).is_empty());
    let group_width = if shown.is_empty() { 15 } else { length(&group.group_id).max(15) };
    let id_width = shown.iter().map(|m| length(&m.member_id)).fold(15, usize::max);
    let instance_width = shown.iter().map(|m| length(&instance(m))).fold(17, usize::max);
    let host_width = shown.iter().map(|m| length(&m.host)).fold(15, usize::max);
    let client_width = shown.iter().map(|m| length(&m.client_id)).fold(15, usize::max);
    let line = |[name, id, instance, host, client, count]: [&str; 6], more: String| {
        let instance = if with_instance { format!("{instance:<instance_width$} ") } else { String::new() };
        format!(
            "{name:<group_width$} {id:<id_width$} {instance}{host:<host_width$} {client:<client_width$} {count:<15} {more}"
        )
    };
    let more = Assignments::of(group, shown, layout);
    let header = ["GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS"];
    terminal.line(format_args!("\n{}", line(header, more.header())))?;
    for m in members {
        let (count, instance) = (m.assignment.len().to_string(), instance(m));
        let cells = [group.group_id.as_str(), &m.member_id, &instance, &m.host, &m.client_id, &count];
        terminal.line(line(cells, more.row(m)))?;
    }
    Ok(())
}

/// The columns that `--members --verbose` adds.
enum Assignments {
    None,
    /// 3.9: the numbers of the partitions.
    Numbers,
    /// 4.4: what the member has and what it is to have, with the epochs of both.
    Full {
        target_epoch: String,
        has_width: usize,
        to_have_width: usize,
    },
}

impl Assignments {
    fn of(group: &ConsumerGroup, shown: &[GroupMember], layout: Layout) -> Assignments {
        if !layout.in_full() {
            return if layout.verbose { Assignments::Numbers } else { Assignments::None };
        }
        let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.fold(20, usize::max);
        Assignments::Full {
            target_epoch: group.epochs.map_or_else(|| MISSING.to_owned(), |(_, target)| target.to_string()),
            has_width: widest(&mut shown.iter().map(|m| length(&by_topic(&m.assignment)))),
            to_have_width: widest(&mut shown.iter().map(|m| length(&to_have(m)))),
        }
    }

    fn header(&self) -> String {
        match self {
            Assignments::None => String::new(),
            Assignments::Numbers => "ASSIGNMENT".to_owned(),
            Assignments::Full { .. } => {
                self.full("CURRENT-EPOCH", "CURRENT-ASSIGNMENT", "TARGET-EPOCH", "TARGET-ASSIGNMENT")
            }
        }
    }

    fn row(&self, member: &GroupMember) -> String {
        match self {
            Assignments::None => String::new(),
            Assignments::Numbers => assignment(&member.assignment),
            Assignments::Full { target_epoch, .. } => {
                let epoch = member.target.as_ref().map_or_else(|| MISSING.to_owned(), |(epoch, _)| epoch.to_string());
                self.full(&epoch, &by_topic(&member.assignment), target_epoch, &to_have(member))
            }
        }
    }

    fn full(&self, epoch: &str, has: &str, target_epoch: &str, to_have: &str) -> String {
        let (has_width, to_have_width) = match self {
            Assignments::Full { has_width, to_have_width, .. } => (*has_width, *to_have_width),
            Assignments::None | Assignments::Numbers => (0, 0),
        };
        format!("{epoch:<15} {has:<has_width$} {target_epoch:<15} {to_have:<to_have_width$}")
    }
}

fn to_have(member: &GroupMember) -> String {
    member.target.as_ref().map_or_else(|| MISSING.to_owned(), |(_, partitions)| by_topic(partitions))
}

/// The partitions of each topic as `a:0,1;b:2`.
fn by_topic(partitions: &[TopicPartition]) -> String {
    let mut topics: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(&*partition.topic).or_default().insert(partition.partition);
    }
    let one = |(topic, numbers): (&str, BTreeSet<i32>)| {
        format!("{topic}:{}", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
    };
    let lists: Vec<String> = topics.into_iter().map(one).collect();
    if lists.is_empty() { MISSING.to_owned() } else { lists.join(";") }
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

fn print_state(group: &ConsumerGroup, layout: Layout, terminal: &mut Terminal) -> anyhow::Result<()> {
    if !has_something_to_show(group, 1, terminal)? {
        return Ok(());
    }
    let (id, address) = &group.coordinator;
    let coordinator = format!("{address}  ({id})");
    // 3.9 measures the group's column by the coordinator.
    let (group_width, coordinator_width, state_width) = layout.era.pick(
        (length(&coordinator).max(25), 25, 15),
        (length(&group.group_id).max(15), length(&coordinator).max(25), 20),
    );
    let mut line = |name: &str, coordinator: &str, strategy: &str, state: &str, epochs: [&str; 2], members: &str| {
        let [epoch, target] = epochs;
        let epochs = if layout.in_full() { format!("{epoch:<15} {target:<25} ") } else { String::new() };
        terminal.print(format_args!(
            "\n{name:<group_width$} {coordinator:<coordinator_width$} {strategy:<20} {state:<state_width$} {epochs}{members}"
        ))
    };
    let titles = ["GROUP-EPOCH", "TARGET-ASSIGNMENT-EPOCH"];
    line("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", titles, "#MEMBERS")?;
    let shown = |epoch: Option<i32>| epoch.map_or_else(|| MISSING.to_owned(), |epoch| epoch.to_string());
    let epochs = [shown(group.epochs.map(|(epoch, _)| epoch)), shown(group.epochs.map(|(_, target)| target))];
    let assignor = match layout.era {
        Era::V4_4 if group.assignor.is_empty() => MISSING,
        _ => &group.assignor,
    };
    let members = group.members.len().to_string();
    line(&group.group_id, &coordinator, assignor, &group.state, epochs.each_ref().map(String::as_str), &members)?;
    Ok(terminal.line("")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_for_programs() {
        let committed = CommittedOffset { offset: 3, leader_epoch: -1, metadata: String::new() };
        let row = Row { partition: TopicPartition::new("t", 1), committed: Some(committed), end: 5, consumer: None };
        let null = Value::Null;
        let fields = row.fields("g");
        assert_eq!(fields[..6], [json!("g"), json!("t"), json!(1), json!(3), json!(5), json!(2)]);
        assert_eq!(fields[6..], [null.clone(), null.clone(), null.clone()]);
        let unknown = Row { committed: None, consumer: Some(["i", "h", "c"]), ..row };
        assert_eq!(unknown.fields("g")[3..], [null.clone(), json!(5), null, json!("i"), json!("h"), json!("c")]);
    }

    #[test]
    fn assignments() {
        let of = |list: &[(&str, i32)]| {
            let partitions: Vec<_> = list.iter().map(|(topic, p)| TopicPartition::new(*topic, *p)).collect();
            assignment(&partitions)
        };
        assert_eq!(of(&[]), "-");
        assert_eq!(of(&[("b", 1), ("a", 10), ("a", 2), ("b", 0)]), "(0,1), (10,2)");
        let topics = ["b", "a", "a", "b"].into_iter().zip([1, 10, 2, 0]);
        let partitions: Vec<_> = topics.map(|(topic, number)| TopicPartition::new(topic, number)).collect();
        assert_eq!((by_topic(&partitions).as_str(), by_topic(&[]).as_str()), ("a:2,10;b:0,1", "-"));
    }
}
