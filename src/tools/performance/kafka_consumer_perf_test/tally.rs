//! What a run of `kafka-consumer-perf-test` has consumed, and its lines.

use crate::{java_date::DatePattern, java_number::fixed};

const MB: f64 = 1024.0 * 1024.0;

/// The titles of the columns.
pub fn header(detailed: bool) -> &'static str {
    if detailed {
        "time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, \
         fetch.MB.sec, fetch.nMsg.sec"
    } else {
        "start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, \
         fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec"
    }
}

/// What came so far.
#[derive(Clone, Copy, Debug, Default)]
struct Came {
    records: u64,
    bytes: u64,
    /// How long was spent on getting partitions.
    joining_ms: i64,
}

/// Counts, and knows when a line is due.
#[derive(Debug)]
pub struct Tally {
    came: Came,
    at_last_line: Came,
    began_ms: i64,
    last_line_ms: i64,
    interval_ms: i64,
}

impl Tally {
    pub fn new(now_ms: i64, interval_ms: i64) -> Tally {
        let (came, at_last_line) = (Came::default(), Came::default());
        Tally { came, at_last_line, began_ms: now_ms, last_line_ms: now_ms, interval_ms }
    }

    pub fn records(&self) -> u64 {
        self.came.records
    }

    pub fn bytes(&self) -> u64 {
        self.came.bytes
    }

    pub fn add(&mut self, bytes: usize) {
        self.came.records += 1;
        self.came.bytes += bytes as u64;
    }

    /// Time went by until partitions were there.
    pub fn joined(&mut self, ms: i64) {
        self.came.joining_ms += ms;
    }

    /// The line of the interval that is over by now.
    pub fn line(&mut self, now_ms: i64, dates: &DatePattern) -> Option<String> {
        if now_ms - self.last_line_ms < self.interval_ms {
            return None;
        }
        let elapsed = (now_ms - self.last_line_ms) as f64;
        let (records, bytes) =
            (self.came.records - self.at_last_line.records, self.came.bytes - self.at_last_line.bytes);
        let joining = self.came.joining_ms - self.at_last_line.joining_ms;
        let fetching = now_ms - self.last_line_ms - joining;
        let rate = |amount: f64| if fetching <= 0 { 0.0 } else { 1000.0 * amount / fetching as f64 };
        let megabytes = bytes as f64 / MB;
        let line = format!(
            "{}, 0, {}, {}, {}, {}, {joining}, {fetching}, {}, {}",
            dates.format(now_ms),
            fixed(self.came.bytes as f64 / MB, 4),
            fixed(1000.0 * megabytes / elapsed, 4),
            self.came.records,
            fixed(records as f64 / elapsed * 1000.0, 4),
            fixed(rate(megabytes), 4),
            fixed(rate(records as f64), 4)
        );
        (self.at_last_line, self.last_line_ms) = (self.came, now_ms);
        Some(line)
    }

    /// The line of the whole run.
    pub fn total(&self, now_ms: i64, dates: &DatePattern) -> String {
        let Came { records, bytes, joining_ms } = self.came;
        let elapsed_ms = now_ms - self.began_ms;
        let fetching_ms = elapsed_ms - joining_ms;
        let (elapsed, fetching) = (elapsed_ms as f64 / 1000.0, fetching_ms as f64 / 1000.0);
        let megabytes = bytes as f64 / MB;
        format!(
            "{}, {}, {}, {}, {records}, {}, {joining_ms}, {fetching_ms}, {}, {}",
            dates.format(self.began_ms),
            dates.format(now_ms),
            fixed(megabytes, 4),
            fixed(megabytes / elapsed, 4),
            fixed(records as f64 / elapsed, 4),
            fixed(megabytes / fetching, 4),
            fixed(records as f64 / fetching, 4)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_kafka_prints_them() {
        let dates = DatePattern::parse("'t'").unwrap();
        let mut tally = Tally::new(0, 1000);
        tally.joined(200);
        (0..1000).for_each(|_| tally.add(1024));
        assert_eq!(tally.line(999, &dates), None);
        assert_eq!(
            tally.line(1000, &dates).unwrap(),
            "t, 0, 0.9766, 0.9766, 1000, 1000.0000, 200, 800, 1.2207, 1250.0000"
        );
        (0..500).for_each(|_| tally.add(0));
        assert_eq!(
            tally.line(2000, &dates).unwrap(),
            "t, 0, 0.9766, 0.0000, 1500, 500.0000, 0, 1000, 0.0000, 500.0000"
        );
        assert_eq!(tally.total(2000, &dates), "t, t, 0.9766, 0.4883, 1500, 750.0000, 200, 1800, 0.5425, 833.3333");
        assert_eq!(Tally::new(5, 1).total(5, &dates), "t, t, 0.0000, NaN, 0, NaN, 0, 0, NaN, NaN");
    }
}
