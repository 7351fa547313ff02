//! Pure: where a broker listens, and which addresses it tells its clients.
//!
//! `listeners` and `advertised.listeners` are comma-separated `NAME://host:port`; the names map to security protocols
//! through `listener.security.protocol.map`. Brokers before 3.0 had `host.name`, `port`, `advertised.host.name` and
//! `advertised.port` instead; they count where the newer keys are absent.

use crate::{
    definition::split_list,
    settings::{ConfigError, Settings},
};
use std::fmt;

/// How a listener protects its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecurityProtocol {
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

impl SecurityProtocol {
    /// Kafka's name, as settings and znodes have it.
    pub fn name(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "PLAINTEXT",
            SecurityProtocol::Ssl => "SSL",
            SecurityProtocol::SaslPlaintext => "SASL_PLAINTEXT",
            SecurityProtocol::SaslSsl => "SASL_SSL",
        }
    }

    /// The number that LeaderAndIsr and UpdateMetadata send.
    pub fn id(self) -> i16 {
        match self {
            SecurityProtocol::Plaintext => 0,
            SecurityProtocol::Ssl => 1,
            SecurityProtocol::SaslPlaintext => 2,
            SecurityProtocol::SaslSsl => 3,
        }
    }

    /// The protocol of that name, in capitals or not.
    pub fn of_name(name: &str) -> Option<SecurityProtocol> {
        use SecurityProtocol::{Plaintext, SaslPlaintext, SaslSsl, Ssl};
        [Plaintext, Ssl, SaslPlaintext, SaslSsl].into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
    }
}

/// One listener: its name, its address, its protection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// In capitals.
    pub name: String,
    /// `None`: every interface; when advertised, the machine's own name.
    pub host: Option<String>,
    /// 0: any free port.
    pub port: u16,
    pub protocol: SecurityProtocol,
}

impl fmt::Display for Listener {
    /// `NAME://host:port`, as settings and znodes have it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.as_deref() {
            Some(host) if host.contains(':') => write!(f, "{}://[{host}]:{}", self.name, self.port),
            host => write!(f, "{}://{}:{}", self.name, host.unwrap_or_default(), self.port),
        }
    }
}

/// The listeners of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listeners {
    /// Where to bind.
    pub bind: Vec<Listener>,
    /// What clients are told; the same listeners by name.
    pub advertised: Vec<Listener>,
    /// The name of the listener that brokers use among themselves.
    pub inter_broker: String,
    /// `listener.security.protocol.map`.
    pub protocols: Vec<(String, SecurityProtocol)>,
}

impl Listeners {
    /// Reads the settings and checks that they fit together.
    pub fn of(settings: &Settings) -> Result<Listeners, ConfigError> {
        let protocols = protocol_map(settings)?;
        let legacy = LegacyAddress::of(settings)?;
        let bind = match settings.given("listeners") {
            Some(given) => parse(settings, "listeners", &given.value.to_string(), &protocols)?,
            None => vec![legacy.bind()],
        };
        let advertised = match settings.given("advertised.listeners") {
            Some(given) => parse(settings, "advertised.listeners", &given.value.to_string(), &protocols)?,
            None => legacy.advertise(&bind),
        };
        let inter_broker = inter_broker_name(settings, &protocols)?;
        let listeners = Listeners { bind, advertised, inter_broker, protocols };
        listeners.fit_together(settings)?;
        Ok(listeners)
    }

    /// What is bound under `name`.
    pub fn bound(&self, name: &str) -> Option<&Listener> {
        self.bind.iter().find(|listener| listener.name == name)
    }

    fn fit_together(&self, settings: &Settings) -> Result<(), ConfigError> {
        let names: Vec<&str> = self.advertised.iter().map(|listener| listener.name.as_str()).collect();
        let refuse = |key: &str, reason: String| Err(settings.refuse(key, reason));
        if names.is_empty() {
            return refuse("listeners", "There must be at least one broker advertised listener.".to_owned());
        }
        if self.advertised.iter().any(|listener| listener.host.as_deref() == Some("0.0.0.0")) {
            let reason =
                "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.";
            return refuse(
                if settings.given("advertised.listeners").is_some() { "advertised.listeners" } else { "listeners" },
                reason.to_owned(),
            );
        }
        if !names.contains(&self.inter_broker.as_str()) {
            let reason = format!(
                "inter.broker.listener.name must be a listener name defined in advertised.listeners. \
                 The valid options based on currently configured listeners are {}",
                names.join(",")
            );
            return refuse("advertised.listeners", reason);
        }
        if let Some(name) = names.iter().find(|name| self.bound(name).is_none()) {
            let reason = format!("the listener {name} is advertised, but 'listeners' does not have it");
            return refuse("advertised.listeners", reason);
        }
        Ok(())
    }
}

/// The keys that brokers had before 3.0.
struct LegacyAddress {
    host: Option<String>,
    port: u16,
    advertised_host: Option<String>,
    advertised_port: Option<u16>,
}

impl LegacyAddress {
    fn of(settings: &Settings) -> Result<LegacyAddress, ConfigError> {
        let text = |key: &str| {
            let entry = settings.unknown().iter().find(|entry| entry.key == key);
            entry.map(|entry| entry.value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let port = |key: &str| match text(key) {
            None => Ok(None),
            Some(value) => match value.parse::<u16>() {
                Ok(port) => Ok(Some(port)),
                Err(_) => Err(settings.refuse(key, format!("'{value}' is no port (allowed: 0 to 65535)"))),
            },
        };
        Ok(LegacyAddress {
            host: text("host.name"),
            port: port("port")?.unwrap_or(9092),
            advertised_host: text("advertised.host.name"),
            advertised_port: port("advertised.port")?,
        })
    }

    fn bind(&self) -> Listener {
        let protocol = SecurityProtocol::Plaintext;
        Listener { name: protocol.name().to_owned(), host: self.host.clone(), port: self.port, protocol }
    }

    fn advertise(&self, bind: &[Listener]) -> Vec<Listener> {
        let advertised = |listener: &Listener| Listener {
            host: self.advertised_host.clone().or_else(|| listener.host.clone()),
            port: self.advertised_port.unwrap_or(listener.port),
            ..listener.clone()
        };
        bind.iter().map(advertised).collect()
    }
}

fn protocol_map(settings: &Settings) -> Result<Vec<(String, SecurityProtocol)>, ConfigError> {
    let key = "listener.security.protocol.map";
    let text = settings.text(key).unwrap_or_default();
    let mut map = Vec::new();
    for pair in split_list(&text) {
        let Some((name, protocol)) = pair.split_once(':') else {
            return Err(settings.refuse(key, format!("'{pair}' is not of the form NAME:PROTOCOL")));
        };
        let Some(protocol) = SecurityProtocol::of_name(protocol.trim()) else {
            let reason =
                format!("Invalid security protocol `{}` defined in listener.security.protocol.map", protocol.trim());
            return Err(settings.refuse(key, reason));
        };
        map.push((name.trim().to_ascii_uppercase(), protocol));
    }
    Ok(map)
}

fn inter_broker_name(settings: &Settings, protocols: &[(String, SecurityProtocol)]) -> Result<String, ConfigError> {
    let (by_name, by_protocol) = ("inter.broker.listener.name", "security.inter.broker.protocol");
    match settings.text(by_name).map(|name| name.to_ascii_uppercase()) {
        None => Ok(settings.text(by_protocol).unwrap_or_default()),
        Some(_) if settings.given(by_protocol).is_some() => {
            Err(settings.refuse(by_name, format!("Only one of {by_name} and {by_protocol} should be set.")))
        }
        Some(name) if protocols.iter().any(|(known, _)| *known == name) => Ok(name),
        Some(name) => {
            let reason =
                format!("Listener with name {name} defined in {by_name} not found in listener.security.protocol.map.");
            Err(settings.refuse(by_name, reason))
        }
    }
}

fn parse(
    settings: &Settings,
    key: &str,
    text: &str,
    protocols: &[(String, SecurityProtocol)],
) -> Result<Vec<Listener>, ConfigError> {
    let mut listeners: Vec<Listener> = Vec::new();
    let creating =
        |reason: String| settings.refuse(key, format!("Error creating broker listeners from '{text}': {reason}"));
    for endpoint in split_list(text) {
        let (name, host, port) =
            split(&endpoint).ok_or_else(|| creating(format!("Unable to parse {endpoint} to a broker endpoint")))?;
        let name = name.to_ascii_uppercase();
        let protocol = protocols.iter().find(|(known, _)| *known == name).map(|(_, protocol)| *protocol);
        let protocol = protocol.ok_or_else(|| creating(format!("No security protocol defined for listener {name}")))?;
        if listeners.iter().any(|other| other.name == name) {
            return Err(settings.refuse(key, format!("Each listener must have a different name, {key}: {text}")));
        }
        if key == "listeners" && port != 0 && listeners.iter().any(|other| clash(other, host, port)) {
            return Err(settings.refuse(key, format!("Each listener must have a different port, {key}: {text}")));
        }
        listeners.push(Listener { name, host: host.map(str::to_owned), port, protocol });
    }
    Ok(listeners)
}

/// Whether two listeners cannot share a port. Two addresses of different families can (KIP-797).
fn clash(other: &Listener, host: Option<&str>, port: u16) -> bool {
    let is_v6 = |host: Option<&str>| host.is_some_and(|host| host.contains(':'));
    let both_named = other.host.is_some() && host.is_some();
    other.port == port && !(both_named && is_v6(other.host.as_deref()) != is_v6(host))
}

/// `NAME://host:port` in parts. An IPv6 address may stand in brackets.
fn split(endpoint: &str) -> Option<(&str, Option<&str>, u16)> {
    let (name, address) = endpoint.split_once("://")?;
    let (host, port) = address.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-:%".contains(&b);
    let fine = !name.is_empty() && host.bytes().all(allowed);
    fine.then_some((name, Some(host).filter(|host| !host.is_empty()), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broker_table::BROKER, properties::Properties};

    fn of(text: &str) -> Result<Listeners, String> {
        let properties = Properties::parse(text.as_bytes()).unwrap();
        let settings = Settings::check("f", &[BROKER], &properties).unwrap();
        Listeners::of(&settings).map_err(|error| error.to_string())
    }

    fn shown(listeners: &[Listener]) -> Vec<String> {
        listeners.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn defaults_and_both_families_of_keys() {
        let plain = of("").unwrap();
        assert_eq!(shown(&plain.bind), ["PLAINTEXT://:9092"]);
        assert_eq!((plain.advertised, plain.inter_broker), (plain.bind, "PLAINTEXT".to_owned()));
        let new = of("listeners=plaintext://0.0.0.0:9093\nadvertised.listeners=PLAINTEXT://[::1]:1").unwrap();
        assert_eq!(shown(&new.bind), ["PLAINTEXT://0.0.0.0:9093"]);
        assert_eq!(shown(&new.advertised), ["PLAINTEXT://[::1]:1"]);
        let old = of("port=9093\nhost.name=h\nadvertised.host.name=a\nadvertised.port=7").unwrap();
        assert_eq!(
            (shown(&old.bind), shown(&old.advertised)),
            (vec!["PLAINTEXT://h:9093".into()], vec!["PLAINTEXT://a:7".into()])
        );
        assert_eq!(shown(&of("port=1\nlisteners=PLAINTEXT://:2").unwrap().bind), ["PLAINTEXT://:2"]);
        let two = of(
            "listeners=IN://:1,OUT://h:2\nlistener.security.protocol.map=IN:PLAINTEXT,OUT:SSL\ninter.broker.listener.name=in",
        );
        assert_eq!(two.unwrap().inter_broker, "IN");
    }

    /// What Apache Kafka 3.9.1 says to the same settings.
    #[test]
    fn refusals() {
        for (text, part) in [
            ("listeners=PLAINTEXT://:1,PLAINTEXT://:2", "Each listener must have a different name, listeners: "),
            ("listeners=PLAINTEXT://:1,SSL://:1", "Each listener must have a different port, listeners: "),
            ("listeners=foo", "Error creating broker listeners from 'foo': Unable to parse foo to a broker endpoint"),
            ("listeners=X://:1", "No security protocol defined for listener X"),
            ("advertised.listeners=SSL://a:1", "inter.broker.listener.name must be a listener name defined in"),
            ("advertised.listeners=PLAINTEXT://0.0.0.0:1", "cannot use the nonroutable meta-address 0.0.0.0"),
            ("listeners=PLAINTEXT://:abc", "Unable to parse PLAINTEXT://:abc to a broker endpoint"),
            ("listeners=PLAINTEXT://a b:9", "Unable to parse PLAINTEXT://a b:9"),
            ("listeners=", "There must be at least one broker advertised listener."),
            (
                "inter.broker.listener.name=FOO",
                "Listener with name FOO defined in inter.broker.listener.name not found",
            ),
            ("listener.security.protocol.map=A:B", "Invalid security protocol `B`"),
            ("\nport=70000", "f:2: port: '70000' is no port (allowed: 0 to 65535)"),
        ] {
            let error = of(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
