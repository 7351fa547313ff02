//! `await`: what is so already, what comes while it waits, what does not come, and what it cannot know.

use crate::harness::{self, Cluster, PATIENCE, Server, free_port, ok, rkafka, text};
use std::{
    io::{Read, Write},
    net::TcpListener,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

/// `await` of `line`, under way.
fn begin(bootstrap: &str, line: &str) -> Child {
    Command::new(rkafka())
        .args(["await", "--bootstrap-server", bootstrap])
        .args(line.split(' '))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("await starts")
}

fn wait(bootstrap: &str, line: &str) -> Output {
    let mut command = Command::new(rkafka());
    command.args(["await", "--bootstrap-server", bootstrap]).args(line.split(' '));
    harness::run(command, "")
}

/// Asserts that it is not so within the time, and that `missing` tells what is missing.
fn misses(bootstrap: &str, line: &str, missing: &str) {
    let output = wait(bootstrap, &format!("{line} --timeout 300ms"));
    assert_eq!(output.status.code(), Some(1), "{line}: {}", text(&output));
    assert!(text(&output).contains(missing), "{line} does not say '{missing}': {}", text(&output));
    assert!(output.stdout.is_empty(), "{}", text(&output));
}

#[test]
fn brokers_and_a_topic_that_come_later() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let port = free_port().to_string();
    let bootstrap = format!("localhost:{port}");
    misses(&bootstrap, "brokers 1", &format!("no broker listens on {bootstrap} yet"));
    let brokers = begin(&bootstrap, "brokers 2 --timeout 30s");
    let topic = begin(&bootstrap, "topic t --partitions 2 --timeout 30s");
    let records = begin(&bootstrap, "records 3 --topic t --matching ^b --from latest --timeout 30s");
    // Two brokers of one process take ports that follow each other.
    let mut dev = Server::start(
        dir.path(),
        "dev",
        &["dev", "--brokers", "2", "--port", &port, "--override", "auto.create.topics.enable=false"],
    );
    ok(&brokers.wait_with_output().expect("its end"));
    misses(&bootstrap, "brokers 3", "2 of 3 brokers are there: 0, 1");
    misses(&bootstrap, "topic t", "topic t is not there");
    misses(&bootstrap, "records 1 --topic t", "topic t is not there");
    misses(&bootstrap, "group g", "group g is not there");
    let create = ["topics", "--create", "--topic", "t", "--partitions", "2", "--replication-factor", "2"];
    let mut command = Command::new(rkafka());
    ok(&harness::run(take(command.args(create).args(["--bootstrap-server", &bootstrap])), ""));
    ok(&topic.wait_with_output().expect("its end"));
    misses(&bootstrap, "topic t --partitions 3", "topic t: it has 2 of 3 partitions");
    let produce = |lines: &str| {
        let mut command = Command::new(rkafka());
        ok(&harness::run(
            take(command.args(["console-producer", "--topic", "t", "--bootstrap-server", &bootstrap])),
            lines,
        ));
    };
    produce("a1\nb1\nb2\na2\n");
    misses(&bootstrap, "records 5 --topic t", "topic t: 4 of 5 records");
    misses(&bootstrap, "records 3 --topic t --matching ^b", "topic t: 2 of 3 records that fit");
    misses(&bootstrap, "records 1 --topic t --from latest", "topic t: 0 of 1 records");
    produce("b3\n");
    ok(&records.wait_with_output().expect("its end"));
    dev.stop();
}

/// Gives a command that was built up by reference.
fn take(command: &mut Command) -> Command {
    std::mem::replace(command, Command::new("true"))
}

#[test]
fn groups_and_leaders() {
    let cluster = Cluster::start();
    let bootstrap = cluster.bootstrap();
    ok(&cluster.shell("kafka-topics.sh --create --topic t --partitions 2 --bootstrap-server localhost:9092", ""));
    ok(&cluster.shell("kafka-console-producer.sh --topic t --bootstrap-server localhost:9092", "a\nb\nc\n"));
    let read = |max: u32| {
        format!(
            "kafka-console-consumer.sh --topic t --group g --from-beginning --max-messages {max} --bootstrap-server \
             localhost:9092"
        )
    };
    ok(&cluster.shell(&read(1), ""));
    ok(&wait(&bootstrap, "group g --state Empty"));
    ok(&wait(&bootstrap, "group g --lag 2"));
    misses(&bootstrap, "group g --lag 1", "group g has 2 records left to read");
    misses(&bootstrap, "group g --state Stable", "group g is Empty, not Stable");
    let lag = begin(&bootstrap, "group g --lag 0 --timeout 30s");
    ok(&cluster.shell(&read(2), ""));
    ok(&lag.wait_with_output().expect("its end"));
    let from_nobody = "leader-change --topic t --partition 1 --from 7";
    ok(&wait(&bootstrap, from_nobody));
    misses(&bootstrap, "leader-change --topic t --partition 1", "broker 0 still leads partition 1");
    misses(&bootstrap, "leader-change --topic t --partition 2", "topic t has no partition 2");
    let told = wait(&bootstrap, "topic t --partitions 9 --timeout 0s --output json");
    let row: serde_json::Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!((&row["met"], &row["what"]), (&false.into(), &"topic t: it has 2 of 9 partitions".into()));
    // Whatever the environment names is asked.
    let mut command = Command::new(rkafka());
    ok(&harness::run(take(command.args(["await", "topic", "t"]).env("RKAFKA_BOOTSTRAP_SERVERS", &bootstrap)), ""));
}

/// The promise is 20 ms; ten times that leaves room for a machine that is busy.
#[test]
fn what_is_so_already_is_told_at_once() {
    let cluster = Cluster::start();
    let quickest = (0..5)
        .map(|_| {
            let began = Instant::now();
            ok(&wait(&cluster.bootstrap(), "brokers 1"));
            began.elapsed()
        })
        .min();
    assert!(quickest < Some(Duration::from_millis(200)), "{quickest:?}");
}

#[test]
fn what_no_waiting_helps_against_ends_it_with_2() {
    let web = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = web.local_addr().expect("its address").to_string();
    let server = thread::spawn(move || {
        // One connection is enough: nothing may be tried again.
        let (mut peer, _) = web.accept().expect("a connection");
        let mut asked = [0; 64];
        let _ = peer.read(&mut asked);
        let _ = peer.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    let began = Instant::now();
    let output = wait(&address, "brokers 1");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("web server") && began.elapsed() < PATIENCE, "{}", text(&output));
    server.join().expect("the web server");
    for (line, why) in [
        ("brokers", "<N>"),
        ("brokers 1 --timeout soon", "30s, 2m30s"),
        ("topic t --bootstrap-server nowhere", "Invalid url"),
        ("records 1 --topic t --from soon", "'soon' is no time"),
        ("records 1 --topic t --where price>5", "'price' is no field"),
    ] {
        let mut command = Command::new(rkafka());
        let output = harness::run(take(command.arg("await").args(line.split(' '))), "");
        assert_eq!(output.status.code(), Some(2), "{line}: {}", text(&output));
        assert!(text(&output).contains(why), "{line} does not say '{why}': {}", text(&output));
    }
}
