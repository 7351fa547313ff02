//! Pure: the settings of the ZooKeeper server (`zoo.cfg`, Kafka's `zookeeper.properties`).
//!
//! Apache ZooKeeper turns every key that it does not know into a Java system property `zookeeper.<key>`, which is where
//! many settings of its servers live; here the file is the place for all of them.

use core::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::{
    listen_address::listen_address,
    properties::Properties,
    settings::{ConfigError, Settings},
    zookeeper_doors::{DoorsConfig, is_secret},
    zookeeper_security::SecurityConfig,
    zookeeper_table::ZOOKEEPER,
};

/// Keys of Apache ZooKeeper that have no meaning for a lone server, or none here. They are accepted in silence.
const WITHOUT_EFFECT: &[&str] = &[
    "initLimit",
    "syncLimit",
    "connectToLearnerMasterLimit",
    "electionAlg",
    "quorumListenOnAllIPs",
    "peerType",
    "syncEnabled",
    "standaloneEnabled",
    "localSessionsEnabled",
    "localSessionsUpgradingEnabled",
    "observerMasterPort",
    "version",
    "sslQuorum",
    "sslQuorumReloadCertFiles",
    "portUnification",
    "oraclePath",
    "serverCnxnFactory",
    "fips-mode",
    "requireClientAuthScheme",
    "ssl.clientHostnameVerification",
    "ssl.handshakeDetectionTimeoutMillis",
    "jute.maxbuffer.extrasize",
    "jaasLoginRenew",
    "enableEagerACLCheck",
    "readonlymode.enabled",
    "znode.container.maxPerMinute",
];
/// The same for whole families of keys.
const FAMILIES_WITHOUT_EFFECT: &[&str] = &[
    "server.",
    "group.",
    "weight.",
    "metricsProvider.",
    "multiAddress.",
    "quorum.",
    "ssl.quorum.",
    "netty.",
    "nio.",
    "jvm.pause.",
];

/// The settings of one server.
#[derive(Debug, Clone)]
pub struct ZooKeeperConfig {
    pub data_dir: PathBuf,
    pub data_log_dir: PathBuf,
    /// Where clients connect; port 0 takes a free one.
    pub client_address: SocketAddr,
    /// Whether there is a clientPort; without it there is a secureClientPort.
    pub has_client_port: bool,
    /// TLS, SASL, schemes of identities.
    pub security: SecurityConfig,
    /// Connections that the kernel keeps waiting; −1: as many as the server likes.
    pub listen_backlog: i32,
    pub tick_time_ms: i32,
    pub min_session_timeout_ms: i32,
    pub max_session_timeout_ms: i32,
    /// Per client address; 0 is no limit.
    pub max_client_connections: usize,
    /// In all; 0 is no limit.
    pub max_connections: usize,
    /// Requests in flight above which connections with requests in flight are no longer read.
    pub outstanding_limit: usize,
    /// The longest frame, in bytes.
    pub max_frame: usize,
    /// Requests that are longer are large; `None`: none is.
    pub large_request_threshold: Option<usize>,
    /// Bytes of large requests that may be in flight.
    pub large_request_max_bytes: usize,
    pub four_letter_words: Vec<String>,
    pub skip_acl: bool,
    pub super_digest: Option<String>,
    pub extended_types: bool,
    /// Whether a request to reconfigure is refused as impossible here, or (the default) as disabled.
    pub reconfig_enabled: bool,
    /// Writes above a hard limit of a quota fail.
    pub enforce_quota: bool,
    /// How long a container may live that never had a child, in ms; 0: for ever.
    pub container_max_never_used_ms: i64,
    pub digest_enabled: bool,
    pub force_sync: bool,
    pub fsync_warning_ms: u64,
    /// The step in which log files grow, in bytes.
    pub preallocation: u64,
    pub snapshot_count: u64,
    /// `gz`, `snappy`, or nothing.
    pub snapshot_compression: String,
    /// Log bytes between snapshots; 0 is no limit.
    pub snapshot_log_bytes: u64,
    pub trust_empty_snapshot: bool,
    pub container_check_ms: u64,
    pub purge_interval_hours: u64,
    pub snapshots_to_retain: usize,
    /// The AdminServer, metrics, log levels.
    pub doors: DoorsConfig,
    /// Things to tell the user at the start.
    pub warnings: Vec<String>,
}

impl ZooKeeperConfig {
    /// A server on `client_address` with its data in `data_dir` and ZooKeeper's defaults for the rest.
    pub fn new(data_dir: impl Into<PathBuf>, client_address: SocketAddr) -> ZooKeeperConfig {
        let data_dir = data_dir.into();
        let settings = [("dataDir", data_dir.display().to_string()), ("clientPort", "0".to_owned())];
        let properties = settings.into_iter().collect::<Properties>();
        // A valid pair of settings cannot be refused.
        let config = ZooKeeperConfig::from_properties("defaults", &properties);
        let config = config.unwrap_or_else(|error| unreachable!("{error}"));
        let doors = DoorsConfig::default();
        ZooKeeperConfig { data_log_dir: data_dir.clone(), data_dir, client_address, doors, ..config }
    }

    /// Reads `properties`; `file` is their name in messages.
    pub fn from_properties(file: &str, properties: &Properties) -> Result<ZooKeeperConfig, ConfigError> {
        let settings = Settings::check(file, &[ZOOKEEPER], properties)?;
        settings.require_all()?;
        refuse_ensembles(&settings)?;
        let tick_time_ms = settings.int("tickTime");
        let (min_session_timeout_ms, max_session_timeout_ms) = session_timeouts(&settings, tick_time_ms)?;
        let data_dir = PathBuf::from(settings.text("dataDir").unwrap_or_default());
        Ok(ZooKeeperConfig {
            data_log_dir: settings.text("dataLogDir").map_or_else(|| data_dir.clone(), PathBuf::from),
            data_dir,
            client_address: client_address(&settings)?,
            has_client_port: settings.given("clientPort").is_some(),
            security: SecurityConfig::from_settings(&settings)?,
            large_request_threshold: usize::try_from(settings.int("largeRequestThreshold")).ok(),
            large_request_max_bytes: settings.size("largeRequestMaxBytes"),
            listen_backlog: settings.int("clientPortListenBacklog"),
            tick_time_ms,
            min_session_timeout_ms,
            max_session_timeout_ms,
            max_client_connections: settings.size("maxClientCnxns"),
            max_connections: settings.size("maxCnxns"),
            outstanding_limit: settings.size("globalOutstandingLimit"),
            max_frame: settings.size("jute.maxbuffer"),
            four_letter_words: settings.list("4lw.commands.whitelist"),
            skip_acl: settings.text("skipACL").as_deref() == Some("yes"),
            super_digest: settings.text("DigestAuthenticationProvider.superDigest"),
            extended_types: settings.flag("extendedTypesEnabled"),
            reconfig_enabled: settings.flag("reconfigEnabled"),
            enforce_quota: settings.flag("enforceQuota"),
            container_max_never_used_ms: settings.size("znode.container.maxNeverUsedIntervalMs") as i64,
            digest_enabled: settings.flag("digest.enabled"),
            force_sync: settings.text("forceSync").as_deref() != Some("no"),
            fsync_warning_ms: settings.size("fsync.warningthresholdms") as u64,
            preallocation: settings.size("preAllocSize") as u64 * 1024,
            snapshot_compression: settings.text("snapshot.compression.method").unwrap_or_default(),
            snapshot_count: settings.size("snapCount") as u64,
            snapshot_log_bytes: settings.size("snapSizeLimitInKb") as u64 * 1024,
            trust_empty_snapshot: settings.flag("snapshot.trust.empty"),
            container_check_ms: settings.size("znode.container.checkIntervalMs") as u64,
            purge_interval_hours: settings.size("autopurge.purgeInterval") as u64,
            snapshots_to_retain: settings.size("autopurge.snapRetainCount").max(MIN_SNAPSHOTS_TO_RETAIN),
            doors: doors(&settings, properties)?,
            warnings: warnings(&settings),
        })
    }
}

/// Fewer than three snapshots are not kept, whatever is asked for.
const MIN_SNAPSHOTS_TO_RETAIN: usize = 3;

fn session_timeouts(settings: &Settings, tick_ms: i32) -> Result<(i32, i32), ConfigError> {
    let or_ticks = |key, ticks: i32| match settings.int(key) {
        -1 => tick_ms.saturating_mul(ticks),
        given => given,
    };
    let (min, max) = (or_ticks("minSessionTimeout", 2), or_ticks("maxSessionTimeout", 20));
    if min > max {
        let reason = format!("{min} must not be larger than maxSessionTimeout, {max}");
        return Err(settings.refuse("minSessionTimeout", reason));
    }
    Ok((min, max))
}

fn client_address(settings: &Settings) -> Result<SocketAddr, ConfigError> {
    match settings.optional_number("clientPort") {
        Some(port) => listen_address(settings, u16::try_from(port).unwrap_or(0), "clientPortAddress"),
        None if settings.given("clientPortAddress").is_some() => {
            Err(settings.refuse("clientPortAddress", "it is set but clientPort is not"))
        }
        None if settings.given("secureClientPort").is_some() => Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))),
        None => Err(settings.missing("clientPort")),
    }
}

/// Keys that Apache ZooKeeper reads itself; every other one becomes the Java system property `zookeeper.<key>`.
pub(super) const READ_DIRECTLY: &[&str] = &[
    "dataDir",
    "dataLogDir",
    "clientPort",
    "clientPortAddress",
    "clientPortListenBacklog",
    "secureClientPort",
    "secureClientPortAddress",
    "observerMasterPort",
    "tickTime",
    "maxClientCnxns",
    "minSessionTimeout",
    "maxSessionTimeout",
    "initLimit",
    "syncLimit",
    "connectToLearnerMasterLimit",
    "electionAlg",
    "quorumListenOnAllIPs",
    "peerType",
    "syncEnabled",
    "dynamicConfigFile",
    "autopurge.snapRetainCount",
    "autopurge.purgeInterval",
    "standaloneEnabled",
    "reconfigEnabled",
    "localSessionsEnabled",
    "localSessionsUpgradingEnabled",
    "sslQuorum",
    "portUnification",
    "version",
];

fn doors(settings: &Settings, properties: &Properties) -> Result<DoorsConfig, ConfigError> {
    let is_property = |key: &str| {
        let prefixes = ["server.", "group.", "weight.", "metricsProvider.", "multiAddress.", "quorum."];
        !READ_DIRECTLY.contains(&key) && !prefixes.iter().any(|prefix| key.starts_with(prefix))
    };
    let effective = properties.effective();
    let shown = |key: &str, value: &str| match key {
        secret if is_secret(secret) => "*****".to_owned(),
        _ => value.to_owned(),
    };
    let own = effective.iter().filter(|(key, _)| is_property(key));
    Ok(DoorsConfig {
        system_properties: own.map(|(key, entry)| (format!("zookeeper.{key}"), shown(key, &entry.value))).collect(),
        ..DoorsConfig::from_settings(settings)?
    })
}

/// What is refused of an ensemble's settings, and where to read on.
const NO_ENSEMBLES: &str = "an ensemble of servers is not served here; run Apache ZooKeeper for that (brokers and tools work \
                            with it): see docs/operations.md, \"ZooKeeper ensembles\"";

/// One `server.N` line makes no ensemble, unless a lone server is forbidden, too.
fn refuse_ensembles(settings: &Settings) -> Result<(), ConfigError> {
    let is_server = |key: &str| key.strip_prefix("server.").is_some_and(|id| id.parse::<i64>().is_ok());
    let mut servers: Vec<_> = settings.unknown().iter().filter(|entry| is_server(&entry.key)).collect();
    servers.sort_by_key(|entry| entry.line);
    let named = |key: &str| settings.unknown().iter().find(|entry| entry.key == key);
    let is_alone_forbidden = named("standaloneEnabled").is_some_and(|entry| entry.value.trim() == "false");
    let offending = match servers[..] {
        [_, second, ..] => Some(second),
        [first] if is_alone_forbidden => Some(first),
        _ => named("dynamicConfigFile"),
    };
    match offending {
        Some(entry) => Err(settings.refuse(&entry.key, NO_ENSEMBLES)),
        None => Ok(()),
    }
}

fn warnings(settings: &Settings) -> Vec<String> {
    let is_silent = |key: &str| {
        WITHOUT_EFFECT.contains(&key)
            || FAMILIES_WITHOUT_EFFECT.iter().any(|prefix| key.starts_with(prefix))
            || ["authProvider.", "superUser."].iter().any(|prefix| key.starts_with(prefix))
    };
    let unknown = settings.unknown().iter().filter(|entry| !is_silent(&entry.key));
    let warning = |key: &str| match settings.nearest(key) {
        Some(near) => format!("The setting {key} is not known; did you mean {near}?"),
        None => format!("The setting {key} is not known and has no effect"),
    };
    unknown.map(|entry| warning(&entry.key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<ZooKeeperConfig, ConfigError> {
        ZooKeeperConfig::from_properties("zookeeper.properties", &Properties::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn the_file_that_kafka_ships() {
        let config =
            config("dataDir=/tmp/zookeeper\nclientPort=2181\nmaxClientCnxns=0\nadmin.enableServer=false\n").unwrap();
        assert_eq!(config.client_address.to_string(), "0.0.0.0:2181");
        assert_eq!((config.min_session_timeout_ms, config.max_session_timeout_ms), (6000, 60_000));
        assert_eq!((config.max_client_connections, config.four_letter_words), (0, vec!["srvr".to_owned()]));
        assert_eq!(config.data_log_dir, config.data_dir);
        assert!(config.warnings.is_empty());
    }

    #[test]
    fn errors_name_file_line_and_key() {
        let error = |text| config(text).unwrap_err().to_string();
        assert_eq!(
            error("clientPort=2181\n"),
            "zookeeper.properties: Missing required configuration `dataDir` which has no default value."
        );
        assert!(error("dataDir=/x\n").contains("`clientPort`"));
        assert!(error("dataDir=/x\nclientPort=x\n").starts_with("zookeeper.properties:2: Invalid value x"));
        assert!(error("dataDir=/x\nclientPort=1\nserver.1=a:1:2\nserver.2=b:1:2\n").contains("server.2: an ensemble"));
        assert!(
            error("dataDir=/x\nclientPort=1\nminSessionTimeout=9\nmaxSessionTimeout=8").contains("must not be larger")
        );
    }

    #[test]
    fn an_unknown_key_is_a_warning_with_the_nearest_one() {
        let config = config("dataDir=/x\nclientPort=1\ntickTme=2000\ninitLimit=5\n").unwrap();
        assert_eq!(config.warnings, ["The setting tickTme is not known; did you mean tickTime?"]);
        assert!(ZOOKEEPER.is_sorted_by_key(|definition| definition.name));
    }
}
