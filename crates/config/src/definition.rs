//! Pure: what a setting is: its name, type, default, allowed values, weight, and whether it may change at run time.
//!
//! The tables (`broker_table`, `topic_table`, `client_tables`) are rows of [`Definition`]. Values are checked the way
//! Kafka's `ConfigDef` does, with its wording, because brokers send that wording to clients.

use std::fmt;

/// A setting's type, with the numbers that DescribeConfigs sends (`ConfigDef.Type`, KIP-569).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum Kind {
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    /// Comma-separated strings.
    List = 7,
    /// A Java class name, kept as text.
    Class = 8,
    /// Text that is never shown.
    Password = 9,
}

impl Kind {
    /// Kafka's name for the type, as error messages spell it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Boolean => "BOOLEAN",
            Kind::String => "STRING",
            Kind::Int => "INT",
            Kind::Short => "SHORT",
            Kind::Long => "LONG",
            Kind::Double => "DOUBLE",
            Kind::List => "LIST",
            Kind::Class => "CLASS",
            Kind::Password => "PASSWORD",
        }
    }
}

/// What holds when a setting is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// It must be given.
    Required,
    /// No value (`null`).
    Null,
    /// This value.
    Is(&'static str),
}

/// Which values are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    Any,
    AtLeast(i64),
    Between(i64, i64),
    Fraction(f64, f64),
    OneOf(&'static [&'static str]),
    OneOfIgnoringCase(&'static [&'static str]),
    /// Each element of a list.
    EachOf(&'static [&'static str]),
    NonEmpty,
    /// −1 or 1 to 9.
    GzipLevel,
    /// −1 or more than 0.
    PoolSize,
    /// A release such as `2.8` or `3.9-IV0`.
    Release,
    /// `*` or `partition:broker,…`.
    ThrottledReplicas,
}

/// How much a setting matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Importance {
    High,
    Medium,
    Low,
}

/// Whether a broker setting may change while the broker runs (KIP-226).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Only by a restart.
    ReadOnly,
    /// For one broker.
    PerBroker,
    /// For one broker or for all.
    ClusterWide,
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Definition {
    pub name: &'static str,
    pub kind: Kind,
    pub preset: Preset,
    pub check: Check,
    pub importance: Importance,
    pub update: Update,
    pub doc: &'static str,
}

/// A value that was read as its setting's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Boolean(bool),
    /// Short, int and long.
    Integer(i64),
    Double(f64),
    Text(String),
    List(Vec<String>),
}

/// A value that a setting does not allow. Displays as Kafka's `ConfigException` does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid value {value} for configuration {name}: {reason}")]
pub struct InvalidValue {
    pub name: String,
    pub value: String,
    pub reason: String,
}

/// A row of a table that only a restart changes.
pub const fn fixed(
    name: &'static str,
    kind: Kind,
    preset: Preset,
    check: Check,
    importance: Importance,
    doc: &'static str,
) -> Definition {
    Definition { name, kind, preset, check, importance, update: Update::ReadOnly, doc }
}

impl Definition {
    /// The same row, changeable for one broker at run time.
    pub const fn per_broker(self) -> Definition {
        Definition { update: Update::PerBroker, ..self }
    }

    /// The same row, changeable for one broker or all brokers at run time.
    pub(crate) const fn cluster_wide(self) -> Definition {
        Definition { update: Update::ClusterWide, ..self }
    }

    /// Whether the value must not be shown.
    pub fn is_sensitive(&self) -> bool {
        self.kind == Kind::Password
    }

    /// The default as text; `None` when there is none.
    pub fn preset_text(&self) -> Option<&'static str> {
        match self.preset {
            Preset::Is(text) => Some(text),
            Preset::Null | Preset::Required => None,
        }
    }

    /// Reads `text` as this setting's type and checks it.
    pub fn parse(&self, text: &str) -> Result<Value, InvalidValue> {
        let value = self.read(text.trim()).map_err(|reason| self.invalid(text, reason))?;
        match self.objection(&value) {
            None => Ok(value),
            Some((shown, reason)) => Err(self.invalid(&shown, reason)),
        }
    }

    fn invalid(&self, value: &str, reason: String) -> InvalidValue {
        let value = if self.is_sensitive() { "[hidden]" } else { value };
        InvalidValue { name: self.name.to_owned(), value: value.to_owned(), reason }
    }

    fn read(&self, text: &str) -> Result<Value, String> {
        let no_number = || format!("Not a number of type {}", self.kind.name());
        let integer = |low: i64, high: i64| {
            let number = text.parse::<i64>().ok().filter(|n| (low..=high).contains(n));
            number.map(Value::Integer).ok_or_else(no_number)
        };
        match self.kind {
            Kind::Boolean if text.eq_ignore_ascii_case("true") => Ok(Value::Boolean(true)),
            Kind::Boolean if text.eq_ignore_ascii_case("false") => Ok(Value::Boolean(false)),
            Kind::Boolean => Err("Expected value to be either true or false".to_owned()),
            Kind::Int => integer(i64::from(i32::MIN), i64::from(i32::MAX)),
            Kind::Short => integer(i64::from(i16::MIN), i64::from(i16::MAX)),
            Kind::Long => integer(i64::MIN, i64::MAX),
            Kind::Double => text.parse().map(Value::Double).map_err(|_| no_number()),
            Kind::List => Ok(Value::List(split_list(text))),
            Kind::String | Kind::Class | Kind::Password => Ok(Value::Text(text.to_owned())),
        }
    }

    /// Why a value of the right type is not allowed, with the part of it to show.
    fn objection(&self, value: &Value) -> Option<(String, String)> {
        match (self.check, value) {
            (Check::AtLeast(low), Value::Integer(n)) => range_objection(*n, low, i64::MAX),
            (Check::Between(low, high), Value::Integer(n)) => range_objection(*n, low, high),
            (Check::Fraction(low, high), Value::Double(x)) => fraction_objection(*x, low, high),
            (Check::OneOf(allowed), Value::Text(text)) => choice_objection(text, allowed),
            (Check::EachOf(allowed), Value::List(list)) => list.iter().find_map(|one| choice_objection(one, allowed)),
            (Check::OneOfIgnoringCase(allowed), Value::Text(text)) => {
                let known = allowed.iter().any(|one| one.eq_ignore_ascii_case(text));
                let reason = || format!("String must be one of (case insensitive): {}", allowed.join(", "));
                (!known).then(|| (text.clone(), reason()))
            }
            (Check::NonEmpty, Value::Text(text)) => {
                text.is_empty().then(|| (text.clone(), "String must be non-empty".to_owned()))
            }
            (Check::GzipLevel, Value::Integer(n)) => (*n != -1 && !(1..=9).contains(n))
                .then(|| (n.to_string(), "Value must be between 1 and 9 or equal to -1".to_owned())),
            (Check::PoolSize, Value::Integer(n)) => {
                (*n < -1 || *n == 0).then(|| (n.to_string(), "Value can be -1 or greater than 0".to_owned()))
            }
            (Check::Release, Value::Text(text)) => {
                (!is_release(text)).then(|| (text.clone(), format!("Version {text} is not a valid version")))
            }
            (Check::ThrottledReplicas, Value::List(list)) => (!are_throttled_replicas(list))
                .then(|| (format!("[{}]", list.join(", ")), format!("{} {THROTTLED_REPLICAS}", self.name))),
            _ => None,
        }
    }

    /// The allowed values in words, for error messages; `None` when everything of the type is allowed.
    pub fn allowed(&self) -> Option<String> {
        match self.check {
            Check::Any => match self.kind {
                Kind::Boolean => Some("true or false".to_owned()),
                Kind::Int => Some(format!("{} to {}", i32::MIN, i32::MAX)),
                Kind::Short => Some(format!("{} to {}", i16::MIN, i16::MAX)),
                Kind::Long => Some(format!("{} to {}", i64::MIN, i64::MAX)),
                Kind::Double => Some("a number".to_owned()),
                _ => None,
            },
            Check::AtLeast(low) => Some(format!("{low} or more")),
            Check::Between(low, high) => Some(format!("{low} to {high}")),
            Check::Fraction(low, high) => Some(format!("{low} to {high}")),
            Check::OneOf(allowed) | Check::OneOfIgnoringCase(allowed) | Check::EachOf(allowed) => {
                Some(allowed.join(", "))
            }
            Check::NonEmpty => Some("any text but none".to_owned()),
            Check::GzipLevel => Some("-1, or 1 to 9".to_owned()),
            Check::PoolSize => Some("-1, or 1 or more".to_owned()),
            Check::Release => Some("a Kafka release such as 3.9 or 3.9-IV0".to_owned()),
            Check::ThrottledReplicas => Some("* or partition:broker,partition:broker,…".to_owned()),
        }
    }
}

const THROTTLED_REPLICAS: &str = "must be the literal '*' or a list of replicas in the following format: \
                                  [partitionId]:[brokerId],[partitionId]:[brokerId],...";

impl fmt::Display for Value {
    /// As Kafka writes the value back (`ConfigDef.convertToString`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Boolean(b) => write!(f, "{b}"),
            Value::Integer(n) => write!(f, "{n}"),
            Value::Double(x) => write!(f, "{}", java_double(*x)),
            Value::Text(text) => f.write_str(text),
            Value::List(list) => f.write_str(&list.join(",")),
        }
    }
}

/// A double as Java's `Double.toString` writes it.
pub fn java_double(x: f64) -> String {
    let magnitude = x.abs();
    if x.is_finite() && x != 0.0 && !(1e-3..1e7).contains(&magnitude) {
        let text = format!("{x:E}");
        return match text.split_once('E') {
            Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
            _ => text,
        };
    }
    match x {
        x if x.is_infinite() => if x > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        x if x.fract() == 0.0 => format!("{x:.1}"),
        x => x.to_string(),
    }
}

/// Splits as Kafka does: at commas, blanks around them dropped, an empty text is an empty list.
pub fn split_list(text: &str) -> Vec<String> {
    match text.trim() {
        "" => Vec::new(),
        text => text.split(',').map(|one| one.trim().to_owned()).collect(),
    }
}

fn range_objection(n: i64, low: i64, high: i64) -> Option<(String, String)> {
    if n < low {
        Some((n.to_string(), format!("Value must be at least {low}")))
    } else if n > high {
        Some((n.to_string(), format!("Value must be no more than {high}")))
    } else {
        None
    }
}

fn fraction_objection(x: f64, low: f64, high: f64) -> Option<(String, String)> {
    if x < low {
        Some((java_double(x), format!("Value must be at least {low}")))
    } else if x > high {
        Some((java_double(x), format!("Value must be no more than {high}")))
    } else {
        None
    }
}

fn choice_objection(text: &str, allowed: &[&str]) -> Option<(String, String)> {
    let reason = || format!("String must be one of: {}", allowed.join(", "));
    (!allowed.contains(&text)).then(|| (text.to_owned(), reason()))
}

fn are_throttled_replicas(list: &[String]) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let pair = |one: &String| one.split_once(':').is_some_and(|(p, b)| number(p) && number(b));
    list.iter().all(pair) || (list.len() == 1 && list[0].trim() == "*")
}

/// Releases that `inter.broker.protocol.version` knows (`MetadataVersion`), oldest first, with the number of the last
/// internal version (`-IVn`); −1 when the release has no such suffix.
const RELEASES: &[(&str, i32)] = &[
    ("0.8.0", -1),
    ("0.8.1", -1),
    ("0.8.2", -1),
    ("0.9.0", -1),
    ("0.10.0", 1),
    ("0.10.1", 2),
    ("0.10.2", 0),
    ("0.11.0", 2),
    ("1.0", 0),
    ("1.1", 0),
    ("2.0", 1),
    ("2.1", 2),
    ("2.2", 1),
    ("2.3", 1),
    ("2.4", 1),
    ("2.5", 0),
    ("2.6", 0),
    ("2.7", 2),
    ("2.8", 1),
    ("3.0", 1),
    ("3.1", 0),
    ("3.2", 0),
    ("3.3", 3),
    ("3.4", 0),
    ("3.5", 2),
    ("3.6", 2),
    ("3.7", 4),
    ("3.8", 0),
    ("3.9", 0),
];

/// Whether `text` names a release up to 3.9, with or without `-IVn`, and with or without a patch number (`3.9.1`).
fn is_release(text: &str) -> bool {
    RELEASES.iter().any(|(name, last)| match text.strip_prefix(name) {
        None => false,
        Some("") => true,
        Some(rest) => match rest.strip_prefix("-IV") {
            Some(n) => n.parse::<i32>().is_ok_and(|n| (0..=*last).contains(&n)),
            None => rest.strip_prefix('.').is_some_and(|n| n.parse::<u8>().is_ok()),
        },
    })
}

/// A row of `table` by its name.
pub fn find<'a>(table: &'a [Definition], name: &str) -> Option<&'a Definition> {
    table.binary_search_by(|definition| definition.name.cmp(name)).ok().map(|at| &table[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn row(name: &'static str, kind: Kind, check: Check) -> Definition {
        fixed(name, kind, Preset::Null, check, Importance::Low, "")
    }

    fn refusal(definition: Definition, text: &str) -> String {
        definition.parse(text).unwrap_err().to_string()
    }

    /// The wording that Apache Kafka 3.9.1's ConfigDef gives for the same values.
    #[test]
    fn refusals_are_worded_like_kafkas() {
        let retention = row("retention.ms", Kind::Long, Check::AtLeast(-1));
        let of = "Invalid value";
        assert_eq!(
            refusal(retention, "abc"),
            format!("{of} abc for configuration retention.ms: Not a number of type LONG")
        );
        assert_eq!(
            refusal(retention, "-5"),
            format!("{of} -5 for configuration retention.ms: Value must be at least -1")
        );
        assert_eq!(refusal(retention, ""), format!("{of}  for configuration retention.ms: Not a number of type LONG"));
        let policy = row("cleanup.policy", Kind::List, Check::EachOf(&["compact", "delete"]));
        assert_eq!(
            refusal(policy, "foo"),
            format!("{of} foo for configuration cleanup.policy: String must be one of: compact, delete")
        );
        assert!(policy.parse("compact,").is_err());
        let ratio = row("r", Kind::Double, Check::Fraction(0.0, 1.0));
        assert_eq!(refusal(ratio, "2"), format!("{of} 2.0 for configuration r: Value must be no more than 1"));
        let level = row("g", Kind::Int, Check::GzipLevel);
        assert_eq!(
            refusal(level, "0"),
            format!("{of} 0 for configuration g: Value must be between 1 and 9 or equal to -1")
        );
        let replicas = row("l", Kind::List, Check::ThrottledReplicas);
        assert!(refusal(replicas, "x").starts_with("Invalid value [x] for configuration l: l must be the literal '*'"));
        let secret = row("p", Kind::Password, Check::OneOf(&["a"]));
        assert!(!refusal(secret, "hunter2").contains("hunter2"));
    }

    #[test]
    fn values_are_read_like_kafkas() {
        assert_eq!(row("a", Kind::Long, Check::Any).parse(" 5 "), Ok(Value::Integer(5)));
        assert_eq!(row("a", Kind::Int, Check::Any).parse("+20"), Ok(Value::Integer(20)));
        assert!(row("a", Kind::Int, Check::Any).parse("99999999999").is_err());
        assert_eq!(row("a", Kind::Boolean, Check::Any).parse("TRUE"), Ok(Value::Boolean(true)));
        assert_eq!(row("a", Kind::Double, Check::Any).parse("1e-1"), Ok(Value::Double(0.1)));
        let list = row("a", Kind::List, Check::Any);
        assert_eq!(list.parse("x , y"), Ok(Value::List(vec!["x".into(), "y".into()])));
        assert_eq!(list.parse(""), Ok(Value::List(vec![])));
        let release = row("a", Kind::String, Check::Release);
        for good in ["2.8", "3.9-IV0", "0.10.0-IV1", "3.9.1", "0.8.2"] {
            assert!(release.parse(good).is_ok(), "{good}");
        }
        for bad in ["9", "abc", "3.9-IV7", "2.8x", ""] {
            assert!(release.parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn doubles_look_like_javas() {
        for (x, text) in
            [(0.5, "0.5"), (2.0, "2.0"), (f64::MAX, "1.7976931348623157E308"), (1e7, "1.0E7"), (0.0, "0.0")]
        {
            assert_eq!(java_double(x), text);
        }
    }
}
