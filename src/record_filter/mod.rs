//! Pure: which records are wanted, in a small language: `key ~ "^a" and value.user.id > 5 and headers.trace exists`.
//!
//! Fields are `key`, `value` (as text, or a place in their JSON: `value.items[0].name`, `value["odd name"]`, `[-1]` is the
//! last), `headers.NAME` (the last header of that name), `topic`, `partition`, `offset` and `timestamp`. A condition is a
//! field, an operator (`=`, `!=`, `<`, `<=`, `>`, `>=`, `~` and `!~` for regular expressions, `contains`, `in (…)`, `exists`,
//! `is null`) and a string, number, time, `true`, `false` or `null`; `and`, `or`, `not` and parentheses join conditions.
//!
//! What is not there (a header, a place in something that is no JSON) fits no condition, `!=` included; only
//! `not … exists` tells of it. A value of another kind than what it is compared with is `!=`, and nothing else.

mod condition;
mod json;
mod lexer;
mod parser;

use condition::Expression;
use json::Lazy;
use rkafka_protocol::record::HeadersRef;
use std::fmt;

/// The most characters of an expression.
const MAX_LENGTH: usize = 10_000;

/// An expression, understood.
#[derive(Debug)]
pub struct RecordFilter {
    expression: Expression,
}

/// What is wrong with an expression, and where. Displays in three lines: what, the expression, a caret below the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FilterError {
    what: String,
    /// The line of the expression that has the place.
    line: String,
    /// How many characters stand before the place.
    column: usize,
}

impl fmt::Display for FilterError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\n  {}\n  {:column$}^", self.what, self.line, "", column = self.column)
    }
}

/// A place in an expression, in bytes, and what is wrong there.
#[derive(Debug)]
struct Wrong {
    at: usize,
    what: String,
}

impl Wrong {
    fn within(self, text: &str) -> FilterError {
        let before = text.get(..self.at).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        // A tab would move the caret.
        let line = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        FilterError { what: self.what, line, column: before[start..].chars().count() }
    }
}

/// A record as a filter sees it: key and value may be other bytes than the log has, decoded ones.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970; `None` for records without a time.
    pub timestamp_ms: Option<i64>,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: HeadersRef<'a>,
}

impl RecordFilter {
    /// Understands `text`; times such as `-1h` count back from `now_ms`, milliseconds since 1970.
    pub fn parse(text: &str, now_ms: i64) -> Result<RecordFilter, FilterError> {
        let parsed = match text.chars().count() > MAX_LENGTH {
            true => Err(Wrong { at: 0, what: format!("an expression has at most {MAX_LENGTH} characters") }),
            false => lexer::tokens(text, now_ms).and_then(|tokens| parser::parse(tokens, now_ms)),
        };
        parsed.map(|expression| RecordFilter { expression }).map_err(|wrong| wrong.within(text))
    }

    /// Whether the record is wanted. JSON is read at most once, and only when a condition that counts asks for it.
    pub fn matches(&self, candidate: &Candidate<'_>) -> bool {
        let (key, value) = (Lazy::new(candidate.key), Lazy::new(candidate.value));
        self.expression.holds(&condition::Seen { candidate, key: &key, value: &value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use rkafka_base::TimestampMs;
    use rkafka_protocol::record::{Batch, BatchBuilder, BatchOptions, Header};

    const NOW: i64 = 1_793_500_000_000;
    const VALUE: &str = r#"{"user":{"id":7,"name":"Ann"},"tags":["a","b"],"ok":true,"none":null,"n":2.5,
        "big":9007199254740993,"at":"2026-11-01T00:00:00Z","ms":1793491200000,"odd name":1}"#;

    fn matches(expression: &str, key: Option<&str>, value: Option<&str>) -> bool {
        let filter = RecordFilter::parse(expression, NOW).unwrap_or_else(|error| panic!("{error}"));
        let mut builder = BatchBuilder::new(BatchOptions::default());
        let header =
            |key: &'static str, value: Option<&'static str>| Header { key: key.into(), value: value.map(Bytes::from) };
        let headers = [header("trace", Some("first")), header("trace", Some("42")), header("x-empty", None)];
        builder.append(TimestampMs(NOW - 1000), key.map(str::as_bytes), value.map(str::as_bytes), &headers);
        let open = Batch::parse(&builder.finish().unwrap()).unwrap().open(1 << 20).unwrap();
        let record = open.records().next().unwrap().unwrap();
        let (key, value, headers) = (record.key, record.value, record.headers);
        let timestamp_ms = Some(record.timestamp.0);
        filter.matches(&Candidate { topic: "orders", partition: 3, offset: 17, timestamp_ms, key, value, headers })
    }

    #[test]
    fn what_fits() {
        for expression in [
            r#"key ~ "^a" and value.user.id > 5 and headers.trace exists"#,
            r#"key = "abc" and key != "abd" and key < "abd" and key >= 'abc' and key contains "bc""#,
            r#"value.user.name = "Ann" and value.user.name in ("Bob", "Ann") and value.user.name not in ("Bob")"#,
            "value.tags[0] = 'a' and value.tags[-1] = 'b' and value.tags contains 'b' and not value.tags contains 'c'",
            "value.ok = true and value.ok != false and value.none is null and value.none = null and value.none exists",
            "value.n > 2 and value.n <= 2.5 and value.n = 25e-1 and value.user.id = 7.0 and value.user.id >= 7",
            "value.big = 9007199254740993 and value.big != 9007199254740992 and value.big > 9007199254740992",
            "value.at = 2026-11-01 and value.ms = 2026-11-01T00:00 and value.at < now and value.ms > -1d",
            r#"value["odd name"] = 1 and not value.missing exists"#,
            "headers.trace = '42' and headers.trace = 42 and headers.trace > 41 and headers.x-empty is null",
            "headers.x-empty exists and not headers.nothing exists and headers.trace is not null",
            "topic = 'orders' and partition = 3 and partition in (1, 2, 3) and offset >= 17 and offset < 18",
            "timestamp > -2s and timestamp < now and timestamp > 2026-11-01T00:00 and timestamp >= 1793499999000",
            "timestamp > '-1h' and timestamp in (1, '2026-11-01', 1793499999000)",
            "KEY = 'abc' AND NOT (Partition = 4 OR offset = 1)",
            "value ~ '\"Ann\"' and value !~ 'Bob' and value contains 'Ann'",
            "value.user.name != 5 and not value.user.name > 5 and value.user ~ '\"id\":7'",
            "value is not null and key is not null and value exists",
        ] {
            assert!(matches(expression, Some("abc"), Some(VALUE)), "{expression}");
        }
    }

    #[test]
    fn what_does_not_fit() {
        for expression in [
            "value.user.id > 7",
            "value.missing = 1",
            "value.missing != 1",
            "value.missing is null",
            "value.missing !~ 'x'",
            "value.user.id.deeper exists",
            "value.tags[2] exists",
            "value.tags[-3] exists",
            "headers.nothing != 'x'",
            "value.user.id = '7'",
            "value.ok > false",
            "partition != 3",
            "timestamp < -1h",
            "not key exists",
        ] {
            assert!(!matches(expression, Some("abc"), Some(VALUE)), "{expression}");
        }
        for expression in ["value.a = 1", "value.a != 1", "value.a exists", "value[0] exists"] {
            assert!(!matches(expression, None, Some("no JSON {")), "{expression}");
            assert!(!matches(expression, None, None), "{expression}");
        }
        assert!(matches("value is null and not value exists and key is null and value != 'x'", None, None));
        assert!(!matches("value = ''", None, None));
    }

    fn error(expression: &str) -> String {
        RecordFilter::parse(expression, NOW).unwrap_err().to_string()
    }

    #[test]
    fn errors_point_at_their_place() {
        assert_eq!(
            error("key = 'ä' and value.x >"),
            "a string, number, time, true, false or null belongs here\n  key = 'ä' and value.x >\n                         ^"
        );
        for (expression, what, column) in [
            ("", "an expression begins with a field: key, value, headers.NAME, topic, partition, offset, timestamp", 0),
            (
                "price > 5",
                "'price' is no field: key, value, headers.NAME, topic, partition, offset and timestamp are",
                0,
            ),
            ("headers = 1", "which header? Write headers.NAME", 8),
            ("key == 'a'", "'==' is written as =", 4),
            ("key = 'a' key", "and, or, or the end belongs here", 10),
            ("(key = 'a'", "this parenthesis is not closed", 0),
            ("key ~ '('", "no regular expression", 6),
            ("key = 'abc", "this string has no end", 6),
            ("partition.x = 1", "partition has no parts", 9),
            ("timestamp > 'soon'", "'soon' is no time", 12),
            ("offset > 1h", "'1h' is no number", 9),
            ("key > null", "null has no order", 6),
            ("key in ()", "a string, number, time, true, false or null belongs here", 8),
            ("value.a[x] = 1", "a number or a string belongs between the brackets", 8),
            ("key = 'a\\q'", "'\\q' stands for nothing", 8),
            ("key & 1", "'&' means nothing here", 4),
            ("key contains null", "null is in nothing", 13),
            ("key ~ 5", "a string with a regular expression belongs here", 6),
            ("key 5", "an operator belongs here: =", 4),
            ("key\n= 5 or\nvalue ? 1", "'?' means nothing here", 6),
        ] {
            let error = error(expression);
            assert!(error.starts_with(what), "{expression}: {error}");
            let caret = error.lines().last().unwrap();
            assert_eq!(caret.chars().count() - 3, column, "{expression}: {error}");
        }
    }

    #[test]
    fn limits() {
        let deep = |n: usize| format!("{}key = 1{}", "(".repeat(n), ")".repeat(n));
        assert!(RecordFilter::parse(&deep(60), NOW).is_ok());
        assert!(error(&deep(100)).starts_with("conditions may be nested 64 deep"));
        assert!(error(&format!("{}key = 1", "not ".repeat(100))).starts_with("conditions may be nested 64 deep"));
        assert!(error(&format!("key = '{}'", "x".repeat(MAX_LENGTH))).starts_with("an expression has at most 10000"));
        assert!(error(&format!("value{} = 1", ".a".repeat(70))).starts_with("a path has at most 64 steps"));
    }
}
