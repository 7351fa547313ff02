//! The rules of the house, checked on the source text: who may import whom, what "Pure" promises, how long files and
//! functions may grow, and who may print.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The most lines of a file, its tests not counted.
const MAX_FILE: usize = 500;
/// The most lines of a function.
const MAX_FUNCTION: usize = 70;
/// Files that may be longer because they are tables of data; control flow has no place here.
const TABLES: &[&str] = &["crates/wire/src/error_code.rs"];

/// The row of each crate; it may depend on crates of smaller rows.
const ROWS: &[(&str, u8)] = &[
    ("platform", 0),
    ("wire", 0),
    ("base", 1),
    ("config", 2),
    ("runtime", 2),
    ("protocol", 2),
    ("jute", 2),
    ("security", 3),
    ("log", 4),
    ("client", 4),
    ("zookeeper-client", 4),
    ("registry", 5),
    ("zookeeper-server", 5),
    ("replication", 6),
    ("coordinator", 6),
    ("controller", 6),
    ("broker", 7),
];

/// What a file whose first line starts with `//! Pure:` may not name.
const IMPURE: &[&str] = &[
    "tokio::",
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "Instant::now",
    "SystemTime",
    "async fn",
    ".await",
    "getrandom",
    "fastrand",
    "rkafka_runtime",
    "rustix::",
];

/// What stands in no source file, and what to do instead.
const BANNED: &[(&str, &str)] = &[
    ("todo!(", "finish it"),
    ("unimplemented!(", "finish it"),
    ("dbg!(", "log it"),
    ("allow(dead_code", "delete it"),
    ("clippy::too_many", "split it"),
];

struct Source {
    path: String,
    /// The text without its unit tests.
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    for dir in ["src", "crates"] {
        walk(&root().join(dir), &mut files);
    }
    assert!(files.len() > 20, "the source tree was not found");
    // Files of tests alone may print seeds and be as long as their cases.
    files.retain(|path| !path.to_string_lossy().contains("/tests/") && !path.to_string_lossy().ends_with("tests.rs"));
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a readable source file");
            let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default().to_string();
            Source { path: path.strip_prefix(root()).expect("below the root").display().to_string(), text: code }
        })
        .collect()
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(n, l)| (n + 1, l)).filter(|(_, l)| !l.trim_start().starts_with("//"))
}

fn report(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

#[test]
fn crates_depend_only_on_rows_above() {
    let mut found = Vec::new();
    for (name, row) in ROWS {
        let manifest = root().join("crates").join(name).join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("a crate of the table");
        let needs = text.split("[dependencies]").nth(1).unwrap_or_default();
        let needs = needs.split("\n[").next().unwrap_or_default();
        for used in needs.lines().filter_map(|l| l.strip_prefix("rkafka-")?.split('.').next()) {
            let other = ROWS.iter().find(|(name, _)| *name == used);
            if other.is_none_or(|(_, other)| other >= row) {
                found.push(format!("{name} (row {row}) depends on {used} ({other:?})"));
            }
        }
    }
    report("a crate depends only on rows above its own (ARCHITECTURE.md)", &found);
}

#[test]
fn pure_files_touch_nothing_outside() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|s| s.text.starts_with("//! Pure:")) {
        for (line, text) in code_lines(&source.text) {
            let named = IMPURE.iter().filter(|w| text.contains(**w));
            found.extend(named.map(|w| format!("{}:{line} names {w}", source.path)));
        }
    }
    report("a file that says Pure does no I/O and reads no clock", &found);
}

#[test]
fn files_and_functions_stay_short() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|s| !TABLES.contains(&s.path.as_str())) {
        let lines = source.text.lines().count();
        if lines > MAX_FILE {
            found.push(format!("{} has {lines} lines, {MAX_FILE} are the limit", source.path));
        }
        found.extend(long_functions(source));
    }
    report("files and functions stay short", &found);
}

/// Functions by indentation: rustfmt puts the closing brace of a function under its first word.
fn long_functions(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let word = line.trim_start();
        let head = word.split('(').next().unwrap_or_default();
        let is_function = head.split(' ').any(|w| w == "fn") && !word.starts_with("//") && word.contains('(');
        if !is_function {
            continue;
        }
        let closing = format!("{}}}", &line[..line.len() - word.len()]);
        let length = lines[start..].iter().position(|l| *l == closing).map_or(0, |n| n + 1);
        if length > MAX_FUNCTION {
            found.push(format!("{}:{} has {length} lines, {MAX_FUNCTION} are the limit", source.path, start + 1));
        }
    }
    found
}

#[test]
fn only_the_terminal_prints() {
    let mut found = Vec::new();
    for source in sources() {
        // A build script speaks to cargo by printing.
        if source.path == "src/terminal/mod.rs" || source.path.starts_with("crates/wire/build") {
            continue;
        }
        for (line, text) in code_lines(&source.text) {
            if text.contains("print!(") || text.contains("println!(") {
                found.push(format!("{}:{line} prints", source.path));
            }
        }
    }
    report("only src/terminal/mod.rs prints", &found);
}

#[test]
fn nothing_unfinished_stands_in_the_source() {
    let mut found = Vec::new();
    // The generated messages carry every schema fact, used or not.
    for source in sources().iter().filter(|s| s.path != "crates/wire/src/lib.rs") {
        for (line, text) in code_lines(&source.text) {
            let banned = BANNED.iter().filter(|(w, _)| text.contains(w));
            found.extend(banned.map(|(w, instead)| format!("{}:{line} has {w}: {instead}", source.path)));
        }
    }
    report("nothing unfinished stands in the source", &found);
}

#[test]
fn every_file_says_why_it_exists() {
    let silent = |s: &Source| !s.text.starts_with("//!") && s.path != "src/main.rs";
    let found: Vec<String> = sources().iter().filter(|s| silent(s)).map(|s| s.path.clone()).collect();
    report("every file opens with a `//!` line", &found);
}
