//! Who may depend on whom: crates on rows above their own, deciding and wire code on nothing that reaches outside, a tool
//! on no other area's.

use crate::{
    manifest::{Dependency, Kind, Package},
    tree::Tree,
};
use std::collections::BTreeSet;

/// The row of each crate and what lives there; a crate depends only on crates of smaller rows. ARCHITECTURE.md tells more.
pub const ROWS: &[(&str, u8, &str)] = &[
    ("platform", 0, "what only Linux has"),
    ("wire", 0, "every message and version, generated; error codes"),
    ("base", 1, "offsets, epochs, ids as types; hashes"),
    ("runtime", 2, "the doors outside"),
    ("config", 2, "properties files; every key with type, default, range"),
    ("protocol", 2, "record batches of all three magics"),
    ("jute", 2, "ZooKeeper's encoding"),
    ("security", 3, "TLS and key stores; SASL"),
    ("log", 4, "one replica's files"),
    ("client", 4, "the Kafka client"),
    ("zookeeper-client", 4, "the ZooKeeper client"),
    ("registry", 5, "what Kafka keeps in znodes"),
    ("zookeeper-server", 5, "the ZooKeeper server"),
    ("replication", 6, "partitions, in-sync replicas, high watermark"),
    ("coordinator", 6, "consumer groups"),
    ("controller", 6, "which broker leads which partition"),
    ("broker", 7, "all wiring"),
    ("rkafka", 8, "the one binary and its tools"),
];

/// Whose tests want a crate from further down.
pub const TESTS_WANT: &[(&str, &str)] = &[("registry", "zookeeper-server"), ("zookeeper-client", "zookeeper-server")];

/// Crates that turn bytes into values and do nothing else; what else they may stand on.
const SANS_IO: &[&str] = &["wire", "base", "protocol", "jute"];
const SANS_IO_MAY_USE: &[&str] =
    &["adler2", "bytes", "crc-fast", "crc32fast", "flate2", "lz4_flex", "snap", "thiserror", "zstd"];
/// The crate of a smaller row that reaches outside all the same.
const REACHES_OUTSIDE: &str = "platform";

/// Where the tools are, a module an area; what they share lies elsewhere in `src/`.
const TOOLS: &str = "tools";
/// An area that is made of another one's work, and why.
pub const AREA_USES: &[(&str, &str, &str)] = &[("own", "servers", "dev starts the servers")];

pub fn check(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for package in tree.packages.iter().filter(|p| p.folder != "fuzz") {
        let Some(row) = row_of(package.short()) else {
            found.push(format!("{}: {} has no row", package.manifest(), package.short()));
            continue;
        };
        if package.name != in_full(package.short()) {
            found.push(format!("{}: is called {}, not {}", package.manifest(), package.name, in_full(package.short())));
        }
        found.extend(package.dependencies.iter().filter_map(|d| wrong(package, row, d)));
    }
    found.extend(areas_that_meet(tree));
    found
}

fn row_of(short: &str) -> Option<u8> {
    ROWS.iter().find(|(name, ..)| *name == short).map(|(_, row, _)| *row)
}

fn in_full(short: &str) -> String {
    if short == "rkafka" { short.to_string() } else { format!("rkafka-{short}") }
}

fn short(package: &str) -> Option<&str> {
    if package == "rkafka" { Some(package) } else { package.strip_prefix("rkafka-") }
}

fn wrong(package: &Package, row: u8, dependency: &Dependency) -> Option<String> {
    let own = package.short();
    let place = format!("{}:{}", package.manifest(), dependency.line);
    let Some(other) = short(&dependency.package) else {
        let allowed = !SANS_IO.contains(&own)
            || dependency.kind != Kind::Normal
            || SANS_IO_MAY_USE.contains(&dependency.package.as_str());
        return (!allowed)
            .then(|| format!("{place} {own} turns bytes into values; it has no use for {}", dependency.package));
    };
    if other == REACHES_OUTSIDE && SANS_IO.contains(&own) && dependency.kind == Kind::Normal {
        return Some(format!("{place} {own} turns bytes into values; it has no use for {}", dependency.package));
    }
    let listed = dependency.kind == Kind::Dev && TESTS_WANT.contains(&(own, other));
    match row_of(other) {
        None => Some(format!("{place} {other} has no row")),
        Some(other_row) if other_row < row || listed => None,
        Some(other_row) => Some(format!("{place} {own} (row {row}) depends on {other} (row {other_row})")),
    }
}

/// Areas that import one another, and shared modules that import a tool; the list of all tools may.
fn areas_that_meet(tree: &Tree) -> Vec<String> {
    let mut found = BTreeSet::new();
    for source in tree.shipped().filter(|s| s.package.is_empty()) {
        let own = area(&source.module);
        if source.module.len() == 2 && source.module[1] == TOOLS {
            continue;
        }
        for name in source.names() {
            let Some(other) = area(&name.path).filter(|other| is_area(tree, other)) else { continue };
            if own != Some(other) && !AREA_USES.iter().any(|(a, b, _)| own == Some(a) && *b == other) {
                let own = own.map_or("what tools share".to_string(), |own| format!("area {own}"));
                found.insert(format!("{}:{} {own} uses area {other}", source.path, name.line));
            }
        }
    }
    found.into_iter().collect()
}

/// `["crate", "tools", area, …]`
fn area(path: &[String]) -> Option<&str> {
    match path {
        [root, tools, area, ..] if root == "crate" && tools == TOOLS => Some(area),
        _ => None,
    }
}

fn is_area(tree: &Tree, name: &str) -> bool {
    tree.sources.iter().any(|s| s.package.is_empty() && area(&s.module) == Some(name))
}

/// Tables that no longer tell what is.
pub fn stale(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let tests_depend = |own: &str, other: &str| {
        let packages = tree.packages.iter().filter(|p| p.short() == own);
        let mut all = packages.flat_map(|p| &p.dependencies).filter(|d| d.kind == Kind::Dev);
        all.any(|d| short(&d.package) == Some(other))
    };
    for (name, row, _) in ROWS {
        if !tree.packages.iter().any(|p| p.short() == *name) {
            found.push(format!("ROWS: there is no crate {name}"));
        }
        let called = if *name == "rkafka" { "src/" } else { name };
        let mut table = tree.files["ARCHITECTURE.md"].lines();
        if !table.any(|l| l.starts_with(&format!("| `{called}` | ")) && l.ends_with(&format!(" | {row} |"))) {
            found.push(format!("ARCHITECTURE.md: no line of its table has `{called}` in row {row}"));
        }
    }
    let wanted = TESTS_WANT.iter().filter(|(own, other)| !tests_depend(own, other));
    found.extend(wanted.map(|(own, other)| format!("TESTS_WANT: {own} does not depend on {other}")));
    let areas_meet = |own: &str, other: &str| {
        let of_area = |s: &&crate::tree::Source| s.package.is_empty() && area(&s.module) == Some(own);
        tree.shipped().filter(of_area).any(|s| s.names().iter().any(|n| area(&n.path) == Some(other)))
    };
    let unmet = AREA_USES.iter().filter(|(own, other, _)| !areas_meet(own, other));
    found.extend(unmet.map(|(own, other, _)| format!("AREA_USES: {own} does not use {other}")));
    found
}
