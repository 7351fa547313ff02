//! `history`: the last lines that were typed, numbered, for `redo`.

use super::Spec;
use crate::tools::zookeeper::zookeeper_shell::{answer::Answer, shell::Shell};
use serde_json::json;

pub const SPEC: Spec = Spec { name: "history", usage: "", known: None };

/// How many lines stand before the one that asks.
const SHOWN: usize = 10;

pub fn run(shell: &Shell, answer: &mut Answer) {
    let from = shell.history.len().saturating_sub(SHOWN + 1);
    let lines = || shell.history.iter().enumerate().skip(from);
    if shell.history.is_empty() {
        // A single command on the command line: nothing was typed.
        answer.line("0 - null");
    }
    for (number, line) in lines() {
        answer.line(format!("{number} - {line}"));
    }
    let json: Vec<_> = lines().map(|(number, line)| json!({ "number": number, "line": line })).collect();
    answer.set("history", json);
}
