//! Fault points of test builds: `RKAFKA_FAULT_POINTS=panic:TASK@FILE` makes the task of that name panic, once in the
//! process, as soon as the file exists. Builds without debug assertions have none of this.

use std::{
    future::Future,
    path::PathBuf,
    pin::Pin,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

const VARIABLE: &str = "RKAFKA_FAULT_POINTS";
/// How often the file is looked for.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What the variable says.
struct Ordered {
    task: String,
    file: PathBuf,
    is_done: AtomicBool,
}

fn ordered() -> Option<&'static Ordered> {
    static ORDERED: OnceLock<Option<Ordered>> = OnceLock::new();
    let read = || {
        let value = std::env::var(VARIABLE).ok()?;
        let (task, file) = value.strip_prefix("panic:")?.split_once('@')?;
        Some(Ordered { task: task.to_owned(), file: file.into(), is_done: AtomicBool::new(false) })
    };
    ORDERED.get_or_init(read).as_ref()
}

impl Ordered {
    fn of(task: &str) -> Option<&'static Ordered> {
        ordered().filter(|ordered| ordered.task == task)
    }

    /// Whether it is time, and nobody else was struck.
    fn is_due(&self) -> bool {
        self.file.exists() && !self.is_done.swap(true, Ordering::SeqCst)
    }
}

/// The fault that a task waits for.
pub(super) struct Fault {
    ordered: &'static Ordered,
    /// Until the next look for the file.
    pause: Pin<Box<tokio::time::Sleep>>,
}

impl Fault {
    /// The fault that was ordered for the task, if one was.
    pub fn of(task: &str) -> Option<Fault> {
        let ordered = Ordered::of(task)?;
        Some(Fault { ordered, pause: Box::pin(tokio::time::sleep(Duration::ZERO)) })
    }

    pub fn is_due(&mut self, context: &mut Context<'_>) -> bool {
        while let Poll::Ready(()) = self.pause.as_mut().poll(context) {
            if self.ordered.is_due() {
                return true;
            }
            self.pause = Box::pin(tokio::time::sleep(LOOK_AGAIN));
        }
        false
    }

    /// # Panics
    /// That is what it is for.
    pub fn strike(&self) {
        panic!("the fault that {VARIABLE} orders")
    }
}

/// Where a thread is struck, as nobody can make it panic from outside.
pub(super) fn strike_if_due(task: &str) {
    if Ordered::of(task).is_some_and(Ordered::is_due) {
        panic!("the fault that {VARIABLE} orders")
    }
}
