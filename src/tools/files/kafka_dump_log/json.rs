//! Pure: what was read from a record as JSON, in the form that Kafka's tools print: no blanks, fields in the order of
//! the record, binary as Base64.

use crate::{internal_records::facts::Value, java_number};
use base64::Engine as _;
use std::fmt::Write;

/// The JSON of `value`.
pub fn json(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    // Writing to a String cannot fail.
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(set) => out.push_str(if *set { "true" } else { "false" }),
        Value::Int(number) => _ = write!(out, "{number}"),
        Value::Float(number) => out.push_str(&java_number::double(*number)),
        Value::Text(text) => string(text, out),
        Value::Bytes(bytes) => string(&base64::engine::general_purpose::STANDARD.encode(bytes), out),
        Value::Uuid(uuid) => string(&uuid.to_string(), out),
        Value::List(list) => {
            out.push('[');
            for (at, element) in list.iter().enumerate() {
                comma(at, out);
                write(element, out);
            }
            out.push(']');
        }
        Value::Struct(fields) => {
            out.push('{');
            for (at, (name, field)) in fields.iter().enumerate() {
                comma(at, out);
                string(name, out);
                out.push(':');
                write(field, out);
            }
            out.push('}');
        }
    }
}

fn comma(at: usize, out: &mut String) {
    if at > 0 {
        out.push(',');
    }
}

/// A string as Jackson writes it, which has capitals in its escapes.
fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => _ = write!(out, "\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn as_kafka_writes_it() {
        let value = Value::Struct(vec![
            ("a", Value::Text("x\"\u{1f}ü".into())),
            ("b", Value::List(vec![Value::Int(-1), Value::Null, Value::Bool(true)])),
            ("c", Value::Bytes(Bytes::from_static(b"hi"))),
            ("d", Value::Float(2.0)),
        ]);
        assert_eq!(json(&value), r#"{"a":"x\"\u001Fü","b":[-1,null,true],"c":"aGk=","d":2.0}"#);
    }
}
