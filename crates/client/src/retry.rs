//! Pure: how long to wait before the next attempt (Kafka's `ExponentialBackoff`).

use std::time::Duration;

/// How far the wait may stray from its mean, both ways: many clients must not come back in step.
const JITTER: f64 = 0.2;

/// Waits that double from `first` to `max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    pub first: Duration,
    pub max: Duration,
}

impl Backoff {
    /// The wait before attempt `attempt` + 1, where `random` is between 0 and 1.
    pub fn wait(&self, attempt: u32, random: f64) -> Duration {
        if self.max <= self.first {
            return self.first;
        }
        let doubled = self.first.as_secs_f64() * 2f64.powi(attempt.min(30) as i32);
        let jittered = doubled * (1.0 - JITTER + 2.0 * JITTER * random);
        Duration::from_secs_f64(jittered.min(self.max.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_most() {
        let backoff = Backoff { first: Duration::from_millis(100), max: Duration::from_millis(1000) };
        let waits: Vec<u128> = [0, 1, 2, 3, 4, 4_000_000].iter().map(|n| backoff.wait(*n, 0.5).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(backoff.wait(0, 0.0).as_millis(), 80);
    }
}
