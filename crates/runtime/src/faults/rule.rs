//! One rule: what it is about, and what it does to it.

use super::Operation;
use rustix::io::Errno;
use std::{path::PathBuf, time::Duration};

/// For how long an operation waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stall {
    For(Duration),
    /// Until the rules are lifted.
    Forever,
    /// As long as this file exists.
    While(PathBuf),
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    /// None for all.
    pub operations: Vec<Operation>,
    /// `*` for any characters.
    pub path: String,
    pub stall: Option<Stall>,
    pub error: Option<Errno>,
    pub short: bool,
    pub probability: f64,
    pub from: Duration,
    pub until: Option<Duration>,
    pub after: u64,
    pub times: Option<u64>,
}

impl Default for Rule {
    fn default() -> Rule {
        Rule {
            operations: Vec::new(),
            path: "*".to_owned(),
            stall: None,
            error: None,
            short: false,
            probability: 1.0,
            from: Duration::ZERO,
            until: None,
            after: 0,
            times: None,
        }
    }
}

impl Rule {
    /// Whether the rule does anything.
    pub(super) fn has_fault(&self) -> bool {
        self.stall.is_some() || self.error.is_some() || self.short
    }

    pub(super) fn is_about(&self, operation: Operation, path: &str, at: Duration) -> bool {
        let is_time = at >= self.from && self.until.is_none_or(|until| at < until);
        let is_wanted = self.operations.is_empty() || self.operations.contains(&operation);
        is_wanted && is_time && fits(&self.path, path)
    }

    /// Whether a number by chance, any of 64 bits, is one of those that the rule strikes at.
    pub(super) fn is_hit_by(&self, chance: u64) -> bool {
        self.probability >= 1.0 || (chance as f64 / u64::MAX as f64) < self.probability
    }
}

/// Whether a path fits a pattern, as a whole.
fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns() {
        for (pattern, path) in [
            ("*", ""),
            ("*", "/a/b"),
            ("/a/b", "/a/b"),
            ("/a/*", "/a/"),
            ("*/a/*", "/x/a/b/c"),
            ("*.log", "/a/0.log"),
            ("*/t-0/*.log", "/d/t-0/0.log"),
            ("*ab*ab", "abab"),
            ("**", "x"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("", "/a"), ("/a", "/a/b"), ("*.log", "/a/0.log.x"), ("*/a/*", "/a"), ("*ab*ab", "ab"), ("/b*", "/a/b")]
        {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }
}
