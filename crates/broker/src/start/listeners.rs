//! The broker's sockets and the addresses that it tells others, out of its settings.

use crate::network::{BoundListener, ConnectionLimits, ListenerConfig, SocketOptions};
use anyhow::Context;
use rkafka_config::broker::{BrokerConfig, Listener, NetworkSettings};
use rkafka_registry::Endpoint;
use std::{
    collections::HashMap,
    net::{IpAddr, ToSocketAddrs},
    time::Duration,
};

/// Takes the ports of all listeners.
pub fn bind(config: &BrokerConfig) -> anyhow::Result<Vec<BoundListener>> {
    let options = options(&config.network);
    config.listeners.bind.iter().map(|l| BoundListener::bind(&listener_config(l), &options)).collect()
}

fn listener_config(listener: &Listener) -> ListenerConfig {
    ListenerConfig {
        name: listener.name.clone(),
        host: listener.host.clone().unwrap_or_default(),
        port: listener.port,
        security: listener.protocol,
    }
}

fn options(network: &NetworkSettings) -> SocketOptions {
    // −1 stands for the system's own choice.
    let size = |n: i32| u32::try_from(n).ok();
    SocketOptions {
        send_buffer: size(network.socket_send_buffer_bytes),
        receive_buffer: size(network.socket_receive_buffer_bytes),
        backlog: size(network.socket_listen_backlog_size).unwrap_or(50),
        max_request: usize::try_from(network.socket_request_max_bytes).unwrap_or(0),
    }
}

/// The limits on connections. An override whose host has no address stops the start.
pub fn limits(network: &NetworkSettings) -> anyhow::Result<ConnectionLimits> {
    Ok(ConnectionLimits {
        max_connections: network.max_connections,
        max_per_ip: network.max_connections_per_ip,
        per_ip_overrides: per_ip_overrides(&network.max_connections_per_ip_overrides)?,
        max_idle: u64::try_from(network.connections_max_idle_ms).ok().map(Duration::from_millis),
    })
}

fn per_ip_overrides(text: &str) -> anyhow::Result<HashMap<IpAddr, usize>> {
    let mut overrides = HashMap::new();
    for entry in text.split(',').map(str::trim).filter(|e| !e.is_empty()) {
        let bad = || format!("max.connections.per.ip.overrides: '{entry}' is not host:limit");
        let (host, limit) = entry.rsplit_once(':').with_context(bad)?;
        let limit: usize = limit.trim().parse().with_context(bad)?;
        for address in (host.trim(), 0u16).to_socket_addrs().with_context(bad)? {
            overrides.insert(address.ip(), limit);
        }
    }
    Ok(overrides)
}

/// What the broker advertises: `advertised.listeners`, with the machine's name where no host is given and the bound
/// port where the port was left to the system.
pub fn advertised(config: &BrokerConfig, bound: &[BoundListener]) -> Vec<Endpoint> {
    let endpoints = config.listeners.advertised.iter().map(|listener| {
        let socket = bound.iter().find(|b| b.name == listener.name);
        let port = if listener.port == 0 { socket.map_or(0, |b| b.address.port()) } else { listener.port };
        Endpoint {
            listener: listener.name.clone(),
            host: listener.host.clone().unwrap_or_else(machine_name),
            port: i32::from(port),
            security_protocol: listener.protocol,
        }
    });
    endpoints.collect()
}

/// The machine's own name, if it can be resolved; clients on this machine reach `localhost` in any case.
fn machine_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let resolved = (name.as_str(), 0u16).to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    if resolved.is_some() { name } else { "localhost".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_name_what_is_wrong() {
        let overrides = per_ip_overrides("127.0.0.1:5, ::1:7").unwrap();
        assert_eq!(overrides.get(&IpAddr::from([127, 0, 0, 1])), Some(&5));
        assert_eq!(overrides.len(), 2);
        assert!(per_ip_overrides("127.0.0.1").unwrap_err().to_string().contains("host:limit"));
        assert!(per_ip_overrides("").unwrap().is_empty());
    }
}
