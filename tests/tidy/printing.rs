//! Only the terminal prints and reads, only `main` exits, or the watchdog behind it: whoever prints elsewhere breaks pipes, and whoever exits
//! elsewhere leaves files and terminals as they are.

use crate::tree::Tree;

const PRINTS: &[&str] = &["print", "println", "eprint", "eprintln"];
const STREAMS: &[&str] = &[
    "std::io::stdout",
    "std::io::stderr",
    "std::io::stdin",
    "tokio::io::stdout",
    "tokio::io::stderr",
    "tokio::io::stdin",
];
const EXITS: &[&str] = &["std::process::exit", "std::process::abort"];

/// Who speaks to the standard streams, and why.
pub const SPEAKERS: &[(&str, &str)] = &[
    ("src/terminal/mod.rs", "what tools say"),
    ("src/terminal/closed_output.rs", "watches for a reader that has gone"),
    ("src/tools/copying/rkafka_load/input.rs", "reads saved topics from a pipe"),
    ("src/tools/kraft/kafka_metadata_shell/session.rs", "reads commands from a pipe, asks how wide the screen is"),
    ("src/tools/records/kafka_console_producer/input.rs", "reads what is typed"),
    ("src/tools/records/kafka_console_producer/screen.rs", "sets the terminal's modes, reads keys"),
    ("src/tools/security/kafka_acls/mod.rs", "reads the answer to a question"),
    ("src/tools/watching/top/full_screen.rs", "sets the terminal's modes, reads keys"),
    ("src/tools/zookeeper/zookeeper_shell/piped.rs", "reads commands from a pipe"),
    ("crates/runtime/src/logging.rs", "the servers' log lines"),
];

/// Who exits: `main`, and what ends a process that cannot go on although its main thread is stuck.
const ENDERS: &[&str] = &["src/main.rs", "crates/runtime/src/tasks/essential.rs"];

pub fn check(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for source in tree.shipped().filter(|s| !is_build_script(&s.path)) {
        let speaks = SPEAKERS.iter().any(|(path, _)| *path == source.path);
        for name in source.names() {
            let place = format!("{}:{}", source.path, name.line);
            let last = name.path.last().map(String::as_str).unwrap_or_default();
            if name.call && PRINTS.contains(&last) {
                found.push(format!("{place} prints"));
            } else if !speaks && STREAMS.iter().any(|s| name.reaches(s)) {
                found.push(format!("{place} takes {}", name.text()));
            } else if EXITS.iter().any(|e| name.reaches(e)) && !ENDERS.contains(&source.path.as_str()) {
                found.push(format!("{place} exits"));
            }
        }
    }
    found
}

/// A build script speaks to cargo by printing.
fn is_build_script(path: &str) -> bool {
    path.contains("/build/") || path.ends_with("/build.rs")
}

pub fn stale(tree: &Tree) -> Vec<String> {
    let speaks = |path: &str| {
        let source = tree.sources.iter().find(|s| s.path == path);
        source.is_some_and(|s| s.names().iter().any(|n| STREAMS.iter().any(|stream| n.reaches(stream))))
    };
    SPEAKERS.iter().filter(|(path, _)| !speaks(path)).map(|(path, _)| format!("SPEAKERS: {path} is silent")).collect()
}
