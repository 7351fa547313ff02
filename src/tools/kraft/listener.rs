//! Pure: a listener as a node's properties name it.

use rkafka_client::admin::RaftEndpoint;

/// Reads `NAME://host:port`, whose host may be in brackets; one that is left out is `localhost`. The name is in capitals.
pub fn parse(text: &str) -> Option<RaftEndpoint> {
    let (name, address) = text.split_once("://")?;
    let (host, port) = address.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let host = if host.is_empty() { "localhost" } else { host };
    Some(RaftEndpoint { listener: name.to_uppercase(), host: host.to_owned(), port: port.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hosts_and_ports() {
        let of = |text| parse(text).map(|endpoint| (endpoint.listener, endpoint.host, endpoint.port));
        let expected = |host: &str| Some(("C".to_owned(), host.to_owned(), 9093));
        assert_eq!(of("c://:9093"), expected("localhost"));
        assert_eq!(of("C://h:9093"), expected("h"));
        assert_eq!(of("C://[::1]:9093"), expected("::1"));
        for text in ["", "h:9093", "C://h", "C://h:x", "C://h:65536"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
