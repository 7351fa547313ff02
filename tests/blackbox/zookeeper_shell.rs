//! ZooKeeper's shell against our own servers: whole outputs and exit codes, in the words of Apache Kafka 3.9.1's.

use crate::harness::{Cluster, ok, text};

const CONNECTED: &str = "\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n";

#[test]
fn one_command_or_many() {
    let cluster = Cluster::start();
    let begins = format!("Connecting to {}\n", cluster.zookeeper_connect());
    let one = |words: &str| cluster.shell(&format!("zookeeper-shell.sh localhost:2181 {words}"), "");
    assert_eq!(ok(&one("ls /brokers/ids")), format!("{begins}{CONNECTED}[0]\n"));
    assert!(
        ok(&one("get /brokers/ids/0")).contains(&format!("\"endpoints\":[\"PLAINTEXT://{}\"]", cluster.bootstrap()))
    );
    for (words, code, error) in [
        ("ls /nope", 1, "Node does not exist: /nope\n"),
        ("ls nope", 1, "Path must start with / character\n"),
        ("frob", 127, "Command not found: Command not found frob\n"),
    ] {
        let output = one(words);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        assert!(String::from_utf8_lossy(&output.stderr).ends_with(error), "{}", text(&output));
    }
    let many = cluster.shell("zookeeper-shell.sh localhost:2181", "ls /brokers/ids\nquit\n");
    let closed = "\nWATCHER::\n\nWatchedEvent state:Closed type:None path:null\n";
    let welcome = "Welcome to ZooKeeper!\nJLine support is disabled\n";
    assert_eq!(ok(&many), format!("{begins}{welcome}{CONNECTED}[0]\n{closed}"));
    let json = cluster.shell("zookeeper-shell.sh localhost:2181 ls /brokers/ids --output json", "");
    assert!(
        ok(&json).ends_with("{\"children\":[\"0\"],\"command\":\"ls\",\"path\":\"/brokers/ids\"}\n"),
        "{}",
        text(&json)
    );
}

#[test]
fn nobody_may_protect_nodes_without_an_identity() {
    let cluster = Cluster::start();
    let migrate = "zookeeper-security-migration.sh --zookeeper.acl secure --zookeeper.connect localhost:2181";
    let output = cluster.shell(migrate, "");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("ERROR: No JAAS configuration file has been specified"), "{}", text(&output));
}

#[test]
fn a_server_that_is_not_there() {
    let cluster = Cluster::start();
    let output = cluster.shell("zookeeper-shell.sh localhost:1 ls /", "");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Connecting to localhost:1\n");
    assert!(text(&output).contains("KeeperErrorCode = ConnectionLoss for /"), "{}", text(&output));
}
