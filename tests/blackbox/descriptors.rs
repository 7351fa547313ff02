//! File descriptors: the servers take as many as they may have, make do with fewer than they have files, and outlast a
//! flood of connections that leaves none.

use crate::{
    client::{Client, batch},
    harness::{Cluster, PATIENCE, Server, limited, ok, rkafka, text, wait_for},
};
use rkafka_protocol::{ErrorCode, Records, messages::*};
use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    net::{SocketAddr, TcpStream},
    process::Command,
    time::Duration,
};

const TOPIC: &str = "many";
const PARTITIONS: i32 = 500;
/// Far fewer than partitions.
const DESCRIPTORS: u32 = 128;
/// So many of them, the last ones, are for files.
const LAST: u32 = 16;
/// How many connections a flood tries to make.
const FLOOD: usize = 160;
/// How long one of them may take.
const A_MOMENT: Duration = Duration::from_millis(500);
const OFFLINE: &str = "Stopping serving logs in dir";

fn produce_to_all(client: &mut Client) {
    use produce_request::{PartitionProduceData, TopicProduceData};
    let data = |index| PartitionProduceData { index, records: Some(Records::Bytes(batch())), ..Default::default() };
    let partition_data = (0..PARTITIONS).map(data).collect();
    let topic = TopicProduceData { name: TOPIC.into(), partition_data, ..Default::default() };
    let request = ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() };
    let response = client.ask(&request, 9);
    let answers = &response.responses[0].partition_responses;
    assert_eq!(answers.len(), PARTITIONS as usize);
    answers.iter().for_each(|p| assert_eq!(ErrorCode(p.error_code), ErrorCode::NONE, "partition {}", p.index));
}

/// Fetches from all partitions at once, from `offset` on: each has so many batches there.
fn fetch_from_all(client: &mut Client, offset: i64, batches: usize) {
    use fetch_request::{FetchPartition, FetchTopic};
    let partition = |partition| FetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        current_leader_epoch: -1,
        last_fetched_epoch: -1,
        ..Default::default()
    };
    let partitions = (0..PARTITIONS).map(partition).collect();
    let topics = vec![FetchTopic { topic: TOPIC.into(), partitions, ..Default::default() }];
    let request = FetchRequest { max_wait_ms: 500, min_bytes: 1, topics, session_epoch: -1, ..Default::default() };
    let response = client.ask(&request, 11);
    let mut got = BTreeMap::new();
    for partition in &response.responses[0].partitions {
        assert_eq!(ErrorCode(partition.error_code), ErrorCode::NONE, "partition {}", partition.partition_index);
        got.insert(partition.partition_index, partition.records.as_ref().map_or(0, Records::len));
    }
    assert_eq!(got.len(), PARTITIONS as usize);
    assert!(got.values().all(|len| *len == batches * batch().len()), "from {offset}: {got:?}");
}

fn is_led(cluster: &Cluster, partitions: usize) -> Option<()> {
    let described =
        cluster.shell(&format!("kafka-topics.sh --describe --topic {TOPIC} --bootstrap-server localhost:9092"), "");
    (String::from_utf8_lossy(&described.stdout).matches("Leader: 0\t").count() == partitions).then_some(())
}

fn open_descriptors(server: &Server) -> usize {
    fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("a running process").count()
}

fn is_well(server: &Server) {
    let log = server.log();
    assert!(!log.contains(OFFLINE) && !log.contains(" ERROR "), "{log}");
}

#[test]
fn more_partitions_than_descriptors() {
    let mut cluster = Cluster::start_limited("", "", Some(DESCRIPTORS));
    ok(&cluster.shell(
        &format!(
            "kafka-topics.sh --create --topic {TOPIC} --partitions {PARTITIONS} --bootstrap-server localhost:9092"
        ),
        "",
    ));
    let mut client = Client::connect(cluster.port);
    produce_to_all(&mut client);
    fetch_from_all(&mut client, 0, 1);
    assert!(open_descriptors(&cluster.broker) < DESCRIPTORS as usize);
    is_well(&cluster.broker);

    assert_eq!(cluster.broker.stop().code(), Some(143));
    is_well(&cluster.broker);
    cluster.restart_broker();
    assert!(cluster.broker.log().contains("skipping recovery"), "{}", cluster.broker.log());
    wait_for("all to be led after a clean stop", || is_led(&cluster, PARTITIONS as usize));
    let at_rest = open_descriptors(&cluster.broker);
    assert!(at_rest < 40, "{at_rest} are open for {PARTITIONS} partitions that nobody uses");
    let mut client = Client::connect(cluster.port);
    produce_to_all(&mut client);
    fetch_from_all(&mut client, 1, 1);
    is_well(&cluster.broker);

    cluster.restart_broker();
    wait_for("all to be led after kill -9", || is_led(&cluster, PARTITIONS as usize));
    let mut client = Client::connect(cluster.port);
    produce_to_all(&mut client);
    (0..3).for_each(|offset| fetch_from_all(&mut client, offset, 3 - offset as usize));
    is_well(&cluster.broker);
}

/// Retention looks at every segment; what rolls is put on disk. Neither keeps files open.
#[test]
fn upkeep_of_more_segments_than_descriptors() {
    let extra = "log.retention.check.interval.ms=200\nlog.initial.task.delay.ms=200\nlog.segment.bytes=100\n\
                 log.retention.bytes=100\nlog.segment.delete.delay.ms=100";
    let cluster = Cluster::start_limited(extra, "", Some(DESCRIPTORS));
    ok(&cluster.shell(
        &format!(
            "kafka-topics.sh --create --topic {TOPIC} --partitions {PARTITIONS} --bootstrap-server localhost:9092"
        ),
        "",
    ));
    let mut client = Client::connect(cluster.port);
    for _ in 0..4 {
        produce_to_all(&mut client);
    }
    wait_for("retention", || cluster.broker.log().contains("Deleting segments with base offsets").then_some(()));
    produce_to_all(&mut client);
    wait_for("old segments to be removed", || {
        let dir = cluster.dir.path().join("kafka-logs").join(format!("{TOPIC}-{}", PARTITIONS - 1));
        (!dir.join("00000000000000000000.log").exists()).then_some(())
    });
    is_well(&cluster.broker);
}

/// Opens connections until the server is short of descriptors; they say nothing. They come faster than a busy machine
/// takes them, so one that the kernel's queue has no place for is tried again.
fn flood(port: u16, server: &Server) -> Vec<TcpStream> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut open = Vec::new();
    wait_for("the want of descriptors in the log", || {
        let more = (open.len()..FLOOD).map_while(|_| TcpStream::connect_timeout(&address, A_MOMENT).ok());
        open.extend(more);
        server.log().contains("hardly any file descriptors").then_some(())
    });
    open
}

fn create_topic(client: &mut Client, name: &str) {
    use create_topics_request::CreatableTopic;
    let topic = CreatableTopic { name: name.into(), num_partitions: 20, replication_factor: 1, ..Default::default() };
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 20_000, ..Default::default() };
    let response = client.ask(&request, 5);
    assert_eq!(ErrorCode(response.topics[0].error_code), ErrorCode::NONE, "{response:?}");
}

#[test]
fn a_flood_of_connections_passes() {
    let mut cluster = Cluster::start_limited("", "", Some(DESCRIPTORS));
    ok(&cluster.shell(
        &format!(
            "kafka-topics.sh --create --topic {TOPIC} --partitions {PARTITIONS} --bootstrap-server localhost:9092"
        ),
        "",
    ));
    let mut client = Client::connect(cluster.port);
    produce_to_all(&mut client);
    let flooding = flood(cluster.port, &cluster.broker);
    // Who is in is served: old files are read, new ones are made.
    fetch_from_all(&mut client, 0, 1);
    produce_to_all(&mut client);
    create_topic(&mut client, "meanwhile");
    fetch_from_all(&mut client, 0, 2);
    drop(flooding);
    let mut late = Client::connect(cluster.port);
    produce_to_all(&mut late);
    fetch_from_all(&mut late, 0, 3);
    is_well(&cluster.broker);
    assert_eq!(cluster.broker.stop().code(), Some(143));
    is_well(&cluster.broker);
}

/// The open descriptors of a process, and how many of the last ones, which are for files, are connections.
fn descriptors(pid: u32) -> (usize, usize) {
    let dir = fs::read_dir(format!("/proc/{pid}/fd")).expect("a running process");
    let open: Vec<_> = dir.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok()).collect();
    let is_socket = |number: &&u32| {
        fs::read_link(format!("/proc/{pid}/fd/{number}")).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"))
    };
    (open.len(), open.iter().filter(|number| **number >= DESCRIPTORS - LAST).filter(is_socket).count())
}

/// Whenever a connection ends while others wait, one of them comes in, and never on a descriptor that is for files.
#[test]
fn connections_do_not_wear_the_last_descriptors_down() {
    let cluster = Cluster::start_limited("", "", Some(DESCRIPTORS));
    let pid = cluster.broker.pid();
    let mut flooding: VecDeque<_> = flood(cluster.port, &cluster.broker).into();
    let address = SocketAddr::from(([127, 0, 0, 1], cluster.port));
    for _ in 0..LAST {
        // There is always somebody who waits.
        flooding.extend((0..2).filter_map(|_| TcpStream::connect_timeout(&address, A_MOMENT).ok()));
        let before = descriptors(pid).0;
        flooding.pop_front();
        wait_for("the next connection to come in", || (descriptors(pid).0 >= before).then_some(()));
    }
    // The one that waits for a better descriptor has one of them.
    wait_for("connections to keep off", || (descriptors(pid).1 <= 1).then_some(()));
}

#[test]
fn a_flood_of_connections_to_zookeeper_passes() {
    // Every few writes a new log file and a snapshot.
    let mut cluster = Cluster::start_limited("", "snapCount=4", Some(DESCRIPTORS));
    let mut client = Client::connect(cluster.port);
    let flooding = flood(cluster.zookeeper_port, &cluster.zookeeper);
    (0..5).for_each(|n| create_topic(&mut client, &format!("during-{n}")));
    let log = cluster.zookeeper.log();
    assert!(log.matches("Creating new log file").count() > 1, "{log}");
    drop(flooding);
    let list = "zookeeper-shell.sh localhost:2181 ls /brokers/topics";
    let listed = wait_for("the ZooKeeper server to be reached again", || {
        let listed = cluster.shell(list, "");
        listed.status.success().then(|| text(&listed))
    });
    assert!(listed.contains("during-4"), "{listed}");
    is_well(&cluster.zookeeper);
    cluster.restart_everything();
    assert!(ok(&cluster.shell(list, "")).contains("during-4"));
}

#[test]
fn the_soft_limit_is_raised() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("zookeeper.properties"), "dataDir=data\nclientPort=0\nadmin.enableServer=false\n")
        .expect("a file");
    let mut command = Command::new("sh");
    let script = "ulimit -S -n 200 && ulimit -H -n 300 && exec \"$@\"";
    command.args(["-c", script, "sh"]).arg(rkafka()).args(["zookeeper-server-start", "zookeeper.properties"]);
    let mut server = Server::start_command(dir.path(), "zookeeper", &mut command);
    server.wait_for_line("may have 300 file descriptors (the soft limit was 200)");
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid())).expect("a running process");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("the limit");
    assert_eq!(line.split_whitespace().filter(|word| *word == "300").count(), 2, "{line}");
}

/// What dev runs has the limit that dev had.
#[test]
fn a_command_of_dev_keeps_its_limit() {
    let mut command = Command::new("timeout");
    let script = "ulimit -S -n 200 && ulimit -H -n 300 && exec \"$@\"";
    command.arg(PATIENCE.as_secs().to_string()).args(["sh", "-c", script, "sh"]).arg(rkafka());
    command.args(["dev", "--", "sh", "-c", "ulimit -n"]);
    assert_eq!(ok(&command.output().expect("dev runs")).trim(), "200");
    let mut command = limited(Some(100), &["dev", "--", "sh", "-c", "ulimit -n"]);
    assert_eq!(ok(&command.output().expect("dev runs")).trim(), "100");
}
