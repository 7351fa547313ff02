//! What the tools say on standard error while something does not work at once: enough, and not again and again.

use crate::harness::{Cluster, ok, rkafka, run, text};
use std::process::Command;

/// How many warnings a text has that hold `words`.
fn count(said: &str, words: &str) -> usize {
    said.lines().filter(|line| line.contains("] WARN ") && line.contains(words)).count()
}

#[test]
fn a_server_that_cannot_be_reached_is_warned_of_once() {
    let server = ["--bootstrap-server", "127.0.0.1:1"];
    for (args, input) in [
        (&["console-consumer", "--topic", "t", "--timeout-ms", "3000"][..], ""),
        (&["console-producer", "--topic", "t", "--max-block-ms", "3000"], "x\n"),
    ] {
        let mut command = Command::new(rkafka());
        command.args(args).args(server);
        let output = run(command, input);
        let said = String::from_utf8_lossy(&output.stderr);
        for words in [
            "Connection to node -1 (/127.0.0.1:1) could not be established. Node may not be available.",
            "Bootstrap broker 127.0.0.1:1 (id: -1 rack: null) disconnected",
        ] {
            assert_eq!(count(&said, words), 1, "{words}: {}", text(&output));
        }
    }
}

#[test]
fn what_is_made_by_the_way_and_what_is_cut_to_pieces_is_said() {
    let cluster = Cluster::start();
    let produce = |topic: &str, lines: &str| {
        let command = format!("kafka-console-producer.sh --bootstrap-server localhost:9092 --topic {topic}");
        let output = cluster.shell(&command, lines);
        ok(&output);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = produce("new", "x\n");
    assert_eq!(count(&said, "reported a recoverable issue: {new=LEADER_NOT_AVAILABLE}"), 1, "{said}");
    assert_eq!(produce("new", "y\n"), "");
    ok(&cluster.shell(
        "kafka-topics.sh --bootstrap-server localhost:9092 --create --topic small --config max.message.bytes=300",
        "",
    ));
    let lines = format!("{}\n{}\n", "x".repeat(40), "y".repeat(400)).repeat(20);
    let said = produce("small", &lines);
    let words =
        "on topic-partition small-0, splitting and retrying (2147483646 attempts left). Error: MESSAGE_TOO_LARGE";
    assert_eq!(count(&said, words), 1, "{said}");
    assert!(said.ends_with("20 of 40 messages were not delivered\n"), "{said}");
}
