//! Wall-clock and monotonic time.

use rkafka_base::TimestampMs;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where time comes from. The state machines never call it; their drivers do and pass the value on.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01 UTC; may jump.
    fn now(&self) -> TimestampMs;
    /// A time that never goes back.
    fn monotonic(&self) -> Instant;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> TimestampMs {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        TimestampMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Instant {
        Instant::now()
    }
}
