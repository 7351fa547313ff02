//! Which server this process tries in vain, as long as a client of its has reached none: for whoever tells a person what is
//! waited for. One for the process, as there is one screen.

use arc_swap::ArcSwapOption;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Instant,
};

static CURRENT: ArcSwapOption<Unreached> = ArcSwapOption::const_empty();
static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// A server that could not be reached yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// `host:port`
    pub address: String,
    /// Why the last try of any server failed: `Connection refused`; `None` before the first one has.
    pub reason: Option<String>,
    /// When the first server was tried.
    pub since: Instant,
    /// When it is given up; `None` if that is not known.
    pub until: Option<Instant>,
}

/// The server that is being tried; `None` while none is waited for.
pub fn current() -> Option<Arc<Unreached>> {
    CURRENT.load_full()
}

/// Somebody shows a person what [`current`] tells: clients that have reached nobody yet do not warn of it, too.
pub fn show_instead_of_warnings() {
    IS_SHOWN.store(true, Relaxed);
}

pub(crate) fn is_shown() -> bool {
    IS_SHOWN.load(Relaxed)
}

/// A server is tried, until `until`, and none has been reached before.
pub(crate) fn tried(address: &str, until: Option<Instant>) {
    let before = current();
    CURRENT.store(Some(Arc::new(Unreached {
        address: address.to_owned(),
        reason: before.as_ref().and_then(|before| before.reason.clone()),
        since: before.as_ref().map_or_else(Instant::now, |before| before.since),
        until: until.or_else(|| before?.until),
    })));
}

/// The server that is tried has not been reached.
pub(crate) fn failed(reason: &str) {
    change(|current| current.reason = Some(reason.to_owned()));
}

/// What the servers are tried for ends then, if it is not known that it ends earlier.
pub(crate) fn ends_at(deadline: Instant) {
    change(|current| current.until = Some(current.until.map_or(deadline, |until| until.min(deadline))));
}

/// A server has been reached.
pub(crate) fn over() {
    CURRENT.store(None);
}

fn change(change: impl Fn(&mut Unreached)) {
    CURRENT.rcu(|current| {
        current.as_ref().map(|current| {
            let mut newer = Unreached::clone(current);
            change(&mut newer);
            Arc::new(newer)
        })
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn one_try_after_the_other() {
        let until = Instant::now() + Duration::from_secs(5);
        tried("a:1", None);
        failed("refused");
        let first = current().unwrap();
        assert_eq!((first.reason.as_deref(), first.until), (Some("refused"), None));
        ends_at(until);
        ends_at(until + Duration::from_secs(1));
        tried("b:2", None);
        let expected = Unreached { address: "b:2".to_owned(), until: Some(until), ..Unreached::clone(&first) };
        assert_eq!(*current().unwrap(), expected);
        over();
        failed("refused");
        assert_eq!(current(), None);
    }
}
