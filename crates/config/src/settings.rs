//! Pure: the settings that a file or a command line gives, checked against a table of definitions.

use super::{
    definition::{Definition, InvalidValue, Preset, Value, find},
    properties::{Entry, Properties},
};
use std::collections::BTreeMap;

/// Why settings cannot be used. Displays as one line: the file, the line, the key, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {file}: {reason}")]
    Unreadable { file: String, reason: String },
    #[error("{file}: {reason}")]
    Syntax { file: String, reason: String },
    #[error("{}{invalid}{}", place(.file, *.line), allowed_part(.allowed))]
    Invalid { file: String, line: usize, invalid: Box<InvalidValue>, allowed: Option<String> },
    #[error("{file}: Missing required configuration `{key}` which has no default value.")]
    Missing { file: String, key: String },
    /// Settings that do not fit together, or that this version does not serve.
    #[error("{}{key}: {reason}", place(.file, *.line))]
    Refused { file: String, line: usize, key: String, reason: String },
}

fn place(file: &str, line: usize) -> String {
    match line {
        0 => format!("{file}: "),
        line => format!("{file}:{line}: "),
    }
}

fn allowed_part(allowed: &Option<String>) -> String {
    allowed.as_ref().map(|values| format!(" (allowed: {values})")).unwrap_or_default()
}

/// A setting that was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    pub value: Value,
    pub line: usize,
}

/// Checked settings: what was given, and the defaults behind it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file's name, for messages.
    file: String,
    tables: &'static [&'static [Definition]],
    given: BTreeMap<String, Given>,
    /// Keys that no table knows, with their values: plug-ins may want them.
    unknown: Vec<Entry>,
}

impl Settings {
    /// Checks each of `properties` that `tables` know; the first bad value is the error.
    pub fn check(
        file: impl Into<String>,
        tables: &'static [&'static [Definition]],
        properties: &Properties,
    ) -> Result<Settings, ConfigError> {
        let mut settings = Settings { file: file.into(), tables, given: BTreeMap::new(), unknown: Vec::new() };
        for (key, entry) in properties.effective() {
            let Some(definition) = settings.definition(key) else {
                settings.unknown.push(entry.clone());
                continue;
            };
            let value = definition.parse(&entry.value).map_err(|invalid| ConfigError::Invalid {
                file: settings.file.clone(),
                line: entry.line,
                invalid: Box::new(invalid),
                allowed: definition.allowed(),
            })?;
            settings.given.insert(key.to_owned(), Given { value, line: entry.line });
        }
        Ok(settings)
    }

    /// The same settings with `overrides` as the stronger ones. What no table knows or a definition refuses is passed over:
    /// it was refused when it was to be set.
    pub fn overlaid(&self, overrides: &BTreeMap<String, String>) -> Settings {
        let mut settings = self.clone();
        for (name, text) in overrides {
            if let Some(Ok(value)) = self.definition(name).map(|definition| definition.parse(text)) {
                settings.given.insert(name.clone(), Given { value, line: 0 });
            }
        }
        settings
    }

    /// Every row of the tables.
    pub fn definitions(&self) -> impl Iterator<Item = &'static Definition> {
        self.tables.iter().flat_map(|table| table.iter())
    }

    /// The row that defines `name`.
    pub fn definition(&self, name: &str) -> Option<&'static Definition> {
        self.tables.iter().find_map(|table| find(table, name))
    }

    /// The file's name, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What was given for `name`.
    pub fn given(&self, name: &str) -> Option<&Given> {
        self.given.get(name)
    }

    /// Entries whose key no table knows.
    pub fn unknown(&self) -> &[Entry] {
        &self.unknown
    }

    /// The value in force: the given one, or the default; `None` when both are absent.
    pub fn value(&self, name: &str) -> Option<Value> {
        if let Some(given) = self.given.get(name) {
            return Some(given.value.clone());
        }
        let definition = self.definition(name)?;
        definition.preset_text().and_then(|text| definition.parse(text).ok())
    }

    /// A number in force; `None` when there is neither value nor default.
    pub(crate) fn optional_number(&self, name: &str) -> Option<i64> {
        match self.value(name) {
            Some(Value::Integer(n)) => Some(n),
            None => None,
            Some(other) => unreachable!("{name} is {other:?}, not a whole number"),
        }
    }

    /// A number that has a default.
    pub fn long(&self, name: &str) -> i64 {
        self.optional_number(name).unwrap_or_else(|| unreachable!("{name} has no default"))
    }

    /// A number of at most 32 bits that has a default.
    pub fn int(&self, name: &str) -> i32 {
        i32::try_from(self.long(name)).unwrap_or_else(|_| unreachable!("{name} has more than 32 bits"))
    }

    /// A number of at most 16 bits that has a default.
    pub fn short(&self, name: &str) -> i16 {
        i16::try_from(self.long(name)).unwrap_or_else(|_| unreachable!("{name} has more than 16 bits"))
    }

    /// A count, size or time that has a default; what is below 0 counts as 0.
    pub fn size(&self, name: &str) -> usize {
        usize::try_from(self.long(name).max(0)).unwrap_or(usize::MAX)
    }

    /// A truth value that has a default.
    pub fn flag(&self, name: &str) -> bool {
        match self.value(name) {
            Some(Value::Boolean(b)) => b,
            other => unreachable!("{name} is {other:?}, not a truth value"),
        }
    }

    /// A fraction that has a default.
    pub fn double(&self, name: &str) -> f64 {
        match self.value(name) {
            Some(Value::Double(x)) => x,
            other => unreachable!("{name} is {other:?}, not a fraction"),
        }
    }

    /// A text in force; `None` when there is neither value nor default.
    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name).map(|value| value.to_string())
    }

    /// A list in force; empty when there is neither value nor default.
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Value::List(list)) => list,
            None => Vec::new(),
            Some(other) => unreachable!("{name} is {other:?}, not a list"),
        }
    }

    /// An error about `key`, with its file and line.
    pub fn refuse(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        let line = self.given(key).map(|given| given.line).or_else(|| {
            let entry = self.unknown.iter().find(|entry| entry.key == key);
            entry.map(|entry| entry.line)
        });
        let (file, key) = (self.file.clone(), key.to_owned());
        ConfigError::Refused { file, line: line.unwrap_or(0), key, reason: reason.into() }
    }

    /// Where `key` stands, `file:line`; `None` when it was not given.
    pub fn origin(&self, key: &str) -> Option<String> {
        match self.given(key)?.line {
            0 => Some(self.file.clone()),
            line => Some(format!("{}:{line}", self.file)),
        }
    }

    /// The error for a setting that must be given and is not.
    pub fn missing(&self, key: &str) -> ConfigError {
        ConfigError::Missing { file: self.file.clone(), key: key.to_owned() }
    }

    /// Checks that everything without a default is given.
    pub(crate) fn require_all(&self) -> Result<(), ConfigError> {
        let required = self.definitions().filter(|d| d.preset == Preset::Required);
        match required.map(|d| d.name).find(|name| !self.given.contains_key(*name)) {
            Some(name) => Err(self.missing(name)),
            None => Ok(()),
        }
    }

    /// The known name that is nearest to `name`, if any is near.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        let names = self.definitions().map(|definition| definition.name);
        nearest(name, names)
    }
}

/// The one of `names` that takes the fewest edits to become `wanted`, at most a third of its letters.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wanted.len() / 3).clamp(1, 6);
    let measured = names.into_iter().filter(|name| name.len().abs_diff(wanted.len()) <= limit);
    let (edits, name) = measured.map(|name| (edits(wanted, name), name)).min()?;
    (edits <= limit).then_some(name)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replaced = above[j] + usize::from(a[i] != b[j]);
            let mut least = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker_table::BROKER;

    fn settings(text: &str) -> Result<Settings, ConfigError> {
        Settings::check("server.properties", &[BROKER], &Properties::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_bad_value_names_file_line_key_and_range() {
        let error = settings("broker.id=0\nnum.partitions=none\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "server.properties:2: Invalid value none for configuration num.partitions: Not a number of type INT \
             (allowed: 1 or more)"
        );
    }

    #[test]
    fn an_unknown_key_has_a_nearest_one() {
        let settings = settings("log.dris=/tmp/x\nmy.plugin.key=1\n").unwrap();
        assert_eq!(settings.unknown().len(), 2);
        assert_eq!(settings.nearest("log.dris"), Some("log.dirs"));
        assert_eq!(settings.nearest("num.partition"), Some("num.partitions"));
        assert_eq!(settings.nearest("my.plugin.key"), None);
    }

    #[test]
    fn the_given_value_stands_before_the_default() {
        let settings = settings("num.partitions = 3\nlog.retention.ms=\\\n 7").unwrap();
        assert_eq!(settings.int("num.partitions"), 3);
        assert_eq!(settings.int("num.io.threads"), 8);
        assert_eq!(settings.optional_number("log.retention.ms"), Some(7));
        assert_eq!(settings.optional_number("log.retention.minutes"), None);
        assert_eq!(settings.list("log.cleanup.policy"), ["delete"]);
    }
}
