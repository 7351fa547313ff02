//! Whose files are data touches them through `rkafka_runtime::files` alone: a test that makes a disk stall or refuse is to
//! reach every call.

use crate::tree::{Source, Tree};
use proc_macro2::{TokenStream, TokenTree};

/// Who keeps data, or sends it.
const KEEPERS: &[&str] =
    &["crates/broker", "crates/coordinator", "crates/log", "crates/replication", "crates/zookeeper-server"];
/// What goes past the doors.
const PAST: &[&str] = &[
    "rkafka_platform::SYNC_FILE_SYSTEM",
    "rkafka_platform::send_file",
    "rustix::fs",
    "rustix::io",
    "std::fs",
    "std::os::unix::fs::FileExt",
    "tokio::fs",
];
/// Parts of these that reach no file, or only its lock.
const HARMLESS: &[&str] = &[
    "rustix::fs::FlockOperation",
    "rustix::fs::fcntl_lock",
    "rustix::fs::flock",
    "rustix::fs::statvfs",
    "rustix::io::Errno",
];
/// Values that std's functions give.
const VALUES: &[&str] = &["DirEntry", "File", "FileType", "Metadata", "ReadDir"];
/// Methods of an open file.
const METHODS: &[&str] =
    &["read_at", "read_exact_at", "set_len", "sync_all", "sync_data", "write_all_at", "write_at", "write_vectored_at"];

/// Who reads files that are no data of ours, and which.
const OTHERS: &[(&str, &str)] = &[
    ("crates/zookeeper-server/src/figures/environment.rs", "/etc/passwd"),
    ("crates/zookeeper-server/src/security.rs", "the login configuration"),
    ("crates/zookeeper-server/src/tls_context.rs", "key stores"),
];

pub fn check(tree: &Tree) -> Vec<String> {
    let watched = tree.shipped().filter(|s| !OTHERS.iter().any(|(path, _)| *path == s.path));
    watched.flat_map(past_the_doors).collect()
}

pub fn stale(tree: &Tree) -> Vec<String> {
    let needed = |path: &str| tree.shipped().any(|s| s.path == path && !past_the_doors(s).is_empty());
    OTHERS.iter().filter(|(path, _)| !needed(path)).map(|(path, _)| format!("OTHERS: {path} touches no file")).collect()
}

fn past_the_doors(source: &Source) -> Vec<String> {
    if !KEEPERS.contains(&source.package.as_str()) {
        return Vec::new();
    }
    let mut found: Vec<(usize, String)> = Vec::new();
    for name in source.names() {
        let is_past = PAST.iter().any(|path| name.reaches(path) && !(name.glob && name.path.len() < 2));
        if is_past && !HARMLESS.iter().any(|path| lies_in(&name.path, path)) && (name.glob || !is_value(&name.path)) {
            found.push((name.line, format!("{} is no door", name.text())));
        }
    }
    methods(source.code.clone(), &mut found);
    found.sort();
    found.into_iter().map(|(line, what)| format!("{}:{line} {what}", source.path)).collect()
}

/// Whether a path is a module that is only brought in, or a type of std's without a function of its own.
fn is_value(path: &[String]) -> bool {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(parts[..], ["std", "fs"] | ["rustix", "fs" | "io"])
        || matches!(parts[..], ["std", "fs", last] if VALUES.contains(&last))
}

fn lies_in(path: &[String], part: &str) -> bool {
    let part: Vec<&str> = part.split("::").collect();
    path.len() >= part.len() && path.iter().zip(part).all(|(a, b)| a == b)
}

/// `file.sync_all()`
fn methods(tokens: TokenStream, found: &mut Vec<(usize, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => methods(group.stream(), found),
            TokenTree::Ident(word) => {
                let before = at.checked_sub(1).and_then(|at| tokens.get(at));
                let is_method = matches!(before, Some(TokenTree::Punct(p)) if p.as_char() == '.');
                let word_text = word.to_string();
                if is_method && METHODS.contains(&word_text.as_str()) {
                    found.push((word.span().start().line, format!(".{word_text} is no door")));
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
