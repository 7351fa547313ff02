//! Disks that stall, refuse or take half: what may happen at the [doors](crate::files), on purpose.
//!
//! Rules are written as text, for operators and for tests of whole processes, which are given them in `RKAFKA_DISK_FAULTS`:
//!
//! ```text
//! seed=7; stall=8s op=write,sync path=*/disk-a/* from=3s; error=ENOSPC op=write path=*.log p=0.01
//! ```
//!
//! | word | what it says |
//! |---|---|
//! | `stall=8s`, `stall=forever` | the operation waits so long, or until the rules are lifted |
//! | `while=/path/of/a/file` | it waits as long as that file exists; without the file the rule says nothing |
//! | `error=ENOSPC` | it fails, after the stall if there is one |
//! | `short` | a write takes a part of the bytes only: with an error it fails then, without one it goes on with the rest |
//! | `op=write,sync` | which operations: `open create mkdir read write sync truncate rename remove list`; without it all |
//! | `path=*/disk-a/*` | which files; `*` stands for any characters, also for blanks and slashes |
//! | `p=0.01` | with which probability |
//! | `from=3s`, `until=9s` | when, from the moment on when the rules were installed |
//! | `after=5` | not for the first five of the operations that all the above is true of |
//! | `times=1` | how often at the most |
//!
//! `seed=7`, a rule of its own, decides what chance decides: the n-th operation that a rule is about meets the same fate in
//! every run. While no rules are installed a door costs one relaxed load.

mod rule;
mod text;

use arc_swap::ArcSwap;
use rule::{Rule, Stall};
use rustix::io::Errno;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// The environment variable that servers take their rules from.
const VARIABLE: &str = "RKAFKA_DISK_FAULTS";
/// How often who stalls looks whether he still has to.
const LOOK: Duration = Duration::from_millis(2);

/// How many sets of rules are installed.
static INSTALLED: AtomicUsize = AtomicUsize::new(0);
static SETS: LazyLock<ArcSwap<Vec<Arc<Set>>>> = LazyLock::new(ArcSwap::default);

/// What is done with the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Open,
    /// A file is made if it is not there.
    Create,
    /// A directory is made.
    MakeDir,
    Read,
    Write,
    Sync,
    /// The size of a file is set, to less or to more.
    Truncate,
    Rename,
    Remove,
    /// Names, sizes and times are asked for.
    List,
}

/// Rules that are not in force yet; made from their text.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    seed: u64,
    rules: Vec<Rule>,
}

/// Rules in force, until this is dropped.
#[derive(Debug)]
#[must_use = "the rules are lifted when this is dropped"]
pub struct Installed(Arc<Set>);

#[derive(Debug)]
struct Set {
    seed: u64,
    since: Instant,
    rules: Vec<(Rule, Count)>,
    lifted: AtomicBool,
}

/// What a rule has done so far.
#[derive(Debug, Default)]
struct Count {
    /// Operations that it is about.
    met: AtomicU64,
    struck: AtomicU64,
}

/// What becomes of an operation once it has stalled.
#[derive(Debug)]
pub(crate) enum Fate {
    Done,
    /// A write is to do the first bytes, and to ask again for the others.
    Part(usize),
    /// It fails; a write when it has done the first bytes.
    Fails(usize, Errno),
}

impl Faults {
    /// Puts the rules in force, beside others that are.
    pub fn install(self) -> Installed {
        let rules = self.rules.into_iter().map(|rule| (rule, Count::default())).collect();
        let set = Arc::new(Set { seed: self.seed, since: Instant::now(), rules, lifted: AtomicBool::new(false) });
        SETS.rcu(|sets| sets.iter().chain([&set]).cloned().collect::<Vec<_>>());
        INSTALLED.fetch_add(1, Ordering::Release);
        Installed(set)
    }
}

impl Installed {
    /// How many operations the rules have stalled, shortened or refused.
    pub fn struck(&self) -> u64 {
        self.0.rules.iter().map(|(_, count)| count.struck.load(Ordering::Relaxed)).sum()
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        self.0.lifted.store(true, Ordering::Release);
        INSTALLED.fetch_sub(1, Ordering::Release);
        SETS.rcu(|sets| sets.iter().filter(|set| !Arc::ptr_eq(set, &self.0)).cloned().collect::<Vec<_>>());
    }
}

/// Puts the rules of `RKAFKA_DISK_FAULTS` in force, with a warning; `None` if it is not set. A text that makes no sense is an
/// error that names the word at fault.
pub fn install_from_environment(target: &str) -> Result<Option<Installed>, String> {
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else { return Ok(None) };
    let text = text.to_string_lossy();
    let faults: Faults = text.parse().map_err(|reason| format!("{VARIABLE}: {reason}"))?;
    log::warn!(target: target, "Faults are injected into what is done with the disk, as {VARIABLE} asks for: {text}");
    Ok(Some(faults.install()))
}

/// Whether any rules are in force.
#[inline]
pub(crate) fn are_installed() -> bool {
    INSTALLED.load(Ordering::Relaxed) > 0
}

/// Stalls or refuses an operation, if the rules say so.
#[inline]
pub(crate) fn check(operation: Operation, path: impl FnOnce() -> PathBuf) -> io::Result<()> {
    if !are_installed() {
        return Ok(());
    }
    match fate(operation, &path(), 0) {
        Fate::Fails(_, errno) => Err(errno.into()),
        Fate::Done | Fate::Part(_) => Ok(()),
    }
}

/// Stalls an operation, if the rules say so, and tells what becomes of it then. A write is about to write `len` bytes.
pub(crate) fn fate(operation: Operation, path: &Path, len: usize) -> Fate {
    let path = path.to_string_lossy();
    for set in SETS.load_full().iter() {
        for (number, (rule, count)) in set.rules.iter().enumerate() {
            let Some(chance) = set.strikes((number, rule, count), operation, &path) else { continue };
            if let Some(stall) = &rule.stall {
                set.wait(stall);
            }
            let short = operation == Operation::Write && rule.short;
            let fate = match rule.error {
                Some(errno) if short => Fate::Fails(part(chance, 0, len), errno),
                Some(errno) => Fate::Fails(0, errno),
                // The last byte cannot be halved.
                None if short && len > 1 => Fate::Part(part(chance, 1, len)),
                None => continue,
            };
            return fate;
        }
    }
    Fate::Done
}

/// A number from `least` up to but not including `len`.
fn part(chance: u64, least: usize, len: usize) -> usize {
    let span = len.saturating_sub(least).max(1) as u64;
    least + usize::try_from(chance % span).unwrap_or(0)
}

impl Set {
    /// Whether this operation is one that the rule strikes, and then a number by chance.
    fn strikes(&self, (number, rule, count): (usize, &Rule, &Count), operation: Operation, path: &str) -> Option<u64> {
        if !rule.is_about(operation, path, self.since.elapsed()) {
            return None;
        }
        if let Some(Stall::While(file)) = &rule.stall
            && !file.exists()
        {
            return None;
        }
        let met = count.met.fetch_add(1, Ordering::Relaxed);
        let chance = chance(self.seed, number as u64, met);
        if met < rule.after || !rule.is_hit_by(chance) {
            return None;
        }
        let in_time = |struck: u64| rule.times.is_none_or(|times| struck < times).then_some(struck + 1);
        count.struck.fetch_update(Ordering::Relaxed, Ordering::Relaxed, in_time).ok()?;
        // Another one than that which has decided.
        Some(self::chance(chance, number as u64, met))
    }

    fn wait(&self, stall: &Stall) {
        let began = Instant::now();
        let goes_on = || match stall {
            Stall::For(time) => began.elapsed() < *time,
            Stall::Forever => true,
            Stall::While(file) => file.exists(),
        };
        while !self.lifted.load(Ordering::Acquire) && goes_on() {
            thread::sleep(LOOK);
        }
    }
}

/// The same for the same numbers, and like chance else (SplitMix64).
fn chance(seed: u64, rule: u64, met: u64) -> u64 {
    let mut mixed =
        seed ^ (rule + 1).wrapping_mul(0xd1b5_4a32_d192_ed03) ^ (met + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for multiplier in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(multiplier);
    }
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests;
