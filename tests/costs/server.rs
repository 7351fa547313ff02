//! A ZooKeeper server and a broker in this process, and requests to them as bytes.

use crate::values::{PARTITIONS, TOPIC};
use rkafka_broker::Broker;
use rkafka_client::{Admin, admin::NewTopic};
use rkafka_config::{broker::BrokerConfig, properties::Properties, zookeeper::ZooKeeperConfig};
use rkafka_zookeeper_server::ZooKeeperServer;
use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How long anything may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Server {
    pub address: SocketAddr,
    runtime: Runtime,
    servers: (Broker, ZooKeeperServer),
    folder: TempDir,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer of so many bytes.
    Answer(usize),
    /// Nothing yet: it waits for something, and the client has hung up.
    Waits,
    /// The connection was closed.
    Closed,
}

impl Server {
    pub fn start() -> Server {
        let folder = TempDir::new().expect("a folder");
        let dir = |name: &str| folder.path().join(name).display().to_string();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let all = |list: &[(&str, String)]| -> Properties { list.iter().map(|(k, v)| (*k, v.clone())).collect() };
        let zookeeper = all(&[
            ("dataDir", dir("zookeeper")),
            ("clientPort", "0".to_owned()),
            ("clientPortAddress", "localhost".to_owned()),
            ("admin.enableServer", "false".to_owned()),
        ]);
        let zookeeper = ZooKeeperConfig::from_properties("test", &zookeeper).expect("settings");
        let servers = runtime.block_on(async {
            let zookeeper = ZooKeeperServer::start(zookeeper).await.expect("a ZooKeeper server");
            let broker = all(&[
                ("broker.id", "0".to_owned()),
                ("listeners", "PLAINTEXT://localhost:0".to_owned()),
                ("log.dirs", dir("logs")),
                ("zookeeper.connect", format!("localhost:{}", zookeeper.client_address().port())),
                ("offsets.topic.replication.factor", "1".to_owned()),
                ("offsets.topic.num.partitions", "1".to_owned()),
                ("group.initial.rebalance.delay.ms", "0".to_owned()),
                // Metadata of names that are not there would make topics of them.
                ("auto.create.topics.enable", "false".to_owned()),
            ]);
            let broker = BrokerConfig::from_properties("test", &broker).expect("settings");
            (Broker::start(broker).await.expect("a broker"), zookeeper)
        });
        let address = servers.0.listeners()[0].1;
        let server = Server { address, runtime, servers, folder };
        server.prepare();
        server
    }

    /// Makes the topic, and has the coordinator begin.
    fn prepare(&self) {
        self.runtime.block_on(async {
            let admin = Admin::connect(&self.address.to_string()).await.expect("an admin client");
            let topic = NewTopic {
                name: TOPIC.to_owned(),
                num_partitions: PARTITIONS,
                replication_factor: 1,
                ..Default::default()
            };
            admin.create_topics(&[topic], false).await.expect("an answer").remove(0).expect("the topic");
        });
    }

    /// Sends a frame on a connection of its own, and reads the answer to its end, for so long at the most.
    pub fn ask(&self, frame: &[u8], patience: Duration) -> Outcome {
        let mut stream = TcpStream::connect(self.address).expect("the broker accepts");
        stream.set_read_timeout(Some(patience)).expect("a timeout");
        stream.write_all(frame).expect("sent");
        let mut buffer = [0; 16 << 10];
        let (mut length, mut read) = (None, 0);
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return Outcome::Closed,
                Ok(n) => {
                    read += n;
                    let said = buffer.first_chunk().map(|said| u32::from_be_bytes(*said) as usize + 4);
                    let length = *length.get_or_insert_with(|| said.expect("a length"));
                    if read >= length {
                        return Outcome::Answer(length);
                    }
                    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                }
                Err(e) if e.kind() == ErrorKind::ConnectionReset => return Outcome::Closed,
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    let _ = stream.shutdown(Shutdown::Both);
                    return Outcome::Waits;
                }
                Err(e) => panic!("{e}"),
            }
        }
    }

    /// The bytes of a short answer, after the correlation id.
    pub fn answer(&self, frame: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).expect("the broker accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(frame).expect("sent");
        let mut length = [0; 4];
        stream.read_exact(&mut length).expect("an answer");
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut answer).expect("the answer");
        answer.split_off(4)
    }

    /// Asks until the answer is as wanted.
    pub fn ask_until(&self, what: &str, frame: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let begun = Instant::now();
        loop {
            let answer = self.answer(frame);
            if wanted(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "gave up waiting for {what}: {answer:02x?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends everything, also what hostile requests have left waiting.
    pub fn end(self) {
        // Not a clean stop: the controller's requests of strangers have left a cluster that does not exist.
        drop(self.servers);
        self.runtime.shutdown_background();
        drop(self.folder);
    }
}
