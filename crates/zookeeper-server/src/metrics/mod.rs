//! Pure: what the server measures about itself, under Apache ZooKeeper's metric names. `mntr` and the AdminServer show it
//! ([`plain`]), and so does the Prometheus provider ([`prometheus`]).
//!
//! Recording is a few additions under the core's lock. Only the percentiles of summaries that have some keep more than
//! sums; Prometheus wants them of all summaries, over the last ten minutes.

mod catalog;
mod gauges;
mod histogram;
mod namespaces;
mod plain;
mod prometheus;
mod summary;

pub use catalog::*;
pub use gauges::{Gauge, Gauges, Process, gauges, node_count};
pub use namespaces::written_by;
pub use plain::{Figure, plain};
pub use prometheus::{PROCESS, java_double, text};
pub use summary::Series;

use std::collections::BTreeMap;

use super::connection::ConnId;
use namespaces::read_by;
use rkafka_jute::{Acl, EventType, OpCode, WatcherEvent};

/// The width of a window of the Prometheus provider's percentiles, in ms (five of them make its ten minutes).
const WINDOW_MS: i64 = 120_000;
/// Namespaces (first elements of paths) that are counted each on its own; further ones are not counted.
const MAX_NAMESPACES: usize = 1000;

/// Frame length and reply header, in bytes; the error code comes last.
const REPLY_PREFIX: usize = 4 + 16;

/// Counts per namespace.
pub type PerNamespace = BTreeMap<Box<str>, Series>;

/// Everything measured since the start or the last `srst`.
#[derive(Debug, Clone)]
pub struct Metrics {
    counters: Vec<u64>,
    series: Vec<Series>,
    pub reads: PerNamespace,
    pub writes: PerNamespace,
    /// Writes that a hard quota refused.
    pub quota_exceeded: BTreeMap<Box<str>, u64>,
    is_prometheus: bool,
    window: i64,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new(false)
    }
}

impl Metrics {
    pub fn new(is_prometheus: bool) -> Metrics {
        Metrics {
            counters: vec![0; COUNTERS.len()],
            series: vec![Series::default(); BASIC.len() + ADVANCED.len()],
            reads: PerNamespace::new(),
            writes: PerNamespace::new(),
            quota_exceeded: BTreeMap::new(),
            is_prometheus,
            window: 0,
        }
    }

    pub fn is_prometheus(&self) -> bool {
        self.is_prometheus
    }

    /// `srst`: as in Apache ZooKeeper, what Prometheus collects is never reset.
    pub fn reset(&mut self) {
        if !self.is_prometheus {
            *self = Metrics::new(false);
        }
    }

    /// Tells the time, in ms of the server's clock.
    pub fn at(&mut self, now_ms: i64) {
        if self.is_prometheus {
            self.window = now_ms / WINDOW_MS;
        }
    }

    pub fn add(&mut self, counter: Counter, count: u64) {
        if let Some(total) = self.counters.get_mut(counter.0) {
            *total += count;
        }
    }

    pub fn record(&mut self, summary: Summary, value: i64) {
        let has_percentiles = self.is_prometheus || summary.0 >= BASIC.len();
        if let Some(series) = self.series.get_mut(summary.0) {
            match has_percentiles {
                true => series.record_in(value, self.window),
                false => series.record(value),
            }
        }
    }

    /// A read of `bytes` in a namespace.
    pub fn record_read(&mut self, namespace: &str, bytes: usize) {
        let window = self.is_prometheus.then_some(self.window);
        record_in(&mut self.reads, namespace, bytes, window);
    }

    /// A write of `bytes` in a namespace.
    pub fn record_write(&mut self, namespace: &str, bytes: usize) {
        let window = self.is_prometheus.then_some(self.window);
        record_in(&mut self.writes, namespace, bytes, window);
    }

    /// A read was answered with these bytes, frame length and reply header included.
    pub fn read(&mut self, op: OpCode, body: &[u8], frame: &[u8]) {
        let Some((header, reply)) = frame.split_at_checked(REPLY_PREFIX) else { return };
        if header.ends_with(&[0; 4]) {
            read_by(op, body, reply, |namespace, bytes| self.record_read(namespace, bytes));
        }
    }

    /// A change fired these events.
    pub fn fired(&mut self, events: &[(ConnId, WatcherEvent, &[Acl])]) {
        let kinds = [
            (EventType::NodeCreated, NODE_CREATED_WATCHES),
            (EventType::NodeDeleted, NODE_DELETED_WATCHES),
            (EventType::NodeDataChanged, NODE_CHANGED_WATCHES),
            (EventType::NodeChildrenChanged, NODE_CHILDREN_WATCHES),
        ];
        if events.is_empty() {
            return;
        }
        for (kind, summary) in kinds {
            let count = events.iter().filter(|(_, event, _)| event.kind == kind as i32).count();
            if count > 0 {
                self.record(summary, count as i64);
            }
        }
    }

    /// A write that a hard quota refused.
    pub fn refuse_by_quota(&mut self, namespace: &str) {
        if self.quota_exceeded.len() < MAX_NAMESPACES || self.quota_exceeded.contains_key(namespace) {
            *self.quota_exceeded.entry(namespace.into()).or_default() += 1;
        }
    }

    /// The counters with their names, in Apache's order.
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> {
        COUNTERS.iter().copied().zip(self.counters.iter().copied())
    }

    /// The summaries with their names, in Apache's order, and whether they show percentiles.
    pub fn summaries(&self) -> impl Iterator<Item = (&'static str, &Series, bool)> {
        let names = BASIC.iter().map(|name| (*name, false)).chain(ADVANCED.iter().map(|name| (*name, true)));
        names.zip(&self.series).map(|((name, is_advanced), series)| (name, series, is_advanced))
    }

    pub fn window(&self) -> i64 {
        self.window
    }
}

fn record_in(all: &mut PerNamespace, namespace: &str, bytes: usize, window: Option<i64>) {
    if !all.contains_key(namespace) && all.len() < MAX_NAMESPACES {
        all.insert(namespace.into(), Series::default());
    }
    let Some(series) = all.get_mut(namespace) else { return };
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    match window {
        Some(window) => series.record_in(bytes, window),
        None => series.record(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_spares_prometheus() {
        for is_prometheus in [false, true] {
            let mut metrics = Metrics::new(is_prometheus);
            metrics.add(BYTES_RECEIVED, 7);
            metrics.record(FSYNC_TIME, 3);
            metrics.reset();
            let bytes = metrics.counters().find(|(name, _)| *name == "bytes_received_count").map(|(_, count)| count);
            assert_eq!(bytes, Some(if is_prometheus { 7 } else { 0 }));
        }
    }

    #[test]
    fn namespaces_are_bounded() {
        let mut metrics = Metrics::default();
        (0..MAX_NAMESPACES + 5).for_each(|number| metrics.record_read(&number.to_string(), 1));
        metrics.record_read("0", 1);
        assert_eq!((metrics.reads.len(), metrics.reads["0"].count), (MAX_NAMESPACES, 2));
    }
}
