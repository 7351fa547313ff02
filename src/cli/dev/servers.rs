//! The servers that `rkafka dev` runs in its own process.

use super::options::{DevOptions, NewTopic};
use crate::{
    broker::Broker,
    client::admin::{self, Admin},
    config::{broker::BrokerConfig, properties::Properties, zookeeper::ZooKeeperConfig},
    protocol::ErrorCode,
    zookeeper::server::ZooKeeperServer,
};
use anyhow::Context;
use std::path::Path;
use tempfile::TempDir;

/// How settings that `rkafka dev` makes up are named in messages.
const SOURCE: &str = "rkafka dev";

/// Where clients find the servers.
pub struct Addresses {
    pub bootstrap: String,
    pub zookeeper: String,
}

/// One ZooKeeper server and one broker, up and answering.
pub struct Servers {
    pub addresses: Addresses,
    broker: Broker,
    zookeeper: ZooKeeperServer,
    /// Removed when dropped, after the servers have stopped.
    folder: Option<TempDir>,
}

impl Servers {
    /// Starts both, creates the topics, and returns when clients can be served.
    pub async fn start(options: &DevOptions) -> anyhow::Result<Servers> {
        let folder = match options.dir {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new().prefix("rkafka-dev-").tempdir().context("cannot make a temporary folder")?,
            ),
        };
        let dir = match (&options.dir, &folder) {
            (Some(dir), _) => std::path::absolute(dir).with_context(|| format!("--dir {}", dir.display()))?,
            (None, Some(folder)) => folder.path().to_path_buf(),
            (None, None) => anyhow::bail!("no folder for the data"),
        };
        let zookeeper = zookeeper_config(options, &dir)?;
        let zookeeper = ZooKeeperServer::start(zookeeper).await.context("the ZooKeeper server does not start")?;
        let zookeeper_connect = format!("localhost:{}", zookeeper.client_address().port());
        let broker = BrokerConfig::from_properties(SOURCE, &broker_properties(options, &dir, &zookeeper_connect))?;
        let broker = Broker::start(broker).await.context("the broker does not start")?;
        let port = broker.listeners().first().context("the broker has no listener")?.1.port();
        let addresses = Addresses { bootstrap: format!("localhost:{port}"), zookeeper: zookeeper_connect };
        create_topics(&addresses.bootstrap, &options.topics).await?;
        Ok(Servers { addresses, broker, zookeeper, folder })
    }

    /// Stops the broker, then ZooKeeper, then removes the temporary folder.
    pub async fn stop(self) {
        self.broker.shutdown().await;
        self.zookeeper.shutdown().await;
        if let Some(Err(error)) = self.folder.map(TempDir::close) {
            log::warn!(target: "rkafka.dev", "cannot remove the temporary folder: {error}");
        }
    }
}

fn zookeeper_config(options: &DevOptions, dir: &Path) -> anyhow::Result<ZooKeeperConfig> {
    let mut properties: Properties = [
        ("dataDir", dir.join("zookeeper").display().to_string()),
        ("clientPort", options.zookeeper_port.to_string()),
        ("clientPortAddress", "localhost".to_string()),
        ("maxClientCnxns", "0".to_string()),
        ("admin.enableServer", "false".to_string()),
        ("4lw.commands.whitelist", "*".to_string()),
    ]
    .into_iter()
    .collect();
    if options.dir.is_none() {
        // What is removed at the end need not survive a power cut.
        properties.set("forceSync", "no");
    }
    Ok(ZooKeeperConfig::from_properties(SOURCE, &properties)?)
}

/// One broker's settings: internal topics with one replica, and no wait for further group members.
fn broker_properties(options: &DevOptions, dir: &Path, zookeeper_connect: &str) -> Properties {
    let mut properties: Properties = [
        ("broker.id", "0".to_string()),
        ("listeners", format!("PLAINTEXT://localhost:{}", options.port)),
        ("log.dirs", dir.join("kafka-logs").display().to_string()),
        ("zookeeper.connect", zookeeper_connect.to_string()),
        ("offsets.topic.replication.factor", "1".to_string()),
        ("group.initial.rebalance.delay.ms", "0".to_string()),
    ]
    .into_iter()
    .collect();
    for (key, value) in &options.overrides {
        properties.set(key, value);
    }
    properties
}

async fn create_topics(bootstrap: &str, topics: &[NewTopic]) -> anyhow::Result<()> {
    if topics.is_empty() {
        return Ok(());
    }
    let admin = Admin::connect(bootstrap).await?;
    let wanted: Vec<admin::NewTopic> = topics
        .iter()
        .map(|t| admin::NewTopic {
            name: t.name.clone(),
            num_partitions: t.partitions,
            replication_factor: t.replication_factor,
            ..Default::default()
        })
        .collect();
    for (topic, result) in topics.iter().zip(admin.create_topics(&wanted, false).await?) {
        match result {
            Ok(_) => {}
            // Kept from an earlier run on the same --dir.
            Err(error) if error.code() == Some(ErrorCode::TOPIC_ALREADY_EXISTS) => {}
            Err(error) => return Err(error).with_context(|| format!("--topic {}: cannot create it", topic.name)),
        }
    }
    Ok(())
}
