//! Pure: which settings of brokers may be written to ZooKeeper before the broker runs (`DynamicBrokerConfig`).

use anyhow::bail;
use rkafka_config::{
    broker_table::BROKER,
    definition::{Kind, Update, find},
};
use std::collections::BTreeMap;

/// Settings that listeners share among all brokers.
const OF_ALL_BROKERS: [&str; 3] = ["max.connections", "max.connection.creation.rate", "num.network.threads"];
/// What the encoder of passwords is told; it is kept nowhere.
pub const ENCODER: &str = "password.encoder.";

/// The name of a listener's setting without the listener: `listener.name.LISTENER.NAME`.
fn without_listener(name: &str) -> Option<&str> {
    name.strip_prefix("listener.name.")?.split_once('.').map(|(_, base)| base)
}

/// Checks settings for one broker, or for all.
pub fn check(added: &BTreeMap<String, String>, of_one_broker: bool) -> anyhow::Result<()> {
    let refuse = |what: &str, fits: &dyn Fn(&str) -> bool| {
        let names: Vec<&str> = added.keys().map(String::as_str).filter(|name| fits(name)).collect();
        if names.is_empty() { Ok(()) } else { Err(anyhow::anyhow!("{what}: {}", names.join(", "))) }
    };
    let update = |name: &str| find(BROKER, name).map(|definition| definition.update);
    refuse("Cannot update these configs dynamically", &|name| update(name) == Some(Update::ReadOnly))?;
    refuse("These security configs can be dynamically updated only per-listener using the listener prefix", &|name| {
        name.starts_with("ssl.") && update(name) == Some(Update::PerBroker)
    })?;
    for (name, value) in added {
        let definition = find(BROKER, without_listener(name).unwrap_or(name));
        if let Some(Err(error)) = definition.map(|definition| definition.parse(value)) {
            bail!("{error}");
        }
    }
    if of_one_broker {
        return Ok(());
    }
    refuse("Cannot update these configs at default cluster level, broker id must be specified", &|name| {
        let of_listener = without_listener(name).is_some_and(|base| !OF_ALL_BROKERS.contains(&base));
        update(name) == Some(Update::PerBroker) || of_listener
    })
}

/// Whether the setting's value is a password, which is kept encrypted.
pub fn is_password(name: &str) -> bool {
    let passwords = BROKER.iter().filter(|d| d.kind == Kind::Password && d.update != Update::ReadOnly);
    passwords.into_iter().any(|definition| name.ends_with(definition.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str, value: &str, of_one_broker: bool) -> Result<(), String> {
        let added = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        check(&added, of_one_broker).map_err(|error| error.to_string())
    }

    #[test]
    fn what_may_be_written() {
        assert_eq!(checked("log.cleaner.threads", "2", false), Ok(()));
        assert_eq!(checked("listener.name.a.ssl.key.password", "x", true), Ok(()));
        assert_eq!(checked("my.own", "x", false), Ok(()));
        let text = checked("log.dirs", "x", true).unwrap_err();
        assert_eq!(text, "Cannot update these configs dynamically: log.dirs");
        assert!(checked("ssl.key.password", "x", true).unwrap_err().starts_with("These security configs"));
        assert!(checked("listener.name.a.ssl.key.password", "x", false).unwrap_err().contains("broker id must be"));
        assert!(checked("log.cleaner.threads", "x", false).is_err());
        assert!(is_password("listener.name.a.ssl.key.password") && !is_password("log.cleaner.threads"));
    }
}
