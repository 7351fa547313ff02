//! Where a produce request is written, and when.
//!
//! Most requests take microseconds and are written on the connection's own task. Decompressing takes as long as its
//! sender likes: 8 KiB may stand for 256 MiB. While it runs on a thread that does I/O, nobody else is served by that
//! thread. So a request that turns out to be long goes on among the threads that may block, a few at a time, and lets
//! others come in between. The next produce requests of its connection then wait for their turn, since appends happen in
//! the order of the requests.

use super::write::{Place, Writing, Written};
use crate::{
    data::DataContext,
    request::{RequestContext, Turn},
};
use rkafka_protocol::{
    messages::{ProduceRequest, produce_response::TopicProduceResponse},
    record::validate::Work,
};
use std::sync::{Arc, LazyLock};
use tokio::{
    sync::Semaphore,
    task::{JoinError, spawn, spawn_blocking},
};

/// How far a request's batches may decompress where it came in: a millisecond with gzip, a tenth of that with lz4. A
/// batch that is beyond it is begun anew elsewhere.
const MAX_WORK_HERE: usize = 256 << 10;
/// How far a request's batches decompress before another long request may go on.
const SLICE: usize = 8 << 20;
/// How many long requests are worked on at once: one a core.
static LONG_REQUESTS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

/// How many long requests wait to be worked on; further ones wait with their connections, and end with them
/// (`queued.max.requests`).
const MAX_LONG_REQUESTS: usize = 500;
static PLACES: Semaphore = Semaphore::const_new(MAX_LONG_REQUESTS);

/// What a request's writing comes to: the answers, and what to wait for.
type Outcome = (Vec<TopicProduceResponse>, Vec<(Written, Place)>);

/// Writes the request when those before it on its connection are written. Before the first await if it is short and none
/// of them is under way.
///
/// # Errors
/// A defect of ours: the task that wrote it has panicked.
pub async fn write_in_turn(
    context: &Arc<DataContext>,
    request_context: &RequestContext,
    request: ProduceRequest,
) -> Result<Outcome, JoinError> {
    let turn = request_context.connection.produces.next();
    let mut writing = Writing::new(Arc::clone(context), request_context.clone(), request);
    let mut work = Work { decompressed: MAX_WORK_HERE, compress: false, ..Work::default() };
    if turn.before.is_none() && writing.write(&mut work, |_| true) {
        return Ok(writing.finish());
    }
    let work = Work { record_errors: work.record_errors, ..Work::default() };
    // Places are given in the order in which they are asked for, so no request holds one that waits for a request of its
    // connection without. An error would say that the semaphore is closed, which nobody does.
    let place = PLACES.acquire().await;
    // As a task of its own: a connection looks after its oldest request only.
    let written = spawn(async move {
        let written = write_apart(writing, work, turn).await;
        drop(place);
        written
    });
    Ok(written.await??.finish())
}

/// Writes what is left of a request among the threads that may block.
async fn write_apart(mut writing: Writing, mut work: Work, mut turn: Turn) -> Result<Writing, JoinError> {
    if let Some(before) = turn.before.take() {
        // An error says that the other end was dropped, which is the signal.
        let _ = before.await;
    }
    loop {
        let permit = LONG_REQUESTS.acquire().await;
        let slice = move || {
            let enough = work.decompressed.saturating_sub(SLICE);
            loop {
                let done = writing.write(&mut work, |left| left.decompressed >= enough);
                // What is put off here has no other place to go on.
                if done || !writing.refuse_put_off() {
                    return (writing, work, done);
                }
            }
        };
        let done;
        (writing, work, done) = spawn_blocking(slice).await?;
        drop(permit);
        if done {
            return Ok(writing);
        }
    }
}
