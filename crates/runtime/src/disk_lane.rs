//! The way to one disk: who may wait for it, and where.
//!
//! A file in the page cache is read or written within microseconds, where the request came in: to hand that to another
//! thread would cost more than the work. But any such call may hang for as long as the disk likes. So each log dir has a
//! lane: a few threads at a time may enter it as they are ([`DiskLane::enter`]); the runtime has as many more workers as
//! all lanes let in, so whatever hangs, the others are served. Who finds no place, and everybody while the disk is slow,
//! goes among threads that may block, a bounded number for each lane and kind of access ([`DiskLane::run`]).
//!
//! That the disk is slow is seen by the [pulse](crate::pulse): somebody has been in the lane for three beats. Reads and
//! writes are told apart, since a file system that takes no writes (full, frozen, its device gone) still reads what is
//! cached.

use crate::pulse;
use std::{
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// After how many beats of one access the lane counts as slow: 10 to 15 ms.
const SLOW_BEATS: u64 = 3;
/// After how many beats a log line says so.
const WORTH_A_WARNING: u64 = 200;
const LOG: &str = "kafka.log.LogManager";

/// What is done with the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
    /// Reading that computes for as long as what is read likes, such as decompressing. Always apart, one a core at a time,
    /// and no sign of a slow disk.
    Scan,
}

/// How many threads may be in a lane at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneWidth {
    /// Worker threads, as they come.
    pub workers: usize,
    /// Threads that may block, for each kind of access (`num.io.threads`). With none, everything is done where it comes
    /// up and nobody counts as slow: for a program of one thread that does the same each time.
    pub apart: usize,
}

impl Default for LaneWidth {
    fn default() -> LaneWidth {
        LaneWidth { workers: 1, apart: 8 }
    }
}

impl LaneWidth {
    /// For one of `dirs` log dirs: together they let in as many workers as there are cores.
    pub fn for_dirs(dirs: usize, apart: usize) -> LaneWidth {
        LaneWidth { workers: cores().div_ceil(dirs.max(1)), apart: apart.max(1) }
    }

    /// How many workers a runtime needs so that `serving` are left, by default one a core, when all lanes of `dirs` log dirs
    /// hang.
    pub fn workers_for(serving: Option<usize>, dirs: usize) -> usize {
        serving.unwrap_or_else(cores).max(1) + dirs.max(1) * LaneWidth::for_dirs(dirs, 1).workers
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The way to the disk of one log dir.
#[derive(Debug)]
pub struct DiskLane {
    name: PathBuf,
    /// Where workers note that they are within.
    workers: Box<[Place]>,
    reads: Pool,
    writes: Pool,
    scans: Pool,
}

/// Threads that may block, for one kind of access.
#[derive(Debug)]
struct Pool {
    access: Access,
    permits: Arc<Semaphore>,
    /// As many as there are permits.
    places: Box<[Place]>,
    is_slow: AtomicBool,
    /// For how many beats it has been slow.
    slow_for: AtomicU32,
}

/// Where a thread notes when it went in: the beat, times four, and what it does; 0 while nobody is there. On a cache
/// line of its own, since threads write it at every request.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Place(AtomicU64);

/// Held while a thread is in the lane.
#[derive(Debug)]
pub struct Inside<'a>(&'a Place);

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.0.store(0, Ordering::Release);
    }
}

impl Place {
    #[inline]
    fn take(&self, access: Access) -> Option<Inside<'_>> {
        let stamp = pulse::now() << 2 | access as u64;
        self.0.compare_exchange(0, stamp, Ordering::Acquire, Ordering::Relaxed).is_ok().then(|| Inside(self))
    }

    /// Who is there: what he does, and since when.
    fn occupant(&self) -> Option<(Access, u64)> {
        let stamp = self.0.load(Ordering::Relaxed);
        let access = match stamp & 3 {
            0 => Access::Read,
            1 => Access::Write,
            _ => Access::Scan,
        };
        (stamp != 0).then_some((access, stamp >> 2))
    }
}

fn places(count: usize) -> Box<[Place]> {
    std::iter::repeat_with(Place::default).take(count).collect()
}

impl Pool {
    fn new(access: Access, threads: usize) -> Pool {
        Pool {
            access,
            permits: Arc::new(Semaphore::new(threads)),
            places: places(threads),
            is_slow: AtomicBool::new(false),
            slow_for: AtomicU32::new(0),
        }
    }
}

impl DiskLane {
    /// The lane of the log dir `name`.
    pub fn new(name: &Path, width: LaneWidth) -> Arc<DiskLane> {
        let lane = Arc::new(DiskLane {
            name: name.to_path_buf(),
            workers: places(width.workers),
            reads: Pool::new(Access::Read, width.apart),
            writes: Pool::new(Access::Write, width.apart),
            scans: Pool::new(Access::Scan, if width.apart == 0 { 0 } else { cores() }),
        });
        pulse::watch(&lane);
        lane
    }

    fn pool(&self, access: Access) -> &Pool {
        match access {
            Access::Read => &self.reads,
            Access::Write => &self.writes,
            Access::Scan => &self.scans,
        }
    }

    /// Whether somebody has been waiting for the disk for some time.
    #[inline]
    pub fn is_slow(&self, access: Access) -> bool {
        self.pool(access).is_slow.load(Ordering::Relaxed)
    }

    /// Lets this thread in, if the disk is as quick as it should be and there is a place.
    #[inline]
    pub fn enter(&self, access: Access) -> Option<Inside<'_>> {
        if self.is_slow(access) || access == Access::Scan {
            return None;
        }
        pulse::touch();
        self.workers.iter().find_map(|place| place.take(access))
    }

    /// Does `work` here if there is a place, else among the threads that may block. Once begun there it is done to its
    /// end, whoever waits for it.
    ///
    /// # Panics
    /// If `work` does.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        access: Access,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        if let Some(_inside) = self.enter(access) {
            return work();
        }
        self.run_apart(access, work).await
    }

    /// Does `work` among the threads that may block, when one of the lane's is free.
    ///
    /// # Panics
    /// If `work` does.
    pub async fn run_apart<T: Send + 'static>(
        self: &Arc<Self>,
        access: Access,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        if self.pool(access).places.is_empty() {
            return work();
        }
        let Ok(permit) = Arc::clone(&self.pool(access).permits).acquire_owned().await else {
            // Nobody closes the semaphore.
            return std::future::pending().await;
        };
        let lane = Arc::clone(self);
        let working = tokio::task::spawn_blocking(move || lane.within(access, permit, work));
        match working.await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime is ending.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Does `work` on this thread, which may block and has one of the permits.
    fn within<T>(&self, access: Access, permit: OwnedSemaphorePermit, work: impl FnOnce() -> T) -> T {
        pulse::touch();
        let _inside = self.pool(access).places.iter().find_map(|place| place.take(access));
        let done = work();
        drop(permit);
        done
    }

    /// Looks who is in the lane. Whether anybody is.
    pub(crate) fn look(&self, now: u64) -> bool {
        let pools = [&self.reads, &self.writes, &self.scans];
        let all = self.workers.iter().chain(pools.iter().flat_map(|pool| &pool.places));
        let within: Vec<(Access, u64)> = all.filter_map(Place::occupant).collect();
        for pool in pools {
            let since = within.iter().filter(|(access, _)| *access == pool.access).map(|(_, since)| *since).min();
            self.judge(pool, since.map_or(0, |since| now.saturating_sub(since)));
        }
        !within.is_empty()
    }

    /// Notes whether the oldest access, which has taken so many beats, makes the lane slow.
    fn judge(&self, pool: &Pool, beats: u64) {
        let is_slow = beats >= SLOW_BEATS && pool.access != Access::Scan && !pool.places.is_empty();
        pool.is_slow.store(is_slow, Ordering::Relaxed);
        let before = u64::from(pool.slow_for.load(Ordering::Relaxed));
        let what = if pool.access == Access::Read { "read" } else { "write" };
        if is_slow && before < WORTH_A_WARNING && beats >= WORTH_A_WARNING {
            log::warn!(target: LOG, "The disk of {} has not finished a {what} for {:?}: what needs it waits, the rest goes \
                on", self.name.display(), pulse::BEAT * WORTH_A_WARNING as u32);
        }
        if !is_slow && before >= WORTH_A_WARNING {
            log::info!(target: LOG, "The disk of {} goes on after {:?}", self.name.display(), pulse::BEAT * before as u32);
        }
        let beats = u32::try_from(beats).unwrap_or(u32::MAX);
        pool.slow_for.store(if is_slow { beats } else { 0 }, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::mpsc,
        time::{Duration, Instant},
    };

    const PATIENCE: Duration = Duration::from_secs(20);

    fn wait_until(holds: impl Fn() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < PATIENCE, "it does not come to pass");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn one_who_hangs_makes_the_lane_slow_for_those_who_do_the_same() {
        let lane = DiskLane::new(Path::new("/data"), LaneWidth { workers: 2, apart: 1 });
        let hanging = lane.enter(Access::Write).unwrap();
        assert!(lane.enter(Access::Write).is_some(), "the second place");
        wait_until(|| lane.is_slow(Access::Write));
        assert!(lane.enter(Access::Write).is_none());
        assert!(!lane.is_slow(Access::Read) && lane.enter(Access::Read).is_some());
        drop(hanging);
        wait_until(|| !lane.is_slow(Access::Write));
        assert!(lane.enter(Access::Write).is_some());
    }

    #[test]
    fn no_more_than_its_places() {
        let lane = DiskLane::new(Path::new("/data"), LaneWidth { workers: 2, apart: 1 });
        let within = [lane.enter(Access::Read), lane.enter(Access::Write)];
        assert!(within.iter().all(Option::is_some) && lane.enter(Access::Read).is_none());
        drop(within);
        assert!(lane.enter(Access::Read).is_some());
    }

    #[tokio::test]
    async fn who_finds_no_place_goes_apart_and_no_more_than_may() {
        let lane = DiskLane::new(Path::new("/data"), LaneWidth { workers: 1, apart: 2 });
        let here = std::thread::current().id();
        let place = move || std::thread::current().id() == here;
        assert!(lane.run(Access::Write, place).await, "there is a place here");
        let _taken = lane.enter(Access::Read).unwrap();
        assert!(!lane.run(Access::Write, place).await, "there is none");
        let (go, stop) = mpsc::channel::<()>();
        let stop = Arc::new(parking_lot::Mutex::new(stop));
        let hang = |lane: &Arc<DiskLane>| {
            let (lane, stop) = (lane.clone(), stop.clone());
            tokio::spawn(async move { lane.run_apart(Access::Write, move || stop.lock().recv().is_err()).await })
        };
        let hanging = [hang(&lane), hang(&lane)];
        while lane.writes.permits.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let third = hang(&lane);
        tokio::task::yield_now().await;
        assert!(!third.is_finished());
        assert!(!lane.run_apart(Access::Read, place).await, "reads go on");
        drop(go);
        for one in hanging.into_iter().chain([third]) {
            assert!(tokio::time::timeout(PATIENCE, one).await.unwrap().unwrap());
        }
    }

    #[tokio::test]
    async fn without_threads_of_its_own_everything_is_done_here() {
        let lane = DiskLane::new(Path::new("/data"), LaneWidth { workers: 1, apart: 0 });
        let here = std::thread::current().id();
        let place = move || std::thread::current().id() == here;
        let within = lane.enter(Access::Write).unwrap();
        for access in [Access::Read, Access::Write, Access::Scan] {
            assert!(lane.run(access, place).await && lane.run_apart(access, place).await);
        }
        lane.judge(&lane.writes, SLOW_BEATS);
        assert!(!lane.is_slow(Access::Write));
        drop(within);
        assert!(lane.enter(Access::Write).is_some());
    }

    #[tokio::test]
    async fn a_panic_comes_back() {
        let lane = DiskLane::new(Path::new("/data"), LaneWidth::default());
        let failing = tokio::spawn(async move { lane.run_apart(Access::Read, || panic!("no disk")).await });
        assert!(failing.await.unwrap_err().is_panic());
    }

    #[test]
    fn widths() {
        let width = LaneWidth::for_dirs(3, 0);
        assert!(width.workers * 3 >= cores() && width.apart == 1);
        assert!(LaneWidth::workers_for(Some(1), 3) >= 4 && LaneWidth::workers_for(None, 0) == 2 * cores());
    }
}
