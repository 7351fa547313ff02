//! Pure: which offset a record has got in a copy of its partition.
//!
//! Copies keep the order, so between two gaps (markers of transactions, what compaction took) all offsets differ from the
//! source's by the same. That is all that is kept: a run of records without a gap is three numbers.

use std::collections::BTreeMap;

/// How many runs are kept. When there are more, neighbours are joined, and what lies in a joined run is translated to an
/// earlier offset than its own: whoever goes on there reads some records again, and misses none.
const MAX_RUNS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// The target's offset of its first record.
    target: i64,
    /// How many records follow each other without a gap, that one included.
    length: i64,
}

/// What is known of one partition.
#[derive(Clone, Debug, Default)]
pub struct Translation {
    /// By the source's offset of their first record.
    runs: BTreeMap<i64, Run>,
    /// Source and target offset before which everything had been copied when this began.
    begun: Option<(i64, i64)>,
}

impl Translation {
    /// Begins where everything before `source` has been copied to before `target`.
    pub fn begin(source: i64, target: i64) -> Translation {
        Translation { runs: BTreeMap::new(), begun: Some((source, target)) }
    }

    /// `count` records without a gap, the first at `source`, are at `target` and after it.
    pub fn wrote(&mut self, source: i64, target: i64, count: i64) {
        if let Some((start, last)) = self.runs.iter_mut().next_back() {
            if source < start + last.length {
                // Somebody has made the topic anew, or begins again: what was known is of another past.
                *self = Translation::begin(source, target);
            } else if source == start + last.length && target == last.target + last.length {
                last.length += count;
                return;
            }
        }
        self.runs.insert(source, Run { target, length: count });
        if self.runs.len() > MAX_RUNS {
            self.join_neighbours();
        }
    }

    /// Keeps every second run.
    fn join_neighbours(&mut self) {
        let mut kept = false;
        self.runs.retain(|_, _| {
            kept = !kept;
            kept
        });
    }

    /// Where in the target somebody goes on who would go on at `offset` in the source. `None` if nothing is known.
    ///
    /// Exact for what was copied since this began, unless runs were joined; otherwise an earlier offset. Before the
    /// beginning it counts back as if there were no gaps, which errs to the same side.
    pub fn translate(&self, offset: i64) -> Option<i64> {
        let Some((start, run)) = self.runs.range(..=offset).next_back() else {
            return match (self.begun, self.runs.first_key_value()) {
                (Some((source, target)), _) if offset < source => Some((target - (source - offset)).max(0)),
                (Some((_, target)), _) => Some(target),
                (None, Some((_, first))) => Some(first.target),
                (None, None) => None,
            };
        };
        Some(run.target + (offset - start).min(run.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_gaps_it_is_a_difference() {
        let mut translation = Translation::begin(100, 0);
        translation.wrote(100, 0, 5);
        translation.wrote(105, 5, 5);
        assert_eq!(translation.runs.len(), 1);
        for (source, target) in [(100, 0), (107, 7), (109, 9), (110, 10), (500, 10), (99, 0), (0, 0)] {
            assert_eq!(translation.translate(source), Some(target), "{source}");
        }
    }

    #[test]
    fn a_gap_leads_to_the_record_behind_it() {
        let mut translation = Translation::begin(0, 0);
        translation.wrote(0, 0, 3);
        // 3 was a marker.
        translation.wrote(4, 3, 2);
        translation.wrote(9, 5, 1);
        for (source, target) in [(2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (8, 5), (9, 5), (10, 6)] {
            assert_eq!(translation.translate(source), Some(target), "{source}");
        }
    }

    #[test]
    fn before_the_beginning_it_counts_back() {
        let mut translation = Translation::begin(1000, 900);
        assert_eq!(translation.translate(990), Some(890));
        assert_eq!(translation.translate(50), Some(0));
        assert_eq!(translation.translate(1000), Some(900));
        translation.wrote(1005, 900, 1);
        assert_eq!(translation.translate(1003), Some(900));
        assert_eq!(Translation::default().translate(5), None);
    }

    /// Joined runs lead to earlier records, never to later ones.
    #[test]
    fn joined_runs_err_to_one_side() {
        let mut translation = Translation::begin(0, 0);
        let count = MAX_RUNS as i64 + 1;
        (0..count).for_each(|n| translation.wrote(n * 2, n, 1));
        assert!(translation.runs.len() <= MAX_RUNS / 2 + 1);
        for n in [0, 1, 2, 3, count - 2, count - 1] {
            let found = translation.translate(n * 2).unwrap();
            assert!(found <= n && found >= n - 1, "{n}: {found}");
        }
    }

    #[test]
    fn a_topic_that_was_made_anew_begins_anew() {
        let mut translation = Translation::begin(0, 0);
        translation.wrote(0, 0, 50);
        translation.wrote(0, 50, 10);
        assert_eq!(translation.translate(5), Some(55));
        assert_eq!(translation.translate(10), Some(60));
    }
}
