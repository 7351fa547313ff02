//! `save`, `load`, `copy` and `mirror`: records come back byte by byte, and whatever is killed goes on without a gap or a
//! double.

use crate::harness::{self, Cluster, Server, ok, rkafka, text, wait_for};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

fn call(args: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(rkafka());
    command.args(args);
    harness::run(command, stdin)
}

/// One of the verbs, against one cluster.
fn at(cluster: &Cluster, args: &[&str], stdin: &str) -> Output {
    call(&[args, &["--bootstrap-server", &cluster.bootstrap()]].concat(), stdin)
}

/// The records of a topic, in the order of partitions and offsets, as lines of JSON without its name.
fn records(cluster: &Cluster, topic: &str) -> Vec<Value> {
    let lines = ok(&at(cluster, &["save", topic, "--to", "-", "--format", "jsonl"], ""));
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut records: Vec<Value> = lines.filter(|line| line.get("rkafka").is_none()).collect();
    records.sort_by_key(|record| (record["partition"].as_i64(), record["offset"].as_i64()));
    for record in &mut records {
        record.as_object_mut().expect("an object").remove("topic");
    }
    records
}

/// The values of a topic that are numbers, by partition.
fn numbers(cluster: &Cluster, topic: &str) -> Vec<Vec<u32>> {
    let mut by_partition = Vec::new();
    for record in records(cluster, topic) {
        let partition = record["partition"].as_u64().expect("a partition") as usize;
        by_partition.resize_with(by_partition.len().max(partition + 1), Vec::new);
        by_partition[partition].push(record["value"].as_str().and_then(|text| text.parse().ok()).expect("a number"));
    }
    by_partition
}

fn create(cluster: &Cluster, topic: &str, partitions: u32, more: &str) {
    let line = format!(
        "kafka-topics.sh --create --topic {topic} --partitions {partitions} {more} --bootstrap-server localhost:9092"
    );
    ok(&cluster.shell(&line, ""));
}

fn produce(cluster: &Cluster, topic: &str, lines: &str) {
    ok(&cluster.shell(&format!("kafka-console-producer.sh --topic {topic} --bootstrap-server localhost:9092"), lines));
}

fn lines(from: u32, to: u32) -> String {
    (from..to).map(|number| format!("{number}\n")).collect()
}

/// The offset that a group has committed for a partition.
fn committed(cluster: &Cluster, group: &str, topic: &str, partition: u32) -> Option<i64> {
    let line = format!("kafka-consumer-groups.sh --describe --group {group} --bootstrap-server localhost:9092");
    let told = String::from_utf8_lossy(&cluster.shell(&line, "").stdout).into_owned();
    let row = told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut row = row.filter(|row| row.len() > 4 && row[1] == topic && row[2] == partition.to_string());
    row.next()?[3].parse().ok()
}

/// Odd keys, values and headers, and where they are to go.
const ODD: &str = r#"{"partition":0,"key":null,"value":"no key","timestamp":1000}
{"partition":0,"key":"","value":"","timestamp":1001,"headers":[{"key":"h","value":null},{"key":"","value":""}]}
{"partition":1,"key":"tombstone","value":null,"timestamp":1002}
{"partition":1,"key":{"base64":"/wA="},"value":{"base64":"gIGC"},"timestamp":1003,"headers":[{"key":{"base64":"/w=="},"value":{"base64":"AP8="}}]}
{"partition":0,"key":"{\"base64\":\"AA==\"}","value":"line\nline\tä𝄞\u0000","timestamp":1004}
"#;

#[test]
fn records_come_back_byte_by_byte_in_both_formats() {
    let (from, to) = (Cluster::start(), Cluster::start());
    let dir = from.dir.path().to_owned();
    create(&from, "t", 2, "--config retention.ms=-1 --config max.message.bytes=2000000");
    ok(&at(&from, &["load", "-", "--topic", "t"], ODD));
    let original = records(&from, "t");
    assert_eq!(original.len(), 5);
    assert_eq!(original[0]["key"], Value::Null);
    assert_eq!(original[1]["key"], Value::from(""));
    assert_eq!(original[3]["value"], Value::Null);
    assert_eq!(original[4]["value"]["base64"], Value::from("gIGC"));
    for (name, file) in [("binary", "t.rkafka"), ("lines", "t.jsonl")] {
        let file = dir.join(file).display().to_string();
        ok(&at(&from, &["save", "t", "--to", &file], ""));
        let again = at(&from, &["save", "t", "--to", &file], "");
        assert!(again.status.code() == Some(1) && text(&again).contains("--resume"), "{}", text(&again));
        ok(&at(&to, &["load", &file, "--rename", &format!("t={name}")], ""));
        assert_eq!(records(&to, name), original, "{name}");
        let twice = at(&to, &["load", &file, "--rename", &format!("t={name}")], "");
        assert!(twice.status.code() == Some(1) && text(&twice).contains("holds records already"), "{}", text(&twice));
        // Nothing is left to do, and nothing is done.
        ok(&at(&to, &["load", &file, "--rename", &format!("t={name}"), "--resume"], ""));
        assert_eq!(records(&to, name).len(), original.len(), "{name}");
    }
    let told = ok(&to.shell("kafka-topics.sh --describe --topic binary --bootstrap-server localhost:9092", ""));
    for part in ["PartitionCount: 2", "max.message.bytes=2000000", "retention.ms=-1"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // Through a pipe, into the same cluster.
    let saved = at(&from, &["save", "t", "--to", "-", "--format", "jsonl"], "").stdout;
    ok(&at(&from, &["load", "-", "--rename", "t=piped"], &String::from_utf8(saved).expect("text")));
    assert_eq!(records(&from, "piped"), original);
}

#[test]
fn a_save_that_was_cut_goes_on() {
    let cluster = Cluster::start();
    create(&cluster, "t", 3, "");
    produce(&cluster, "t", &lines(0, 5000));
    for name in ["cut.rkafka", "cut.jsonl"] {
        let path = cluster.dir.path().join(name);
        let file = path.display().to_string();
        ok(&at(&cluster, &["save", "t", "--to", &file], ""));
        let whole = fs::read(&path).expect("the file");
        let topic = |cut: usize| format!("{}-{cut}", name.replace('.', "-"));
        let cuts = [1, whole.len() / 3, whole.len() - 2];
        for cut in cuts {
            fs::write(&path, &whole[..cut]).expect("a file");
            if cut > 100 {
                let torn = at(&cluster, &["load", &file, "--rename", &format!("t=torn-{}", topic(cut))], "");
                assert!(torn.status.code() == Some(1) && text(&torn).contains("not whole"), "{}", text(&torn));
            }
            ok(&at(&cluster, &["save", "t", "--to", &file, "--resume"], ""));
            ok(&at(&cluster, &["load", &file, "--rename", &format!("t={}", topic(cut))], ""));
            assert_eq!(numbers(&cluster, &topic(cut)), numbers(&cluster, "t"), "{name} cut at {cut}");
        }
        // What is new since is added, and only that.
        produce(&cluster, "t", &lines(5000, 5010));
        ok(&at(&cluster, &["save", "t", "--to", &file, "--resume"], ""));
        ok(&at(&cluster, &["load", &file, "--rename", &format!("t={}", topic(cuts[2])), "--resume"], ""));
        assert_eq!(numbers(&cluster, &topic(cuts[2])), numbers(&cluster, "t"), "{name}");
    }
    let damaged = cluster.dir.path().join("cut.rkafka");
    let mut bytes = fs::read(&damaged).expect("the file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&damaged, &bytes).expect("a file");
    let file = damaged.display().to_string();
    let refused = at(&cluster, &["save", "t", "--to", &file, "--resume"], "");
    assert!(refused.status.code() == Some(1) && text(&refused).contains("damaged"), "{}", text(&refused));
    assert_eq!(fs::read(&damaged).expect("the file"), bytes, "what is damaged is left as it is");
}

/// Starts a verb, and kills it as soon as `begun` says so.
fn begin_and_kill(dir: &Path, args: &[&str], mut begun: impl FnMut() -> bool) {
    let mut verb = Server::start(dir, "verb", args);
    wait_for("some records", || begun().then_some(()));
    verb.kill();
}

fn count(cluster: &Cluster, topic: &str) -> u64 {
    let line = format!("kafka-get-offsets.sh --topic {topic} --bootstrap-server localhost:9092");
    let told = String::from_utf8_lossy(&cluster.shell(&line, "").stdout).into_owned();
    told.lines().filter_map(|line| line.rsplit(':').next()?.parse::<u64>().ok()).sum()
}

#[test]
fn a_load_and_a_copy_that_were_killed_go_on() {
    let (from, to) = (Cluster::start(), Cluster::start());
    let dir = from.dir.path().to_owned();
    create(&from, "t", 3, "");
    produce(&from, "t", &lines(0, 60_000));
    let reset = "kafka-consumer-groups.sh --reset-offsets --group g --topic t:0 --to-offset 7 --execute --bootstrap-server \
                 localhost:9092";
    ok(&from.shell(reset, ""));
    let file = dir.join("t.rkafka").display().to_string();
    ok(&at(&from, &["save", "t", "--to", &file, "--groups", "g"], ""));
    let expected = numbers(&from, "t");
    assert_eq!(expected.iter().map(Vec::len).sum::<usize>(), 60_000);
    let (from_server, to_server) = (from.bootstrap(), to.bootstrap());
    let load = ["load", &file, "--rename", "t=loaded", "--bootstrap-server", &to_server];
    let copy = [
        "copy",
        "t",
        "--rename",
        "t=copied",
        "--groups",
        "g",
        "--from-server",
        &from_server,
        "--to-server",
        &to_server,
    ];
    for (topic, args) in [("loaded", load.as_slice()), ("copied", copy.as_slice())] {
        begin_and_kill(&dir, args, || count(&to, topic) > 0);
        let refused = call(args, "");
        assert!(refused.status.code() == Some(1) && text(&refused).contains("--resume"), "{}", text(&refused));
        ok(&call(&[args, &["--resume"]].concat(), ""));
        assert_eq!(numbers(&to, topic), expected, "{topic}");
        assert_eq!(committed(&to, "g", topic, 0), Some(7), "{topic}");
    }
    // By contexts, and told as JSON.
    let contexts = dir.join("contexts.toml");
    let with_contexts = |args: &[&str]| {
        let mut command = Command::new(rkafka());
        command.args(args).env("RKAFKA_CONFIG", &contexts);
        harness::run(command, "")
    };
    for (name, servers) in [("one", &from_server), ("two", &to_server)] {
        ok(&with_contexts(&["context", "add", name, "--bootstrap-servers", servers]));
    }
    let by_context =
        ["copy", "t", "--rename", "t=third", "--from-context", "one", "--to-context", "two", "--output", "json"];
    let told: Value = serde_json::from_str(&ok(&with_contexts(&by_context))).expect("JSON");
    assert_eq!((&told["partitions"], &told["records"]), (&3.into(), &60_000.into()), "{told}");
    let itself = call(&["copy", "t", "--from-server", &from_server, "--to-server", &from_server], "");
    assert!(itself.status.code() == Some(1) && text(&itself).contains("onto itself"), "{}", text(&itself));
}

#[test]
fn a_mirror_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let (from, to) = (Cluster::start(), Cluster::start());
    let dir = from.dir.path().to_owned();
    create(&from, "m", 3, "--config retention.ms=-1");
    let (from_server, to_server) = (from.bootstrap(), to.bootstrap());
    let args = [
        "mirror",
        "m.*",
        "--from-server",
        &from_server,
        "--to-server",
        &to_server,
        "--prefix",
        "a.",
        "--groups",
        "g",
        "--every",
        "200ms",
    ];
    let mut written = 0;
    for round in 0..4 {
        let mut mirror = Server::start(&dir, &format!("mirror-{round}"), &args);
        let before = count(&to, "a.m");
        produce(&from, "m", &lines(written, written + 8000));
        written += 8000;
        wait_for("some copies", || (count(&to, "a.m") > before).then_some(()));
        mirror.kill();
    }
    // A topic that comes later, and one that grows.
    let mut last = Server::start(&dir, "mirror-last", &args);
    create(&from, "m-later", 1, "");
    produce(&from, "m-later", "1\n2\n");
    ok(&from.shell("kafka-topics.sh --alter --topic m --partitions 4 --bootstrap-server localhost:9092", ""));
    ok(&at(&from, &["load", "-", "--topic", "m", "--append"], "{\"partition\":3,\"value\":\"77\"}\n"));
    wait_for("all copies", || {
        (count(&to, "a.m") == u64::from(written) + 1 && count(&to, "a.m-later") == 2).then_some(())
    });
    let reset = "kafka-consumer-groups.sh --reset-offsets --group g --topic m:0 --to-offset 9 --execute --bootstrap-server \
                 localhost:9092";
    ok(&from.shell(reset, ""));
    wait_for("the group's offset", || (committed(&to, "g", "a.m", 0) == Some(9)).then_some(()));
    assert_eq!(numbers(&to, "a.m"), numbers(&from, "m"));
    let told = ok(&to.shell("kafka-topics.sh --describe --topic a.m --bootstrap-server localhost:9092", ""));
    assert!(told.contains("PartitionCount: 4") && told.contains("retention.ms=-1"), "{told}");
    assert_eq!(last.stop().code(), Some(143));
}

/// Whether the brokers list the request that ends a transaction.
fn has_transactions(cluster: &Cluster) -> bool {
    let told = ok(&cluster.shell("kafka-broker-api-versions.sh --bootstrap-server localhost:9092", ""));
    told.lines().any(|line| line.contains("EndTxn(26)") && !line.contains("UNSUPPORTED"))
}

/// Where the target has no transactions, one line says so, and the copy is made at least once.
#[test]
fn exactly_once_needs_a_target_with_transactions_and_says_so() {
    let (from, to) = (Cluster::start(), Cluster::start());
    let dir = from.dir.path().to_owned();
    create(&from, "m", 2, "");
    produce(&from, "m", &lines(0, 3000));
    let (from_server, to_server) = (from.bootstrap(), to.bootstrap());
    let servers = ["--from-server", &from_server, "--to-server", &to_server, "--exactly-once"];
    let lacks = "have no transactions: the copy is made at least once, not exactly once";
    let lines_that_say_so = if has_transactions(&to) { 0 } else { 1 };
    let mirror = [&["mirror", "m", "--prefix", "a."], &servers[..]].concat();
    for round in 0..2 {
        let mut mirror = Server::start(&dir, &format!("exactly-{round}"), &mirror);
        produce(&from, "m", &lines(3000 + round * 1000, 4000 + round * 1000));
        let all = 4000 + round as usize * 1000;
        let has_all = || count(&to, "a.m") > 0 && numbers(&to, "a.m").iter().flatten().count() == all;
        wait_for("the copies", || has_all().then_some(()));
        assert_eq!(mirror.log().matches(lacks).count(), lines_that_say_so, "{}", mirror.log());
        mirror.kill();
    }
    assert_eq!(numbers(&to, "a.m"), numbers(&from, "m"));
    let copied = call(&[&["copy", "m", "--rename", "m=b"], &servers[..]].concat(), "");
    ok(&copied);
    assert_eq!(String::from_utf8_lossy(&copied.stderr).matches(lacks).count(), lines_that_say_so);
    assert_eq!(numbers(&to, "b"), numbers(&from, "m"));
}

/// Records of somebody else end the comparison: ours may then be there twice, and none is missing.
#[test]
fn who_goes_on_among_records_of_others_loses_none() {
    let (from, to) = (Cluster::start(), Cluster::start());
    create(&from, "t", 1, "");
    produce(&from, "t", &lines(0, 60_000));
    let file = from.dir.path().join("t.rkafka").display().to_string();
    ok(&at(&from, &["save", "t", "--to", &file], ""));
    let bootstrap = to.bootstrap();
    let load = ["load", &file, "--bootstrap-server", &bootstrap];
    begin_and_kill(from.dir.path(), &load, || count(&to, "t") > 0);
    produce(&to, "t", "99999\n");
    ok(&call(&[load.as_slice(), &["--resume"]].concat(), ""));
    let found: BTreeSet<u32> = numbers(&to, "t").concat().into_iter().collect();
    let expected: BTreeSet<u32> = (0..60_000).chain([99_999]).collect();
    assert!(found == expected, "{} of {} are there", found.len(), expected.len());
}
