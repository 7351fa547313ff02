//! The servers that `rkafka dev` runs in its own process.

use super::plan::{NewTopic, Plan};
use anyhow::{Context, bail};
use rkafka_broker::Broker;
use rkafka_client::admin::{self, Admin};
use rkafka_config::{broker::BrokerConfig, properties::Properties, zookeeper::ZooKeeperConfig};
use rkafka_protocol::ErrorCode;
use rkafka_runtime::tasks::essential::LAST_ACTS;
use rkafka_zookeeper_server::ZooKeeperServer;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How settings that `rkafka dev` makes up are named in messages.
const SOURCE: &str = "rkafka dev";
/// How long the brokers may take to know each other, and the pause between two looks.
const ALL_BROKERS: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Where clients find the servers.
pub struct Addresses {
    pub bootstrap: String,
    pub zookeeper: String,
}

/// One ZooKeeper server and its brokers, up and answering.
pub struct Servers {
    pub addresses: Addresses,
    brokers: Vec<Broker>,
    zookeeper: ZooKeeperServer,
    /// Removed when dropped, after the servers have stopped.
    folder: Option<TempDir>,
}

impl Servers {
    /// Starts them, creates the topics, and returns when clients can be served. What has started before an error is
    /// stopped.
    pub async fn start(plan: &Plan) -> anyhow::Result<Servers> {
        let folder = match plan.dir {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new().prefix("rkafka-dev-").tempdir().context("cannot make a temporary folder")?,
            ),
        };
        let dir = match (&plan.dir, &folder) {
            (Some(dir), _) => std::path::absolute(dir).with_context(|| format!("--dir {}", dir.display()))?,
            (None, Some(folder)) => folder.path().to_path_buf(),
            (None, None) => anyhow::bail!("no folder for the data"),
        };
        let zookeeper = zookeeper_config(plan, &dir)?;
        let zookeeper = ZooKeeperServer::start(zookeeper).await.context("the ZooKeeper server does not start")?;
        let connect = format!("localhost:{}", zookeeper.client_address().port());
        let addresses = Addresses { bootstrap: String::new(), zookeeper: connect };
        let mut servers = Servers { addresses, brokers: Vec::new(), zookeeper, folder };
        match servers.prepare(plan, &dir).await {
            Ok(()) => Ok(servers),
            Err(error) => {
                servers.stop().await;
                Err(error)
            }
        }
    }

    async fn prepare(&mut self, plan: &Plan, dir: &Path) -> anyhow::Result<()> {
        self.start_brokers(plan, dir).await?;
        create_topics(&self.addresses.bootstrap, plan).await
    }

    /// Starts the brokers one after the other; their addresses are then known, separated by commas.
    async fn start_brokers(&mut self, plan: &Plan, dir: &Path) -> anyhow::Result<()> {
        let mut addresses = Vec::with_capacity(usize::from(plan.brokers));
        for id in 0..plan.brokers {
            let properties = broker_properties(plan, id, dir, &self.addresses.zookeeper)?;
            let config = BrokerConfig::from_properties(SOURCE, &properties)?;
            let broker = Broker::start(config).await.with_context(|| format!("broker {id} does not start"))?;
            let port = broker.listeners().first().map(|(_, address)| address.port());
            self.brokers.push(broker);
            addresses.push(format!("localhost:{}", port.context("the broker has no listener")?));
        }
        self.addresses.bootstrap = addresses.join(",");
        Ok(())
    }

    /// Waits until ZooKeeper cannot go on and says why. Usually waits forever.
    pub async fn failed(&self) -> String {
        self.zookeeper.failed().await
    }

    /// Ends the brokers' sessions, within the time that there is, and removes the temporary folder: for the end after an
    /// essential task of any of them has died.
    pub async fn abandon(self) {
        let sessions = async {
            for broker in self.brokers {
                broker.abandon().await;
            }
        };
        // The ZooKeeper server may be what has died.
        let _ended = tokio::time::timeout(LAST_ACTS, sessions).await;
        remove(self.folder);
    }

    /// Stops the brokers, then ZooKeeper, then removes the temporary folder.
    pub async fn stop(self) {
        // The first one is most likely the controller; without it the others have nobody to tell.
        for broker in self.brokers.into_iter().rev() {
            broker.shutdown().await;
        }
        self.zookeeper.shutdown().await;
        remove(self.folder);
    }
}

fn remove(folder: Option<TempDir>) {
    if let Some(Err(error)) = folder.map(TempDir::close) {
        log::warn!(target: "rkafka.dev", "cannot remove the temporary folder: {error}");
    }
}

fn zookeeper_config(plan: &Plan, dir: &Path) -> anyhow::Result<ZooKeeperConfig> {
    let mut properties: Properties = [
        ("dataDir", dir.join("zookeeper").display().to_string()),
        ("clientPort", plan.zookeeper_port.to_string()),
        ("clientPortAddress", "localhost".to_string()),
        ("maxClientCnxns", "0".to_string()),
        ("admin.enableServer", "false".to_string()),
        ("4lw.commands.whitelist", "*".to_string()),
    ]
    .into_iter()
    .collect();
    if plan.dir.is_none() {
        // What is removed at the end need not survive a power cut.
        properties.set("forceSync", "no");
    }
    Ok(ZooKeeperConfig::from_properties(SOURCE, &properties)?)
}

/// One broker's settings: no wait for further group members, and no handing over to others at the end, when all stop.
fn broker_properties(plan: &Plan, id: u16, dir: &Path, zookeeper_connect: &str) -> anyhow::Result<Properties> {
    let port = match plan.port {
        0 => 0,
        first => first.checked_add(id).with_context(|| format!("there is no port for broker {id}"))?,
    };
    let logs = if id == 0 { "kafka-logs".to_string() } else { format!("kafka-logs-{id}") };
    let mut properties: Properties = [
        ("broker.id", id.to_string()),
        ("listeners", format!("PLAINTEXT://localhost:{port}")),
        ("log.dirs", dir.join(logs).display().to_string()),
        ("zookeeper.connect", zookeeper_connect.to_string()),
        ("controlled.shutdown.enable", "false".to_string()),
        ("group.initial.rebalance.delay.ms", "0".to_string()),
    ]
    .into_iter()
    .collect();
    for (key, value) in &plan.overrides {
        properties.set(key, value);
    }
    Ok(properties)
}

/// Waits until the broker at `address` knows all others; before, it may refuse topics with as many replicas.
async fn wait_for_brokers(address: &str, wanted: usize) -> anyhow::Result<()> {
    let admin = Admin::connect(address).await?;
    let deadline = Instant::now() + ALL_BROKERS;
    loop {
        let known = admin.describe_cluster(false).await?.nodes.len();
        if known >= wanted {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("only {known} of {wanted} brokers have joined within {} s", ALL_BROKERS.as_secs());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn create_topics(bootstrap: &str, plan: &Plan) -> anyhow::Result<()> {
    let topics: &[NewTopic] = &plan.topics;
    if topics.is_empty() && plan.brokers == 1 {
        return Ok(());
    }
    for address in bootstrap.split(',') {
        wait_for_brokers(address, usize::from(plan.brokers)).await?;
    }
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
