//! `rkafka doctor` against our own servers and against strangers: what it finds, how it ends, and that it ends in time.

use crate::harness::{Cluster, free_port, text};
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::Output,
    thread,
    time::{Duration, Instant},
};

fn doctor(cluster: &Cluster, words: &str) -> Output {
    cluster.shell(&format!("$RKAFKA doctor {words}"), "")
}

/// Asserts how it ended and what it said.
fn says(output: &Output, code: i32, parts: &[&str]) {
    assert_eq!(output.status.code(), Some(code), "{}", text(output));
    for part in parts {
        assert!(text(output).contains(part), "it does not say '{part}': {}", text(output));
    }
}

#[test]
fn a_cluster_that_is_well() {
    let cluster = Cluster::start_with("transaction.state.log.replication.factor=1");
    let output = doctor(&cluster, "--bootstrap-server localhost:9092");
    let broker = format!("ok       advertised  broker 0 ({}): answers (", cluster.bootstrap());
    says(
        &output,
        0,
        &["ok       bootstrap   localhost:", &broker, "it is this broker", "ok       controller  broker 0"],
    );
    says(&output, 0, &["every broker offers all that this client asks for", "no errors, no warnings, "]);
    let data = doctor(&cluster, "--bootstrap-server localhost:9092 --output json");
    says(
        &data,
        0,
        &["{\"severity\":\"ok\",\"check\":\"controller\",\"place\":\"\",\"what\":\"broker 0\",\"mend\":\"\"}"],
    );
    let quiet = doctor(&cluster, "--bootstrap-server localhost:9092 --quiet");
    assert_eq!((quiet.status.code(), quiet.stdout.len()), (Some(0), 0), "{}", text(&quiet));
}

#[test]
fn properties_that_nobody_knows() {
    let cluster = Cluster::start();
    fs::write(cluster.dir.path().join("c.properties"), "client.id=x\nsecuirty.protocol=SSL\n").unwrap();
    let output = doctor(&cluster, "--bootstrap-server localhost:9092 --command-config c.properties");
    says(&output, 0, &["warning  properties  c.properties:2: no client of Kafka 3.9 knows secuirty.protocol"]);
    says(&output, 0, &["> did you mean security.protocol?"]);
    fs::write(cluster.dir.path().join("d.properties"), "request.timeout.ms=soon\n").unwrap();
    let output = doctor(&cluster, "--bootstrap-server localhost:9092 --command-config d.properties");
    says(&output, 1, &["error    properties  d.properties:1: Invalid value soon"]);
}

#[test]
fn a_name_that_only_the_broker_knows() {
    let cluster = Cluster::start_with("advertised.listeners=PLAINTEXT://kafka.invalid:9092");
    let output = doctor(&cluster, "--bootstrap-server localhost:9092");
    let mend = format!(
        "broker 0 answers at {0}: set its advertised.listeners=PLAINTEXT://{0} (now PLAINTEXT://kafka.invalid:9092)",
        cluster.bootstrap()
    );
    says(
        &output,
        1,
        &["error    advertised  broker 0 (kafka.invalid:9092): it advertises a name that cannot be", &mend],
    );
}

#[test]
fn groups_that_can_never_begin() {
    let cluster = Cluster::start_with("offsets.topic.replication.factor=3");
    let output = doctor(&cluster, "--bootstrap-server localhost:9092");
    let what = "error    internal    __consumer_offsets: it cannot be made: offsets.topic.replication.factor=3";
    says(&output, 1, &[what, "set offsets.topic.replication.factor=1 on each"]);
}

/// Answers each connection with `answer` as soon as something has been asked; `None`: never.
fn stranger(answer: Option<&'static [u8]>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for socket in listener.incoming() {
            let Ok(mut socket) = socket else { return };
            let Some(answer) = answer else {
                kept.push(socket);
                continue;
            };
            let mut asked = [0; 4096];
            let _ = socket.read(&mut asked);
            let _ = socket.write_all(answer);
        }
    });
    port
}

#[test]
fn strangers_are_recognised() {
    let cluster = Cluster::start();
    let at = |port: u16| doctor(&cluster, &format!("--bootstrap-server 127.0.0.1:{port}"));
    says(&at(cluster.zookeeper_port), 1, &["it is ZooKeeper, not a broker", "rkafka zookeeper-shell 127.0.0.1:"]);
    says(&at(free_port()), 1, &["nobody listens there (connection refused)", "start the broker there"]);
    let tls = at(stranger(Some(&[21, 3, 3, 0, 2, 2, 80])));
    says(
        &tls,
        1,
        &["it is a TLS listener (SSL or SASL_SSL), and this client speaks PLAINTEXT", "security.protocol=SSL"],
    );
    says(&at(stranger(Some(b"HTTP/1.1 400 Bad Request\r\n\r\n"))), 1, &["it is an HTTP server, not a broker"]);
    says(&at(stranger(Some(b"SSH-2.0-OpenSSH\r\n"))), 1, &["it is a server of another protocol"]);
    let unknown = doctor(&cluster, "--bootstrap-server no.such.host.invalid:1");
    says(&unknown, 1, &["the name no.such.host.invalid cannot be looked up here"]);
    // One address is enough for a client.
    let one = format!("--bootstrap-server 127.0.0.1:{},localhost:9092", cluster.zookeeper_port);
    says(&doctor(&cluster, &one), 0, &["warning  bootstrap   127.0.0.1:"]);
}

#[test]
fn it_ends_in_time() {
    let cluster = Cluster::start();
    let port = stranger(None);
    let start = Instant::now();
    let output = doctor(&cluster, &format!("--bootstrap-server 127.0.0.1:{port} --timeout 2s"));
    says(&output, 1, &["no answer in time"]);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[test]
fn a_wrong_command_line() {
    let cluster = Cluster::start();
    for (words, part) in [
        ("--bootstrap-server localhost", "Invalid url in bootstrap.servers: localhost"),
        ("--bootstrap-server localhost:9092 --frob", "--frob"),
        ("--bootstrap-server localhost:9092 --command-config none.properties", "none.properties"),
        ("--bootstrap-server localhost:9092 --timeout never", "a span of time"),
    ] {
        says(&doctor(&cluster, words), 2, &[part]);
    }
}
