//! Pure: what is wrong with the files that were shown, gathered until all are, as Kafka's tool tells it.

use crate::era::Era;
use std::fmt::Display;

/// What was found, by file.
#[derive(Debug, Default)]
pub struct Findings {
    mismatches: ByFile,
    timestamps: ByFile,
    out_of_order: ByFile,
    not_found: ByFile,
    gaps: ByFile,
}

/// Pairs of numbers by the file that they were found in.
type ByFile = Vec<(String, Vec<(i64, i64)>)>;

fn add(found: &mut ByFile, file: &str, pair: (i64, i64)) {
    match found.iter_mut().find(|(known, _)| known == file) {
        Some((_, pairs)) => pairs.push(pair),
        None => found.push((file.to_owned(), vec![pair])),
    }
}

impl Findings {
    /// An index entry points at a batch that ends with another offset.
    pub fn mismatch(&mut self, file: &str, indexed: i64, logged: i64) {
        add(&mut self.mismatches, file, (indexed, logged));
    }

    /// A time index has another timestamp for a batch than its records.
    pub fn wrong_timestamp(&mut self, file: &str, indexed: i64, logged: i64) {
        add(&mut self.timestamps, file, (indexed, logged));
    }

    /// A time index has a timestamp that is not after the one before it.
    pub fn out_of_order(&mut self, file: &str, indexed: i64, before: i64) {
        add(&mut self.out_of_order, file, (indexed, before));
    }

    /// No batch ends with an offset of the time index; −1 if none comes after it either.
    pub fn not_found(&mut self, file: &str, indexed: i64, logged: i64) {
        add(&mut self.not_found, file, (indexed, logged));
    }

    /// A record's offset does not follow the one before.
    pub fn gap(&mut self, file: &str, before: i64, offset: i64) {
        add(&mut self.gaps, file, (before, offset));
    }

    /// The lines that tell it.
    pub fn lines(&self, era: Era) -> Vec<String> {
        let mut lines = Vec::new();
        let mut tell =
            |title: &dyn Fn(&str) -> String, found: &ByFile, pair: &dyn Fn(&(i64, i64)) -> String, last_first| {
                for (file, pairs) in found {
                    lines.push(title(file));
                    match last_first {
                        true => lines.extend(pairs.iter().rev().map(pair)),
                        false => lines.extend(pairs.iter().map(pair)),
                    }
                }
            };
        let titled = |title: &'static str| move |file: &str| format!("{title}{file}");
        let both = |a: &'static str, b: &'static str, end: &'static str| {
            move |(first, second): &(i64, i64)| format!("{a}{first}{b}{second}{end}")
        };
        let words = both("  Index offset: ", ", log offset: ", "");
        tell(&titled("Mismatches in :"), &self.mismatches, &words, true);
        let words = both("  Index timestamp: ", ", log timestamp: ", "");
        tell(&titled("Found timestamp mismatch in :"), &self.timestamps, &words, false);
        let words = both("  Index timestamp: ", ", Previously indexed timestamp: ", "");
        tell(&titled("Found out of order timestamp in :"), &self.out_of_order, &words, false);
        let not_found = |file: &str| {
            format!(
                "The following indexed offsets are not found in {}",
                era.pick("the log.".to_owned(), format!(":{file}"))
            )
        };
        tell(&not_found, &self.not_found, &both("Indexed offset: ", ", found log offset: ", ""), false);
        tell(&titled("Non-consecutive offsets in "), &self.gaps, &both("  ", " is followed by ", ""), true);
        lines
    }
}

/// Java's `OptionalLong` as a text.
pub fn optional(value: Option<impl Display>) -> String {
    value.map_or("OptionalLong.empty".to_owned(), |value| format!("OptionalLong[{value}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_kafka_tells_it() {
        let mut found = Findings::default();
        assert!(found.lines(Era::V3_9).is_empty());
        found.gap("/l", 3, 7);
        found.gap("/l", 8, 10);
        found.mismatch("/i", 1, 2);
        found.not_found("/t", 0, 1);
        assert_eq!(
            found.lines(Era::V3_9),
            [
                "Mismatches in :/i",
                "  Index offset: 1, log offset: 2",
                "The following indexed offsets are not found in the log.",
                "Indexed offset: 0, found log offset: 1",
                "Non-consecutive offsets in /l",
                "  8 is followed by 10",
                "  3 is followed by 7",
            ]
        );
    }
}
