//! Pure: reads a client's properties by Kafka's names, with Kafka's defaults and Kafka's words for bad values.

use super::ClientError;
use rkafka_config::definition::{Definition, find};
use std::{collections::BTreeMap, time::Duration};

/// Properties as they were given: name to text.
pub type Properties = BTreeMap<String, String>;

/// Typed access to [`Properties`].
pub struct ClientSettings<'a>(pub &'a Properties);

impl ClientSettings<'_> {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|v| v.trim())
    }

    /// A whole number of at least `least`, or `default` if it is not given.
    pub fn number(&self, name: &str, default: i64, least: i64) -> Result<i64, ClientError> {
        let Some(text) = self.text(name) else { return Ok(default) };
        let value: i64 = text.parse().map_err(|_| invalid(name, text, "Not a number of type LONG"))?;
        if value < least {
            return Err(invalid(name, text, &format!("Value must be at least {least}")));
        }
        Ok(value)
    }

    /// As [`ClientSettings::number`], at most 2³¹ − 1.
    pub fn int(&self, name: &str, default: i32, least: i32) -> Result<i32, ClientError> {
        let Some(text) = self.text(name) else { return Ok(default) };
        let value: i32 = text.parse().map_err(|_| invalid(name, text, "Not a number of type INT"))?;
        if value < least {
            return Err(invalid(name, text, &format!("Value must be at least {least}")));
        }
        Ok(value)
    }

    /// A time in milliseconds, not negative.
    pub fn millis(&self, name: &str, default: u32) -> Result<Duration, ClientError> {
        self.number(name, i64::from(default), 0).map(|ms| Duration::from_millis(ms.unsigned_abs()))
    }

    pub fn flag(&self, name: &str, default: bool) -> Result<bool, ClientError> {
        match self.text(name) {
            None => Ok(default),
            Some(t) if t.eq_ignore_ascii_case("true") => Ok(true),
            Some(t) if t.eq_ignore_ascii_case("false") => Ok(false),
            Some(t) => Err(invalid(name, t, "Expected value to be either true or false")),
        }
    }

    /// One of `choices` by its word, compared without regard to case.
    pub fn choice<T: Copy>(&self, name: &str, default: T, choices: &[(&str, T)]) -> Result<T, ClientError> {
        let Some(text) = self.text(name) else { return Ok(default) };
        choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, v)| *v).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(w, _)| *w).collect();
            invalid(name, text, &format!("String must be one of: {}", words.join(", ")))
        })
    }

    /// The given names that none of `tables` defines.
    pub fn unknown(&self, tables: &[&[Definition]]) -> Vec<&str> {
        let known = |name: &str| tables.iter().any(|table| find(table, name).is_some());
        self.0.keys().map(String::as_str).filter(|name| !known(name)).collect()
    }
}

/// The words of Kafka's `ConfigException`.
pub fn invalid(name: &str, value: &str, why: &str) -> ClientError {
    ClientError::Config(format!("Invalid value {value} for configuration {name}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_config::client_tables::CLIENT;

    fn properties(list: &[(&str, &str)]) -> Properties {
        list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    #[test]
    fn values_and_bad_values() {
        let given = properties(&[("a", "7"), ("b", "x"), ("c", "-1"), ("d", "TRUE"), ("e", "gzip"), ("f", "zip")]);
        let settings = ClientSettings(&given);
        assert_eq!(settings.int("a", 1, 0), Ok(7));
        assert_eq!(settings.int("none", 1, 0), Ok(1));
        assert_eq!(settings.flag("d", false), Ok(true));
        let codecs = [("none", 0), ("gzip", 1)];
        assert_eq!(settings.choice("e", 0, &codecs), Ok(1));
        for (error, message) in [
            (settings.int("b", 1, 0).unwrap_err(), "Invalid value x for configuration b: Not a number of type INT"),
            (settings.int("c", 1, 0).unwrap_err(), "Invalid value -1 for configuration c: Value must be at least 0"),
            (
                settings.choice("f", 0, &codecs).unwrap_err(),
                "Invalid value zip for configuration f: String must be one of: none, gzip",
            ),
        ] {
            assert_eq!(error.to_string(), message);
        }
        assert_eq!(settings.unknown(&[CLIENT]), ["a", "b", "c", "d", "e", "f"]);
    }
}
