//! Pure: the settings of the ZooKeeper server's doors for operators: the AdminServer, the metrics provider, log levels.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

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
    /// The settings as they were given, `key=value` lines (`initial_configuration`).
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
    let number = u16::try_from(settings.int(port)).unwrap_or(0);
    let ip = match settings.text(host).as_deref() {
        None | Some("") => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Some("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(text) => text
            .parse()
            .map_err(|_| settings.refuse(host, format!("{text} is not an IP address (such as 127.0.0.1 or ::1)")))?,
    };
    Ok(SocketAddr::new(ip, number))
}
