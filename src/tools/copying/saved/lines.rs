//! Pure: JSON lines: a record a line, and what is no record in lines with a field "rkafka".
//!
//! Text stands as a JSON string; other bytes as `{"base64": "…"}`, which no text can be; nothing at all as `null`. So an
//! empty key, no key and bytes differ, and every record comes back byte by byte.

use super::{Entry, SavedRecord};
use crate::tools::copying::facts::{self, GroupFacts, Head, Reached, TopicFacts};
use anyhow::{Context, anyhow, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use rkafka_protocol::record::{Header, RecordRef};
use serde_json::Value;
use std::io::Write;

/// The field of a line that is no record; its value says what it is.
pub const TAG: &str = "rkafka";
/// The words in that field.
pub const HEAD: &str = "save";
pub const TOPIC: &str = "topic";
pub const GROUP: &str = "group";
pub const REACHED: &str = "reached";
pub const END: &str = "end";
/// The version in the line of [`HEAD`].
pub const VERSION: i64 = 1;

/// A line of what is no record.
pub fn tagged(kind: &str, value: Value) -> Vec<u8> {
    let mut line = facts::tagged(TAG, kind, value).to_string().into_bytes();
    line.push(b'\n');
    line
}

/// Writes the line of a record.
pub fn record(
    out: &mut impl Write,
    (topic, partition): (&str, i32),
    record: &RecordRef<'_>,
    timestamp_type: &str,
) -> anyhow::Result<()> {
    out.write_all(b"{\"topic\":")?;
    serde_json::to_writer(&mut *out, topic)?;
    let (offset, timestamp) = (record.offset.0, record.timestamp.0);
    write!(out, ",\"partition\":{partition},\"offset\":{offset},\"timestamp\":{timestamp},\"timestampType\":")?;
    serde_json::to_writer(&mut *out, timestamp_type)?;
    out.write_all(b",\"key\":")?;
    bytes(out, record.key)?;
    out.write_all(b",\"value\":")?;
    bytes(out, record.value)?;
    out.write_all(b",\"headers\":[")?;
    for (number, (key, value)) in record.headers.iter().enumerate() {
        out.write_all(if number == 0 { b"{\"key\":" } else { b",{\"key\":" })?;
        bytes(out, Some(key))?;
        out.write_all(b",\"value\":")?;
        bytes(out, value)?;
        out.write_all(b"}")?;
    }
    Ok(out.write_all(b"]}\n")?)
}

fn bytes(out: &mut impl Write, bytes: Option<&[u8]>) -> anyhow::Result<()> {
    match bytes.map(|bytes| (std::str::from_utf8(bytes), bytes)) {
        None => out.write_all(b"null")?,
        Some((Ok(text), _)) => serde_json::to_writer(out, text)?,
        Some((Err(_), bytes)) => write!(out, "{{\"base64\":\"{}\"}}", BASE64_STANDARD.encode(bytes))?,
    }
    Ok(())
}

/// What a line holds.
///
/// Errors: what is wrong with it.
pub fn entry(line: &[u8]) -> anyhow::Result<Entry> {
    let value: Value = serde_json::from_slice(line)?;
    ensure!(value.is_object(), "a line has to be a JSON object");
    match value.get(TAG).map(|tag| tag.as_str().unwrap_or_default()) {
        None => Ok(Entry::Record(Box::new(read_record(&value)?))),
        Some(HEAD) => {
            let version = facts::number(&value, "version")?;
            ensure!(version == VERSION, "version {version} of the format, and this program knows {VERSION}");
            Ok(Entry::Head(Head::of_json(&value)?))
        }
        Some(TOPIC) => Ok(Entry::Topic(TopicFacts::of_json(&value)?)),
        Some(GROUP) => Ok(Entry::Group(GroupFacts::of_json(&value)?)),
        Some(REACHED) => Ok(Entry::Reached(Reached::of_json(&value)?)),
        Some(END) => Ok(Entry::End),
        Some(other) => bail!("\"rkafka\": \"{other}\", which this version does not know"),
    }
}

fn read_record(value: &Value) -> anyhow::Result<SavedRecord> {
    let whole = |field: &str| match value.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => facts::number(value, field).map(Some),
    };
    let partition = whole("partition")?.map(i32::try_from).transpose().context("\"partition\" is no partition")?;
    let headers = match value.get("headers") {
        None | Some(Value::Null) => &Vec::new(),
        Some(Value::Array(headers)) => headers,
        Some(_) => bail!("\"headers\" has to be an array of {{\"key\": …, \"value\": …}}"),
    };
    let header = |header: &Value| {
        let key = read_bytes(header, "key")?.ok_or_else(|| anyhow!("a header without a \"key\""))?;
        Ok(Header { key: Bytes::from(key), value: read_bytes(header, "value")?.map(Bytes::from) })
    };
    Ok(SavedRecord {
        topic: value.get("topic").and_then(Value::as_str).map(str::to_owned),
        partition,
        offset: whole("offset")?.map(|_| facts::offset_of(value, "offset")).transpose()?,
        timestamp: whole("timestamp")?.filter(|ms| *ms >= 0),
        key: read_bytes(value, "key")?,
        value: read_bytes(value, "value")?,
        headers: headers.iter().map(header).collect::<anyhow::Result<_>>()?,
    })
}

fn read_bytes(of: &Value, field: &str) -> anyhow::Result<Option<Vec<u8>>> {
    match of.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone().into_bytes())),
        Some(Value::Object(object)) if object.len() == 1 && object.contains_key("base64") => {
            let text = object["base64"].as_str().unwrap_or_default();
            BASE64_STANDARD.decode(text).map(Some).with_context(|| format!("\"{field}\": what is there is no base64"))
        }
        Some(_) => bail!("\"{field}\" has to be a string, {{\"base64\": \"…\"}} for bytes that are no text, or null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::TimestampMs;
    use rkafka_protocol::record::{Batch, BatchBuilder, BatchOptions};
    use serde_json::json;

    #[test]
    fn records_come_back_byte_by_byte() {
        let odd: &[u8] = b"\xff\x00";
        let all: [[Option<&[u8]>; 2]; 6] = [
            [None, None],
            [Some(b""), Some(b"")],
            [Some(b"k\"\n\x00"), Some("ä 𝄞".as_bytes())],
            [Some(odd), Some(odd)],
            [Some(br#"{"base64":"AA=="}"#), None],
            [None, Some(br#"{"a":1}"#)],
        ];
        for [key, value] in all {
            let header = |key: &[u8], value: Option<&[u8]>| Header {
                key: Bytes::copy_from_slice(key),
                value: value.map(Bytes::copy_from_slice),
            };
            let headers = [header(b"", None), header(odd, Some(odd)), header(b"h", Some(b""))];
            let mut builder = BatchBuilder::new(BatchOptions::default());
            builder.append(TimestampMs(5), key, value, &headers);
            let open = Batch::parse(&builder.finish().unwrap()).unwrap().open(1 << 20).unwrap();
            let mut line = Vec::new();
            record(&mut line, ("t", 1), &open.records().next().unwrap().unwrap(), "CreateTime").unwrap();
            let text = String::from_utf8(line).unwrap();
            assert!(text.ends_with("}\n") && text.matches('\n').count() == 1, "{text}");
            let Entry::Record(found) = entry(text.as_bytes()).unwrap() else { panic!("{text}") };
            let expected = SavedRecord {
                topic: Some("t".into()),
                partition: Some(1),
                offset: Some(0),
                timestamp: Some(5),
                key: key.map(<[u8]>::to_vec),
                value: value.map(<[u8]>::to_vec),
                headers: headers.to_vec(),
            };
            assert_eq!(*found, expected, "{text}");
        }
    }

    #[test]
    fn what_people_write() {
        let Entry::Record(found) = entry(br#"{"value":"v"}"#).unwrap() else { panic!("no record") };
        assert_eq!(*found, SavedRecord { value: Some(b"v".to_vec()), ..Default::default() });
        for (line, why) in [
            (r#"{"value":{"a":1}}"#, "base64"),
            (r#"{"value":5}"#, "has to be a string"),
            (r#"{"key":{"base64":"*"}}"#, "no base64"),
            (r#"{"headers":{"a":"b"}}"#, "array"),
            (r#"{"headers":[{"value":"b"}]}"#, "without a \"key\""),
            (r#"{"partition":"one"}"#, "whole number"),
            (r#"{"offset":-1}"#, "no offset"),
            (r#"{"offset":9223372036854775807}"#, "no offset"),
            ("[]", "JSON object"),
            (r#"{"rkafka":"future"}"#, "does not know"),
            (r#"{"rkafka":"save","version":2,"id":"x"}"#, "version 2"),
        ] {
            let error = format!("{:#}", entry(line.as_bytes()).unwrap_err());
            assert!(error.contains(why), "{line}: {error}");
        }
    }

    #[test]
    fn lines_that_are_no_records() {
        let topic = TopicFacts {
            name: "t".into(),
            id: String::new(),
            partitions: 1,
            replication_factor: 1,
            configs: Default::default(),
        };
        assert!(matches!(entry(&tagged(TOPIC, topic.to_json())).unwrap(), Entry::Topic(found) if found == topic));
        assert!(matches!(entry(&tagged(END, json!({}))).unwrap(), Entry::End));
    }
}
