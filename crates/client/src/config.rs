//! Pure: what every client needs to be told, whether it produces, consumes or administers.

use super::{
    ClientError,
    bootstrap::{HostPort, parse_addresses},
    retry::Backoff,
    settings::{ClientSettings, Properties},
};
use rkafka_config::client_tables;
use std::{fmt, time::Duration};

/// The property behind [`ClientConfig::give_up_after`], in milliseconds.
pub const GIVE_UP_AFTER: &str = "rkafka.unreachable.timeout.ms";

/// Which of Kafka's clients this one stands for: picks the names in log lines and a few defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    Admin,
    Producer,
    Consumer,
}

impl fmt::Display for ClientKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClientKind::Admin => "AdminClient",
            ClientKind::Producer => "Producer",
            ClientKind::Consumer => "Consumer",
        })
    }
}

/// What Kafka's `CommonClientConfigs` holds. Field names are the properties' names.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    pub kind: ClientKind,
    pub bootstrap_servers: Vec<HostPort>,
    /// Whether those are KRaft controllers (`bootstrap.controllers`, KIP-919), which only an admin client speaks with.
    pub of_controllers: bool,
    pub client_id: String,
    /// What log lines start with, such as `[Producer clientId=console-producer] `.
    pub log_prefix: String,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How long one call may take, retries included.
    pub default_api_timeout: Duration,
    pub retry_backoff: Backoff,
    pub reconnect_backoff: Backoff,
    pub connection_setup_timeout: Duration,
    pub metadata_max_age: Duration,
    /// `send.buffer.bytes`, where it was given: the system's own sizes adapt, fixed ones do not.
    pub send_buffer_bytes: Option<usize>,
    pub receive_buffer_bytes: Option<usize>,
    /// How long addresses of which none can be reached are tried, until one is reached for the first time. `None`: as long
    /// as whoever asks waits. Ours, not Kafka's: [`GIVE_UP_AFTER`].
    pub give_up_after: Option<Duration>,
    /// Whether asking for a topic may create it.
    pub allow_auto_create_topics: bool,
}

impl ClientConfig {
    /// Reads the common properties.
    ///
    /// Errors: a bad value, a missing `bootstrap.servers`, or a `security.protocol` other than PLAINTEXT.
    pub fn read(kind: ClientKind, properties: &Properties, default_id: &str) -> Result<ClientConfig, ClientError> {
        let s = ClientSettings(properties);
        let controllers = s.text("bootstrap.controllers").filter(|list| kind == ClientKind::Admin && !list.is_empty());
        let Some(servers) = s.text("bootstrap.servers").filter(|list| !list.is_empty()).or(controllers) else {
            return Err(ClientError::Config(
                "Missing required configuration \"bootstrap.servers\" which has no default value.".into(),
            ));
        };
        let of_controllers = controllers == Some(servers) && s.text("bootstrap.servers").is_none_or(str::is_empty);
        if controllers.is_some() && !of_controllers {
            return Err(ClientError::Config("Cannot specify both bootstrap.servers and bootstrap.controllers".into()));
        }
        check_security(&s)?;
        let client_id = s.text("client.id").filter(|id| !id.is_empty()).unwrap_or(default_id).to_owned();
        Ok(ClientConfig {
            kind,
            bootstrap_servers: parse_addresses(servers)?,
            of_controllers,
            log_prefix: format!("[{kind} clientId={client_id}] "),
            client_id,
            request_timeout: s.millis("request.timeout.ms", 30_000)?,
            default_api_timeout: s.millis("default.api.timeout.ms", 60_000)?,
            retry_backoff: backoff(&s, "retry.backoff.ms", 100, "retry.backoff.max.ms")?,
            reconnect_backoff: backoff(&s, "reconnect.backoff.ms", 50, "reconnect.backoff.max.ms")?,
            connection_setup_timeout: s.millis("socket.connection.setup.timeout.ms", 10_000)?,
            metadata_max_age: s.millis("metadata.max.age.ms", 300_000)?,
            send_buffer_bytes: buffer_size(&s, "send.buffer.bytes")?,
            receive_buffer_bytes: buffer_size(&s, "receive.buffer.bytes")?,
            give_up_after: s.text(GIVE_UP_AFTER).map(|_| s.millis(GIVE_UP_AFTER, 0)).transpose()?,
            allow_auto_create_topics: match kind {
                ClientKind::Admin => false,
                ClientKind::Producer => true,
                ClientKind::Consumer => s.flag("allow.auto.create.topics", true)?,
            },
        })
    }

    /// A configuration with Kafka's defaults for the given `bootstrap.servers`.
    pub fn of(kind: ClientKind, bootstrap_servers: &str) -> Result<ClientConfig, ClientError> {
        let given = Properties::from([("bootstrap.servers".to_owned(), bootstrap_servers.to_owned())]);
        ClientConfig::read(kind, &given, default_client_id(kind))
    }

    /// What a broker uses towards another broker: one attempt at a time, its retries are the caller's.
    pub fn between_brokers(client_id: String, log_prefix: String, request_timeout: Duration) -> ClientConfig {
        let backoff = Backoff { first: Duration::from_millis(50), max: Duration::from_secs(1) };
        ClientConfig {
            kind: ClientKind::Admin,
            bootstrap_servers: Vec::new(),
            of_controllers: false,
            client_id,
            log_prefix,
            request_timeout,
            default_api_timeout: request_timeout,
            retry_backoff: backoff,
            reconnect_backoff: backoff,
            connection_setup_timeout: request_timeout.min(Duration::from_secs(10)),
            metadata_max_age: Duration::MAX,
            send_buffer_bytes: None,
            receive_buffer_bytes: None,
            give_up_after: None,
            allow_auto_create_topics: false,
        }
    }
}

/// The `client.id` of the first client of its kind in a Java process.
pub fn default_client_id(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Admin => "adminclient-1",
        ClientKind::Producer => "producer-1",
        ClientKind::Consumer => "consumer-1",
    }
}

/// Logs, as Kafka does, the properties that mean nothing to this kind of client. Those for mechanisms that this client does
/// not have (JMX, metrics, Java classes) are accepted as every Kafka client accepts them.
pub fn warn_unknown(kind: ClientKind, properties: &Properties) {
    let own = match kind {
        ClientKind::Admin => client_tables::ADMIN,
        ClientKind::Producer => client_tables::PRODUCER,
        ClientKind::Consumer => client_tables::CONSUMER,
    };
    let settings = ClientSettings(properties);
    let unknown = settings.unknown(&[client_tables::CLIENT, own]);
    if !unknown.is_empty() {
        let class = match kind {
            ClientKind::Admin => "org.apache.kafka.clients.admin.AdminClientConfig",
            ClientKind::Producer => "org.apache.kafka.clients.producer.ProducerConfig",
            ClientKind::Consumer => "org.apache.kafka.clients.consumer.ConsumerConfig",
        };
        log::info!(target: class, "These configurations '[{}]' were supplied but are not used yet.", unknown.join(", "));
    }
}

fn backoff(s: &ClientSettings, first: &str, default_ms: u32, max: &str) -> Result<Backoff, ClientError> {
    Ok(Backoff { first: s.millis(first, default_ms)?, max: s.millis(max, 1000)? })
}

fn buffer_size(s: &ClientSettings, name: &str) -> Result<Option<usize>, ClientError> {
    Ok(usize::try_from(s.int(name, -1, -1)?).ok())
}

fn check_security(s: &ClientSettings) -> Result<(), ClientError> {
    match s.text("security.protocol") {
        None => Ok(()),
        Some(p) if p.eq_ignore_ascii_case("PLAINTEXT") => Ok(()),
        Some(p) if ["SSL", "SASL_PLAINTEXT", "SASL_SSL"].iter().any(|known| p.eq_ignore_ascii_case(known)) => {
            Err(ClientError::Config(format!(
                "security.protocol={p} is not supported by this version: use a PLAINTEXT listener of the broker."
            )))
        }
        Some(p) => Err(super::settings::invalid(
            "security.protocol",
            p,
            "String must be one of (case insensitive): PLAINTEXT, SASL_PLAINTEXT, SASL_SSL, SSL",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &[(&str, &str)]) -> Result<ClientConfig, ClientError> {
        let given = list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        ClientConfig::read(ClientKind::Consumer, &given, "console-consumer")
    }

    #[test]
    fn defaults_are_kafkas() {
        let config = read(&[("bootstrap.servers", "localhost:9092")]).unwrap();
        assert_eq!(config.request_timeout, Duration::from_secs(30));
        assert_eq!(config.retry_backoff.first, Duration::from_millis(100));
        assert_eq!(config.log_prefix, "[Consumer clientId=console-consumer] ");
        assert!(config.allow_auto_create_topics);
    }

    #[test]
    fn brokers_or_controllers() {
        let admin = |list: &[(&str, &str)]| {
            let given = list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
            ClientConfig::read(ClientKind::Admin, &given, "a").map(|config| config.of_controllers)
        };
        assert_eq!(admin(&[("bootstrap.servers", "a:1")]).ok(), Some(false));
        assert_eq!(admin(&[("bootstrap.controllers", "a:1")]).ok(), Some(true));
        let both = admin(&[("bootstrap.controllers", "a:1"), ("bootstrap.servers", "a:1")]).unwrap_err();
        assert!(both.to_string().starts_with("Cannot specify both"), "{both}");
        // Others speak with brokers alone.
        assert!(read(&[("bootstrap.controllers", "a:1")]).is_err());
    }

    #[test]
    fn only_plaintext() {
        let error = read(&[("bootstrap.servers", "a:1"), ("security.protocol", "SASL_SSL")]).unwrap_err();
        assert!(error.to_string().contains("not supported by this version"));
        assert!(read(&[("bootstrap.servers", "a:1"), ("security.protocol", "plaintext")]).is_ok());
        assert!(read(&[]).unwrap_err().to_string().starts_with("Missing required configuration"));
    }
}
