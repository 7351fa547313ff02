//! A task that dies must be heard of: where there is a door that sees to it, tasks are spawned through that door alone.

use crate::tree::Tree;

/// Packages, and the file through which their tasks are spawned.
pub const DOORS: &[(&str, &str)] = &[("crates/client", "crates/client/src/task.rs")];
const SPAWNS: &[&str] = &["tokio::spawn", "tokio::task::spawn", "tokio::task::JoinSet", "tokio::task::spawn_blocking"];

pub fn check(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for source in tree.shipped() {
        let door = DOORS.iter().find(|(package, _)| *package == source.package);
        let Some((_, door)) = door.filter(|(_, door)| *door != source.path) else { continue };
        for name in source.names().iter().filter(|n| SPAWNS.iter().any(|s| n.reaches(s))) {
            found.push(format!("{}:{} names {}, past {door}", source.path, name.line, name.text()));
        }
    }
    found
}

pub fn stale(tree: &Tree) -> Vec<String> {
    let spawns = |path: &str| {
        let source = tree.sources.iter().find(|s| s.path == path);
        source.is_some_and(|s| s.names().iter().any(|n| SPAWNS.iter().any(|spawn| n.reaches(spawn))))
    };
    DOORS.iter().filter(|(_, door)| !spawns(door)).map(|(_, door)| format!("DOORS: {door} spawns nothing")).collect()
}
