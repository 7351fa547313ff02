//! Pure: one sample for programs: `--once --output json`.

use super::views::{Kind, Table, Value};
use crate::terminal::output::{Field, Shape};
use serde_json::{Value as Json, json};
use std::array;

const TOPIC: Field = Field::text("topic", "The topic.");
const RECORDS_PER_SECOND: Field = Field::number(
    "recordsPerSecond",
    "The records that came in between the two looks, a second; null if a leader did not tell offsets.",
);
const BYTES_PER_SECOND: Field = Field::number(
    "bytesPerSecond",
    "The bytes by which logs grew between the two looks, a second; null if sizes were not told.",
);

/// A broker.
pub const BROKERS: Shape<9> = Shape::rows(
    "top --once --show brokers",
    [
        Field::integer("broker", "The broker's id."),
        Field::text("address", "Its host and port."),
        Field::integer("leads", "How many partitions it leads."),
        Field::integer("replicas", "How many replicas it has."),
        Field::integer("lacking", "How many of these are not in sync."),
        RECORDS_PER_SECOND,
        BYTES_PER_SECOND,
        Field::integer("bytes", "The bytes of its replicas; null if it did not tell."),
        Field::number("freePercent", "How much of the disks of its log dirs is free; null before Kafka 3.3."),
    ],
);
/// A topic.
pub const TOPICS: Shape<8> = Shape::rows(
    "top --once --show topics",
    [
        TOPIC,
        Field::integer("partitions", "How many partitions it has."),
        Field::integer("replicas", "How many replicas a partition has."),
        Field::integer("lacking", "How many partitions have a replica that is not in sync."),
        Field::integer("offline", "How many partitions have no leader."),
        RECORDS_PER_SECOND,
        BYTES_PER_SECOND,
        Field::integer("bytes", "The bytes of the leaders' replicas; null if they were not told."),
    ],
);
/// A partition.
pub const PARTITIONS: Shape<9> = Shape::rows(
    "top --once --show partitions",
    [
        TOPIC,
        Field::integer("partition", "The partition."),
        Field::integer("leader", "The id of the broker that leads it; null if none does."),
        Field::list("replicas", "The ids of the brokers that have a replica."),
        Field::list("isr", "The ids of those in sync."),
        Field::integer("endOffset", "The offset of the next record; null if the leader did not tell."),
        RECORDS_PER_SECOND,
        BYTES_PER_SECOND,
        Field::integer("bytes", "The bytes of the leader's replica; null if it did not tell."),
    ],
);
/// A group.
pub const GROUPS: Shape<8> = Shape::rows(
    "top --once --show groups",
    [
        Field::text("group", "The group's id."),
        Field::text("state", "Its state by Kafka's name, such as Stable or Empty."),
        Field::text("type", "Classic, Consumer …; empty before Kafka 3.8."),
        Field::integer("members", "How many members it has."),
        Field::integer("partitions", "For how many partitions it has committed offsets."),
        Field::integer("lag", "The records that it has yet to read in these; null if it has committed nothing."),
        Field::number("lagPerSecond", "By how much the lag grew between the two looks, a second; null if not known."),
        Field::number(
            "recordsPerSecond",
            "The records that it read between the two looks, by what it committed; null if nothing.",
        ),
    ],
);

/// The rows of a table, in the order of its columns.
pub fn rows<const N: usize>(table: &Table) -> impl Iterator<Item = [Json; N]> {
    table.rows.iter().map(|row| {
        let cells = row.cells.iter().zip(table.columns).filter(|(_, column)| column.kind != Kind::Spark);
        let mut values = cells.map(|(cell, _)| value(&cell.value));
        array::from_fn(|_| values.next().unwrap_or_default())
    })
}

fn value(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Ids(ids) => json!(ids),
        // Counts, offsets and sizes are whole.
        Value::Number(number) if number.fract() == 0.0 && number.abs() < i64::MAX as f64 => json!(*number as i64),
        Value::Number(number) => json!(number),
        Value::Unknown => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            model::tests::{model, sample},
            views::{Of, View},
        },
        *,
    };

    /// The rows fit the shape, and the columns have the names of its fields.
    fn checked<const N: usize>(shape: &Shape<N>, view: &View) -> Vec<[Json; N]> {
        let table = view.table(&model([sample(0, 100, 50), sample(2, 300, 250)]));
        let columns: Vec<&str> = table.columns.iter().filter(|c| c.kind != Kind::Spark).map(|c| c.field).collect();
        assert_eq!(columns, shape.fields.iter().map(|field| field.name).collect::<Vec<_>>());
        let rows: Vec<[Json; N]> = rows(&table).collect();
        for row in &rows {
            for (value, field) in row.iter().zip(&shape.fields) {
                assert!(field.kind.fits(value), "{}: {value}", field.name);
            }
        }
        rows
    }

    #[test]
    fn rows_fit_their_shapes() {
        assert_eq!(checked(&BROKERS, &View::Brokers).len(), 2);
        let topics = checked(&TOPICS, &View::Topics);
        assert_eq!(json!(topics[0]), json!(["t", 1, 2, 0, 0, 100, 1000, 3000]));
        let partitions = checked(&PARTITIONS, &View::Partitions(Of::All));
        assert_eq!(json!(partitions[1]), json!(["u", 0, 2, [1, 2], [2], 7, 0, 0, 70]));
        assert_eq!(json!(checked(&GROUPS, &View::Groups)[0]), json!(["g", "Stable", "Classic", 0, 1, 50, 0, 100]));
    }
}
