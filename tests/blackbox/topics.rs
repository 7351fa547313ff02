//! The topics tool against our own broker: whole outputs and exit codes, in the words of Apache Kafka 3.9.1, and of 0.8.2
//! with `--zookeeper`.

use crate::harness::{Cluster, ok, text};

/// Runs a line, and gives its exit code and stdout; the ids of topics become `<id>`.
fn answer(cluster: &Cluster, line: &str) -> (Option<i32>, String) {
    let output = cluster.shell(line, "");
    let mut shown = String::from_utf8_lossy(&output.stdout).into_owned();
    while let Some(at) = shown.find("\tTopicId: ") {
        let start = at + "\tTopicId: ".len();
        shown.replace_range(start - " ".len()..start + 22, "<id>");
    }
    (output.status.code(), shown)
}

#[test]
fn every_action_as_today() {
    let cluster = Cluster::start();
    let b = "--bootstrap-server localhost:9092";
    let failed = |reason: &str| (Some(1), format!("Error while executing topic command : {reason}\n"));
    let done = |text: &str| (Some(0), text.to_owned());
    let collide = "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could \
                   collide. To avoid issues it is best to use either, but not both.\n";
    for (line, expected) in [
        ("--list", done("\n")),
        (
            "--create --topic a --partitions 2 --config segment.bytes=1048576 --config retention.ms=5000",
            done("Created topic a.\n"),
        ),
        ("--create --topic a", failed("Topic 'a' already exists.")),
        ("--create --topic a --if-not-exists", done("")),
        ("-create -topic=b -partitions 1", done("Created topic b.\n")),
        (
            "--create --topic x --replication-factor 3",
            failed("Replication factor: 3 larger than available brokers: 1."),
        ),
        ("--create --topic x --partitions abc", failed("Cannot parse argument 'abc' of option partitions")),
        ("--create --topic x --partitions -1", failed("The partitions must be greater than 0")),
        ("--create --topic x --config no.such=1", failed("Unknown topic config name: no.such")),
        ("--list", done("a\nb\n")),
        ("--list --topic 'a,zz'", done("a\n")),
        ("--list --topic nomatch", done("\n")),
        (
            "--describe",
            done(
                "Topic: a\tTopicId:<id>\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: \
                 segment.bytes=1048576,retention.ms=5000\n\
                 \tTopic: a\tPartition: 0\tLeader: 0\tReplicas: 0\tIsr: 0\tElr: N/A\tLastKnownElr: N/A\n\
                 \tTopic: a\tPartition: 1\tLeader: 0\tReplicas: 0\tIsr: 0\tElr: N/A\tLastKnownElr: N/A\n\
                 Topic: b\tTopicId:<id>\tPartitionCount: 1\tReplicationFactor: 1\tConfigs: \n\
                 \tTopic: b\tPartition: 0\tLeader: 0\tReplicas: 0\tIsr: 0\tElr: N/A\tLastKnownElr: N/A\n",
            ),
        ),
        ("--describe --under-replicated-partitions", done("")),
        ("--alter --topic b --partitions 2", done("")),
        ("--alter --topic b --partitions 2", failed("Topic already has 2 partitions.")),
        ("--describe --topic zz", failed("Topic 'Optional[zz]' does not exist as expected")),
        ("--delete --topic zz --if-exists", done("")),
        ("--delete --topic '[ab]'", done("")),
        ("--list", done("\n")),
        ("--create --topic u_v", done(&format!("{collide}Created topic u_v.\n"))),
    ] {
        assert_eq!(answer(&cluster, &format!("kafka-topics.sh {b} {line}")), expected, "{line}");
    }
}

#[test]
fn every_action_of_0_8_2() {
    let cluster = Cluster::start();
    let grown = "WARNING: If partitions are increased for a topic that has a key, the partition logic or ordering of the \
                 messages will be affected\nAdding partitions succeeded!\n";
    let marked = "Topic t is marked for deletion.\n\
                  Note: This will have no impact if delete.topic.enable is not set to true.\n";
    for (line, expected) in [
        ("--create --replication-factor 1 --partition 1 --topic t --config retention.ms=9", "Created topic \"t\".\n"),
        (
            "--describe --topic t",
            "Topic:t\tPartitionCount:1\tReplicationFactor:1\tConfigs:retention.ms=9\n\
             \tTopic: t\tPartition: 0\tLeader: 0\tReplicas: 0\tIsr: 0\n",
        ),
        ("--alter --topic t --config retention.ms=7", "Updated config for topic \"t\".\n"),
        ("--alter --topic t --partitions 2", grown),
        ("--delete --topic t", marked),
        ("--delete --topic t", "Topic t does not exist\n"),
    ] {
        let line = format!("kafka-topics.sh --zookeeper localhost:2181 {line}");
        assert_eq!(answer(&cluster, &line), (Some(0), expected.to_owned()), "{line}");
    }
}

#[test]
fn failures_say_what_to_do() {
    let cluster = Cluster::start();
    for (line, parts) in [
        ("--list --bootstrap-server localhost:2181", &["does not speak Kafka's protocol", "ZooKeeper"] as &[&str]),
        ("--list --zookeeper localhost:2181/nowhere", &["no broker is registered in ZooKeeper", "chroot"]),
        ("--list --bootstrap-server localhost", &["Failed to create new KafkaAdminClient", "localhost"]),
        ("--list --bootstrap-server localhost:9092 --command-config none.properties", &["cannot read none.properties"]),
        ("--list", &["--bootstrap-server must be specified"]),
        (
            "--bootstrap-server localhost:9092 --create --topic ''",
            &["Error while executing topic command : The given topic name '' cannot be represented in a request.\n"],
        ),
        ("--lst", &["lst is not a recognized option", "Did you mean --list?"]),
        ("--bootstrap-server localhost:9092", &["Command must include exactly one action", "--topics-with-overrides"]),
    ] {
        let output = cluster.shell(&format!("kafka-topics.sh {line}"), "");
        assert_eq!(output.status.code(), Some(1), "{line}: {}", text(&output));
        for part in parts {
            assert!(text(&output).contains(part), "{line} does not say '{part}': {}", text(&output));
        }
    }
}

#[test]
fn servers_run_in_the_background_and_settings_are_checked() {
    let cluster = Cluster::start();
    let dir = cluster.dir.path();
    std::fs::write(dir.join("bad.properties"), "broker.id=1\nzookeeper.connect=x\nnum.partitions=none\n").unwrap();
    let output = cluster.shell("kafka-server-start.sh bad.properties", "");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let line = "bad.properties:3: Invalid value none for configuration num.partitions: Not a number of type INT \
                (allowed: 1 or more)";
    assert!(text(&output).contains(line), "{}", text(&output));
    // In the background the launcher ends at once and prints nothing; the server writes to $LOG_DIR.
    let daemon = "LOG_DIR=$PWD/out kafka-server-start.sh -daemon bad.properties";
    assert_eq!(ok(&cluster.shell(daemon, "")), "");
    let file = dir.join("out/kafkaServer.out");
    crate::harness::wait_for("the output in the background", || {
        std::fs::read_to_string(&file).ok().filter(|text| text.contains("Invalid value none"))
    });
}

#[test]
fn the_binary_answers_under_every_name() {
    let cluster = Cluster::start();
    for line in ["rkafka topics", "rkafka kafka-topics", "rkafka kafka-topics.sh", "$RKAFKA topics"] {
        let line = format!("ln -sf $RKAFKA rkafka; PATH=$PWD:$PATH; {line} --version");
        assert_eq!(ok(&cluster.shell(&line, "")), "3.9.1\n", "{line}");
    }
    let linked = "ln -sf $RKAFKA kafka-topics; ./kafka-topics --list --bootstrap-server localhost:9092";
    assert_eq!(ok(&cluster.shell(linked, "")), "\n");
    let wrong = cluster.shell("$RKAFKA topicz", "");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong).contains("did you mean 'topics'?"), "{}", text(&wrong));
}
