//! Public items that nobody names, and public modules that no other package enters: in a library the compiler takes them
//! for somebody else's, so it is silent about what is dead in them. Items are compared by their words, not by what is meant:
//! one that shares its name with one in use passes.

use crate::{
    items::{self, Index, Public},
    tree::{Source, Tree},
};
use std::collections::BTreeSet;

/// What only tests use, and why it stays: `path name`.
const FOR_TESTS: &[(&str, &str)] = &[
    ("crates/controller/src/handle.rs has_ended", "the simulation sees to it that the controller goes on"),
    ("crates/zookeeper-client/src/far_side.rs disconnect", "simulations lose servers"),
    ("crates/zookeeper-client/src/far_side.rs with_far_side", "the door through which simulations begin a client"),
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
    let (mut found, open) = modules_for_nobody(tree);
    let index = items::index(tree);
    found.extend(items_for_nobody(tree, &index));
    found.extend(items_for_their_own_package(tree, &index, &open));
    found
}

/// The modules of the crates that are `pub` all the way, by package and path.
type Open = BTreeSet<(String, Vec<String>)>;

/// Modules that are open though no other package names anything in them; and those that are open and named.
fn modules_for_nobody(tree: &Tree) -> (Vec<String>, Open) {
    let named = named_from_outside(tree);
    let is_named = |package: &str, path: &[String]| named.iter().any(|(p, n)| p == package && n.starts_with(path));
    let mut open = Open::new();
    let mut found = Vec::new();
    let mut libraries: Vec<&Source> = tree.shipped().filter(|s| is_library(s)).collect();
    libraries.sort_by_key(|s| s.module.len());
    for source in libraries {
        // Within a module that is closed, `pub` is no more than what lies around it may see.
        let key = |module: &[String]| (source.package.clone(), module.to_vec());
        if source.module.len() > 1 && !open.contains(&key(&source.module)) {
            continue;
        }
        for (name, line) in public_modules(source) {
            let path = [source.module.as_slice(), std::slice::from_ref(&name)].concat();
            if is_named(&source.package, &path) {
                open.insert(key(&path));
            } else {
                found.push(format!("{}:{line} mod {name} is public for no other package", source.path));
            }
        }
    }
    (found, open)
}

fn public_modules(source: &Source) -> impl Iterator<Item = (String, usize)> {
    source.syntax.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if matches!(module.vis, syn::Visibility::Public(_)) => {
            Some((module.ident.to_string(), module.ident.span().start().line))
        }
        _ => None,
    })
}

fn is_library(source: &Source) -> bool {
    source.package.starts_with("crates/") && source.path.starts_with(&format!("{}/src/", source.package))
}

/// Every path into a crate's library that others name, and what a library gives out itself by `pub use`; as `crate::…`.
fn named_from_outside(tree: &Tree) -> BTreeSet<(String, Vec<String>)> {
    let mut found = BTreeSet::new();
    for source in &tree.sources {
        for name in source.all_names().iter() {
            let other = name.path.first().and_then(|first| first.strip_prefix("rkafka_"));
            let package = other.map(|short| format!("crates/{}", short.replace('_', "-")));
            let own = name.exported && is_library(source) && name.path.first().is_some_and(|first| first == "crate");
            let Some(package) = package.or_else(|| own.then(|| source.package.clone())) else { continue };
            let mut path = name.path.clone();
            path[0] = "crate".to_string();
            if name.exported && own {
                // What is given out under another path needs no open way to where it lies, unless it is a module.
                let is_module = tree.sources.iter().any(|s| s.package == package && s.module == path);
                path.truncate(if is_module || name.glob { path.len() } else { 1 });
            }
            found.insert((package, path));
        }
    }
    found
}

fn items_for_nobody(tree: &Tree, index: &Index) -> Vec<String> {
    unused(tree, index)
        .into_iter()
        .filter(|u| !FOR_TESTS.iter().any(|(key, _)| *key == u.key && u.by_tests))
        .map(|u| u.finding)
        .collect()
}

pub fn stale(tree: &Tree) -> Vec<String> {
    let unused = unused(tree, &items::index(tree));
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

fn unused(tree: &Tree, index: &Index) -> Vec<Unused> {
    index.items.public.iter().filter_map(|item| finding(tree, index, item)).collect()
}

/// What is `pub` in a library, and could be reached from outside, but is named in the library alone. Types are left out:
/// they may be part of what a function takes or gives back, without a name. So are functions and methods of a closed
/// module, which nobody reaches.
fn items_for_their_own_package(tree: &Tree, index: &Index, open: &Open) -> Vec<String> {
    let outside = |name: &str, package: &str| {
        let mut places = index.words.get(name).into_iter().flatten();
        places.any(|place| {
            let source = &tree.sources[place.source];
            source.package != package || !is_library(source)
        })
    };
    let is_for_own = |item: &&Public| {
        let source = &tree.sources[item.whole.source];
        let is_open = source.module.len() == 1 || open.contains(&(source.package.clone(), source.module.clone()));
        let can_be_reached = match &item.of {
            Some(of) => outside(of, &source.package),
            None => is_open && matches!(item.kind, "fn" | "const" | "static"),
        };
        is_library(source) && can_be_reached && index.uses(item).0 > 0 && !outside(&item.name, &source.package)
    };
    let found = index.items.public.iter().filter(is_for_own);
    let say = |item: &Public| {
        let path = &tree.sources[item.whole.source].path;
        let whose = item.of.as_ref().map(|of| format!("{of}::")).unwrap_or_default();
        format!("{path}:{} {} {whose}{} is public for no other package", item.line, item.kind, item.name)
    };
    found.map(say).collect()
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
