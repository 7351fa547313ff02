//! Groups and their offsets: of consumers, share groups, streams groups.

mod group_args;
pub mod kafka_consumer_groups;
pub mod kafka_groups;
pub mod kafka_share_groups;
pub mod kafka_streams_groups;
mod moving;
mod planned;
mod topic_args;

use crate::options::{Once, Opt, UsageError, refuse_together};

/// A type of groups as Kafka's tools spell it: brokers say `classic`.
fn named_type(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().collect::<String>() + characters.as_str()).unwrap_or_default()
}

/// The names of a comma separated list, in any case, as brokers know them. `what` is `state` or `types`.
fn listed(text: Option<&str>, what: &str, known: &[&str]) -> Result<Vec<String>, UsageError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
    let name =
        |part: &str| known.iter().find(|name| name.eq_ignore_ascii_case(part.trim())).map(|name| (*name).to_owned());
    let names: Option<Vec<String>> = text.split(',').map(name).collect();
    names.ok_or_else(|| {
        let valid = known.join(", ");
        let kind = if what == "state" { "states" } else { what };
        UsageError::Rule(format!("Invalid {what} list '{text}'. Valid {kind} are: {valid}"))
    })
}

/// The states that `--state` lists, of those that are `known`; `None` if it was not given.
fn states(state: &Once<String>, known: &[&str]) -> Result<Option<Vec<String>>, UsageError> {
    let states = listed(state.text()?, "state", known)?;
    Ok(state.is_given().then_some(states))
}

/// A refusal in Kafka's words.
fn rule<T>(text: &str) -> Result<T, UsageError> {
    Err(UsageError::Rule(text.to_owned()))
}

/// The action whose option was given; `None` if there is none, or more than one.
fn the_only<A: Copy>(actions: &[(&dyn Opt, A)]) -> Option<A> {
    let mut given = actions.iter().filter(|(option, _)| option.is_given());
    match (given.next(), given.next()) {
        (Some((_, action)), None) => Some(*action),
        _ => None,
    }
}

/// Refuses any two of these options together.
fn refuse_each_other(options: &[&dyn Opt]) -> Result<(), UsageError> {
    for option in options {
        let others: Vec<&dyn Opt> = options.iter().copied().filter(|other| other.name() != option.name()).collect();
        refuse_together(*option, &others)?;
    }
    Ok(())
}

/// Refuses options that were given although others, to which they belong, were not: each with whether those were.
fn available(options: &[(&dyn Opt, bool)]) -> Result<(), UsageError> {
    let out_of_place: Vec<&str> =
        options.iter().filter(|(option, is)| option.is_given() && !is).map(|(option, _)| option.name()).collect();
    if out_of_place.is_empty() {
        return Ok(());
    }
    let names = out_of_place.join(", ");
    Err(UsageError::Unusable(format!("Option(s) [{names}] are unavailable given other options on the command line")))
}

/// `[a], [b]`: options as Kafka 4.4's tools list them, sorted.
fn option_list(options: &[&dyn Opt]) -> String {
    let mut names: Vec<String> = options.iter().map(|option| format!("[{}]", option.name())).collect();
    names.sort();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn types() {
        assert_eq!(["classic", "Consumer", ""].map(super::named_type), ["Classic", "Consumer", ""]);
    }
}
