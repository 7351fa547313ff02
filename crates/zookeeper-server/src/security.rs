//! What the security settings point to, read at the start: key stores, and the users of SASL.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};

use super::auth::SaslRules;
use super::tls_context::TlsContext;
use rkafka_config::jaas::{self, LoginModule};
use rkafka_config::{JaasConfig, SecurityConfig, ZooKeeperConfig};
use rkafka_runtime::random;

const TARGET: &str = "org.apache.zookeeper.server.ServerCnxnFactory";
/// The login module whose options are users and passwords.
const DIGEST_LOGIN_MODULE: &str = "org.apache.zookeeper.server.auth.DigestLoginModule";
/// An option `user_bob="secret"` is the password of bob.
const USER_PREFIX: &str = "user_";
const JAAS_KEY: &str = "java.security.auth.login.config";

/// What was read.
#[derive(Debug)]
pub struct Security {
    pub tls: Option<Arc<TlsContext>>,
    pub sasl: Option<SaslRules>,
}

impl Security {
    /// Reads the files. Errors name the settings file, the line, the key and what is wrong with what it names.
    pub fn load(config: &ZooKeeperConfig) -> Result<Security> {
        let security = &config.security;
        let tls = match &security.tls {
            None => None,
            Some(options) => {
                let context = TlsContext::load(options, security.reload_keys);
                Some(Arc::new(context.map_err(|error| placed(security, &error))?))
            }
        };
        let sasl = match &security.jaas {
            None => None,
            Some(jaas) => users(security, jaas)?,
        };
        Ok(Security { tls, sasl })
    }
}

/// The error with the place of the setting that it names.
fn placed(security: &SecurityConfig, error: &anyhow::Error) -> anyhow::Error {
    let text = format!("{error:#}");
    let named = ["ssl.keyStore.location", "ssl.trustStore.location"].into_iter().find(|key| text.starts_with(key));
    match named {
        Some(key) => anyhow!("{}{}", security.place_of(key), text.trim_start_matches(key)),
        None => anyhow!("{text}"),
    }
}

/// The users of the section; `None` without such a section, unless it was asked for by name.
fn users(security: &SecurityConfig, config: &JaasConfig) -> Result<Option<SaslRules>> {
    let place = || format!("{}: {}", security.place_of(JAAS_KEY), config.file.display());
    let text = std::fs::read(&config.file).with_context(place)?;
    let sections = jaas::parse(&config.file.display().to_string(), &String::from_utf8_lossy(&text))?;
    let section = &config.section;
    let Some(found) = sections.iter().find(|known| known.name == *section) else {
        if config.is_explicit {
            bail!("{}: there is no section {section}, which sasl.serverconfig names", place());
        }
        log::warn!(target: TARGET, "{} has no section {section}: clients cannot use SASL", config.file.display());
        return Ok(None);
    };
    let Some(module) = found.modules.iter().find(|module| module.class == DIGEST_LOGIN_MODULE) else {
        let other = found.modules.first().map_or("no module", |module| module.class.as_str());
        bail!("{}: section {section} has {other}; only {DIGEST_LOGIN_MODULE} is served here, not Kerberos", place());
    };
    let mut nonce_secret = [0; 32];
    random::fill(&mut nonce_secret);
    Ok(Some(SaslRules {
        users: passwords(module),
        super_password: security.sasl_super_password.clone(),
        super_users: security.sasl_super_users.clone(),
        remove_host: security.remove_host,
        remove_realm: security.remove_realm,
        nonce_secret,
    }))
}

fn passwords(module: &LoginModule) -> BTreeMap<String, String> {
    let user = |(key, value): &(String, String)| Some((key.strip_prefix(USER_PREFIX)?.to_owned(), value.clone()));
    module.options.iter().filter_map(user).collect()
}
