//! A machine's clock, which stands still within a step; whoever sleeps by it wakes in the step whose time has come.

use parking_lot::Mutex;
use rkafka_base::TimestampMs;
use rkafka_runtime::clock::{Clock, Sleep};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

#[derive(Default)]
struct State {
    wall_ms: i64,
    monotonic_ms: i64,
    /// How many have ever slept.
    sleepers: u64,
    /// Who sleeps until when; in which order they came.
    asleep: BTreeMap<(i64, u64), Option<Waker>>,
}

pub struct StepClock {
    state: Arc<Mutex<State>>,
    origin: Instant,
}

impl StepClock {
    pub fn new() -> StepClock {
        StepClock { state: Arc::default(), origin: Instant::now() }
    }

    /// The time of this step; wakes those who have waited for it.
    pub fn set(&self, wall_ms: i64, monotonic_ms: i64) {
        let mut state = self.state.lock();
        (state.wall_ms, state.monotonic_ms) = (wall_ms, monotonic_ms);
        let due = state.asleep.range_mut(..=(monotonic_ms, u64::MAX));
        let due: Vec<Waker> = due.filter_map(|(_, waker)| waker.take()).collect();
        drop(state);
        due.into_iter().for_each(Waker::wake);
    }

    /// When the next sleeper is to be woken, of those whose time has not come.
    pub fn next_alarm(&self) -> Option<i64> {
        let state = self.state.lock();
        let mut later = state.asleep.range((state.monotonic_ms + 1, 0)..);
        later.next().map(|((at_ms, _), _)| *at_ms)
    }
}

impl Clock for StepClock {
    fn now(&self) -> TimestampMs {
        TimestampMs(self.state.lock().wall_ms)
    }

    fn monotonic(&self) -> Instant {
        self.origin + Duration::from_millis(self.state.lock().monotonic_ms.unsigned_abs())
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut state = self.state.lock();
        state.sleepers += 1;
        let place = (state.monotonic_ms + i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2), state.sleepers);
        state.asleep.insert(place, None);
        Box::pin(Sleeper { place, state: Arc::clone(&self.state) })
    }
}

struct Sleeper {
    place: (i64, u64),
    state: Arc<Mutex<State>>,
}

impl Future for Sleeper {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.monotonic_ms >= self.place.0 {
            return Poll::Ready(());
        }
        state.asleep.insert(self.place, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.state.lock().asleep.remove(&self.place);
    }
}
