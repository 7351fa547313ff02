//! Pure: the configuration of an ensemble, as its servers keep it in a node and in a file: `server.1=host:port:port;port`
//! a line, and the version.

use crate::java_order;
use rkafka_config::properties::Properties;

/// What a client puts into its connect string, after the version: `100000000 a:2181,b:2181` (`ConfigUtils`). Servers
/// stand in the order of Java's table, and one without an address for clients leaves its place empty.
pub fn client_string(config: &str) -> String {
    let properties = Properties::parse(config.as_bytes()).unwrap_or_default();
    let version = properties.get("version").map(str::trim).unwrap_or_default();
    let mut entries: Vec<(&str, &str)> = Vec::new();
    for entry in properties.entries() {
        match entries.iter_mut().find(|(key, _)| *key == entry.key) {
            Some((_, value)) => *value = entry.value.trim(),
            None => entries.push((&entry.key, entry.value.trim())),
        }
    }
    java_order::sort_by_key(&mut entries, java_order::UNSIZED, |(key, _)| key);
    let servers = entries.iter().filter(|(key, _)| key.starts_with("server."));
    let addresses: Vec<String> = servers.map(|(_, value)| client_address(value).unwrap_or_default()).collect();
    format!("{version} {}", addresses.join(","))
}

/// `host:port` for clients: what follows the ';'.
fn client_address(server: &str) -> Option<String> {
    let (_, client) = server.split_once(';')?;
    Some(if client.contains(':') { client.to_owned() } else { format!("0.0.0.0:{client}") })
}

/// The `server.…` lines of a file with members.
pub fn members<'a>(settings: impl Iterator<Item = (&'a str, &'a str)>) -> Result<String, String> {
    let mut lines: Vec<String> = Vec::new();
    for (key, value) in settings {
        match key.strip_prefix("server.") {
            Some(id) if id.parse::<i64>().is_ok() => lines.push(format!("{key}={value}")),
            Some(_) => return Err(format!("{key} has no server id")),
            None if key == "version" => {}
            None => return Err(format!("Unrecognised parameter: {key}")),
        }
    }
    if lines.is_empty() {
        return Err("it names no server".to_owned());
    }
    lines.sort();
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Apache ZooKeeper 3.8.4 answers.
    #[test]
    fn addresses_for_clients() {
        let config = "server.1=a:2888:3888:participant;a:2181\nserver.2=b:2888:3888;2182\nversion=100000000";
        assert_eq!(client_string(config), "100000000 0.0.0.0:2182,a:2181");
        assert_eq!(client_string("server.1=a:1:2\nserver.2=b:1:2\nversion=0"), "0 ,");
        assert_eq!(client_string(""), " ");
        let many: String = (1..15).map(|id| format!("server.{id}=h:1:2;{id}\n")).collect();
        let found = client_string(&format!("{many}version=5"));
        let ids = found.split([':', ',']).filter_map(|part| part.parse::<u8>().ok()).collect::<Vec<_>>();
        assert_eq!(ids, [10, 11, 2, 14, 1, 12, 13, 6, 5, 4, 3, 9, 8, 7]);
    }

    #[test]
    fn members_of_a_file() {
        let some = [("version", "1"), ("server.2", "b:1:2"), ("server.1", "a:1:2;3")];
        assert_eq!(members(some.into_iter()).unwrap(), "server.1=a:1:2;3\nserver.2=b:1:2");
        for (key, error) in [("server.x", "server.x has no server id"), ("dataDir", "Unrecognised parameter: dataDir")]
        {
            assert_eq!(members([(key, "a")].into_iter()), Err(error.to_owned()));
        }
        assert!(members([].into_iter()).is_err());
    }
}
