//! Pure: from Avro's JSON encoding to its binary encoding.

use super::{AvroSchema, Field, Type, Wrong};
use crate::schemas::{MAX_DEPTH, too_deep};
use serde_json::Value;

/// How many values the defaults of one value may have: records in defaults have defaults themselves.
const MAX_DEFAULTS: usize = 1_000_000;

impl AvroSchema {
    /// The bytes of the value that `json` tells. A field that is missing has its default, if the schema has one.
    ///
    /// Errors: it is no JSON, or no value of this schema.
    pub fn encode(&self, json: &str) -> Result<Vec<u8>, String> {
        let value: Value = serde_json::from_str(json).map_err(|error| format!("this is no JSON: {error}"))?;
        let mut out = Vec::new();
        let mut encoder = Encoder { schema: self, out: &mut out, is_default: false, defaults: 0 };
        encoder.value(self.root, &value, 0).map_err(Wrong::told)?;
        Ok(out)
    }
}

struct Encoder<'a> {
    schema: &'a AvroSchema,
    out: &'a mut Vec<u8>,
    /// A default of a union is one of its first branch, without the branch's name.
    is_default: bool,
    /// How many values were defaults, or parts of some.
    defaults: usize,
}

impl Encoder<'_> {
    fn value(&mut self, at: usize, value: &Value, depth: usize) -> Result<(), Wrong> {
        if depth > MAX_DEPTH {
            return Err(Wrong::new(too_deep()));
        }
        self.defaults += usize::from(self.is_default);
        if self.defaults > MAX_DEFAULTS {
            return Err(Wrong::new(format!("the defaults have more than {MAX_DEFAULTS} values")));
        }
        let schema = self.schema;
        let not = |what: &str| Err(Wrong::new(format!("{what} belongs here, not {value}")));
        match (&schema.types[at], value) {
            (Type::Record { fields, .. }, Value::Object(object)) => {
                for field in fields {
                    self.field(field, object.get(&field.name), depth).map_err(|wrong| wrong.within(&field.name))?;
                }
                if let Some(odd) = object.keys().find(|key| !fields.iter().any(|field| field.name == **key)) {
                    return Err(Wrong::new("the schema has no such field").within(odd));
                }
            }
            (Type::Record { .. }, _) => return not("an object"),
            (Type::Array(items), Value::Array(list)) => {
                if !list.is_empty() {
                    self.length(list.len());
                }
                for item in list {
                    self.value(*items, item, depth + 1)?;
                }
                self.long(0);
            }
            (Type::Array(_), _) => return not("an array"),
            (Type::Map(values), Value::Object(object)) => {
                if !object.is_empty() {
                    self.length(object.len());
                }
                for (key, item) in object {
                    self.bytes(key.as_bytes());
                    self.value(*values, item, depth + 1).map_err(|wrong| wrong.within(key))?;
                }
                self.long(0);
            }
            (Type::Map(_), _) => return not("an object"),
            (Type::Union(branches), value) => self.union(branches, value, depth)?,
            (scalar, value) => self.scalar(scalar, value)?,
        }
        Ok(())
    }

    fn scalar(&mut self, of: &Type, value: &Value) -> Result<(), Wrong> {
        let not = |what: &str| Err(Wrong::new(format!("{what} belongs here, not {value}")));
        match (of, value) {
            (Type::Null, Value::Null) => {}
            (Type::Null, _) => return not("null"),
            (Type::Boolean, Value::Bool(value)) => self.out.push(u8::from(*value)),
            (Type::Boolean, _) => return not("a boolean"),
            (Type::Int, value) => match value.as_i64().and_then(|number| i32::try_from(number).ok()) {
                Some(number) => self.long(number.into()),
                None => return not("an int"),
            },
            (Type::Long, value) => match value.as_i64() {
                Some(number) => self.long(number),
                None => return not("a long"),
            },
            (Type::Float, value) => match decimal(value) {
                Some(number) => self.out.extend_from_slice(&(number as f32).to_le_bytes()),
                None => return not("a float"),
            },
            (Type::Double, value) => match decimal(value) {
                Some(number) => self.out.extend_from_slice(&number.to_le_bytes()),
                None => return not("a double"),
            },
            (Type::String, Value::String(text)) => self.bytes(text.as_bytes()),
            (Type::String, _) => return not("a string"),
            (Type::Bytes, Value::String(text)) => self.bytes(&characters(text)?),
            (Type::Bytes, _) => return not("a string of bytes"),
            (Type::Fixed { name, size }, Value::String(text)) => {
                let bytes = characters(text)?;
                if bytes.len() != *size {
                    return Err(Wrong::new(format!("{name} has {size} bytes, not {}", bytes.len())));
                }
                self.out.extend_from_slice(&bytes);
            }
            (Type::Fixed { .. }, _) => return not("a string of bytes"),
            (Type::Enum { name, symbols }, Value::String(text)) => {
                let index = symbols.iter().position(|symbol| symbol == text);
                let index = index.ok_or_else(|| Wrong::new(format!("{name} has no symbol {text}")))?;
                self.length(index);
            }
            (Type::Enum { .. }, _) => return not("a symbol"),
            // They have parts, which `value` goes through.
            (Type::Record { .. } | Type::Array(_) | Type::Map(_) | Type::Union(_), _) => {}
        }
        Ok(())
    }

    fn field(&mut self, field: &Field, value: Option<&Value>, depth: usize) -> Result<(), Wrong> {
        match (value, &field.default) {
            (Some(value), _) => self.value(field.of, value, depth + 1),
            (None, Some(default)) => {
                let before = std::mem::replace(&mut self.is_default, true);
                let done = self.value(field.of, default, depth + 1);
                self.is_default = before;
                done
            }
            (None, None) => Err(Wrong::new("this field is missing")),
        }
    }

    fn union(&mut self, branches: &[usize], value: &Value, depth: usize) -> Result<(), Wrong> {
        let schema = self.schema;
        if self.is_default {
            let first = *branches.first().ok_or_else(|| Wrong::new("the union is empty"))?;
            self.long(0);
            return self.value(first, value, depth + 1);
        }
        let (name, inner) = match value {
            Value::Null => ("null", value),
            Value::Object(object) if object.len() == 1 => match object.iter().next() {
                Some((name, inner)) => (name.as_str(), inner),
                None => ("", value),
            },
            _ => ("", value),
        };
        match branches.iter().position(|branch| schema.branch_name(*branch) == name) {
            Some(index) => {
                self.length(index);
                self.value(branches[index], inner, depth + 1)
            }
            None => {
                let names = branches.iter().map(|branch| schema.branch_name(*branch)).filter(|name| *name != "null");
                let names = names.collect::<Vec<_>>().join(" or ");
                Err(Wrong::new(format!("a value of a union is null or {{\"TYPE\": VALUE}}, TYPE being {names}")))
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    fn length(&mut self, length: usize) {
        self.long(i64::try_from(length).unwrap_or(i64::MAX));
    }

    fn long(&mut self, number: i64) {
        let mut rest = ((number << 1) ^ (number >> 63)) as u64;
        while rest > 0x7f {
            self.out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.out.push(rest as u8);
    }
}

fn decimal(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        value => value.as_f64(),
    }
}

fn characters(text: &str) -> Result<Vec<u8>, Wrong> {
    let byte = |c: char| {
        u8::try_from(u32::from(c)).map_err(|_| Wrong::new(format!("bytes are characters up to U+00FF, not {c}")))
    };
    text.chars().map(byte).collect()
}
