//! `mirror-maker` between two clusters: nothing is missing, whatever ends in between.

use crate::harness::{Cluster, Server, ok, wait_for};
use std::{collections::BTreeSet, fs, path::Path};

/// The numbers that a topic has, each as often as it may be.
fn numbers(cluster: &Cluster) -> BTreeSet<u32> {
    let bootstrap = cluster.bootstrap();
    let line = format!(
        "kafka-console-consumer.sh --bootstrap-server {bootstrap} --topic m --from-beginning --timeout-ms 1000"
    );
    let read = cluster.shell(&line, "");
    String::from_utf8_lossy(&read.stdout).lines().filter_map(|line| line.parse().ok()).collect()
}

fn write(cluster: &Cluster, from: u32, to: u32) {
    let lines: String = (from..to).map(|number| format!("{number}\n")).collect();
    ok(&cluster
        .shell(&format!("kafka-console-producer.sh --bootstrap-server {} --topic m", cluster.bootstrap()), &lines));
}

fn mirror(dir: &Path, name: &str, more: &[&str]) -> Server {
    let (consumer, producer) = (dir.join("consumer").display().to_string(), dir.join("producer").display().to_string());
    let mut args =
        vec!["mirror-maker", "--consumer.config", &consumer, "--producer.config", &producer, "--include", "m"];
    args.extend(more);
    Server::start(dir, name, &args)
}

fn properties(dir: &Path, source: &Cluster, target: &Cluster, of_producer: &str) {
    // So that a member that was killed is soon missed.
    let consumer = format!("bootstrap.servers={}\ngroup.id=mirror\nsession.timeout.ms=6000\n", source.bootstrap());
    fs::write(dir.join("consumer"), consumer).expect("a file");
    fs::write(dir.join("producer"), format!("bootstrap.servers={}\n{of_producer}", target.bootstrap()))
        .expect("a file");
}

fn create(cluster: &Cluster) {
    let bootstrap = cluster.bootstrap();
    ok(&cluster
        .shell(&format!("kafka-topics.sh --create --topic m --partitions 3 --bootstrap-server {bootstrap}"), ""));
}

/// The group begins at the end of a topic, by default: where that was must outlive who has begun there.
#[test]
fn who_is_killed_before_its_first_commit_leaves_nothing_out() {
    let (source, target) = (Cluster::start(), Cluster::start());
    let dir = tempfile::tempdir().expect("a temporary folder");
    properties(dir.path(), &source, &target, "");
    create(&source);
    let mut first = mirror(dir.path(), "first", &[]);
    let describe =
        format!("kafka-consumer-groups.sh --bootstrap-server {} --describe --group mirror", source.bootstrap());
    // All three partitions have begun.
    wait_for("the mirror's partitions", || {
        let told = source.shell(&describe, "");
        let begun = |row: &&str| row.split_whitespace().nth(3) == Some("0");
        (String::from_utf8_lossy(&told.stdout).lines().filter(begun).count() == 3).then_some(())
    });
    write(&source, 0, 400);
    wait_for("the first copies", || (!numbers(&target).is_empty()).then_some(()));
    first.kill();
    write(&source, 400, 500);
    let mut second = mirror(dir.path(), "second", &[]);
    wait_for("all that was written", || (numbers(&target).len() == 500).then_some(()));
    second.stop();
}

#[test]
fn one_record_that_cannot_be_written_is_passed_over_if_that_is_wanted() {
    let (source, target) = (Cluster::start(), Cluster::start());
    let dir = tempfile::tempdir().expect("a temporary folder");
    properties(dir.path(), &source, &target, "max.request.size=2000\n");
    fs::write(
        dir.path().join("consumer"),
        format!("bootstrap.servers={}\ngroup.id=mirror\nauto.offset.reset=earliest\n", source.bootstrap()),
    )
    .expect("a file");
    create(&source);
    write(&source, 0, 10);
    let producer = format!("kafka-console-producer.sh --bootstrap-server {} --topic m", source.bootstrap());
    ok(&source.shell(&producer, &format!("{}\n", "x".repeat(5000))));
    write(&source, 10, 20);
    let mut wanted = mirror(dir.path(), "patient", &["--abort.on.send.failure", "false"]);
    wait_for("all but the long one", || (numbers(&target).len() == 20).then_some(()));
    assert!(wanted.log().contains("was not written"), "{}", wanted.log());
    wanted.stop();
}
