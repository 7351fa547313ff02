//! `--output`: each tool once against servers of ours, held against the fields that its shapes (and so `docs/output.md`)
//! name.

use crate::harness::{Cluster, ok, text};
use rkafka::{terminal::output::Described, tools::TOOLS};
use serde_json::Value;
use std::{fs, process::Output};

/// Which shape a command line shows, the command line, and how many rows there are at least.
type Case = (&'static str, &'static str, usize);

const READS: &[Case] = &[
    ("topics --list", "topics --list", 2),
    ("topics --describe", "topics --describe --topic t", 1),
    ("get-offsets", "get-offsets --topic t", 2),
    ("configs --describe", "configs --describe --entity-type topics --entity-name t", 1),
    ("consumer-groups --list", "consumer-groups --list", 1),
    ("consumer-groups --describe", "consumer-groups --describe --group g", 1),
    ("consumer-groups --describe --members", "consumer-groups --describe --group g --members", 0),
    ("consumer-groups --describe --state", "consumer-groups --describe --group g --state", 1),
    ("log-dirs", "log-dirs --describe", 1),
    ("features describe", "features --bootstrap-server localhost:9092 describe", 0),
    ("features version-mapping and feature-dependencies", "features version-mapping", 2),
    ("cluster cluster-id", "cluster cluster-id", 1),
    ("cluster list-endpoints", "cluster list-endpoints", 1),
    ("broker-api-versions and cluster api-versions", "cluster api-versions", 20),
    ("broker-api-versions and cluster api-versions", "broker-api-versions", 20),
    (
        "reassign-partitions --generate",
        "reassign-partitions --generate --topics-to-move-json-file topics.json --broker-list 0",
        1,
    ),
    ("console-consumer", "console-consumer --topic t --from-beginning --max-messages 3", 3),
    ("consumer-perf-test", "consumer-perf-test --topic t --messages 2 --timeout 5000", 1),
    ("dump-log", "dump-log --files kafka-logs/t-0/00000000000000000000.log --print-data-log", 1),
    ("dump-log", "dump-log --files kafka-logs/t-0/00000000000000000000.index", 0),
];

/// What these change, those before them have read.
const CHANGES: &[Case] = &[
    (
        "consumer-groups --reset-offsets",
        "consumer-groups --reset-offsets --group g --topic t --to-earliest --execute",
        2,
    ),
    ("consumer-groups --delete-offsets", "consumer-groups --delete-offsets --group g --topic t", 2),
    ("consumer-groups --delete", "consumer-groups --delete --group g", 1),
    ("reassign-partitions --execute", "reassign-partitions --execute --reassignment-json-file moves.json", 1),
    ("reassign-partitions --verify", "reassign-partitions --verify --reassignment-json-file moves.json", 1),
    ("reassign-partitions --list", "reassign-partitions --list", 0),
    ("leader-election", "leader-election --election-type preferred --topic t --partition 0", 1),
    ("delete-records", "delete-records --offset-json-file offsets.json", 1),
    ("producer-perf-test", "producer-perf-test --topic p --num-records 5 --record-size 9 --throughput -1", 1),
    ("e2e-latency", "e2e-latency localhost:9092 e 2 1 20", 1),
    ("streams-application-reset", "streams-application-reset --application-id app --input-topics t --dry-run", 2),
];

/// A cluster with a topic `t` of two partitions, in which there are three records; a group `g`; and files.
fn cluster() -> Cluster {
    let cluster = Cluster::start();
    let file = |name: &str, text: &str| fs::write(cluster.dir.path().join(name), text).expect("a file");
    file("topics.json", r#"{"topics":[{"topic":"t"}],"version":1}"#);
    file("moves.json", r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[0]}]}"#);
    file("offsets.json", r#"{"partitions":[{"topic":"t","partition":0,"offset":0}],"version":1}"#);
    let at = "--bootstrap-server localhost:9092";
    for (line, stdin) in [
        (format!("$RKAFKA topics {at} --create --topic t --partitions 2 --config retention.ms=86400000"), ""),
        (format!("$RKAFKA topics {at} --create --topic p"), ""),
        (
            format!("$RKAFKA console-producer {at} --topic t --property parse.key=true --property key.separator=:"),
            "a:1\nb:2\nc:3\n",
        ),
        (format!("$RKAFKA console-consumer {at} --topic t --from-beginning --group g --max-messages 3"), ""),
    ] {
        ok(&cluster.shell(&line, stdin));
    }
    cluster
}

fn shape(shown_by: &str) -> &'static dyn Described {
    let shapes = TOOLS.iter().flat_map(|tool| tool.shows);
    *shapes.into_iter().find(|shape| shape.shown_by() == shown_by).unwrap_or_else(|| panic!("no shape '{shown_by}'"))
}

/// The call with servers, unless they are named or it asks none.
fn call(cluster: &Cluster, line: &str, format: &str) -> Output {
    let needs_none =
        line.contains("localhost:9092") || line.starts_with("dump-log") || line.contains("version-mapping");
    let servers = match line.split_once(' ').map_or(line, |(tool, _)| tool) {
        _ if needs_none => "",
        "producer-perf-test" => "--producer-props bootstrap.servers=localhost:9092",
        _ => "--bootstrap-server localhost:9092",
    };
    cluster.shell(&format!("$RKAFKA {line} {servers} --output {format}"), "")
}

/// Rows are objects with exactly the fields of their shape, each of its kind.
fn check(shown_by: &str, output: &Output, least: usize) {
    let shape = shape(shown_by);
    let told = text(output);
    let read: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{shown_by} is no JSON: {e}\n{told}"));
    let rows = match (shape.is_single(), read) {
        (true, one) => vec![one],
        (false, Value::Array(rows)) => rows,
        (false, _) => panic!("{shown_by} is no array\n{told}"),
    };
    assert!(rows.len() >= least, "{shown_by} has {} rows\n{told}", rows.len());
    for row in rows {
        let object = row.as_object().unwrap_or_else(|| panic!("{shown_by}: a row is no object\n{told}"));
        assert_eq!(object.len(), shape.fields().len(), "{shown_by}: {row}");
        for field in shape.fields() {
            let value = object.get(field.name).unwrap_or_else(|| panic!("{shown_by} has no {}\n{told}", field.name));
            assert!(field.kind.fits(value), "{shown_by}: {} is {value}", field.name);
        }
    }
}

/// Every line of stderr is JSON.
fn check_talk(shown_by: &str, output: &Output) {
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        let read: Result<Value, _> = serde_json::from_str(line);
        assert!(read.is_ok_and(|line| line.is_object()), "{shown_by}: {line}");
    }
}

#[test]
fn every_tool_shows_the_fields_that_are_documented() {
    let cluster = cluster();
    for (shown_by, line, least) in READS.iter().chain(CHANGES) {
        let output = call(&cluster, line, "json");
        assert!(output.status.success(), "{line}: {}", text(&output));
        check(shown_by, &output, *least);
        check_talk(shown_by, &output);
    }
}

#[test]
fn a_tool_that_never_ends_ends_its_array_when_it_is_interrupted() {
    let cluster = cluster();
    let line = "timeout -s INT 4 $RKAFKA replica-verification --broker-list localhost:9092 --topics-include t --time -2 \
                --report-interval-ms 50 --output json";
    check("replica-verification", &cluster.shell(line, ""), 1);
}

#[test]
fn the_other_formats() {
    let cluster = cluster();
    let of = |line: &str, format: &str| ok(&call(&cluster, line, format));
    let offsets = |text: String| {
        let rows: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
        let offset = |row: &String| row.split(',').nth(2).and_then(|offset| offset.parse::<i64>().ok());
        rows.iter().map(|row| offset(row).unwrap_or_else(|| panic!("no offset in {row}"))).sum::<i64>()
    };
    let csv = of("get-offsets --topic t", "csv");
    assert!(csv.starts_with("topic,partition,offset,timestamp,leaderEpoch\nt,0,"), "{csv}");
    assert_eq!(offsets(csv), 3);
    assert!(of("topics --list --topic t", "yaml").starts_with("- topic: \"t\"\n  topicId: \""));
    let lines = of("console-consumer --topic t --from-beginning --max-messages 3", "jsonl");
    let mut keys: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{line}: {e}"))["key"].to_string())
        .collect();
    keys.sort();
    assert_eq!(keys, ["\"a\"", "\"b\"", "\"c\""]);
}

/// One object on stderr, nothing on stdout, and the exit code of the text.
#[test]
fn failures_are_json_too() {
    let cluster = cluster();
    for (line, error) in [
        ("topics --describe --topic nope", "Topic 'Optional[nope]' does not exist as expected"),
        ("topics --list --nonsense", "nonsense is not a recognized option"),
        ("topics --create", "Missing required argument \"[topic]\""),
        ("log-dirs --describe --broker-list 7", "ERROR: The given brokers do not exist from --broker-list: 7."),
        ("cluster cluster-id --nonsense", "unrecognized arguments: '--nonsense'"),
    ] {
        let output = call(&cluster, line, "json");
        let told = text(&output);
        assert_eq!(output.status.code(), Some(1), "{line}: {told}");
        assert!(output.stdout.is_empty(), "{line}: {told}");
        let read: Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|e| panic!("{line}: {e}\n{told}"));
        let reason = read["error"].as_str().unwrap_or_default();
        assert!(reason.starts_with(error), "{line}: {told}");
    }
}
