//! Every file opens with a line that says why it exists.

use crate::tree::Tree;

pub fn check(tree: &Tree) -> Vec<String> {
    let says_why =
        |text: &str| text.lines().next().and_then(|l| l.strip_prefix("//!")).is_some_and(|l| l.trim().len() > 10);
    let silent = tree.sources.iter().filter(|s| !says_why(&s.text));
    silent.map(|s| format!("{} does not open with a `//!` line that says why", s.path)).collect()
}
