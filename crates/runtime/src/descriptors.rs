//! File descriptors: how many this process may have, and what to do while there are none to be had.
//!
//! Too many open files is no fault of a disk and no reason to end: whoever needs a file closes what it can spare and
//! tries again ([`patiently`]), and whoever takes connections leaves some descriptors for files ([`is_to_spare`]).

use rkafka_platform::MOST_DESCRIPTORS;
use rustix::{
    io::Errno,
    process::{Resource, Rlimit, getrlimit, setrlimit},
};
use std::{
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    thread,
    time::{Duration, Instant},
};

/// For what clients wait for: as long as a slow disk takes.
pub const BRIEFLY: Duration = Duration::from_millis(250);
/// For what a server cannot do without.
pub const LONG: Duration = Duration::from_secs(60);
/// The first pause between two tries; each is twice as long as the one before, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// The part of the descriptors that connections leave to files, and its bounds.
const SPARE_PART: usize = 8;
const SPARE: (usize, usize) = (16, 1024);

/// The limits of a process's open files (`ulimit -n`), before and after [`raise_limit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised {
    pub before: Rlimit,
    pub now: usize,
}

/// Raises the soft limit of open files to the hard one, as Java does for Kafka. What cannot be raised stays.
pub fn raise_limit() -> Raised {
    let before = getrlimit(Resource::Nofile);
    let wanted = before.maximum.unwrap_or(MOST_DESCRIPTORS);
    if before.current.is_some_and(|soft| soft < wanted) {
        // Refused only by a kernel whose own bound is lower: then the old limit holds.
        let _as_it_was = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: before.maximum });
    }
    Raised { before, now: limit() }
}

/// Does something, such as starting another program, with the limits from before [`raise_limit`].
pub fn with_limit<T>(before: Rlimit, act: impl FnOnce() -> T) -> T {
    let raised = getrlimit(Resource::Nofile);
    let _as_it_is = setrlimit(Resource::Nofile, before);
    let done = act();
    let _as_it_was = setrlimit(Resource::Nofile, raised);
    done
}

/// How many descriptors this process may have at a time.
pub fn limit() -> usize {
    let soft = getrlimit(Resource::Nofile).current.unwrap_or(MOST_DESCRIPTORS);
    usize::try_from(soft).unwrap_or(usize::MAX)
}

/// Whether there were no descriptors left, to this process or to the whole machine.
pub fn is_exhausted(error: &io::Error) -> bool {
    [Errno::MFILE, Errno::NFILE].iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Does what needs a descriptor, and as long as there is none, again: at once if `make_room` has closed something,
/// otherwise after a pause. Other errors, and that of the last try after `patience`, are given back; without any patience
/// there is one more try, if that has made room. Blocks.
pub fn patiently<T>(
    patience: Duration,
    mut make_room: impl FnMut() -> bool,
    mut act: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    let (mut first_failed, mut pause) = (None, FIRST_PAUSE);
    loop {
        match act() {
            Err(error) if is_exhausted(&error) => {
                let is_first = first_failed.is_none();
                let is_over = first_failed.get_or_insert_with(Instant::now).elapsed() >= patience;
                let has_room = make_room();
                if is_over && !(is_first && has_room) {
                    return Err(error);
                }
                if !has_room {
                    thread::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            done => return done,
        }
    }
}

/// From which number on descriptors are for files that are opened for a moment. The kernel hands out the lowest free
/// number, so a number tells how many are in use.
pub fn last_ones() -> usize {
    for_connections(limit())
}

/// Whether a connection that got this descriptor leaves enough of them to files.
pub(crate) fn is_to_spare(connection: &impl AsFd) -> bool {
    number(connection) < last_ones()
}

/// The descriptor's number.
pub fn number(descriptor: &impl AsFd) -> usize {
    usize::try_from(descriptor.as_fd().as_raw_fd()).unwrap_or(usize::MAX)
}

/// The same file under a descriptor that is to spare, if there is one by now.
pub(crate) fn to_spare(connection: &impl AsFd) -> Option<OwnedFd> {
    rustix::io::fcntl_dupfd_cloexec(connection, 0).ok().filter(is_to_spare)
}

/// Descriptors below this number may be connections.
fn for_connections(limit: usize) -> usize {
    limit - (limit / SPARE_PART).clamp(SPARE.0, SPARE.1).min(limit / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn exhausted() -> io::Error {
        Errno::MFILE.into()
    }

    #[test]
    fn waits_for_a_descriptor_and_for_nothing_else() {
        assert!(is_exhausted(&exhausted()) && is_exhausted(&Errno::NFILE.into()));
        for fault in [Errno::NOSPC, Errno::IO, Errno::NOENT, Errno::ROFS] {
            let tries = Cell::new(0);
            let done: io::Result<()> = patiently(
                LONG,
                || unreachable!(),
                || {
                    tries.set(tries.get() + 1);
                    Err(fault.into())
                },
            );
            assert_eq!((done.unwrap_err().raw_os_error(), tries.get()), (Some(fault.raw_os_error()), 1));
        }
        let (tries, closed) = (Cell::new(0), Cell::new(0));
        let done = patiently(
            LONG,
            || {
                closed.set(closed.get() + 1);
                closed.get() < 3
            },
            || {
                tries.set(tries.get() + 1);
                if tries.get() < 6 { Err(exhausted()) } else { Ok(tries.get()) }
            },
        );
        assert_eq!((done.unwrap(), closed.get()), (6, 5));
    }

    #[test]
    fn patience_ends() {
        let done: io::Result<()> = patiently(Duration::from_millis(20), || false, || Err(exhausted()));
        assert!(is_exhausted(&done.unwrap_err()));
        let tries = Cell::new(0);
        let act = || {
            tries.set(tries.get() + 1);
            Err::<(), _>(exhausted())
        };
        assert!(patiently(Duration::ZERO, || true, act).is_err() && tries.get() == 2);
        assert!(patiently(Duration::ZERO, || false, act).is_err() && tries.get() == 3);
    }

    #[test]
    fn connections_leave_something_to_files() {
        assert_eq!(for_connections(1 << 20), (1 << 20) - 1024);
        assert_eq!(for_connections(1024), 896);
        assert_eq!(for_connections(128), 112);
        assert_eq!(for_connections(20), 10);
    }
}
