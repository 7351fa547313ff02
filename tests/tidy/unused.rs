//! Public items that nobody names: in a library the compiler takes them for somebody else's, so it is silent about them.
//! Words are compared, not meanings: an item that shares its name with one in use passes.

use crate::{
    items::{self, Index, Public},
    tree::Tree,
};

/// What only tests use, and why it stays: `path name`.
const FOR_TESTS: &[(&str, &str)] = &[
    ("crates/client/src/admin/groups.rs group_offsets", "tests/client asks what a group has committed"),
    ("crates/log/src/log_dirs.rs stored_cluster_id", "tests/conformance serves log dirs that Kafka has written"),
    (
        "crates/protocol/src/record/builder.rs append_at",
        "batches with gaps, as compaction leaves them, are made with it",
    ),
    (
        "crates/protocol/src/record/control.rs Marker",
        "readers are tested on transactions, which nobody writes here yet",
    ),
];

pub fn check(tree: &Tree) -> Vec<String> {
    unused(tree)
        .into_iter()
        .filter(|u| !FOR_TESTS.iter().any(|(key, _)| *key == u.key && u.by_tests))
        .map(|u| u.finding)
        .collect()
}

pub fn stale(tree: &Tree) -> Vec<String> {
    let unused = unused(tree);
    let needed = |key: &str| unused.iter().any(|u| u.key == key && u.by_tests);
    FOR_TESTS
        .iter()
        .filter(|(key, _)| !needed(key))
        .map(|(key, _)| format!("FOR_TESTS: {key} is used or gone"))
        .collect()
}

struct Unused {
    key: String,
    by_tests: bool,
    finding: String,
}

fn unused(tree: &Tree) -> Vec<Unused> {
    let index = items::index(tree);
    // The generated messages carry every schema fact.
    let ours = |item: &&Public| tree.sources[item.whole.source].package != "crates/wire";
    index.items.public.iter().filter(ours).filter_map(|item| finding(tree, &index, item)).collect()
}

fn finding(tree: &Tree, index: &Index, item: &Public) -> Option<Unused> {
    let (shipped, tests) = index.uses(item);
    if shipped > 0 {
        return None;
    }
    let path = &tree.sources[item.whole.source].path;
    let whose = item.of.as_ref().map(|of| format!("{of}::")).unwrap_or_default();
    let by_tests = tests > 0;
    let by = if by_tests { "by tests only" } else { "by nobody" };
    let line = item.line;
    Some(Unused {
        key: format!("{path} {}", item.name),
        by_tests,
        finding: format!("{path}:{line} {} {whose}{} is used {by}", item.kind, item.name),
    })
}
