//! Pure: timers as data. A key has at most one deadline; the driver asks for the next one and ticks when it is due.

use std::collections::{BTreeMap, BTreeSet};

/// Deadlines in milliseconds of the monotonic clock, by key.
#[derive(Clone, Debug)]
pub struct Timers<K> {
    order: BTreeSet<(i64, K)>,
    deadlines: BTreeMap<K, i64>,
}

impl<K> Default for Timers<K> {
    fn default() -> Timers<K> {
        Timers { order: BTreeSet::new(), deadlines: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Timers<K> {
    /// Sets the deadline of `key`, in place of the one that it has.
    pub fn schedule(&mut self, key: K, at_ms: i64) {
        if let Some(old) = self.deadlines.insert(key.clone(), at_ms) {
            self.order.remove(&(old, key.clone()));
        }
        self.order.insert((at_ms, key));
        debug_assert_eq!(self.order.len(), self.deadlines.len(), "a key has one deadline");
    }

    pub fn cancel(&mut self, key: &K) {
        if let Some(at_ms) = self.deadlines.remove(key) {
            self.order.remove(&(at_ms, key.clone()));
        }
    }

    /// The earliest deadline.
    pub fn next_deadline(&self) -> Option<i64> {
        self.order.first().map(|(at_ms, _)| *at_ms)
    }

    /// Takes the earliest key whose deadline is not after `now_ms`.
    pub fn pop_due(&mut self, now_ms: i64) -> Option<K> {
        if self.next_deadline()? > now_ms {
            return None;
        }
        let (_, key) = self.order.pop_first()?;
        self.deadlines.remove(&key);
        debug_assert_eq!(self.order.len(), self.deadlines.len(), "a key has one deadline");
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_a_key_has_one_deadline() {
        let mut timers = Timers::default();
        timers.schedule("a", 10);
        timers.schedule("b", 5);
        timers.schedule("a", 3);
        assert_eq!((timers.next_deadline(), timers.deadlines.len()), (Some(3), 2));
        assert_eq!(timers.pop_due(2), None);
        assert_eq!((timers.pop_due(9), timers.pop_due(9), timers.pop_due(9)), (Some("a"), Some("b"), None));
        timers.schedule("c", 1);
        timers.cancel(&"c");
        timers.cancel(&"never");
        assert!(timers.deadlines.is_empty() && timers.next_deadline().is_none());
    }
}
