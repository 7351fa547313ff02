//! What has to be undone, in reverse order.

use std::{future::Future, pin::Pin, time::Duration};

/// How long one step may take to stop before the others go on without it.
const STEP_LIMIT: Duration = Duration::from_secs(30);

type Stop = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// The steps that were done, the last one last.
#[derive(Default)]
pub struct Undo {
    steps: Vec<(&'static str, Duration, Stop)>,
}

impl Undo {
    /// Notes that the step `name` is done and how it is undone.
    pub fn push<F, Fut>(&mut self, name: &'static str, stop: F)
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.push_within(name, STEP_LIMIT, stop);
    }

    /// The same for a step that may take up to `limit`.
    pub fn push_within<F, Fut>(&mut self, name: &'static str, limit: Duration, stop: F)
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.steps.push((name, limit, Box::new(move || Box::pin(stop()))));
    }

    /// Undoes everything, the last step first.
    pub async fn run(self) {
        for (name, limit, stop) in self.steps.into_iter().rev() {
            log::debug!(target: super::LOG, "stopping: {name}");
            if tokio::time::timeout(limit, stop()).await.is_err() {
                log::error!(target: super::LOG, "{name} did not stop within {limit:?}");
            }
        }
    }
}
