//! The `key=value` pairs of options such as `--property` and `--consumer-property`, and of the files beside them.

use super::client_defaults;
use rkafka_client::Properties;
use rkafka_config::file;

/// Reads pairs as Kafka's tools do: the value is what follows the first `=`, and empty without one; the last pair of a key
/// counts.
pub fn parse<'a>(pairs: impl IntoIterator<Item = &'a str>) -> Properties {
    let pair = |text: &'a str| text.split_once('=').unwrap_or((text, ""));
    pairs.into_iter().map(pair).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The properties of a client: those of its file, if it has one, above what holds for all clients of this process.
pub fn load(path: Option<&str>) -> anyhow::Result<Properties> {
    Ok(below(client_defaults::get(), &load_alone(path)?))
}

/// The pairs of a properties file that is not a client's; none without a file.
pub fn load_alone(path: Option<&str>) -> anyhow::Result<Properties> {
    let Some(path) = path else { return Ok(Properties::new()) };
    let parsed = file::load(path)?;
    Ok(parsed.effective().into_iter().map(|(key, entry)| (key.to_owned(), entry.value.clone())).collect())
}

/// The properties of a file below those that were typed, which count where both have a key.
pub fn below(file: Properties, typed: &Properties) -> Properties {
    let mut properties = file;
    properties.extend(typed.clone());
    properties
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_typed_counts_more_than_a_file() {
        let all = super::below(super::parse(["a=1", "b=2"]), &super::parse(["b=3", "c=4"]));
        assert_eq!(all, super::parse(["a=1", "b=3", "c=4"]));
    }

    #[test]
    fn pairs() {
        let parsed = super::parse(["a=1", "b", "c=x=y", "a=2"]);
        let shown: Vec<String> = parsed.iter().map(|(key, value)| format!("{key}:{value}")).collect();
        assert_eq!(shown, ["a:2", "b:", "c:x=y"]);
    }
}
