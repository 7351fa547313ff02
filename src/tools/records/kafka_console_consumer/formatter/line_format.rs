//! Pure: `--format`, which has the syntax of kcat's `-f`: `%s` and the like for what a message has, and escapes.

use super::{Shown, deserializer::Deserializer};
use rkafka_client::Properties;

/// A format, understood.
#[derive(Debug)]
pub struct LineFormat {
    parts: Vec<Part>,
    key: Option<Deserializer>,
    value: Option<Deserializer>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(Vec<u8>),
    Value,
    ValueLength,
    /// As 32 bits, the most significant first.
    ValueLengthBinary,
    Key,
    KeyLength,
    Topic,
    Partition,
    Offset,
    Timestamp,
    Headers,
}

/// What stands for null where headers are listed.
const NULL_HEADER: &[u8] = b"NULL";

impl LineFormat {
    /// Understands `text`. The properties name deserializers, which kcat has not.
    ///
    /// Errors: what cannot be shown.
    pub fn parse(text: &str, properties: &Properties) -> Result<LineFormat, String> {
        let deserializer = |name: &str| match properties.get(name) {
            None => Ok(None),
            Some(class) => match Deserializer::by_class(class) {
                Some(found) => Ok(Some(found)),
                None => Err(format!("--format: there is no deserializer {class} here")),
            },
        };
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once('%') {
            push_literal(&mut parts, literal);
            let mut chars = after.chars();
            parts.push(match chars.next() {
                Some('s') => Part::Value,
                Some('S') => Part::ValueLength,
                Some('R') => Part::ValueLengthBinary,
                Some('k') => Part::Key,
                Some('K') => Part::KeyLength,
                Some('t') => Part::Topic,
                Some('p') => Part::Partition,
                Some('o') => Part::Offset,
                Some('T') => Part::Timestamp,
                Some('h') => Part::Headers,
                Some('%') => Part::Literal(b"%".to_vec()),
                Some(other) => {
                    return Err(format!(
                        "--format: %{other} stands for nothing; there are %s %S %R (value), %k %K (key), %t (topic), \
                         %p (partition), %o (offset), %T (timestamp), %h (headers) and %%"
                    ));
                }
                None => return Err("--format ends with a %: write %% for the character itself".into()),
            });
            rest = chars.as_str();
        }
        push_literal(&mut parts, rest);
        Ok(LineFormat { parts, key: deserializer("key.deserializer")?, value: deserializer("value.deserializer")? })
    }

    /// Appends the record.
    pub fn write(&self, shown: &Shown, out: &mut Vec<u8>) -> Result<(), String> {
        let record = &shown.record;
        for part in &self.parts {
            match part {
                Part::Literal(bytes) => out.extend_from_slice(bytes),
                Part::Value => bytes(record.value, self.value, out)?,
                Part::Key => bytes(record.key, self.key, out)?,
                Part::ValueLength => number(length(record.value), out),
                Part::KeyLength => number(length(record.key), out),
                Part::ValueLengthBinary => {
                    let length = i32::try_from(length(record.value)).unwrap_or(i32::MAX);
                    out.extend_from_slice(&length.to_be_bytes());
                }
                Part::Topic => out.extend_from_slice(shown.topic.as_bytes()),
                Part::Partition => number(shown.partition.into(), out),
                Part::Offset => number(record.offset.0, out),
                Part::Timestamp => number(shown.timestamp_type.map_or(-1, |_| record.timestamp.0), out),
                Part::Headers => headers(shown, out),
            }
        }
        Ok(())
    }
}

fn bytes(field: Option<&[u8]>, deserializer: Option<Deserializer>, out: &mut Vec<u8>) -> Result<(), String> {
    match (field, deserializer) {
        (None, _) => {}
        (Some(bytes), None) => out.extend_from_slice(bytes),
        (Some(bytes), Some(deserializer)) => out.extend_from_slice(deserializer.text(bytes)?.as_bytes()),
    }
    Ok(())
}

/// −1 for null.
fn length(field: Option<&[u8]>) -> i64 {
    field.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
}

fn number(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(number.to_string().as_bytes());
}

fn headers(shown: &Shown, out: &mut Vec<u8>) {
    for (n, (key, value)) in shown.record.headers.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        out.extend_from_slice(key);
        out.push(b'=');
        out.extend_from_slice(value.unwrap_or(NULL_HEADER));
    }
}

fn push_literal(parts: &mut Vec<Part>, text: &str) {
    let bytes = unescaped(text.as_bytes());
    if !bytes.is_empty() {
        parts.push(Part::Literal(bytes));
    }
}

/// Text with its escapes taken for what they stand for: `\n`, `\r`, `\t`, `\x` and hexadecimal digits, a decimal number, or an
/// octal one that begins with 0. Of a number the last eight bits count; any other character stands for itself.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let Some((escape, behind)) = after.split_first().filter(|_| *first == b'\\') else {
            out.push(*first);
            continue;
        };
        rest = behind;
        match escape {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'x' => out.push(take_number(&mut rest, 16)),
            b'0' if after.get(1).is_some_and(|next| matches!(next, b'x' | b'X')) => {
                rest = &after[2..];
                out.push(take_number(&mut rest, 16));
            }
            b'0' => out.push(take_number(&mut rest, 8)),
            b'1'..=b'9' => {
                rest = after;
                out.push(take_number(&mut rest, 10));
            }
            other => out.push(*other),
        }
    }
    out
}

/// The last eight bits of the number at the beginning of `rest`, which is taken off.
fn take_number(rest: &mut &[u8], radix: u32) -> u8 {
    let mut number = 0u32;
    while let Some(digit) = rest.first().and_then(|byte| char::from(*byte).to_digit(radix)) {
        number = (number * radix + digit) & 0xff;
        *rest = &rest[1..];
    }
    number as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::{Offset, TimestampMs};
    use rkafka_protocol::record::{Batch, BatchBuilder, BatchOptions, Header, TimestampType};

    fn show(format: &str, key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<u8> {
        let class = "org.apache.kafka.common.serialization.IntegerDeserializer".to_owned();
        let properties = Properties::from([("key.deserializer".to_owned(), class)]);
        let format = LineFormat::parse(format, &properties).unwrap();
        let mut builder = BatchBuilder::new(BatchOptions { base_offset: Offset(17), ..BatchOptions::default() });
        let headers = [Header { key: "a".into(), value: Some("1".into()) }, Header { key: "b".into(), value: None }];
        builder.append(TimestampMs(99), key, value, &headers);
        let open = Batch::parse(&builder.finish().unwrap()).unwrap().open(1 << 20).unwrap();
        let mut out = Vec::new();
        let record = open.records().next().unwrap().unwrap();
        let timestamp_type = Some(TimestampType::CreateTime);
        format.write(&Shown { topic: "t", partition: 3, timestamp_type, delivery: None, record }, &mut out).unwrap();
        out
    }

    #[test]
    fn what_a_message_has() {
        let key = Some(&[0, 0, 1, 2][..]);
        assert_eq!(
            show("%t [%p] %o %T %k/%K: %s/%S %h%%\\n", key, Some(b"v")),
            b"t [3] 17 99 258/4: v/1 a=1,b=NULL%\n"
        );
        assert_eq!(show("%k%K%s%S|%R", None, None), b"-1-1|\xff\xff\xff\xff");
        assert_eq!(show("%R", None, Some(b"abc")), [0, 0, 0, 3]);
    }

    #[test]
    fn escapes() {
        for (text, bytes) in [
            ("a\\tb\\r\\n", &b"a\tb\r\n"[..]),
            ("\\x41\\x1fz\\x00|", b"A\x1fz\x00|"),
            ("\\033[m\\65;\\0x42,", b"\x1b[mA;B,"),
            ("\\q\\\\n\\", b"q\\n\\"),
            ("ä", "ä".as_bytes()),
        ] {
            assert_eq!(unescaped(text.as_bytes()), bytes, "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        let error = |format: &str| LineFormat::parse(format, &Properties::new()).unwrap_err();
        assert!(error("%s %q").starts_with("--format: %q stands for nothing; there are %s"), "{}", error("%q"));
        assert_eq!(error("%s%"), "--format ends with a %: write %% for the character itself");
        let no_class = Properties::from([("value.deserializer".to_owned(), "no.Such".to_owned())]);
        let error = LineFormat::parse("%s", &no_class).unwrap_err();
        assert_eq!(error, "--format: there is no deserializer no.Such here");
    }
}
