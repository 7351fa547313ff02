//! Pure: the server's counters, as the four-letter words show them.

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
}

/// Counters since the start or the last `srst`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    pub packets_received: u64,
    pub packets_sent: u64,
    pub latency: Latency,
    /// The sizes of responses in bytes: last, smallest, largest.
    pub response_size: Option<(usize, usize, usize)>,
    pub bytes_received: u64,
    pub auth_failures: u64,
    /// Sessions that ended by their timeout.
    pub expired_sessions: u64,
}

impl Stats {
    pub fn sent(&mut self, bytes: usize) {
        self.packets_sent += 1;
        let (_, min, max) = self.response_size.unwrap_or((bytes, bytes, bytes));
        self.response_size = Some((bytes, min.min(bytes), max.max(bytes)));
    }
}
