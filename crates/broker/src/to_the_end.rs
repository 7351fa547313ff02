//! Work that is run to its end although whoever asked for it has gone: a handler's future is dropped when its connection
//! closes, and a change that takes several steps must not stop between two of them.
//!
//! What a handler only waits for (leaders of a new topic, followers) stays outside, and ends with the connection.

use rkafka_runtime::tasks::watched;
use std::future::Future;
use tokio::sync::Semaphore;

/// How many changes may be under way at once; further ones wait in their connections, and are dropped with them
/// (`queued.max.requests`, whose default this is, bounds them in Kafka).
const MAX_CHANGES: usize = 500;

static CHANGES: Semaphore = Semaphore::const_new(MAX_CHANGES);

/// Runs `work` in a task of its own. It is the caller's business that there are not too many of them.
pub async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    // A panic goes on here, and closes the connection.
    match watched::joined(watched::spawn("a change", work).await) {
        Some(done) => done,
        // A task that was dropped never answers: the process is ending.
        None => std::future::pending().await,
    }
}

/// Runs a client's change in a task of its own, when it is one of no more than [`MAX_CHANGES`].
pub async fn change<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    // Nobody closes the semaphore.
    let permit = CHANGES.acquire().await;
    to_the_end(async move {
        let _until_done = permit;
        work.await
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::Arc, task::Poll};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn what_has_begun_is_done_without_the_one_who_asked() {
        let (go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (going, doing) = (go.clone(), done.clone());
        let mut asked = Box::pin(change(async move {
            going.notified().await;
            doing.notify_one();
        }));
        let first = std::future::poll_fn(|cx| Poll::Ready(asked.as_mut().poll(cx))).await;
        assert!(first.is_pending());
        drop(asked);
        go.notify_one();
        done.notified().await;
    }

    #[tokio::test]
    async fn an_answer_comes_back() {
        assert_eq!(change(async { 7 }).await, 7);
    }
}
