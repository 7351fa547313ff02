//! Pure: what stands in a column, as it is shown and as it is sorted.

use super::super::{
    figures::{self, UNKNOWN, sparkline},
    model::{Model, Subject},
};
use std::cmp::Ordering;

/// How many values of the past a sparkline shows.
const SPARK_COLUMNS: usize = 16;

/// What stands in a row's column, and what it is sorted by.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub shown: String,
    pub value: Value,
}

/// What a cell is sorted by, and what it is in data.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Number(f64),
    Ids(Vec<i32>),
    Unknown,
}

/// Compares two cells of a column; what is not known comes before all that is.
pub fn order(a: Option<&Cell>, b: Option<&Cell>) -> Ordering {
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

/// A text.
pub fn words(text: impl Into<String>) -> Cell {
    let text = text.into();
    Cell { value: Value::Text(text.clone()), shown: text }
}

/// A figure, if it is known.
pub fn figure(value: Option<f64>, show: fn(f64) -> String) -> Cell {
    match value {
        Some(value) => Cell { shown: show(value), value: Value::Number(value) },
        None => Cell { shown: UNKNOWN.to_owned(), value: Value::Unknown },
    }
}

/// How many there are.
pub fn total(count: usize) -> Cell {
    figure(Some(count as f64), figures::count)
}

/// A whole number with all its digits.
pub fn offset(offset: Option<i64>) -> Cell {
    figure(offset.map(|offset| offset as f64), |offset| format!("{offset:.0}"))
}

/// A figure with its sign: `+12`.
pub fn growth(value: Option<f64>) -> Cell {
    let signed = |value: f64| if value > 0.0 { format!("+{}", figures::count(value)) } else { figures::count(value) };
    figure(value, signed)
}

/// Ids of brokers, in the order in which they are given.
pub fn ids(ids: &[i32]) -> Cell {
    let shown = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    Cell { shown, value: Value::Ids(ids.to_vec()) }
}

/// The id of a partition's leader.
pub fn leader(id: Option<i32>) -> Cell {
    match id {
        Some(id) => Cell { shown: id.to_string(), value: Value::Number(f64::from(id)) },
        None => Cell { shown: "none".to_owned(), value: Value::Unknown },
    }
}

/// The last values of a subject as a sparkline.
pub fn past(model: &Model, subject: &Subject) -> Cell {
    Cell { shown: sparkline(&model.history(subject), SPARK_COLUMNS), value: Value::Unknown }
}

/// A number of bytes, if it is known.
pub fn bytes(bytes: Option<u64>) -> Cell {
    figure(bytes.map(|bytes| bytes as f64), figures::bytes)
}

/// The sum of what is known; `None` if nothing is.
pub fn sum(bytes: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    bytes.flatten().fold(None, |sum, bytes| Some(sum.unwrap_or(0_u64).saturating_add(bytes)))
}
