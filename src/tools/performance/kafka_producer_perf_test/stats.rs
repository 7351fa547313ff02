//! Pure: what a run of `kafka-producer-perf-test` measures, and its lines.

use crate::{
    java_number::fixed,
    terminal::output::{Field, Shape},
};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

/// A result: of an interval, or of the whole.
pub const RESULTS: Shape<12> = Shape::rows(
    "producer-perf-test",
    [
        Field::text("part", "`interval` (of `--reporting-interval`) or `total`."),
        Field::boolean("isSteadyState", "Whether the records of `--warmup-records` are left out."),
        Field::integer("records", "How many records were written."),
        Field::number("recordsPerSecond", "Records per second; null if no time went by."),
        Field::number("megabytesPerSecond", "Values in units of 1048576 bytes per second; null if no time went by."),
        Field::number("averageLatencyMs", "How long a record took on average, in ms; null without records."),
        Field::integer("maxLatencyMs", "The longest that a record took, in ms."),
        Field::integer("p50LatencyMs", "The median, in ms; null for an interval."),
        Field::integer("p95LatencyMs", "What 95 % stay below, in ms; null for an interval."),
        Field::integer("p99LatencyMs", "What 99 % stay below, in ms; null for an interval."),
        Field::integer("p999LatencyMs", "What 99.9 % stay below, in ms; null for an interval."),
        Field::object("metrics", "With `--print-metrics`, in the total: the producer's metrics by name; else null."),
    ],
);

/// Latencies up to here are counted in a row of their own each.
const ROWS: usize = 1 << 14;
const MB: f64 = 1024.0 * 1024.0;

/// How often each latency came, in milliseconds. Kafka's tool keeps half a million of them by chance; this keeps all.
#[derive(Clone, Debug, Default)]
struct Latencies {
    rows: Vec<u64>,
    beyond: BTreeMap<u64, u64>,
    count: u64,
}

impl Latencies {
    fn add(&mut self, latency: u64) {
        self.count += 1;
        match usize::try_from(latency) {
            Ok(row) if row < ROWS => {
                if row >= self.rows.len() {
                    self.rows.resize(row + 1, 0);
                }
                self.rows[row] += 1;
            }
            _ => *self.beyond.entry(latency).or_default() += 1,
        }
    }

    /// The latency that so large a part of all stay below; 0 if there are none.
    fn percentile(&self, part: f64) -> u64 {
        let wanted = (part * self.count as f64) as u64;
        let rows = self.rows.iter().enumerate().map(|(latency, count)| (latency as u64, *count));
        let beyond = self.beyond.iter().map(|(latency, count)| (*latency, *count));
        let mut seen = 0;
        let found = rows.chain(beyond).find(|(_, count)| {
            seen += count;
            seen > wanted
        });
        found.map_or(0, |(latency, _)| latency)
    }
}

/// Counts, sums and the largest of a stretch of time.
#[derive(Clone, Debug, Default)]
struct Stretch {
    began_ms: i64,
    count: u64,
    bytes: u64,
    latency: u64,
    longest: u64,
}

impl Stretch {
    fn add(&mut self, latency: u64, bytes: usize) {
        self.count += 1;
        self.bytes += bytes as u64;
        self.latency += latency;
        self.longest = self.longest.max(latency);
    }

    /// Records and megabytes a second. What took less than the clock tells took a millisecond: the steady state of few
    /// records begins and ends in the same one, or begins in the next.
    fn rates(&self, now_ms: i64) -> (f64, f64) {
        let least = i64::from(self.count > 0);
        let elapsed = (now_ms - self.began_ms).max(least) as f64;
        (1000.0 * self.count as f64 / elapsed, 1000.0 * self.bytes as f64 / elapsed / MB)
    }

    fn average(&self) -> f64 {
        self.latency as f64 / self.count as f64
    }
}

/// What came out for an interval, or for the whole. Displays as Kafka's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    is_steady: bool,
    records: u64,
    records_per_second: f64,
    megabytes_per_second: f64,
    average_ms: f64,
    longest_ms: u64,
    /// The 50th, 95th, 99th and 99.9th percentile, in ms, if it is that of the whole.
    percentiles: Option<[u64; 4]>,
}

impl Outcome {
    fn of(stretch: &Stretch, now_ms: i64, is_steady: bool, percentiles: Option<[u64; 4]>) -> Outcome {
        let (records_per_second, megabytes_per_second) = stretch.rates(now_ms);
        Outcome {
            is_steady,
            records: stretch.count,
            records_per_second,
            megabytes_per_second,
            average_ms: stretch.average(),
            longest_ms: stretch.longest,
            percentiles,
        }
    }

    /// For a program. What is not a number is null.
    pub fn row(&self, metrics: Option<&[Metric]>) -> [Value; 12] {
        let part = if self.percentiles.is_some() { "total" } else { "interval" };
        let [p50, p95, p99, p999] = self.percentiles.map_or([None; 4], |all| all.map(Some));
        let metrics = metrics.map(|all| {
            let named: Map<String, Value> =
                all.iter().map(|(_, name, value)| ((*name).to_owned(), json!(value))).collect();
            named
        });
        [
            json!(part),
            json!(self.is_steady),
            json!(self.records),
            json!(self.records_per_second),
            json!(self.megabytes_per_second),
            json!(self.average_ms),
            json!(self.longest_ms),
            json!(p50),
            json!(p95),
            json!(p99),
            json!(p999),
            json!(metrics),
        ]
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_steady { "steady state " } else { "" };
        // The whole is told more precisely.
        let (of_rate, of_latency) = if self.percentiles.is_some() { (6, 2) } else { (1, 1) };
        write!(
            f,
            "{} {what}records sent, {} records/sec ({} MB/sec), {} ms avg latency, {:.of_latency$} ms max latency",
            self.records,
            fixed(self.records_per_second, of_rate),
            fixed(self.megabytes_per_second, 2),
            fixed(self.average_ms, of_latency),
            self.longest_ms as f64
        )?;
        match self.percentiles {
            Some([p50, p95, p99, p999]) => {
                write!(f, ", {p50} ms 50th, {p95} ms 95th, {p99} ms 99th, {p999} ms 99.9th.")
            }
            None => write!(f, "."),
        }
    }
}

/// A metric: its group, its name and its value.
pub type Metric = (&'static str, &'static str, f64);

/// All that is measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// For the second result.
    is_steady: bool,
    all: Stretch,
    window: Stretch,
    latencies: Latencies,
    interval_ms: i64,
    silent: bool,
}

impl Measured {
    pub fn new(now_ms: i64, interval_ms: i64) -> Measured {
        let began = Stretch { began_ms: now_ms, ..Stretch::default() };
        let (all, window) = (began.clone(), began);
        Measured { is_steady: false, all, window, latencies: Latencies::default(), interval_ms, silent: false }
    }

    /// Those of the records after the first ones, which do not count.
    pub fn steady(now_ms: i64, interval_ms: i64) -> Measured {
        Measured { is_steady: true, ..Measured::new(now_ms, interval_ms) }
    }

    /// Prints no more windows.
    pub fn silence(&mut self) {
        self.silent = true;
    }

    /// A record was written. Returns the outcome of the window that is over.
    pub fn add(&mut self, latency: u64, bytes: usize, now_ms: i64) -> Option<Outcome> {
        self.all.add(latency, bytes);
        self.window.add(latency, bytes);
        self.latencies.add(latency);
        if now_ms - self.window.began_ms < self.interval_ms {
            return None;
        }
        let outcome = Outcome::of(&self.window, now_ms, self.is_steady, None);
        self.window = Stretch { began_ms: now_ms, ..Stretch::default() };
        (!self.silent).then_some(outcome)
    }

    /// How many records were written.
    pub fn count(&self) -> u64 {
        self.all.count
    }

    /// The outcome of the whole.
    pub fn total(&self, now_ms: i64) -> Outcome {
        let percentiles = [0.5, 0.95, 0.99, 0.999].map(|part| self.latencies.percentile(part));
        Outcome::of(&self.all, now_ms, self.is_steady, Some(percentiles))
    }

    /// What `--print-metrics` shows.
    pub fn metrics(&self, now_ms: i64, failed: u64) -> Vec<Metric> {
        const GROUP: &str = "producer-metrics";
        let seconds = (now_ms - self.all.began_ms) as f64 / 1000.0;
        vec![
            (GROUP, "record-send-total", self.all.count as f64),
            (GROUP, "record-send-rate", self.all.rates(now_ms).0),
            (GROUP, "record-error-total", failed as f64),
            (GROUP, "record-size-avg", self.all.bytes as f64 / self.all.count as f64),
            (GROUP, "outgoing-byte-rate", self.all.bytes as f64 / seconds),
            (GROUP, "request-latency-avg", self.all.average()),
            (GROUP, "request-latency-max", self.all.longest as f64),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_state_that_is_over_at_once_has_a_rate() {
        for now in [99, 100, 101] {
            let mut steady = Measured::steady(100, 5000);
            steady.add(0, 1024 * 1024, now);
            let text = steady.total(now).to_string();
            assert!(
                text.starts_with("1 steady state records sent, 1000.000000 records/sec (1000.00 MB/sec)"),
                "{text}"
            );
        }
    }

    #[test]
    fn lines_as_kafka_prints_them() {
        let mut stats = Measured::new(0, 5000);
        for latency in 1..=100 {
            assert_eq!(stats.add(latency, 1024, 1000), None);
        }
        assert_eq!(
            stats.add(500, 1024, 5000).unwrap().to_string(),
            "101 records sent, 20.2 records/sec (0.02 MB/sec), 55.0 ms avg latency, 500.0 ms max latency."
        );
        assert_eq!(
            stats.total(10_000).to_string(),
            "101 records sent, 10.100000 records/sec (0.01 MB/sec), 54.95 ms avg latency, 500.00 ms max latency, 51 ms \
             50th, 96 ms 95th, 100 ms 99th, 500 ms 99.9th."
        );
    }

    #[test]
    fn rows_for_programs() {
        let mut stats = Measured::steady(0, 1000);
        let window = stats.add(4, 1 << 20, 2000).unwrap().row(None);
        assert_eq!(window[..4], [json!("interval"), json!(true), json!(1), json!(0.5)]);
        assert_eq!(window[7..], [(); 5].map(|()| Value::Null));
        let total = stats.total(2000).row(Some(&[("g", "record-send-total", 1.0)]));
        assert_eq!(total[4..8], [json!(0.5), json!(4.0), json!(4), json!(4)]);
        assert_eq!(total[11], json!({ "record-send-total": 1.0 }));
        assert_eq!(Measured::new(0, 1).total(0).row(None)[3], Value::Null);
    }

    #[test]
    fn nothing_was_sent() {
        assert_eq!(
            Measured::new(0, 1).total(0).to_string(),
            "0 records sent, NaN records/sec (NaN MB/sec), NaN ms avg latency, 0.00 ms max latency, 0 ms 50th, 0 ms 95th, \
             0 ms 99th, 0 ms 99.9th."
        );
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        let mut rng = fastrand::Rng::with_seed(4);
        let mut all: Vec<u64> = (0..10_000).map(|_| rng.u64(..200) * rng.u64(..200)).collect();
        let mut latencies = Latencies::default();
        all.iter().for_each(|latency| latencies.add(*latency));
        all.sort_unstable();
        for part in [0.0, 0.5, 0.95, 0.99, 0.999] {
            assert_eq!(latencies.percentile(part), all[(part * 10_000.0) as usize]);
        }
    }
}
