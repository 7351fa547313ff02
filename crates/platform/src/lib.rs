//! What only one system has, and what the others do instead. Nobody else names a system or reads `/proc`; tidy sees to it.
//!
//! `linux` and `portable` have the same functions. Which of them holds is decided here, by the target; on Linux the
//! feature `portable` chooses the other one, for tests (`cargo test -p rkafka-log -p rkafka-platform --features rkafka-platform/portable`).
//! A portable way may be slower or know less. What it does not know is `None`, never a figure in its place; what it does
//! know may be coarser. [`processes`] parts a command line at its blanks, so that an argument with one in it comes as two;
//! [`process_figures`] tells the start to the second; [`open_descriptors`] counts what `/dev/fd` lists, which on a BSD may
//! be the first three only, unless `fdescfs` is mounted there.
//!
//! | | Linux | elsewhere |
//! |---|---|---|
//! | [`send_file`] | `sendfile` | read into memory, written from there |
//! | [`send_pieces`] | `sendmsg` that tells whether more follows | the same without telling |
//! | [`SYNC_FILE_SYSTEM`] | `syncfs` | `None`: every file by itself |
//! | [`MOST_DESCRIPTORS`] | the kernel's bound | macOS refuses more than 10,240 |
//! | [`open_descriptors`] | `/proc/self/fd` | `/dev/fd` |
//! | [`path_of`] | `/proc/self/fd` | `None` |
//! | [`ignored_signals`] | `/proc/self/status` | `None`: not told without unsafe code |
//! | [`process_figures`] | `/proc/self/stat` | the process's clock, and `ps` |
//! | [`memory`] | `sysinfo` | `None` |
//! | [`processes`] | `/proc` | `ps`, which does not tell working directories |

#[cfg(all(target_os = "linux", any(test, not(feature = "portable"))))]
mod linux;
#[cfg(any(not(target_os = "linux"), feature = "portable", test))]
mod portable;

#[cfg(all(target_os = "linux", not(feature = "portable")))]
use linux as system;
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
use portable as system;

use std::path::PathBuf;

pub use system::{
    MOST_DESCRIPTORS, SYNC_FILE_SYSTEM, ignored_signals, memory, open_descriptors, path_of, process_figures, processes,
    send_file, send_pieces,
};

/// What the system counts for this process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProcessFigures {
    /// Time on processors, of the user's code and the system's.
    pub cpu_seconds: f64,
    /// When it began, since 1970-01-01 UTC.
    pub started_seconds: f64,
    pub virtual_bytes: f64,
    pub resident_bytes: f64,
}

/// The machine's memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    pub total: u64,
    pub free: u64,
}

/// A process that runs this program, whatever its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningProcess {
    pub pid: rustix::process::Pid,
    /// Its command line.
    pub words: Vec<String>,
    /// Its working directory, where that is told.
    pub dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests;
