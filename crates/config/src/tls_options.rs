//! Pure: the settings of TLS as Apache ZooKeeper and Kafka name them (`ssl.keyStore.location`, …), before any file is read.

use core::{fmt, str::FromStr};
use std::path::PathBuf;

/// The format of a key store or trust store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    Pem,
    Pkcs12,
    Jks,
}

impl FromStr for StoreKind {
    type Err = ();

    fn from_str(text: &str) -> Result<StoreKind, ()> {
        match text.to_ascii_uppercase().as_str() {
            "PEM" => Ok(StoreKind::Pem),
            "PKCS12" => Ok(StoreKind::Pkcs12),
            "JKS" => Ok(StoreKind::Jks),
            _ => Err(()),
        }
    }
}

/// A file with keys or certificates.
#[derive(Clone, PartialEq, Eq)]
pub struct Store {
    pub path: PathBuf,
    /// What the settings call it; the file's content decides.
    pub kind: Option<StoreKind>,
    pub password: String,
    /// A file with the password in its first line; stronger than `password`.
    pub password_path: Option<PathBuf>,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("path", &self.path).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What a server wants of its clients' certificates (`ssl.clientAuth`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    None,
    Want,
    #[default]
    Need,
}

/// Everything that TLS can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsOptions {
    /// Our key and certificate; a client may do without.
    pub key_store: Option<Store>,
    /// Whom we believe; needed to check any certificate of the other side.
    pub trust_store: Option<Store>,
    pub client_auth: ClientAuth,
    /// Whether a server's certificate must name the host that we wanted (`ssl.hostnameVerification`).
    pub verify_hostname: bool,
    /// `TLSv1.2`, `TLSv1.3`; empty: both.
    pub protocols: Vec<String>,
    /// Java's (IANA's) names; empty: all that we have.
    pub cipher_suites: Vec<String>,
}

impl Default for TlsOptions {
    fn default() -> TlsOptions {
        TlsOptions {
            key_store: None,
            trust_store: None,
            client_auth: ClientAuth::default(),
            verify_hostname: true,
            protocols: Vec::new(),
            cipher_suites: Vec::new(),
        }
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct TlsOptionsError {
    /// The key, without any prefix of its file.
    pub key: &'static str,
    pub reason: String,
}

impl TlsOptions {
    /// Reads the settings through `get`, which knows them without prefix (`ssl.keyStore.location`).
    pub fn from_settings(get: impl Fn(&str) -> Option<String>) -> Result<TlsOptions, TlsOptionsError> {
        let get = |key: &str| get(key).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let list = |key: &str| -> Vec<String> {
            let value = get(key).unwrap_or_default();
            value.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
        };
        let mut protocols = list("ssl.enabledProtocols");
        if protocols.is_empty() {
            // As in Java: a context of TLS 1.3 speaks 1.2 too.
            protocols = list("ssl.protocol").into_iter().filter(|name| name != "TLS" && name != "TLSv1.3").collect();
        }
        let client_auth = match get("ssl.clientAuth").map(|value| value.to_ascii_lowercase()).as_deref() {
            None | Some("need") => ClientAuth::Need,
            Some("want") => ClientAuth::Want,
            Some("none") => ClientAuth::None,
            Some(other) => {
                let reason = format!("{other} is not one of none, want, need");
                return Err(TlsOptionsError { key: "ssl.clientAuth", reason });
            }
        };
        Ok(TlsOptions {
            key_store: store(get, KEY_STORE)?,
            trust_store: store(get, TRUST_STORE)?,
            client_auth,
            verify_hostname: get("ssl.hostnameVerification").is_none_or(|value| value.eq_ignore_ascii_case("true")),
            protocols,
            cipher_suites: list("ssl.ciphersuites"),
        })
    }
}

/// The keys of one store: location, type, password, passwordPath.
type StoreKeys = [&'static str; 4];
const KEY_STORE: StoreKeys =
    ["ssl.keyStore.location", "ssl.keyStore.type", "ssl.keyStore.password", "ssl.keyStore.passwordPath"];
const TRUST_STORE: StoreKeys =
    ["ssl.trustStore.location", "ssl.trustStore.type", "ssl.trustStore.password", "ssl.trustStore.passwordPath"];

fn store(get: impl Fn(&str) -> Option<String>, keys: StoreKeys) -> Result<Option<Store>, TlsOptionsError> {
    let [location, kind_key, password, password_path] = keys;
    let Some(path) = get(location) else { return Ok(None) };
    let kind = match get(kind_key) {
        None => None,
        Some(name) => {
            let reason = || format!("{name} is not one of PEM, PKCS12, JKS");
            Some(name.parse().map_err(|()| TlsOptionsError { key: kind_key, reason: reason() })?)
        }
    };
    Ok(Some(Store {
        path: path.into(),
        kind,
        password: get(password).unwrap_or_default(),
        password_path: get(password_path).map(PathBuf::from),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<TlsOptions, TlsOptionsError> {
        TlsOptions::from_settings(|key| pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_settings_by_their_names() {
        let options = read(&[
            ("ssl.keyStore.location", "/a/key.p12"),
            ("ssl.keyStore.password", "secret"),
            ("ssl.trustStore.location", "/a/trust"),
            ("ssl.trustStore.type", "jks"),
            ("ssl.clientAuth", "want"),
            ("ssl.hostnameVerification", "false"),
            ("ssl.enabledProtocols", "TLSv1.2, TLSv1.3"),
        ])
        .unwrap();
        let key_store = options.key_store.unwrap();
        assert_eq!((key_store.kind, key_store.password.as_str()), (None, "secret"));
        assert!(!format!("{key_store:?}").contains("secret"));
        assert_eq!(options.trust_store.unwrap().kind, Some(StoreKind::Jks));
        assert_eq!(options.client_auth, ClientAuth::Want);
        assert!(!options.verify_hostname);
        assert_eq!(options.protocols, ["TLSv1.2", "TLSv1.3"]);
        let error = read(&[("ssl.keyStore.location", "x"), ("ssl.keyStore.type", "BKS")]).unwrap_err();
        assert_eq!(error.to_string(), "ssl.keyStore.type: BKS is not one of PEM, PKCS12, JKS");
    }
}
