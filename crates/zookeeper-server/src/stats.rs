//! Pure: the server's counters, as the four-letter words and the AdminServer show them.

use std::collections::VecDeque;

use super::metrics::{self, Metrics};
use rkafka_jute::Txn;

/// Digests are remembered of transactions whose zxid is a multiple of this (`DataTree.DIGEST_LOG_INTERVAL`).
const DIGEST_INTERVAL: i64 = 128;
/// Digests that are remembered (`DataTree.DIGEST_LOG_LIMIT`).
const MAX_DIGESTS: usize = 1024;

/// Minimum, average and maximum of request latencies in ms.
#[derive(Debug, Clone, Copy, Default)]
pub struct Latency {
    pub last_ms: i64,
    min_ms: Option<i64>,
    pub max_ms: i64,
    total_ms: i64,
    pub count: u64,
}

impl Latency {
    pub fn record(&mut self, ms: i64) {
        self.last_ms = ms;
        self.min_ms = Some(self.min_ms.map_or(ms, |min| min.min(ms)));
        self.max_ms = self.max_ms.max(ms);
        self.total_ms += ms;
        self.count += 1;
    }

    pub fn min_ms(&self) -> i64 {
        self.min_ms.unwrap_or(0)
    }

    pub fn average_ms(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.total_ms as f64 / self.count as f64 }
    }

    /// With four decimals, as Apache ZooKeeper shows it.
    pub fn rounded_average(&self) -> f64 {
        (self.average_ms() * 10_000.0).round() / 10_000.0
    }
}

/// The digest of the tree after one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZxidDigest {
    pub zxid: i64,
    pub digest: i64,
}

/// Counters since the start or the last `srst`.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    pub packets_received: u64,
    pub packets_sent: u64,
    pub latency: Latency,
    /// The sizes of responses in bytes: last, smallest, largest.
    pub response_size: Option<(usize, usize, usize)>,
    pub auth_failures: u64,
    /// Writes to the log that took longer than `fsync.warningthresholdms`.
    pub slow_fsyncs: u64,
    pub metrics: Metrics,
    /// What `hash` shows.
    pub digests: VecDeque<ZxidDigest>,
}

impl Stats {
    /// A packet of `bytes` (its length included) came.
    pub fn received(&mut self, bytes: usize) {
        self.packets_received += 1;
        self.metrics.add(metrics::BYTES_RECEIVED, bytes as u64);
    }

    /// A response of `bytes` goes out.
    pub fn sent(&mut self, bytes: usize) {
        self.packets_sent += 1;
        let (_, min, max) = self.response_size.unwrap_or((bytes, bytes, bytes));
        self.response_size = Some((bytes, min.min(bytes), max.max(bytes)));
    }

    /// A request was answered after this time.
    pub fn answered(&mut self, ms: i64, is_write: bool) {
        self.latency.record(ms);
        let kind = if is_write { metrics::UPDATE_LATENCY } else { metrics::READ_LATENCY };
        self.metrics.record(kind, ms);
    }

    /// So many transactions were written to the log in one go.
    pub fn logged(&mut self, count: usize, ms: i64, slow_after_ms: u64) {
        self.metrics.record(metrics::BATCH_SIZE, i64::try_from(count).unwrap_or(i64::MAX));
        self.metrics.record(metrics::SYNC_FLUSH_TIME, ms);
        self.metrics.record(metrics::FSYNC_TIME, ms);
        if u64::try_from(ms).is_ok_and(|ms| ms > slow_after_ms) {
            self.slow_fsyncs += 1;
        }
    }

    /// A transaction took effect, `ms` after it was prepared.
    pub fn applied(&mut self, zxid: i64, txn: &Txn, ms: i64, digest: i64) {
        self.metrics.record(metrics::PROPAGATION_LATENCY, ms.max(0));
        let metrics = &mut self.metrics;
        metrics::written_by(txn, &mut |namespace, bytes| metrics.record_write(namespace, bytes));
        if zxid % DIGEST_INTERVAL == 0 {
            self.digests.push_back(ZxidDigest { zxid, digest });
            if self.digests.len() > MAX_DIGESTS {
                self.digests.pop_front();
            }
        }
    }

    /// `srst`: counts anew, except what tells of trouble.
    pub fn reset(&mut self) {
        let Stats { auth_failures, slow_fsyncs, digests, mut metrics, .. } = std::mem::take(self);
        metrics.reset();
        *self = Stats { auth_failures, slow_fsyncs, digests, metrics, ..Stats::default() };
    }
}
