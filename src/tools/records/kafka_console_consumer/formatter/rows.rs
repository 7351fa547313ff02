//! Pure: records for programs, a row each (`--output json` and the like).

use super::{Shown, deserializer::Deserializer, fields::Fields};
use crate::terminal::output::{Field, Format, Layout, Shape};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{cell::RefCell, str};

const TOPIC: Field = Field::text("topic", "The topic's name.");
const PARTITION: Field = Field::integer("partition", "The partition's number.");
const OFFSET: Field = Field::integer("offset", "The record's offset.");
const TIMESTAMP: Field = Field::integer("timestamp", "In ms since 1970; null in the oldest format, which has none.");
const TIMESTAMP_TYPE: Field =
    Field::text("timestampType", "`CreateTime` or `LogAppendTime`; null without a timestamp.");
const KEY: Field = Field::any(
    "key",
    "A string, or `{\"base64\": ...}` if the bytes are no UTF-8; with `key.deserializer` what that makes of them; null \
     without a key.",
);
const VALUE: Field = Field::any("value", "As the key, with `value.deserializer`; null for a tombstone.");
const HEADERS: Field =
    Field::list("headers", "Objects with `key` and `value` (as the key, with `headers.deserializer`), in their order.");

/// A record.
pub const RECORDS: Shape<8> =
    Shape::rows("console-consumer", [TOPIC, PARTITION, OFFSET, TIMESTAMP, TIMESTAMP_TYPE, KEY, VALUE, HEADERS]);

/// A record that was delivered to a member of a share group.
pub const DELIVERED: Shape<9> = Shape::rows(
    "console-share-consumer",
    [
        TOPIC,
        PARTITION,
        OFFSET,
        TIMESTAMP,
        TIMESTAMP_TYPE,
        KEY,
        VALUE,
        HEADERS,
        Field::integer("deliveryCount", "How often it has been delivered to members, this time included."),
    ],
);

/// How rows are laid out: those of a consumer, or of a share consumer.
#[derive(Debug)]
enum Laid {
    Records(Layout<'static, 8>),
    Delivered(Layout<'static, 9>),
}

/// Lays records out. Which fields are to be printed, and what stands between them, is for people: here are all.
#[derive(Debug)]
pub struct Rows {
    fields: Fields,
    layout: RefCell<Laid>,
}

impl Rows {
    /// Deserializers are those of `fields`.
    pub fn new(fields: Fields, format: Format) -> Rows {
        Rows { fields, layout: RefCell::new(Laid::Records(Layout::new(&RECORDS, format))) }
    }

    /// With what a share consumer knows besides.
    pub fn delivered_too(self, format: Format) -> Rows {
        Rows { fields: self.fields, layout: RefCell::new(Laid::Delivered(Layout::new(&DELIVERED, format))) }
    }

    /// What stands before the first record.
    pub fn head(&self) -> String {
        match &*self.layout.borrow() {
            Laid::Records(layout) => layout.head(),
            Laid::Delivered(layout) => layout.head(),
        }
    }

    /// What stands behind the last record.
    pub fn foot(&self) -> &'static str {
        match &*self.layout.borrow() {
            Laid::Records(layout) => layout.foot(),
            Laid::Delivered(layout) => layout.foot(),
        }
    }

    /// Appends the record.
    ///
    /// Errors: a deserializer cannot understand the bytes; then nothing is appended.
    pub fn write(&self, shown: &Shown<'_>, out: &mut Vec<u8>) -> Result<(), String> {
        let row = row(shown, &self.fields)?;
        let text = match &mut *self.layout.borrow_mut() {
            Laid::Records(layout) => layout.row(&row),
            Laid::Delivered(layout) => {
                let [topic, partition, offset, timestamp, kind, key, value, headers] = row;
                let count = json!(shown.delivery);
                layout.row(&[topic, partition, offset, timestamp, kind, key, value, headers, count])
            }
        };
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

fn row(shown: &Shown<'_>, fields: &Fields) -> Result<[Value; 8], String> {
    let record = &shown.record;
    let [of_key, of_value, of_headers] = fields.deserializers();
    let mut headers = Vec::new();
    for (key, header) in record.headers.iter() {
        headers.push(json!({ "key": String::from_utf8_lossy(key), "value": value(header, of_headers)? }));
    }
    Ok([
        json!(shown.topic),
        json!(shown.partition),
        json!(record.offset.0),
        json!(shown.timestamp_type.map(|_| record.timestamp.0)),
        json!(shown.timestamp_type.map(|kind| kind.name())),
        value(record.key, of_key)?,
        value(record.value, of_value)?,
        headers.into(),
    ])
}

/// Bytes as JSON.
fn value(bytes: Option<&[u8]>, deserializer: Option<Deserializer>) -> Result<Value, String> {
    match (bytes, deserializer) {
        (None, _) => Ok(Value::Null),
        (Some(bytes), Some(deserializer)) => deserializer.value(bytes),
        (Some(bytes), None) => Ok(plain(bytes)),
    }
}

fn plain(bytes: &[u8]) -> Value {
    match str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

impl Deserializer {
    /// What it makes of the bytes: a number or a boolean as such.
    fn value(self, bytes: &[u8]) -> Result<Value, String> {
        let text = match self {
            Deserializer::Bytes => return Ok(plain(bytes)),
            _ => self.text(bytes)?,
        };
        Ok(match self {
            Deserializer::Boolean => json!(text == "true"),
            Deserializer::Short | Deserializer::Integer | Deserializer::Long => json!(text.parse::<i64>().ok()),
            // Not a number, or without end, it stays a text.
            Deserializer::Float | Deserializer::Double => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => json!(number),
                _ => json!(text),
            },
            _ => json!(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_client::Properties;

    fn of(class: &str, bytes: &[u8]) -> Value {
        let deserializer = Deserializer::by_class(&format!("org.apache.kafka.common.serialization.{class}")).unwrap();
        value(Some(bytes), Some(deserializer)).unwrap()
    }

    #[test]
    fn bytes_as_json() {
        assert_eq!(value(None, None), Ok(Value::Null));
        assert_eq!(value(Some("ä".as_bytes()), None), Ok(json!("ä")));
        assert_eq!(value(Some(&[0xff, 0]), None), Ok(json!({ "base64": "/wA=" })));
        assert_eq!(of("LongDeserializer", &(-7_i64).to_be_bytes()), json!(-7));
        assert_eq!(of("DoubleDeserializer", &1.5_f64.to_be_bytes()), json!(1.5));
        assert_eq!(of("DoubleDeserializer", &f64::NAN.to_be_bytes()), json!("NaN"));
        assert_eq!(of("BooleanDeserializer", &[1]), json!(true));
        assert_eq!(of("ByteArrayDeserializer", &[0xff]), json!({ "base64": "/w==" }));
    }

    #[test]
    fn records_as_one_array() {
        let path = format!("{}/tests/golden/records/logs", env!("CARGO_MANIFEST_DIR"));
        let log = std::fs::read_dir(path).unwrap().flatten().map(|entry| entry.path()).min().unwrap();
        let rows = Rows::new(Fields::configure(&Properties::new()).0, Format::Json);
        let (mut out, mut count) = (rows.head().into_bytes(), 0);
        for batch in rkafka_protocol::record::Batches::new(std::fs::read(log).unwrap()) {
            let open = batch.unwrap().open(1 << 20).unwrap();
            for record in open.records() {
                let timestamp_type = Some(open.header.timestamp_type());
                let shown = Shown { topic: "t", partition: 2, timestamp_type, delivery: None, record: record.unwrap() };
                rows.write(&shown, &mut out).unwrap();
                count += 1;
            }
        }
        out.extend_from_slice(rows.foot().as_bytes());
        let read: Vec<Value> = serde_json::from_slice(&out).unwrap();
        assert!(count > 0 && read.len() == count);
        assert_eq!((&read[0]["topic"], &read[0]["partition"]), (&json!("t"), &json!(2)));
    }
}
