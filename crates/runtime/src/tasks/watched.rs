//! Tasks and threads that others can do without, or whose owner sees to it: a panic is one line in the log that names the
//! task, and the owner learns of it.

use super::{
    LOG,
    caught::{Caught, Payload, Told, message},
};
use std::{
    fmt,
    future::Future,
    io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::Duration,
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinHandle},
};

/// That some work has panicked, which the log has been told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    name: &'static str,
    message: String,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has panicked, which is a defect of this program: {}", self.name, self.message)
    }
}

impl std::error::Error for Panicked {}

/// Begins a task. Its panic is the handle's, too.
pub fn spawn<T: Send + 'static>(name: &'static str, future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    spawn_holding(name, future, ())
}

/// Begins a task that holds something until its end.
fn spawn_holding<T: Send + 'static>(
    name: &'static str,
    future: impl Future<Output = T> + Send + 'static,
    held: impl Unpin + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(Watched { name, caught: Caught::new(name, future), _held: held })
}

/// A watched task. No `async` block, which would have room for its future twice: there may be one per connection.
struct Watched<F, H> {
    name: &'static str,
    caught: Caught<F>,
    _held: H,
}

impl<F: Future, H: Unpin> Future for Watched<F, H> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let name = self.name;
        Pin::new(&mut self.caught).poll(context).map(|ended| told(name, ended).unwrap_or_else(go_on))
    }
}

/// Begins work that may block. Its panic is the handle's, too.
pub fn spawn_blocking<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    tokio::task::spawn_blocking(move || told(name, catch_unwind(AssertUnwindSafe(work))).unwrap_or_else(go_on))
}

/// Begins a thread. Its panic is the handle's, too.
pub fn spawn_thread<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<thread::JoinHandle<T>> {
    let work = move || told(name, catch_unwind(AssertUnwindSafe(work))).unwrap_or_else(go_on);
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// What a task came to. A panic goes on in whoever waits, as if the work had been done here; `None` if the task was
/// aborted, or the process is ending.
pub fn joined<T>(joined: Result<T, JoinError>) -> Option<T> {
    match joined {
        Ok(done) => Some(done),
        Err(error) => error.try_into_panic().map(|panic| resume_unwind(panic)).ok(),
    }
}

/// Does something if the task that holds it panics.
pub struct OnPanic<F: FnMut()>(F);

/// Keep it in the task: `let _dying = on_panic(…)`.
pub fn on_panic<F: FnMut()>(act: F) -> OnPanic<F> {
    OnPanic(act)
}

impl<F: FnMut()> Drop for OnPanic<F> {
    fn drop(&mut self) {
        if thread::panicking() {
            // One panic is enough: a second one that left this place would abort the process.
            let _ = catch_unwind(AssertUnwindSafe(&mut self.0));
        }
    }
}

/// Tasks whose end somebody waits for.
#[derive(Debug, Default)]
pub struct Group {
    /// Each task listens; nothing is ever said.
    tasks: watch::Sender<()>,
}

impl Group {
    /// Begins a task of the group.
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        // Its panic has been told, and nobody waits for more than its end.
        drop(spawn_holding(name, future, self.tasks.subscribe()));
    }

    /// Waits until all tasks have ended; whether they have within `limit`.
    pub async fn ended(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.tasks.closed()).await.is_ok()
    }
}

/// Tells the log of a panic, once on its way through several tasks.
fn told<T>(name: &'static str, caught: Result<T, Payload>) -> Result<T, Panicked> {
    caught.map_err(|panic| {
        let message = message(&panic);
        if !panic.is::<Told>() {
            log::error!(target: LOG, "The task '{name}' has panicked: {message}");
        }
        Panicked { name, message }
    })
}

fn go_on<T>(panicked: Panicked) -> T {
    resume_unwind(Box::new(Told(panicked.message)))
}
