//! Where a produce request is written, and when.
//!
//! Most requests take microseconds and are written on the connection's own task. Decompressing takes as long as its
//! sender likes: 8 KiB may stand for 256 MiB. While it runs on a thread that does I/O, nobody else is served by that
//! thread. So a request that turns out to be long goes on among the threads that may block, a few at a time, and lets
//! others come in between. So does one whose log lies on a disk that is slow, as far as there are places in the way to that
//! disk. The next produce requests of its connection then wait for their turn, since appends happen in the order of the
//! requests.

use super::write::{Place, Stop, Writing, Written};
use crate::{
    data::DataContext,
    request::{RequestContext, Turn},
};
use rkafka_protocol::{
    messages::{ProduceRequest, produce_response::TopicProduceResponse},
    record::validate::Work,
};
use rkafka_runtime::{
    disk_lane::{Access, DiskLane},
    tasks::watched,
};
use std::sync::{Arc, LazyLock};
use tokio::{
    sync::Semaphore,
    task::{JoinError, spawn_blocking},
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
    let mut stop = Stop::Long;
    if turn.before.is_none() {
        stop = writing.write(&mut work, |_| true, None);
        if matches!(stop, Stop::Done) {
            return Ok(writing.finish());
        }
    }
    let work = Work { record_errors: work.record_errors, ..Work::default() };
    // As a task of its own: a connection looks after its oldest request only.
    let written = watched::spawn("a long produce request", write_apart(writing, work, turn, stop));
    Ok(written.await??.finish())
}

/// Writes what is left of a request among the threads that may block, from where it has stopped.
async fn write_apart(
    mut writing: Writing,
    mut work: Work,
    mut turn: Turn,
    mut stop: Stop,
) -> Result<Writing, JoinError> {
    if let Some(before) = turn.before.take() {
        // An error says that the other end was dropped, which is the signal.
        let _ = before.await;
    }
    loop {
        (writing, work, stop) = match stop {
            Stop::Done => return Ok(writing),
            Stop::Long => {
                // An error would say that a semaphore is closed, which nobody does.
                let _place = PLACES.acquire().await;
                let _permit = LONG_REQUESTS.acquire().await;
                spawn_blocking(move || slice(writing, work, None)).await?
            }
            Stop::Disk(disk) => {
                let waits_for = Some(Arc::clone(&disk));
                disk.run_apart(Access::Write, move || slice(writing, work, waits_for)).await
            }
        }
    }
}

/// Writes until a slice's worth of work is done, or a disk has to be waited for that this thread may not wait for.
fn slice(mut writing: Writing, mut work: Work, waits_for: Option<Arc<DiskLane>>) -> (Writing, Work, Stop) {
    let enough = work.decompressed.saturating_sub(SLICE);
    loop {
        let stop = writing.write(&mut work, |left| left.decompressed >= enough, waits_for.as_ref());
        // What is put off here has no other place to go on.
        if !matches!(stop, Stop::Long) || !writing.refuse_put_off() {
            return (writing, work, stop);
        }
    }
}
