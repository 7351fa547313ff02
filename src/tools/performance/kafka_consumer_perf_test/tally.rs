//! What a run of `kafka-consumer-perf-test` has consumed, and its lines.

use crate::{
    java_date::DatePattern,
    java_number::fixed,
    terminal::output::{Field, Shape},
};
use serde_json::{Value, json};

/// What came: in an interval (`--show-detailed-stats`), or in all.
pub const RESULTS: Shape<12> = Shape::rows(
    "consumer-perf-test",
    [
        Field::text("part", "`interval` (with `--show-detailed-stats`) or `total`, the last row."),
        Field::integer("startTimeMs", "When it began, in ms since 1970."),
        Field::integer("endTimeMs", "When it ended, in ms since 1970."),
        Field::number("dataConsumedMegabytes", "What came since the beginning, in units of 1048576 bytes."),
        Field::number("megabytesPerSecond", "In units of 1048576 bytes per second; null if no time went by."),
        Field::integer("records", "How many records came since the beginning."),
        Field::number("recordsPerSecond", "Records per second; null if no time went by."),
        Field::integer("rebalanceTimeMs", "How long was spent on getting partitions, in ms."),
        Field::integer("fetchTimeMs", "The rest of the time, in ms."),
        Field::number(
            "fetchMegabytesPerSecond",
            "Of that rest, in units of 1048576 bytes per second; null if there is none.",
        ),
        Field::number("fetchRecordsPerSecond", "Records per second of that rest; null if there is none."),
        Field::object("metrics", "With `--print-metrics`, in the last row: the consumer's metrics by name; else null."),
    ],
);

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

/// What came in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    began_ms: i64,
    ended_ms: i64,
    /// Since the beginning of all.
    megabytes: f64,
    megabytes_per_second: f64,
    /// Since the beginning of all.
    records: u64,
    records_per_second: f64,
    joining_ms: i64,
    fetching_ms: i64,
    fetched_megabytes_per_second: f64,
    fetched_records_per_second: f64,
}

impl Outcome {
    /// Kafka's line of an interval.
    pub fn detailed(&self, dates: &DatePattern) -> String {
        format!("{}, 0, {}", dates.format(self.ended_ms), self.numbers())
    }

    /// Kafka's line of all.
    pub fn total(&self, dates: &DatePattern) -> String {
        format!("{}, {}, {}", dates.format(self.began_ms), dates.format(self.ended_ms), self.numbers())
    }

    fn numbers(&self) -> String {
        format!(
            "{}, {}, {}, {}, {}, {}, {}, {}",
            fixed(self.megabytes, 4),
            fixed(self.megabytes_per_second, 4),
            self.records,
            fixed(self.records_per_second, 4),
            self.joining_ms,
            self.fetching_ms,
            fixed(self.fetched_megabytes_per_second, 4),
            fixed(self.fetched_records_per_second, 4)
        )
    }

    /// For a program. What is not a number is null.
    pub fn row(&self, part: &str, metrics: Value) -> [Value; 12] {
        [
            json!(part),
            json!(self.began_ms),
            json!(self.ended_ms),
            json!(self.megabytes),
            json!(self.megabytes_per_second),
            json!(self.records),
            json!(self.records_per_second),
            json!(self.joining_ms),
            json!(self.fetching_ms),
            json!(self.fetched_megabytes_per_second),
            json!(self.fetched_records_per_second),
            metrics,
        ]
    }
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

    /// What came in the interval that is over by now.
    pub fn interval(&mut self, now_ms: i64) -> Option<Outcome> {
        if now_ms - self.last_line_ms < self.interval_ms {
            return None;
        }
        let elapsed = (now_ms - self.last_line_ms) as f64;
        let (records, bytes) =
            (self.came.records - self.at_last_line.records, self.came.bytes - self.at_last_line.bytes);
        let joining_ms = self.came.joining_ms - self.at_last_line.joining_ms;
        let fetching_ms = now_ms - self.last_line_ms - joining_ms;
        let rate = |amount: f64| if fetching_ms <= 0 { 0.0 } else { 1000.0 * amount / fetching_ms as f64 };
        let megabytes = bytes as f64 / MB;
        let outcome = Outcome {
            began_ms: self.last_line_ms,
            ended_ms: now_ms,
            megabytes: self.came.bytes as f64 / MB,
            megabytes_per_second: 1000.0 * megabytes / elapsed,
            records: self.came.records,
            records_per_second: records as f64 / elapsed * 1000.0,
            joining_ms,
            fetching_ms,
            fetched_megabytes_per_second: rate(megabytes),
            fetched_records_per_second: rate(records as f64),
        };
        (self.at_last_line, self.last_line_ms) = (self.came, now_ms);
        Some(outcome)
    }

    /// What came in the whole run.
    pub fn total(&self, now_ms: i64) -> Outcome {
        let Came { records, bytes, joining_ms } = self.came;
        let elapsed_ms = now_ms - self.began_ms;
        let fetching_ms = elapsed_ms - joining_ms;
        let (elapsed, fetching) = (elapsed_ms as f64 / 1000.0, fetching_ms as f64 / 1000.0);
        let megabytes = bytes as f64 / MB;
        Outcome {
            began_ms: self.began_ms,
            ended_ms: now_ms,
            megabytes,
            megabytes_per_second: megabytes / elapsed,
            records,
            records_per_second: records as f64 / elapsed,
            joining_ms,
            fetching_ms,
            fetched_megabytes_per_second: megabytes / fetching,
            fetched_records_per_second: records as f64 / fetching,
        }
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
        assert_eq!(tally.interval(999), None);
        assert_eq!(
            tally.interval(1000).unwrap().detailed(&dates),
            "t, 0, 0.9766, 0.9766, 1000, 1000.0000, 200, 800, 1.2207, 1250.0000"
        );
        (0..500).for_each(|_| tally.add(0));
        assert_eq!(
            tally.interval(2000).unwrap().detailed(&dates),
            "t, 0, 0.9766, 0.0000, 1500, 500.0000, 0, 1000, 0.0000, 500.0000"
        );
        assert_eq!(
            tally.total(2000).total(&dates),
            "t, t, 0.9766, 0.4883, 1500, 750.0000, 200, 1800, 0.5425, 833.3333"
        );
        assert_eq!(Tally::new(5, 1).total(5).total(&dates), "t, t, 0.0000, NaN, 0, NaN, 0, 0, NaN, NaN");
        let row = tally.total(2000).row("total", Value::Null);
        assert_eq!(row[..3], [json!("total"), json!(0), json!(2000)]);
        assert_eq!(row[5..9], [json!(1500), json!(750.0), json!(200), json!(1800)]);
        assert_eq!(Tally::new(5, 1).total(5).row("total", Value::Null)[4], Value::Null);
    }
}
