//! What a client can be told beyond where its servers are: how to speak with them, and who it is.

use std::fmt;

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;

use rkafka_config::{jaas, properties::Properties, system_properties::SystemProperties};

pub use rkafka_security::tls::{Store, StoreKind, TlsOptions, TlsOptionsError};

/// How to speak with the servers, and who the client is.
#[derive(Clone, Default)]
pub struct ClientOptions {
    /// TLS to every server (`zookeeper.ssl.client.enable`).
    pub tls: Option<TlsOptions>,
    /// User and password for SASL DIGEST-MD5, before anything else is asked.
    pub sasl: Option<(String, String)>,
    /// Take a server that only reads, too.
    pub read_only: bool,
    /// Schemes and credentials, for example `digest` and `user:password`.
    pub auth: Vec<(String, Bytes)>,
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes: Vec<&str> = self.auth.iter().map(|(scheme, _)| scheme.as_str()).collect();
        formatter
            .debug_struct("ClientOptions")
            .field("tls", &self.tls)
            .field("sasl", &self.sasl.as_ref().map(|(user, _)| user))
            .field("read_only", &self.read_only)
            .field("auth", &schemes)
            .finish()
    }
}

/// How Kafka spells the settings of TLS to ZooKeeper (`server.properties`, `-zk-tls-config-file`), and how ZooKeeper does.
const KAFKA_KEYS: &[(&str, &str)] = &[
    ("zookeeper.ssl.keystore.location", "ssl.keyStore.location"),
    ("zookeeper.ssl.keystore.password", "ssl.keyStore.password"),
    ("zookeeper.ssl.keystore.type", "ssl.keyStore.type"),
    ("zookeeper.ssl.truststore.location", "ssl.trustStore.location"),
    ("zookeeper.ssl.truststore.password", "ssl.trustStore.password"),
    ("zookeeper.ssl.truststore.type", "ssl.trustStore.type"),
    ("zookeeper.ssl.protocol", "ssl.protocol"),
    ("zookeeper.ssl.enabled.protocols", "ssl.enabledProtocols"),
    ("zookeeper.ssl.cipher.suites", "ssl.ciphersuites"),
];
const ENABLE: &str = "zookeeper.ssl.client.enable";
const HOST_CHECK: &str = "zookeeper.ssl.endpoint.identification.algorithm";
/// Checks of certificates that are not made here.
const NOT_SERVED: &[&str] = &["zookeeper.ssl.crl.enable", "zookeeper.ssl.ocsp.enable"];
const JAAS_KEY: &str = "java.security.auth.login.config";

impl ClientOptions {
    /// What Java's system properties say to a client of Apache ZooKeeper: `zookeeper.client.secure`, `zookeeper.ssl.*`,
    /// and the section `Client` of the JAAS file. Errors name the property or the file.
    pub fn from_system(system: &SystemProperties) -> anyhow::Result<ClientOptions> {
        let tls = match system.get("zookeeper.client.secure") {
            Some("true") => {
                Some(TlsOptions::from_settings(|key| system.get(&format!("zookeeper.{key}")).map(str::to_owned))?)
            }
            _ => None,
        };
        Ok(ClientOptions { tls, sasl: login(system)?, ..ClientOptions::default() })
    }

    /// With TLS as Kafka's settings in `file` say it, if they ask for it (`zookeeper.ssl.client.enable`).
    pub fn with_kafka_tls(self, file: &str, settings: &Properties) -> anyhow::Result<ClientOptions> {
        if settings.get(ENABLE).map(str::trim) != Some("true") {
            return Ok(self);
        }
        if let Some(key) = NOT_SERVED.iter().find(|key| settings.get(key).map(str::trim) == Some("true")) {
            bail!("{file}: {key}: revoked certificates are not looked up here; leave them out of the trust store");
        }
        let get = |key: &str| match key {
            "ssl.hostnameVerification" => settings.get(HOST_CHECK).map(|check| (!check.trim().is_empty()).to_string()),
            _ => {
                let (kafka, _) = KAFKA_KEYS.iter().find(|(_, own)| *own == key)?;
                settings.get(kafka).map(str::to_owned)
            }
        };
        let tls = TlsOptions::from_settings(get).map_err(|error| {
            let key = KAFKA_KEYS.iter().find(|(_, own)| *own == error.key).map_or(error.key, |(kafka, _)| kafka);
            anyhow!("{file}: {key}: {}", error.reason)
        })?;
        Ok(ClientOptions { tls: Some(tls), ..self })
    }
}

/// User and password of the JAAS file's section; `None` without file or section.
fn login(system: &SystemProperties) -> anyhow::Result<Option<(String, String)>> {
    let Some(file) = system.get(JAAS_KEY) else { return Ok(None) };
    if system.get("zookeeper.sasl.client").is_some_and(|value| !value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let named = system.get("zookeeper.sasl.clientconfig");
    let section = named.unwrap_or("Client");
    let text = std::fs::read(file).with_context(|| format!("{JAAS_KEY}: {file}"))?;
    let sections = jaas::parse(file, &String::from_utf8_lossy(&text))?;
    let Some(found) = sections.iter().find(|known| known.name == section) else {
        if named.is_some() {
            bail!("{file}: there is no section {section}, which zookeeper.sasl.clientconfig names");
        }
        return Ok(None);
    };
    let options = found.modules.iter().flat_map(|module| &module.options);
    let option = |name: &str| options.clone().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    match (option("username"), option("password")) {
        (Some(user), Some(password)) => Ok(Some((user, password))),
        _ => bail!(
            "{file}: section {section} needs username=\"…\" and password=\"…\" (DIGEST-MD5; Kerberos is not served)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kafkas_settings_of_tls() {
        let text = "zookeeper.ssl.client.enable=true\nzookeeper.ssl.truststore.location=/t.jks\n\
                    zookeeper.ssl.truststore.password=x\nzookeeper.ssl.endpoint.identification.algorithm=\n";
        let settings = Properties::parse(text.as_bytes()).unwrap();
        let tls = ClientOptions::default().with_kafka_tls("tls.properties", &settings).unwrap().tls.unwrap();
        assert_eq!(tls.trust_store.unwrap().path.to_str(), Some("/t.jks"));
        assert!(tls.key_store.is_none() && !tls.verify_hostname);
        let off = Properties::parse(b"zookeeper.ssl.client.enable=false").unwrap();
        assert!(ClientOptions::default().with_kafka_tls("f", &off).unwrap().tls.is_none());
        let bad = Properties::parse(
            b"zookeeper.ssl.client.enable=true\nzookeeper.ssl.truststore.location=x\nzookeeper.ssl.truststore.type=BKS",
        );
        let error = ClientOptions::default().with_kafka_tls("f", &bad.unwrap()).unwrap_err().to_string();
        assert!(error.starts_with("f: zookeeper.ssl.truststore.type: BKS"), "{error}");
    }

    #[test]
    fn javas_properties() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jaas.conf");
        std::fs::write(&file, "Client { X required username=\"bob\" password=\"secret\"; };").unwrap();
        let system = |more: &str| {
            let text = format!("-Djava.security.auth.login.config={} {more}", file.display());
            ClientOptions::from_system(&SystemProperties::parse([("JVMFLAGS", text)]))
        };
        assert_eq!(system("").unwrap().sasl, Some(("bob".to_owned(), "secret".to_owned())));
        assert_eq!(system("-Dzookeeper.sasl.client=false").unwrap().sasl, None);
        assert!(system("-Dzookeeper.sasl.clientconfig=Other").unwrap_err().to_string().contains("section Other"));
        let tls = system("-Dzookeeper.client.secure=true -Dzookeeper.ssl.trustStore.location=/t.p12").unwrap().tls;
        assert_eq!(tls.unwrap().trust_store.unwrap().path.to_str(), Some("/t.p12"));
    }
}
