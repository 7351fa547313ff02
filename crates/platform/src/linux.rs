//! Linux: its own calls, and `/proc`.

use crate::{Memory, ProcessFigures, RunningProcess};
use rustix::{
    net::{SendAncillaryBuffer, SendFlags},
    process::Pid,
};
use std::{
    fs::{self, File},
    io::{self, IoSlice},
    os::{
        fd::{AsFd, AsRawFd},
        unix::fs::MetadataExt,
    },
    path::{Path, PathBuf},
};

/// How many files a process may have open at the most, if its user sets no limit: the kernel's own bound (`fs.nr_open`)
/// is not below it.
pub const MOST_DESCRIPTORS: u64 = 1 << 20;

/// Puts everything on disk that was written to the file system of a file, if that can be done at once.
pub const SYNC_FILE_SYSTEM: Option<fn(&File) -> io::Result<()>> = Some(|file| Ok(rustix::fs::syncfs(file)?));

/// Sends at most `len` bytes of `file` from `offset` on, as far as the socket takes them now. Gives how many it took; 0
/// if the file ends there.
pub fn send_file(socket: impl AsFd, file: &File, mut offset: u64, len: usize) -> io::Result<usize> {
    Ok(rustix::fs::sendfile(socket, file, Some(&mut offset), len)?)
}

/// Sends `pieces`, as far as the socket takes them now. Gives how many bytes it took. With `more_follows` the system may
/// wait for what comes next before it sends a packet that is not full.
pub fn send_pieces(socket: impl AsFd, pieces: &[IoSlice<'_>], more_follows: bool) -> io::Result<usize> {
    let more = if more_follows { SendFlags::MORE } else { SendFlags::empty() };
    let mut control = SendAncillaryBuffer::default();
    Ok(rustix::net::sendmsg(socket, pieces, &mut control, more | SendFlags::NOSIGNAL)?)
}

/// The path of an open file; if it was removed, the one that it has had.
pub fn path_of(file: impl AsFd) -> Option<PathBuf> {
    let path = fs::read_link(format!("/proc/self/fd/{}", file.as_fd().as_raw_fd())).ok()?;
    Some(path.to_str().and_then(|path| path.strip_suffix(" (deleted)")).map_or_else(|| path.clone(), PathBuf::from))
}

/// How many descriptors this process has open, the one among them that is needed to look.
pub fn open_descriptors() -> Option<usize> {
    fs::read_dir("/proc/self/fd").ok().map(Iterator::count)
}

/// The mask of ignored signals, bit n−1 for signal n; `None` where `/proc` is not there.
pub fn ignored_signals() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|l| l.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

/// What the system counts for this process.
pub fn process_figures() -> Option<ProcessFigures> {
    let ticks_per_second = rustix::param::clock_ticks_per_second() as f64;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in brackets that may hold blanks; the third follows the last bracket.
    let fields: Vec<f64> =
        stat.rsplit_once(')')?.1.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
    let field = |number: usize| fields.get(number - 3).copied();
    let boot = fs::read_to_string("/proc/stat").ok()?;
    let boot: f64 = boot.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(ProcessFigures {
        cpu_seconds: (field(14)? + field(15)?) / ticks_per_second,
        started_seconds: boot + field(22)? / ticks_per_second,
        virtual_bytes: field(23)?,
        resident_bytes: field(24)? * rustix::param::page_size() as f64,
    })
}

/// The machine's memory.
pub fn memory() -> Option<Memory> {
    let found = rustix::system::sysinfo();
    let unit = u64::from(found.mem_unit.max(1));
    let bytes = |amount: u64| amount.saturating_mul(unit);
    Some(Memory { total: bytes(found.totalram), free: bytes(found.freeram) })
}

/// The processes that run this program, `program` by name.
pub fn processes(program: &str) -> io::Result<Vec<RunningProcess>> {
    let own = fs::metadata("/proc/self/exe").map(|file| (file.dev(), file.ino())).ok();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw) else { continue };
        // A process may end while it is looked at, or belong to somebody else: it is passed over.
        if !runs(&entry.path(), program, own) {
            continue;
        }
        let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
        let words = line.split(|b| *b == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        let dir = fs::read_link(entry.path().join("cwd")).ok();
        found.push(RunningProcess { pid, words, dir });
    }
    Ok(found)
}

/// Whether the process runs the same file as this one, or one named `program`.
fn runs(process: &Path, program: &str, own: Option<(u64, u64)>) -> bool {
    let exe = process.join("exe");
    let same_file = fs::metadata(&exe).is_ok_and(|file| Some((file.dev(), file.ino())) == own);
    // After an upgrade the running program's file is another one, "rkafka (deleted)".
    let named = fs::read_link(&exe).is_ok_and(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_suffix(" (deleted)").unwrap_or(name) == program
    });
    same_file || named
}
