//! Three brokers and a ZooKeeper server, with relays between them where a test asks for them.

use crate::{
    process::{PATIENCE, Server, apache, free_port},
    proxy::Proxy,
};
use rkafka_client::{
    Admin, ClusterView, Topics,
    admin::{NewTopic, OffsetSpec},
};
use rkafka_protocol::messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopicConfig};
use std::{
    fmt::Write,
    fs,
    path::Path,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::sleep,
};

/// The topic under load: each broker leads one partition and follows in the others.
pub const TOPIC: &str = "load";
pub const PARTITIONS: i32 = 3;
/// Brokers' session timeout in these tests.
pub const SESSION: Duration = Duration::from_secs(3);

/// How a cluster is wired.
#[derive(Clone, Copy, Default)]
pub struct Wiring<'a> {
    /// Relays before each broker's inter-broker listener and between each broker and ZooKeeper.
    pub relays: bool,
    /// More settings of the brokers.
    pub settings: &'a str,
    /// The log dirs of broker 1, if they are to be elsewhere.
    pub log_dirs_of_1: Option<&'a str>,
}

pub struct Broker {
    pub id: i32,
    /// Where clients connect, past all relays.
    pub bootstrap: String,
    /// Before its inter-broker listener.
    pub link: Option<Proxy>,
    /// Between it and ZooKeeper.
    pub zookeeper_link: Option<Proxy>,
    server: Option<Server>,
}

impl Broker {
    pub fn server(&mut self) -> &mut Server {
        self.server.as_mut().expect("a broker that was started")
    }

    pub fn is_alive(&mut self) -> bool {
        self.server.as_mut().is_some_and(Server::is_alive)
    }

    /// Starts it on its old files and waits until it serves.
    pub fn start(&mut self, dir: &Path) {
        self.spawn(dir);
        self.wait_until_it_serves(dir);
    }

    /// Apache's broker ends if the session that it had when it was killed still lives; it is started again then.
    pub fn wait_until_it_serves(&mut self, dir: &Path) {
        let serves = "started (kafka.server.KafkaServer)";
        let start = Instant::now();
        while !self.server().logs_before_its_end(serves, 1) {
            let may_try_again = apache().is_some() && self.server().count("NodeExistsException") > 0;
            assert!(may_try_again && start.elapsed() < PATIENCE, "broker {} does not start", self.id);
            self.spawn(dir);
        }
    }

    pub fn spawn(&mut self, dir: &Path) {
        let (name, file) = (format!("broker-{}", self.id), format!("server-{}.properties", self.id));
        self.server = None;
        self.server = Some(Server::start(dir, &name, "kafka-server-start", &file));
    }

    /// The cluster as this broker tells it.
    pub async fn view(&self) -> Option<Arc<ClusterView>> {
        let admin = Admin::connect(&self.bootstrap).await.ok()?;
        tokio::time::timeout(Duration::from_secs(2), admin.cluster().refresh(&Topics::All)).await.ok()?.ok()
    }
}

pub struct Cluster {
    pub brokers: Vec<Broker>,
    pub zookeeper: Server,
    pub dir: TempDir,
    _turn: SemaphorePermit<'static>,
}

/// Waits for the turn to run servers.
pub async fn turn() -> SemaphorePermit<'static> {
    // Timeouts are real here: too many clusters at once would be a fault of their own.
    static TURNS: OnceLock<Semaphore> = OnceLock::new();
    TURNS.get_or_init(|| Semaphore::new(2)).acquire().await.unwrap()
}

impl Cluster {
    /// Three brokers that know each other, and [`TOPIC`] with every replica in sync.
    pub async fn start(wiring: Wiring<'_>) -> Cluster {
        let turn = turn().await;
        let dir = TempDir::new().unwrap();
        let zookeeper_port = free_port();
        let properties = format!(
            "dataDir={}\nclientPort={zookeeper_port}\nmaxClientCnxns=0\nadmin.enableServer=false\ntickTime=500\n",
            dir.path().join("zookeeper").display()
        );
        fs::write(dir.path().join("zookeeper.properties"), properties).unwrap();
        let zookeeper = start_zookeeper(dir.path());
        let brokers = (0..3).map(|id| configure(dir.path(), id, zookeeper_port, wiring)).collect();
        let mut cluster = Cluster { brokers, zookeeper, dir, _turn: turn };
        for broker in &mut cluster.brokers {
            broker.spawn(cluster.dir.path());
        }
        for broker in &mut cluster.brokers {
            broker.server().wait_for_line("started (kafka.server.KafkaServer)");
        }
        cluster.create(TOPIC, &[[0, 1, 2], [1, 2, 0], [2, 0, 1]], &[]).await;
        cluster.settled().await;
        cluster
    }

    pub fn bootstrap(&self) -> String {
        let all: Vec<&str> = self.brokers.iter().map(|b| b.bootstrap.as_str()).collect();
        all.join(",")
    }

    pub fn start_broker(&mut self, id: usize) {
        self.brokers[id].start(self.dir.path());
    }

    pub fn restart_zookeeper(&mut self) {
        self.zookeeper = start_zookeeper(self.dir.path());
    }

    /// Creates a topic with these replicas for each partition, once all brokers are known.
    pub async fn create(&mut self, topic: &str, replicas: &[impl AsRef<[i32]>], configs: &[(&str, &str)]) {
        self.until("every broker to be known", |view| view.nodes.len() == 3).await;
        let assignments = replicas.iter().enumerate().map(|(partition, brokers)| CreatableReplicaAssignment {
            partition_index: partition as i32,
            broker_ids: brokers.as_ref().to_vec(),
            ..Default::default()
        });
        let config = |(name, value): &(&str, &str)| CreatableTopicConfig {
            name: (*name).to_owned(),
            value: Some((*value).to_owned()),
            ..Default::default()
        };
        let new = NewTopic {
            name: topic.to_owned(),
            num_partitions: -1,
            replication_factor: -1,
            assignments: assignments.collect(),
            configs: configs.iter().map(config).collect(),
            ..Default::default()
        };
        let admin = Admin::connect(&self.bootstrap()).await.unwrap();
        admin.create_topics(&[new], false).await.unwrap().remove(0).unwrap();
    }

    /// Until every live broker tells something that satisfies `good`.
    pub async fn until(&mut self, what: &str, good: impl Fn(&ClusterView) -> bool) {
        let start = Instant::now();
        loop {
            let mut waiting = None;
            for broker in self.brokers.iter_mut().filter_map(|b| b.is_alive().then_some(b)) {
                match broker.view().await {
                    Some(view) if good(&view) => {}
                    view => waiting = Some((broker.id, view)),
                }
            }
            let Some((id, view)) = waiting else { return };
            assert!(start.elapsed() < PATIENCE, "gave up waiting for {what}; broker {id} tells {}", told(view));
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Until all partitions have leaders among the live brokers and all live replicas are in sync.
    pub async fn settled(&mut self) {
        let live: Vec<i32> = self.brokers.iter_mut().filter_map(|b| b.is_alive().then_some(b.id)).collect();
        self.until("full ISRs", |view| {
            let topic = view.topics.get(TOPIC);
            topic.is_some_and(|t| {
                t.partitions.len() == PARTITIONS as usize
                    && t.partitions
                        .iter()
                        .all(|p| p.leader.is_some_and(|l| live.contains(&l)) && live.iter().all(|b| p.isr.contains(b)))
            })
        })
        .await;
    }

    /// Until nobody is told that `broker` leads anything. (The broker itself may not know yet.)
    pub async fn led_by_others(&mut self, broker: i32) {
        self.until_told_by_others(broker, "others to lead", |view| {
            view.topics[TOPIC].partitions.iter().all(|p| p.leader.is_some_and(|l| l != broker))
        })
        .await;
    }

    /// As [`Cluster::until`], without that broker's own opinion.
    pub async fn until_told_by_others(&mut self, broker: i32, what: &str, good: impl Fn(&ClusterView) -> bool) {
        let start = Instant::now();
        loop {
            let mut waiting = None;
            for other in self.brokers.iter_mut().filter_map(|b| (b.id != broker && b.is_alive()).then_some(b)) {
                match other.view().await {
                    Some(view) if view.topics.contains_key(TOPIC) && good(&view) => {}
                    view => waiting = Some((other.id, view)),
                }
            }
            let Some((id, view)) = waiting else { return };
            assert!(start.elapsed() < PATIENCE, "gave up waiting for {what}; broker {id} tells {}", told(view));
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Leader and leader epoch of each partition, as `broker` tells.
    pub async fn leaders(&self, broker: usize) -> Vec<(i32, i32)> {
        let view = self.brokers[broker].view().await.expect("a broker that answers");
        let mut partitions = view.topics[TOPIC].partitions.clone();
        partitions.sort_by_key(|p| p.partition);
        partitions.iter().map(|p| (p.leader.unwrap_or(-1), p.leader_epoch)).collect()
    }

    pub async fn controller(&self, told_by: usize) -> i32 {
        let view = self.brokers[told_by].view().await.expect("a broker that answers");
        view.controller.expect("a controller")
    }

    /// The offsets after the last committed record.
    pub async fn ends(&self) -> Vec<i64> {
        let admin = Admin::connect(&self.bootstrap()).await.unwrap();
        let wanted: Vec<_> = crate::load::partitions().into_iter().map(|tp| (tp, OffsetSpec::Latest)).collect();
        let found = admin.list_offsets(&wanted, false).await.unwrap();
        found.into_values().map(|f| f.unwrap().offset).collect()
    }
}

fn told(view: Option<Arc<ClusterView>>) -> String {
    let Some(view) = view else { return "nothing".to_owned() };
    let mut text = format!("controller {:?}, brokers {:?}", view.controller, view.nodes.keys().collect::<Vec<_>>());
    for topic in view.topics.values().filter(|t| !t.internal) {
        for p in &topic.partitions {
            let _ = write!(
                text,
                "\n  {}-{} leader {:?} epoch {} replicas {:?} isr {:?}",
                topic.name, p.partition, p.leader, p.leader_epoch, p.replicas, p.isr
            );
        }
    }
    text
}

fn start_zookeeper(dir: &Path) -> Server {
    let mut server = Server::start(dir, "zookeeper", "zookeeper-server-start", "zookeeper.properties");
    server.wait_for_line("binding to port");
    server
}

fn configure(dir: &Path, id: i32, zookeeper_port: u16, wiring: Wiring<'_>) -> Broker {
    let (port, internal) = (free_port(), free_port());
    let relay = |target| wiring.relays.then(|| Proxy::start(free_port(), target));
    let (link, zookeeper_link) = (relay(internal), relay(zookeeper_port));
    let zookeeper = zookeeper_link.as_ref().map_or(zookeeper_port, |p| p.port);
    let advertised = link.as_ref().map_or(internal, |p| p.port);
    let logs = dir.join(format!("logs-{id}")).display().to_string();
    let logs = wiring.log_dirs_of_1.filter(|_| id == 1).map_or(logs, str::to_owned);
    let properties = format!(
        "broker.id={id}\nlisteners=CLIENTS://localhost:{port},BROKERS://localhost:{internal}\n\
         advertised.listeners=CLIENTS://localhost:{port},BROKERS://localhost:{advertised}\n\
         listener.security.protocol.map=CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT\n\
         inter.broker.listener.name=BROKERS\nlog.dirs={logs}\nzookeeper.connect=localhost:{zookeeper}\n\
         zookeeper.session.timeout.ms={}\nreplica.lag.time.max.ms=3000\nreplica.fetch.wait.max.ms=100\n\
         replica.fetch.backoff.ms=200\nreplica.socket.timeout.ms=3000\ncontroller.socket.timeout.ms=3000\n\
         min.insync.replicas=2\noffsets.topic.num.partitions=1\nauto.leader.rebalance.enable=false\n{}\n",
        SESSION.as_millis(),
        wiring.settings
    );
    fs::write(dir.join(format!("server-{id}.properties")), properties).unwrap();
    Broker { id, bootstrap: format!("localhost:{port}"), link, zookeeper_link, server: None }
}
