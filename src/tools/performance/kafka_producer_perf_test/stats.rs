//! Pure: what a run of `kafka-producer-perf-test` measures, and its lines.

use crate::java_number::fixed;
use std::collections::BTreeMap;

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

    /// Records and megabytes a second.
    fn rates(&self, now_ms: i64) -> (f64, f64) {
        let elapsed = (now_ms - self.began_ms) as f64;
        (1000.0 * self.count as f64 / elapsed, 1000.0 * self.bytes as f64 / elapsed / MB)
    }

    fn average(&self) -> f64 {
        self.latency as f64 / self.count as f64
    }
}

/// All that is measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// `steady state ` for the second result.
    what: &'static str,
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
        Measured { what: "", all, window, latencies: Latencies::default(), interval_ms, silent: false }
    }

    /// Those of the records after the first ones, which do not count.
    pub fn steady(now_ms: i64, interval_ms: i64) -> Measured {
        Measured { what: "steady state ", ..Measured::new(now_ms, interval_ms) }
    }

    /// Prints no more windows.
    pub fn silence(&mut self) {
        self.silent = true;
    }

    /// A record was written. Returns the line of the window that is over.
    pub fn add(&mut self, latency: u64, bytes: usize, now_ms: i64) -> Option<String> {
        self.all.add(latency, bytes);
        self.window.add(latency, bytes);
        self.latencies.add(latency);
        if now_ms - self.window.began_ms < self.interval_ms {
            return None;
        }
        let (records, megabytes) = self.window.rates(now_ms);
        let line = format!(
            "{} {}records sent, {} records/sec ({} MB/sec), {} ms avg latency, {:.1} ms max latency.",
            self.window.count,
            self.what,
            fixed(records, 1),
            fixed(megabytes, 2),
            fixed(self.window.average(), 1),
            self.window.longest as f64
        );
        self.window = Stretch { began_ms: now_ms, ..Stretch::default() };
        (!self.silent).then_some(line)
    }

    /// The last line.
    pub fn total(&self, now_ms: i64) -> String {
        let (records, megabytes) = self.all.rates(now_ms);
        let [p50, p95, p99, p999] = [0.5, 0.95, 0.99, 0.999].map(|part| self.latencies.percentile(part));
        format!(
            "{} {}records sent, {} records/sec ({} MB/sec), {} ms avg latency, {:.2} ms max latency, {p50} ms 50th, \
             {p95} ms 95th, {p99} ms 99th, {p999} ms 99.9th.",
            self.all.count,
            self.what,
            fixed(records, 6),
            fixed(megabytes, 2),
            fixed(self.all.average(), 2),
            self.all.longest as f64
        )
    }

    /// What `--print-metrics` shows.
    pub fn metrics(&self, now_ms: i64, failed: u64) -> Vec<(&'static str, &'static str, f64)> {
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
    fn lines_as_kafka_prints_them() {
        let mut stats = Measured::new(0, 5000);
        for latency in 1..=100 {
            assert_eq!(stats.add(latency, 1024, 1000), None);
        }
        assert_eq!(
            stats.add(500, 1024, 5000).unwrap(),
            "101 records sent, 20.2 records/sec (0.02 MB/sec), 55.0 ms avg latency, 500.0 ms max latency."
        );
        assert_eq!(
            stats.total(10_000),
            "101 records sent, 10.100000 records/sec (0.01 MB/sec), 54.95 ms avg latency, 500.00 ms max latency, 51 ms \
             50th, 96 ms 95th, 100 ms 99th, 500 ms 99.9th."
        );
    }

    #[test]
    fn nothing_was_sent() {
        assert_eq!(
            Measured::new(0, 1).total(0),
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
