//! How often something heavy may be asked for: once per interval (`RateLimiter`).

use std::time::{Duration, Instant};

use rkafka_runtime::lock::{Mutex, Rank};

/// Allows one call per interval. An interval begins when it is noticed that the last one is over.
#[derive(Debug)]
pub struct RateLimit {
    interval: Duration,
    last: Mutex<Option<Instant>>,
}

impl RateLimit {
    pub fn new(interval: Duration) -> RateLimit {
        RateLimit { interval, last: Mutex::new(Rank::ZooKeeperRateLimit, None) }
    }

    /// Whether now is allowed; if so it counts.
    pub fn allow(&self) -> bool {
        let mut last = self.last.lock();
        let is_over = last.is_none_or(|last| last.elapsed() > self.interval);
        if is_over {
            *last = Some(Instant::now());
        }
        is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_per_interval() {
        let rare = RateLimit::new(Duration::from_secs(3600));
        assert_eq!([rare.allow(), rare.allow()], [true, false]);
        let never_limited = RateLimit::new(Duration::ZERO);
        assert!(never_limited.allow() && never_limited.allow());
    }
}
