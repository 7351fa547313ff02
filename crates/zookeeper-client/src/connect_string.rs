//! Pure: where ZooKeeper is: `host:port,host:port/chroot`, as in `zookeeper.connect` and `--zookeeper`.

use std::{fmt, str::FromStr};

/// ZooKeeper's port where a connect string names none.
pub const DEFAULT_PORT: u16 = 2181;

/// The servers of an ensemble and the node under which all paths of this client lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZkConnect {
    /// Host names or addresses, with ports. Never empty.
    pub servers: Vec<(String, u16)>,
    /// Empty, or a path such as `/kafka` without a slash at its end.
    pub chroot: String,
}

/// Why a text is not a connect string.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a ZooKeeper connect string (host:port,host:port/chroot): {problem}")]
pub struct BadConnectString {
    text: String,
    problem: &'static str,
}

impl FromStr for ZkConnect {
    type Err = BadConnectString;

    fn from_str(text: &str) -> Result<ZkConnect, BadConnectString> {
        let bad = |problem| BadConnectString { text: text.to_owned(), problem };
        let (hosts, chroot) = match text.find('/') {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let chroot = if chroot == "/" { "" } else { chroot };
        if chroot.ends_with('/') || chroot.contains("//") {
            return Err(bad("the chroot has an empty element or ends with '/'"));
        }
        let servers = hosts.split(',').map(str::trim).filter(|host| !host.is_empty()).map(server);
        let servers: Vec<(String, u16)> = servers.collect::<Result<_, _>>().map_err(bad)?;
        if servers.is_empty() {
            return Err(bad("no server is named"));
        }
        Ok(ZkConnect { servers, chroot: chroot.to_owned() })
    }
}

fn server(text: &str) -> Result<(String, u16), &'static str> {
    let bad_port = "a port must be a number from 1 to 65535";
    let port = |digits: &str| digits.parse::<u16>().ok().filter(|port| *port > 0).ok_or(bad_port);
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("a ']' is missing")?;
        let port = rest.strip_prefix(':').map_or(Ok(DEFAULT_PORT), port)?;
        return Ok((host.to_owned(), port));
    }
    match text.rsplit_once(':') {
        // More than one colon and no brackets: an IPv6 address without a port.
        Some((host, _)) if host.contains(':') => Ok((text.to_owned(), DEFAULT_PORT)),
        Some(("", _)) => Err("a host is missing"),
        Some((host, digits)) => Ok((host.to_owned(), port(digits)?)),
        None => Ok((text.to_owned(), DEFAULT_PORT)),
    }
}

impl fmt::Display for ZkConnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (host, port)) in self.servers.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            if host.contains(':') { write!(f, "{comma}[{host}]:{port}")? } else { write!(f, "{comma}{host}:{port}")? }
        }
        f.write_str(&self.chroot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows() {
        for (text, shown) in [
            ("localhost:2181", "localhost:2181"),
            ("localhost", "localhost:2181"),
            ("a:1,b:2/kafka", "a:1,b:2/kafka"),
            ("a:1, b/", "a:1,b:2181"),
            ("[::1]:2182/x/y", "[::1]:2182/x/y"),
            ("[::1]", "[::1]:2181"),
            ("fe80::1", "[fe80::1]:2181"),
        ] {
            assert_eq!(text.parse::<ZkConnect>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, problem) in [
            ("", "no server"),
            ("/kafka", "no server"),
            ("a:x", "a port must"),
            ("a:0", "a port must"),
            ("a:1/k/", "ends with '/'"),
            ("[::1", "']' is missing"),
            (":2181", "a host is missing"),
        ] {
            let error = text.parse::<ZkConnect>().unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
