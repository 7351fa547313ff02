//! One disk of several that hangs: no error comes from it, and no answer. A broker with two log dirs, of which the second
//! hangs in writes or in reads, and a ZooKeeper server whose disk does: everybody else is served meanwhile.

use crate::{
    cluster::turn,
    process::{PATIENCE, Server, free_port},
};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, Consumer, Producer, Properties, Topics,
    admin::{NewTopic, OffsetSpec},
    producer::ProducerRecord,
};
use std::{
    fs,
    future::Future,
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{sync::SemaphorePermit, task::JoinHandle, time::sleep};

/// How long the disk hangs: longer than the broker's ZooKeeper session.
const HANGS: Duration = Duration::from_secs(5);
/// Within what time all others are to be answered meanwhile.
const SOON: Duration = Duration::from_secs(2);
/// The topic in the first log dir, and the one in the second, which hangs.
const WARM: &str = "warm";
const COLD: &str = "cold";
const GROUP: &str = "g";
/// How many records each topic has at first.
const RECORDS: u32 = 100;

/// What hangs while a file of that name exists.
#[derive(Clone, Copy, Debug)]
enum Hanging {
    Writes,
    Reads,
    ZooKeeper,
}

struct Pair {
    dir: TempDir,
    bootstrap: String,
    zookeeper_port: u16,
    broker: Server,
    zookeeper: Server,
    _turn: SemaphorePermit<'static>,
}

impl Pair {
    /// A broker with two log dirs, the topics in them, and the offsets in the first.
    async fn start() -> Pair {
        let turn = turn().await;
        let dir = TempDir::new().unwrap();
        let (port, zookeeper_port) = (free_port(), free_port());
        let path = |name: &str| dir.path().join(name).display().to_string();
        let properties = format!(
            "dataDir={}\nclientPort={zookeeper_port}\nadmin.enableServer=false\ntickTime=500\n",
            path("zookeeper")
        );
        fs::write(path("zookeeper.properties"), properties).unwrap();
        let rules = format!("while={} path=*/zookeeper/*", path("ZooKeeper"));
        let environment = [("RKAFKA_DISK_FAULTS", rules.as_str())];
        let mut zookeeper =
            Server::start_in(&environment, dir.path(), "zookeeper", "zookeeper-server-start", "zookeeper.properties");
        zookeeper.wait_for_line("Faults are injected");
        zookeeper.wait_for_line("binding to port");
        let properties = format!(
            "broker.id=0\nlisteners=PLAINTEXT://localhost:{port}\nlog.dirs={},{}\n\
             zookeeper.connect=localhost:{zookeeper_port}\nzookeeper.session.timeout.ms=3000\n\
             offsets.topic.num.partitions=1\noffsets.topic.replication.factor=1\n\
             group.initial.rebalance.delay.ms=0\nlog.flush.offset.checkpoint.interval.ms=500\n\
             replica.high.watermark.checkpoint.interval.ms=500\n",
            path("logs-a"),
            path("logs-b")
        );
        fs::write(path("server.properties"), properties).unwrap();
        let rules = format!(
            "while={} op=create,mkdir,write,sync,truncate,rename,remove path=*/logs-b/*; \
             while={} op=open,read,list path=*/logs-b/*",
            path("Writes"),
            path("Reads")
        );
        let environment = [("RKAFKA_DISK_FAULTS", rules.as_str())];
        let mut broker =
            Server::start_in(&environment, dir.path(), "broker", "kafka-server-start", "server.properties");
        broker.wait_for_line("Faults are injected");
        broker.wait_for_line("started (kafka.server.KafkaServer)");
        let bootstrap = format!("localhost:{port}");
        let pair = Pair { dir, bootstrap, zookeeper_port, broker, zookeeper, _turn: turn };
        pair.create(WARM).await;
        pair.create(COLD).await;
        for topic in [WARM, COLD] {
            let producer = pair.producer().await;
            for number in 0..RECORDS {
                write(&producer, topic, &number.to_string()).await;
            }
        }
        pair
    }

    fn file(&self, hanging: Hanging) -> PathBuf {
        self.dir.path().join(format!("{hanging:?}"))
    }

    fn is_in(&self, log_dir: &str, topic: &str) -> bool {
        self.dir.path().join(log_dir).join(format!("{topic}-0")).exists()
    }

    async fn create(&self, topic: &str) {
        let new = NewTopic { name: topic.to_owned(), num_partitions: 1, replication_factor: 1, ..Default::default() };
        let admin = Admin::connect(&self.bootstrap).await.unwrap();
        admin.create_topics(&[new], false).await.unwrap().remove(0).unwrap();
    }

    fn properties(&self, list: &[(&str, &str)]) -> Properties {
        let mut all: Properties = list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        all.insert("bootstrap.servers".to_owned(), self.bootstrap.clone());
        all
    }

    async fn producer(&self) -> Producer {
        Producer::new(&self.properties(&[("acks", "all"), ("linger.ms", "0")]), None).await.unwrap()
    }

    /// A consumer of a topic from its first or behind its last record on.
    async fn reader(&self, topic: &str, from: OffsetSpec) -> Consumer {
        let mut consumer = Consumer::new(&self.properties(&[("fetch.max.wait.ms", "300")])).await.unwrap();
        let partition = TopicPartition::new(topic, 0);
        consumer.assign(std::slice::from_ref(&partition));
        consumer.seek_to(&partition, from).unwrap();
        consumer
    }

    /// The values of a topic, at least so many.
    async fn read(&self, topic: &str, count: usize) -> Vec<String> {
        let mut consumer = self.reader(topic, OffsetSpec::Earliest).await;
        let mut values = Vec::new();
        while values.len() < count {
            poll(&mut consumer, &mut values).await;
        }
        values
    }

    /// When the broker's node was made, which is another one after the end of its session.
    fn registration(&self) -> String {
        let binary = std::env::var_os("RKAFKA").unwrap_or_else(|| env!("CARGO_BIN_EXE_rkafka").into());
        let server = format!("localhost:{}", self.zookeeper_port);
        let told = Command::new(binary).args(["zookeeper-shell", &server, "stat", "/brokers/ids/0"]).output().unwrap();
        let told = String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
        let line = told.lines().find(|line| line.starts_with("cZxid"));
        line.unwrap_or_else(|| panic!("no registration: {told}")).to_owned()
    }
}

async fn poll(consumer: &mut Consumer, values: &mut Vec<String>) {
    let Some(mut fetched) = consumer.poll(Duration::from_millis(300)).await.unwrap() else { return };
    while let Some(batch) = fetched.next_batch() {
        let batch = batch.unwrap();
        let records = batch.records().map(|record| record.unwrap().value.unwrap().to_vec());
        values.extend(records.map(|value| String::from_utf8(value).unwrap()));
    }
}

async fn write(producer: &Producer, topic: &str, value: &str) {
    let record = ProducerRecord { topic, partition: Some(0), value: Some(value.as_bytes()), ..Default::default() };
    producer.send(&record).await.unwrap();
}

/// What is done while a disk hangs, and when it was last done.
struct Going {
    what: &'static str,
    since: Instant,
    /// In ms since then.
    last: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    task: JoinHandle<u64>,
}

impl Going {
    /// Does one thing after the other until it is stopped.
    fn start<F: Future<Output = ()> + Send + 'static>(
        what: &'static str,
        mut step: impl FnMut(u64) -> F + Send + 'static,
    ) -> Going {
        let (last, stop, since) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)), Instant::now());
        let (done, end) = (last.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let mut count = 0;
            while !end.load(Ordering::Relaxed) {
                step(count).await;
                count += 1;
                done.store(since.elapsed().as_millis() as u64, Ordering::Relaxed);
                sleep(Duration::from_millis(20)).await;
            }
            count
        });
        Going { what, since, last, stop, task }
    }

    /// Panics if it stands, or has ended.
    fn check(&self) {
        assert!(!self.task.is_finished(), "{} has ended", self.what);
        let silent = self.silent();
        assert!(silent < SOON, "{} stands for {silent:?}", self.what);
    }

    /// For how long nothing was done.
    fn silent(&self) -> Duration {
        self.since.elapsed().saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)))
    }

    /// Ends it. How often it was done.
    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let ended = tokio::time::timeout(PATIENCE, self.task).await;
        ended.unwrap_or_else(|_| panic!("{} does not end", self.what)).unwrap()
    }
}

/// Writes numbered records to a topic.
async fn writing(pair: &Pair, what: &'static str, topic: &'static str) -> Going {
    let producer = Arc::new(pair.producer().await);
    Going::start(what, move |count| {
        let producer = producer.clone();
        async move { write(&producer, topic, &(u64::from(RECORDS) + count).to_string()).await }
    })
}

/// Asks on fresh connections for versions and metadata.
fn asking(pair: &Pair) -> Going {
    let bootstrap = pair.bootstrap.clone();
    Going::start("metadata on fresh connections", move |_| {
        let bootstrap = bootstrap.clone();
        async move {
            let admin = Admin::connect(&bootstrap).await.unwrap();
            let view = admin.cluster().refresh(&Topics::All).await.unwrap();
            assert!(view.topics.contains_key(COLD));
        }
    })
}

/// A member of a group that reads the healthy topic and commits.
async fn belonging(pair: &Pair) -> Going {
    let list = [("group.id", GROUP), ("auto.offset.reset", "earliest"), ("session.timeout.ms", "6000")];
    let more = [("heartbeat.interval.ms", "300"), ("enable.auto.commit", "false"), ("fetch.max.wait.ms", "100")];
    let mut consumer = Consumer::new(&pair.properties(&[list, more].concat())).await.unwrap();
    consumer.subscribe(&[Arc::from(WARM)]).unwrap();
    let start = Instant::now();
    let mut values = Vec::new();
    while values.is_empty() {
        assert!(start.elapsed() < PATIENCE, "the group does not begin");
        poll(&mut consumer, &mut values).await;
    }
    let consumer = Arc::new(tokio::sync::Mutex::new(consumer));
    Going::start("a group's member", move |_| {
        let consumer = consumer.clone();
        async move {
            let mut consumer = consumer.lock().await;
            poll(&mut consumer, &mut Vec::new()).await;
            consumer.commit().await.unwrap();
        }
    })
}

/// Waits for records behind the end of a topic to which nobody can write.
async fn waiting(pair: &Pair, topic: &str) -> Going {
    let mut consumer = pair.reader(topic, OffsetSpec::Latest).await;
    poll(&mut consumer, &mut Vec::new()).await;
    let consumer = Arc::new(tokio::sync::Mutex::new(consumer));
    Going::start("a consumer that waits", move |_| {
        let consumer = consumer.clone();
        async move { poll(&mut *consumer.lock().await, &mut Vec::new()).await }
    })
}

/// Has everything going while something hangs, and looks afterwards whether all that was acknowledged is there.
async fn hang(hanging: Hanging) {
    let mut pair = Pair::start().await;
    let registered = pair.registration();
    let mut going = vec![asking(&pair), belonging(&pair).await];
    for (log_dir, topic) in [("logs-a", WARM), ("logs-a", "__consumer_offsets"), ("logs-b", COLD)] {
        assert!(pair.is_in(log_dir, topic), "{topic} is to be in {log_dir}");
    }
    let warm = writing(&pair, "a writer to the healthy disk", WARM).await;
    let cold = writing(&pair, "a writer to the disk that hangs", COLD).await;
    going.push(waiting(&pair, COLD).await);
    sleep(Duration::from_millis(500)).await;
    going.iter().chain([&warm, &cold]).for_each(Going::check);

    fs::write(pair.file(hanging), "").unwrap();
    let began = Instant::now();
    let mut is_created = false;
    while began.elapsed() < HANGS {
        sleep(Duration::from_millis(100)).await;
        going.iter().chain([&warm]).for_each(Going::check);
        if matches!(hanging, Hanging::Writes | Hanging::ZooKeeper) {
            let read = tokio::time::timeout(SOON, pair.read(COLD, RECORDS as usize)).await;
            assert!(read.is_ok(), "records in the page cache are not read while {hanging:?} hang");
        }
        if matches!(hanging, Hanging::Writes) && !is_created && began.elapsed() > HANGS / 3 {
            is_created = true;
            let created = tokio::time::timeout(SOON, pair.create("new")).await;
            assert!(created.is_ok(), "no topic is created while {hanging:?} hang");
            assert!(pair.is_in("logs-a", "new"), "a new log is made where the disk answers");
        }
    }
    // It does hang.
    match hanging {
        Hanging::Writes => assert!(cold.silent() > HANGS / 2, "writes went on"),
        Hanging::Reads => {
            let read = tokio::time::timeout(Duration::from_millis(500), pair.read(COLD, RECORDS as usize)).await;
            assert!(read.is_err(), "reads went on");
        }
        Hanging::ZooKeeper => {
            let created = tokio::time::timeout(Duration::from_millis(500), pair.create("later")).await;
            assert!(created.is_err(), "ZooKeeper went on");
        }
    }
    assert!(pair.broker.is_alive() && pair.zookeeper.is_alive());
    fs::remove_file(pair.file(hanging)).unwrap();

    let created = tokio::time::timeout(PATIENCE, pair.create("after")).await;
    assert!(created.is_ok(), "no topic is created after {hanging:?} hung");
    assert_eq!(pair.registration(), registered, "the broker's session has ended");
    let mut acknowledged = Vec::new();
    for (topic, writer) in [(WARM, warm), (COLD, cold)] {
        acknowledged.push((topic, u64::from(RECORDS) + writer.end().await));
    }
    for going in going {
        going.end().await;
    }
    for (topic, count) in acknowledged {
        let read = tokio::time::timeout(PATIENCE, pair.read(topic, count as usize)).await;
        let read = read.unwrap_or_else(|_| panic!("{topic} does not have its {count} records"));
        let written: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        assert_eq!(read, written, "{topic}");
    }
    assert_eq!(pair.broker.stop().code(), Some(143));
    assert_eq!(pair.zookeeper.stop().code(), Some(143));
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_to_one_log_dir_hang() {
    hang(Hanging::Writes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_from_one_log_dir_hang() {
    hang(Hanging::Reads).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_of_zookeeper_hangs() {
    hang(Hanging::ZooKeeper).await;
}

#[test]
fn rules_that_make_no_sense_end_the_start_and_are_named() {
    let dir = TempDir::new().unwrap();
    for (name, code) in [("kafka-server-start", 1), ("zookeeper-server-start", 2)] {
        let rules = [("RKAFKA_DISK_FAULTS", "stall=1s op=sync; eror=EIO")];
        let mut server = Server::start_in(&rules, dir.path(), name, name, "none.properties");
        assert_eq!(server.ended().code(), Some(code), "{name}");
        let told = fs::read_to_string(dir.path().join(format!("{name}.out"))).unwrap();
        assert!(told.contains("RKAFKA_DISK_FAULTS: 'eror=EIO' is no word of a rule"), "{name}: {told}");
    }
}
