//! What happened: the last lines for the report of a failure, made only when a seed is replayed; or everything, to be
//! compared with another run.

use std::collections::VecDeque;

const LINES: usize = 400;

pub struct Trace {
    /// How many lines are kept.
    most: usize,
    lines: VecDeque<String>,
}

impl Trace {
    pub fn new() -> Trace {
        Trace { most: if std::env::var_os("SEED").is_some() { LINES } else { 0 }, lines: VecDeque::new() }
    }

    /// Keeps every line, also of what is told in a whole trace only.
    pub fn keep_all(&mut self) {
        self.most = usize::MAX;
    }

    pub fn is_whole(&self) -> bool {
        self.most == usize::MAX
    }

    pub fn note(&mut self, now: i64, what: impl FnOnce() -> String) {
        if self.most == 0 {
            return;
        }
        if self.lines.len() == self.most {
            self.lines.pop_front();
        }
        self.lines.push_back(format!("{:>8} {}", now - 1_000_000, what()));
    }

    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}
