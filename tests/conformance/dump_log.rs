//! Apache Kafka 3.9.1 reads what our logs write: its dump tool every segment, index, snapshot and transaction index;
//! its broker every record. And ours goes on where that broker stopped. Our own dump tool shows the same as theirs.
//!
//! Wants its jars in `$RKAFKA_K391_LIBS` or `~/.cache/rkafka-judges/k391/libs` (`tests/conformance/run` gets them).

use bytes::Bytes;
use rkafka_base::{BrokerId, LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs, TopicPartition};
use rkafka_log::{AppendOrigin, LoadOptions, Log, LogConfig, LogDirs, LogError, OpenLog};
use rkafka_protocol::{
    Records,
    record::{BatchBuilder, BatchOptions, Codec, ControlType, Marker},
};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

const CODECS: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];
const NOW: TimestampMs = TimestampMs(1_795_373_992_000);
/// The servers say what they do, so that complaints about our files are seen.
const LOG4J: &str = "log4j.rootLogger=INFO, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\n\
    log4j.appender.out.layout=org.apache.log4j.PatternLayout\nlog4j.appender.out.layout.ConversionPattern=%p %m (%c)%n\n";
/// The longest a Java process may take.
const LIMIT: Duration = Duration::from_secs(120);

fn jars() -> String {
    let home = std::env::var("HOME").unwrap_or_default();
    let libs = std::env::var("RKAFKA_K391_LIBS").unwrap_or(format!("{home}/.cache/rkafka-judges/k391/libs"));
    let jar = Path::new(&libs).join("kafka_2.13-3.9.1.jar");
    assert!(jar.exists(), "the judge is missing: {} (tests/conformance/run installs it)", jar.display());
    libs
}

fn java(class: &str, args: &[&str]) -> Command {
    let mut command = Command::new("java");
    command.args(["-Xmx256m", "-cp", &format!("{}/*", jars()), class]).args(args).stdin(Stdio::null());
    command
}

/// Runs a Java tool to its end.
fn run(class: &str, args: &[&str]) -> Output {
    let child = java(class, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("java starts");
    let pid = child.id();
    let (done, waited) = std::sync::mpsc::channel();
    std::thread::spawn(move || drop(done.send(child.wait_with_output())));
    match waited.recv_timeout(LIMIT) {
        Ok(output) => output.expect("java runs"),
        Err(_) => {
            Command::new("kill").args(["-9", &pid.to_string()]).status().ok();
            panic!("{class} {args:?} did not end within {LIMIT:?}")
        }
    }
}

fn small() -> LogConfig {
    LogConfig {
        segment_bytes: 60_000,
        segment_index_bytes: 4000,
        index_interval_bytes: 600,
        retention_ms: -1,
        ..LogConfig::default()
    }
}

/// Writes records of every codec, of an idempotent producer, and of transactions that commit and abort.
struct Writer {
    rng: fastrand::Rng,
    epoch: i32,
    sequence: i32,
    /// The values of all records that a reader of committed records sees.
    committed: Vec<String>,
    /// The same of a reader that sees everything.
    all: Vec<String>,
}

impl Writer {
    fn new(seed: u64) -> Writer {
        Writer { rng: fastrand::Rng::with_seed(seed), epoch: 0, sequence: 0, committed: vec![], all: vec![] }
    }

    fn batch(&mut self, next: Offset, options: BatchOptions) -> (Bytes, Vec<String>) {
        let mut builder = BatchBuilder::new(BatchOptions {
            base_offset: next,
            leader_epoch: LeaderEpoch(self.epoch),
            codec: CODECS[self.rng.usize(..CODECS.len())],
            ..options
        });
        let mut values = Vec::new();
        for n in 0..self.rng.i64(1..12) {
            let value = format!("{}-{}", next.0 + n, self.text());
            let timestamp = TimestampMs(NOW.0 + next.0 + self.rng.i64(-5..5));
            builder.append(timestamp, Some(format!("k{n}").as_bytes()), Some(value.as_bytes()), &[]);
            values.push(value);
        }
        (builder.finish().expect("a batch"), values)
    }

    /// Letters that no codec makes much shorter.
    fn text(&mut self) -> String {
        (0..self.rng.usize(..200)).map(|_| self.rng.alphanumeric()).collect()
    }

    fn append(&mut self, log: &Log, options: BatchOptions) -> Vec<String> {
        let mut written = Vec::new();
        let append = log.append_as_leader(NOW, AppendOrigin::Client, |next| {
            let (bytes, values) = self.batch(next, options);
            written = values;
            Ok::<_, LogError>(Records::Bytes(bytes))
        });
        append.expect("an append");
        self.all.extend(written.clone());
        written
    }

    fn plain(&mut self, log: &Log) {
        let written = self.append(log, BatchOptions::default());
        self.committed.extend(written);
    }

    fn idempotent(&mut self, log: &Log) {
        let options = BatchOptions {
            producer_id: ProducerId(7),
            producer_epoch: ProducerEpoch(1),
            base_sequence: self.sequence,
            ..BatchOptions::default()
        };
        let written = self.append(log, options);
        self.sequence += written.len() as i32;
        self.committed.extend(written);
    }

    fn transaction(&mut self, log: &Log, id: i64, control_type: ControlType) {
        let producer = (ProducerId(id), ProducerEpoch(0));
        let options = BatchOptions {
            producer_id: producer.0,
            producer_epoch: producer.1,
            base_sequence: 0,
            transactional: true,
            ..BatchOptions::default()
        };
        let written = self.append(log, options);
        if control_type == ControlType::Commit {
            self.committed.extend(written);
        }
        let marker = Marker { producer_id: producer.0, producer_epoch: producer.1, control_type, coordinator_epoch: 3 };
        let epoch = LeaderEpoch(self.epoch);
        let ended = log.append_as_leader(NOW, AppendOrigin::Coordinator, |next| {
            Ok::<_, LogError>(Records::Bytes(marker.batch(next, NOW, epoch).expect("a marker")))
        });
        ended.expect("a marker is appended");
    }

    fn fill(&mut self, log: &Log, rounds: i64) {
        for round in 0..rounds {
            let id = 1000 + log.log_end().0;
            match self.rng.u8(..10) {
                0 => self.transaction(log, id, ControlType::Commit),
                1 => self.transaction(log, id, ControlType::Abort),
                2..5 => self.idempotent(log),
                _ => self.plain(log),
            }
            if round % 100 == 99 {
                self.epoch += 1;
                log.assign_epoch_start(LeaderEpoch(self.epoch), log.log_end()).expect("an epoch");
            }
        }
        log.raise_high_watermark(log.log_end());
    }
}

fn open(dir: &Path, recovery_point: Offset, clean: bool) -> Log {
    let open = OpenLog {
        dir: dir.join("t-0"),
        partition: TopicPartition::new("t", 0),
        config: Arc::new(small()),
        recovery_point,
        log_start: Offset(0),
        cleaned_to: Offset(0),
        clean,
    };
    Log::open(open, NOW, 3).expect("a log")
}

fn files(dir: &Path, suffix: &str) -> Vec<String> {
    let all = fs::read_dir(dir).expect("a directory").map(|e| e.expect("an entry").path().display().to_string());
    let mut found: Vec<String> = all.filter(|name| name.ends_with(suffix)).collect();
    found.sort();
    assert!(!found.is_empty(), "no {suffix} in {}", dir.display());
    found
}

/// Runs the dump tool; it must not complain.
fn dump(flags: &[&str], files: &[String]) -> String {
    let list = files.join(",");
    let args: Vec<&str> = flags.iter().copied().chain(["--files", &list]).collect();
    let output = run("kafka.tools.DumpLogSegments", &args);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let complaint =
        ["mismatch", "isvalid: false", "corrupt", "Exception", "invalid bytes", "non-secutive", "out of order"];
    let found = text.lines().find(|line| complaint.iter().any(|c| line.contains(c)) && !line.contains("isvalid: true"));
    assert!(
        output.status.success() && found.is_none(),
        "{flags:?}: {found:?}\n{}",
        &text[text.len().saturating_sub(3000)..]
    );
    let ours = Command::new(env!("CARGO_BIN_EXE_rkafka")).arg("dump-log").args(&args).output().expect("rkafka runs");
    assert_eq!(String::from_utf8_lossy(&ours.stdout), String::from_utf8_lossy(&output.stdout), "our dump-log {args:?}");
    let said = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.lines().filter(|line| !line.starts_with("log4j:")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!((ours.status.code(), said(&ours.stderr)), (Some(0), said(&output.stderr)), "our dump-log {args:?}");
    text
}

fn check_with_dump(dir: &Path, writer: &Writer, clean: bool) {
    let text = dump(&["--deep-iteration", "--print-data-log"], &files(dir, ".log"));
    let payloads: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once(" payload: ")?.1)).collect();
    assert_eq!(payloads, writer.all);
    for suffix in [".index", ".timeindex"] {
        let files = files(dir, suffix);
        if clean {
            let sane = dump(&["--index-sanity-check"], &files);
            assert_eq!(sane.matches("passed sanity check").count(), files.len(), "{sane}");
        }
        dump(&["--verify-index-only"], &files);
    }
    dump(&[], &files(dir, ".index"));
    let snapshots = dump(&[], &files(dir, ".snapshot"));
    assert!(snapshots.contains("producerId: 7 "), "{snapshots}");
    let aborted = dump(&[], &files(dir, ".txnindex"));
    assert!(aborted.contains("producerId"), "{aborted}");
}

#[test]
fn the_dump_tool_reads_a_log_that_was_closed() {
    let temp = tempfile::tempdir().expect("a directory");
    let log = open(temp.path(), Offset(0), false);
    let mut writer = Writer::new(11);
    writer.fill(&log, 600);
    assert!(log.segments().len() > 5);
    log.close(NOW, true).expect("a clean end");
    check_with_dump(&temp.path().join("t-0"), &writer, true);
}

#[test]
fn the_dump_tool_reads_a_log_that_was_recovered() {
    let temp = tempfile::tempdir().expect("a directory");
    let log = open(temp.path(), Offset(0), false);
    let mut writer = Writer::new(12);
    writer.fill(&log, 500);
    // As if killed: nothing is closed, nothing trimmed.
    drop(log);
    let log = open(temp.path(), Offset(100), false);
    writer.fill(&log, 50);
    check_with_dump(&temp.path().join("t-0"), &writer, false);
}

/// A running server, ended with the test.
struct Server(Child);

impl Server {
    fn start(class: &str, config: &Path, log: &Path) -> Server {
        let out = fs::File::create(log).expect("a log file");
        let layout = log.with_extension("log4j");
        fs::write(&layout, LOG4J).expect("a file");
        let mut command = Command::new("java");
        command.args(["-Xmx512m", &format!("-Dlog4j.configuration=file:{}", layout.display())]);
        command.args(["-cp", &format!("{}/*", jars()), class]).arg(config).stdin(Stdio::null());
        command.stdout(out.try_clone().expect("a handle")).stderr(out);
        Server(command.spawn().expect("java starts"))
    }

    fn stop(mut self) {
        Command::new("kill").arg(self.0.id().to_string()).status().expect("kill runs");
        let deadline = Instant::now() + LIMIT;
        while self.0.try_wait().expect("a status").is_none() {
            assert!(Instant::now() < deadline, "the server does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port()
}

fn wait_for(port: u16, log: &Path) {
    let deadline = Instant::now() + LIMIT;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let text = fs::read_to_string(log).unwrap_or_default();
        assert!(Instant::now() < deadline, "nothing listens on {port}: {text}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// ZooKeeper and what a broker of Apache Kafka needs to be started on it again and again.
struct Cluster {
    dir: PathBuf,
    port: u16,
    _zookeeper: Server,
}

impl Cluster {
    fn start(dir: &Path) -> Cluster {
        let (zk_port, port) = (free_port(), free_port());
        let zk = dir.join("zookeeper.properties");
        let text = format!("dataDir={0}/zk\nclientPort={zk_port}\nadmin.enableServer=false\n", dir.display());
        fs::write(&zk, text).expect("a file");
        let zookeeper = Server::start("org.apache.zookeeper.server.quorum.QuorumPeerMain", &zk, &dir.join("zk.log"));
        wait_for(zk_port, &dir.join("zk.log"));
        let text = format!(
            "broker.id=0\nlisteners=PLAINTEXT://127.0.0.1:{port}\nlog.dirs={0}/logs\nzookeeper.connect=127.0.0.1:{zk_port}\n\
             offsets.topic.replication.factor=1\noffsets.topic.num.partitions=1\nlog.segment.bytes=60000\n\
             log.index.interval.bytes=600\nlog.index.size.max.bytes=4000\n",
            dir.display()
        );
        fs::write(dir.join("server.properties"), text).expect("a file");
        Cluster { dir: dir.to_path_buf(), port, _zookeeper: zookeeper }
    }

    fn broker(&self) -> Server {
        let log = self.dir.join("broker.log");
        let server = Server::start("kafka.Kafka", &self.dir.join("server.properties"), &log);
        wait_for(self.port, &log);
        server
    }

    fn at(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn consume(&self, count: usize, isolation: &str) -> Vec<String> {
        let max = count.to_string();
        let property = format!("isolation.level={isolation}");
        let at = self.at();
        let args = ["--bootstrap-server", &at, "--topic", "t", "--from-beginning", "--max-messages", &max]
            .into_iter()
            .chain(["--timeout-ms", "60000", "--consumer-property", &property]);
        let output = run("org.apache.kafka.tools.consumer.ConsoleConsumer", &args.collect::<Vec<_>>());
        String::from_utf8_lossy(&output.stdout).lines().map(String::from).collect()
    }

    /// Our log dirs on the broker's directory.
    fn ours(&self) -> LogDirs {
        let dirs = LogDirs::open(&[self.dir.join("logs")], 5).expect("log dirs");
        let cluster = dirs.stored_cluster_id().expect("a cluster id");
        dirs.claim(BrokerId(0), &cluster, NOW).expect("our own dirs");
        let config = |_: &str| Arc::new(small());
        dirs.load(&LoadOptions { threads_per_dir: 2, config: &config, now: NOW }).expect("loaded logs");
        dirs
    }
}

#[test]
fn a_broker_of_apache_kafka_serves_what_we_wrote_and_the_reverse() {
    let temp = tempfile::tempdir().expect("a directory");
    let cluster = Cluster::start(temp.path());
    let broker = cluster.broker();
    let at = cluster.at();
    let create =
        ["--bootstrap-server", &at, "--create", "--topic", "t", "--partitions", "1", "--replication-factor", "1"];
    assert!(run("org.apache.kafka.tools.TopicCommand", &create).status.success());
    broker.stop();

    let dirs = cluster.ours();
    let log = dirs.get(&TopicPartition::new("t", 0)).expect("the partition");
    let mut writer = Writer::new(21);
    writer.epoch = log.latest_epoch().map_or(0, |e| e.0) + 1;
    writer.fill(&log, 400);
    dirs.shutdown(NOW);
    let broker = cluster.broker();
    assert_eq!(cluster.consume(writer.all.len(), "read_uncommitted"), writer.all);
    assert_eq!(cluster.consume(writer.committed.len(), "read_committed"), writer.committed);
    let text = fs::read_to_string(temp.path().join("broker.log")).expect("the broker's log");
    assert!(text.contains("Completed load of Log(dir="), "{text}");
    for complaint in ["ecovering", "orrupt", "rphan", "WARN", "ERROR"] {
        let found = text.lines().find(|line| line.contains(complaint) && line.contains("kafka.log"));
        assert_eq!(found, None);
    }
    let more: Vec<String> = (0..50).map(|n| format!("more-{n}")).collect();
    let mut producer = java("kafka.tools.ConsoleProducer", &["--bootstrap-server", &at, "--topic", "t"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("java starts");
    std::io::Write::write_all(&mut producer.stdin.take().expect("a pipe"), (more.join("\n") + "\n").as_bytes())
        .expect("lines");
    assert!(producer.wait().expect("a status").success());
    broker.stop();

    let dirs = cluster.ours();
    let log = dirs.get(&TopicPartition::new("t", 0)).expect("the partition");
    let data = log.read(Offset(0), u32::MAX, true, log.log_end()).expect("records");
    assert!(!data.records.is_empty());
    let mut values = Vec::new();
    let mut at = log.log_start();
    while at < log.log_end() {
        let data = log.read(at, 1, true, log.log_end()).expect("records");
        let Records::File(region) = data.records else { panic!("no file region at {at}") };
        let mut bytes = vec![0; region.len];
        region.file.read_exact_at(&mut bytes, region.offset).expect("bytes");
        let batch = rkafka_protocol::record::Batch::parse(&bytes.into()).expect("a batch");
        let data = !batch.header.is_control();
        let records = batch.decode().expect("records");
        let text = |v: Bytes| String::from_utf8(v.to_vec()).expect("text");
        values.extend(records.into_iter().filter(|_| data).filter_map(|r| r.value).map(text));
        at = batch.header.last_offset().plus(1);
    }
    assert_eq!(values, [writer.all, more].concat());
    dirs.shutdown(NOW);
}
