//! The least pace of a client that sends or reads: whoever is slower holds a place that others want.

use std::time::Duration;

use tokio::time::Instant;

/// Bytes per second, on the average.
const LEAST_RATE: u64 = 1024;

/// How far something has come since it began.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    since: Instant,
    grace: Duration,
    bytes: u64,
}

impl Pace {
    /// Begins now; nothing need have moved for `grace`.
    pub fn begin(grace: Duration) -> Pace {
        Pace { since: Instant::now(), grace, bytes: 0 }
    }

    /// So many bytes more have come, or gone.
    pub fn moved(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// How many bytes have moved.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Until when more must have moved.
    pub fn deadline(&self) -> Instant {
        self.since + self.grace + Duration::from_secs(self.bytes / LEAST_RATE)
    }
}
