//! Pure: what a consumer of `kafka-share-consumer-perf-test` has consumed, and the lines about it.

use crate::{java_date::DatePattern, java_number::fixed};

const MB: f64 = 1024.0 * 1024.0;

/// The titles of the columns.
pub const HEADER: &str =
    "start.time, end.time, data.consumed.in.MB, MB.sec, nMsg.sec, data.consumed.in.nMsg, fetch.time.ms";

/// What came so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    pub records: u64,
    pub bytes: u64,
}

impl Came {
    pub fn add(&mut self, bytes: usize) {
        self.records += 1;
        self.bytes += bytes as u64;
    }

    /// The columns of a whole run.
    pub fn total(&self, began_ms: i64, now_ms: i64, dates: &DatePattern) -> String {
        let elapsed_ms = now_ms - began_ms;
        let (elapsed, megabytes) = (elapsed_ms as f64 / 1000.0, self.bytes as f64 / MB);
        format!(
            "{}, {}, {}, {}, {}, {}, {elapsed_ms}",
            dates.format(began_ms),
            dates.format(now_ms),
            fixed(megabytes, 4),
            fixed(megabytes / elapsed, 4),
            fixed(self.records as f64 / elapsed, 4),
            self.records
        )
    }
}

/// One consumer's count, which knows when a line is due.
#[derive(Debug)]
pub struct Tally {
    pub came: Came,
    at_last_line: Came,
    last_line_ms: i64,
    interval_ms: i64,
    /// Counted from 1.
    number: usize,
}

impl Tally {
    pub fn new(number: usize, now_ms: i64, interval_ms: i64) -> Tally {
        let (came, at_last_line) = (Came::default(), Came::default());
        Tally { came, at_last_line, last_line_ms: now_ms, interval_ms, number }
    }

    /// The line of the interval that is over by now.
    pub fn line(&mut self, now_ms: i64, dates: &DatePattern) -> Option<String> {
        let elapsed_ms = now_ms - self.last_line_ms;
        if elapsed_ms < self.interval_ms {
            return None;
        }
        let elapsed = elapsed_ms as f64;
        let megabytes = (self.came.bytes - self.at_last_line.bytes) as f64 / MB;
        let records = (self.came.records - self.at_last_line.records) as f64;
        let line = format!(
            "{}, {}, {}, {}, {}, {}, {elapsed_ms} for share consumer {}",
            dates.format(self.last_line_ms),
            dates.format(now_ms),
            fixed(self.came.bytes as f64 / MB, 4),
            fixed(1000.0 * megabytes / elapsed, 4),
            fixed(records / elapsed * 1000.0, 4),
            self.came.records,
            self.number
        );
        (self.at_last_line, self.last_line_ms) = (self.came, now_ms);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_kafka_prints_them() {
        let dates = DatePattern::parse("'t'").unwrap();
        let mut tally = Tally::new(2, 0, 1000);
        (0..1000).for_each(|_| tally.came.add(1024));
        assert_eq!(tally.line(999, &dates), None);
        let line = tally.line(1000, &dates).unwrap();
        assert_eq!(line, "t, t, 0.9766, 0.9766, 1000.0000, 1000, 1000 for share consumer 2");
        (0..500).for_each(|_| tally.came.add(0));
        let line = tally.line(2000, &dates).unwrap();
        assert_eq!(line, "t, t, 0.9766, 0.0000, 500.0000, 1500, 1000 for share consumer 2");
        assert_eq!(tally.came.total(0, 2000, &dates), "t, t, 0.9766, 0.4883, 750.0000, 1500, 2000");
        assert_eq!(Came::default().total(5, 5, &dates), "t, t, 0.0000, NaN, NaN, 0, 0");
    }
}
