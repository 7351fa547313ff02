//! Wall-clock and monotonic time.

use rkafka_base::TimestampMs;
use std::{
    future::Future,
    pin::Pin,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A wait that a trait object can return.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where time comes from. The state machines never call it; their drivers do and pass the value on.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01 UTC; may jump.
    fn now(&self) -> TimestampMs;
    /// A time that never goes back.
    fn monotonic(&self) -> Instant;

    /// Ends when so much of the monotonic time has passed from now on. To be called within a tokio runtime.
    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// What `future` comes to, unless that takes longer than `limit`.
pub async fn within<F: Future>(clock: &dyn Clock, limit: Duration, future: F) -> Option<F::Output> {
    let over = clock.sleep(limit);
    tokio::select! {
        biased;
        done = future => Some(done),
        () = over => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn what_is_done_counts_even_if_there_is_no_time() {
        assert_eq!(within(&SystemClock, Duration::ZERO, ready(7)).await, Some(7));
        assert_eq!(within(&SystemClock, Duration::from_millis(1), pending::<()>()).await, None);
    }
}
