//! Pure: what a consumer of `kafka-share-consumer-perf-test` has consumed, and the lines about it.

use crate::{
    java_date::DatePattern,
    java_number::fixed,
    terminal::output::{Field, Shape},
};
use serde_json::{Value, json};

pub const RESULTS: Shape<10> = Shape::rows(
    "share-consumer-perf-test",
    [
        Field::text(
            "part",
            "`interval` (with `--show-detailed-stats`), `consumer` (with `--show-consumer-stats`), or `total`, the last row.",
        ),
        Field::integer("consumer", "Which consumer, from 1 on; null for all of them."),
        Field::integer("startTimeMs", "When it began, in ms since 1970."),
        Field::integer("endTimeMs", "When it ended, in ms since 1970."),
        Field::number("dataConsumedMegabytes", "What came since the beginning, in units of 1048576 bytes."),
        Field::number("megabytesPerSecond", "In units of 1048576 bytes per second; null if no time went by."),
        Field::integer("records", "How many records came since the beginning."),
        Field::number("recordsPerSecond", "Records per second; null if no time went by."),
        Field::integer("fetchTimeMs", "How long it took, in ms."),
        Field::object(
            "metrics",
            "With `--print-metrics`, in the last row: by client id, the metrics by name; else null.",
        ),
    ],
);

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

    /// As [`RESULTS`] has it: of one consumer, or of all.
    pub fn row(&self, consumer: Option<usize>, began_ms: i64, now_ms: i64, metrics: Value) -> [Value; 10] {
        let part = if consumer.is_some() { "consumer" } else { "total" };
        row(part, consumer, (began_ms, now_ms), (Came::default(), *self), metrics)
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

    /// The interval that is over by now.
    pub fn interval(&mut self, now_ms: i64) -> Option<Interval> {
        if now_ms - self.last_line_ms < self.interval_ms {
            return None;
        }
        let (before, began_ms) = (self.at_last_line, self.last_line_ms);
        (self.at_last_line, self.last_line_ms) = (self.came, now_ms);
        Some(Interval { came: self.came, before, began_ms, now_ms, number: self.number })
    }
}

/// What a consumer has consumed in an interval.
#[derive(Clone, Copy, Debug)]
pub struct Interval {
    came: Came,
    before: Came,
    began_ms: i64,
    now_ms: i64,
    number: usize,
}

impl Interval {
    pub fn line(&self, dates: &DatePattern) -> String {
        let elapsed_ms = self.now_ms - self.began_ms;
        let elapsed = elapsed_ms as f64;
        let megabytes = (self.came.bytes - self.before.bytes) as f64 / MB;
        let records = (self.came.records - self.before.records) as f64;
        format!(
            "{}, {}, {}, {}, {}, {}, {elapsed_ms} for share consumer {}",
            dates.format(self.began_ms),
            dates.format(self.now_ms),
            fixed(self.came.bytes as f64 / MB, 4),
            fixed(1000.0 * megabytes / elapsed, 4),
            fixed(records / elapsed * 1000.0, 4),
            self.came.records,
            self.number
        )
    }

    /// As [`RESULTS`] has it.
    pub fn row(&self) -> [Value; 10] {
        row("interval", Some(self.number), (self.began_ms, self.now_ms), (self.before, self.came), Value::Null)
    }
}

fn row(
    part: &str,
    consumer: Option<usize>,
    (began_ms, now_ms): (i64, i64),
    (before, came): (Came, Came),
    metrics: Value,
) -> [Value; 10] {
    let elapsed_ms = now_ms - began_ms;
    let rate = |amount: f64| (elapsed_ms > 0).then(|| amount * 1000.0 / elapsed_ms as f64);
    let records = (came.records - before.records) as f64;
    [
        json!(part),
        json!(consumer),
        json!(began_ms),
        json!(now_ms),
        json!(came.bytes as f64 / MB),
        json!(rate((came.bytes - before.bytes) as f64 / MB)),
        json!(came.records),
        json!(rate(records)),
        json!(elapsed_ms),
        metrics,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_kafka_prints_them() {
        let dates = DatePattern::parse("'t'").unwrap();
        let mut tally = Tally::new(2, 0, 1000);
        (0..1000).for_each(|_| tally.came.add(1024));
        assert!(tally.interval(999).is_none());
        let interval = tally.interval(1000).unwrap();
        let second =
            [json!(1000.0 / 1024.0), json!(1000.0 / 1024.0), json!(1000), json!(1000.0), json!(1000), json!(null)];
        assert_eq!(interval.row()[..4], [json!("interval"), json!(2), json!(0), json!(1000)]);
        assert_eq!(interval.row()[4..], second);
        let line = interval.line(&dates);
        assert_eq!(line, "t, t, 0.9766, 0.9766, 1000.0000, 1000, 1000 for share consumer 2");
        (0..500).for_each(|_| tally.came.add(0));
        let line = tally.interval(2000).unwrap().line(&dates);
        assert_eq!(line, "t, t, 0.9766, 0.0000, 500.0000, 1500, 1000 for share consumer 2");
        assert_eq!(tally.came.total(0, 2000, &dates), "t, t, 0.9766, 0.4883, 750.0000, 1500, 2000");
        assert_eq!(Came::default().total(5, 5, &dates), "t, t, 0.0000, NaN, NaN, 0, 0");
        let nothing = Came::default().row(None, 5, 5, json!(null));
        assert_eq!((&nothing[0], &nothing[5], &nothing[7]), (&json!("total"), &json!(null), &json!(null)));
    }
}
