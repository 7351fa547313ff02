//! The one door for the client's tasks: who waits for what a task is to tell hears of it, also when the task has died.

use crate::ClientError;
use std::{future::Future, marker::PhantomData};
use tokio::{runtime::Handle, task::AbortHandle};

/// Spawns `work`, whose outcome `report` tells: once, whatever becomes of it. A task that panics dies of a defect of ours;
/// then the outcome is an error that names it. One that is aborted tells nothing: who aborts it waits for nothing.
pub fn spawn<T, W, F, R>(name: &'static str, work: W, report: F) -> AbortHandle
where
    T: Send + 'static,
    W: Future<Output = Result<T, ClientError>> + Send + 'static,
    F: FnOnce(Result<T, ClientError>) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let task = tokio::spawn(async move {
        let mut watched = Watched { name, report: Some(report), outcome: PhantomData };
        let outcome = work.await;
        if let Some(report) = watched.report.take() {
            report(outcome).await;
        }
    });
    task.abort_handle()
}

/// Who is to be told, as long as nobody has been.
struct Watched<T, F, R>
where
    F: FnOnce(Result<T, ClientError>) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    name: &'static str,
    report: Option<F>,
    outcome: PhantomData<fn(T)>,
}

impl<T, F, R> Drop for Watched<T, F, R>
where
    F: FnOnce(Result<T, ClientError>) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    fn drop(&mut self) {
        let Some(report) = self.report.take().filter(|_| std::thread::panicking()) else { return };
        // Without a runtime nobody waits any more.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(report(Err(died(self.name))));
        }
    }
}

/// What is told of a task that has died.
fn died(name: &str) -> ClientError {
    ClientError::State(format!("The client's task for {name} has died, which is a defect of rkafka: please report it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::sync::oneshot;

    /// What is told of `work`; `None` if nothing is.
    async fn told<T: Send + 'static>(
        work: impl Future<Output = Result<T, ClientError>> + Send + 'static,
        abort: bool,
    ) -> Option<Result<T, ClientError>> {
        let (tell, told) = oneshot::channel();
        let task = spawn("a test", work, |outcome| async move { drop(tell.send(outcome)) });
        if abort {
            task.abort();
        }
        tokio::time::timeout(Duration::from_secs(10), told).await.unwrap().ok()
    }

    #[tokio::test]
    async fn an_outcome_is_told_once() {
        assert_eq!(told(async { Ok(3) }, false).await, Some(Ok(3)));
        let error = ClientError::State("x".to_owned());
        let given = error.clone();
        assert_eq!(told(async { Err::<u8, _>(given) }, false).await, Some(Err(error)));
    }

    #[tokio::test]
    async fn a_death_is_told() {
        async fn dies(at_once: bool) -> Result<u8, ClientError> {
            if !at_once {
                tokio::task::yield_now().await;
            }
            assert!(std::hint::black_box(false), "the death that this test is about");
            Ok(1)
        }
        for at_once in [true, false] {
            let error = told(dies(at_once), false).await.unwrap().unwrap_err();
            assert!(error.to_string().contains("a test has died") && !error.is_retriable(), "{error}");
        }
    }

    #[tokio::test]
    async fn who_aborts_a_task_hears_nothing() {
        assert_eq!(told(std::future::pending::<Result<u8, _>>(), true).await, None);
    }
}
