//! Pure: warnings that come again while something is tried again: each is said once, then counted, and said again with its
//! count every half minute.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};

/// How long a warning that goes on is only counted.
const AGAIN: Duration = Duration::from_secs(30);
/// How many warnings are remembered.
const MAX: usize = 1000;

/// The warnings of one source, by what tells them apart.
#[derive(Debug)]
pub struct Repeats<K> {
    said: BTreeMap<K, Said>,
}

#[derive(Debug)]
struct Said {
    at: Instant,
    /// How often it has come since.
    unsaid: u64,
}

/// What stands behind a warning that is said: how often it came unsaid, if it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    unsaid: u64,
    seconds: u64,
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unsaid {
            0 => Ok(()),
            unsaid => write!(f, " (and {unsaid} times more in the last {} s)", self.seconds),
        }
    }
}

impl<K> Default for Repeats<K> {
    fn default() -> Repeats<K> {
        Repeats { said: BTreeMap::new() }
    }
}

impl<K: Ord> Repeats<K> {
    /// A warning has come. `Some`: it is to be said, with this behind it.
    pub fn came(&mut self, what: K, now: Instant) -> Option<Times> {
        if let Some(said) = self.said.get_mut(&what) {
            let since = now.saturating_duration_since(said.at);
            if since < AGAIN {
                said.unsaid += 1;
                return None;
            }
            let times = Times { unsaid: said.unsaid, seconds: since.as_secs() };
            *said = Said { at: now, unsaid: 0 };
            return Some(times);
        }
        if self.said.len() >= MAX {
            self.said.retain(|_, said| now.saturating_duration_since(said.at) < AGAIN);
        }
        if self.said.len() < MAX {
            self.said.insert(what, Said { at: now, unsaid: 0 });
        }
        Some(Times { unsaid: 0, seconds: 0 })
    }

    /// What has come and was not said, for the end.
    pub fn rest(&mut self, now: Instant) -> Vec<(K, Times)> {
        let all = std::mem::take(&mut self.said).into_iter().filter(|(_, said)| said.unsaid > 0);
        let times =
            |said: Said| Times { unsaid: said.unsaid, seconds: now.saturating_duration_since(said.at).as_secs() };
        all.map(|(what, said)| (what, times(said))).collect()
    }

    /// What these warned about is over: if it begins anew, that is said at once.
    pub fn over(&mut self, is_over: impl Fn(&K) -> bool) {
        self.said.retain(|what, _| !is_over(what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn said_once_and_then_with_its_count() {
        let (mut repeats, start) = (Repeats::default(), Instant::now());
        let mut said = Vec::new();
        for tenths in 0..650 {
            let times = repeats.came("x", start + Duration::from_millis(100 * tenths));
            said.extend(times.map(|times| format!("{tenths}{times}")));
        }
        let (second, third) =
            ("300 (and 299 times more in the last 30 s)", "600 (and 299 times more in the last 30 s)");
        assert_eq!(said, ["0", second, third]);
    }

    #[test]
    fn others_and_what_begins_anew_are_said_at_once() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        assert!(repeats.came("a", now).is_some() && repeats.came("a", now).is_none());
        assert!(repeats.came("b", now).is_some());
        repeats.over(|what| *what == "a");
        assert_eq!(repeats.came("a", now).map(|times| times.to_string()), Some(String::new()));
        assert!(repeats.came("b", now).is_none());
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        assert!((0..2 * MAX).all(|n| repeats.came(n, now).is_some()));
        assert_eq!(repeats.said.len(), MAX);
        repeats.came(2 * MAX, now + AGAIN);
        assert_eq!(repeats.said.len(), 1);
    }

    #[test]
    fn the_rest_is_said_at_the_end() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        for what in ["once", "often", "often", "often"] {
            repeats.came(what, now);
        }
        let rest: Vec<String> =
            repeats.rest(now + AGAIN / 2).iter().map(|(what, times)| format!("{what}{times}")).collect();
        assert_eq!(rest, ["often (and 2 times more in the last 15 s)"]);
        assert!(repeats.rest(now).is_empty());
    }
}
