//! Pure: the layout of the file of contexts, TOML. What a person wrote into it by hand (comments, order) stays.
//!
//! ```text
//! current = "prod"
//!
//! [context.prod]
//! bootstrap-servers = "a:9092,b:9092"
//! output = "json"
//! compat = "4.4"
//! timeout = "10s"
//! schema-registry = "http://registry:8081"
//! properties-file = "/etc/kafka/client.properties"
//!
//! [context.prod.properties]
//! "client.id" = "me"
//! ```
//!
//! A value of `properties` may be `${env:NAME}` or `${file:PATH}`: the variable's value, or the file's first line, so that
//! secrets need not stand in the file.

use crate::{invocation, terminal::output::Format};
use std::collections::BTreeMap;
use toml_edit::{DocumentMut, Item, Table, value};

const CURRENT: &str = "current";
const CONTEXT: &str = "context";
const PROPERTIES: &str = "properties";
/// The settings of a context, sorted.
pub const SETTINGS: [&str; 6] =
    ["bootstrap-servers", "compat", "output", "properties-file", "schema-registry", "timeout"];

/// The file's contents.
#[derive(Debug, Default)]
pub struct Contexts {
    document: DocumentMut,
}

/// One context: where a cluster is and how to speak with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// By the names of [`SETTINGS`].
    pub settings: BTreeMap<String, String>,
    /// Properties of clients, as they stand in the file.
    pub properties: BTreeMap<String, String>,
}

impl Contexts {
    /// Reads the file's text.
    ///
    /// Errors: TOML's, with line and column; a setting that does not exist or has a bad value, with its name.
    pub fn parse(text: &str) -> Result<Contexts, String> {
        let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
        if let Some(item) = document.get(CURRENT)
            && item.as_str().is_none()
        {
            return Err(format!("{CURRENT} is not a string"));
        }
        if let Some((odd, _)) = document.iter().find(|(key, _)| ![CURRENT, CONTEXT].contains(key)) {
            return Err(format!("'{odd}' is unknown: there are '{CURRENT}' and '[{CONTEXT}.NAME]'"));
        }
        let contexts = Contexts { document };
        for name in contexts.names() {
            contexts.get(&name)?;
        }
        Ok(contexts)
    }

    /// The text to be written.
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// The names, sorted.
    pub fn names(&self) -> Vec<String> {
        let table = self.document.get(CONTEXT).and_then(Item::as_table_like);
        let mut names: Vec<String> =
            table.map(|table| table.iter().map(|(name, _)| name.to_owned()).collect()).unwrap_or_default();
        names.sort();
        names
    }

    /// The context in use, whether it exists or not.
    pub fn current(&self) -> Option<&str> {
        self.document.get(CURRENT).and_then(Item::as_str)
    }

    /// The context of that name. `Ok(None)`: there is none.
    fn get(&self, name: &str) -> Result<Option<Context>, String> {
        let Some(item) = self.document.get(CONTEXT).and_then(|contexts| contexts.get(name)) else { return Ok(None) };
        let table = item.as_table_like().ok_or_else(|| format!("{CONTEXT}.{name} is not a table"))?;
        let mut context = Context::default();
        for (key, item) in table.iter() {
            if key == PROPERTIES {
                let pairs = item.as_table_like().ok_or_else(|| format!("{CONTEXT}.{name}.{key} is not a table"))?;
                for (key, item) in pairs.iter() {
                    context.properties.insert(key.to_owned(), text_of(item, &format!("{name}.{PROPERTIES}.{key}"))?);
                }
                continue;
            }
            let text = text_of(item, &format!("{name}.{key}"))?;
            context.set(key, &text).map_err(|reason| format!("{CONTEXT}.{name}: {reason}"))?;
        }
        Ok(Some(context))
    }

    /// As [`Contexts::get`], for one that has to be there.
    ///
    /// Errors: there is none of that name, and which there are.
    pub fn known(&self, name: &str) -> Result<Context, String> {
        self.get(name)?.ok_or_else(|| match self.names() {
            names if names.is_empty() => {
                format!("there is no context '{name}', and no other: 'rkafka context add' makes one")
            }
            names => format!("there is no context '{name}'; there are {}", names.join(", ")),
        })
    }

    /// Adds a context, or replaces the one of that name.
    pub fn put(&mut self, name: &str, context: &Context) {
        let contexts = self.document.entry(CONTEXT).or_insert_with(|| {
            let mut parent = Table::new();
            parent.set_implicit(true);
            Item::Table(parent)
        });
        let mut table = Table::new();
        for (key, text) in &context.settings {
            table.insert(key, value(text));
        }
        if !context.properties.is_empty() {
            let mut properties = Table::new();
            for (key, text) in &context.properties {
                properties.insert(key, value(text));
            }
            table.insert(PROPERTIES, Item::Table(properties));
        }
        if let Some(contexts) = contexts.as_table_like_mut() {
            contexts.insert(name, Item::Table(table));
        }
    }

    /// Takes a context away; `false` if there is none of that name.
    pub fn remove(&mut self, name: &str) -> bool {
        let contexts = self.document.get_mut(CONTEXT).and_then(Item::as_table_like_mut);
        let removed = contexts.and_then(|contexts| contexts.remove(name)).is_some();
        if removed && self.current() == Some(name) {
            self.document.remove(CURRENT);
        }
        removed
    }

    /// Makes `name` the context in use.
    pub fn set_current(&mut self, name: &str) {
        // By its place, so that comments above it stay.
        self.document[CURRENT] = value(name);
    }
}

impl Context {
    /// Sets one of [`SETTINGS`].
    ///
    /// Errors: there is no such setting, or the value is not one that it can have.
    pub fn set(&mut self, key: &str, text: &str) -> Result<(), String> {
        match key {
            "output" if Format::named(text).is_none() => return Err(format!("output = '{text}' is not a format")),
            "compat" if !["3.9", "4.4"].contains(&text) => {
                return Err(format!("compat = '{text}' is neither 3.9 nor 4.4"));
            }
            "timeout" => invocation::duration(text).map(drop).map_err(|reason| format!("timeout: {reason}"))?,
            key if !SETTINGS.contains(&key) => {
                return Err(format!("there is no setting '{key}'; there are {} and {PROPERTIES}", SETTINGS.join(", ")));
            }
            _ => (),
        }
        self.settings.insert(key.to_owned(), text.to_owned());
        Ok(())
    }

    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str)
    }
}

fn text_of(item: &Item, place: &str) -> Result<String, String> {
    let not_text = || format!("{CONTEXT}.{place} is not a string, number or boolean");
    match item.as_value().ok_or_else(not_text)? {
        toml_edit::Value::String(text) => Ok(text.value().clone()),
        toml_edit::Value::Integer(number) => Ok(number.value().to_string()),
        toml_edit::Value::Float(number) => Ok(number.value().to_string()),
        toml_edit::Value::Boolean(flag) => Ok(flag.value().to_string()),
        _ => Err(not_text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_read_back_and_comments_stay() {
        let mut contexts =
            Contexts::parse("# mine\ncurrent = \"a\"\n\n[context.a]\nbootstrap-servers = \"a:1\"\n").unwrap();
        let mut context = Context::default();
        context.set("bootstrap-servers", "b:1,b:2").unwrap();
        context.set("timeout", "10s").unwrap();
        context.properties.insert("client.id".into(), "it's \"me\"".into());
        contexts.put("b.c", &context);
        contexts.set_current("b.c");
        let text = contexts.text();
        assert!(text.starts_with("# mine\n"), "{text}");
        let again = Contexts::parse(&text).unwrap();
        assert_eq!(again.names(), ["a", "b.c"]);
        assert_eq!(again.get("b.c"), Ok(Some(context)));
        assert_eq!(again.current(), Some("b.c"));
        assert_eq!(again.get("z"), Ok(None));
        assert_eq!(again.known("z"), Err("there is no context 'z'; there are a, b.c".to_owned()));
    }

    #[test]
    fn the_current_one_goes_with_its_context() {
        let mut contexts = Contexts::default();
        contexts.put("a", &Context::default());
        contexts.set_current("a");
        assert!(contexts.remove("a") && !contexts.remove("a"));
        assert_eq!((contexts.current(), contexts.names().len()), (None, 0));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("current = 1", "current is not a string"),
            ("x = 1", "'x' is unknown"),
            ("[context.a]\nserver = \"b\"", "context.a: there is no setting 'server'"),
            ("[context.a]\noutput = \"xml\"", "'xml' is not a format"),
            ("[context.a]\ntimeout = \"soon\"", "timeout: 'soon'"),
            ("[context.a]\nproperties = 1", "context.a.properties is not a table"),
            ("[context.a.properties]\nx = [1]", "context.a.properties.x is not a string"),
            ("[context", "line 1"),
        ] {
            let error = Contexts::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(Contexts::parse("[context.a.properties]\nretries = 3\nx = true").is_ok());
    }
}
