//! Pure: conditions, and whether they hold for a record.

use super::{
    Candidate,
    json::{Lazy, Step},
};
use crate::moment;
use regex_lite::Regex;
use serde_json::Value;
use std::{borrow::Cow, cmp::Ordering};

/// A whole expression, or a part in parentheses.
#[derive(Debug)]
pub enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Test(Field, Condition),
}

/// What of a record is looked at.
#[derive(Debug)]
pub enum Field {
    Key(Vec<Step>),
    Value(Vec<Step>),
    Header(String),
    Topic,
    Partition,
    Offset,
    Timestamp,
}

/// What is asked of it.
#[derive(Debug)]
pub enum Condition {
    Is(Comparison, Literal),
    /// `true` for `!~`.
    Matches(Regex, bool),
    /// `true` for `not in`.
    In(Vec<Literal>, bool),
    Contains(Literal),
    Exists,
    /// `true` for `is not null`.
    IsNull(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Text(String),
    Integer(i64),
    Decimal(f64),
    /// Milliseconds since 1970.
    Time(i64),
    Bool(bool),
    Null,
}

/// A record and its JSON.
pub struct Seen<'a> {
    pub candidate: &'a Candidate<'a>,
    pub key: &'a Lazy<'a>,
    pub value: &'a Lazy<'a>,
}

/// What a field has in a record.
enum Found<'a> {
    Null,
    /// Bytes without a type: they are compared as whatever they are compared with.
    Text(Cow<'a, str>),
    Json(&'a Value),
    Integer(i64),
}

impl Expression {
    /// Whether the record fits.
    pub fn holds(&self, seen: &Seen<'_>) -> bool {
        match self {
            Expression::All(parts) => parts.iter().all(|part| part.holds(seen)),
            Expression::Any(parts) => parts.iter().any(|part| part.holds(seen)),
            Expression::Not(part) => !part.holds(seen),
            Expression::Test(field, condition) => {
                field.of(seen).is_some_and(|found| condition.holds(&found, field.is_bytes()))
            }
        }
    }
}

impl Field {
    /// Whether it is all of a key or value, which without bytes is not there.
    fn is_bytes(&self) -> bool {
        matches!(self, Field::Key(path) | Field::Value(path) if path.is_empty())
    }

    /// What the record has there; `None` if there is no such thing.
    fn of<'a>(&'a self, seen: &Seen<'a>) -> Option<Found<'a>> {
        let candidate = seen.candidate;
        Some(match self {
            Field::Key(path) if path.is_empty() => text(candidate.key),
            Field::Value(path) if path.is_empty() => text(candidate.value),
            Field::Key(path) => json(seen.key.at(path)?),
            Field::Value(path) => json(seen.value.at(path)?),
            Field::Header(name) => text(candidate.headers.iter().filter(|(key, _)| *key == name.as_bytes()).last()?.1),
            Field::Topic => Found::Text(candidate.topic.into()),
            Field::Partition => Found::Integer(candidate.partition.into()),
            Field::Offset => Found::Integer(candidate.offset),
            Field::Timestamp => Found::Integer(candidate.timestamp_ms?),
        })
    }
}

fn text(bytes: Option<&[u8]>) -> Found<'_> {
    bytes.map_or(Found::Null, |bytes| Found::Text(String::from_utf8_lossy(bytes)))
}

fn json(value: &Value) -> Found<'_> {
    if value.is_null() { Found::Null } else { Found::Json(value) }
}

impl Condition {
    /// Whether it holds for what was found. A header without a value is there all the same, as null in JSON is; a whole
    /// key or value (`is_bytes`) is not.
    fn holds(&self, found: &Found<'_>, is_bytes: bool) -> bool {
        match self {
            Condition::Is(comparison, literal) => comparison.holds(found.compare(literal)),
            Condition::Matches(pattern, negated) => match found.shown() {
                Some(text) => pattern.is_match(&text) != *negated,
                None => false,
            },
            Condition::In(list, negated) => list.iter().any(|literal| found.is(literal)) != *negated,
            Condition::Contains(literal) => found.contains(literal),
            Condition::Exists => !is_bytes || !matches!(found, Found::Null),
            Condition::IsNull(negated) => matches!(found, Found::Null) != *negated,
        }
    }
}

impl Comparison {
    /// `None` means that the two are of different kinds.
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Comparison::Equal => order == Some(Ordering::Equal),
            Comparison::NotEqual => order != Some(Ordering::Equal),
            Comparison::Less => order == Some(Ordering::Less),
            Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
            Comparison::Greater => order == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

impl Found<'_> {
    fn is(&self, literal: &Literal) -> bool {
        self.compare(literal) == Some(Ordering::Equal)
    }

    /// Its order against a literal; `None` if they are of different kinds.
    fn compare(&self, literal: &Literal) -> Option<Ordering> {
        match (self, literal) {
            (Found::Null, Literal::Null) => Some(Ordering::Equal),
            (Found::Null, _) | (_, Literal::Null) => None,
            (Found::Integer(number), literal) => integer(*number, literal),
            (Found::Text(text), Literal::Text(other)) => Some(text.as_ref().cmp(other)),
            (Found::Text(text), Literal::Bool(other)) => (*text == other.to_string()).then_some(Ordering::Equal),
            (Found::Text(text), Literal::Time(_)) => match text.parse() {
                Ok(number) => integer(number, literal),
                Err(_) => integer(moment::date(text)?, literal),
            },
            (Found::Text(text), literal) => match text.trim().parse() {
                Ok(number) => integer(number, literal),
                Err(_) => decimal(text.trim().parse().ok()?, literal),
            },
            (Found::Json(Value::String(text)), Literal::Text(other)) => Some(text.as_str().cmp(other)),
            (Found::Json(Value::String(text)), Literal::Time(_)) => integer(moment::date(text)?, literal),
            (Found::Json(Value::Bool(value)), Literal::Bool(other)) => (value == other).then_some(Ordering::Equal),
            (Found::Json(Value::Number(number)), literal) => match number.as_i64() {
                Some(number) => integer(number, literal),
                None => decimal(number.as_f64()?, literal),
            },
            (Found::Json(_), _) => None,
        }
    }

    fn contains(&self, literal: &Literal) -> bool {
        match (self, literal) {
            (Found::Json(Value::Array(list)), literal) => list.iter().any(|value| json(value).is(literal)),
            (Found::Null, _) => false,
            (found, Literal::Text(part)) => found.shown().is_some_and(|text| text.contains(part.as_str())),
            (found, literal) => found.is(literal),
        }
    }

    /// What a regular expression sees.
    fn shown(&self) -> Option<Cow<'_, str>> {
        match self {
            Found::Null => None,
            Found::Text(text) => Some(text.as_ref().into()),
            Found::Json(Value::String(text)) => Some(text.as_str().into()),
            Found::Json(value) => Some(value.to_string().into()),
            Found::Integer(number) => Some(number.to_string().into()),
        }
    }
}

fn integer(number: i64, literal: &Literal) -> Option<Ordering> {
    match literal {
        Literal::Integer(other) | Literal::Time(other) => Some(number.cmp(other)),
        Literal::Decimal(other) => (number as f64).partial_cmp(other),
        _ => None,
    }
}

fn decimal(number: f64, literal: &Literal) -> Option<Ordering> {
    match literal {
        Literal::Integer(other) | Literal::Time(other) => number.partial_cmp(&(*other as f64)),
        Literal::Decimal(other) => number.partial_cmp(other),
        _ => None,
    }
}
