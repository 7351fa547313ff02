//! Pure: what a node's properties file says of its storage.

use super::voters::Voter;
use crate::tools::kraft::listener;
use anyhow::{anyhow, bail};
use rkafka_config::properties::Properties;
use std::collections::BTreeSet;

/// Where a node keeps its data unless it is told.
const DEFAULT_LOG_DIR: &str = "/tmp/kafka-logs";

/// What matters of a node's configuration here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// −1 if it has none.
    pub id: i32,
    pub is_controller: bool,
    /// Whether it has any role in KRaft; one without is a broker on ZooKeeper.
    pub in_kraft: bool,
    /// All directories, sorted.
    pub directories: Vec<String>,
    /// The one of them with the metadata log.
    pub metadata_directory: String,
    /// Whether the quorum is named in the configuration (`controller.quorum.voters`), and so never changes.
    pub has_static_quorum: bool,
    /// `controller.listener.names`, the first of them.
    pub controller_listener: Option<String>,
    /// Host and port of that listener as others reach it.
    pub controller_address: Option<(String, u16)>,
    /// `inter.broker.protocol.version`
    pub protocol_version: Option<String>,
}

impl Node {
    /// Reads a configuration.
    ///
    /// Errors: a value that Kafka does not take.
    pub fn of(settings: &Properties) -> anyhow::Result<Node> {
        let get = |key: &str| settings.get(key).map(str::trim).filter(|text| !text.is_empty());
        let list = |text: Option<&str>| -> Vec<String> {
            let items = text.unwrap_or_default().split(',').map(str::trim);
            items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
        };
        let roles = list(get("process.roles"));
        if let Some(role) = roles.iter().find(|role| !["broker", "controller"].contains(&role.as_str())) {
            bail!("process.roles: '{role}' is not a role; there are broker and controller");
        }
        let id = match get("node.id").or(get("broker.id")) {
            Some(text) => text.parse().map_err(|_| anyhow!("node.id: '{text}' is not a number"))?,
            None => -1,
        };
        let mut log_dirs = list(get("log.dirs").or(get("log.dir")));
        if log_dirs.is_empty() {
            log_dirs.push(DEFAULT_LOG_DIR.to_owned());
        }
        let metadata_directory = get("metadata.log.dir").map_or_else(|| log_dirs[0].clone(), str::to_owned);
        let directories: BTreeSet<String> = log_dirs.into_iter().chain([metadata_directory.clone()]).collect();
        let controller_listener = list(get("controller.listener.names")).into_iter().next();
        let controller_address = match &controller_listener {
            Some(name) => {
                address(&list(get("advertised.listeners")), name).or_else(|| address(&list(get("listeners")), name))
            }
            None => None,
        };
        Ok(Node {
            id,
            is_controller: roles.iter().any(|role| role == "controller"),
            in_kraft: !roles.is_empty(),
            directories: directories.into_iter().collect(),
            metadata_directory,
            has_static_quorum: get("controller.quorum.voters").is_some(),
            controller_listener,
            controller_address,
            protocol_version: get("inter.broker.protocol.version").map(str::to_owned),
        })
    }

    /// This controller as the one voter of a quorum.
    pub fn standalone(&self, directory: rkafka_protocol::Uuid) -> anyhow::Result<Voter> {
        if !self.is_controller {
            bail!("You can only use --standalone on a controller.");
        }
        let (host, port) = self.controller_address.clone().ok_or_else(|| {
            anyhow!("No controller listeners found: listeners has none of the name in controller.listener.names.")
        })?;
        Ok(Voter { id: self.id, host, port, directory })
    }
}

/// Host and port of the listener of a name.
fn address(listeners: &[String], name: &str) -> Option<(String, u16)> {
    let mut known = listeners.iter().filter_map(|text| listener::parse(text));
    let found = known.find(|endpoint| endpoint.listener.eq_ignore_ascii_case(name))?;
    Some((found.host, found.port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Result<Node, String> {
        Node::of(&Properties::parse(text.as_bytes()).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn configurations() {
        let combined = node(
            "process.roles=broker,controller\nnode.id=1\nlog.dirs=/b, /a\ncontroller.listener.names=C\n\
             listeners=PLAINTEXT://:9092,C://:9093\nadvertised.listeners=PLAINTEXT://h:9092\n",
        )
        .unwrap();
        assert_eq!((combined.id, combined.is_controller, combined.in_kraft), (1, true, true));
        assert_eq!((combined.directories.join(" "), combined.metadata_directory.as_str()), ("/a /b".into(), "/b"));
        assert_eq!(combined.controller_address, Some(("localhost".to_owned(), 9093)));
        let broker = node("broker.id=3\nmetadata.log.dir=/m").unwrap();
        assert_eq!((broker.id, broker.in_kraft), (3, false));
        assert_eq!(broker.directories, ["/m", DEFAULT_LOG_DIR]);
        assert!(node("process.roles=boss").unwrap_err().contains("'boss' is not a role"));
        assert!(node("node.id=x").is_err());
        assert!(broker.standalone(rkafka_protocol::Uuid([1; 16])).unwrap_err().to_string().starts_with("You can only"));
    }
}
