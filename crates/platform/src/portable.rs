//! Every Unix: the same functions by means that macOS and the BSDs have as well.

use crate::{Memory, ProcessFigures, RunningProcess};
use rustix::{
    net::{SendAncillaryBuffer, SendFlags},
    process::Pid,
    time::{ClockId, clock_gettime},
};
use std::{
    env,
    fs::{self, File},
    io::{self, IoSlice},
    os::{
        fd::AsFd,
        unix::fs::{FileExt, MetadataExt},
    },
    path::{Path, PathBuf},
    process::{self, Command},
    time::{SystemTime, UNIX_EPOCH},
};

/// How many files a process may have open at the most, if its user sets no limit: macOS refuses to be asked for more
/// (`OPEN_MAX`).
pub const MOST_DESCRIPTORS: u64 = 10_240;

/// Puts everything on disk that was written to the file system of a file, if that can be done at once. It cannot: `sync`
/// need not wait.
pub const SYNC_FILE_SYSTEM: Option<fn(&File) -> io::Result<()>> = None;

/// How many bytes of a file are read before they are sent.
const CHUNK: usize = 64 * 1024;

/// Sends at most `len` bytes of `file` from `offset` on, as far as the socket takes them now. Gives how many it took; 0
/// if the file ends there.
pub fn send_file(socket: impl AsFd, file: &File, offset: u64, len: usize) -> io::Result<usize> {
    let mut chunk = vec![0; len.min(CHUNK)];
    let read = loop {
        match file.read_at(&mut chunk, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    let bytes = chunk.get(..read).unwrap_or_default();
    // What is not taken now is read again.
    if bytes.is_empty() { Ok(0) } else { send_pieces(socket, &[IoSlice::new(bytes)], read < len) }
}

/// Sends `pieces`, as far as the socket takes them now. Gives how many bytes it took. That more follows is no help here.
/// A peer that has gone is an error, no signal: Rust programs ignore SIGPIPE from their start.
pub fn send_pieces(socket: impl AsFd, pieces: &[IoSlice<'_>], _more_follows: bool) -> io::Result<usize> {
    let mut control = SendAncillaryBuffer::default();
    Ok(rustix::net::sendmsg(socket, pieces, &mut control, SendFlags::empty())?)
}

/// The path of an open file. There is no way to ask that all systems have.
pub fn path_of(_file: impl AsFd) -> Option<PathBuf> {
    None
}

/// How many descriptors this process has open, the one among them that is needed to look.
pub fn open_descriptors() -> Option<usize> {
    fs::read_dir("/dev/fd").ok().map(Iterator::count)
}

/// The mask of ignored signals, bit n−1 for signal n. The system tells it to `sigaction` alone.
pub fn ignored_signals() -> Option<u64> {
    None
}

/// What the system counts for this process.
pub fn process_figures() -> Option<ProcessFigures> {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let told = ps(&["-o", "vsz=", "-o", "rss=", "-o", "etime=", "-p", &process::id().to_string()]).ok()?;
    let mut words = told.split_whitespace();
    let mut kibibytes = || words.next()?.parse::<f64>().ok().map(|n| n * 1024.0);
    let (virtual_bytes, resident_bytes) = (kibibytes()?, kibibytes()?);
    let lived = elapsed_seconds(words.next()?)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
    Some(ProcessFigures {
        cpu_seconds: used.tv_sec as f64 + used.tv_nsec as f64 / 1e9,
        started_seconds: (now - lived).floor(),
        virtual_bytes,
        resident_bytes,
    })
}

/// The seconds of `[[days-]hours:]minutes:seconds`.
fn elapsed_seconds(text: &str) -> Option<f64> {
    let (days, clock) = text.split_once('-').unwrap_or(("0", text));
    let of_day = clock.split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?));
    Some(days.parse::<f64>().ok()? * 86_400.0 + of_day?)
}

/// The machine's memory.
pub fn memory() -> Option<Memory> {
    None
}

/// The processes that run this program, `program` by name. An argument with blanks in it comes as several words.
pub fn processes(program: &str) -> io::Result<Vec<RunningProcess>> {
    let own = env::current_exe().and_then(fs::metadata).map(|file| (file.dev(), file.ino())).ok();
    let told = ps(&["-A", "-ww", "-o", "pid=", "-o", "args="])?;
    let found = told.lines().filter_map(|line| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let pid = words.next()?.parse().ok().and_then(Pid::from_raw)?;
        let words: Vec<String> = words.collect();
        let is_it = runs(Path::new(words.first()?), program, own);
        is_it.then_some(RunningProcess { pid, words, dir: None })
    });
    Ok(found.collect())
}

/// Whether a command's first word is this program's file, or one named `program`.
fn runs(first: &Path, program: &str, own: Option<(u64, u64)>) -> bool {
    let same_file = fs::metadata(first).is_ok_and(|file| Some((file.dev(), file.ino())) == own);
    same_file || first.file_name().is_some_and(|name| name == program)
}

/// What `ps` prints.
fn ps(arguments: &[&str]) -> io::Result<String> {
    let output = Command::new("ps").args(arguments).output();
    let output =
        output.map_err(|e| io::Error::new(e.kind(), format!("ps, which lists processes, cannot be run: {e}")))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("ps, which lists processes, fails: {}", why.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::elapsed_seconds;

    #[test]
    fn elapsed_times() {
        assert_eq!(elapsed_seconds("00:07"), Some(7.0));
        assert_eq!(elapsed_seconds("03:00:07"), Some(3.0 * 3600.0 + 7.0));
        assert_eq!(elapsed_seconds("2-03:00:07"), Some(2.0 * 86_400.0 + 3.0 * 3600.0 + 7.0));
        assert_eq!(elapsed_seconds("soon"), None);
    }
}
