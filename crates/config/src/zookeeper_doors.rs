//! Pure: the settings of the ZooKeeper server's doors for operators: the AdminServer, the metrics provider, log levels.

use core::net::SocketAddr;
use core::time::Duration;

use super::listen_address::listen_address;
use super::settings::{ConfigError, Settings};

/// The class name that asks for Prometheus, as Apache ZooKeeper spells it.
const PROMETHEUS: &str = "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider";
/// The provider that only serves `mntr` and the AdminServer.
const DEFAULT_PROVIDER: &str = "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider";

/// Where and how the AdminServer answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminConfig {
    /// Port 0 takes a free one.
    pub address: SocketAddr,
    /// The path before the commands' names, such as `/commands`.
    pub command_url: String,
    /// A connection without traffic for this long is closed.
    pub idle_timeout: Duration,
    /// Whether `snapshot` is served (`admin.snapshot.enabled`).
    pub snapshot: bool,
    /// Whether `restore` is served (`admin.restore.enabled`).
    pub restore: bool,
    /// Each of the two may run once in this time (`admin.rateLimiterIntervalInMS`).
    pub rate_limit: Duration,
    /// Whether the scheme `ip` goes by the header X-Forwarded-For.
    pub forwarded_for: bool,
}

/// Where the Prometheus provider answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrometheusConfig {
    /// Port 0 takes a free one.
    pub address: SocketAddr,
    /// Whether figures of the process are exported too.
    pub process_figures: bool,
}

/// The doors that are open. A server without settings has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoorsConfig {
    pub admin: Option<AdminConfig>,
    pub prometheus: Option<PrometheusConfig>,
    /// `level` and `logger=level` words; `None` leaves the levels as they are.
    pub log_levels: Option<String>,
    /// The settings file's text (`initial_configuration`).
    pub given: String,
    /// What Apache ZooKeeper keeps as Java system properties, sorted by name (`system_properties`).
    pub system_properties: Vec<(String, String)>,
}

impl DoorsConfig {
    /// Reads the settings; an error names file, line and key.
    pub fn from_settings(settings: &Settings) -> Result<DoorsConfig, ConfigError> {
        let admin = if settings.flag("admin.enableServer") { Some(admin(settings)?) } else { None };
        let prometheus = match settings.text("metricsProvider.className").as_deref() {
            None | Some("" | DEFAULT_PROVIDER) => None,
            Some(PROMETHEUS) => Some(PrometheusConfig {
                address: address(settings, "metricsProvider.httpHost", "metricsProvider.httpPort")?,
                process_figures: settings.flag("metricsProvider.exportJvmInfo"),
            }),
            Some(other) => {
                let reason = format!("{other} is not known here; there are {DEFAULT_PROVIDER} and {PROMETHEUS}");
                return Err(settings.refuse("metricsProvider.className", reason));
            }
        };
        let log_levels = settings.text("rkafka.log.level").filter(|levels| !levels.is_empty());
        Ok(DoorsConfig { admin, prometheus, log_levels, ..DoorsConfig::default() })
    }
}

/// A settings file's text with the values of passwords masked: it is shown to whoever asks.
pub fn without_passwords(text: &str) -> String {
    let masked = text.split_inclusive('\n').map(|line| match line.split_once(['=', ':']) {
        Some((key, _)) if is_secret(key) => format!("{key}=*****\n"),
        _ => line.to_owned(),
    });
    masked.collect()
}

/// Whether the value of this key is nobody's business.
pub(crate) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    (key.contains("password") && !key.contains("path")) || key.contains("superdigest")
}

fn admin(settings: &Settings) -> Result<AdminConfig, ConfigError> {
    for key in ["admin.forceHttps", "admin.portUnification"] {
        if settings.flag(key) {
            let reason = "the AdminServer speaks HTTP only; put a proxy with TLS before it, or bind it to localhost";
            return Err(settings.refuse(key, reason));
        }
    }
    let millis = |key| Duration::from_millis(settings.size(key) as u64);
    Ok(AdminConfig {
        address: address(settings, "admin.serverAddress", "admin.serverPort")?,
        command_url: settings.text("admin.commandURL").unwrap_or_default().trim_end_matches('/').to_owned(),
        idle_timeout: millis("admin.idleTimeout"),
        snapshot: settings.flag("admin.snapshot.enabled"),
        restore: settings.flag("admin.restore.enabled"),
        rate_limit: millis("admin.rateLimiterIntervalInMS"),
        forwarded_for: settings.flag("IPAuthenticationProvider.usexforwardedfor"),
    })
}

fn address(settings: &Settings, host: &str, port: &str) -> Result<SocketAddr, ConfigError> {
    listen_address(settings, u16::try_from(settings.int(port)).unwrap_or(0), host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ZooKeeperConfig;
    use crate::properties::Properties;

    fn doors(text: &str) -> Result<DoorsConfig, String> {
        let text = format!("dataDir=/x\nclientPort=1\n{text}");
        let properties = Properties::parse(text.as_bytes()).unwrap();
        ZooKeeperConfig::from_properties("zoo.cfg", &properties)
            .map(|config| config.doors)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_admin_server_is_open_unless_told_otherwise() {
        let admin = doors("").unwrap().admin.unwrap();
        assert_eq!((admin.address.to_string(), admin.command_url.as_str()), ("0.0.0.0:8080".to_owned(), "/commands"));
        assert_eq!(doors("admin.enableServer=false\n").unwrap().admin, None);
        let error = doors("admin.forceHttps=true\n").unwrap_err();
        assert!(error.starts_with("zoo.cfg:3: ") && error.contains("admin.forceHttps"), "{error}");
    }

    #[test]
    fn metrics_providers_are_known_by_their_class() {
        let given = format!("metricsProvider.className={PROMETHEUS}\nmetricsProvider.httpPort=7070\n");
        let prometheus = doors(&given).unwrap().prometheus.unwrap();
        assert_eq!((prometheus.address.port(), prometheus.process_figures), (7070, true));
        assert_eq!(doors("").unwrap().prometheus, None);
        assert!(doors("metricsProvider.className=x.Y\n").unwrap_err().contains("x.Y"));
    }

    #[test]
    fn what_is_shown_has_no_passwords() {
        let doors = doors("ssl.keyStore.password=x\nskipACL=yes\n").unwrap();
        let expected = [("zookeeper.skipACL", "yes"), ("zookeeper.ssl.keyStore.password", "*****")];
        assert_eq!(doors.system_properties, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(
            without_passwords("# a\ntickTime=2\nssl.x.password = p\nx"),
            "# a\ntickTime=2\nssl.x.password =*****\nx"
        );
    }
}
