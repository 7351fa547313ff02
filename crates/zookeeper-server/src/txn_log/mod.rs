//! The transaction log in ZooKeeper's format: `log.<zxid of its first transaction, hexadecimal>`.
//!
//! A file header (`ZKLG`, i32 version 2, i64 database id 0), then entries: i64 Adler-32 of the bytes, i32 length, the
//! bytes, the letter `B`. Files grow in sparse steps of 64 MiB; a length of 0 is the end.

mod reader;
mod writer;

pub use reader::{LogReader, Next};
pub use writer::LogWriter;

use std::io;
use std::path::{Path, PathBuf};

use rkafka_runtime::{
    descriptors::{LONG, patiently},
    files,
};

const MAGIC: i32 = i32::from_be_bytes(*b"ZKLG");
const VERSION: i32 = 2;
const HEADER_LENGTH: u64 = 16;
/// What a log file is called until its header is in it.
const DRAFT: &str = "draft-log.";
/// The byte after each entry.
const END_OF_ENTRY: u8 = b'B';
/// Checksum and length in front of each entry.
const ENTRY_HEADER_LENGTH: usize = 12;

/// Whether this is the name of a log file that was never begun.
pub fn is_draft(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(DRAFT))
}

/// The checksum of an entry.
fn checksum(bytes: &[u8]) -> i64 {
    i64::from(adler2::adler32_slice(bytes))
}

/// The files of `directory` called `<prefix>.<hexadecimal zxid>`, by zxid.
pub fn files_by_zxid(directory: &Path, prefix: &str) -> io::Result<Vec<(i64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in patiently(LONG, || false, || files::read_dir(directory))? {
        let entry = entry?;
        let name = entry.file_name();
        let zxid = name.to_str().and_then(|name| name.strip_prefix(prefix)?.strip_prefix('.'));
        // A compressed snapshot has one more part, `snapshot.1f.gz`.
        let zxid = zxid.and_then(|rest| rest.split('.').next().filter(|digits| !digits.starts_with(['-', '+'])));
        let zxid = zxid.and_then(|digits| i64::from_str_radix(digits, 16).ok());
        files.extend(zxid.map(|zxid| (zxid, entry.path())));
    }
    files.sort();
    Ok(files)
}

/// The log files of `directory` that may hold transactions after `zxid`.
pub fn files_after(directory: &Path, zxid: i64) -> io::Result<Vec<(i64, PathBuf)>> {
    let mut files = files_by_zxid(directory, "log")?;
    // The file with the greatest first zxid not beyond the next one may reach over it.
    let first = files.iter().rposition(|(at, _)| *at <= zxid + 1).unwrap_or(0);
    Ok(files.split_off(first))
}
