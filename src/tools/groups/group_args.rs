//! Pure: groups as they are typed: `--group`, or `--all-groups`.

use crate::options::{Flag, Opt, Repeated};
use std::collections::HashSet;

/// Which groups.
#[derive(Debug, PartialEq, Eq)]
pub enum Groups {
    All,
    Named(Vec<String>),
}

impl Groups {
    /// All, or those that were named: each once, in the order in which they were typed.
    pub fn of(all: &Flag, named: &Repeated) -> Groups {
        if all.is_given() {
            return Groups::All;
        }
        let mut seen = HashSet::new();
        Groups::Named(named.values().into_iter().filter(|name| seen.insert(*name)).map(str::to_owned).collect())
    }
}
