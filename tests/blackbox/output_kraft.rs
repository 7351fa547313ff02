//! `--output` of the tools for what our brokers do not have: of KRaft's storage and metadata, and of groups of Kafka 4.4.

use crate::harness::{Cluster, ok, rkafka, run, text};
use rkafka::{terminal::output::Described, tools::TOOLS};
use serde_json::Value;
use std::{
    fs,
    process::{Command, Output},
};

fn shape(shown_by: &str) -> &'static dyn Described {
    let shapes = TOOLS.iter().flat_map(|tool| tool.shows);
    *shapes.into_iter().find(|shape| shape.shown_by() == shown_by).unwrap_or_else(|| panic!("no shape '{shown_by}'"))
}

/// The rows, each of which has exactly the fields of the shape.
fn rows(shown_by: &str, output: &Output) -> Vec<Value> {
    let (shape, told) = (shape(shown_by), text(output));
    let read = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{shown_by} is no JSON: {e}\n{told}"));
    let rows = match (shape.is_single(), read) {
        (true, one) => vec![one],
        (false, Value::Array(rows)) => rows,
        (false, _) => panic!("{shown_by} is no array\n{told}"),
    };
    for row in &rows {
        assert_eq!(row.as_object().map(serde_json::Map::len), Some(shape.fields().len()), "{shown_by}\n{told}");
        for field in shape.fields() {
            let value = row.get(field.name).unwrap_or_else(|| panic!("{shown_by} has no {}\n{told}", field.name));
            assert!(field.kind.fits(value), "{shown_by}: {} is {value}", field.name);
        }
    }
    rows
}

fn json(line: &str) -> Output {
    let mut command = Command::new(rkafka());
    command.args(line.split(' ')).args(["--output", "json"]).env_remove("RKAFKA_COMPAT");
    run(command, "")
}

#[test]
fn storage() {
    let id = &rows("storage random-uuid", &json("storage random-uuid"))[0]["uuid"];
    assert_eq!(id.as_str().map(str::len), Some(22));
    let known = "storage version-mapping and feature-dependencies";
    let mapping = rows(known, &json("storage version-mapping --release-version 4.1"));
    assert!(mapping.iter().any(|row| row["feature"] == "metadata.version" && row["level"] == 27), "{mapping:?}");
    let needs = rows(known, &json("storage feature-dependencies --feature eligible.leader.replicas.version=1"));
    assert_eq!(needs[0]["dependencies"][0]["feature"], "metadata.version");

    let dir = tempfile::tempdir().expect("a folder");
    let (file, logs) = (dir.path().join("server.properties"), dir.path().join("logs"));
    fs::create_dir(&logs).expect("a folder");
    let text = format!(
        "process.roles=broker,controller\nnode.id=4\ncontroller.quorum.voters=4@localhost:1\n\
         listeners=CONTROLLER://localhost:1,PLAINTEXT://localhost:2\ncontroller.listener.names=CONTROLLER\nlog.dirs={}\n",
        logs.display()
    );
    fs::write(&file, text).expect("a file");
    let info = format!("storage info --config {}", file.display());
    let output = json(&info);
    assert_eq!(output.status.code(), Some(1), "it is not formatted yet");
    assert_eq!(rows("storage info", &output)[0]["problems"].as_array().map(Vec::len), Some(1));
    let format = format!("storage format --config {} --cluster-id AAAAAAAAAAAAAAAAAAAAAQ", file.display());
    let mut command = Command::new(rkafka());
    command.args(format.split(' '));
    ok(&run(command, ""));
    let found = &rows("storage info", &json(&info))[0];
    assert_eq!((&found["nodeId"], &found["clusterId"]), (&Value::from(4), &Value::from("AAAAAAAAAAAAAAAAAAAAAQ")));
}

#[test]
fn metadata() {
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/kraft/metadata-of-4.4.0.log");
    let shown_by = "metadata-shell ls, find, tree, cat";
    let of = |words: &str| json(&format!("metadata-shell --snapshot {log} {words}"));
    let name = rows(shown_by, &of("cat /image/topics/byName/one/name"));
    assert_eq!((name.len(), &name[0]["value"]), (1, &Value::from("one")));
    let children = rows(shown_by, &of("ls /image"));
    assert!(children.iter().any(|row| row["path"] == "/image/topics" && row["isDirectory"] == true), "{children:?}");
    assert!(rows(shown_by, &of("tree /")).len() > 100);
    let missing = of("ls /nope");
    assert_eq!(missing.status.code(), Some(1), "{}", text(&missing));
    assert!(rows(shown_by, &missing).is_empty() && String::from_utf8_lossy(&missing.stderr).contains("/nope"));
}

#[test]
fn groups_that_are_not_there() {
    let cluster = Cluster::start();
    for shown_by in ["share-groups --list", "streams-groups --list"] {
        let output = cluster.shell(&format!("$RKAFKA {shown_by} --bootstrap-server localhost:9092 --output json"), "");
        assert!(output.status.success() && rows(shown_by, &output).is_empty(), "{}", text(&output));
    }
    let asked = "share-consumer-perf-test --topic t --num-records 1 --timeout 3000";
    let output = cluster.shell(&format!("$RKAFKA {asked} --bootstrap-server localhost:9092 --output json"), "");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(rows("share-consumer-perf-test", &output).len(), 0);
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object()), "{line}");
    }
}
