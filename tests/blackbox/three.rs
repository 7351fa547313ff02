//! The second half of Kafka's getting-started notes, word for word, with our own tools in the flags of both eras: three
//! brokers from the shipped config files, a replicated topic, kill -9 of its leader, the messages still there. The same
//! walk with Apache Kafka's tools, and with its brokers, is in `tests/conformance/cluster/notes_of_three.py`.

use crate::harness::{self, Server, free_port, ok, wait_for};
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

const FILES: [&str; 3] = ["server.properties", "server-1.properties", "server-2.properties"];
const LOGS: [&str; 3] = ["kafka-logs", "kafka-logs-1", "kafka-logs-2"];
const TOPIC: &str = "my-replicated-topic";
const LINES: &str = "my test message 1\nmy test message 2\n";

/// The notes' commands; `BROKERS` are those that live.
struct Era {
    create: &'static str,
    describe: &'static str,
    produce: &'static str,
    consume: &'static str,
    /// What begins the first line of a description.
    layout: &'static str,
}

const ZOOKEEPER_ERA: Era = Era {
    create: "kafka-topics.sh --create --zookeeper localhost:2181 --replication-factor 3 --partitions 1 --topic",
    describe: "kafka-topics.sh --describe --zookeeper localhost:2181 --topic",
    produce: "kafka-console-producer.sh --broker-list BROKERS --topic",
    consume: "kafka-console-consumer.sh --zookeeper localhost:2181 --from-beginning --max-messages 2 --topic",
    layout: "Topic:my-replicated-topic\tPartitionCount:1\tReplicationFactor:3\tConfigs:",
};

const BOOTSTRAP_ERA: Era = Era {
    create: "kafka-topics.sh --create --bootstrap-server BROKERS --replication-factor 3 --partitions 1 --topic",
    describe: "kafka-topics.sh --describe --bootstrap-server BROKERS --topic",
    produce: "kafka-console-producer.sh --bootstrap-server BROKERS --topic",
    consume: "kafka-console-consumer.sh --bootstrap-server BROKERS --from-beginning --max-messages 2 --topic",
    layout: "Topic: my-replicated-topic\tTopicId: ",
};

struct Three {
    brokers: Vec<Option<Server>>,
    ports: Vec<u16>,
    zookeeper_port: u16,
    _zookeeper: Server,
    dir: TempDir,
}

impl Three {
    /// The shipped files with other ports and folders, and nothing else.
    fn start() -> Three {
        let dir = TempDir::new().expect("a temporary folder");
        let (ports, zookeeper_port): (Vec<u16>, u16) = ((0..3).map(|_| free_port()).collect(), free_port());
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        for name in FILES.into_iter().chain(["zookeeper.properties"]) {
            let mut text = fs::read_to_string(shipped.join(name)).expect("a shipped file");
            for (shipped, port) in [9092, 9093, 9094, 2181].iter().zip(ports.iter().chain([&zookeeper_port])) {
                text = text.replace(&format!(":{shipped}"), &format!(":{port}"));
            }
            let text = text.replace("clientPort=2181", &format!("clientPort={zookeeper_port}"));
            let text = text.replace("/tmp/", &format!("{}/", dir.path().display()));
            fs::write(dir.path().join(name), text).expect("a properties file");
        }
        let mut zookeeper = Server::start(dir.path(), "zookeeper", &["zookeeper-server-start", "zookeeper.properties"]);
        zookeeper.wait_for_line("binding to port");
        let mut three = Three { brokers: vec![None, None, None], ports, zookeeper_port, _zookeeper: zookeeper, dir };
        (0..3).for_each(|id| three.start_broker(id));
        three
    }

    fn start_broker(&mut self, id: usize) {
        let name = FILES[id].trim_end_matches(".properties");
        let _ = fs::remove_file(self.dir.path().join(format!("{name}.out")));
        let mut broker = Server::start(self.dir.path(), name, &["kafka-server-start", FILES[id]]);
        broker.wait_for_line("started (kafka.server.KafkaServer)");
        self.brokers[id] = Some(broker);
    }

    fn shell(&self, line: &str, topic: &str, stdin: &str) -> Output {
        let live = self.ports.iter().zip(&self.brokers).filter(|(_, b)| b.is_some());
        let live: Vec<String> = live.map(|(port, _)| format!("localhost:{port}")).collect();
        let line = line.replace("localhost:2181", &format!("localhost:{}", self.zookeeper_port));
        let line = line.replace("BROKERS", &live.join(","));
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command
            .args(["-c", &format!("{line} {topic}")])
            .current_dir(self.dir.path())
            .env("PATH", format!("{}/bin:{path}", env!("CARGO_MANIFEST_DIR")))
            .env("RKAFKA", harness::rkafka());
        harness::run(command, stdin)
    }

    /// Leader and in-sync replicas of the topic, from a description in the era's layout.
    fn describe(&self, era: &Era) -> Option<(usize, BTreeSet<usize>)> {
        let text = ok(&self.shell(era.describe, TOPIC, ""));
        assert!(text.starts_with(era.layout), "{text}");
        let (_, rest) = text.split_once("\tPartition: 0\tLeader: ")?;
        let (leader, rest) = rest.split_once("\tReplicas: ")?;
        let isr = rest.split_once("\tIsr: ")?.1.split(['\t', '\n']).next()?;
        Some((leader.parse().ok()?, isr.split(',').filter_map(|id| id.parse().ok()).collect()))
    }

    fn until(&self, era: &Era, what: &str, good: impl Fn(usize, &BTreeSet<usize>) -> bool) -> usize {
        wait_for(what, || self.describe(era).filter(|(leader, isr)| good(*leader, isr)).map(|(leader, _)| leader))
    }
}

fn walk(era: &Era) {
    let mut three = Three::start();
    let everybody = BTreeSet::from([0, 1, 2]);
    wait_for("every broker to be known", || three.shell(era.create, TOPIC, "").status.success().then_some(()));
    ok(&three.shell(&era.create.replace("factor 3", "factor 1"), "test", ""));
    let leader = three.until(era, "every replica in sync", |_, isr| *isr == everybody);
    ok(&three.shell(era.produce, TOPIC, LINES));
    assert_eq!(ok(&three.shell(era.consume, TOPIC, "")), LINES);
    let holders = |folder: &str| LOGS.iter().filter(|logs| three.dir.path().join(logs).join(folder).is_dir()).count();
    assert_eq!((holders("my-replicated-topic-0"), holders("test-0")), (3, 1));
    // ps | grep server-N.properties; kill -9 PID
    three.brokers[leader].take().expect("a broker that runs").kill();
    let others = &everybody - &BTreeSet::from([leader]);
    three.until(era, "another leader", |now, isr| now != leader && *isr == others);
    assert_eq!(ok(&three.shell(era.consume, TOPIC, "")), LINES);
    three.start_broker(leader);
    three.until(era, "the killed broker to be in sync", |_, isr| *isr == everybody);
    assert_eq!(ok(&three.shell(era.consume, TOPIC, "")), LINES);
}

#[test]
fn the_replicated_topic_of_0_8_2() {
    walk(&ZOOKEEPER_ERA);
}

#[test]
fn the_replicated_topic_of_today() {
    walk(&BOOTSTRAP_ERA);
}
