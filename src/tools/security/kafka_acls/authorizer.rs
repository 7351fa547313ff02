//! `--authorizer-properties`: ACLs in ZooKeeper, read and written without a broker, as Kafka's `AclAuthorizer` keeps them.

use crate::access::zookeeper_access::ZooKeeperAccess;
use anyhow::{Context, anyhow, bail};
use rkafka_base::acl::{AclBinding, AclFilter};
use rkafka_client::Properties;
use rkafka_config::{file, properties};
use rkafka_jute::{Id, perms};
use rkafka_registry::acls;
use rkafka_zookeeper_client::{Acl, ZkClient, ZkConnect, ZkOptions};
use std::time::Duration;

/// The authorizer that is served, and what it was called before 3.0.
const CLASSES: [&str; 2] = ["kafka.security.authorizer.AclAuthorizer", "kafka.security.auth.SimpleAclAuthorizer"];
/// What settings begin with that count more than the broker's own of that name.
const OVERRIDE: &str = "authorizer.";
/// What the settings of TLS begin with.
const TLS: [&str; 2] = ["zookeeper.ssl.", "zookeeper.clientCnxnSocket"];
/// As brokers have it (`zookeeper.session.timeout.ms`).
const SESSION_TIMEOUT: Duration = Duration::from_secs(18);

/// An open session with the ZooKeeper of the authorizer's settings.
pub struct Authorizer {
    zk: ZkClient,
    /// Who may do what with the nodes that are made.
    node_acl: Vec<Acl>,
}

/// Settings of the authorizer from `key=value` words and a file of TLS settings.
///
/// Errors: a word without a value.
pub fn settings(words: &[String], tls_file: Option<(&str, &properties::Properties)>) -> anyhow::Result<Properties> {
    let mut settings = Properties::new();
    for word in words {
        match word.split_once('=') {
            Some((key, value)) if !value.is_empty() => settings.insert(key.to_owned(), value.trim().to_owned()),
            _ => bail!("Missing value for key {}", word.split('=').next().unwrap_or_default()),
        };
    }
    for (key, entry) in tls_file.map(|(_, file)| file.effective()).unwrap_or_default() {
        let plain = key.strip_prefix(OVERRIDE).unwrap_or(key);
        if TLS.iter().any(|prefix| plain.starts_with(prefix)) {
            settings.insert(key.to_owned(), entry.value.clone());
        }
    }
    Ok(settings)
}

/// A setting, or what overrides it for the authorizer alone.
fn setting<'a>(settings: &'a Properties, key: &str) -> Option<&'a String> {
    settings.get(&format!("{OVERRIDE}{key}")).or_else(|| settings.get(key))
}

/// How long a setting says, in milliseconds; `None` if it says nothing.
fn duration(settings: &Properties, key: &str) -> anyhow::Result<Option<Duration>> {
    let Some(text) = setting(settings, key) else { return Ok(None) };
    let ms = text.parse().ok().filter(|ms: &u64| *ms > 0);
    ms.map(|ms| Some(Duration::from_millis(ms)))
        .with_context(|| format!("{key}: '{text}' is no number of milliseconds"))
}

impl Authorizer {
    /// Opens a session.
    ///
    /// Errors: another authorizer's class; bad settings; ZooKeeper cannot be reached.
    pub async fn open(class: Option<&str>, words: &[String], tls_file: Option<&str>) -> anyhow::Result<Authorizer> {
        if let Some(class) = class.filter(|class| !CLASSES.contains(class)) {
            bail!(
                "{class} is not served: classes of Java cannot be loaded here, and of authorizers there is {}",
                CLASSES[0]
            );
        }
        let read = tls_file.map(file::load).transpose()?;
        let settings = settings(words, tls_file.zip(read.as_ref()))?;
        let Some(connect) = settings.get("zookeeper.connect") else {
            bail!("Missing required configuration `zookeeper.connect` which has no default value.");
        };
        let connect = settings.get("authorizer.zookeeper.url").unwrap_or(connect);
        let servers: ZkConnect = connect.parse().with_context(|| format!("zookeeper.connect={connect}"))?;
        let session = duration(&settings, "zookeeper.session.timeout.ms")?.unwrap_or(SESSION_TIMEOUT);
        let mut options = ZkOptions::new(servers, session);
        options.connect_timeout = duration(&settings, "zookeeper.connection.timeout.ms")?.unwrap_or(session);
        let access = ZooKeeperAccess::read(None, None)?;
        let is_secure = settings.get("zookeeper.set.acl").map_or(access.options.sasl.is_some(), |text| text == "true");
        let mut tls = properties::Properties::default();
        for (key, value) in &settings {
            let plain = key.strip_prefix(OVERRIDE).unwrap_or(key);
            if plain.starts_with(TLS[0]) && (plain != key || !settings.contains_key(&format!("{OVERRIDE}{key}"))) {
                tls.set(plain, value.clone());
            }
        }
        options.client = access.options.with_kafka_tls(tls_file.unwrap_or("--authorizer-properties"), &tls)?;
        let zk = ZkClient::open(options).await.map_err(|error| anyhow!("{error}"))?;
        let mut node_acl = Acl::open();
        if is_secure {
            node_acl = vec![Acl { perms: perms::ALL, id: Id::new("auth", "") }];
            node_acl.extend(Acl::read_only());
        }
        Ok(Authorizer { zk, node_acl })
    }

    /// Ends the session.
    pub async fn close(self) {
        // What is written is written; a session that cannot be closed ends by its timeout.
        let _ = self.zk.close().await;
    }

    /// The ACLs that one of `filters` means.
    pub async fn list(&self, filters: &[AclFilter]) -> anyhow::Result<Vec<AclBinding>> {
        let all = acls::read_all(&self.zk).await?.into_iter().flat_map(|(pattern, entries)| {
            entries.into_iter().map(move |entry| AclBinding { pattern: pattern.clone(), entry })
        });
        Ok(all.filter(|acl| filters.iter().any(|filter| filter.means(acl))).collect())
    }

    /// Adds ACLs, all of one resource.
    pub async fn create(&self, created: &[AclBinding]) -> anyhow::Result<()> {
        let Some(AclBinding { pattern, .. }) = created.first() else { return Ok(()) };
        if pattern.name.contains('/') {
            bail!("Failed to create ACL: a resource's name cannot have a '/' in it, as '{}' has", pattern.name);
        }
        acls::create_paths(&self.zk, &self.node_acl).await?;
        let change = |entries: &mut acls::Entries| entries.extend(created.iter().map(|acl| acl.entry.clone()));
        Ok(acls::update(&self.zk, &self.node_acl, pattern, change).await?)
    }

    /// Removes the ACLs that one of `filters` means.
    pub async fn delete(&self, filters: &[AclFilter]) -> anyhow::Result<()> {
        for (pattern, _) in acls::read_all(&self.zk).await? {
            let meant: Vec<&AclFilter> = filters.iter().filter(|filter| filter.means_pattern(&pattern)).collect();
            if meant.is_empty() {
                continue;
            }
            let change = |entries: &mut acls::Entries| {
                entries.retain(|entry| {
                    meant.iter().all(|filter| filter.entry.as_ref().is_some_and(|wanted| wanted != entry))
                });
            };
            acls::update(&self.zk, &self.node_acl, &pattern, change).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_from_words_and_a_file() {
        let words = ["zookeeper.connect=a:1/x=y", "authorizer.zookeeper.url=b"].map(str::to_owned);
        let file = properties::Properties::parse(b"authorizer.zookeeper.ssl.client.enable=true\nother=1\n").unwrap();
        let read = settings(&words, Some(("f", &file))).unwrap();
        let shown: Vec<String> = read.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            shown,
            ["authorizer.zookeeper.ssl.client.enable=true", "authorizer.zookeeper.url=b", "zookeeper.connect=a:1/x=y"]
        );
        let error = settings(&["foo".to_owned()], None).unwrap_err().to_string();
        assert_eq!(error, "Missing value for key foo");
    }

    #[test]
    fn times() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            duration(&pairs, "zookeeper.session.timeout.ms").map_err(|error| error.to_string())
        };
        let plain = ("zookeeper.session.timeout.ms", "1000");
        assert_eq!(of(&[plain]), Ok(Some(Duration::from_secs(1))));
        assert_eq!(of(&[plain, ("authorizer.zookeeper.session.timeout.ms", "2000")]), Ok(Some(Duration::from_secs(2))));
        assert_eq!(of(&[]), Ok(None));
        assert!(of(&[("zookeeper.session.timeout.ms", "x")]).unwrap_err().contains("'x' is no number"));
    }
}
