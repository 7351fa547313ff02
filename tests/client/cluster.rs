//! One ZooKeeper server and one broker on free ports, and a network between them and the client that can be cut.

use rkafka_base::TopicPartition;
use rkafka_broker::Broker;
use rkafka_client::{
    Admin, Consumer, Producer, Properties,
    admin::{NewTopic, OffsetSpec},
    producer::ProducerRecord,
};
use rkafka_config::{broker::BrokerConfig, properties, zookeeper::ZooKeeperConfig};
use rkafka_zookeeper_server::ZooKeeperServer;
use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long one poll waits.
pub const POLL: Duration = Duration::from_millis(500);

pub struct TestCluster {
    pub bootstrap: String,
    broker: Broker,
    zookeeper: ZooKeeperServer,
    folder: TempDir,
}

impl TestCluster {
    pub async fn start() -> TestCluster {
        TestCluster::start_advertising("").await
    }

    /// `extra` is the address that clients are told, if it is another than the broker listens on.
    async fn start_advertising(extra: &str) -> TestCluster {
        let folder = TempDir::new().unwrap();
        let dir = |name: &str| folder.path().join(name).display().to_string();
        let zookeeper: properties::Properties = [
            ("dataDir", dir("zookeeper")),
            ("clientPort", "0".to_owned()),
            ("clientPortAddress", "localhost".to_owned()),
            ("admin.enableServer", "false".to_owned()),
        ]
        .into_iter()
        .collect();
        let zookeeper = ZooKeeperConfig::from_properties("test", &zookeeper).unwrap();
        let zookeeper = ZooKeeperServer::start(zookeeper).await.unwrap();
        let mut broker: properties::Properties = [
            ("broker.id", "0".to_owned()),
            ("listeners", "PLAINTEXT://localhost:0".to_owned()),
            ("log.dirs", dir("logs")),
            ("zookeeper.connect", format!("localhost:{}", zookeeper.client_address().port())),
            ("offsets.topic.replication.factor", "1".to_owned()),
            ("offsets.topic.num.partitions", "3".to_owned()),
            ("group.initial.rebalance.delay.ms", "0".to_owned()),
        ]
        .into_iter()
        .collect();
        if !extra.is_empty() {
            broker.set("advertised.listeners", extra);
        }
        let broker = Broker::start(BrokerConfig::from_properties("test", &broker).unwrap()).await.unwrap();
        let bootstrap = broker.listeners()[0].1.to_string();
        TestCluster { bootstrap, broker, zookeeper, folder }
    }

    pub async fn stop(self) {
        self.broker.shutdown().await;
        self.zookeeper.shutdown().await;
        self.folder.close().unwrap();
    }

    pub async fn create(&self, topic: &str, partitions: i32, configs: &[(&str, &str)]) {
        let config =
            |(name, value): &(&str, &str)| rkafka_protocol::messages::create_topics_request::CreatableTopicConfig {
                name: (*name).to_owned(),
                value: Some((*value).to_owned()),
                ..Default::default()
            };
        let new = NewTopic {
            name: topic.to_owned(),
            num_partitions: partitions,
            replication_factor: 1,
            configs: configs.iter().map(config).collect(),
            ..Default::default()
        };
        let admin = Admin::connect(&self.bootstrap).await.unwrap();
        admin.create_topics(&[new], false).await.unwrap().remove(0).unwrap();
    }

    pub fn properties(&self, list: &[(&str, &str)]) -> Properties {
        let mut all: Properties = list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        all.insert("bootstrap.servers".to_owned(), self.bootstrap.clone());
        all
    }

    pub async fn producer(&self, list: &[(&str, &str)]) -> Producer {
        Producer::new(&self.properties(list), None).await.unwrap()
    }

    pub async fn consumer(&self, list: &[(&str, &str)]) -> Consumer {
        Consumer::new(&self.properties(list)).await.unwrap()
    }

    /// Writes the numbers from 0 to `count`, each also as its key.
    pub async fn write_numbers(&self, topic: &str, count: u32, list: &[(&str, &str)]) {
        let producer = self.producer(list).await;
        append_numbers(&producer, topic, count).await;
        producer.flush().await.unwrap();
        producer.close(PATIENCE).await.unwrap();
    }

    /// Every record's value by partition, read from the beginning until `count` have come.
    pub async fn read_all(
        &self,
        topic: &str,
        partitions: i32,
        count: usize,
        list: &[(&str, &str)],
    ) -> Vec<Vec<String>> {
        let mut consumer = self.consumer(list).await;
        let all: Vec<TopicPartition> = (0..partitions).map(|p| TopicPartition::new(topic, p)).collect();
        consumer.assign(&all);
        all.iter().for_each(|tp| consumer.seek_to(tp, OffsetSpec::Earliest).unwrap());
        read(&mut consumer, partitions, count).await
    }
}

pub async fn append_numbers(producer: &Producer, topic: &str, count: u32) {
    for n in 0..count {
        let text = n.to_string();
        let bytes = Some(text.as_bytes());
        producer.append(&ProducerRecord { topic, key: bytes, value: bytes, ..Default::default() }).await.unwrap();
    }
}

/// Reads until `count` records have come.
pub async fn read(consumer: &mut Consumer, partitions: i32, count: usize) -> Vec<Vec<String>> {
    let mut seen = vec![Vec::new(); partitions as usize];
    let end = Instant::now() + PATIENCE;
    while seen.iter().map(Vec::len).sum::<usize>() < count {
        assert!(Instant::now() < end, "only {} of {count} records came", seen.iter().map(Vec::len).sum::<usize>());
        let Some(mut fetched) = consumer.poll(POLL).await.unwrap() else { continue };
        while let Some(batch) = fetched.next_batch() {
            for record in batch.unwrap().records() {
                let value = record.unwrap().value.unwrap().to_vec();
                seen[fetched.partition.partition as usize].push(String::from_utf8(value).unwrap());
            }
        }
    }
    seen
}

/// The numbers of all partitions in order; panics if one partition's are out of order.
pub fn sorted(partitions: &[Vec<String>]) -> Vec<u32> {
    let mut all = Vec::new();
    for list in partitions {
        let numbers: Vec<u32> = list.iter().map(|n| n.parse().unwrap()).collect();
        assert!(numbers.is_sorted(), "records of one partition came out of order");
        all.extend(numbers);
    }
    all.sort_unstable();
    all
}

/// A cluster whose broker is reached only through a relay that cuts each connection after so many bytes.
pub async fn start_behind_a_bad_line(bytes_per_connection: u64) -> TestCluster {
    let line = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = line.local_addr().unwrap();
    let target: Arc<OnceLock<SocketAddr>> = Arc::default();
    let relay_to = target.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = line.accept().await {
            let relay_to = relay_to.clone();
            tokio::spawn(async move {
                let Some(to) = relay_to.get() else { return };
                if let Ok(broker) = TcpStream::connect(to).await {
                    relay(client, broker, bytes_per_connection).await;
                }
            });
        }
    });
    let mut cluster = TestCluster::start_advertising(&format!("PLAINTEXT://{address}")).await;
    target.set(cluster.bootstrap.parse().unwrap()).unwrap();
    cluster.bootstrap = address.to_string();
    cluster
}

async fn relay(client: TcpStream, broker: TcpStream, limit: u64) {
    use tokio::io::AsyncReadExt;
    let (from_client, mut to_client) = client.into_split();
    let (from_broker, mut to_broker) = broker.into_split();
    let (mut out, mut back) = (from_client.take(limit), from_broker.take(limit));
    tokio::select! {
        _ = tokio::io::copy(&mut out, &mut to_broker) => {}
        _ = tokio::io::copy(&mut back, &mut to_client) => {}
    }
}
