//! Pure: what can be looked at, as tables: brokers, topics, partitions, groups, and what is inside of them.

use super::{
    figures::{self, UNKNOWN, sparkline},
    model::{Flow, Model, Subject, lags},
    sample::{GroupSample, PartitionSample},
};
use rkafka_base::TopicPartition;
use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

/// How many values of the past a sparkline shows.
const SPARK_COLUMNS: usize = 16;
/// Below this part of a disk that is free, a broker's line is alarming.
const SCARCE: f64 = 0.1;

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    Brokers,
    Topics,
    Groups,
    Partitions(Of),
    GroupPartitions(String),
    GroupMembers(String),
}

/// Whose partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    All,
    Topic(Arc<str>),
    /// Those that a broker leads.
    Broker(i32),
}

/// A column: its title on the screen, and the name of its field in data.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    pub title: &'static str,
    pub field: &'static str,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    /// A picture of the past; not part of data.
    Spark,
}

/// What stands in a row's column, and what it is sorted by.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub shown: String,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Number(f64),
    Ids(Vec<i32>),
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What tells it from the others, also after the next sample.
    pub key: String,
    pub cells: Vec<Cell>,
    /// Something is wrong with it.
    pub alarming: bool,
    /// What is inside.
    pub inside: Option<View>,
}

/// The rows of a view, in no order yet.
#[derive(Debug, PartialEq)]
pub struct Table {
    pub columns: &'static [Column],
    pub rows: Vec<Row>,
}

const fn text(title: &'static str, field: &'static str) -> Column {
    Column { title, field, kind: Kind::Text }
}

const fn number(title: &'static str, field: &'static str) -> Column {
    Column { title, field, kind: Kind::Number }
}

const fn spark(title: &'static str) -> Column {
    Column { title, field: "", kind: Kind::Spark }
}

const BROKERS: &[Column] = &[
    text("BROKER", "broker"),
    text("ADDRESS", "address"),
    number("LEADS", "leads"),
    number("REPLICAS", "replicas"),
    number("LACKING", "lacking"),
    number("RECORDS/S", "recordsPerSecond"),
    number("BYTES/S", "bytesPerSecond"),
    number("SIZE", "bytes"),
    number("FREE", "freePercent"),
    spark("TREND"),
];
const TOPICS: &[Column] = &[
    text("TOPIC", "topic"),
    number("PARTS", "partitions"),
    number("REPL", "replicas"),
    number("LACKING", "lacking"),
    number("OFFLINE", "offline"),
    number("RECORDS/S", "recordsPerSecond"),
    number("BYTES/S", "bytesPerSecond"),
    number("SIZE", "bytes"),
    spark("TREND"),
];
const PARTITIONS: &[Column] = &[
    text("TOPIC", "topic"),
    number("PART", "partition"),
    text("LEADER", "leader"),
    text("REPLICAS", "replicas"),
    text("ISR", "isr"),
    number("END", "endOffset"),
    number("RECORDS/S", "recordsPerSecond"),
    number("BYTES/S", "bytesPerSecond"),
    number("SIZE", "bytes"),
    spark("TREND"),
];
const GROUPS: &[Column] = &[
    text("GROUP", "group"),
    text("STATE", "state"),
    text("TYPE", "type"),
    number("MEMBERS", "members"),
    number("PARTS", "partitions"),
    number("LAG", "lag"),
    number("LAG/S", "lagPerSecond"),
    number("READS/S", "recordsPerSecond"),
    spark("TREND"),
];
const GROUP_PARTITIONS: &[Column] = &[
    text("TOPIC", "topic"),
    number("PART", "partition"),
    number("COMMITTED", "committedOffset"),
    number("END", "endOffset"),
    number("LAG", "lag"),
    number("LAG/S", "lagPerSecond"),
    text("CLIENT", "clientId"),
    text("HOST", "host"),
    spark("TREND"),
];
const GROUP_MEMBERS: &[Column] = &[
    text("CLIENT", "clientId"),
    text("HOST", "host"),
    number("PARTS", "partitions"),
    number("LAG", "lag"),
    text("INSTANCE", "instanceId"),
    text("MEMBER", "memberId"),
];

impl View {
    /// Its columns, which do not depend on what there is.
    pub fn columns(&self) -> &'static [Column] {
        match self {
            View::Brokers => BROKERS,
            View::Topics => TOPICS,
            View::Groups => GROUPS,
            View::Partitions(_) => PARTITIONS,
            View::GroupPartitions(_) => GROUP_PARTITIONS,
            View::GroupMembers(_) => GROUP_MEMBERS,
        }
    }

    /// What it is called above its rows.
    pub fn title(&self) -> String {
        match self {
            View::Brokers => "Brokers".to_owned(),
            View::Topics => "Topics".to_owned(),
            View::Groups => "Groups".to_owned(),
            View::Partitions(Of::All) => "Partitions".to_owned(),
            View::Partitions(Of::Topic(topic)) => format!("Partitions of topic {topic}"),
            View::Partitions(Of::Broker(id)) => format!("Partitions that broker {id} leads"),
            View::GroupPartitions(group) => format!("Partitions of group {group}"),
            View::GroupMembers(group) => format!("Members of group {group}"),
        }
    }

    /// The column that it is sorted by at first, and whether the greatest comes first: where something happens, or is
    /// missing.
    pub fn first_order(&self) -> (usize, bool) {
        let place = |field| self.columns().iter().position(|column| column.field == field).unwrap_or(0);
        match self {
            View::Topics => (place("recordsPerSecond"), true),
            View::Groups | View::GroupPartitions(_) | View::GroupMembers(_) => (place("lag"), true),
            View::Brokers | View::Partitions(_) => (0, false),
        }
    }

    /// The rows.
    pub fn table(&self, model: &Model) -> Table {
        let rows = match self {
            View::Brokers => brokers(model),
            View::Topics => topics(model),
            View::Groups => groups(model),
            View::Partitions(of) => partitions(model, of),
            View::GroupPartitions(group) => group_partitions(model, group),
            View::GroupMembers(group) => group_members(model, group),
        };
        Table { columns: self.columns(), rows }
    }
}

impl Table {
    /// Sorts by a column; rows that are equal there by all columns from the left.
    pub fn sort(&mut self, column: usize, descending: bool) {
        self.rows.sort_by(|a, b| {
            let ordered = order(a.cells.get(column), b.cells.get(column));
            let ordered = if descending { ordered.reverse() } else { ordered };
            let by_all = || a.cells.iter().zip(&b.cells).map(|(a, b)| order(Some(a), Some(b)));
            ordered.then_with(|| by_all().find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal))
        });
    }

    /// Leaves the rows that have `wanted` somewhere in their text, without regard to case.
    pub fn filter(&mut self, wanted: &str) {
        let wanted = wanted.to_lowercase();
        let columns = self.columns;
        self.rows.retain(|row| {
            let mut texts = row.cells.iter().zip(columns).filter(|(_, column)| column.kind == Kind::Text);
            wanted.is_empty() || texts.any(|(cell, _)| cell.shown.to_lowercase().contains(&wanted))
        });
    }
}

/// What is not known comes before all that is.
fn order(a: Option<&Cell>, b: Option<&Cell>) -> Ordering {
    match (a.map(|cell| &cell.value), b.map(|cell| &cell.value)) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a.total_cmp(b),
        (Some(Value::Text(a)), Some(Value::Text(b))) => a.cmp(b),
        (Some(Value::Ids(a)), Some(Value::Ids(b))) => a.cmp(b),
        (None | Some(Value::Unknown), None | Some(Value::Unknown)) => Ordering::Equal,
        (None | Some(Value::Unknown), _) => Ordering::Less,
        (_, None | Some(Value::Unknown)) => Ordering::Greater,
        // A column has values of one kind.
        _ => Ordering::Equal,
    }
}

fn words(text: impl Into<String>) -> Cell {
    let text = text.into();
    Cell { value: Value::Text(text.clone()), shown: text }
}

fn figure(value: Option<f64>, show: fn(f64) -> String) -> Cell {
    match value {
        Some(value) => Cell { shown: show(value), value: Value::Number(value) },
        None => Cell { shown: UNKNOWN.to_owned(), value: Value::Unknown },
    }
}

fn total(count: usize) -> Cell {
    figure(Some(count as f64), figures::count)
}

fn offset(offset: Option<i64>) -> Cell {
    figure(offset.map(|offset| offset as f64), |offset| format!("{offset:.0}"))
}

/// With its sign: `+12`.
fn growth(value: Option<f64>) -> Cell {
    let signed = |value: f64| if value > 0.0 { format!("+{}", figures::count(value)) } else { figures::count(value) };
    figure(value, signed)
}

fn ids(ids: &[i32]) -> Cell {
    let shown = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    Cell { shown, value: Value::Ids(ids.to_vec()) }
}

fn leader(id: Option<i32>) -> Cell {
    match id {
        Some(id) => Cell { shown: id.to_string(), value: Value::Number(f64::from(id)) },
        None => Cell { shown: "none".to_owned(), value: Value::Unknown },
    }
}

fn past(model: &Model, subject: &Subject) -> Cell {
    Cell { shown: sparkline(&model.history(subject), SPARK_COLUMNS), value: Value::Unknown }
}

fn bytes(bytes: Option<u64>) -> Cell {
    figure(bytes.map(|bytes| bytes as f64), figures::bytes)
}

fn sum(bytes: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    bytes.flatten().fold(None, |sum, bytes| Some(sum.unwrap_or(0) + bytes))
}

fn brokers(model: &Model) -> Vec<Row> {
    let sample = &model.sample;
    let row = |(id, broker): (&i32, &super::sample::BrokerSample)| {
        let partitions = || sample.partitions.values();
        let leads = partitions().filter(|partition| partition.leader == Some(*id)).count();
        let replicas = partitions().filter(|partition| partition.replicas.contains(id)).count();
        let out_of_sync = |p: &&PartitionSample| p.replicas.contains(id) && !p.isr.contains(id);
        let lacking = partitions().filter(out_of_sync).count();
        let subject = Subject::Broker(*id);
        let Flow { records, bytes: grows } = model.flow(&subject);
        let free = broker.disk.filter(|(_, all)| *all > 0).map(|(free, all)| free as f64 / all as f64);
        let mark = if sample.controller == Some(*id) { "*" } else { "" };
        let cells = vec![
            Cell { shown: format!("{id}{mark}"), value: Value::Number(f64::from(*id)) },
            words(broker.address.clone()),
            total(leads),
            total(replicas),
            total(lacking),
            figure(records, figures::count),
            figure(grows, figures::bytes),
            bytes(sum(partitions().map(|partition| partition.bytes.get(id).copied()))),
            figure(free.map(|free| free * 100.0), |percent| format!("{percent:.0}%")),
            past(model, &subject),
        ];
        let alarming = lacking > 0 || free.is_some_and(|free| free < SCARCE);
        Row { key: id.to_string(), cells, alarming, inside: Some(View::Partitions(Of::Broker(*id))) }
    };
    sample.brokers.iter().map(row).collect()
}

fn topics(model: &Model) -> Vec<Row> {
    let mut topics: BTreeMap<&Arc<str>, Vec<&PartitionSample>> = BTreeMap::new();
    for (partition, sample) in &model.sample.partitions {
        topics.entry(&partition.topic).or_default().push(sample);
    }
    let row = |(topic, partitions): (&Arc<str>, Vec<&PartitionSample>)| {
        let subject = Subject::Topic(topic.clone());
        let Flow { records, bytes: grows } = model.flow(&subject);
        let lacking = partitions.iter().filter(|partition| partition.lacking() > 0).count();
        let offline = partitions.iter().filter(|partition| partition.leader.is_none()).count();
        let cells = vec![
            words(&**topic),
            total(partitions.len()),
            total(partitions.iter().map(|partition| partition.replicas.len()).max().unwrap_or(0)),
            total(lacking),
            total(offline),
            figure(records, figures::count),
            figure(grows, figures::bytes),
            bytes(sum(partitions.iter().map(|partition| partition.leader_bytes()))),
            past(model, &subject),
        ];
        let inside = Some(View::Partitions(Of::Topic(topic.clone())));
        Row { key: topic.to_string(), cells, alarming: lacking + offline > 0, inside }
    };
    topics.into_iter().map(row).collect()
}

fn partitions(model: &Model, of: &Of) -> Vec<Row> {
    let is_wanted = |(partition, sample): &(&TopicPartition, &PartitionSample)| match of {
        Of::All => true,
        Of::Topic(topic) => partition.topic == *topic,
        Of::Broker(id) => sample.leader == Some(*id),
    };
    let row = |(partition, sample): (&TopicPartition, &PartitionSample)| {
        let subject = Subject::Partition(partition.clone());
        let Flow { records, bytes: grows } = model.flow(&subject);
        let cells = vec![
            words(&*partition.topic),
            offset(Some(i64::from(partition.partition))),
            leader(sample.leader),
            ids(&sample.replicas),
            ids(&sample.isr),
            offset(sample.end),
            figure(records, figures::count),
            figure(grows, figures::bytes),
            bytes(sample.leader_bytes()),
            past(model, &subject),
        ];
        let alarming = sample.leader.is_none() || sample.lacking() > 0;
        Row { key: partition.to_string(), cells, alarming, inside: None }
    };
    model.sample.partitions.iter().filter(is_wanted).map(row).collect()
}

fn groups(model: &Model) -> Vec<Row> {
    let row = |(id, group): (&String, &GroupSample)| {
        let subject = Subject::Group(id.clone());
        let cells = vec![
            words(id.clone()),
            words(group.state.clone()),
            words(group.kind.clone()),
            total(group.members.len()),
            total(group.committed.len()),
            offset(model.lag(id)),
            growth(model.lag_growth(&subject)),
            figure(model.flow(&subject).records, figures::count),
            past(model, &subject),
        ];
        let alarming = group.state == "Dead" || (group.members.is_empty() && model.lag(id).is_some_and(|lag| lag > 0));
        Row { key: id.clone(), cells, alarming, inside: Some(View::GroupPartitions(id.clone())) }
    };
    model.sample.groups.iter().map(row).collect()
}

fn group_partitions(model: &Model, id: &str) -> Vec<Row> {
    let Some(group) = model.sample.groups.get(id) else { return Vec::new() };
    let lags = lags(&model.sample, group);
    let assigned = group.members.iter().flat_map(|member| &member.assignment);
    let mut all: Vec<&TopicPartition> = group.committed.keys().chain(assigned).collect();
    all.sort();
    all.dedup();
    let row = |partition: &TopicPartition| {
        let subject = Subject::GroupPartition(id.to_owned(), partition.clone());
        let member = group.members.iter().find(|member| member.assignment.contains(partition));
        let of_member = |text: fn(&rkafka_client::admin::GroupMember) -> &str| words(member.map_or("", text));
        let cells = vec![
            words(&*partition.topic),
            offset(Some(i64::from(partition.partition))),
            offset(group.committed.get(partition).copied()),
            offset(model.sample.partitions.get(partition).and_then(|sample| sample.end)),
            offset(lags.get(partition).copied()),
            growth(model.lag_growth(&subject)),
            of_member(|member| &member.client_id),
            of_member(|member| member.host.trim_start_matches('/')),
            past(model, &subject),
        ];
        let alarming = member.is_none() && lags.get(partition).is_some_and(|lag| *lag > 0);
        Row { key: partition.to_string(), cells, alarming, inside: None }
    };
    all.into_iter().map(row).collect()
}

fn group_members(model: &Model, id: &str) -> Vec<Row> {
    let Some(group) = model.sample.groups.get(id) else { return Vec::new() };
    let lags = lags(&model.sample, group);
    let row = |member: &rkafka_client::admin::GroupMember| {
        let known: Vec<i64> = member.assignment.iter().filter_map(|partition| lags.get(partition).copied()).collect();
        let lag = (!known.is_empty()).then(|| known.iter().sum());
        let cells = vec![
            words(member.client_id.clone()),
            words(member.host.trim_start_matches('/')),
            total(member.assignment.len()),
            offset(lag),
            words(member.instance_id.clone().unwrap_or_default()),
            words(member.member_id.clone()),
        ];
        Row { key: member.member_id.clone(), cells, alarming: false, inside: None }
    };
    group.members.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::model::tests::{model, sample},
        *,
    };
    use rkafka_client::admin::GroupMember;

    fn shown(view: &View, model: &Model) -> Vec<String> {
        let table = view.table(model);
        let line = |row: &Row| {
            let cells: Vec<&str> = row.cells.iter().map(|cell| cell.shown.as_str()).collect();
            format!("{}{}", cells.join(" "), if row.alarming { " !" } else { "" })
        };
        table.rows.iter().map(line).collect()
    }

    #[test]
    fn every_view() {
        let mut second = sample(2, 300, 250);
        let member = GroupMember {
            member_id: "m-1".to_owned(),
            instance_id: None,
            client_id: "c".to_owned(),
            host: "/10.0.0.1".to_owned(),
            assignment: vec![TopicPartition::new("t", 0), TopicPartition::new("u", 0)],
            target: None,
        };
        second.groups.get_mut("g").unwrap().members.push(member);
        let model = model([sample(0, 100, 50), second]);
        assert_eq!(
            shown(&View::Brokers, &model),
            ["1* host:9092 1 2 1 100 1000B 3.0Ki 50% █ !", "2 host:9093 1 2 0 0 1000B 3.0Ki 50% ▁"]
        );
        assert_eq!(shown(&View::Topics, &model), ["t 1 2 0 0 100 1000B 2.9Ki █", "u 1 2 1 0 0 0B 70B ▁ !"]);
        assert_eq!(shown(&View::Groups, &model), ["g Stable Classic 1 1 50 0 100 ██"]);
        let of_topic = View::Partitions(Of::Topic("u".into()));
        assert_eq!(shown(&of_topic, &model), ["u 0 2 1,2 2 7 0 0B 70B ▁ !"]);
        assert_eq!(shown(&View::Partitions(Of::All), &model).len(), 2);
        assert_eq!(shown(&View::Partitions(Of::Broker(1)), &model).len(), 1);
        let group = "g".to_owned();
        assert_eq!(
            shown(&View::GroupPartitions(group.clone()), &model),
            ["t 0 250 300 50 0 c 10.0.0.1 ██", "u 0 - 7 - - c 10.0.0.1 "]
        );
        assert_eq!(shown(&View::GroupMembers(group), &model), ["c 10.0.0.1 2 50  m-1"]);
        assert_eq!(shown(&View::GroupMembers("none".to_owned()), &model), Vec::<String>::new());
    }

    #[test]
    fn rows_have_as_many_cells_as_there_are_columns() {
        let model = model([sample(0, 1, 0)]);
        for view in
            [View::Brokers, View::Topics, View::Groups, View::Partitions(Of::All), View::GroupPartitions("g".into())]
        {
            let table = view.table(&model);
            assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()), "{view:?}");
            assert!(view.first_order().0 < table.columns.len());
        }
    }

    #[test]
    fn sorted_and_filtered() {
        let model = model([sample(0, 100, 50), sample(2, 300, 250)]);
        let keys = |table: &Table| table.rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>();
        let mut table = View::Topics.table(&model);
        table.sort(5, false);
        assert_eq!(keys(&table), ["u", "t"]);
        table.sort(5, true);
        assert_eq!(keys(&table), ["t", "u"]);
        // Both have one partition.
        table.sort(1, true);
        assert_eq!(keys(&table), ["t", "u"]);
        table.filter("U");
        assert_eq!(keys(&table), ["u"]);
    }
}
