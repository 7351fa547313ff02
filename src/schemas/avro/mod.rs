//! Pure: Avro's binary encoding, to and from Avro's JSON encoding, as its specification has both.
//!
//! A value of a union is `null`, or `{"TYPE": VALUE}` with the type's full name; bytes are a string of characters up to
//! U+00FF; a logical type is shown as what it is made of, as Confluent's `kafka-avro-console-consumer` shows it, so that what
//! is shown can be written again.

mod decode;
mod encode;
mod parse;

use serde_json::Value;

/// A schema, with the schemas that it refers to.
#[derive(Debug)]
pub struct AvroSchema {
    types: Vec<Type>,
    root: usize,
}

/// One type; others are named by their places in the schema.
#[derive(Debug)]
enum Type {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed { name: String, size: usize },
    Enum { name: String, symbols: Vec<String> },
    Record { name: String, fields: Vec<Field> },
    Array(usize),
    Map(usize),
    Union(Vec<usize>),
}

#[derive(Debug)]
struct Field {
    name: String,
    of: usize,
    default: Option<Value>,
}

/// What does not fit, and in which field of which.
#[derive(Debug)]
struct Wrong {
    /// The innermost first.
    path: Vec<String>,
    what: String,
}

impl Wrong {
    fn new(what: impl Into<String>) -> Wrong {
        Wrong { path: Vec::new(), what: what.into() }
    }

    fn within(mut self, name: &str) -> Wrong {
        self.path.push(name.to_owned());
        self
    }

    fn told(self) -> String {
        if self.path.is_empty() {
            return self.what;
        }
        let path: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
        format!("{}: {}", path.join("."), self.what)
    }
}

impl AvroSchema {
    /// The full name of a record; `None` for other schemas.
    pub fn record_name(&self) -> Option<&str> {
        match &self.types[self.root] {
            Type::Record { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The name by which a union knows a type.
    fn branch_name(&self, at: usize) -> &str {
        match &self.types[at] {
            Type::Null => "null",
            Type::Boolean => "boolean",
            Type::Int => "int",
            Type::Long => "long",
            Type::Float => "float",
            Type::Double => "double",
            Type::Bytes => "bytes",
            Type::String => "string",
            Type::Array(_) => "array",
            Type::Map(_) => "map",
            Type::Union(_) => "union",
            Type::Fixed { name, .. } | Type::Enum { name, .. } | Type::Record { name, .. } => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> AvroSchema {
        AvroSchema::parse(text, &[]).unwrap()
    }

    /// Bytes and what they are shown as, both ways.
    fn both_ways(text: &str, bytes: &[u8], json: &str) {
        let schema = schema(text);
        let mut shown = Vec::new();
        schema.decode(bytes, &mut shown).unwrap();
        assert_eq!(String::from_utf8(shown).unwrap(), json, "{text}");
        assert_eq!(schema.encode(json).unwrap(), bytes, "{text}");
    }

    /// The encodings that Avro's specification gives as examples, and others after its rules.
    #[test]
    fn values_both_ways() {
        for (text, bytes, json) in [
            (r#""null""#, &b""[..], "null"),
            (r#""boolean""#, b"\x01", "true"),
            (r#""int""#, b"\x7f", "-64"),
            (r#""long""#, b"\x80\x01", "64"),
            (r#""long""#, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "-9223372036854775808"),
            (r#""float""#, b"\x00\x00\xc0\x3f", "1.5"),
            (r#""double""#, b"\x00\x00\x00\x00\x00\x00\xf8\x7f", "\"NaN\""),
            (r#""double""#, b"\x00\x00\x00\x00\x00\x00\x24\x40", "10.0"),
            (r#""string""#, b"\x06foo", "\"foo\""),
            (r#""string""#, b"\x08\"\\\n\x1f", "\"\\\"\\\\\\n\\u001F\""),
            (r#""bytes""#, b"\x04\x01\xff", "\"\\u0001\u{ff}\""),
            (r#"{"type":"fixed","name":"f","size":2}"#, b"AB", "\"AB\""),
            (r#"{"type":"enum","name":"e","symbols":["A","B","C"]}"#, b"\x04", "\"C\""),
            (r#"{"type":"array","items":"long"}"#, b"\x04\x06\x36\x00", "[3,27]"),
            (r#"{"type":"map","values":"int"}"#, b"\x02\x02k\x02\x00", "{\"k\":1}"),
            (r#"["null","string"]"#, b"\x02\x02a", "{\"string\":\"a\"}"),
            (r#"["null","string"]"#, b"\x00", "null"),
            (
                r#"{"type":"record","name":"test","fields":[{"name":"a","type":"long"},{"name":"b","type":"string"}]}"#,
                b"\x36\x06foo",
                "{\"a\":27,\"b\":\"foo\"}",
            ),
            (
                r#"{"type":"record","name":"L","namespace":"n.s","fields":[{"name":"v","type":{"type":"long",
                    "logicalType":"timestamp-millis"}},{"name":"next","type":["null","L"]}]}"#,
                b"\x02\x02\x04\x00",
                "{\"v\":1,\"next\":{\"n.s.L\":{\"v\":2,\"next\":null}}}",
            ),
            (
                r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#,
                b"\x04\x04\xd2",
                "\"\\u0004\u{d2}\"",
            ),
        ] {
            both_ways(text, bytes, json);
        }
    }

    #[test]
    fn blocks_with_a_size() {
        let mut shown = Vec::new();
        schema(r#"{"type":"array","items":"int"}"#).decode(b"\x03\x04\x02\x04\x02\x06\x00", &mut shown).unwrap();
        assert_eq!(shown, b"[1,2,3]");
    }

    #[test]
    fn references_are_known_by_their_names() {
        let other = r#"{"type":"enum","name":"Color","namespace":"n","symbols":["RED","BLUE"]}"#;
        let text = r#"{"type":"record","name":"Car","namespace":"n","fields":[{"name":"c","type":"Color"}]}"#;
        let schema = AvroSchema::parse(text, &[other.to_owned()]).unwrap();
        assert_eq!((schema.encode("{\"c\":\"BLUE\"}").unwrap(), schema.record_name()), (vec![2], Some("n.Car")));
        assert_eq!(AvroSchema::parse(text, &[]).unwrap_err(), "there is no type Color");
    }

    #[test]
    fn bytes_that_do_not_fit() {
        let error = |text: &str, bytes: &[u8]| schema(text).decode(bytes, &mut Vec::new()).unwrap_err();
        let record = r#"{"type":"record","name":"r","fields":[{"name":"a","type":{"type":"map","values":"string"}}]}"#;
        assert_eq!(error(record, b"\x02\x02k\x06fo"), "a.k: the bytes end within a value");
        assert_eq!(error(r#""int""#, b"\x02\x02"), "1 bytes are left behind the value");
        assert_eq!(error(r#""int""#, b"\xff\xff\xff\xff\xff\x7f"), "a number is too large for an int");
        assert_eq!(error(r#""boolean""#, b"\x02"), "a boolean is 0 or 1, not 2");
        assert_eq!(error(r#"["null","int"]"#, b"\x06"), "there is no branch 3 in the union");
        assert_eq!(error(r#""string""#, b"\x02\xff"), "a string is not UTF-8");
        assert_eq!(error(r#""bytes""#, b"\x01"), "a length is below zero");
        let endless = r#"{"type":"record","name":"r","fields":[{"name":"n","type":"r"}]}"#;
        assert!(error(endless, b"").ends_with("values are nested more than 200 deep"));
        let nulls = r#"{"type":"array","items":"null"}"#;
        assert!(error(nulls, b"\xfe\xff\xff\xff\xff\xff\x01").ends_with("the text of a value is longer than 64 MiB"));
    }

    #[test]
    fn text_that_does_not_fit() {
        let error = |text: &str, json: &str| schema(text).encode(json).unwrap_err();
        let record = r#"{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","long"],
            "default":null}]}"#;
        assert_eq!(schema(record).encode(r#"{"a":1}"#).unwrap(), [2, 0], "a default");
        assert_eq!(error(record, r#"{"a":"x"}"#), "a: an int belongs here, not \"x\"");
        assert_eq!(error(record, r#"{"a":3000000000}"#), "a: an int belongs here, not 3000000000");
        assert_eq!(error(record, r#"{"b":null}"#), "a: this field is missing");
        assert_eq!(error(record, r#"{"a":1,"c":2}"#), "c: the schema has no such field");
        assert_eq!(
            error(record, r#"{"a":1,"b":5}"#),
            "b: a value of a union is null or {\"TYPE\": VALUE}, TYPE being long"
        );
        assert_eq!(
            error(record, r#"{"a":1,"b":{"int":5}}"#),
            "b: a value of a union is null or {\"TYPE\": VALUE}, TYPE being long"
        );
        assert!(error(record, "{").starts_with("this is no JSON: "));
        assert_eq!(error(r#""bytes""#, "\"\u{100}\""), "bytes are characters up to U+00FF, not \u{100}");
        assert_eq!(error(r#"{"type":"fixed","name":"f","size":2}"#, "\"A\""), "f has 2 bytes, not 1");
        assert_eq!(error(r#"{"type":"enum","name":"e","symbols":["A"]}"#, "\"B\""), "e has no symbol B");
    }

    /// Each record has the next one twice, by default: 2 to the power of 30 values.
    #[test]
    fn defaults_have_an_end() {
        let mut inner = r#"{"type":"record","name":"r0","fields":[]}"#.to_owned();
        for level in 1..=30 {
            let below = level - 1;
            inner = format!(
                r#"{{"type":"record","name":"r{level}","fields":[{{"name":"a","type":{inner},"default":{{}}}},
                    {{"name":"b","type":"r{below}","default":{{}}}}]}}"#
            );
        }
        assert!(schema(&inner).encode("{}").unwrap_err().ends_with("the defaults have more than 1000000 values"));
    }

    #[test]
    fn schemas_that_are_none() {
        let error = |text: &str| AvroSchema::parse(text, &[]).unwrap_err();
        assert!(error("{").starts_with("an Avro schema is JSON: "));
        assert_eq!(error(r#""strin""#), "there is no type strin");
        assert_eq!(error(r#"{"type":"record","name":"r"}"#), "the record r has no fields");
        assert_eq!(error(r#"{"type":"fixed","name":"f"}"#), "the fixed f has no size");
        assert_eq!(error(r#"{"type":"array"}"#), "an array has no items");
        assert_eq!(error(r#"{"type":"record","fields":[]}"#), "a record has no name");
        assert_eq!(error(r#"["null",["int"]]"#), "a union may not hold a union");
    }
}
