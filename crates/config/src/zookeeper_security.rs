//! Pure: the settings of the ZooKeeper server that say who may speak with it: TLS, SASL, the schemes of identities.

use core::net::SocketAddr;
use std::path::PathBuf;

use super::listen_address::listen_address;
use super::properties::Entry;
use super::settings::{ConfigError, Settings};
use crate::TlsOptions;

/// By which hash `digest` ACLs are made (`DigestAuthenticationProvider.digestAlg`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DigestAlgorithm {
    #[default]
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// Where the users of SASL stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JaasConfig {
    pub file: PathBuf,
    /// The section, `Server` unless `sasl.serverconfig` says otherwise.
    pub section: String,
    /// Whether the section was asked for by name.
    pub is_explicit: bool,
}

/// Who may speak with the server, and how.
#[derive(Debug, Clone, Default)]
pub struct SecurityConfig {
    /// Where clients speak TLS.
    pub secure_address: Option<SocketAddr>,
    /// Whether clientPort takes TLS as well (`client.portUnification`).
    pub port_unification: bool,
    /// Whether new connections go by changed stores (`client.certReload`).
    pub reload_keys: bool,
    /// What TLS needs, when it is asked for.
    pub tls: Option<TlsOptions>,
    /// `None` turns the scheme `digest` off.
    pub digest: Option<DigestAlgorithm>,
    /// Whether `sasl` may stand in ACLs (`authProvider.N=…SASLAuthenticationProvider`).
    pub sasl_acls: bool,
    /// Whether clients are known by their certificates.
    pub x509: bool,
    /// The certificate's subject that may do anything.
    pub x509_super_user: Option<String>,
    pub jaas: Option<JaasConfig>,
    /// SASL users that may do anything (`superUser`, `superUser.*`).
    pub sasl_super_users: Vec<String>,
    /// Another password of the SASL user `super`.
    pub sasl_super_password: Option<String>,
    /// What stands in an ACL for every SASL user (`letAnySaslUserDoX`).
    pub any_sasl_user: Option<String>,
    pub remove_host: bool,
    pub remove_realm: bool,
    /// A client whose SASL failed may go on without.
    pub allow_sasl_failed: bool,
    /// A client must have proved an identity of one of these schemes; empty: it need not.
    pub enforced_schemes: Vec<String>,
    /// Where settings with files stand, `(key, "file:line")`.
    origins: Vec<(String, String)>,
}

const PROVIDERS: &str = "org.apache.zookeeper.server.auth.";
/// Settings whose files are read at the start.
const WITH_FILES: &[&str] = &["ssl.keyStore.location", "ssl.trustStore.location", "java.security.auth.login.config"];
/// Checks of certificates that are not made here; to ignore them would be to trust whom the operator does not.
const NOT_SERVED: &[&str] = &["ssl.crl", "ssl.ocsp"];

impl SecurityConfig {
    pub fn from_settings(settings: &Settings) -> Result<SecurityConfig, ConfigError> {
        let secure_address = match settings.optional_number("secureClientPort") {
            Some(port) => Some(listen_address(settings, u16::try_from(port).unwrap_or(0), "secureClientPortAddress")?),
            None if settings.given("secureClientPortAddress").is_some() => {
                return Err(settings.refuse("secureClientPortAddress", "it is set but secureClientPort is not"));
            }
            None => None,
        };
        let port_unification = settings.flag("client.portUnification");
        let uses_tls = secure_address.is_some() || port_unification;
        let classes = provider_classes(settings)?;
        let has = |class: &str| classes.iter().any(|known| known == class);
        let mut config = SecurityConfig {
            secure_address,
            port_unification,
            reload_keys: settings.flag("client.certReload"),
            tls: if uses_tls { Some(tls(settings)?) } else { None },
            digest: if settings.flag("DigestAuthenticationProvider.enabled") { Some(digest(settings)?) } else { None },
            sasl_acls: has("SASLAuthenticationProvider"),
            x509: uses_tls || has("X509AuthenticationProvider"),
            x509_super_user: settings.text("X509AuthenticationProvider.superUser"),
            jaas: settings.text("java.security.auth.login.config").map(|file| JaasConfig {
                file: file.into(),
                section: settings.text("sasl.serverconfig").unwrap_or_else(|| "Server".to_owned()),
                is_explicit: settings.given("sasl.serverconfig").is_some(),
            }),
            sasl_super_users: super_users(settings),
            sasl_super_password: settings.text("SASLAuthenticationProvider.superPassword"),
            any_sasl_user: settings.text("letAnySaslUserDoX"),
            remove_host: settings.flag("kerberos.removeHostFromPrincipal"),
            remove_realm: settings.flag("kerberos.removeRealmFromPrincipal"),
            allow_sasl_failed: settings.flag("allowSaslFailedClients"),
            enforced_schemes: Vec::new(),
            origins: WITH_FILES.iter().filter_map(|key| Some(((*key).to_owned(), settings.origin(key)?))).collect(),
        };
        config.enforced_schemes = config.enforced(settings)?;
        Ok(config)
    }

    /// `file:line: key`, as far as it is known, for errors about what a setting points to.
    pub fn place_of(&self, key: &str) -> String {
        match self.origins.iter().find(|(known, _)| known == key) {
            Some((_, origin)) => format!("{origin}: {key}"),
            None => key.to_owned(),
        }
    }

    /// The schemes of which a client must prove one; each must be served.
    fn enforced(&self, settings: &Settings) -> Result<Vec<String>, ConfigError> {
        let (key, schemes) = if settings.flag("sessionRequireClientSASLAuth") {
            ("sessionRequireClientSASLAuth", vec!["sasl".to_owned()])
        } else if settings.flag("enforce.auth.enabled") {
            ("enforce.auth.schemes", settings.list("enforce.auth.schemes"))
        } else {
            return Ok(Vec::new());
        };
        if schemes.is_empty() {
            return Err(settings.refuse("enforce.auth.enabled", "enforce.auth.schemes must say which schemes"));
        }
        let is_served = |scheme: &str| match scheme {
            "ip" => true,
            "digest" => self.digest.is_some(),
            "sasl" => self.sasl_acls,
            "x509" => self.x509,
            _ => false,
        };
        match schemes.iter().find(|scheme| !is_served(scheme)) {
            None => Ok(schemes),
            Some(scheme) if scheme == "sasl" => {
                let reason =
                    format!("scheme sasl is not there; add authProvider.1={PROVIDERS}SASLAuthenticationProvider");
                Err(settings.refuse(key, reason))
            }
            Some(scheme) => Err(settings.refuse(key, format!("there is no scheme {scheme}"))),
        }
    }
}

/// The settings of TLS; an error names file, line and key.
fn tls(settings: &Settings) -> Result<TlsOptions, ConfigError> {
    if let Some(key) = NOT_SERVED.iter().find(|key| settings.flag(key)) {
        return Err(
            settings.refuse(key, "revoked certificates are not looked up here; leave them out of the trust store")
        );
    }
    let supplier = "ssl.context.supplier.class";
    if settings.unknown().iter().any(|entry| entry.key == supplier) {
        return Err(
            settings.refuse(supplier, "there are no Java classes here; use ssl.keyStore.* and ssl.trustStore.*")
        );
    }
    if settings.text("ssl.authProvider").is_some_and(|scheme| scheme != "x509") {
        return Err(settings.refuse("ssl.authProvider", "certificates are known by the scheme x509 only"));
    }
    let options = TlsOptions::from_settings(|key| settings.text(key));
    let options = options.map_err(|error| settings.refuse(error.key, error.reason))?;
    if options.key_store.is_none() {
        let key =
            if settings.given("secureClientPort").is_some() { "secureClientPort" } else { "client.portUnification" };
        return Err(settings.refuse(key, "TLS needs a key: set ssl.keyStore.location"));
    }
    Ok(options)
}

fn digest(settings: &Settings) -> Result<DigestAlgorithm, ConfigError> {
    let key = "DigestAuthenticationProvider.digestAlg";
    match settings.text(key).unwrap_or_default().to_ascii_uppercase().as_str() {
        "" | "SHA1" | "SHA-1" | "SHA" => Ok(DigestAlgorithm::Sha1),
        "SHA-256" | "SHA256" => Ok(DigestAlgorithm::Sha256),
        "SHA-384" | "SHA384" => Ok(DigestAlgorithm::Sha384),
        "SHA-512" | "SHA512" => Ok(DigestAlgorithm::Sha512),
        other => Err(settings.refuse(key, format!("{other} is not one of SHA1, SHA-256, SHA-384, SHA-512"))),
    }
}

/// The simple names of the `authProvider.*` classes. One that is not here stops the start: ACLs may depend on it.
fn provider_classes(settings: &Settings) -> Result<Vec<String>, ConfigError> {
    let mut classes = Vec::new();
    for Entry { key, value, .. } in settings.unknown().iter().filter(|entry| entry.key.starts_with("authProvider.")) {
        let class = value.trim().strip_prefix(PROVIDERS).unwrap_or(value.trim());
        match class {
            "SASLAuthenticationProvider"
            | "X509AuthenticationProvider"
            | "DigestAuthenticationProvider"
            | "IPAuthenticationProvider" => classes.push(class.to_owned()),
            _ => {
                let reason = format!(
                    "{value} is not served here; there are {PROVIDERS}SASLAuthenticationProvider and X509AuthenticationProvider"
                );
                return Err(settings.refuse(key, reason));
            }
        }
    }
    Ok(classes)
}

fn super_users(settings: &Settings) -> Vec<String> {
    let numbered = settings.unknown().iter().filter(|entry| entry.key.starts_with("superUser."));
    settings.text("superUser").into_iter().chain(numbered.map(|entry| entry.value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::Properties;
    use crate::zookeeper_table::ZOOKEEPER;

    fn config(text: &str) -> Result<SecurityConfig, ConfigError> {
        let properties = Properties::parse(text.as_bytes()).unwrap();
        SecurityConfig::from_settings(&Settings::check("zoo.cfg", &[ZOOKEEPER], &properties)?)
    }

    #[test]
    fn nothing_is_asked_for() {
        let config = config("dataDir=/x\n").unwrap();
        assert!(config.tls.is_none() && !config.x509 && !config.sasl_acls && config.jaas.is_none());
        assert_eq!((config.digest, config.enforced_schemes.len()), (Some(DigestAlgorithm::Sha1), 0));
    }

    #[test]
    fn tls_and_sasl() {
        let config = config(
            "secureClientPort=2182\nssl.keyStore.location=/k.p12\nssl.trustStore.location=/t.jks\nssl.clientAuth=want\n\
             java.security.auth.login.config=/jaas.conf\nsuperUser=a\nsuperUser.1=b\nsessionRequireClientSASLAuth=true\n\
             authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider\n",
        )
        .unwrap();
        assert_eq!(config.secure_address.map(|address| address.to_string()).as_deref(), Some("0.0.0.0:2182"));
        assert!(config.x509 && config.sasl_acls && config.tls.is_some());
        assert_eq!(
            (config.sasl_super_users, config.enforced_schemes),
            (vec!["a".into(), "b".into()], vec!["sasl".into()])
        );
        let jaas = config.jaas.unwrap();
        assert_eq!((jaas.section.as_str(), jaas.is_explicit), ("Server", false));
    }

    #[test]
    fn files_are_placed_by_file_line_and_key() {
        let config = config("\nssl.keyStore.location=/k.p12\nsecureClientPort=1\n").unwrap();
        assert_eq!(config.place_of("ssl.keyStore.location"), "zoo.cfg:2: ssl.keyStore.location");
        assert_eq!(config.place_of("ssl.trustStore.location"), "ssl.trustStore.location");
    }

    #[test]
    fn errors_name_file_line_and_key() {
        let error = |text: &str| config(text).unwrap_err().to_string();
        assert!(error("secureClientPort=1\n").starts_with("zoo.cfg:1: secureClientPort: TLS needs a key"));
        assert!(error("secureClientPortAddress=::1\n").starts_with("zoo.cfg:1: secureClientPortAddress: "));
        let with_key = |more: &str| error(&format!("ssl.keyStore.location=/k\nsecureClientPort=1\n{more}\n"));
        assert!(with_key("ssl.ocsp=true").starts_with("zoo.cfg:3: ssl.ocsp: "));
        assert!(with_key("ssl.clientAuth=maybe").starts_with("zoo.cfg:3: ssl.clientAuth: maybe is not one of"));
        assert!(with_key("ssl.context.supplier.class=X").starts_with("zoo.cfg:3: ssl.context.supplier.class: "));
        assert!(
            error("authProvider.2=com.acme.Own\n").starts_with("zoo.cfg:1: authProvider.2: com.acme.Own is not served")
        );
        assert!(error("enforce.auth.enabled=true\nenforce.auth.schemes=sasl\n").contains("add authProvider.1="));
        assert!(error("enforce.auth.enabled=true\n").starts_with("zoo.cfg:1: enforce.auth.enabled: "));
        assert!(error("DigestAuthenticationProvider.digestAlg=MD4\n").contains("MD4 is not one of"));
    }
}
