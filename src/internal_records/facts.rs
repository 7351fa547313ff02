//! Pure: what the records of Kafka's internal topics look like, as data, and bytes read by it.
//!
//! `record_facts.txt` has a line for each kind of record: where it is used, its id there, its name, the first version
//! with compact lengths and tagged fields (`-` for none), and its fields. A field is `name:type`, then `?` if it may be
//! null, `#TAG` if it is tagged, `@VERSIONS` unless it is in all, `=DEFAULT` for a tagged one whose default is neither
//! zero nor empty. `[type]` is an array, `{…}` a struct. Reading by data rather than by a type for each keeps 86 types
//! and what would print them out of the binary.

use bytes::Bytes;
use rkafka_protocol::{Reader, Uuid, WireError};
use std::sync::LazyLock;

const TEXT: &str = include_str!("record_facts.txt");

/// Where a kind of record is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    OffsetsKey,
    OffsetsValue,
    ShareKey,
    ShareValue,
    TransactionKey,
    TransactionValue,
    Metadata,
    RemoteLog,
    Control,
    /// What consumers say in a classic group: 0 their subscription, 1 their assignment.
    Member,
}

/// A value that was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Bytes),
    Uuid(Uuid),
    List(Vec<Value>),
    Struct(Vec<(&'static str, Value)>),
}

impl Value {
    /// A field of a struct.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Struct(fields) => fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// A number of a struct; 0 if it has none of that name.
    pub fn int(&self, name: &str) -> i64 {
        match self.get(name) {
            Some(Value::Int(number)) => *number,
            _ => 0,
        }
    }
}

/// All kinds of records that are known.
#[derive(Debug)]
pub struct Facts {
    kinds: Vec<Kind>,
}

/// One kind of record.
#[derive(Debug)]
pub struct Kind {
    place: Place,
    id: i16,
    pub name: &'static str,
    flexible_since: i16,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: &'static str,
    shape: Shape,
    nullable: bool,
    tag: Option<u32>,
    versions: (i16, i16),
    default: &'static str,
}

#[derive(Debug)]
enum Shape {
    Bool,
    Int8,
    Int16,
    Uint16,
    Int32,
    Int64,
    Float64,
    Text,
    Bytes,
    Uuid,
    List(Box<Shape>),
    Struct(Vec<Field>),
}

impl Facts {
    /// All of them, read when they are first asked for.
    pub fn get() -> &'static Facts {
        static ALL: LazyLock<Facts> = LazyLock::new(Facts::load);
        &ALL
    }

    fn load() -> Facts {
        Facts { kinds: TEXT.lines().filter_map(kind).collect() }
    }

    pub fn find(&self, place: Place, id: i16) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.place == place && kind.id == id)
    }
}

impl Kind {
    /// Reads a record of `version`. A version that is not known is read as the newest one, as Kafka's tools read it.
    ///
    /// Errors: bytes that are no such record. Bytes behind it are left in `reader`.
    pub fn read(&self, reader: &mut Reader, version: i16) -> Result<Value, WireError> {
        read_struct(reader, &self.fields, At { version, flexible: version >= self.flexible_since })
    }
}

#[derive(Clone, Copy)]
struct At {
    version: i16,
    flexible: bool,
}

fn read_struct(reader: &mut Reader, fields: &[Field], at: At) -> Result<Value, WireError> {
    let mut values: Vec<Option<Value>> = fields.iter().map(|_| None).collect();
    let present = |field: &Field| (field.versions.0..=field.versions.1).contains(&at.version);
    for (field, value) in fields.iter().zip(&mut values) {
        if field.tag.is_none() && present(field) {
            *value = Some(read_field(reader, field, at)?);
        }
    }
    if at.flexible {
        reader.tagged_fields(&mut |tag, reader| {
            let found = fields.iter().zip(&mut values).find(|(field, _)| field.tag == Some(tag) && present(field));
            let Some((field, value)) = found else { return Ok(false) };
            *value = Some(read_field(reader, field, at)?).filter(|value| !field.is_default(value));
            Ok(true)
        })?;
    }
    let named = fields.iter().zip(values).filter_map(|(field, value)| Some((field.name, value?)));
    Ok(Value::Struct(named.collect()))
}

fn read_field(reader: &mut Reader, field: &Field, at: At) -> Result<Value, WireError> {
    let (name, nullable) = (field.name, field.nullable);
    let found = match &field.shape {
        Shape::Text => reader.string(at.flexible, nullable, name)?.map(Value::Text),
        Shape::Bytes => reader.bytes(at.flexible, nullable, name)?.map(Value::Bytes),
        Shape::List(element) => {
            reader.array(at.flexible, nullable, name, (&**element, at), read_element)?.map(Value::List)
        }
        Shape::Struct(fields) if nullable => reader.nullable_struct(name, |reader| read_struct(reader, fields, at))?,
        shape => Some(read_element(reader, (shape, at))?),
    };
    Ok(found.unwrap_or(Value::Null))
}

/// Reads a value that is never null.
fn read_element(reader: &mut Reader, (shape, at): (&Shape, At)) -> Result<Value, WireError> {
    const ELEMENT: &str = "element";
    Ok(match shape {
        Shape::Bool => Value::Bool(reader.bool()?),
        Shape::Int8 => Value::Int(reader.i8()?.into()),
        Shape::Int16 => Value::Int(reader.i16()?.into()),
        Shape::Uint16 => Value::Int(reader.u16()?.into()),
        Shape::Int32 => Value::Int(reader.i32()?.into()),
        Shape::Int64 => Value::Int(reader.i64()?),
        Shape::Float64 => Value::Float(reader.f64()?),
        Shape::Uuid => Value::Uuid(reader.uuid()?),
        Shape::Text => Value::Text(reader.string(at.flexible, false, ELEMENT)?.unwrap_or_default()),
        Shape::Bytes => Value::Bytes(reader.bytes(at.flexible, false, ELEMENT)?.unwrap_or_default()),
        Shape::List(inner) => {
            let list = reader.array(at.flexible, false, ELEMENT, (&**inner, at), read_element)?;
            Value::List(list.unwrap_or_default())
        }
        Shape::Struct(fields) => read_struct(reader, fields, at)?,
    })
}

impl Field {
    fn is_default(&self, value: &Value) -> bool {
        match value {
            Value::Null => self.default == "null",
            Value::Int(number) => match self.default {
                "" => *number == 0,
                default => default.parse() == Ok(*number),
            },
            Value::Bool(set) => !set,
            Value::List(list) => self.default.is_empty() && list.is_empty(),
            Value::Uuid(uuid) => *uuid == Uuid::default(),
            Value::Text(text) => self.default.is_empty() && text.is_empty(),
            Value::Float(_) | Value::Bytes(_) | Value::Struct(_) => false,
        }
    }
}

/// A line of the facts; `None` if it is none.
fn kind(line: &'static str) -> Option<Kind> {
    let mut words = line.splitn(5, ' ');
    let place = match words.next()? {
        "offsets-key" => Place::OffsetsKey,
        "offsets-value" => Place::OffsetsValue,
        "share-key" => Place::ShareKey,
        "share-value" => Place::ShareValue,
        "transaction-key" => Place::TransactionKey,
        "transaction-value" => Place::TransactionValue,
        "metadata" => Place::Metadata,
        "remote" => Place::RemoteLog,
        "control" => Place::Control,
        "member" => Place::Member,
        _ => return None,
    };
    let id = words.next()?.parse().ok()?;
    let name = words.next()?;
    let flexible_since = match words.next()? {
        "-" => i16::MAX,
        since => since.parse().ok()?,
    };
    let mut rest = words.next().unwrap_or_default();
    let fields = fields(&mut rest)?;
    rest.is_empty().then_some(Kind { place, id, name, flexible_since, fields })
}

/// Fields up to the end or a brace.
fn fields(rest: &mut &'static str) -> Option<Vec<Field>> {
    let mut found = Vec::new();
    while !rest.is_empty() && !rest.starts_with('}') {
        found.push(field(rest)?);
        *rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    Some(found)
}

fn field(rest: &mut &'static str) -> Option<Field> {
    let (name, after) = rest.split_once(':')?;
    *rest = after;
    let shape = shape(rest)?;
    let mut field = Field { name, shape, nullable: false, tag: None, versions: (0, i16::MAX), default: "" };
    loop {
        let (sign, after) = match rest.chars().next() {
            Some(sign @ ('?' | '#' | '@' | '=')) => (sign, &rest[1..]),
            _ => return Some(field),
        };
        let end = after.find(['?', '#', '@', '=', ' ', '}', ']']).unwrap_or(after.len());
        let (word, after) = after.split_at(end);
        *rest = after;
        match sign {
            '?' => field.nullable = true,
            '#' => field.tag = Some(word.parse().ok()?),
            '@' => field.versions = versions(word)?,
            _ => field.default = word,
        }
    }
}

/// `3+`, `0-1` or `1`.
fn versions(word: &str) -> Option<(i16, i16)> {
    if let Some(first) = word.strip_suffix('+') {
        return Some((first.parse().ok()?, i16::MAX));
    }
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    Some((first.parse().ok()?, last.parse().ok()?))
}

fn shape(rest: &mut &'static str) -> Option<Shape> {
    if let Some(inner) = rest.strip_prefix('[') {
        *rest = inner;
        let element = shape(rest)?;
        *rest = rest.strip_prefix(']')?;
        return Some(Shape::List(Box::new(element)));
    }
    if let Some(inner) = rest.strip_prefix('{') {
        *rest = inner;
        let fields = fields(rest)?;
        *rest = rest.strip_prefix('}')?;
        return Some(Shape::Struct(fields));
    }
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    Some(match word {
        "bool" => Shape::Bool,
        "int8" => Shape::Int8,
        "int16" => Shape::Int16,
        "uint16" => Shape::Uint16,
        "int32" => Shape::Int32,
        "int64" => Shape::Int64,
        "float64" => Shape::Float64,
        "string" => Shape::Text,
        "bytes" => Shape::Bytes,
        "uuid" => Shape::Uuid,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::{Message, Writer, messages::TransactionLogKey};

    #[test]
    fn every_line_is_understood() {
        assert_eq!(Facts::load().kinds.len(), TEXT.lines().count());
    }

    #[test]
    fn versions_tags_and_defaults() {
        let facts = Facts::load();
        let read = |place, id, version, bytes: &'static [u8]| {
            facts.find(place, id).unwrap().read(&mut Reader::new(Bytes::from_static(bytes)), version)
        };
        let commit =
            read(Place::OffsetsValue, 1, 3, &[0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
        assert_eq!(
            commit.unwrap(),
            Value::Struct(vec![
                ("offset", Value::Int(5)),
                ("leaderEpoch", Value::Int(2)),
                ("metadata", Value::Text(String::new())),
                ("commitTimestamp", Value::Int(9)),
            ])
        );
        // Partition 1 of a topic whose leader became 7; that its recovery state did not change is not shown.
        let mut bytes = vec![0, 0, 0, 1];
        bytes.extend([0; 16]);
        bytes.extend([2, 1, 4, 0, 0, 0, 7, 5, 1, 0xff]);
        let kind = facts.find(Place::Metadata, 5).unwrap();
        let change = kind.read(&mut Reader::new(bytes.into()), 0).unwrap();
        assert_eq!(change.int("leader"), 7);
        assert_eq!(change.get("leaderRecoveryState"), None);
        assert!(read(Place::Metadata, 2, 0, &[9]).is_err());
    }

    #[test]
    fn no_bytes_are_too_strange() {
        let facts = Facts::load();
        let mut rng = fastrand::Rng::with_seed(12);
        for kind in &facts.kinds {
            for _ in 0..300 {
                let bytes: Vec<u8> = (0..rng.usize(..80)).map(|_| rng.u8(..) & rng.u8(..)).collect();
                let _ = kind.read(&mut Reader::new(bytes.into()), rng.i16(0..5));
            }
        }
    }

    /// What the wire crate writes is read alike.
    #[test]
    fn keys_are_as_the_wire_has_them() {
        let key = TransactionLogKey { transactional_id: "tx".into() };
        let mut writer = Writer::plain();
        key.encode(&mut writer, 0).unwrap();
        let group = Facts::load().find(Place::OffsetsKey, 2).unwrap().read(&mut Reader::new(writer.into_bytes()), 2);
        assert_eq!(group.unwrap().get("group"), Some(&Value::Text("tx".into())));
    }
}
