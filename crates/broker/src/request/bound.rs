//! What one request may take of a worker thread: the stage between decoding and handling.
//!
//! Worker threads are as many as cores, and what they compute for one client everybody else waits for. Most requests are
//! short and are handled where they come in. A request that is long, or names much, is a heavy one: it is decoded, and its
//! handler is polled, apart, which hands what else the worker has to do to another thread. As many as there are cores
//! compute so at once, and between two polls of one the others have their turn. Then it is the system that shares the cores
//! between heavy requests and everybody else, and it does so whether or not the handler thinks of it
//! ([adr/0014](../../../../docs/adr/0014-what-a-request-may-cost.md)).

use super::{Frame, ReplyFuture};
use rkafka_protocol::ApiKey;
use std::{
    future::poll_fn,
    sync::LazyLock,
    task::{Context, Poll},
};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Semaphore, SemaphorePermit},
    task::block_in_place,
};

/// A frame from this length on is decoded apart. Decoding takes some 10 ns a byte where all of it is structure.
const HEAVY_FRAME: usize = 64 << 10;
/// A produce request from this length on is decoded apart. Most of one are records, which decoding does not look at.
const HEAVY_PRODUCE: usize = 4 << 20;
/// A request of so many array elements, at all levels together, is handled apart. An element costs a handler some
/// microseconds.
const HEAVY_ELEMENTS: usize = 1_000;

/// The turns of heavy requests: one a core.
static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(cores()));

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Decodes a frame of so many bytes: apart if it is long. If others have all the turns, here, for nobody can wait now.
pub fn decode<T>(api: ApiKey, length: usize, decode: impl FnOnce() -> T) -> T {
    let heavy = if api == ApiKey::Produce { HEAVY_PRODUCE } else { HEAVY_FRAME };
    let turn = if length >= heavy { TURNS.try_acquire().ok() } else { None };
    match turn {
        Some(_turn) => apart(decode),
        None => decode(),
    }
}

/// The handler of a request with so many array elements, so that it holds no worker thread if they are many.
pub fn handle(api: ApiKey, elements: usize, reply: ReplyFuture) -> ReplyFuture {
    match elements {
        ..HEAVY_ELEMENTS => reply,
        _ => Box::pin(in_turns(api, reply)),
    }
}

async fn in_turns(api: ApiKey, mut reply: ReplyFuture) -> Frame {
    let mut turn = TURNS.try_acquire().ok();
    // Produce requests begin in the order in which they came, so this one does not wait for a turn to begin.
    if turn.is_none() && api != ApiKey::Produce {
        turn = next_turn().await;
    }
    loop {
        let step = poll_fn(|cx| Poll::Ready(step(&mut reply, cx, turn.is_some()))).await;
        drop(turn);
        if let Poll::Ready(frame) = step {
            return frame;
        }
        woken().await;
        turn = next_turn().await;
    }
}

/// `None` would say that the semaphore is closed, which nobody does.
async fn next_turn() -> Option<SemaphorePermit<'static>> {
    TURNS.acquire().await.ok()
}

fn step(reply: &mut ReplyFuture, context: &mut Context<'_>, has_turn: bool) -> Poll<Frame> {
    match has_turn {
        true => apart(|| reply.as_mut().poll(context)),
        false => reply.as_mut().poll(context),
    }
}

/// Waits until this task is woken, by whomever.
async fn woken() {
    let mut waits = false;
    poll_fn(|_| {
        waits = !waits;
        if waits { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

/// Computes here while another thread takes over what else this worker has to do. A runtime of one thread has no other.
fn apart<T>(work: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, time::Duration};

    /// As good as for ever.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// A handler that computes without ever giving way, as one does that has been forgotten: each time until it is told
    /// to go on, if somebody is there who could.
    fn unyielding(api: ApiKey, elements: usize, go_on: mpsc::Receiver<()>) -> ReplyFuture {
        let reply = async move {
            for _ in 0..4 {
                assert_ne!(
                    go_on.recv_timeout(PATIENCE),
                    Err(mpsc::RecvTimeoutError::Timeout),
                    "nobody else has a turn"
                );
                tokio::task::yield_now().await;
            }
            Frame::Nothing
        };
        handle(api, elements, Box::pin(reply))
    }

    #[test]
    fn heavy_requests_leave_the_workers_to_others() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let (go_on, told) = mpsc::channel();
            let heavy = tokio::spawn(unyielding(ApiKey::Metadata, HEAVY_ELEMENTS, told));
            for _ in 0..4 {
                // A task and a timer of the only worker's, while it computes.
                tokio::spawn(tokio::time::sleep(Duration::from_millis(1))).await.unwrap();
                go_on.send(()).unwrap();
            }
            assert!(matches!(heavy.await.unwrap(), Frame::Nothing));
        });
    }

    #[tokio::test]
    async fn a_runtime_of_one_thread_goes_on_in_place() {
        let (_, nobody) = mpsc::channel();
        assert!(matches!(unyielding(ApiKey::Produce, HEAVY_ELEMENTS, nobody).await, Frame::Nothing));
        assert_eq!(decode(ApiKey::Metadata, HEAVY_FRAME, || 7), 7);
    }

    /// While all turns are taken, produce requests begin and others wait; both end.
    #[tokio::test]
    async fn produce_requests_begin_without_a_turn() {
        let taken = TURNS.acquire_many(u32::try_from(cores()).unwrap()).await.unwrap();
        let begun = |api| {
            let mut reply = handle(api, HEAVY_ELEMENTS, Box::pin(async { Frame::Nothing }));
            let mut context = Context::from_waker(std::task::Waker::noop());
            (reply.as_mut().poll(&mut context).is_ready(), reply)
        };
        assert!(begun(ApiKey::Produce).0);
        let (is_done, waiting) = begun(ApiKey::Metadata);
        assert!(!is_done);
        drop(taken);
        assert!(matches!(waiting.await, Frame::Nothing));
    }
}
