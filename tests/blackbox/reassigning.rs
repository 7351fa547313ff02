//! `reassign-partitions --wait`: until the moves are over, and what comes out if they went elsewhere.

use crate::harness::{self, run, text};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Three brokers, a topic of six partitions with a replica each, and `script` on them.
fn on_three_brokers(script: &str) -> Output {
    let dir = TempDir::new().expect("a temporary folder");
    let targets = |broker: &dyn Fn(usize) -> usize| {
        let moves: Vec<String> = (0..6)
            .map(|partition| format!(r#"{{"topic":"t","partition":{partition},"replicas":[{}]}}"#, broker(partition)))
            .collect();
        format!(r#"{{"version":1,"partitions":[{}]}}"#, moves.join(","))
    };
    std::fs::write(dir.path().join("all-to-2.json"), targets(&|_| 2)).expect("a file");
    std::fs::write(dir.path().join("around.json"), targets(&|partition| partition % 3)).expect("a file");
    let mut command = Command::new(harness::rkafka());
    command.current_dir(dir.path()).env("HOME", dir.path()).env("XDG_RUNTIME_DIR", dir.path());
    command.args(["dev", "--brokers", "3", "--port", "0", "--topic", "t:6:1", "--", "sh", "-c", script]);
    run(command, "")
}

#[test]
fn moves_are_waited_for_and_verified() {
    let produce = "seq 30000 | rkafka console-producer --topic t";
    let reassign = "rkafka reassign-partitions --reassignment-json-file all-to-2.json";
    let output = on_three_brokers(&format!(
        "{produce} && {reassign} --execute --throttle 50000000 --wait >executed && cat executed && echo and again && \
         {reassign} --verify --wait"
    ));
    let told = text(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let (executed, verified) = told.split_once("and again").expect("both were done");
    for partition in 0..6 {
        let line = format!("Reassignment of partition t-{partition} is completed.");
        assert!(executed.contains(&line) && verified.contains(&line), "{told}");
    }
    assert!(!told.contains("still in progress"), "{told}");
    assert!(executed.contains("Clearing broker-level throttles on brokers 0,1,2"), "{told}");
}

#[test]
fn moves_that_others_have_changed_are_an_error() {
    let output = on_three_brokers(
        "rkafka reassign-partitions --execute --wait --reassignment-json-file all-to-2.json >/dev/null && \
         rkafka reassign-partitions --verify --wait --reassignment-json-file around.json",
    );
    let told = text(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("but replica set is 2 rather than 0."), "{told}");
    assert!(told.contains("4 of 6 moves did not end where the file wants them"), "{told}");
}

#[test]
fn other_actions_do_not_wait() {
    let mut command = Command::new(harness::rkafka());
    command.args(["reassign-partitions", "--list", "--wait", "--bootstrap-server", "localhost:1"]);
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output);
    assert!(told.contains("Option \"[wait]\" can't be used with action \"[list]\""), "{told}");
}
