//! The rules of the house, checked on what the compiler reads: who may depend on whom, what "Pure" promises, who knows the
//! system, through which doors data are touched, how tasks begin and what ends them, how long files and functions may grow, who may
//! print, what is used and what is reached. Each rule is a function from a tree of files to findings; `snippets` holds small trees
//! that it must refuse, and some that it must not.

mod doors;
mod forgotten;
mod headers;
mod items;
mod layers;
mod lengths;
mod manifest;
mod names;
mod order;
mod panics;
mod printing;
mod pure;
mod server_tasks;
mod snippets;
mod systems;
mod tasks;
mod tokens;
mod tree;
mod unfinished;
mod unused;

use std::path::PathBuf;
use tree::Tree;

type Rule = fn(&Tree) -> Vec<String>;

/// Each rule: the file of its snippets, what it says, what it finds, and what its tables list for no reason any more.
const RULES: &[(&str, &str, Rule, Rule)] = &[
    ("layers", "a crate depends only on smaller rows, a tool on no other area's", layers::check, layers::stale),
    ("pure", "a file that says Pure touches nothing outside", pure::check, pure::stale),
    ("systems", "only the platform crate knows the system", systems::check, nothing),
    ("tasks", "the client's tasks are spawned through one door", tasks::check, tasks::stale),
    ("doors", "data are touched through the doors alone", doors::check, doors::stale),
    ("lengths", "files and functions stay short", lengths::check, lengths::stale),
    ("printing", "only the terminal prints, only main exits", printing::check, printing::stale),
    ("server_tasks", "servers begin tasks through the doors that watch them", server_tasks::check, server_tasks::stale),
    ("unfinished", "nothing unfinished stands in the source", unfinished::check, unfinished::stale),
    ("headers", "every file says why it exists", headers::check, nothing),
    ("panics", "what ends a task has its proof", panics::check, panics::stale),
    ("forgotten", "no file is forgotten", forgotten::check, nothing),
    ("unused", "what is public is used", unused::check, unused::stale),
];

fn nothing(_: &Tree) -> Vec<String> {
    Vec::new()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One test, for the tree is parsed once and no other thread may have it.
#[test]
fn every_rule_holds() {
    let tree = tree::read(&root());
    let mut broken = Vec::new();
    for (_, says, check, stale) in RULES {
        let found = [check(&tree), stale(&tree)].concat();
        if !found.is_empty() {
            broken.push(format!("{says} ({} findings):\n  {}", found.len(), found.join("\n  ")));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
