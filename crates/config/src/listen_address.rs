//! Where a server listens, from what its settings say: an address, or a host's name, which is looked up.

use super::settings::{ConfigError, Settings};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};

/// Port `port` of the address or the host that stands under `key`; of all addresses without one.
pub(super) fn listen_address(settings: &Settings, port: u16, key: &str) -> Result<SocketAddr, ConfigError> {
    let ip = match settings.text(key).as_deref().map(str::trim) {
        None | Some("") => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Some(host) => resolve(host).map_err(|reason| settings.refuse(key, reason))?,
    };
    Ok(SocketAddr::new(ip, port))
}

/// The address of `host`; of a name that has several one of IPv4, as of Java's. IPv6 addresses may be in brackets.
fn resolve(host: &str) -> Result<IpAddr, String> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse() {
        return Ok(ip);
    }
    let found =
        (host, 0u16).to_socket_addrs().map_err(|error| format!("{host} is no address of this machine: {error}"))?;
    let found: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    let first = found.iter().find(|ip| ip.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| format!("{host} has no address"))
}

#[cfg(test)]
mod tests {
    use crate::ZooKeeperConfig;
    use crate::properties::Properties;

    fn config(text: &str) -> Result<ZooKeeperConfig, String> {
        let properties = Properties::parse(format!("dataDir=/x\nclientPort=1\n{text}").as_bytes()).unwrap();
        ZooKeeperConfig::from_properties("zoo.cfg", &properties).map_err(|error| error.to_string())
    }

    fn client(host: &str) -> Result<String, String> {
        config(&format!("clientPortAddress={host}\n")).map(|config| config.client_address.to_string())
    }

    #[test]
    fn addresses_and_names_are_taken_for_every_door() {
        for (host, address) in [("10.1.2.3", "10.1.2.3:1"), ("::1", "[::1]:1"), ("[::1]", "[::1]:1"), ("", "0.0.0.0:1")]
        {
            assert_eq!(client(host).as_deref(), Ok(address));
        }
        assert_eq!(client("localhost").as_deref(), Ok("127.0.0.1:1"));
        let doors = |host: &str| {
            let text = format!(
                "admin.serverAddress={host}\nmetricsProvider.httpHost={host}\nmetricsProvider.className=\
                 org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider\n"
            );
            let doors = config(&text).unwrap().doors;
            (doors.admin.unwrap().address.ip().to_string(), doors.prometheus.unwrap().address.ip().to_string())
        };
        assert_eq!(doors("[::1]"), ("::1".to_owned(), "::1".to_owned()));
        assert_eq!(doors("localhost"), ("127.0.0.1".to_owned(), "127.0.0.1".to_owned()));
        let error = client("no such host").unwrap_err();
        assert!(error.starts_with("zoo.cfg:3: clientPortAddress"), "{error}");
    }
}
