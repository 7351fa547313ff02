//! Servers begin tasks and threads through the doors of `rkafka_runtime::tasks` alone, so that none dies unseen.

use crate::tree::Tree;

/// What may not begin a task or a thread otherwise.
const SERVERS: &[&str] = &[
    "crates/broker",
    "crates/controller",
    "crates/coordinator",
    "crates/log",
    "crates/registry",
    "crates/replication",
    "crates/zookeeper-client",
    "crates/zookeeper-server",
];
/// What begins one whose panic nobody need look at.
const DOORS: &[&str] = &[
    "std::thread::spawn",
    "std::thread::Builder",
    "tokio::spawn",
    "tokio::task::spawn",
    "tokio::task::spawn_local",
    "tokio::task::Builder",
    "tokio::task::JoinSet",
];

/// Who does so all the same, and where a panic goes.
const OTHERS: &[(&str, &str)] = &[
    ("crates/broker/src/topic_configs.rs", "reads settings at once; a panic goes on in who awaits them"),
    ("crates/controller/src/writes.rs", "writes at once; a panic goes on in the controller"),
    ("crates/registry/src/together.rs", "reads at once; a panic goes on in who awaits them"),
    ("crates/broker/src/handlers/each_resource.rs", "a panic goes on in the handler"),
];

pub fn check(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for source in tree.shipped().filter(|s| SERVERS.contains(&s.package.as_str())) {
        if OTHERS.iter().any(|(path, _)| *path == source.path) {
            continue;
        }
        for name in source.names().iter().filter(|n| DOORS.iter().any(|door| n.reaches(door))) {
            found.push(format!("{}:{} begins a task by {}", source.path, name.line, name.text()));
        }
    }
    found
}

pub fn stale(tree: &Tree) -> Vec<String> {
    let begins = |path: &str| {
        let source = tree.sources.iter().find(|s| s.path == path);
        source.is_some_and(|s| s.names().iter().any(|n| DOORS.iter().any(|door| n.reaches(door))))
    };
    OTHERS.iter().filter(|(path, _)| !begins(path)).map(|(path, _)| format!("OTHERS: {path} begins no task")).collect()
}
