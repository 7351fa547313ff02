//! Pure: what can be looked at, as tables: brokers, topics, partitions, groups, and what is inside of them.

mod cells;
mod cluster;
mod columns;
mod groups;

use super::model::Model;
use cells::order;
pub use cells::{Cell, Value};
pub use columns::{Column, Kind};
use std::{cmp::Ordering, sync::Arc};

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

/// One thing among those that a view shows.
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
    /// How many rows there are without a filter.
    pub all: usize,
}

impl View {
    /// Its columns, which do not depend on what there is.
    pub fn columns(&self) -> &'static [Column] {
        match self {
            View::Brokers => columns::BROKERS,
            View::Topics => columns::TOPICS,
            View::Groups => columns::GROUPS,
            View::Partitions(_) => columns::PARTITIONS,
            View::GroupPartitions(_) => columns::GROUP_PARTITIONS,
            View::GroupMembers(_) => columns::GROUP_MEMBERS,
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
            View::Brokers => cluster::brokers(model),
            View::Topics => cluster::topics(model),
            View::Groups => groups::groups(model),
            View::Partitions(of) => cluster::partitions(model, of),
            View::GroupPartitions(group) => groups::group_partitions(model, group),
            View::GroupMembers(group) => groups::group_members(model, group),
        };
        Table { columns: self.columns(), all: rows.len(), rows }
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

#[cfg(test)]
mod tests {
    use super::{
        super::model::tests::{model, sample},
        *,
    };
    use rkafka_base::TopicPartition;
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
        assert_eq!((keys(&table), table.all), (vec!["u".to_owned()], 2));
    }
}
