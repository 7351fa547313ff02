//! Pure: Java system properties (`-Dkey=value`) of the variables that Apache's start scripts hand to Java. Many of
//! ZooKeeper's settings are such properties; a setting in the file is the stronger one, as in Apache ZooKeeper.

use super::definition::find;
use super::properties::Properties;
use super::settings::{ConfigError, Settings};
use super::zookeeper::READ_DIRECTLY;
use super::zookeeper_table::ZOOKEEPER;

/// The variables that a server is started with, the strongest last (Java takes the last of several).
pub const SERVER_VARIABLES: &[&str] = &["JAVA_TOOL_OPTIONS", "KAFKA_OPTS", "SERVER_JVMFLAGS", "JVMFLAGS"];
/// The variables that a client is started with.
pub const CLIENT_VARIABLES: &[&str] = &["JAVA_TOOL_OPTIONS", "KAFKA_OPTS", "CLIENT_JVMFLAGS", "JVMFLAGS"];

/// Properties that are read without `zookeeper.` before them.
const BARE: &[&str] = &["jute.maxbuffer", "java.security.auth.login.config"];

/// One `-Dkey=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemProperty {
    pub key: String,
    pub value: String,
    /// Where it stands.
    pub variable: String,
}

/// All system properties that were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemProperties(Vec<SystemProperty>);

impl SystemProperties {
    /// Reads the options in `(variable, text)`s, as a shell splits them that was told of no quotes.
    pub fn parse<'a>(variables: impl IntoIterator<Item = (&'a str, String)>) -> SystemProperties {
        let mut properties = Vec::new();
        for (variable, text) in variables {
            for word in text.split_whitespace().filter_map(|word| word.strip_prefix("-D")) {
                let (key, value) = word.split_once('=').unwrap_or((word, ""));
                let (key, value) = (key.to_owned(), value.to_owned());
                properties.push(SystemProperty { key, value, variable: variable.to_owned() });
            }
        }
        SystemProperties(properties)
    }

    /// With the entries of a file of properties, which are the stronger ones.
    pub fn with_file(mut self, file: &str, properties: &Properties) -> SystemProperties {
        self.0.extend(properties.entries().iter().map(|entry| SystemProperty {
            key: entry.key.clone(),
            value: entry.value.clone(),
            variable: file.to_owned(),
        }));
        self
    }

    /// The value that counts for `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|property| property.key == key).map(|property| property.value.as_str())
    }

    /// Adds those that set something of the server to the file's settings. A bad value is an error that names it.
    pub fn add_to(&self, properties: &mut Properties) -> Result<(), ConfigError> {
        for property in self.0.iter().rev() {
            let Some(key) = setting(&property.key) else { continue };
            if properties.get(key).is_some() {
                continue;
            }
            let alone: Properties = [(key, property.value.as_str())].into_iter().collect();
            Settings::check(format!("-D{} in {}", property.key, property.variable), &[ZOOKEEPER], &alone)?;
            properties.set(key, property.value.clone());
        }
        Ok(())
    }
}

/// The setting's name in the file, if the property is one of the server.
fn setting(key: &str) -> Option<&str> {
    if BARE.contains(&key) {
        return Some(key);
    }
    let name = key.strip_prefix("zookeeper.")?;
    let is_numbered = name.starts_with("authProvider.") || name.starts_with("superUser.");
    let is_known = find(ZOOKEEPER, name).is_some() && !READ_DIRECTLY.contains(&name);
    (is_numbered || is_known).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> SystemProperties {
        SystemProperties::parse([("KAFKA_OPTS", text.to_owned())])
    }

    #[test]
    fn properties_stand_behind_the_file() {
        let mut properties = Properties::parse(b"snapCount=7\n").unwrap();
        let system = given(
            "-Xmx1g -Dzookeeper.snapCount=9 -Dzookeeper.skipACL=yes -Dzookeeper.clientPort=1 -Djute.maxbuffer=4096 -Dx",
        );
        system.add_to(&mut properties).unwrap();
        assert_eq!(properties.get("snapCount"), Some("7"));
        assert_eq!(properties.get("skipACL"), Some("yes"));
        assert_eq!(properties.get("jute.maxbuffer"), Some("4096"));
        assert_eq!(properties.get("clientPort"), None, "Apache reads it in the file only");
        assert_eq!((system.get("x"), system.get("y")), (Some(""), None));
    }

    #[test]
    fn the_last_one_counts_and_a_bad_one_is_named() {
        let mut properties = Properties::default();
        given("-Dzookeeper.authProvider.1=a -Dzookeeper.authProvider.1=b").add_to(&mut properties).unwrap();
        assert_eq!(properties.get("authProvider.1"), Some("b"));
        let error = given("-Dzookeeper.snapCount=x").add_to(&mut properties).unwrap_err().to_string();
        assert!(error.starts_with("-Dzookeeper.snapCount in KAFKA_OPTS: Invalid value x"), "{error}");
    }
}
