//! Pure: typed reading of the compact JSON that Kafka keeps in znodes.
//!
//! Every payload is one object with string keys. Key order carries no meaning, unknown keys are left alone, and a
//! missing or mistyped key names itself in the error, so that a broken znode can be found and mended by hand.

use serde_json::{Map, Value};

/// Why the bytes of a znode are not the payload that belongs there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    #[error("not JSON: {0}")]
    NotJson(String),
    #[error("a JSON object is expected")]
    NotAnObject,
    #[error("key '{0}' is missing")]
    Missing(&'static str),
    #[error("key '{key}' must be {expected}")]
    Mistyped { key: &'static str, expected: &'static str },
    #[error("'{text}' is not {expected}")]
    BadText { text: String, expected: &'static str },
}

/// A payload's top-level object.
pub struct Object(Map<String, Value>);

impl Object {
    /// Parses `bytes`, which must hold exactly one JSON object.
    pub fn parse(bytes: &[u8]) -> Result<Object, PayloadError> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(map)) => Ok(Object(map)),
            Ok(_) => Err(PayloadError::NotAnObject),
            Err(error) => Err(PayloadError::NotJson(error.to_string())),
        }
    }

    /// The object that `value` is, if it is one.
    pub fn of(value: &Value) -> Option<Object> {
        value.as_object().cloned().map(Object)
    }

    /// The value of `key`; JSON's null counts as absent.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    fn required(&self, key: &'static str) -> Result<&Value, PayloadError> {
        self.get(key).ok_or(PayloadError::Missing(key))
    }

    pub fn i32(&self, key: &'static str) -> Result<i32, PayloadError> {
        as_i32(self.required(key)?).ok_or(PayloadError::Mistyped { key, expected: "a 32-bit integer" })
    }

    pub(crate) fn i32_or(&self, key: &'static str, default: i32) -> Result<i32, PayloadError> {
        if self.get(key).is_some() { self.i32(key) } else { Ok(default) }
    }

    pub(crate) fn i32_list(&self, key: &'static str) -> Result<Vec<i32>, PayloadError> {
        as_i32_list(self.required(key)?).ok_or(PayloadError::Mistyped { key, expected: "a list of integers" })
    }

    pub fn string(&self, key: &'static str) -> Result<&str, PayloadError> {
        self.required(key)?.as_str().ok_or(PayloadError::Mistyped { key, expected: "a string" })
    }

    /// The number in `key`, which Kafka writes as a string (`"1000"`) and older releases also as a number.
    pub(crate) fn i64_text(&self, key: &'static str) -> Result<i64, PayloadError> {
        let value = self.required(key)?;
        let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        number.ok_or(PayloadError::Mistyped { key, expected: "a number or a number in quotes" })
    }

    /// The object in `key`, or an empty iterator when the key is absent.
    pub fn entries(&self, key: &'static str) -> Result<Vec<(&str, &Value)>, PayloadError> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Object(map)) => Ok(map.iter().map(|(k, v)| (k.as_str(), v)).collect()),
            Some(_) => Err(PayloadError::Mistyped { key, expected: "an object" }),
        }
    }

    /// The `{"number": [ids]}` object in `key`, sorted by number; empty when the key is absent.
    pub(crate) fn id_lists(&self, key: &'static str) -> Result<Vec<(i32, Vec<i32>)>, PayloadError> {
        let expected = "an object of partition numbers and lists of broker ids";
        let mut lists = Vec::new();
        for (number, ids) in self.entries(key)? {
            let number: i32 = number.parse().map_err(|_| PayloadError::Mistyped { key, expected })?;
            lists.push((number, as_i32_list(ids).ok_or(PayloadError::Mistyped { key, expected })?));
        }
        lists.sort_by_key(|(number, _)| *number);
        Ok(lists)
    }
}

fn as_i32(value: &Value) -> Option<i32> {
    value.as_i64().and_then(|n| i32::try_from(n).ok())
}

fn as_i32_list(value: &Value) -> Option<Vec<i32>> {
    value.as_array()?.iter().map(as_i32).collect()
}

/// The compact UTF-8 text of a payload.
pub fn encode(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
