//! A controller that joins the quorum, as its own configuration and its storage tell of it.

use crate::tools::kraft::{
    listener,
    meta_properties::{self, MetaProperties},
};
use anyhow::{anyhow, bail};
use rkafka_client::{Properties, admin::RaftEndpoint};
use rkafka_protocol::Uuid;
use std::path::Path;

/// A controller that is to get a vote, as its own configuration tells of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Joining {
    pub id: i32,
    pub directory: Uuid,
    pub endpoints: Vec<RaftEndpoint>,
}

impl Joining {
    /// Reads the configuration, and the directory's id from where its metadata log is.
    pub fn of(settings: &Properties) -> anyhow::Result<Joining> {
        const ASK: &str = "Is this a valid controller configuration file?";
        let get = |key: &str| settings.get(key).map(String::as_str);
        let id = get("node.id").ok_or_else(|| anyhow!("node.id not found in configuration file. {ASK}"))?;
        let id: i32 = id.trim().parse().map_err(|_| anyhow!("node.id: '{id}' is not a number. {ASK}"))?;
        if id < 0 {
            bail!("node.id was negative in configuration file. {ASK}");
        }
        if !get("process.roles").unwrap_or_default().contains("controller") {
            bail!("process.roles did not contain 'controller' in configuration file. {ASK}");
        }
        let dirs = get("metadata.log.dir").or_else(|| get("log.dirs")?.trim().split(',').next());
        let dir = dirs.ok_or_else(|| anyhow!("Neither metadata.log.dir nor log.dirs were found. {ASK}"))?;
        let meta = MetaProperties::read(Path::new(dir))?;
        let meta = meta.ok_or_else(|| anyhow!("Unable to read {} from {dir}", meta_properties::FILE))?;
        let directory = meta.directory_id.ok_or_else(|| anyhow!("No directory id found in {dir}"))?;
        let directory = Uuid::parse(&directory).ok_or_else(|| anyhow!("{dir}: '{directory}' is not a directory id"))?;
        Ok(Joining { id, directory, endpoints: endpoints(settings, ASK)? })
    }

    /// What is said when it is done, or would be.
    pub fn told(&self, dry_run: bool) -> String {
        let done = if dry_run { "DRY RUN of adding" } else { "Added" };
        let endpoints: Vec<String> = self.endpoints.iter().map(url).collect();
        format!(
            "{done} controller {} with directory id {} and endpoints: {}",
            self.id,
            self.directory,
            endpoints.join(", ")
        )
    }
}

/// Where the controller of a configuration can be reached: the advertised listeners that are for controllers.
fn endpoints(settings: &Properties, ask: &str) -> anyhow::Result<Vec<RaftEndpoint>> {
    let get = |key: &str| settings.get(key).map(String::as_str).unwrap_or_default();
    let names = get("controller.listener.names");
    if names.is_empty() {
        bail!("controller.listener.names was not found. {ask}");
    }
    let mut known: Vec<RaftEndpoint> = Vec::new();
    // What is advertised counts more.
    for key in ["advertised.listeners", "listeners"] {
        for text in get(key).split(',').map(str::trim).filter(|text| !text.is_empty()) {
            known.push(listener::parse(text).ok_or_else(|| anyhow!("{key}: '{text}' is not NAME://host:port"))?);
        }
    }
    let mut found = Vec::new();
    for name in names.split(',').map(|name| name.trim().to_uppercase()) {
        let endpoint = known.iter().find(|endpoint| endpoint.listener == name);
        found.push(
            endpoint
                .cloned()
                .ok_or_else(|| anyhow!("Cannot find information about controller listener name: {name}"))?,
        );
    }
    Ok(found)
}

/// `CONTROLLER://host:9093`
pub fn url(endpoint: &RaftEndpoint) -> String {
    let RaftEndpoint { listener, host, port } = endpoint;
    match host.contains(':') {
        true => format!("{listener}://[{host}]:{port}"),
        false => format!("{listener}://{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_tells_of_itself() {
        let dir = tempfile::tempdir().unwrap();
        let id = Uuid::parse("P_srhY7ATI6j_PzfqstszA").unwrap();
        let meta = MetaProperties {
            version: 1,
            cluster_id: Some("c".into()),
            node_id: Some(2),
            directory_id: Some(id.to_string()),
        };
        meta.write(dir.path(), 0).unwrap();
        let mut settings = Properties::from(
            [
                ("node.id", "2"),
                ("process.roles", "controller"),
                ("log.dirs", dir.path().to_str().unwrap()),
                ("controller.listener.names", "controller"),
                ("listeners", "CONTROLLER://:9093"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        let joining = Joining::of(&settings).unwrap();
        assert_eq!(
            joining.told(true),
            format!("DRY RUN of adding controller 2 with directory id {id} and endpoints: CONTROLLER://localhost:9093")
        );
        settings.insert("advertised.listeners".into(), "CONTROLLER://[::1]:9".into());
        assert!(Joining::of(&settings).unwrap().told(false).ends_with("endpoints: CONTROLLER://[::1]:9"));
        for (key, value, expected) in [
            ("controller.listener.names", "OTHER", "Cannot find information about controller listener name: OTHER"),
            ("process.roles", "broker", "process.roles did not contain 'controller'"),
            ("node.id", "-1", "node.id was negative"),
        ] {
            let mut bad = settings.clone();
            bad.insert(key.into(), value.into());
            let error = Joining::of(&bad).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
