//! The tasks of one part of a process: a tokio runtime of their own, which ends with the process and goes on in the steps
//! that concern it, until nobody in it has anything to do. They sleep by the process's clock.

use super::env::Env;
use super::process::Ctx;
use super::step_clock::StepClock;
use parking_lot::Mutex;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};
use tokio::runtime::{Builder, EnterGuard, Runtime};

/// Tells the step that all tasks wait.
#[derive(Default)]
struct Idle {
    is_noticed: AtomicBool,
    step: Mutex<Option<Waker>>,
}

impl Idle {
    /// The thread is about to sleep: no task has anything to do.
    fn notice(&self) {
        if let Some(step) = self.step.lock().take() {
            self.is_noticed.store(true, Ordering::Relaxed);
            step.wake();
        }
    }
}

pub struct Tasks {
    pub clock: Arc<StepClock>,
    /// Something that concerns them has happened in this step.
    pub is_due: bool,
    /// When they will be woken.
    alarm_ms: Option<i64>,
    idle: Arc<Idle>,
    runtime: Runtime,
}

impl Tasks {
    pub fn new() -> Tasks {
        let idle = Arc::<Idle>::default();
        let noticed = Arc::clone(&idle);
        // What waits by tokio's own timers waits for ever: nobody drives that clock.
        let runtime = Builder::new_current_thread().enable_time().on_thread_park(move || noticed.notice()).build();
        let runtime = runtime.expect("a runtime");
        Tasks { clock: Arc::new(StepClock::new()), is_due: true, alarm_ms: None, idle, runtime }
    }

    pub fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Begins one more, which has its first turn in this step.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.is_due = true;
        drop(self.runtime.spawn(task));
    }

    pub fn count(&self) -> usize {
        self.runtime.metrics().num_alive_tasks()
    }

    /// Moves the clock to the time of this step.
    pub fn set_clock(&self, ctx: &Ctx) {
        self.clock.set(ctx.wall_ms, ctx.env.now);
    }

    /// All go on until none can.
    pub fn go_on(&mut self) {
        self.is_due = false;
        let idle = &self.idle;
        self.runtime.block_on(poll_fn(|context| {
            if idle.is_noticed.swap(false, Ordering::Relaxed) {
                return Poll::Ready(());
            }
            *idle.step.lock() = Some(context.waker().clone());
            Poll::Pending
        }));
    }

    /// In how many milliseconds they want to be woken, unless they will be by then.
    pub fn alarm(&mut self, env: &Env) -> Option<i64> {
        let next = self.clock.next_alarm().filter(|at_ms| self.alarm_ms.is_none_or(|set| *at_ms < set))?;
        self.alarm_ms = Some(next);
        Some(next - env.now)
    }

    /// The moment has come that they have waited for.
    pub fn wake(&mut self) {
        self.alarm_ms = None;
        self.is_due = true;
    }
}
