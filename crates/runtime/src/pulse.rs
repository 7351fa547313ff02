//! A beat that goes on whatever the worker threads do.
//!
//! A worker thread that computes, or waits for a disk, serves nobody meanwhile, and may have been the only one that was
//! awake: the others sleep until something is given to them, and who would give it waits for the sockets that the busy one
//! has stopped looking at. So each thread notes when it began ([`busy`]), and a thread of its own looks every few
//! milliseconds. Where somebody has been at it for longer than a beat, it wakes another worker, which takes over what has
//! piled up and looks at the sockets. While there is nothing to do, the beat sleeps, too.

use crate::{
    disk_lane::DiskLane,
    lock::{Mutex, Rank},
};
use std::{
    cell::OnceCell,
    marker::PhantomData,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};
use tokio::runtime::Handle;

/// How long a beat is.
pub(crate) const BEAT: Duration = Duration::from_millis(5);
/// After so many beats without any work the beat sleeps until there is some.
const QUIET_BEATS: u32 = 200;

/// The number of the present beat. Never 0.
static NOW: AtomicU64 = AtomicU64::new(1);
/// Something was begun since the last beat.
static TOUCHED: AtomicBool = AtomicBool::new(false);
/// The beat waits to be woken.
static ASLEEP: AtomicBool = AtomicBool::new(false);
static THREAD: OnceLock<Thread> = OnceLock::new();
/// Taken at each beat, by threads at their first work, and where a lane is made.
static WATCHED: Mutex<Watched> = Mutex::new(Rank::Pulse, Watched { workers: Vec::new(), lanes: Vec::new() });

/// What is looked after.
struct Watched {
    workers: Vec<Weak<Worker>>,
    lanes: Vec<Weak<DiskLane>>,
}

/// One thread that works.
struct Worker {
    /// The beat in which its present work began; 0 while it has none.
    since: AtomicU64,
    /// Whose worker it is; nobody's outside of a tokio runtime.
    runtime: Option<Handle>,
}

thread_local! {
    static WORKER: OnceCell<Arc<Worker>> = const { OnceCell::new() };
}

/// Held while this thread works without looking at sockets. Not to be held over an await, and no second one within it.
pub struct Busy(PhantomData<*const ()>);

/// Notes that this thread begins something that may take long.
#[inline]
pub fn busy() -> Busy {
    touch();
    mark(now());
    Busy(PhantomData)
}

impl Drop for Busy {
    #[inline]
    fn drop(&mut self) {
        mark(0);
    }
}

#[inline]
fn mark(since: u64) {
    // Fails only while the thread ends, when nobody waits for it.
    let _ = WORKER.try_with(|worker| worker.get_or_init(Worker::of_this_thread).since.store(since, Ordering::Relaxed));
}

/// The number of the present beat. Never 0.
#[inline]
pub(crate) fn now() -> u64 {
    NOW.load(Ordering::Relaxed)
}

/// Keeps the beat awake.
#[inline]
pub(crate) fn touch() {
    if !TOUCHED.load(Ordering::Relaxed) {
        wake();
    }
}

#[cold]
fn wake() {
    TOUCHED.store(true, Ordering::SeqCst);
    if ASLEEP.swap(false, Ordering::SeqCst)
        && let Some(thread) = THREAD.get()
    {
        thread.unpark();
    }
}

/// Has the lane looked after from now on.
pub(crate) fn watch(lane: &Arc<DiskLane>) {
    begin();
    let mut watched = WATCHED.lock();
    watched.lanes.retain(|lane| lane.strong_count() > 0);
    watched.lanes.push(Arc::downgrade(lane));
}

/// Starts the thread, if that has not been done.
fn begin() {
    THREAD.get_or_init(|| {
        let started = thread::Builder::new().name("pulse".to_owned()).stack_size(128 << 10).spawn(beat);
        // Without it everything works; only who stalls a worker stalls more than himself.
        started.map_or_else(|_| thread::current(), |started| started.thread().clone())
    });
}

fn beat() {
    let mut quiet = 0;
    loop {
        thread::sleep(BEAT);
        let now = NOW.fetch_add(1, Ordering::Relaxed) + 1;
        let is_idle = !TOUCHED.swap(false, Ordering::SeqCst);
        let is_idle = !look_around(now) && is_idle;
        quiet = if is_idle { quiet + 1 } else { 0 };
        if quiet < QUIET_BEATS {
            continue;
        }
        quiet = 0;
        ASLEEP.store(true, Ordering::SeqCst);
        // Who has begun something before he could see that has not woken us.
        if TOUCHED.load(Ordering::SeqCst) {
            ASLEEP.store(false, Ordering::SeqCst);
        }
        while ASLEEP.load(Ordering::SeqCst) {
            thread::park();
        }
    }
}

/// Looks after workers and lanes. Whether any of them is at work.
fn look_around(now: u64) -> bool {
    let (workers, lanes): (Vec<Arc<Worker>>, Vec<Arc<DiskLane>>) = {
        let mut watched = WATCHED.lock();
        watched.workers.retain(|worker| worker.strong_count() > 0);
        let workers = watched.workers.iter().filter_map(Weak::upgrade);
        (workers.filter(|w| w.is_busy()).collect(), watched.lanes.iter().filter_map(Weak::upgrade).collect())
    };
    workers.iter().filter(|worker| worker.is_late(now)).for_each(|worker| worker.relieve());
    // Without a break: each lane is to be looked at.
    let at_work = lanes.iter().filter(|lane| lane.look(now)).count();
    at_work > 0 || !workers.is_empty()
}

impl Worker {
    fn of_this_thread() -> Arc<Worker> {
        begin();
        let worker = Arc::new(Worker { since: AtomicU64::new(0), runtime: Handle::try_current().ok() });
        WATCHED.lock().workers.push(Arc::downgrade(&worker));
        worker
    }

    fn is_busy(&self) -> bool {
        self.since.load(Ordering::Relaxed) != 0
    }

    /// Whether it has been at one thing for more than a beat.
    fn is_late(&self, now: u64) -> bool {
        let since = self.since.load(Ordering::Relaxed);
        since != 0 && since + 1 < now
    }

    /// Wakes another worker: one that gets something to do looks for more, and then at the sockets.
    fn relieve(&self) {
        if let Some(runtime) = &self.runtime {
            drop(runtime.spawn(std::future::ready(())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// As good as for ever.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Two workers, of which one blocks while the other sleeps: sockets are served all the same.
    #[test]
    fn a_busy_worker_is_relieved() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (release, released) = mpsc::channel();
        let released = Arc::new(parking_lot::Mutex::new(released));
        let (entered, is_busy) = mpsc::channel();
        let (port, echo) = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let echo = tokio::spawn(async move {
                loop {
                    let mut stream = listener.accept().await.unwrap().0;
                    let (entered, released) = (entered.clone(), Arc::clone(&released));
                    tokio::spawn(async move {
                        let mut byte = [0];
                        while stream.read_exact(&mut byte).await.is_ok() {
                            if byte == *b"b" {
                                let _busy = busy();
                                entered.send(()).unwrap();
                                let released = released.lock().recv_timeout(PATIENCE);
                                assert_eq!(released, Ok(()), "nobody is served beside the busy one");
                            }
                            stream.write_all(&byte).await.unwrap();
                        }
                    });
                }
            });
            (port, echo)
        });
        use std::io::{Read, Write};
        let connect = || std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (mut blocking, mut other) = (connect(), connect());
        for _ in 0..5 {
            blocking.write_all(b"b").unwrap();
            let mut byte = [0];
            // By then the other worker has long been asleep. The busy one goes on when so many have been answered.
            is_busy.recv_timeout(PATIENCE).unwrap();
            for _ in 0..50 {
                other.write_all(b"x").unwrap();
                other.read_exact(&mut byte).unwrap();
            }
            release.send(()).unwrap();
            blocking.read_exact(&mut byte).unwrap();
        }
        echo.abort();
    }

    #[test]
    fn work_within_a_beat_is_not_late() {
        let worker = Worker { since: AtomicU64::new(7), runtime: None };
        assert!(!worker.is_late(7) && !worker.is_late(8) && worker.is_late(9));
        worker.since.store(0, Ordering::Relaxed);
        assert!(!worker.is_late(100) && !worker.is_busy());
    }
}
