//! Pure: how long to wait so that things go out at a rate, as Kafka's perf tools keep to one (`ThroughputThrottler`).

use std::time::Duration;

/// Waits shorter than this are put off: they would last longer than they should.
const LEAST: Duration = Duration::from_millis(2);
/// As good as for ever.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Keeps to a rate.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Things a second; negative for as many as go.
    target: f64,
    began_ms: i64,
    owed: Duration,
}

impl Pace {
    pub fn new(target: f64, began_ms: i64) -> Pace {
        Pace { target, began_ms, owed: Duration::ZERO }
    }

    /// How long to wait now that `so_far` things have gone out, the last one at `now_ms`.
    pub fn wait(&mut self, so_far: u64, now_ms: i64) -> Option<Duration> {
        let seconds = (now_ms - self.began_ms) as f64 / 1000.0;
        if self.target < 0.0 || seconds <= 0.0 || so_far as f64 / seconds <= self.target {
            return None;
        }
        if self.target == 0.0 {
            return Some(NEVER);
        }
        self.owed += Duration::try_from_secs_f64(1.0 / self.target).unwrap_or(NEVER).min(NEVER);
        (self.owed >= LEAST).then(|| std::mem::take(&mut self.owed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_add_up() {
        let mut pace = Pace::new(1000.0, 0);
        assert_eq!(pace.wait(5, 0), None);
        assert_eq!(pace.wait(1, 10), None);
        assert_eq!(pace.wait(50, 10), None);
        assert_eq!(pace.wait(51, 10), Some(Duration::from_millis(2)));
        assert_eq!(Pace::new(-1.0, 0).wait(1_000_000, 1), None);
        assert_eq!(Pace::new(0.0, 0).wait(1, 1), Some(NEVER));
        assert_eq!(Pace::new(1e-300, 0).wait(9, 1), Some(NEVER));
    }
}
