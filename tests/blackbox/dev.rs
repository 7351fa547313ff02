//! `rkafka dev`: what a developer's terminal and a CI job see of it.

use crate::harness::{self, Server, ok, run, text, wait_for};
use std::{fs, process::Command};
use tempfile::TempDir;

fn dev(args: &[&str]) -> Command {
    let mut command = Command::new(harness::rkafka());
    command.arg("dev").args(args);
    command
}

#[test]
fn a_command_sees_the_servers_and_its_status_is_devs() {
    let script = "printf 'hello\\nworld\\n' | rkafka console-producer --bootstrap-server $BOOTSTRAP_SERVERS --topic t && \
                  rkafka console-consumer --bootstrap-server $BOOTSTRAP_SERVERS --topic t --from-beginning --max-messages 2 && \
                  rkafka topics --list --zookeeper $ZOOKEEPER_CONNECT | grep -x t && exit 7";
    let output = run(dev(&["--port", "0", "--topic", "t", "--", "sh", "-c", script]), "");
    assert_eq!(output.status.code(), Some(7), "{}", text(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello\nworld\nt\n", "{}", text(&output));
}

#[test]
fn a_command_that_is_not_there_is_127() {
    let output = run(dev(&["--port", "0", "--", "no-such-command"]), "");
    assert_eq!(output.status.code(), Some(127), "{}", text(&output));
    assert!(text(&output).contains("no-such-command"), "{}", text(&output));
}

#[test]
fn topics_exist_with_their_partitions_before_it_is_ready() {
    let describe = "rkafka topics --describe --bootstrap-server $BOOTSTRAP_SERVERS --topic orders";
    let output = run(dev(&["--port", "0", "--topic", "orders:4:1", "--", "sh", "-c", describe]), "");
    assert!(ok(&output).contains("PartitionCount: 4"), "{}", text(&output));
}

#[test]
fn three_brokers_replicate() {
    let script = "printf 'hello\\n' | rkafka console-producer --bootstrap-server $BOOTSTRAP_SERVERS --topic t && \
                  rkafka console-consumer --bootstrap-server $BOOTSTRAP_SERVERS --topic t --from-beginning --max-messages 1 && \
                  rkafka topics --describe --bootstrap-server $BOOTSTRAP_SERVERS --topic t";
    let output = run(dev(&["--port", "0", "--brokers", "3", "--topic", "t:3:3", "--", "sh", "-c", script]), "");
    let stdout = ok(&output);
    assert!(stdout.starts_with("hello\n"), "{}", text(&output));
    for leader in 0..3 {
        assert!(stdout.contains(&format!("Leader: {leader}")), "{}", text(&output));
    }
}

#[test]
fn it_says_where_it_is_and_ends_with_ctrl_c() {
    let dir = TempDir::new().expect("a temporary folder");
    let ready = dir.path().join("ready");
    let ready_path = ready.display().to_string();
    let mut server = Server::start(dir.path(), "dev", &["dev", "--port", "0", "--ready-file", &ready_path]);
    let told = wait_for("the ready file", || fs::read_to_string(&ready).ok());
    let bootstrap = told.lines().find_map(|l| l.strip_prefix("BOOTSTRAP_SERVERS=")).expect("the address").to_string();
    server.wait_for_line(&bootstrap);
    server.wait_for_line("rkafka console-producer --bootstrap-server");
    server.signal(rustix::process::Signal::INT);
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    assert!(!ready.exists(), "the ready file outlives the servers");
}

/// Whatever goes wrong between the start and the end, the servers are stopped: the log folder says so.
#[test]
fn an_error_stops_the_servers_as_well() {
    let dir = TempDir::new().expect("a temporary folder");
    for (name, args, message) in [
        ("ready", ["--ready-file", "/nonexistent/ready"], "--ready-file /nonexistent/ready: cannot write it"),
        ("topic", ["--topic", "t:1:2"], "--topic t: cannot create it"),
    ] {
        let data = dir.path().join(name);
        let data_path = data.display().to_string();
        let mut command = dev(&["--port", "0", "--dir", &data_path]);
        command.args(args).args(["--", "true"]);
        let output = run(command, "");
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(text(&output).contains(message), "{}", text(&output));
        assert!(data.join("kafka-logs/.kafka_cleanshutdown").exists(), "{name}: not stopped");
    }
}

/// Nobody can be told where the servers are, and they do not stay.
#[cfg(target_os = "linux")]
#[test]
fn the_ready_file_goes_when_standard_output_fails() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = |name: &str| dir.path().join(name).display().to_string();
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" >/dev/full"]).arg(harness::rkafka());
    command.args(["dev", "--port", "0", "--dir", &path("data"), "--ready-file", &path("ready")]);
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(!dir.path().join("ready").exists(), "the ready file outlives the servers");
    assert!(dir.path().join("data/kafka-logs/.kafka_cleanshutdown").exists(), "not stopped");
}

#[test]
fn data_stays_in_its_folder_and_only_there() {
    let dir = TempDir::new().expect("a temporary folder");
    let data = dir.path().join("data").display().to_string();
    let produce = "echo kept | rkafka console-producer --bootstrap-server $BOOTSTRAP_SERVERS --topic t";
    ok(&run(dev(&["--port", "0", "--dir", &data, "--", "sh", "-c", produce]), ""));
    let consume =
        "rkafka console-consumer --bootstrap-server $BOOTSTRAP_SERVERS --topic t --from-beginning --max-messages 1";
    assert_eq!(ok(&run(dev(&["--port", "0", "--dir", &data, "--", "sh", "-c", consume]), "")), "kept\n");
    // Without --dir nothing is left behind.
    let mut command = dev(&["--port", "0", "--", "sh", "-c", produce]);
    command.env("TMPDIR", dir.path());
    ok(&run(command, ""));
    let left: Vec<_> = fs::read_dir(dir.path()).expect("readable").flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, ["data"]);
}
