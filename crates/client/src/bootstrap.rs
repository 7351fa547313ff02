//! Pure: `bootstrap.servers`, the addresses from which a client finds the rest of the cluster.

use super::ClientError;
use std::fmt;

/// A host and a port as the user or a broker named them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostPort {
    /// A name or an IP address; IPv6 without brackets.
    pub host: String,
    pub port: u16,
}

impl HostPort {
    pub fn new(host: impl Into<String>, port: u16) -> HostPort {
        HostPort { host: host.into(), port }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// How many addresses one list may hold.
const MAX_ADDRESSES: usize = 1000;

/// Reads `host:port,host:port`, as Kafka's `ClientUtils.parseAndValidateAddresses` does: blanks are skipped, a scheme
/// (`PLAINTEXT://`) is allowed, IPv6 stands in brackets.
///
/// Errors: the words of Kafka's `ConfigException`.
pub fn parse_addresses(list: &str) -> Result<Vec<HostPort>, ClientError> {
    let mut addresses = Vec::new();
    for url in list.split(',').map(str::trim).filter(|u| !u.is_empty()) {
        if addresses.len() == MAX_ADDRESSES {
            return Err(ClientError::Config(format!("bootstrap.servers holds more than {MAX_ADDRESSES} addresses")));
        }
        addresses.push(parse_address(url)?);
    }
    if addresses.is_empty() {
        return Err(ClientError::Config("No resolvable bootstrap urls given in bootstrap.servers".into()));
    }
    Ok(addresses)
}

fn parse_address(url: &str) -> Result<HostPort, ClientError> {
    let invalid = || ClientError::Config(format!("Invalid url in bootstrap.servers: {url}"));
    let rest = match url.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => rest,
        Some(_) => return Err(invalid()),
        None => url,
    };
    let (host, port) = rest.rsplit_once(':').ok_or_else(invalid)?;
    let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    let is_host_byte = |b: u8| b.is_ascii_alphanumeric() || b"-._:%".contains(&b);
    if host.is_empty()
        || !host.bytes().all(is_host_byte)
        || port.is_empty()
        || !port.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(invalid());
    }
    let number: u32 = port.parse().map_err(|_| invalid())?;
    match u16::try_from(number) {
        Ok(port) => Ok(HostPort::new(host, port)),
        Err(_) => Err(ClientError::Config(format!("Invalid port in bootstrap.servers: {url}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let list = parse_addresses(" localhost:9092, PLAINTEXT://b:1,,[::1]:9093").unwrap();
        assert_eq!(list, [HostPort::new("localhost", 9092), HostPort::new("b", 1), HostPort::new("::1", 9093)]);
        assert_eq!(list[2].to_string(), "[::1]:9093");
    }

    #[test]
    fn bad_ones_in_kafkas_words() {
        for (list, message) in [
            ("localhost", "Invalid url in bootstrap.servers: localhost"),
            ("localhost:", "Invalid url in bootstrap.servers: localhost:"),
            (":9092", "Invalid url in bootstrap.servers: :9092"),
            ("h:9092/x", "Invalid url in bootstrap.servers: h:9092/x"),
            ("h:70000", "Invalid port in bootstrap.servers: h:70000"),
            ("", "No resolvable bootstrap urls given in bootstrap.servers"),
        ] {
            assert_eq!(parse_addresses(list).unwrap_err().to_string(), message);
        }
    }
}
