//! What the console tools have beyond Kafka's: conditions, ranges, formats.

use crate::harness::{Cluster, ok, text};

/// A cluster with a topic of the messages in `lines`: `key:value`, after headers and a tab.
fn with_messages(topic: &str, partitions: u32, lines: &str) -> Cluster {
    let cluster = Cluster::start();
    let create =
        format!("kafka-topics.sh --create --topic {topic} --partitions {partitions} --bootstrap-server localhost:9092");
    ok(&cluster.shell(&create, ""));
    produce(&cluster, topic, lines);
    cluster
}

fn produce(cluster: &Cluster, topic: &str, lines: &str) {
    let line = format!(
        "kafka-console-producer.sh --topic {topic} --bootstrap-server localhost:9092 --property parse.headers=true \
         --property parse.key=true --property key.separator=: --property null.marker=NULL"
    );
    ok(&cluster.shell(&line, lines));
}

fn consume(cluster: &Cluster, options: &str) -> std::process::Output {
    cluster.shell(&format!("kafka-console-consumer.sh --bootstrap-server localhost:9092 {options}"), "")
}

#[test]
fn where_shows_and_counts_what_fits() {
    let lines = "trace:1\ta1:{\"user\":{\"id\":7}}\nNULL\ta2:{\"user\":{\"id\":9}}\ntrace:2\ta3:{\"user\":{\"id\":3}}\n\
                 trace:3\tb4:{\"user\":{\"id\":8}}\ntrace:4\ta5:no JSON\ntrace:5\ta6:NULL\ntrace:6\ta7:{\"user\":{\"id\":6}}\n";
    let cluster = with_messages("w", 1, lines);
    let condition = "key ~ \"^a\" and value.user.id > 5 and headers.trace exists";
    let output = consume(&cluster, &format!("--topic w --from-beginning --max-messages 2 --where '{condition}'"));
    assert_eq!(ok(&output), "{\"user\":{\"id\":7}}\n{\"user\":{\"id\":6}}\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "Processed a total of 2 messages\n");
    let output =
        consume(&cluster, "--topic w --from-beginning --max-messages 1 --where 'value is null and offset > 2'");
    assert_eq!(ok(&output), "null\n");
    let output = consume(&cluster, "--topic w --from-beginning --where 'key = '");
    assert_eq!(
        (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
        (Some(1), "--where: a string, number, time, true, false or null belongs here\n  key = \n        ^\n"),
        "{}",
        text(&output)
    );
}
