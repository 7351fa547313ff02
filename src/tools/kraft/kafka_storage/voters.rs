//! Pure: the controllers that a dynamic quorum begins with, as they are typed (`DynamicVoters`, KIP-853).

use anyhow::{anyhow, bail};
use rkafka_protocol::Uuid;

/// A controller with a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    pub id: i32,
    pub host: String,
    pub port: u16,
    pub directory: Uuid,
}

/// Reads `id@host:port:directory-id,…`; sorted by id.
pub fn parse(text: &str) -> anyhow::Result<Vec<Voter>> {
    let parts = text.trim().split(',').filter(|part| !part.is_empty());
    let mut voters = parts.map(one).collect::<anyhow::Result<Vec<Voter>>>()?;
    voters.sort_by_key(|voter| voter.id);
    if voters.is_empty() {
        bail!("No voters given.");
    }
    match voters.windows(2).find(|pair| pair[0].id == pair[1].id) {
        Some(pair) => bail!("Node id {} was specified more than once.", pair[0].id),
        None => Ok(voters),
    }
}

fn one(text: &str) -> anyhow::Result<Voter> {
    let (id, rest) = text.trim().split_once('@').ok_or_else(|| anyhow!("No @ found in dynamic voter string."))?;
    if id.is_empty() {
        bail!("Invalid @ at beginning of dynamic voter string.");
    }
    let id: i32 = id.parse().map_err(|_| anyhow!("Failed to parse node id in dynamic voter string."))?;
    if id < 0 {
        bail!("Invalid negative node id {id} in dynamic voter string.");
    }
    if rest.is_empty() {
        bail!("No hostname found after node id.");
    }
    let (host, rest) = match rest.strip_prefix('[') {
        Some(inside) => inside
            .split_once(']')
            .ok_or_else(|| anyhow!("Hostname began with left bracket, but no right bracket was found."))?,
        None => {
            let end = rest.find(':').ok_or_else(|| anyhow!("No colon following hostname could be found."))?;
            rest.split_at(end)
        }
    };
    let rest = rest.strip_prefix(':').ok_or_else(|| anyhow!("Port section must start with a colon."))?;
    let (port, directory) = rest.split_once(':').ok_or_else(|| anyhow!("No colon following port could be found."))?;
    let port: i64 = port.parse().map_err(|_| anyhow!("Failed to parse port in dynamic voter string."))?;
    let port = u16::try_from(port).map_err(|_| anyhow!("Invalid port {port} in dynamic voter string."))?;
    let directory =
        Uuid::parse(directory).ok_or_else(|| anyhow!("Failed to parse directory ID in dynamic voter string."))?;
    Ok(Voter { id, host: host.to_owned(), port, directory })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voters() {
        let id = "JEXY6aqzQY-32P5TStzaFg";
        let voters = parse(&format!("2@[::1]:8083:{id},1@localhost:8082:{id}")).unwrap();
        assert_eq!(voters.iter().map(|voter| voter.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!((voters[1].host.as_str(), voters[1].port), ("::1", 8083));
        for (text, expected) in [
            ("", "No voters given."),
            ("1", "No @ found"),
            ("@h", "Invalid @ at beginning"),
            ("x@h:1:d", "Failed to parse node id"),
            ("-1@h:1:d", "Invalid negative node id -1"),
            ("1@", "No hostname found"),
            ("1@h", "No colon following hostname"),
            ("1@[h", "Hostname began with left bracket"),
            ("1@h:1", "No colon following port"),
            ("1@h:99999:d", "Invalid port 99999"),
            ("1@h:1:d", "Failed to parse directory ID"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        let twice = parse(&format!("1@h:1:{id},1@h:2:{id}")).unwrap_err().to_string();
        assert_eq!(twice, "Node id 1 was specified more than once.");
    }
}
