//! Pure: what a record says, by what its log holds: texts and numbers, or the records of one of Kafka's own topics.

use super::{json::json, remote_text, transaction_text};
use crate::{
    era::Era,
    internal_records::{
        facts::{Facts, Kind, Place, Value},
        framed::{self, Framed},
    },
    options::UsageError,
};
use bytes::Bytes;
use rkafka_protocol::{Reader, record::RecordRef};
use std::borrow::Cow;

/// The class that Kafka's tool shows keys and payloads with unless another is named.
pub const TEXT_CLASS: &str = "org.apache.kafka.tools.api.StringDecoder";
const PACKAGE: &str = "org.apache.kafka.tools.api.";
const OLD_PACKAGE: &str = "kafka.serializer.";

/// What the records of a log are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    Plain { key: Class, value: Class },
    Offsets,
    Transactions(Era),
    Metadata,
    RemoteLog,
    ShareState,
}

/// One of Kafka's decoder classes, and whether it was named by its name before 3.8.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Class {
    kind: ClassKind,
    is_old: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClassKind {
    Text,
    Long,
    Integer,
    Binary,
}

const CLASSES: [(&str, ClassKind); 4] = [
    ("StringDecoder", ClassKind::Text),
    ("LongDecoder", ClassKind::Long),
    ("IntegerDecoder", ClassKind::Integer),
    ("DefaultDecoder", ClassKind::Binary),
];

impl std::fmt::Debug for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind.fmt(f)
    }
}

impl Class {
    /// Errors: a class that is not Kafka's.
    pub fn parse(name: &str) -> Result<Class, UsageError> {
        let old = name.strip_prefix(OLD_PACKAGE);
        let simple = old.or_else(|| name.strip_prefix(PACKAGE));
        let known = CLASSES.iter().find(|(class, _)| Some(*class) == simple);
        known.map(|(_, kind)| Class { kind: *kind, is_old: old.is_some() }).ok_or_else(|| {
            let names: Vec<&str> = CLASSES.iter().map(|(class, _)| *class).collect();
            UsageError::Unusable(format!(
                "The decoder class {name} could not be found\nClasses of Java cannot be loaded here; of {}* there are {}.",
                PACKAGE,
                names.join(", ")
            ))
        })
    }

    /// What Kafka's tool says to an old name.
    pub fn notice(self) -> Option<String> {
        let (name, _) = CLASSES.iter().find(|(_, kind)| *kind == self.kind)?;
        self.is_old.then(|| format!("{OLD_PACKAGE}{name} is deprecated. Please use {PACKAGE}{name} instead"))
    }

    fn text(self, bytes: &[u8]) -> Result<Cow<'_, str>, String> {
        let short = |wanted: usize| format!("{} bytes are too few for a number of {wanted}", bytes.len());
        Ok(match self.kind {
            ClassKind::Text => String::from_utf8_lossy(bytes),
            ClassKind::Long => i64::from_be_bytes(*bytes.first_chunk().ok_or_else(|| short(8))?).to_string().into(),
            ClassKind::Integer => i32::from_be_bytes(*bytes.first_chunk().ok_or_else(|| short(4))?).to_string().into(),
            ClassKind::Binary => hexadecimal(bytes).into(),
        })
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Shows keys and payloads.
pub struct Decoder {
    contents: Contents,
    facts: &'static Facts,
}

/// What is shown of a record's key and of its payload.
type Shown<'a> = (Option<Cow<'a, str>>, Option<Cow<'a, str>>);

impl Decoder {
    pub fn new(contents: Contents) -> Decoder {
        Decoder { contents, facts: Facts::get() }
    }

    /// What is to be said before a log is shown.
    pub fn notices(&self) -> impl Iterator<Item = String> {
        let classes = match &self.contents {
            Contents::Plain { key, value } => [value.notice(), key.notice()],
            _ => [None, None],
        };
        classes.into_iter().flatten()
    }

    /// Errors: a record that ends the dump, as it does Kafka's.
    pub fn show<'a>(&self, record: &RecordRef<'a>) -> Result<Shown<'a>, String> {
        let offset = record.offset.0;
        match &self.contents {
            Contents::Plain { key, value } => {
                let text = |class: &Class, what: &str, bytes: Option<&'a [u8]>| {
                    let shown = bytes.map(|bytes| class.text(bytes)).transpose();
                    shown.map_err(|reason| format!("the {what} at offset {offset} cannot be decoded: {reason}"))
                };
                Ok((text(key, "key", record.key)?, text(value, "payload", record.value)?))
            }
            Contents::Offsets => self.coordinator((Place::OffsetsKey, Place::OffsetsValue), record),
            Contents::ShareState => self.coordinator((Place::ShareKey, Place::ShareValue), record),
            Contents::Transactions(Era::V4_4) => {
                self.coordinator((Place::TransactionKey, Place::TransactionValue), record)
            }
            Contents::Transactions(Era::V3_9) => {
                let (key, value) = transaction_text::show(record.key, record.value)
                    .map_err(|reason| format!("the record at offset {offset} cannot be decoded: {reason}"))?;
                Ok((Some(key.into()), value.map(Cow::from)))
            }
            Contents::Metadata => {
                let shown = self.metadata(record.value.unwrap_or_default());
                let shown = shown.unwrap_or_else(|reason| format!("Error at {offset}, skipping. {reason}"));
                Ok((None, Some(shown.into())))
            }
            Contents::RemoteLog => {
                let read = framed::read(self.facts, Place::RemoteLog, record.value.unwrap_or_default());
                let shown = read.and_then(|Framed { name, value, .. }| remote_text::show(name, &value));
                let shown = shown.unwrap_or_else(|reason| format!("Error at offset {offset}, skipping. {reason}"));
                Ok((None, Some(shown.into())))
            }
        }
    }

    fn coordinator<'a>(&self, places: (Place, Place), record: &RecordRef<'a>) -> Result<Shown<'a>, String> {
        let offset = record.offset.0;
        let Some(key) = record.key else {
            return Err(format!(
                "Failed to decode message at offset {offset} using offset topic decoder (message had a missing key)"
            ));
        };
        let shown = match self.coordinator_record(places, key, record.value) {
            Ok((key, value)) => (key, Some(value)),
            Err(Unread::Type(id)) => (format!("Unknown record type {id} at offset {offset}, skipping."), None),
            Err(Unread::Bytes(reason)) => (format!("Error at offset {offset}, skipping. {reason}"), None),
        };
        Ok((Some(shown.0.into()), shown.1.map(Cow::from)))
    }

    fn coordinator_record(
        &self,
        (key_place, value_place): (Place, Place),
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(String, String), Unread> {
        let (id, data) = split(key, "key")?;
        let kind = self.facts.find(key_place, id).ok_or(Unread::Type(id))?;
        let read = |kind: &Kind, version: i16, data: &[u8], what: &str| {
            kind.read(&mut Reader::new(Bytes::copy_from_slice(data)), version).map_err(|error| {
                let place = format!("version {version} from {what}'s buffer");
                Unread::Bytes(format!("Could not read record with {place} due to: {error}."))
            })
        };
        let key = read(kind, id, data, "key")?;
        let value = match value {
            None => "<DELETE>".to_owned(),
            Some(value) => {
                let kind = self.facts.find(value_place, id).ok_or(Unread::Type(id))?;
                let (version, data) = split(value, "value")?;
                let value = with_state(self.with_member_data(read(kind, version, data, "value")?));
                tagged("version", version, value)
            }
        };
        Ok((tagged("type", id, key), value))
    }

    /// A group's metadata with what its members said read, too, if they are consumers.
    fn with_member_data(&self, group: Value) -> Value {
        let is_consumers = group.get("protocolType") == Some(&Value::Text("consumer".into()));
        let Value::Struct(mut fields) = group else { return group };
        for (_, members) in fields.iter_mut().filter(|(name, _)| *name == "members" && is_consumers) {
            let Value::List(members) = members else { continue };
            for member in members {
                let Value::Struct(fields) = member else { continue };
                for (name, value) in fields {
                    let id = match *name {
                        "subscription" => 0,
                        "assignment" => 1,
                        _ => continue,
                    };
                    let Value::Bytes(bytes) = value else { continue };
                    let Ok((version, data)) = split(bytes, name) else { continue };
                    let kind = self.facts.find(Place::Member, id);
                    if let Some(Ok(read)) = kind.map(|kind| kind.read(&mut Reader::new(bytes.slice_ref(data)), version))
                    {
                        *value = read;
                    }
                }
            }
        }
        Value::Struct(fields)
    }

    fn metadata(&self, bytes: &[u8]) -> Result<String, String> {
        let Framed { name, version, value } = framed::read(self.facts, Place::Metadata, bytes)?;
        let kind = Value::Text(shouted(name));
        Ok(json(&Value::Struct(vec![("type", kind), ("version", Value::Int(version.into())), ("data", value)])))
    }

    /// What a control record of KRaft says.
    pub fn control(facts: &Facts, id: i16, bytes: &[u8]) -> Option<String> {
        let kind = facts.find(Place::Control, id)?;
        let version = bytes.first_chunk().map_or(0, |version| i16::from_be_bytes(*version));
        kind.read(&mut Reader::new(Bytes::copy_from_slice(bytes)), version).ok().map(|value| json(&value))
    }
}

/// Why a coordinator's record is passed over.
enum Unread {
    Type(i16),
    Bytes(String),
}

/// The number that a coordinator's key or value starts with, and the rest.
fn split<'a>(bytes: &'a [u8], what: &str) -> Result<(i16, &'a [u8]), Unread> {
    let (version, data) = bytes
        .split_first_chunk()
        .ok_or_else(|| Unread::Bytes(format!("Could not read version from {what}'s buffer.")))?;
    Ok((i16::from_be_bytes(*version), data))
}

fn tagged(tag: &'static str, number: i16, data: Value) -> String {
    json(&Value::Struct(vec![(tag, Value::Text(number.to_string())), ("data", data)]))
}

/// `TopicRecord` as `TOPIC_RECORD`.
fn shouted(name: &str) -> String {
    let mut shouted = String::new();
    for (at, c) in name.chars().enumerate() {
        if c.is_uppercase() && at > 0 {
            shouted.push('_');
        }
        shouted.push(c.to_ascii_uppercase());
    }
    shouted
}

/// A transaction with its state's name in place of the number.
fn with_state(mut record: Value) -> Value {
    if let Value::Struct(fields) = &mut record {
        for (_, status) in fields.iter_mut().filter(|(name, _)| *name == "transactionStatus") {
            let name = if let Value::Int(id) = status { transaction_text::state(*id) } else { None };
            if let Some(name) = name {
                *status = Value::Text(name.into());
            }
        }
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::TimestampMs;
    use rkafka_protocol::record::{Batch, BatchBuilder, BatchOptions};

    fn show(contents: Contents, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<[Option<String>; 2], String> {
        let mut builder = BatchBuilder::new(BatchOptions::default());
        builder.append(TimestampMs(0), key, value, &[]);
        let open = Batch::parse(&builder.finish().unwrap()).unwrap().open(1 << 20).unwrap();
        let record = open.records().next().unwrap().unwrap();
        let (key, value) = Decoder::new(contents).show(&record)?;
        Ok([key.map(Cow::into_owned), value.map(Cow::into_owned)])
    }

    fn plain(class: &str, value: &[u8]) -> Result<String, String> {
        let value_class = Class::parse(class).map_err(|error| error.to_string())?;
        let contents = Contents::Plain { key: Class::parse(TEXT_CLASS).unwrap(), value: value_class };
        show(contents, None, Some(value)).map(|[_, value]| value.unwrap_or_default())
    }

    #[test]
    fn classes() {
        assert_eq!(plain(TEXT_CLASS, b"v\xff"), Ok("v\u{fffd}".into()));
        assert_eq!(plain("kafka.serializer.LongDecoder", &[0, 0, 0, 0, 0, 0, 0, 5]), Ok("5".into()));
        assert_eq!(plain("org.apache.kafka.tools.api.IntegerDecoder", &[255; 4]), Ok("-1".into()));
        assert_eq!(plain("org.apache.kafka.tools.api.DefaultDecoder", &[1, 171]), Ok("01ab".into()));
        assert!(plain("org.apache.kafka.tools.api.LongDecoder", &[1]).unwrap_err().contains("at offset 0"));
        assert!(plain("no.Such", b"").unwrap_err().contains("no.Such"));
        let old = Class::parse("kafka.serializer.StringDecoder").unwrap().notice().unwrap();
        assert!(old.starts_with("kafka.serializer.StringDecoder is deprecated. Please use org.apache"));
    }

    #[test]
    fn records_of_coordinators() {
        let key: &[u8] = &[0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 3];
        let offsets = |key, value| show(Contents::Offsets, key, value);
        let shown = r#"{"type":"1","data":{"group":"g","topic":"t","partition":3}}"#;
        assert_eq!(offsets(Some(key), None), Ok([Some(shown.into()), Some("<DELETE>".into())]));
        let broken = offsets(Some(&key[..5]), None).unwrap()[0].clone().unwrap();
        assert!(broken.starts_with("Error at offset 0, skipping. Could not read record with version 1 from key's"));
        assert_eq!(
            offsets(Some(&[0, 99]), None).unwrap()[0].as_deref(),
            Some("Unknown record type 99 at offset 0, skipping.")
        );
        assert!(offsets(None, None).unwrap_err().contains("missing key"));
        let transactions = |key, value| show(Contents::Transactions(Era::V4_4), Some(key), value);
        assert_eq!(
            transactions(&[0, 0, 0, 1, b'x'], None),
            Ok([Some(r#"{"type":"0","data":{"transactionalId":"x"}}"#.into()), Some("<DELETE>".into())])
        );
        assert_eq!(
            transactions(&[0, 9], None).unwrap()[0].as_deref(),
            Some("Unknown record type 9 at offset 0, skipping.")
        );
        let share = show(Contents::ShareState, Some(&[&[0, 0, 2, b'g'][..], &[0; 21]].concat()), None);
        assert!(share.unwrap()[0].as_deref().unwrap_or_default().starts_with(r#"Error"#));
    }

    #[test]
    fn records_of_the_controller() {
        let metadata = |value: &[u8]| show(Contents::Metadata, None, Some(value)).unwrap()[1].clone().unwrap();
        let feature = [1, 12, 0, 2, b'f', 0, 7, 0];
        assert_eq!(
            metadata(&feature),
            r#"{"type":"FEATURE_LEVEL_RECORD","version":0,"data":{"name":"f","featureLevel":7}}"#
        );
        assert!(metadata(&[1, 99, 0]).ends_with("Unknown metadata id 99"));
        assert!(metadata(&[0]).contains("frame version 0"));
        assert_eq!(metadata(&[1, 20, 0, 0, 5]), "Error at 0, skipping. Found 1 byte(s) of garbage after 20");
    }
}
