//! How the tools that speak with ZooKeeper itself find out with what they speak and as whom: TLS and SASL, from files and
//! from the system properties that Kafka's scripts take in `KAFKA_OPTS`.

use super::java_options::system_properties;
use rkafka_config as config;
use rkafka_config::system_properties::CLIENT_VARIABLES;
use rkafka_zookeeper_client::ClientOptions;

/// What a client is told, and what that came from.
pub struct ZooKeeperAccess {
    pub options: ClientOptions,
    /// The login file that was named, whether it has something for ZooKeeper's clients or not.
    pub jaas_file: Option<String>,
}

impl ZooKeeperAccess {
    /// Reads the settings: `tls_file` has Kafka's names, `client_file` ZooKeeper's own.
    pub fn read(tls_file: Option<&str>, client_file: Option<&str>) -> anyhow::Result<ZooKeeperAccess> {
        let mut system = system_properties(CLIENT_VARIABLES);
        if let Some(file) = client_file {
            system = system.with_file(file, &config::file::load(file)?);
        }
        let mut options = ClientOptions::from_system(&system)?;
        if let Some(file) = tls_file {
            options = options.with_kafka_tls(file, &config::file::load(file)?)?;
        }
        let jaas_file = system.get("java.security.auth.login.config").map(str::to_owned);
        Ok(ZooKeeperAccess { options, jaas_file })
    }

    /// Whether ZooKeeper can know who the client is.
    pub fn has_identity(&self) -> bool {
        self.options.sasl.is_some() || self.options.tls.as_ref().is_some_and(|tls| tls.key_store.is_some())
    }
}
