//! Which files of segments are open. There are far more files than a process may have descriptors, so what nobody has
//! used for a while is closed, and opened again when somebody comes.
//!
//! A clock with one hand: a segment that is used says so in a flag of its own, under the lock that it holds anyway, and
//! enters the ring when it is used for the first time. Only who opens a file moves the hand, and only once there are
//! enough open: it takes the flag from segments that have one, and closes the files of those that have none. So neither
//! appending to a segment that is in use nor reading it takes a common lock.

use super::error::LogError;
use rkafka_runtime::{
    descriptors::{self, BRIEFLY, patiently},
    files::OpenOptions,
    lock::{Mutex, Rank},
};
use std::{
    collections::VecDeque,
    fs::File,
    io,
    path::Path,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// The part of the process's descriptors that files of segments may have; connections and all else have the rest.
const PART: usize = 4;
/// The bounds of their number: below the first nothing works well, and more than the second no machine reads at a time.
const LEAST: usize = 8;
const MOST: usize = 100_000;
/// How far the hand moves for one file that is opened. If all segments on its way are in use, there is one file too
/// many for now.
const STEPS: usize = 32;
/// How many files are closed at once when the process has hardly any descriptors left.
const ROOM: usize = 8;
/// For how long nobody waits for a descriptor after somebody has waited in vain.
const IMPATIENCE: Duration = Duration::from_secs(1);

/// A segment, as the hand finds it.
pub(super) trait Idle: Send + Sync {
    /// Closes the files if nobody has used them since the last call.
    fn close_if_idle(&self) -> Hand;
}

/// What became of a segment that the hand has pointed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    /// It is in use, and stays in the ring.
    Busy,
    /// Its files are closed. It enters the ring again when it is used.
    Closed,
}

/// The open files of all segments of a process.
pub(super) struct OpenFiles {
    most: usize,
    /// Files with descriptors from this number on are not kept open for long.
    last_ones: usize,
    open: AtomicUsize,
    /// When somebody last waited for a descriptor in vain.
    gave_up: Mutex<Option<Instant>>,
    /// The hand points to the front. Taken after a segment's own lock; the hand only tries that of a segment in the ring,
    /// and closes its files under both.
    ring: Mutex<VecDeque<Weak<dyn Idle>>>,
}

/// A file that counts as open until it is dropped. Who holds its `Arc` keeps the descriptor for longer, uncounted.
pub(super) struct OpenFile {
    file: Arc<File>,
    files: Arc<OpenFiles>,
}

impl OpenFiles {
    pub fn new(most: usize) -> Arc<OpenFiles> {
        Arc::new(OpenFiles {
            most,
            last_ones: descriptors::last_ones(),
            open: AtomicUsize::new(0),
            gave_up: Mutex::new(Rank::OpenFilesPatience, None),
            ring: Mutex::new(Rank::OpenFiles, VecDeque::new()),
        })
    }

    /// Those of this process; the limit of descriptors is the process's, too.
    pub(crate) fn of_process() -> Arc<OpenFiles> {
        static FILES: OnceLock<Arc<OpenFiles>> = OnceLock::new();
        FILES.get_or_init(|| OpenFiles::new((descriptors::limit() / PART).clamp(LEAST, MOST))).clone()
    }

    /// Opens a file, after others were closed if there are many.
    pub fn open(self: &Arc<Self>, path: &Path, options: &OpenOptions) -> io::Result<OpenFile> {
        if self.open.load(Ordering::Relaxed) >= self.most {
            self.turn(STEPS, |open| open < self.most);
        }
        let file = self.patiently(|| options.open(path))?;
        if descriptors::number(&file) >= self.last_ones {
            // Connections have taken their part before files came to theirs.
            self.make_room();
        }
        Ok(self.counted(file))
    }

    pub fn counted(self: &Arc<Self>, file: File) -> OpenFile {
        self.open.fetch_add(1, Ordering::Relaxed);
        OpenFile { file: Arc::new(file), files: self.clone() }
    }

    /// Does what needs a descriptor for a moment. If there is none, files are closed for it. Blocks.
    pub fn patiently<T>(&self, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        match act() {
            Err(error) if descriptors::is_exhausted(&error) => {}
            done => return done,
        }
        let in_vain = self.gave_up.lock().is_some_and(|at| at.elapsed() < IMPATIENCE);
        let patience = if in_vain { Duration::ZERO } else { BRIEFLY };
        patiently(patience, || self.make_room(), act).inspect_err(|error| {
            if descriptors::is_exhausted(error) && !in_vain {
                *self.gave_up.lock() = Some(Instant::now());
                log::warn!(target: "kafka.log.LogManager", "No file could be opened for {} ms: {error}. Whoever wanted it \
                    asks again; if this goes on, raise the limit of open files (ulimit -n, LimitNOFILE)",
                    BRIEFLY.as_millis());
            }
        })
    }

    /// Closes some files, used lately or not. Returns whether there were any.
    fn make_room(&self) -> bool {
        let steps = 2 * self.ring.lock().len();
        let target = self.open.load(Ordering::Relaxed).saturating_sub(ROOM);
        self.turn(steps, |open| open <= target)
    }

    /// Whether all files that may be open are in use this very moment, or `file` has one of the last descriptors, so that
    /// nobody should keep it.
    pub(crate) fn are_scarce(&self, file: &File) -> bool {
        self.open.load(Ordering::Relaxed) > self.most || descriptors::number(file) >= self.last_ones
    }

    /// Lets a segment into the ring. Those that do not exist any more leave it on the way.
    pub fn enter(&self, segment: Weak<dyn Idle>) {
        let mut ring = self.ring.lock();
        // Two steps for each that comes: what is gone never makes more than half of the ring.
        for _ in 0..2 {
            let Some(front) = ring.pop_front() else { break };
            if front.strong_count() > 0 {
                ring.push_back(front);
            }
        }
        ring.push_back(segment);
    }

    /// Moves the hand until there are few enough open, by `steps` at the most. Returns whether files were closed.
    fn turn(&self, steps: usize, enough: impl Fn(usize) -> bool) -> bool {
        let mut ring = self.ring.lock();
        let mut closed = false;
        for _ in 0..steps {
            if enough(self.open.load(Ordering::Relaxed)) {
                break;
            }
            let Some(front) = ring.pop_front() else { break };
            match front.upgrade().map(|segment| segment.close_if_idle()) {
                Some(Hand::Busy) => ring.push_back(front),
                Some(Hand::Closed) => closed = true,
                None => {}
            }
        }
        closed
    }

    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

impl OpenFile {
    pub fn get(&self) -> &Arc<File> {
        &self.file
    }

    /// Whether somebody reads or writes it, or sends from it, at this moment.
    pub fn is_held(&self) -> bool {
        Arc::strong_count(&self.file) > 1
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.files.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Does what needs a descriptor for a moment, on a file that belongs to no segment. Blocks.
pub(super) fn briefly<T>(act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    OpenFiles::of_process().patiently(act)
}

/// Does again what failed for want of descriptors, after a pause and for as long as that may help. Blocks.
pub(super) fn again<T>(mut act: impl FnMut() -> Result<T, LogError>) -> Result<T, LogError> {
    let (mut tries, files) = (0, OpenFiles::of_process());
    loop {
        match act() {
            Err(error) if error.is_exhaustion() && tries < TRIES => {
                tries += 1;
                if !files.make_room() {
                    std::thread::sleep(BRIEFLY);
                }
            }
            done => return done,
        }
    }
}

/// How often [`again`] tries; each try is patient in itself.
const TRIES: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    struct One {
        used: AtomicBool,
        file: Mutex<Option<OpenFile>>,
    }

    impl Idle for One {
        fn close_if_idle(&self) -> Hand {
            let Some(mut file) = self.file.try_lock() else { return Hand::Busy };
            if self.used.swap(false, Ordering::Relaxed) || file.as_ref().is_some_and(OpenFile::is_held) {
                return Hand::Busy;
            }
            *file = None;
            Hand::Closed
        }
    }

    fn open(files: &Arc<OpenFiles>) -> Arc<One> {
        let file = files.open(Path::new("/dev/null"), OpenOptions::new().read(true)).unwrap();
        let one = Arc::new(One { used: AtomicBool::new(true), file: Mutex::new(Rank::SegmentFiles, Some(file)) });
        files.enter(Arc::downgrade(&one) as Weak<dyn Idle>);
        one
    }

    fn is_open(one: &Arc<One>) -> bool {
        one.file.lock().is_some()
    }

    #[test]
    fn who_was_not_used_lately_is_closed() {
        let files = OpenFiles::new(4);
        let ones: Vec<_> = (0..4).map(|_| open(&files)).collect();
        assert!(ones.iter().all(is_open) && files.count() == 4);
        // All were used: the hand takes the flags and closes one at its second turn.
        let fifth = open(&files);
        assert_eq!((ones.iter().filter(|one| is_open(one)).count(), files.count()), (3, 4));
        // Whoever is used from now on stays; the others make place.
        let kept = ones.iter().find(|one| is_open(one)).unwrap();
        let others: Vec<_> = (0..20)
            .map(|_| {
                kept.used.store(true, Ordering::Relaxed);
                open(&files)
            })
            .collect();
        assert!(is_open(kept) && files.count() <= 4 && files.count() <= files.most);
        assert!(!is_open(&fifth) && others.iter().filter(|one| is_open(one)).count() <= 3);
    }

    #[test]
    fn what_is_being_sent_is_not_closed() {
        let files = OpenFiles::new(3);
        let ones: Vec<_> = (0..5).map(|_| open(&files)).collect();
        let sent: Vec<_> = ones.iter().filter_map(|one| one.file.lock().as_ref().map(|f| f.get().clone())).collect();
        let more: Vec<_> = (0..2).map(|_| open(&files)).collect();
        let sent_too: Vec<_> =
            more.iter().filter_map(|one| one.file.lock().as_ref().map(|f| f.get().clone())).collect();
        let last = open(&files);
        assert!(files.count() > 3, "{} are open", files.count());
        assert!(ones.iter().filter(|one| is_open(one)).count() >= sent.len());
        drop((sent, sent_too, last));
        open(&files);
        assert!(files.count() <= files.most && files.count() <= 3, "{} are open", files.count());
    }

    #[test]
    fn the_ring_forgets_segments_that_are_gone() {
        let files = OpenFiles::new(1000);
        let kept: Vec<_> = (0..10).map(|_| open(&files)).collect();
        for _ in 0..10_000 {
            open(&files);
        }
        assert!(files.ring.lock().len() < 100);
        assert_eq!(files.count(), 10);
        assert!(files.make_room());
        assert!(kept.iter().filter(|one| is_open(one)).count() < 10);
    }
}
