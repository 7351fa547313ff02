//! What the console tools have beyond Kafka's: conditions, ranges, formats.

use crate::{
    client::{Client, produce as produce_request},
    harness::{Cluster, ok, text},
};
use rkafka_base::TimestampMs;
use rkafka_protocol::record::{BatchBuilder, BatchOptions, Header};

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

/// Three partitions with three messages each, a second apart over all of them: `0:a` in partition 0 and so on.
fn with_times(topic: &str) -> Cluster {
    let cluster = Cluster::start();
    let create = format!("kafka-topics.sh --create --topic {topic} --partitions 3 --bootstrap-server localhost:9092");
    ok(&cluster.shell(&create, ""));
    let mut client = Client::connect(cluster.port);
    for (n, value) in (0i64..).zip(["a", "b", "c", "d", "e", "f", "g", "h", "i"]) {
        let mut builder = BatchBuilder::new(BatchOptions::default());
        let headers =
            [Header { key: "n".into(), value: Some(n.to_string().into()) }, Header { key: "x".into(), value: None }];
        let key = (n % 2 == 0).then(|| format!("k{n}"));
        builder.append(
            TimestampMs(START + n * 1_000),
            key.as_deref().map(str::as_bytes),
            Some(value.as_bytes()),
            &headers,
        );
        let mut request = produce_request(topic, 1, builder.finish().expect("a batch"));
        request.topic_data[0].partition_data[0].index = (n % 3) as i32;
        client.ask(&request, 7);
    }
    cluster
}

/// 2026-11-01T00:00Z.
const START: i64 = 1_793_491_200_000;

/// What a call shows, its lines in order.
fn sorted(output: &std::process::Output) -> Vec<String> {
    let mut lines: Vec<String> = ok(output).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn ranges_begin_and_end_where_they_say() {
    let cluster = with_times("r");
    for (options, shown) in [
        ("--from earliest --follow no", "a b c d e f g h i"),
        ("--from-beginning --to -0", "a b c d e f g h i"),
        ("--from 2026-11-01T00:00:02.500 --to 2026-11-01T00:00:05", "d e"),
        ("--from 1 --to 2", "d e f"),
        ("--from -1 --follow no", "g h i"),
        ("--from earliest --to -2", "a b c"),
        ("--from 99 --follow no", ""),
        ("--from latest --follow no", ""),
        ("--from 2026-11-02 --follow no", ""),
        ("--partition 1 --offset 1 --follow no", "e h"),
        ("--partition 1 --from 1 --to 2", "e"),
        ("--from earliest --follow no --where 'value > \"f\" and not key exists'", "h"),
        ("--from earliest --max-messages 0", ""),
        ("--include 'r|s' --from -1 --follow no", "g h i"),
    ] {
        let topic = if options.starts_with("--include") { "" } else { "--topic r" };
        let output = consume(&cluster, &format!("{topic} {options}"));
        assert_eq!(sorted(&output).join(" "), shown, "{options}: {}", text(&output));
        let count = shown.split_whitespace().count();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(stderr, format!("Processed a total of {count} messages\n"), "{options}");
    }
    for (options, reason) in [
        ("--topic nothing --follow no", "This server does not host this topic-partition."),
        ("--topic r --partition 7 --from 0", "There is no partition 7 of topic r"),
        ("--topic r --group g --tail 1", "--from, --to, --tail and --follow no are for reading without a group"),
    ] {
        let output = consume(&cluster, options);
        assert_eq!(output.status.code(), Some(1), "{options}: {}", text(&output));
        assert!(text(&output).contains(reason), "{options}: {}", text(&output));
    }
}

#[test]
fn a_tail_is_in_the_order_of_time_and_goes_on() {
    let cluster = with_times("t");
    for (options, shown) in [
        ("--tail 4 --follow no", "f\ng\nh\ni\n"),
        ("--tail 100 --follow no", "a\nb\nc\nd\ne\nf\ng\nh\ni\n"),
        ("--tail 2 --to 2026-11-01T00:00:03", "b\nc\n"),
        ("--tail 2 --partition 0 --follow no", "d\ng\n"),
        ("--tail 3 --follow no --where 'key exists'", "g\ni\n"),
        ("--tail 3 --max-messages 2", "g\nh\n"),
    ] {
        let output = consume(&cluster, &format!("--topic t {options}"));
        assert_eq!(ok(&output), shown, "{options}: {}", text(&output));
    }
    // What comes while it follows is shown behind the tail.
    let line = "timeout 20 kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic t --tail 1 \
                --max-messages 2 > out & \
                for try in $(seq 1000); do grep -q i out && break; sleep 0.01; done; \
                echo later | kafka-console-producer.sh --bootstrap-server localhost:9092 --topic t; wait; cat out";
    assert_eq!(ok(&cluster.shell(line, "")), "i\nlater\n");
}

#[test]
fn formats_have_kcats_syntax() {
    let cluster = with_times("f");
    let format = "--format '%t/%p/%o %T [%k|%K] %s|%S %h %%\\x41\\n'";
    let output = consume(&cluster, &format!("--topic f --partition 0 --from 0 --follow no {format}"));
    assert_eq!(
        ok(&output),
        "f/0/0 1793491200000 [k0|2] a|1 n=0,x=NULL %A\nf/0/1 1793491203000 [|-1] d|1 n=3,x=NULL %A\n\
         f/0/2 1793491206000 [k6|2] g|1 n=6,x=NULL %A\n"
    );
    let output = consume(&cluster, "--topic f --from 0 --format '%q'");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("--format: %q stands for nothing; there are %s"), "{}", text(&output));
}
