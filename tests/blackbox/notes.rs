//! Kafka's getting-started notes on one broker, word for word, in the flags of both eras, with our own tools. The same
//! walk with Apache Kafka's tools of three generations is in `tests/conformance/`.

use crate::harness::{self, Cluster, PATIENCE, ok, text};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

/// The notes as they were written for 0.8.2, and as they stand today.
struct Era {
    create: &'static str,
    list: &'static str,
    produce: &'static str,
    consume: &'static str,
}

const ZOOKEEPER_ERA: Era = Era {
    create: "kafka-topics.sh --create --zookeeper localhost:2181 --replication-factor 1 --partition 1 --topic test",
    list: "kafka-topics.sh --list --zookeeper localhost:2181",
    produce: "kafka-console-producer.sh --broker-list localhost:9092 --topic test",
    consume: "kafka-console-consumer.sh --zookeeper localhost:2181 --topic test --from-beginning",
};

const BOOTSTRAP_ERA: Era = Era {
    create: "kafka-topics.sh --create --bootstrap-server localhost:9092 --replication-factor 1 --partitions 1 --topic test",
    list: "kafka-topics.sh --list --bootstrap-server localhost:9092",
    produce: "kafka-console-producer.sh --bootstrap-server localhost:9092 --topic test",
    consume: "kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic test --from-beginning",
};

fn walk(era: &Era, spell: impl Fn(&str) -> String) {
    let cluster = Cluster::start();
    let created = ok(&cluster.shell(&spell(era.create), ""));
    assert!(created.contains("Created topic"), "{created}");
    assert_eq!(ok(&cluster.shell(&spell(era.list), "")), "test\n");
    ok(&cluster.shell(&spell(era.produce), "This is a message\nThis is another message\n"));
    // The notes end the consumer with Ctrl-C, once both lines have come.
    let (lines, status) = consume_until(&cluster, &spell(era.consume), 2);
    assert_eq!(lines, ["This is a message", "This is another message"]);
    assert_eq!(status, Some(130));
}

/// Runs a consumer until it has printed `count` lines, then interrupts it as Ctrl-C does.
fn consume_until(cluster: &Cluster, line: &str, count: usize) -> (Vec<String>, Option<i32>) {
    let line =
        line.replace("localhost:2181", &cluster.zookeeper_connect()).replace("localhost:9092", &cluster.bootstrap());
    let bin = format!("{}/bin", env!("CARGO_MANIFEST_DIR"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut child = Command::new("bash")
        .args(["-c", &format!("exec {line}")])
        .env("PATH", format!("{bin}:{path}"))
        .env("RKAFKA", harness::rkafka())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash starts");
    let stdout = child.stdout.take().expect("a pipe");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let lines: Vec<String> = (0..count).map_while(|_| receiver.recv_timeout(PATIENCE).ok()).collect();
    let pid = rustix::process::Pid::from_raw(child.id() as i32).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("the consumer takes a signal");
    let status = harness::wait_for("the consumer to end", || child.try_wait().expect("a process of ours"));
    (lines, status.code())
}

#[test]
fn the_notes_of_0_8_2() {
    walk(&ZOOKEEPER_ERA, str::to_string);
}

#[test]
fn the_notes_of_today() {
    walk(&BOOTSTRAP_ERA, str::to_string);
}

#[test]
fn the_notes_with_rkafka_and_the_tools_name() {
    let bin = harness::rkafka().display().to_string();
    walk(&BOOTSTRAP_ERA, |line| format!("{bin} {}", line.replace("kafka-", "").replacen(".sh", "", 1)));
    walk(&ZOOKEEPER_ERA, |line| format!("{bin} {}", line.replacen(".sh", "", 1)));
}

#[test]
fn records_and_topics_outlive_a_kill_of_both_servers() {
    let mut cluster = Cluster::start();
    ok(&cluster.shell(BOOTSTRAP_ERA.create, ""));
    let sent: String = (0..5_000).map(|i| format!("line {i}\n")).collect();
    let produce = format!("{} --producer-property acks=all", BOOTSTRAP_ERA.produce);
    ok(&cluster.shell(&produce, &sent));
    cluster.restart_everything();
    let read = cluster.shell(&format!("{} --max-messages 5000", BOOTSTRAP_ERA.consume), "");
    assert_eq!(ok(&read), sent);
    // The consumer has the offsets topic made on its way, without waiting: it may be listed already.
    let listed = ok(&cluster.shell(ZOOKEEPER_ERA.list, ""));
    let topics: Vec<&str> = listed.lines().filter(|topic| *topic != "__consumer_offsets").collect();
    assert_eq!(topics, ["test"]);
}

#[test]
fn a_clean_stop_says_so_and_leaves_the_marker() {
    let mut cluster = Cluster::start();
    ok(&cluster.shell(BOOTSTRAP_ERA.create, ""));
    let status = cluster.broker.stop();
    assert_eq!(status.code(), Some(143), "{}", cluster.broker.log());
    assert!(
        cluster.broker.log().contains("shut down completed (kafka.server.KafkaServer)"),
        "{}",
        cluster.broker.log()
    );
    assert!(cluster.dir.path().join("kafka-logs/.kafka_cleanshutdown").exists());
    assert_eq!(cluster.zookeeper.stop().code(), Some(143), "{}", cluster.zookeeper.log());
}

#[test]
fn start_up_errors_name_the_cause_and_exit_1() {
    let cluster = Cluster::start();
    let in_use = cluster.shell(
        &format!(
            "kafka-server-start.sh server.properties --override broker.id=1 --override log.dirs={}/other",
            cluster.dir.path().display()
        ),
        "",
    );
    assert_eq!(in_use.status.code(), Some(1), "{}", text(&in_use));
    assert!(text(&in_use).contains(&cluster.port.to_string()), "{}", text(&in_use));
    let locked =
        cluster.shell("kafka-server-start.sh server.properties --override listeners=PLAINTEXT://localhost:0", "");
    assert_eq!(locked.status.code(), Some(1), "{}", text(&locked));
    assert!(text(&locked).contains("kafka-logs"), "{}", text(&locked));
    let nobody = cluster.shell(
        "kafka-server-start.sh server.properties --override zookeeper.connect=localhost:1 --override broker.id=7 \
         --override zookeeper.connection.timeout.ms=1000 --override log.dirs=other",
        "",
    );
    assert_eq!(nobody.status.code(), Some(1), "{}", text(&nobody));
    assert!(text(&nobody).contains("localhost:1"), "{}", text(&nobody));
    std::fs::write(cluster.dir.path().join("bad.properties"), "broker.id=0\nnum.partitions=many\n").expect("a file");
    let bad = cluster.shell("kafka-server-start.sh bad.properties", "");
    assert_eq!(bad.status.code(), Some(1), "{}", text(&bad));
    for part in ["bad.properties", "2", "num.partitions", "many"] {
        assert!(text(&bad).contains(part), "'{part}' is missing: {}", text(&bad));
    }
}

#[test]
fn the_producer_is_a_filter_and_ends_with_its_input() {
    let cluster = Cluster::start();
    ok(&cluster.shell(BOOTSTRAP_ERA.create, ""));
    let mut child = Command::new(harness::rkafka())
        .args(["console-producer", "--bootstrap-server", &cluster.bootstrap(), "--topic", "test"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the producer starts");
    child.stdin.take().expect("a pipe").write_all(b"no newline at the end").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output));
    let read = cluster.shell(&format!("{} --max-messages 1", BOOTSTRAP_ERA.consume), "");
    assert_eq!(ok(&read), "no newline at the end\n");
}
