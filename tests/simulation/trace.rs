//! What happened last, for the report of a failure. Lines are made only when a seed is replayed.

use std::collections::VecDeque;

const LINES: usize = 400;

pub struct Trace {
    is_on: bool,
    lines: VecDeque<String>,
}

impl Trace {
    pub fn new() -> Trace {
        Trace { is_on: std::env::var_os("SEED").is_some(), lines: VecDeque::new() }
    }

    pub fn note(&mut self, now: i64, what: impl FnOnce() -> String) {
        if !self.is_on {
            return;
        }
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(format!("{:>8} {}", now - 1_000_000, what()));
    }

    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}
