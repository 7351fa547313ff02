//! Which servers a tool asks when its options name none, and why those.

use crate::running;
use std::{env, fmt};

/// The variables that name servers; the first that is set counts.
const VARIABLES: [&str; 2] = ["RKAFKA_BOOTSTRAP_SERVERS", "BOOTSTRAP_SERVERS"];
/// Where Kafka's own examples have a broker.
const DEFAULT: &str = "localhost:9092";

/// Where the servers were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A properties file that an option names.
    File(String),
    Variable(&'static str),
    Context(String),
    /// A running `rkafka dev` of this user.
    Dev,
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => write!(f, "bootstrap.servers of {path}"),
            Source::Variable(name) => write!(f, "the variable {name}"),
            Source::Context(name) => write!(f, "the context '{name}'"),
            Source::Dev => f.write_str("the running 'rkafka dev'"),
            Source::Default => f.write_str("the default; --bootstrap-server or 'rkafka context' names others"),
        }
    }
}

/// The servers, and where they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Servers {
    /// `host:port,host:port`.
    pub addresses: String,
    pub source: Source,
}

/// Looks where servers may be named, in this order: a client's file, the environment, the context in use, a running
/// `rkafka dev`, and Kafka's own default. A context that was asked for by name goes before the environment.
pub fn find(files: &[(String, String)], context: Option<(&str, &str)>, is_context_asked_for: bool) -> Servers {
    let variable = |name: &'static str| env::var(name).ok().map(|value| (name, value));
    let variables: Vec<(&'static str, String)> = VARIABLES.into_iter().filter_map(variable).collect();
    choose(files, &variables, context, is_context_asked_for, || running::only_one().map(|dev| dev.bootstrap_servers))
}

/// Pure: the choice itself. `files` and `context` are names with the servers that they have.
fn choose(
    files: &[(String, String)],
    variables: &[(&'static str, String)],
    context: Option<(&str, &str)>,
    is_context_asked_for: bool,
    dev: impl FnOnce() -> Option<String>,
) -> Servers {
    let of = |addresses: &str, source: Source| Servers { addresses: addresses.to_owned(), source };
    if let Some((path, addresses)) = files.iter().find(|(_, addresses)| !addresses.is_empty()) {
        return of(addresses, Source::File(path.clone()));
    }
    let from_context = context.map(|(name, addresses)| of(addresses, Source::Context(name.to_owned())));
    if let Some(servers) = from_context.clone().filter(|_| is_context_asked_for) {
        return servers;
    }
    if let Some((name, addresses)) = variables.iter().find(|(_, addresses)| !addresses.trim().is_empty()) {
        return of(addresses, Source::Variable(name));
    }
    from_context
        .or_else(|| dev().map(|addresses| of(&addresses, Source::Dev)))
        .unwrap_or_else(|| of(DEFAULT, Source::Default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_counts() {
        let file = [("c.properties".to_owned(), "f:1".to_owned())];
        let variable = [("BOOTSTRAP_SERVERS", "v:1".to_owned())];
        let empty = [("BOOTSTRAP_SERVERS", " ".to_owned())];
        let context = Some(("prod", "c:1"));
        let dev = || Some("d:1".to_owned());
        let chosen = |found: Servers| format!("{} {}", found.addresses, found.source);
        assert_eq!(chosen(choose(&file, &variable, context, true, dev)), "f:1 bootstrap.servers of c.properties");
        assert_eq!(chosen(choose(&[], &variable, context, true, dev)), "c:1 the context 'prod'");
        assert_eq!(chosen(choose(&[], &variable, context, false, dev)), "v:1 the variable BOOTSTRAP_SERVERS");
        assert_eq!(chosen(choose(&[], &empty, context, false, dev)), "c:1 the context 'prod'");
        assert_eq!(chosen(choose(&[], &empty, None, false, dev)), "d:1 the running 'rkafka dev'");
        assert!(chosen(choose(&[], &[], None, false, || None)).starts_with("localhost:9092 the default"));
    }
}
